"""What a measured rate rests on: levels in the fit filled, the others hollow, and the floor of rounding grey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes

from gantheory.claims import Rate, Study
from gantheory.plots.venue import BLACK, line_style, sizes

FLOOR = "#e4e4e4"
INSET = 3.0  # points between the border and the name of the floor


def fill_levels(ax: Axes, studies: Mapping[str, Study], rates: Mapping[str, Rate]) -> None:
    """Fill the markers of the levels over which each rate was fitted."""
    for i, (name, study) in enumerate(studies.items()):
        used = list(rates[name].used) if name in rates else []
        style = line_style(i)
        h, e = np.array(study.sizes)[used], np.array(study.errors)[used]
        area = rcParams["lines.markersize"] ** 2
        ax.scatter(h, e, s=area, marker=style["marker"], color=style["color"], linewidths=0, zorder=2.5, gid=f"fit-{i}")


def floor_of(rates: Mapping[str, Rate]) -> float | None:
    """The largest floor at which one of the studies ends; None where none does."""
    return max((r.floor for r in rates.values() if r.floored and r.floor is not None), default=None)


def floor_region(ax: Axes, floor: float) -> np.ndarray:
    """Grey from the bottom to the floor, with its formula; the box of the formula, in pixels, lower left and upper right."""
    ax.axhspan(ax.get_ylim()[0], floor, color=FLOOR, linewidth=0, zorder=0, gid="floor")
    mantissa, exponent = f"{floor:.0e}".split("e")
    formula = rf"rounding $\epsilon\kappa \approx {mantissa} \times 10^{{{int(exponent)}}}$"
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right", "va": "bottom"}
    text = ax.annotate(formula, (1, 0), (-INSET, INSET), color=BLACK, fontsize=sizes(ax)[1], gid="floor-name", **place)
    return np.asarray(text.get_window_extent().get_points())
