"""Claims: ours hold and can fail; the engine tells truth, falsehood and doubt apart."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from gantheory._errors import Refusal
from gantheory.claims import (
    Agreement,
    Claim,
    Convergence,
    Exact,
    NoClaims,
    Order,
    Refutation,
    Rivals,
    Roundoff,
    Standing,
    Statistical,
    Step,
    Study,
    collect,
    falsify,
    remembered,
    verify,
)
from gantheory.symbolic import coordinates, laplacian

ROOT = Path(__file__).parent.parent
CLAIMS = collect(ROOT / "derivations")
DEAR = {  # seconds each: `make falsify` and `make test-all` have them too
    "rivals-agree",
    "rate-elements-argyris",
    "rate-nonlinear-differences",
    "rate-nonlinear-elements-order-2",
    "rate-nonlinear-elements-order-3",
    "rate-nonlinear-fourier-series",
    "rate-one-sided-kink",
}
x, z = sp.symbols("x z", real=True)
f = sp.Function("f", real=True)(x)


def test_the_dear_claims_exist():
    assert {c.name for c in CLAIMS} >= DEAR


@pytest.mark.parametrize(
    "claim", [pytest.param(c, id=c.name, marks=pytest.mark.full if c.name in DEAR else ()) for c in CLAIMS]
)
def test_our_claims_hold(claim):
    """`make falsify` breaks each of them."""
    verdict = verify(claim)
    assert verdict.holds, [(s.says, o.detail) for s, o in verdict.failures]


def test_a_claim_that_holds_can_fail():
    tried, survivors = falsify(remembered(next(c for c in CLAIMS if c.name == "polyharmonic-sign")))
    assert tried >= 3
    assert not survivors


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.name)
def test_sources_stand_in_the_bibliography(claim):
    key = claim.source.split(",")[0]
    assert f"{{{key}," in (ROOT / "references.bib").read_text()


@pytest.mark.parametrize(
    ("left", "right", "standing"),
    [
        (sp.sin(x) ** 2 + sp.cos(x) ** 2, 1, Standing.HOLDS),
        (sp.diff(f**2, x), 2 * f * f.diff(x), Standing.HOLDS),
        (sp.diff(f**2, x), 2 * f, Standing.FAILS),
        ((x + z) ** 2, x**2 + z**2, Standing.FAILS),
        ([x, 0], [x, sp.Rational(1, 10**9) * x], Standing.FAILS),
        (sp.gamma(sp.Rational(1, 4)) * sp.gamma(sp.Rational(3, 4)), sp.sqrt(2) * sp.pi, Standing.HOLDS),
    ],
)
def test_exact_tells_true_from_false(left, right, standing):
    outcome = Exact().compare(left, right)
    assert outcome.standing is standing
    if standing is Standing.FAILS:
        assert "counter-example" in outcome.detail


def test_exact_is_undecided_where_sympy_cannot_tell():
    deep = sp.Integral(sp.exp(-(z**2) * (1 + sp.sin(z) ** 4)), (z, 0, 1))
    rewritten = sp.Integral(2 * z * sp.exp(-(z**4) * (1 + sp.sin(z**2) ** 4)), (z, 0, 1))
    outcome = Exact().compare(deep, rewritten)
    assert outcome.standing is Standing.UNDECIDED
    assert "50 digits" in outcome.detail
    assert not outcome.holds


def test_a_counter_example_shows_both_sides_for_generic_polynomials():
    coords = coordinates(2)
    D = sp.Function("D", real=True)(*coords)
    outcome = Exact().compare(laplacian(D, coords), D.diff(coords[0], 2))
    assert "D(x1, x2) = " in outcome.detail
    assert "left" in outcome.detail


@pytest.mark.parametrize(
    ("equality", "left", "right", "holds"),
    [
        (Roundoff(), 1.0, 1.0 + 1e-15, True),
        (Roundoff(), 1.0, 1.0 + 1e-12, False),
        (Roundoff(), float("nan"), 1.0, False),
        (Rivals(1e-6), np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-7]), True),
        (Rivals(1e-6), np.array([1.0, 2.0]), np.array([1.0, 2.1]), False),
        (Rivals(1e-6), np.array([np.nan, 2.0]), np.array([1.0, 2.0]), False),
        (Rivals(1e-6, gauge=lambda a: a - a.mean()), np.array([1.0, 2.0]), np.array([5.0, 6.0]), True),
        (Statistical(), (1.0, 0.1), 1.3, True),
        (Statistical(), (1.0, 0.1), 1.5, False),
        (Statistical(), (1.0, 0.0), 1.0, False),
        (Statistical(), (float("nan"), 0.1), 1.0, False),
    ],
)
def test_the_other_equalities(equality, left, right, holds):
    assert equality.compare(left, right).holds is holds


def study(slope, levels=4):
    sizes = tuple(2.0**-k for k in range(2, 2 + levels))
    return Study(sizes, tuple(3 * h**slope for h in sizes))


def test_order_wants_slopes_bound_and_levels():
    assert Order(bound=1.0).compare(study(2.05), 2).holds
    assert not Order(bound=1.0).compare(study(2.15), 2).holds
    assert not Order(bound=1e-9).compare(study(2.0), 2).holds
    assert not Order(bound=1.0).compare(study(2.0, levels=2), 2).holds
    with pytest.raises(Refusal, match="positive finite"):
        Study((0.5, 0.25), (1.0, float("nan")))


def claim(proof=None, witness="given", **changes):
    step = Step("product rule", lambda: sp.diff(f**2, x), lambda: 2 * f * f.diff(x))
    given = Agreement((Step("numbers", lambda: 2.0, lambda: 2.0, Rivals(1e-9)),))
    fields = {"name": "c", "says": "s", "equation": "e", "source": "k", "proof": proof or (step,)}
    return Claim(**fields, witness=given if witness == "given" else witness)


def test_verdicts():
    assert verify(claim()).holds
    assert verify(claim(witness=None)).standing is Standing.FAILS
    assert "no witness" in verify(claim(witness=None)).summary
    wrong = Step("wrong", lambda: f, lambda: 2 * f)
    assert verify(claim(proof=(wrong,))).standing is Standing.FAILS
    breaks = Step("breaks", lambda: 1 / 0, lambda: 1)
    assert "ZeroDivisionError" in verify(claim(proof=(breaks,))).summary
    with pytest.raises(Refusal, match="zero-argument"):
        Step("eager", f, f)


def test_convergence_and_refutation_are_measured():
    rate = Convergence(lambda h: h**2, (0.2, 0.1, 0.05), expected=2, bound=0.01, finer=(0.025,))
    assert len(verify(claim(witness=rate)).witness[0][1].left.errors) == 3
    assert len(verify(claim(witness=rate), full=True).witness[0][1].left.errors) == 4
    assert not verify(claim(witness=Convergence(lambda h: h, (0.2, 0.1, 0.05), expected=2, bound=1.0))).holds
    assert not verify(claim(witness=Convergence(lambda h: float("nan"), (0.2, 0.1, 0.05), 2, 1.0))).holds
    assert verify(claim(witness=Refutation("two is not three", lambda: 3.0, lambda: 2.0))).holds
    assert not verify(claim(witness=Refutation("two is two", lambda: 2.0, lambda: 2.0))).holds
    assert not verify(claim(witness=Refutation("no number", lambda: float("nan"), lambda: 2.0))).holds


def test_odd_sides_fail_in_words():
    assert "2 entries on the left, 1 on the right" in Exact().compare([x, z], [x]).detail
    assert Rivals(1e-3).compare(float("nan"), 1.0).detail == "a side is not a number"
    empty = Claim("c", "s", "e", "k", (), Agreement((Step("numbers", lambda: 2.0, lambda: 2.0, Rivals(1e-9)),)))
    assert "no proof" in verify(empty).summary


def test_falsify_finds_a_step_that_proves_nothing():
    blind = Agreement((Step("loose", lambda: 1.0, lambda: 1.0, Rivals(0.5, gauge=np.ones_like)),))
    _, survivors = falsify(claim(witness=blind))
    assert {s.fault for s in survivors} == {"sign", "factor 2", "factor 1.001"}


USER_CLAIM = """
import sympy as sp
from gantheory.claims import Agreement, Claim, Rivals, Step

x = sp.Symbol("x", real=True)
D = sp.Function("D", real=True)(x)
MINE = Claim(
    name="mine", says="the product rule", equation="(D^2)' = 2DD'", source="mine, page 1",
    proof=(Step("by hand", lambda: sp.diff(D**2, x), lambda: FACTOR * D * D.diff(x)),),
    witness=WITNESS,
)
"""
GOOD = "Agreement((Step('numbers', lambda: 4.0, lambda: 2.0 * 2.0, Rivals(1e-9)),))"


def cli(*arguments, cwd):
    return subprocess.run([sys.executable, "-m", "gantheory", *map(str, arguments)], capture_output=True, text=True, cwd=cwd)


def test_a_users_folder_is_verified_from_anywhere(tmp_path):
    (tmp_path / "theirs").mkdir()
    module = tmp_path / "theirs" / "mine.py"
    module.write_text(USER_CLAIM.replace("FACTOR", "2").replace("WITNESS", GOOD))
    run = cli("verify", "theirs", cwd=tmp_path)
    assert (run.returncode, run.stderr.strip()) == (0, "")
    assert "1 of 1 claims hold" in run.stdout
    assert cli("verify", "--falsify", module, cwd=tmp_path).returncode == 0

    module.write_text(USER_CLAIM.replace("FACTOR", "3").replace("WITNESS", GOOD))
    run = cli("verify", "theirs", cwd=tmp_path)
    assert run.returncode == 1
    for word in ("FAILS", "by hand", "left", "right", "counter-example", "D(x) ="):
        assert word in run.stdout


def test_an_empty_folder_is_a_failure(tmp_path):
    run = cli("verify", tmp_path, cwd=tmp_path)
    assert run.returncode == 1
    assert "should hold claims" in run.stderr
    with pytest.raises(NoClaims):
        collect(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"), [("1/0", "ZeroDivisionError"), ("import nothing_there", "nothing_there"), ("def", "SyntaxError")]
)
def test_a_module_that_breaks_is_one_line(tmp_path, text, words):
    (tmp_path / "broken.py").write_text(text)
    run = cli("verify", tmp_path, cwd=tmp_path)
    assert run.returncode == 2
    assert words in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_two_claims_of_one_name_are_refused(tmp_path):
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(USER_CLAIM.replace("FACTOR", "2").replace("WITNESS", GOOD))
    with pytest.raises(Refusal, match="more than once"):
        collect(tmp_path)
    with pytest.raises(Refusal, match="missing"):
        collect(tmp_path / "nowhere")


def test_falsify_says_which_step_broke():
    broken = Step("division", lambda: 1 / 0, lambda: 1.0, Rivals(1e-9))
    with pytest.raises(Refusal, match="the step 'division' of c has two sides; got ZeroDivisionError"):
        falsify(claim(proof=(broken,)))


def law(h):
    return h**2


SIZES, ALIKE = (0.2, 0.1, 0.05), Step("one", lambda: sp.S.One, lambda: sp.S.One)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Order(1.0, tolerance=float("inf")), "tolerance of an order is between 0 and 0.25"),
        (lambda: Order(1.0, tolerance=-0.1), "tolerance of an order is between 0 and 0.25"),
        (lambda: Order(float("nan")), "bound of the last error is positive; got nan"),
        (lambda: Rivals(float("inf")), "tolerance of Rivals is between 0 and 1"),
        (lambda: Roundoff(c=1e9), "0 < c ≤ 100"),
        (lambda: Roundoff(float("inf")), "condition positive and finite"),
        (lambda: Convergence(3, SIZES, 2, 1.0), "error of a Convergence is a function of the level; got 3"),
        (lambda: Convergence(law, None, 2, 1.0), "sizes of a study are positive and fall from level to level; got None"),
        (lambda: Convergence(law, SIZES, 2, 1.0, finer=(0.1,)), "fall from level to level"),
        (lambda: Convergence(law, SIZES, "2", 1.0), "real numbers; got '2'"),
        (lambda: Convergence(law, SIZES, float("nan"), 1.0), "expects a slope, or infinity; got nan"),
        (lambda: Study(SIZES, None), "an error for each size; got None"),
        (lambda: Study(SIZES, (10**400, 1, 1)), "levels of a study are real numbers; got 1000"),
        (lambda: Study(SIZES, "123"), "levels of a study are real numbers; got '1'"),
        (lambda: Claim("c", "s", "e", "k", "proof"), "proof of a Claim is a tuple of Steps; got 'proof'"),
        (lambda: Claim("c", "s", "e", "k", ALIKE), "tuple of Steps; got Step.* Use \\(step,\\)"),
        (lambda: Claim("c", "s", "e", "k", (ALIKE,), "w"), "witness of a Claim is a Convergence.*; got 'w'"),
        (lambda: verify("c"), "verify takes a Claim; got 'c'"),
    ],
)
def test_what_could_not_fail_is_no_claim(make, words):
    with pytest.raises(Refusal, match=words):
        make()


@pytest.mark.parametrize("equality", [Rivals(1e-3), Roundoff()])
def test_sides_of_other_shapes_or_of_no_entries_fail(equality):
    for left, right in ((np.ones(3), np.ones((3, 1))), (np.ones(2), np.ones(3)), (np.ones(0), np.ones(0))):
        assert "different shapes, or are empty" in equality.compare(left, right).detail
        assert not equality.compare(left, right).holds
    assert equality.compare(np.ones(3), 1.0).holds


def test_an_infinite_standard_error_says_nothing():
    assert not Statistical().compare((1.0, float("inf")), 5.0).holds
