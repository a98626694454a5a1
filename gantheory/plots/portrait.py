"""Phase portraits of two numbers: the flow as streamlines, what training does as paths, and where both should rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from gantheory._errors import Refusal
from gantheory.plots.venue import BLACK, inherited, line_style

CELLS = 31  # points of the grid on each axis, on which the velocity is asked for
STREAM = "#b0b0b0"


def portrait(
    ax: Axes,
    velocity: Callable[[np.ndarray], ArrayLike],
    paths: Mapping[str, ArrayLike],
    *,
    reach: float,
    equilibrium: tuple[float, float] = (0.0, 0.0),
    labels: tuple[str, str] = (r"generator $\theta$", r"discriminator $\psi$"),
) -> None:
    """Streamlines of the velocity on [−reach, reach]², the paths (k, 2) from their hollow starts, and the equilibrium, a cross.

    velocity: states (n, 2) ↦ velocities (n, 2); where it is NaN nothing flows. Paths may leave the square.
    """
    ways = {name: np.asarray(path, dtype=float) for name, path in paths.items()}
    _refuse_undrawable(ways, reach)
    with inherited(ax):
        _streams(ax, velocity, reach)
        for i, (name, path) in enumerate(ways.items()):
            style = line_style(i) | {"marker": "none", "linewidth": 0.8}
            ax.plot(path[:, 0], path[:, 1], label=name, zorder=3, **style)
            ax.plot(*path[0], marker="o", markersize=3, color=BLACK, markerfacecolor="none", zorder=5, label="_start")
        ax.plot(*equilibrium, marker="+", markersize=6, color=BLACK, markerfacecolor="none", zorder=6, label="_equilibrium")
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=labels[0], ylabel=labels[1])
        ax.set_aspect("equal", adjustable="box")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(3))


def heading(ax: Axes, text: str) -> None:
    """What a panel shows, above it, where panels stand side by side."""
    with inherited(ax):
        ax.annotate(text, (0.5, 1), (0, 3), xycoords="axes fraction", textcoords="offset points", ha="center", va="bottom")


def _streams(ax: Axes, velocity: Callable[[np.ndarray], ArrayLike], reach: float) -> None:
    line = np.linspace(-reach, reach, CELLS)
    first, second = np.meshgrid(line, line)
    v = np.asarray(velocity(np.column_stack([first.ravel(), second.ravel()])), dtype=float)
    if v.shape != (CELLS**2, 2):
        raise Refusal(
            "the velocity of a portrait maps states (n, 2) to velocities (n, 2)", f"shape {v.shape} for n = {CELLS**2}"
        )
    if np.isinf(v).any() or np.isnan(v).all():
        raise Refusal("the velocity of a portrait is finite, or NaN where nothing flows", "infinity, or NaN everywhere")
    u, w = (np.ma.masked_invalid(part.reshape(CELLS, CELLS)) for part in v.T)
    ax.streamplot(line, line, u, w, density=0.55, color=STREAM, linewidth=0.5, arrowsize=0.5, zorder=1)


def _refuse_undrawable(ways: Mapping[str, np.ndarray], reach: float) -> None:
    if not 0 < reach < np.inf:
        raise Refusal("the reach of a portrait is a finite number > 0", reach)
    for name, path in ways.items():
        if path.ndim != 2 or path.shape[1] != 2 or not len(path):
            raise Refusal("a path of a portrait has shape (k, 2)", f"{name}: {path.shape}")
        if not np.isfinite(path).all():
            raise Refusal("a figure shows finite numbers", f"NaN or infinity in {name}", "Show fewer steps.")
