"""Conjugate gradients without a matrix, preconditioned by a fast transform at the mean weight, or by multigrid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.grids.axis import Circle
from gantheory.grids.energy import Energy
from gantheory.grids.fast import Transforms, transforms
from gantheory.objectives import Boundary

Linear = Callable[[np.ndarray], np.ndarray]
TOLERANCE = 1e-11  # of the residual, in the norm of the preconditioner
PASSES = (TOLERANCE, 1e-4)  # the second starts from the residual of the first, computed anew
PLANE, SPACE = 200_000, 20_000  # unknowns from which on a factorisation is dearer, in two and in three dimensions
ROUGH = 100  # iterations after which the weight is too rough for a transform at its mean
ITERATIONS = 500


class Rough(Exception):
    """The iterations did not suffice."""


def mean_transforms(energy: Energy, boundary: Boundary | None) -> Transforms | None:
    """The transforms that solve the equation with each weight at its mean, on a torus or where it is large; None elsewhere."""
    periodic = all(isinstance(line, Circle) for line in energy.lines)
    if not periodic and (not large(energy) or max(p.order for p in energy.penalties) > 1):
        return None
    return transforms(energy, boundary, tuple(float(np.mean(part.density)) for part in energy.parts))


def large(energy: Energy) -> bool:
    """A factorisation would be dear."""
    return int(np.prod(energy.shape)) > (SPACE if len(energy.shape) == 3 else PLANE)


def conjugate_gradients(
    applied: Linear, inverse: Linear, right: np.ndarray, tolerance: float, limit: int
) -> tuple[np.ndarray, int]:
    """u with applied(u) = right to the tolerance, and the iterations; Rough where the limit does not suffice."""
    u, r = np.zeros(len(right)), right.copy()
    z = inverse(r)
    d, size = z.copy(), float(r @ z)
    first = size
    for iteration in range(limit):
        if size <= tolerance**2 * first:
            return u, iteration
        Ad = applied(d)
        step = size / float(d @ Ad)
        u += step * d
        r -= step * Ad
        z = inverse(r)
        before, size = size, float(r @ z)
        d *= size / before
        d += z
    raise Rough(f"a relative residual of {np.sqrt(abs(size) / first):.1e} after {limit} iterations")


def iterated(
    residual: Linear, applied: Linear, inverse: Linear, count: int, limit: int = ITERATIONS
) -> tuple[np.ndarray, dict[str, Any]]:
    """u with residual(u) = 0, residual affine with slope −applied; Rough where the limit does not suffice."""
    u, iterations = np.zeros(count), 0
    right = residual(u)
    scale = float(np.abs(right).max(initial=0))
    if scale == 0:
        return u, {"iterations": 0, "residual": 0.0}
    for tolerance in PASSES:
        more, spent = conjugate_gradients(applied, inverse, right, tolerance, limit)
        u, iterations = u + more, iterations + spent
        right = residual(u)
    return u, {"iterations": iterations, "residual": float(np.abs(right).max()) / scale}
