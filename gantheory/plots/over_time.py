"""What was measured along a flow, against time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gantheory._errors import Refusal
from gantheory.plots.ends import LEGEND_BEYOND, End, end_labels, logarithmic_ticks
from gantheory.plots.venue import GREY, inherited, line_style

MARKS = 8  # markers along a line


def over_time(
    ax: Axes,
    t: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    ylabel: str,
    reference: Mapping[str, float] | None = None,
    xlabel: str = "time $t$",
    logarithmic: bool = True,
) -> None:
    """Lines over t (k,), logarithmic in height, named at their ends; reference levels dotted and grey."""
    times, levels = np.asarray(t, dtype=float), dict(reference or {})
    values = {name: np.asarray(v, dtype=float) for name, v in series.items()}
    for name, v in (values | {name: np.asarray([level]) for name, level in levels.items()}).items():
        _refuse_undrawable(name, v, times, logarithmic, name in values)
    with inherited(ax):
        ax.set(yscale="log" if logarithmic else "linear", xlabel=xlabel, ylabel=ylabel)
        for name, level in levels.items():
            ax.axhline(level, color=GREY, linestyle=":", linewidth=1, label=f"_{name}")
        every = max(1, len(times) // MARKS)
        for i, (name, v) in enumerate(values.items()):
            ax.plot(times, v, label=name, markevery=(i * every // max(len(values), 1), every), clip_on=False, **line_style(i))
        ax.set_xlim(times.min(), times.max())
        if logarithmic:
            logarithmic_ticks(ax.yaxis)
        _name(ax, times, values, levels)


def _name(ax: Axes, times: np.ndarray, values: Mapping[str, np.ndarray], levels: Mapping[str, float]) -> None:
    last = int(np.argmax(times))
    ends = [End(name, times[last], level, GREY) for name, level in levels.items()]
    if len(values) > LEGEND_BEYOND:
        ax.legend()
    else:
        ends += [End(name, times[last], v[last]) for name, v in values.items()]
    end_labels(ax, ends)


def _refuse_undrawable(name: str, v: np.ndarray, times: np.ndarray, logarithmic: bool, line: bool) -> None:
    if line and (v.ndim != 1 or v.shape != times.shape or times.size < 2):
        raise Refusal("a line holds one value for each of at least two times", f"{name}: {v.shape} for {times.shape}")
    if not (np.isfinite(v).all() and np.isfinite(times).all()):
        raise Refusal("a figure shows finite numbers", f"NaN or infinity in {name}")
    if logarithmic and not (v > 0).all():
        raise Refusal("a logarithmic axis shows positive numbers", f"{v.min():g} in {name}", "Pass logarithmic=False.")
