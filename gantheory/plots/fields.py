"""Fields on a grid side by side: a discriminator, its residual, its source, each with its own scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, ScalarFormatter
from numpy.typing import ArrayLike

from gantheory._errors import Refusal
from gantheory.plots.portrait import heading
from gantheory.plots.venue import BLUE, inherited

SEQUENTIAL, DIVERGING = "viridis", "RdBu_r"
ROOM = 0.06


def fields(axes: Axes | Sequence[Axes], x: Sequence[ArrayLike], values: Mapping[str, ArrayLike]) -> None:
    """One panel for each name, of values on the tensor grid of the coordinates x[0], x[1], …; the name stands above it.

    d = 1: a line. d = 2: an image with a colour bar, diverging about 0 where the sign changes, sequential elsewhere.
    d = 3: the slice in the middle of the last axis, which the label of the first axis names.
    """
    panels = list(np.atleast_1d(np.asarray(axes, dtype=object)).ravel())
    points = [np.asarray(axis, dtype=float) for axis in x]
    arrays = {name: np.asarray(v, dtype=float) for name, v in values.items()}
    _refuse_unfitting(panels, points, arrays)
    with inherited(panels[0]):
        for ax, (name, array) in zip(panels, arrays.items(), strict=True):
            if len(points) == 1:
                _line(ax, points[0], array, name)
            else:
                _image(ax, points, array, name)
    for ax, name in zip(panels, arrays, strict=True):
        heading(ax, name)


def _line(ax: Axes, x: np.ndarray, y: np.ndarray, name: str) -> None:
    ax.plot(x, y, label=f"_{name}", color=BLUE)
    low, high = float(y.min()), float(y.max())
    room = ROOM * (high - low) or abs(high) or 1.0
    ax.set(xlim=(x[0], x[-1]), ylim=(low - room, high + room), xlabel="$x$")
    ax.yaxis.set_major_formatter(_powers())
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(4))


def _image(ax: Axes, x: list[np.ndarray], values: np.ndarray, name: str) -> None:
    first = "$x_1$"
    if len(x) == 3:
        k = len(x[2]) // 2
        values, first = values[:, :, k], f"$x_1$, at $x_3$ = {x[2][k]:.3g}"
    low, high = float(values.min()), float(values.max())
    signed = low < 0 < high
    reach = max(-low, high) if signed else 0.0
    limits = (-reach, reach) if signed else (low, high)
    mesh = ax.pcolormesh(
        x[0], x[1], values.T, cmap=DIVERGING if signed else SEQUENTIAL, vmin=limits[0], vmax=limits[1], shading="nearest"
    )
    mesh.set(rasterized=True, label=f"_{name}")
    ax.set(xlim=(x[0][0], x[0][-1]), ylim=(x[1][0], x[1][-1]), xlabel=first, ylabel="$x_2$")
    ax.set_aspect("equal", adjustable="box")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(3))
    figure = ax.figure.get_figure(root=True)
    bar = figure.colorbar(mesh, ax=ax, location="bottom", aspect=24, pad=0.04, format=_powers())
    bar.locator = MaxNLocator(3)
    bar.outline.set_linewidth(0.6)
    bar.update_ticks()
    tick = ax.xaxis.get_major_ticks(1)[0].label1
    bar.ax.tick_params(labelsize=tick.get_fontsize(), labelfontfamily=list(tick.get_fontfamily()))
    bar.ax.xaxis.get_offset_text().set_fontsize(tick.get_fontsize())


def _powers() -> ScalarFormatter:
    """Numbers beyond 10^±3 share one power of ten."""
    formatter = ScalarFormatter(useMathText=True)
    formatter.set_powerlimits((-3, 3))
    return formatter


def _refuse_unfitting(panels: list[Axes], x: list[np.ndarray], values: Mapping[str, np.ndarray]) -> None:
    if not 1 <= len(x) <= 3 or any(axis.ndim != 1 or len(axis) < 2 or not (np.diff(axis) > 0).all() for axis in x):
        raise Refusal("fields are drawn on 1 to 3 axes of rising coordinates", [axis.shape for axis in x])
    if not values or len(panels) != len(values):
        raise Refusal("fields have one panel for each name", f"{len(panels)} panels, {list(values)}")
    shape = tuple(map(len, x))
    for name, array in values.items():
        if array.shape != shape:
            raise Refusal(f"a field on this grid has shape {shape}", f"{name}: {array.shape}")
        if not np.isfinite(array).all():
            raise Refusal("a figure shows finite numbers", f"NaN or infinity in {name}")
