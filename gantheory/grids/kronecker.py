"""Σ_k λ₁ (−∂_k²) + λ₀ on a box under layers of data: solved by the eigenvectors of each axis."""

from __future__ import annotations

import numpy as np
from findiff import Diff
from scipy.linalg import eigh

from gantheory.grids.box_grid import BoxGrid


def diagonalised(
    grid: BoxGrid, accuracy: int, factors: tuple[float, float], source: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """u with −λ₁Δu + λ₀u = source at the nodes behind accuracy/2 layers, u = known on these; factors: λ₁ > 0, λ₀ ≥ 0.

    −Δ is a Kronecker sum of symmetric matrices: Q Λ Qᵀ on each axis. Source: lynch1964direct.
    """
    layers = accuracy // 2
    box = tuple(slice(layers, k - layers) for k in grid.points)
    right, values, bases = source[box].copy(), np.full((1,) * grid.dim, factors[1]), []
    outside = known.copy()
    outside[box] = 0
    for axis, (h, count) in enumerate(zip(grid.spacing, grid.points, strict=True)):
        grid.hold(axis, 2, accuracy)
        rows = -factors[0] * (Diff(0, h, acc=accuracy) ** 2).matrix((count,)).toarray()[layers : count - layers]
        strip = outside[(*box[:axis], slice(None), *box[axis + 1 :])]
        right -= _along(rows, strip, axis)
        inner = rows[:, layers : count - layers]
        spectrum, basis = eigh((inner + inner.T) / 2)
        values = values + spectrum.reshape((-1,) + (1,) * (grid.dim - axis - 1))
        bases.append(basis)
    for axis, basis in enumerate(bases):
        right = _along(basis.T, right, axis)
    right /= values
    for axis, basis in enumerate(bases):
        right = _along(basis, right, axis)
    found = known.copy()
    found[box] = right
    return found


def _along(matrix: np.ndarray, values: np.ndarray, axis: int) -> np.ndarray:
    return np.moveaxis(np.tensordot(matrix, values, (1, axis)), 0, axis)
