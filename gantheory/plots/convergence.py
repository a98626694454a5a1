"""Error against spacing on logarithmic axes, and the slope that theory expects."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from gantheory._errors import Refusal
from gantheory.claims import Rate, Study
from gantheory.plots.ends import LEGEND_BEYOND, End, end_labels, logarithmic_ticks
from gantheory.plots.fitted import fill_levels, floor_of, floor_region
from gantheory.plots.triangle import Canvas, slope_triangle
from gantheory.plots.venue import inherited, line_style


def convergence(
    ax: Axes,
    studies: Mapping[str, Study],
    expected: Mapping[str, float],
    *,
    size_label: str,
    error_label: str,
    rates: Mapping[str, Rate] | None = None,
) -> None:
    """log error over log spacing, a line for each study, and for each expected p a triangle with legs 1 and p.

    The triangles are the theory, never a fit. Up to five lines are labelled at their ends; more, and lines that would cross a
    label, in a legend: inside the axes where it covers nothing, else above them. With a measured rate the levels in its fit are
    filled; the region where rounding ends a study is grey. Its band belongs in the caption.
    """
    measured = dict(rates or {})
    strangers = [name for name in (*expected, *measured) if name not in studies]
    if not studies or strangers:
        given = f"{list(studies)} with slopes for {list(expected)} and rates for {list(measured)}"
        raise Refusal("convergence draws studies, and slopes for them", given)
    with inherited(ax):
        ax.set(xscale="log", yscale="log", xlabel=size_label, ylabel=error_label)
        for i, (name, study) in enumerate(studies.items()):
            ax.plot(study.sizes, study.errors, label=name, **line_style(i))
        floor = floor_of(measured)
        _room(ax, list(studies.values()), bool(expected), floor)
        fill_levels(ax, studies, measured)
        named = floor_region(ax, floor) if floor is not None else None
        canvas, names = Canvas(ax), list(studies)
        if named is not None:
            canvas.take(named)
        for box in _named(canvas, studies):
            canvas.take(box)
        for name, order in expected.items():
            slope_triangle(canvas, names.index(name), order, f"slope-{names.index(name)}")


def _named(canvas: Canvas, studies: Mapping[str, Study]) -> list[np.ndarray]:
    """Name the lines, at their ends where no line crosses a name; the boxes of the names in pixels."""
    if len(studies) <= LEGEND_BEYOND:
        largest = [(name, int(np.argmax(s.sizes)), s) for name, s in studies.items()]
        labels = end_labels(canvas.ax, [End(name, s.sizes[i], s.errors[i]) for name, i, s in largest])
        boxes = [label.get_window_extent().get_points() for label in labels]
        if not any(map(canvas.crossed, boxes)):
            return boxes
        for label in labels:
            label.remove()
    box = canvas.ax.legend().get_window_extent().get_points()
    if not canvas.crossed(box):
        return [box]
    canvas.ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handlelength=1.6, columnspacing=0.8, borderaxespad=0.2)
    return []


def _room(ax: Axes, studies: list[Study], triangles: bool, floor: float | None) -> None:
    """Set limits that leave the markers whole and, below the lines, a place for triangles and for the floor."""
    ax.set_xlim(_limits([h for s in studies for h in s.sizes], 0.06, 0.06))
    heights = [e for s in studies for e in s.errors] + ([floor] if floor is not None else [])
    ax.set_ylim(_limits(heights, *((0.16, 0.12) if triangles or floor is not None else (0.06, 0.06))))
    logarithmic_ticks(ax.xaxis)
    logarithmic_ticks(ax.yaxis)


def _limits(values: list[float], below: float, above: float) -> tuple[float, float]:
    low, high = np.log10(min(values)), np.log10(max(values))
    span = max(high - low, 0.3)
    return float(10 ** (low - below * span)), float(10 ** (high + above * span))
