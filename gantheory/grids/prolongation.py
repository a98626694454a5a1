"""From a grid to a finer one: nested iteration starts Newton's method where the coarser grid ended (hackbusch1985multigrid)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import make_interp_spline

from gantheory.grids.axis import Axis, Circle


def prolonged(values: np.ndarray, coarse: Sequence[Axis], fine: Sequence[Axis], order: int) -> np.ndarray:
    """Values on all nodes of the coarse axes at all nodes of the fine ones, by splines of degree 2m − 1 along each axis.

    For m = 1 the slopes of the coarse grid are kept, and with them where |∇D| > K.
    """
    for axis, (line, onto) in enumerate(zip(coarse, fine, strict=True)):
        values = np.moveaxis(_along(np.moveaxis(values, axis, 0), line, onto, 2 * order - 1), 0, axis)
    return values


def _along(values: np.ndarray, line: Axis, onto: Axis, degree: int) -> np.ndarray:
    x, places = (getattr(each, "extended", each.places(0)) for each in (line, onto))
    degree = min(degree, len(x) - 1 - len(x) % 2)
    if isinstance(line, Circle):
        x, values = np.append(x, x[0] + line.period), np.concatenate([values, values[:1]])
        return make_interp_spline(x, values, k=degree, bc_type="periodic")(places)
    return make_interp_spline(x, values, k=degree)(places)
