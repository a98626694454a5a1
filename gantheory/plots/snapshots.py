"""Particles and data at chosen times, as small multiples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from gantheory._errors import Refusal
from gantheory.plots.venue import BLUE, GREY, inherited

CROWD = 200  # particles beyond which rings would hide one another, and dots are drawn
MANY = 5000  # points beyond which a vector file holds them as an image
FILL = "#d9d9d9"
CORNERS = ((0, 1), (1, 1), (0, 0), (1, 0))


def snapshots(axes: Axes | Sequence[Axes], t: ArrayLike, x: ArrayLike, real: ArrayLike, indices: Sequence[int]) -> None:
    """The particles x[i] (of shape (k, n, d), blue) before the data (m, d) (grey) at the times t[i], one panel for each i.

    All panels have the same limits. d = 1: densities as histograms; d ≥ 3: the first two principal coordinates of the data.
    """
    panels = list(np.atleast_1d(np.asarray(axes, dtype=object)).ravel())
    times, moving, data = (np.asarray(a, dtype=float) for a in (t, x, real))
    _refuse_unfitting(panels, times, moving, data, indices)
    shown = moving[list(indices)]
    if data.shape[1] > 2:
        axes_of_data, centre = principal(data), data.mean(0)
        shown, data = (shown - centre) @ axes_of_data, (data - centre) @ axes_of_data
    draw = _histograms if data.shape[1] == 1 else _clouds
    with inherited(panels[0]):
        draw(panels, shown, data)
        _label(panels, moving.shape[2])
        corner = _emptiest(panels, shown, data)
        for ax, i in zip(panels, indices, strict=True):
            _write_time(ax, times[i], corner)


def principal(data: np.ndarray) -> np.ndarray:
    """(d, 2): the two directions of largest variance, each with its largest component positive."""
    _, _, rows = np.linalg.svd(data - data.mean(0), full_matrices=False)
    columns = rows[:2].T
    return columns * np.sign(columns[np.abs(columns).argmax(0), range(columns.shape[1])])


def _clouds(panels: list[Axes], shown: np.ndarray, data: np.ndarray) -> None:
    low, high = _limits(np.concatenate([shown.reshape(-1, 2), data]))
    middle, reach = (low + high) / 2, (high - low).max() / 2
    low, high = middle - reach, middle + reach
    image = len(data) + shown.shape[1] > MANY
    for ax, points in zip(panels, shown, strict=True):
        ax.scatter(data[:, 0], data[:, 1], s=3, color=GREY, linewidths=0, rasterized=image, label="data")
        ring: dict[str, Any] = {"s": 7, "facecolors": "none", "edgecolors": BLUE, "linewidths": 0.6}
        dot: dict[str, Any] = {"s": 1.5, "color": BLUE, "linewidths": 0}
        ax.scatter(points[:, 0], points[:, 1], rasterized=image, label="particles", **(ring if len(points) <= CROWD else dot))
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        ax.set_aspect("equal", adjustable="box")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(4))


def _histograms(panels: list[Axes], shown: np.ndarray, data: np.ndarray) -> None:
    low, high = _limits(np.concatenate([shown.reshape(-1, 1), data]))
    bins = 2 + 4 * int(np.ceil(min(len(data), shown.shape[1]) ** (1 / 3)))
    edges = np.linspace(low[0], high[0], bins + 1).tolist()
    fill: dict[str, Any] = {"histtype": "stepfilled", "facecolor": FILL, "edgecolor": GREY, "linewidth": 0.8}
    for ax, points in zip(panels, shown, strict=True):
        ax.hist(data[:, 0], edges, density=True, label="data", **fill)
        ax.hist(points[:, 0], edges, density=True, histtype="step", edgecolor=BLUE, linewidth=1, label="particles")
    top = 1.2 * max(ax.get_ylim()[1] for ax in panels)
    for ax in panels:
        ax.set(xlim=(low[0], high[0]), ylim=(0, top))


def _limits(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = points.min(0), points.max(0)
    room = np.where(high > low, 0.08 * (high - low), 1.0)
    return low - room, high + room


def _label(panels: list[Axes], dim: int) -> None:
    names = {1: ("$x$", "density"), 2: ("$x_1$", "$x_2$")}
    x, y = names.get(dim, ("principal axis 1 of data", "principal axis 2 of data"))
    for ax in panels:
        ax.set(xlabel=x, ylabel=y)
        ax.label_outer()


def _emptiest(panels: list[Axes], shown: np.ndarray, data: np.ndarray) -> tuple[int, int]:
    """The corner of the panels in which the fewest points lie; the upper right above histograms."""
    if data.shape[1] == 1:
        return 1, 1
    low, high = np.column_stack([panels[0].get_xlim(), panels[0].get_ylim()])
    unit = (np.concatenate([shown.reshape(-1, 2), data]) - low) / (high - low)
    reach = np.array([0.45, 0.2])
    return min(CORNERS, key=lambda corner: int((np.abs(unit - corner) < reach).all(1).sum()))


def _write_time(ax: Axes, time: float, corner: tuple[int, int]) -> None:
    (i, j), paper = corner, {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    x, y = (0.03, 0.97)[i], (0.03, 0.97)[j]
    ax.text(x, y, f"$t$ = {time:.3g}", transform=ax.transAxes, ha=("left", "right")[i], va=("bottom", "top")[j], bbox=paper)


def _refuse_unfitting(panels: list[Axes], t: np.ndarray, x: np.ndarray, real: np.ndarray, indices: Sequence[int]) -> None:
    if x.ndim != 3 or real.ndim != 2 or x.shape[2] != real.shape[1] or t.shape != x.shape[:1] or 0 in x.shape + real.shape:
        given = f"t {t.shape}, x {x.shape}, real {real.shape}"
        raise Refusal("snapshots draw times (k,), particles (k, n, d) and data (m, d)", given)
    if not indices or len(panels) != len(indices) or not all(-len(t) <= i < len(t) for i in indices):
        raise Refusal("snapshots have one panel for each index of a time", f"{len(panels)} panels, {list(indices)} of {len(t)}")
    if not all(np.isfinite(a).all() for a in (t, x[list(indices)], real)):
        raise Refusal("a figure shows finite numbers", "NaN or infinity in the snapshots", "Show earlier times.")
