"""Error against spacing on logarithmic axes, and the slope that theory expects."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from gantheory._errors import Refusal
from gantheory.claims import Study
from gantheory.plots.ends import LEGEND_BEYOND, End, end_labels, logarithmic_ticks
from gantheory.plots.triangle import Canvas, slope_triangle
from gantheory.plots.venue import inherited, line_style


def convergence(
    ax: Axes, studies: Mapping[str, Study], expected: Mapping[str, float], *, size_label: str, error_label: str
) -> None:
    """log error over log spacing, a line for each study, and for each expected p a triangle with legs 1 and p.

    The triangles are the theory, never a fit. Up to five lines are labelled at their ends, more in a legend.
    """
    strangers = [name for name in expected if name not in studies]
    if not studies or strangers:
        raise Refusal("convergence draws studies, and slopes for them", f"{list(studies)} with slopes for {list(expected)}")
    with inherited(ax):
        ax.set(xscale="log", yscale="log", xlabel=size_label, ylabel=error_label)
        for i, (name, study) in enumerate(studies.items()):
            ax.plot(study.sizes, study.errors, label=name, **line_style(i))
        _room(ax, list(studies.values()), bool(expected))
        if len(studies) > LEGEND_BEYOND:
            ax.legend()
        else:
            largest = [(name, int(np.argmax(s.sizes)), s) for name, s in studies.items()]
            end_labels(ax, [End(name, s.sizes[i], s.errors[i]) for name, i, s in largest])
        canvas, names = Canvas(ax), list(studies)
        for name, order in expected.items():
            slope_triangle(canvas, names.index(name), order, f"slope-{names.index(name)}")


def _room(ax: Axes, studies: list[Study], triangles: bool) -> None:
    """Set limits that leave the markers whole and, below the lines, a place for triangles."""
    ax.set_xlim(_limits([h for s in studies for h in s.sizes], 0.06, 0.06))
    ax.set_ylim(_limits([e for s in studies for e in s.errors], *((0.16, 0.12) if triangles else (0.06, 0.06))))
    logarithmic_ticks(ax.xaxis)
    logarithmic_ticks(ax.yaxis)


def _limits(values: list[float], below: float, above: float) -> tuple[float, float]:
    low, high = np.log10(min(values)), np.log10(max(values))
    span = max(high - low, 0.3)
    return float(10 ** (low - below * span)), float(10 ** (high + above * span))
