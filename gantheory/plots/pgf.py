"""A figure as PGF, for a paper that sets its own fonts; only where a TeX is installed, for TeX measures the text."""

from __future__ import annotations

import io
import shutil
import warnings
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from gantheory._errors import Refusal

ENGINES = ("lualatex", "xelatex", "pdflatex")


def tex_engine() -> str:
    """The TeX that measures text; a Refusal where none is on the path."""
    found = next((name for name in ENGINES if shutil.which(name)), None)
    if found is None:
        cure = "Install texlive-latex-recommended and texlive-pictures, or use the .pdf, which needs neither."
        raise Refusal("a PGF figure is measured by TeX", f"none of {', '.join(ENGINES)} on the path", cure)
    return found


def pgf(figure: Figure, path: Path) -> Path:
    r"""Write the figure to `path` as PGF at its final size; a Refusal where no TeX can measure its text.

    The paper needs \usepackage{pgf}. Images inside, such as fields on a grid, are refused: PGF would put them into files
    beside it.
    """
    engine = tex_engine()
    if any(ax.images or any(c.get_rasterized() for c in ax.collections) for ax in figure.axes):
        raise Refusal("a PGF figure holds lines and texts", "one with an image inside", "Use the .pdf of this figure.")
    settings = {"pgf.texsystem": engine, "pgf.rcfonts": False, "text.usetex": False}
    stream = io.StringIO()
    try:
        with matplotlib.rc_context(settings), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            figure.savefig(stream, format="pgf")
    except Exception as error:  # matplotlib's LatexError, or RuntimeError where TeX ends early
        first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        cure = "Install texlive-latex-recommended and texlive-pictures."
        raise Refusal(f"{engine} measures the text of a PGF figure", first[:120], cure) from error
    path.write_text(stream.getvalue(), encoding="utf-8")
    return path
