"""(−1)^m Σ_α (m!/α!) ∂^α (w ∂^α D) as a sparse matrix of findiff's central stencils, and its solve under layers of data."""

from __future__ import annotations

from functools import reduce

import numpy as np
import scipy.sparse as sparse

from gantheory.grids.box_grid import BoxGrid
from gantheory.grids.direct import factored
from gantheory.symbolic import leibniz


def divergence_form(grid: BoxGrid, weight: np.ndarray, order: int, accuracy: int) -> sparse.csr_matrix:
    """(−1)^m Σ_{α,β} (m!/α!) C(α,β) (∂^β w) ∂^{2α−β} D, expanded by Leibniz' rule; rows are valid inside.

    (−Δ)^m, a sum of Kronecker products, where w is constant.
    """
    flat = bool(weight.min() == weight.max())
    total = sparse.csr_matrix((weight.size, weight.size))
    for (of_weight, of_critic), count in leibniz(order, grid.dim).items():
        if flat and any(of_weight):
            continue
        slope = _partial(grid, of_weight, accuracy) @ weight.ravel()
        total = total + count * sparse.diags(slope) @ _partial(grid, of_critic, accuracy)
    return ((-1) ** order * total).tocsr()


def _partial(grid: BoxGrid, index: tuple[int, ...], accuracy: int) -> sparse.csr_matrix:
    factors = [grid.derivative(axis, k, accuracy) for axis, k in enumerate(index) if k]
    return reduce(lambda a, b: a @ b, factors) if factors else grid.derivative(0, 0, accuracy)


def dirichlet_solve(matrix: sparse.csr_matrix, source: np.ndarray, known: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """u with (matrix u = source) at inner nodes and u = known elsewhere, by a sparse direct factorisation."""
    rows = matrix[inner]
    result = known.copy()
    result[inner] = factored(rows[:, inner]).solve(source[inner] - rows[:, ~inner] @ known[~inner])
    return result
