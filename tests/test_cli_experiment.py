"""What `gantheory experiment` prints."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from gantheory._errors import Refusal
from gantheory.cli.experiment import printed, run


def test_a_narrow_terminal_shortens_no_number():
    out = io.StringIO()
    row = {f"a long heading {k}": "0.123456" for k in range(9)}
    printed(SimpleNamespace(table=[row, row], says="It is so."), Console(width=40, file=out))
    assert out.getvalue().count("0.123456") == 18
    assert all(heading in out.getvalue() for heading in row)


def test_pgf_without_a_tex_is_refused_before_anything_is_run(tmp_path, monkeypatch):
    (tmp_path / "tiny.py").write_text("def run():\n    raise RuntimeError('was run')\n\n\ndef plot(result, venue): ...\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match="measured by TeX"):
        run("tiny", tmp_path / "out", tmp_path, "siam", False, False, [], tex=True)
    assert not (tmp_path / "out").exists()
