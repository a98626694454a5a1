"""The README's own code: every Python block runs, every command exists, no snippet of extension has ten lines."""

import re
import shlex
from pathlib import Path

import pytest

from gantheory.cli.main import app

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.S)
SHELL = re.findall(r"```sh\n(.*?)```", TEXT, re.S)


@pytest.mark.parametrize("block", PYTHON, ids=[f"block{i}" for i in range(len(PYTHON))])
def test_python_blocks_run(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


def holding(words):
    """The block with these words in it."""
    (block,) = (b for b in PYTHON if words in b)
    return block


def code(block):
    """The lines that are no imports."""
    return [line for line in block.splitlines() if line.strip() and not line.startswith(("import", "from"))]


LINES = TEXT[TEXT.index("## Five lines of work") : TEXT.index("## From a loss to a flow")]
OF_LINES = re.findall(r"```python\n(.*?)```", LINES, re.S)
EXTENSIONS = re.findall(r"```python\n(.*?)```", TEXT[TEXT.index("## One obvious way to extend") :], re.S)


def test_each_line_of_work_has_five_lines_of_python_and_a_figure():
    assert len(OF_LINES) == 6  # the second line of work has two: its flows, and its games
    assert [len(code(block)) <= 5 for block in OF_LINES] == [True] * 6
    assert len(re.findall(r"!\[.*?\]\(.*?\)", LINES)) == 6


@pytest.mark.parametrize("block", EXTENSIONS, ids=[f"block{i}" for i in range(len(EXTENSIONS))])
def test_extensions_take_under_ten_lines(block):
    assert len(code(block)) < 10


def test_the_first_block_takes_about_fifteen_lines_and_prints_what_it_says(capsys):
    block = holding("path = gt.integrate(")
    assert len([line for line in block.splitlines() if line.strip()]) <= 16
    exec(compile(block, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "(−Δ) D = p - q"
    assert lines[1].startswith("MARGINAL")
    start, middle, end = eval(lines[-1])
    assert end < middle < start


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("PEARSON = ", "2*(p - q)/q 2*r"),
        ("R1 = ", "−∇·(p ∇D) = p - q"),
        ("order=2", "(−Δ)^2 D = p - q\n(1, x1, x2, x3)\nCONDITIONAL"),
    ],
)
def test_comments_tell_the_truth(words, printed, capsys):
    exec(compile(holding(words), "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith(printed)


def test_the_lines_print_what_they_promise(capsys):
    exec(compile(holding("WassersteinFlow(2"), "README.md", "exec"), {})
    first, second, law = map(float, capsys.readouterr().out.split())
    assert first == pytest.approx(law, rel=1e-9)
    assert second == pytest.approx(law, rel=1e-9)
    exec(compile(holding("SymmetrisedFlow(MMD"), "README.md", "exec"), {})
    start, end = eval(capsys.readouterr().out)
    assert end < 0.6 * start


def test_commands_exist():
    lines = [shlex.split(line, comments=True) for block in SHELL for line in block.splitlines() if line.strip()]
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    makefile = (ROOT / "Makefile").read_text()
    for program, name, *_ in lines:
        assert name in known if program == "gantheory" else f"\n{name}:" in makefile


def test_the_picture_is_there():
    for name in re.findall(r"!\[.*?\]\((.*?)\)", TEXT):
        assert (ROOT / name).exists()
