"""(−1)^m Σ_k ∂_k^m (w ∂_k^m D) as a sparse matrix of findiff stencils, and its solve under Dirichlet data."""

from __future__ import annotations

from math import comb

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import splu

from gantheory._errors import Refusal
from gantheory.grids.box_grid import BoxGrid


def divergence_form(grid: BoxGrid, weight: np.ndarray, order: int, accuracy: int) -> sparse.csr_matrix:
    """(−1)^m ∂^m(w ∂^m D) = (−1)^m Σ_j C(m,j) (∂^j w) ∂^{2m−j} D, summed over the axes; rows are valid inside.

    For order 1 in any dimension this is −∇·(w∇D); for higher orders it is the operator in one dimension.
    """
    total = sparse.csr_matrix((weight.size, weight.size))
    for axis in range(grid.dim):
        for j in range(order + 1):
            slope = grid.derivative(axis, j, accuracy) @ weight.ravel()
            total = total + comb(order, j) * sparse.diags(slope) @ grid.derivative(axis, 2 * order - j, accuracy)
    return ((-1) ** order * total).tocsr()


def dirichlet_solve(matrix: sparse.csr_matrix, source: np.ndarray, known: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """u with (matrix u = source) at inner nodes and u = known elsewhere, by a sparse direct factorisation."""
    core = matrix[inner][:, inner].tocsc()
    right = source[inner] - matrix[inner][:, ~inner] @ known[~inner]
    pattern = abs(core).sign()
    ordering = "MMD_AT_PLUS_A" if (pattern != pattern.T).nnz == 0 else "COLAMD"
    try:
        inside = splu(core, permc_spec=ordering).solve(right)
    except RuntimeError as error:
        raise Refusal(
            "the discrete equation has one solution", f"a singular matrix ({error})", "Add a term, or refine."
        ) from error
    result = known.copy()
    result[inner] = inside
    return result
