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


@pytest.mark.parametrize("block", PYTHON[1:], ids=[f"block{i}" for i in range(1, len(PYTHON))])
def test_extensions_take_under_ten_lines(block):
    code = [line for line in block.splitlines() if line.strip() and not line.startswith(("import", "from"))]
    assert len(code) < 10


def test_the_first_block_takes_about_fifteen_lines_and_prints_what_it_says(capsys):
    assert len([line for line in PYTHON[0].splitlines() if line.strip()]) <= 16
    exec(compile(PYTHON[0], "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "(−Δ) D = p - q"
    assert lines[1].startswith("MARGINAL")
    start, middle, end = eval(lines[-1])
    assert end < middle < start


@pytest.mark.parametrize(("block", "printed"), [(1, "2*(p - q)/q 2*r"), (2, "−∇·(p ∇D) = p - q")])
def test_comments_tell_the_truth(block, printed, capsys):
    exec(compile(PYTHON[block], "README.md", "exec"), {})
    assert capsys.readouterr().out.strip() == printed


def test_commands_exist():
    lines = [shlex.split(line, comments=True) for block in SHELL for line in block.splitlines() if line.strip()]
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    makefile = (ROOT / "Makefile").read_text()
    for program, name, *_ in lines:
        assert name in known if program == "gantheory" else f"\n{name}:" in makefile


def test_the_picture_is_there():
    for name in re.findall(r"!\[.*?\]\((.*?)\)", TEXT):
        assert (ROOT / name).exists()
