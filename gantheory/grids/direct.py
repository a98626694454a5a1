"""Sparse direct solves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from scipy.linalg import qr
from scipy.sparse.linalg import SuperLU, splu

from gantheory._errors import Refusal

FACTORED = {2: 2**21, 3: 2**17}  # unknowns whose factors take some 5 GB
GRID = "Use a coarser grid, or a linear equation of order 1, which is iterated."
SYMMETRIC = {"permc_spec": "MMD_AT_PLUS_A", "options": {"SymmetricMode": True}}


def refuse_dear(dim: int, unknowns: int, cure: str = GRID) -> None:
    """Refuse a factorisation that memory does not hold, before it is begun."""
    most = FACTORED.get(dim, unknowns)
    if unknowns > most:
        need = f"an equation in {dim}-D that is solved by factors has at most {most} unknowns"
        raise Refusal(need, unknowns, cure)


def factored(matrix: sparse.sparray | sparse.spmatrix) -> SuperLU:
    """The sparse LU decomposition: MMD on the pattern of Aᵀ + A where that of A is symmetric, COLAMD otherwise."""
    core = matrix.tocsc()
    pattern = abs(core).sign()
    try:
        if (pattern != pattern.T).nnz == 0:
            return splu(core, diag_pivot_thresh=0.1, **SYMMETRIC)
        return splu(core, permc_spec="COLAMD")
    except RuntimeError as error:
        raise Refusal(
            "the discrete equation has one solution", f"a singular matrix ({error})", "Add a term, or refine."
        ) from error


def positive_definite(matrix: sparse.csr_matrix, held: np.ndarray) -> bool:
    """Whether it is so beside the rows held: the factors L U without pivoting have a positive diagonal."""
    kept = np.setdiff1d(np.arange(matrix.shape[0]), held)
    try:
        factors = splu(matrix[kept][:, kept].tocsc(), diag_pivot_thresh=0.0, **SYMMETRIC)
    except RuntimeError:
        return False
    return bool((factors.U.diagonal() > 0).all() and np.array_equal(factors.perm_r, factors.perm_c))


def pins(basis: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """As many of the allowed rows as the basis has columns, on which it is well conditioned (pivoted QR)."""
    _, _, order = qr(basis[allowed].T, mode="economic", pivoting=True)
    return np.sort(allowed[order[: basis.shape[1]]])


@dataclass(frozen=True, eq=False)
class Direct:
    """right ↦ u with u = 0 at the rows held and matrix u = right elsewhere (everywhere, if right is compatible)."""

    matrix: sparse.csr_matrix
    held: np.ndarray

    @cached_property
    def _kept(self) -> np.ndarray:
        return np.setdiff1d(np.arange(self.matrix.shape[0]), self.held)

    @cached_property
    def _factors(self) -> SuperLU:
        return factored(self.matrix[self._kept][:, self._kept] if len(self.held) else self.matrix)

    def __call__(self, right: np.ndarray) -> np.ndarray:
        """The solution."""
        found = np.zeros(len(right))
        found[self._kept] = self._factors.solve(right[self._kept])
        return found
