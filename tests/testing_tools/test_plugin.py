"""The pytest plugin: claims of files named on the command line are items; nobody else notices it."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parent.parent.parent
INSTALLED = any(e.name == "gantheory" for e in entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", "gantheory.pytest_plugin")
HEAVY = {"torch", "sympy", "numpy", "scipy", "matplotlib", "gantheory.claims", "gantheory.testing", "gantheory.symbolic"}

CLAIMS = """
import sympy as sp
from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step

x = sp.Symbol("x", real=True)
PROOF = (Step("primitive", lambda: sp.integrate(x**2, (x, 0, 1)), lambda: sp.Rational(1, 3)),)
NUMBERS = Agreement((Step("a third", lambda: 0.3333333, lambda: 1 / 3, Rivals(1e-6)),))
GOOD = Claim("good", "all is well", "a", "me", PROOF, NUMBERS)
MORE = (Claim("more", "a tuple counts", "a", "me", PROOF, NUMBERS),)
_HIDDEN = Claim("hidden", "an underscore hides", "a", "me", (), None)
"""
BAD = """
BAD = Claim("bad", "h² falls as h³", "h", "me", PROOF, Convergence(lambda h: h**2, (0.1, 0.05, 0.025, 0.0125), 3, 1.0))
"""
FINER = """
FINE = Claim("fine", "finer levels", "h", "me", PROOF, Convergence(
    lambda h: h**2 + (h < 0.01), (0.1, 0.05, 0.025, 0.0125), 2, 1.0, finer=(0.00625,)))
"""
TEST = "\ndef test_beside():\n    assert True\n"


@pytest.fixture
def ran(pytester, monkeypatch):
    """ran(*arguments, name=text, …): the result of pytest on these files."""
    monkeypatch.delenv("GANTHEORY_FIGURES", raising=False)

    def run(*arguments, **files):
        for name, text in files.items():
            (pytester.path / f"{name}.py").write_text(text)
        return pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider", "-p", "no:jaxtyping", *arguments)

    return run


def test_claims_of_a_named_file_are_items_beside_its_tests(ran):
    result = ran("-v", "mine.py", mine=CLAIMS + TEST)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["mine.py::test_beside PASSED*", "mine.py::good PASSED*", "mine.py::more PASSED*"])
    result.stdout.no_fnmatch_line("*hidden*")


def test_one_claim_can_be_named(ran):
    ran("mine.py::good", mine=CLAIMS + TEST).assert_outcomes(passed=1)
    ran("-k", "more", "mine.py").assert_outcomes(passed=1, deselected=2)


def test_a_claim_that_fails_shows_both_sides_the_table_and_a_figure(ran, pytester, figures):
    result = ran("mine.py", "--gantheory-figures", "drawn", mine=CLAIMS + BAD)
    result.assert_outcomes(passed=2, failed=1)
    wanted = ["bad FAILS: h² falls as h³", "*left *study", "*size *error *order", "*0.0125 *1.5625e-04 *2.000", "*right *3"]
    result.stdout.fnmatch_lines([*wanted, "*slopes 2.000, 2.000 (expected 3*", "*figure */drawn/*bad*.png"])
    assert "pytest_plugin.py" not in result.stdout.str()  # no traceback
    assert {f.suffix for f in (pytester.path / "drawn").iterdir()} >= {".png", ".pdf", ".svg", ".csv", ".tex"}


def test_finer_levels_are_asked_for(ran):
    ran("mine.py", mine=CLAIMS + FINER).assert_outcomes(passed=3)
    ran("mine.py", "--gantheory-full").assert_outcomes(passed=2, failed=1)


def test_files_that_are_not_named_are_left_alone(ran):
    ran(mine=CLAIMS, test_other=TEST, test_claims=CLAIMS).assert_outcomes(passed=1)
    ran("-o", "gantheory_claims=mi*.py").assert_outcomes(passed=3)
    ran("-o", "gantheory_claims=*/mine.py nothing.py", "mine.py").assert_outcomes(passed=2)


def test_claims_in_a_test_file_belong_to_its_tests(ran):
    ran("test_mine.py", test_mine=CLAIMS + TEST).assert_outcomes(passed=1)
    ran("-o", "gantheory_claims=test_mine.py", "test_mine.py").assert_outcomes(passed=3)
    ran("test_only.py", test_only=CLAIMS).assert_outcomes(passed=2)


def test_two_claims_of_one_name_are_refused(ran):
    result = ran("mine.py", mine=CLAIMS + "\nTWIN = Claim('good', '', '', '', (), None)\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*claims have names of their own; got good more than once*"])


def test_a_module_that_cannot_be_imported_is_an_error(ran):
    ran("mine.py", mine="raise RuntimeError('no')").assert_outcomes(errors=1)


def test_it_can_be_left_out(ran):
    ran("-p", "no:gantheory" if INSTALLED else "no:gantheory.pytest_plugin", "mine.py", mine=CLAIMS + TEST).assert_outcomes(
        passed=1
    )


def loads(*arguments, cwd):
    """The modules that a run of pytest loads."""
    command = [sys.executable, "-X", "importtime", "-m", "pytest", *PLUGIN, "-p", "no:cacheprovider", "-p", "no:jaxtyping"]
    command += ["-p", "no:physverify", "-p", "no:hypothesispytest", "-s", "--gantheory-full", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env={"PYTHONPATH": str(ROOT), "PATH": ""}, check=False
    )
    return done, {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def test_loading_it_imports_nothing_heavy(tmp_path):
    (tmp_path / "test_mine.py").write_text(TEST)
    (tmp_path / "plain.py").write_text(TEST)
    done, modules = loads("test_mine.py", "plain.py", cwd=tmp_path)
    assert "2 passed" in done.stdout
    assert "argparse" in modules  # the record is there
    assert not modules & HEAVY


@pytest.mark.full
def test_workers_share_the_claims(tmp_path):
    (tmp_path / "mine.py").write_text(CLAIMS + BAD + TEST)
    done, _ = loads("mine.py", "-n2", "--gantheory-figures", "drawn", cwd=tmp_path)
    assert "1 failed, 3 passed" in done.stdout
    assert f"figure {tmp_path}/drawn/" in done.stdout
