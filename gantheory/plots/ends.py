"""Labels at the ends of lines, spread so that none covers another; ticks that say where one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, LogFormatterMathtext, LogLocator, MaxNLocator, NullFormatter, NullLocator

from gantheory.plots.venue import settle, sizes

LEGEND_BEYOND = 5
GAP = 6.0  # points between the end of a line, with its marker, and its label


@dataclass(frozen=True)
class End:
    """A text beside the point at which a line ends."""

    text: str
    x: float
    y: float
    colour: str = "black"


def end_labels(ax: Axes, ends: Sequence[End]) -> list[Annotation]:
    """Write the texts to the right of their lines' ends, as near as there is room."""
    if not ends:
        return []
    settle(ax)
    points = 72 / ax.figure.dpi
    heights = np.array([ax.transData.transform((end.x, end.y))[1] * points for end in ends])
    step, labels = 1.25 * sizes(ax)[0], []
    for end, height, place in zip(ends, heights, spread(heights, step), strict=True):
        label = ax.annotate(
            end.text,
            (end.x, end.y),
            (GAP, place - height),
            textcoords="offset points",
            va="center_baseline",
            color=end.colour,
            annotation_clip=False,
        )
        label.set_clip_on(False)
        labels.append(label)
    return labels


def spread(heights: np.ndarray, step: float) -> np.ndarray:
    """The places nearest to the heights, in their order, that are a step apart (isotonic regression of h_i − i·step)."""
    order = np.argsort(heights, kind="stable")
    blocks: list[tuple[float, int]] = []
    for i, height in enumerate(heights[order]):
        mean, count = float(height - i * step), 1
        while blocks and blocks[-1][0] > mean:
            before, n = blocks.pop()
            mean, count = (before * n + mean * count) / (n + count), n + count
        blocks.append((mean, count))
    places = np.empty(len(heights))
    places[order] = np.concatenate([np.full(n, mean) for mean, n in blocks]) + step * np.arange(len(heights))
    return places


def logarithmic_ticks(axis: Axis) -> None:
    """Powers of ten where the axis holds two, else 1, 2, 5 times a power, else round numbers."""
    low, high = sorted(axis.get_view_interval())
    decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    within = [[f * 10.0**k for f in factors for k in decades if low <= f * 10.0**k <= high] for factors in ((1,), (1, 2, 5))]
    if len(within[0]) >= 2:
        axis.set_major_locator(LogLocator(numticks=7))
        axis.set_major_formatter(LogFormatterMathtext())
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)) if len(within[1]) >= 2 else MaxNLocator(3, steps=(1, 2, 5, 10)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
