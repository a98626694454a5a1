"""A venue: the width, the fonts and the least text size of the place where a figure is printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gantheory._errors import Refusal

BLUE, VERMILLION, GREEN, PURPLE, BLACK = COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
GREY = "#767676"
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))
GOLDEN = 0.618
SALT = "gantheory"
DPI = 300  # text is measured as it is printed; at 100 hinting changes its width

ROMAN = ("STIXGeneral", "DejaVu Sans")
COMPUTER_MODERN = ("cmr10", "STIXGeneral", "DejaVu Sans")
SANS = ("DejaVu Sans",)


@dataclass(frozen=True)
class Venue:
    """A page: the width of one column, and of the whole text where that differs, in inches; sizes of text in points.

    family lists fonts in the order in which a glyph is looked up; mathematics is Matplotlib's name of a math font.
    """

    name: str
    width_inches: float
    wide_inches: float | None = None
    points: float = 8.0
    small: float = 7.0
    family: tuple[str, ...] = ROMAN
    mathematics: str = "stix"

    def __post_init__(self) -> None:
        if not (self.width_inches > 0 and (self.wide_inches is None or self.wide_inches > 0)):
            raise Refusal("the widths of a Venue are positive", f"{self.width_inches} and {self.wide_inches} inches")
        if not 5 <= self.small <= self.points:
            raise Refusal("text in a figure has at least 5 pt", f"{self.small} pt beside {self.points} pt")

    def figure(self, rows: int = 1, columns: int = 1, aspect: float = GOLDEN, *, wide: bool = False) -> tuple[Figure, Any]:
        """(figure, axes) at final size: each panel is aspect times as high as it is wide.

        axes is one Axes, or an array of them where there are several.
        """
        if rows < 1 or columns < 1 or not aspect > 0:
            raise Refusal("a figure has at least one panel of positive height", f"{rows} × {columns}, aspect {aspect}")
        width = self.wide_inches or self.width_inches if wide else self.width_inches
        with matplotlib.rc_context(style(self.points, self.small, self.family, self.mathematics)):
            figure = Figure(figsize=(width, rows * aspect * width / columns), dpi=DPI, layout="constrained")
            axes = figure.subplots(rows, columns)
            for ax in figure.axes:
                ax.tick_params(which="both", labelfontfamily=list(self.family))
        return figure, axes


def style(points: float, small: float, family: tuple[str, ...], mathematics: str) -> dict[str, Any]:
    """Matplotlib's parameters: little ink, text that is never below `small` points, fonts embedded as TrueType."""
    return {
        "font.family": list(family), "font.size": points, "mathtext.fontset": mathematics, "axes.formatter.use_mathtext": True,
        "axes.labelsize": points, "xtick.labelsize": small, "ytick.labelsize": small, "legend.fontsize": small,
        "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": False,
        "axes.labelpad": 2.5, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4,
        "ytick.minor.width": 0.4, "xtick.major.size": 3, "ytick.major.size": 3, "xtick.minor.size": 2,
        "ytick.minor.size": 2, "lines.linewidth": 1.0, "lines.markersize": 4,
        "lines.markerfacecolor": "none", "lines.markeredgewidth": 0.9,
        "legend.frameon": False, "pdf.fonttype": 42, "ps.fonttype": 42, "svg.hashsalt": SALT, "savefig.bbox": "standard",
        "figure.constrained_layout.w_pad": 0.03, "figure.constrained_layout.h_pad": 0.03, "axes.unicode_minus": True,
    }  # fmt: skip


@contextmanager
def inherited(ax: Axes) -> Iterator[None]:
    """The style in which the axes were made, read off its label, for what is drawn on it later."""
    label = ax.xaxis.label
    with matplotlib.rc_context(style(*sizes(ax), tuple(label.get_fontfamily()), label.get_math_fontfamily())):
        yield


def sizes(ax: Axes) -> tuple[float, float]:
    """The sizes in points of the labels and of the tick labels."""
    tick = ax.xaxis.get_major_ticks(1)[0].label1
    return float(ax.xaxis.label.get_fontsize()), float(tick.get_fontsize())


def settle(ax: Axes) -> None:
    """Lay the figure out, so that places on the page can be read off."""
    ax.figure.get_figure(root=True).draw_without_rendering()


def line_style(index: int) -> dict[str, Any]:
    """Colour, marker and dash of the line of that index: any one of the three tells the first four lines apart."""
    return {
        "color": COLOURS[index % len(COLOURS)],
        "marker": MARKERS[index % len(MARKERS)],
        "linestyle": DASHES[index % len(DASHES)],
        "markerfacecolor": "none",
    }


NEURIPS = Venue("NeurIPS", 5.5)
ICLR = Venue("ICLR", 5.5)
ICML = Venue("ICML", 3.25, 6.75)
AISTATS = Venue("AISTATS", 3.25, 6.75)
JMLR = Venue("JMLR", 6.0, family=COMPUTER_MODERN, mathematics="cm")
TMLR = Venue("TMLR", 6.5, family=COMPUTER_MODERN, mathematics="cm")
SIAM = Venue("SIAM", 5.125, family=COMPUTER_MODERN, mathematics="cm")
NATURE = Venue("Nature", 89 / 25.4, 183 / 25.4, points=7.0, small=6.0, family=SANS, mathematics="dejavusans")
SCREEN = Venue("screen", 8.0, points=11.0, small=10.0, family=SANS, mathematics="dejavusans")
VENUES = {venue.name.lower(): venue for venue in (NEURIPS, ICLR, ICML, AISTATS, JMLR, TMLR, SIAM, NATURE, SCREEN)}
