"""The architecture, held by tests: floors, sizes, laziness, and no text that is run as code."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "gantheory").rglob("*.py"))


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_one_idea(path):
    assert len(path.read_text().splitlines()) <= 200


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_text_is_run_as_code(path):
    banned = {"eval", "exec", "parse_expr", "lambdify", "compile", "__import__", "S", "system", "popen"}
    called = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in {"sympify", "_sympify"}:
            assert id(node) in called, f"{path}:{node.lineno} hands on {node.attr}, which runs a text unless it is strict"
        if isinstance(node, ast.Call):
            called.add(id(node.func))
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            owner = getattr(getattr(node.func, "value", None), "id", "")
            harmless = (owner, name) in {("torch", "compile"), ("platform", "system")}
            assert name not in banned or harmless, f"{path}:{node.lineno} calls {name}"
            if name in {"sympify", "_sympify"}:  # without strict=True it runs a text
                assert any(k.arg == "strict" and getattr(k.value, "value", None) is True for k in node.keywords)
            if name in {"subs", "xreplace", "diff", "has"}:  # a text among their arguments would be run
                assert not any(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in node.args)
            assert (owner, name) not in {("pickle", "load"), ("pickle", "loads"), ("torch", "load")}
            if name == "load" and owner == "np":
                keywords = {k.arg: k.value for k in node.keywords}
                assert isinstance(keywords.get("allow_pickle"), ast.Constant)
                assert keywords["allow_pickle"].value is False


def loaded(statement):
    """The modules that a fresh interpreter holds after the statement."""
    script = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded("import gantheory") & {"torch", "sympy", "matplotlib", "scipy"}


def test_help_loads_neither_sympy_nor_torch():
    modules = loaded("import gantheory.cli.main as m\ntry:\n    m.main(['--help'])\nexcept SystemExit:\n    pass")
    assert not modules & {"torch", "sympy", "numpy", "matplotlib"}


def test_derive_never_loads_torch():
    modules = loaded(
        "import gantheory.cli.main as m\ntry:\n    m.main(['derive'])\nexcept SystemExit as stop:\n    assert stop.code == 0"
    )
    assert "torch" not in modules


def test_public_names_exist():
    import gantheory

    for name in gantheory.__all__:
        assert getattr(gantheory, name) is not None
    with pytest.raises(AttributeError, match="it offers"):
        gantheory.nothing
