"""−∇·(ρ∇u) + κu = g on squares of cells, by finite volumes in SciPy: no stencil of the package."""

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import spsolve

KAPPA = 0.3


def cells(count: int, lower: float) -> list[np.ndarray]:
    """x1 and x2 at the centres of `count` cells a side from `lower` to 1."""
    centres = lower + (np.arange(count) + 0.5) * (1 - lower) / count
    return list(np.meshgrid(centres, centres, indexing="ij"))


def solved(rho: np.ndarray, source: np.ndarray, spacing: float, near: np.ndarray | None) -> np.ndarray:
    """u with u = 0 at the far sides; at the near sides u = 0 (near None), or the cells across, by index.

    near: the indices (2, n) of the cells across x1 = lower and across x2 = lower; a cell across itself is a mirror.
    """
    n, weights = len(rho), rho.ravel()
    index = np.arange(n * n).reshape(n, n)
    low, high = (
        np.concatenate([index[:-1].ravel(), index[:, :-1].ravel()]),
        np.concatenate([index[1:].ravel(), index[:, 1:].ravel()]),
    )
    cell, across = [low, high], [high, low]  # every inner face, seen from both sides
    sides, ends = (index[0], index[:, 0]), [index[-1], index[:, -1]]
    if near is None:
        ends += sides
    else:
        cell, across = [*cell, *sides], [*across, *near]
    i, j, end = (np.concatenate(parts) for parts in (cell, across, ends))
    flux, outer = (weights[i] + weights[j]) / 2 / spacing**2, 2 * weights[end] / spacing**2
    rows, columns = np.concatenate([i, i, end, index.ravel()]), np.concatenate([i, j, end, index.ravel()])
    entries = np.concatenate([flux, -flux, outer, np.full(n * n, KAPPA)])
    matrix = sparse.coo_matrix((entries, (rows, columns)), (n * n, n * n)).tocsc()
    return spsolve(matrix, source.ravel()).reshape(n, n)


def mirrored(count: int) -> np.ndarray:
    """Across each near side lies the cell itself: no flux."""
    index = np.arange(count * count).reshape(count, count)
    return np.stack([index[0], index[:, 0]])


def glued(count: int) -> np.ndarray:
    """Across x1 = 0 at height x2 lies the cell at (x2, 0), by a quarter turn, and across x2 = 0 the cell at (0, x1)."""
    index = np.arange(count * count).reshape(count, count)
    return np.stack([index[:, 0], index[0]])
