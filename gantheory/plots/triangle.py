"""Slope triangles: the rate that theory expects, drawn where nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from gantheory.plots.venue import settle, sizes

CLEAR = 6.0  # points between a triangle with its labels and everything else
INK = "#404040"
PLACES = 25  # along each side, where a triangle has no room beside its line


@dataclass(frozen=True)
class Triangle:
    """A right triangle on logarithmic axes, all in points: corner the right angle, legs the signed run and rise."""

    corner: np.ndarray
    run: float
    rise: float
    text: float

    @property
    def vertices(self) -> np.ndarray:
        """The right angle, the end of the leg 1, the end of the leg p."""
        return self.corner + np.array([(0, 0), (self.run, 0), (0, self.rise)])

    @property
    def labels(self) -> np.ndarray:
        """The centres of the labels of the legs 1 and p, outside the triangle."""
        away = 0.7 * self.text
        beside = np.array([(self.run / 2, -np.sign(self.rise) * away), (-np.sign(self.run) * away, self.rise / 2)])
        return self.corner + beside

    @property
    def cloud(self) -> np.ndarray:
        """Points on the legs, the hypotenuse, and the boxes of the labels."""
        s = np.linspace(0, 1, 13)[:, None]
        a, b, c = self.vertices
        box = 0.4 * self.text * np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
        return np.concatenate([a + s * (b - a), b + s * (c - b), c + s * (a - c), *(centre + box for centre in self.labels)])


class Canvas:
    """The axes in points, its lower left corner at 0, and what is already drawn there."""

    def __init__(self, ax: Axes) -> None:
        settle(ax)
        self.ax, self.scale = ax, 72 / ax.figure.dpi
        self.origin = ax.transAxes.transform((0, 0))
        self.size = (ax.transAxes.transform((1, 1)) - self.origin) * self.scale
        self.taken = [self._dense(np.column_stack(line.get_data())) for line in ax.lines]

    def take(self, box: np.ndarray) -> None:
        """Keep clear of a box, its lower left and upper right corner in pixels."""
        (left, low), (right, high) = (box - self.origin) * self.scale
        x, y = np.meshgrid(np.linspace(left, right, 25), np.linspace(low, high, 5))
        self.taken.append(np.column_stack([x.ravel(), y.ravel()]))

    def points(self, data: np.ndarray) -> np.ndarray:
        """Data coordinates ↦ points."""
        return (self.ax.transData.transform(data) - self.origin) * self.scale

    def data(self, points: np.ndarray) -> np.ndarray:
        """Points ↦ data coordinates."""
        return self.ax.transData.inverted().transform(points / self.scale + self.origin)

    def crossed(self, box: np.ndarray) -> bool:
        """Whether something is drawn in a box, its lower left and upper right corner in pixels."""
        low, high = (box - self.origin) * self.scale
        return any(((low <= taken) & (taken <= high)).all(1).any() for taken in self.taken)

    def clearance(self, triangle: Triangle, own: int | None = None) -> float:
        """The distance to what is drawn or to the border; negative outside, and where another line is nearer than its own."""
        cloud = triangle.cloud
        border = float(min(cloud.min(), (self.size - cloud).min()))
        if border < 0:
            return border - CLEAR
        apart = [float(np.sqrt(((cloud[:, None] - taken[None]) ** 2).sum(-1)).min()) for taken in self.taken]
        return -CLEAR if own is not None and min(apart[: len(self.ax.lines)]) < apart[own] else min(*apart, border)

    def _dense(self, data: np.ndarray) -> np.ndarray:
        ends = self.points(data)
        s = np.linspace(0, 1, 25)[:, None]
        return np.concatenate([ends[:1], *(a + s * (b - a) for a, b in pairwise(ends))])


def slope_triangle(canvas: Canvas, own: int, order: float, gid: str) -> None:
    """Draw legs 1 and p near the line of index own where there is room, else in the first free place, else in the freest."""
    text = sizes(canvas.ax)[1]
    data, best, room = np.column_stack(canvas.ax.lines[own].get_data()), None, -np.inf
    near = ((candidate, own) for candidate in _candidates(canvas, data, order, text))
    for candidate, beside in chain(near, ((candidate, None) for candidate in _anywhere(canvas, order, text))):
        clear = canvas.clearance(candidate, beside)
        if clear > room:
            best, room = candidate, min(clear, CLEAR)
        if room >= CLEAR:
            break
    if best is None:
        return
    canvas.taken.append(best.cloud)
    patch = Polygon(canvas.data(best.vertices), closed=True, fill=False, linewidth=0.6, edgecolor=INK, gid=gid)
    canvas.ax.add_patch(patch)
    for (x, y), word in zip(canvas.data(best.labels), ("1", f"{order:g}"), strict=True):
        canvas.ax.text(x, y, word, fontsize=text, ha="center", va="center_baseline", color=INK)


def _candidates(canvas: Canvas, data: np.ndarray, order: float, text: float) -> Iterator[Triangle]:
    """Triangles parallel to the expected slope, the large and near ones first, from the middle of the line outwards."""
    line = canvas.points(data[np.argsort(data[:, 0])])
    for run, steep in _sizes(canvas, order, text):
        for gap in (1.0, 1.5, 2.2, 3.0, 4.0, 6.0):
            for part in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
                x = line[0, 0] + part * (line[-1, 0] - line[0, 0])
                middle = np.array([x, np.interp(x, line[:, 0], line[:, 1])])
                normal = np.array([steep, -1.0]) / np.hypot(steep, 1)
                for side in (1, -1):  # below a rising line, above it
                    hypotenuse = middle + side * gap * CLEAR * normal
                    corner = hypotenuse + side * np.array([run / 2, -steep * run / 2])
                    yield Triangle(corner, -side * run, side * steep * run, text)


def _anywhere(canvas: Canvas, order: float, text: float) -> Iterator[Triangle]:
    """Triangles of the expected slope all over the axes, the large ones first, from the lower right corner on."""
    for run, steep in _sizes(canvas, order, text):
        for up in np.linspace(0, 1, PLACES):
            for along in np.linspace(1, 0, PLACES):
                yield Triangle(canvas.size * (along, up), -run, steep * run, text)


def _sizes(canvas: Canvas, order: float, text: float) -> Iterator[tuple[float, float]]:
    """Runs in points, the large ones first, and the rise for a run of one point."""
    unit = canvas.points(np.array([(1.0, 1.0), (10.0, 1.0), (1.0, 10.0)]))
    steep = order * (unit[2, 1] - unit[0, 1]) / (unit[1, 0] - unit[0, 0])
    longest = max(canvas.size[1] * 0.3 / max(abs(steep), 1e-9), 1.5 * text)
    for share in (0.2, 0.15, 0.1):
        yield min(max(share * canvas.size[0], 2 * text), longest), steep
