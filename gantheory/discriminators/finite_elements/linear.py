"""The linear equations of one Newton step, by sparse factorisation, in units of the diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sparse
from scipy.linalg import qr
from scipy.sparse.linalg import splu

from gantheory.discriminators.finite_elements.system import System
from gantheory.grids import positive_definite

STABLE = 1e-8  # of a residual, by the size of its parts: far above roundoff, far below what a singular matrix leaves


def direction(system: System, tangent: sparse.csc_matrix, gap: np.ndarray, u: np.ndarray, damping: float) -> np.ndarray | None:
    """d with (K + damping·diag) d = −gap and ∫ (u + d) f = 0 for each f of the null space; None where there is none.

    As the load is compatible, k of the equations follow from the others: k entries of d are held at 0 in their place, and an
    element of the null space is added afterwards.
    """
    matrix, found = _scaled(system, tangent) + damping * sparse.identity(len(gap)), np.zeros(len(gap))
    rest = _determined(system) if damping == 0 else np.arange(len(gap))
    inside = _solved(matrix[rest][:, rest].tocsc(), -(system.scale * gap)[rest])
    if inside is None:
        return None
    found[rest] = inside
    move = system.scale * found
    if system.kernel.shape[1]:
        move -= system.kernel @ np.linalg.solve(system.moments.T @ system.kernel, system.moments.T @ (u + move))
    return move


def positive(system: System, tangent: sparse.csc_matrix) -> bool:
    """K is positive definite beside the null space."""
    return positive_definite(_scaled(system, tangent), np.setdiff1d(np.arange(len(system.free)), _determined(system)))


def _scaled(system: System, tangent: sparse.csc_matrix) -> sparse.csr_matrix:
    scale = sparse.diags(system.scale)
    return (scale @ tangent @ scale).tocsr()


def _determined(system: System) -> np.ndarray:
    """All but as many degrees of freedom as the null space has: they determine its elements."""
    count = system.kernel.shape[1]
    if count == 0:
        return np.arange(len(system.free))
    order = qr((system.kernel / system.scale[:, None]).T, mode="r", pivoting=True)[1]
    return np.sort(order[count:])


def _solved(matrix: sparse.csc_matrix, right: np.ndarray) -> np.ndarray | None:
    """The solution by pivots on the diagonal, then by any; None where it is not backward stable."""
    for threshold in (0.0, 1.0):
        factors = _factors(matrix, threshold)
        found = None if factors is None else factors.solve(right)
        if found is not None and np.isfinite(found).all():
            parts = np.linalg.norm(abs(matrix) @ np.abs(found) + np.abs(right))
            if np.linalg.norm(right - matrix @ found) <= STABLE * parts:
                return found
    return None


def _factors(matrix: sparse.csc_matrix, threshold: float) -> Any:
    """The sparse factors, with pivots off the diagonal below the threshold; None of a singular matrix."""
    ordering, symmetric = ("MMD_AT_PLUS_A", True) if threshold == 0 else ("COLAMD", False)
    try:
        return splu(matrix, permc_spec=ordering, diag_pivot_thresh=threshold, options={"SymmetricMode": symmetric})
    except RuntimeError:  # singular
        return None
