"""What `gantheory experiment` prints."""

import io
from types import SimpleNamespace

from rich.console import Console

from gantheory.cli.experiment import printed


def test_a_narrow_terminal_shortens_no_number():
    out = io.StringIO()
    row = {f"a long heading {k}": "0.123456" for k in range(9)}
    printed(SimpleNamespace(table=[row, row], says="It is so."), Console(width=40, file=out))
    assert out.getvalue().count("0.123456") == 18
    assert all(heading in out.getvalue() for heading in row)
