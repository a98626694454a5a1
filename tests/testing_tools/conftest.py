"""No test here draws a figure that it does not look at."""

import pytest


@pytest.fixture
def figures(tmp_path):
    """The names of the figures that failures wrote."""
    return lambda: sorted(path.name for path in (tmp_path / "figures").glob("*.png"))


@pytest.fixture(autouse=True)
def _undrawn(request, tmp_path, monkeypatch):
    monkeypatch.setenv("GANTHEORY_FIGURES", str(tmp_path / "figures"))
    if "figures" not in request.fixturenames:
        monkeypatch.setattr("gantheory.testing.figures.convergence", lambda *lines, **words: None)
        monkeypatch.setattr("gantheory.testing.figures.save", lambda figure, stem, **words: (stem.with_suffix(".png"),))
