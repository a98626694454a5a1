"""Algebraic multigrid: the only import of pyamg."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sparse

from gantheory._errors import missing

try:
    import pyamg
except ImportError:  # the extra [fast] is optional
    pyamg = None


def multigrid(matrix: sparse.csr_matrix) -> Callable[[np.ndarray], np.ndarray]:
    """r ↦ one V-cycle of smoothed aggregation for a symmetric positive definite matrix."""
    if pyamg is None:
        raise missing("pyamg", "fast", "a large equation whose weight varies much")
    levels = pyamg.smoothed_aggregation_solver(matrix, max_coarse=500, keep=False)
    cycle = levels.aspreconditioner(cycle="V")
    return lambda residual: cycle @ residual
