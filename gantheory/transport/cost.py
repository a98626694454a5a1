"""The cost of transport between two clouds."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory.transport._checks import check_equal
from gantheory.transport.exact import plan
from gantheory.transport.one_dimensional import quantile_cost


def wasserstein_cost(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], a: Float[np.ndarray, " n"], b: Float[np.ndarray, " m"], order: int
) -> float:
    """W_p^p = min Σ P_ij |x_i − y_j|^p over plans between a and b, of equal mass 1, p = order ∈ {1, 2}.

    By sorting for d = 1, by the exact plan otherwise.
    """
    check_clouds(x, y, order)
    if x.shape[1] == 1:
        value = quantile_cost(x[:, 0], y[:, 0], a, b, order)
        check_equal(a, b)  # that cost divides each by its sum
        return value
    return plan(distance_cost(x, y, order), a, b).value


def distance_cost(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], order: int) -> Float[np.ndarray, "n m"]:
    """|x_i − y_j|^p, p = order ∈ {1, 2}.

    SciPy computes |x − y|² from differences without an (n, m, d) array; |x|² − 2x·y + |y|² would lose every digit far from
    the origin.
    """
    return cdist(x, y, "euclidean" if order == 1 else "sqeuclidean")


def check_clouds(x: np.ndarray, y: np.ndarray, order: int) -> None:
    """Refuse another order than 1 or 2, and clouds in different spaces."""
    if not is_real(order) or order not in (1, 2):
        raise Refusal("transport has cost |x − y| or |x − y|²: order 1 or 2", order)
    if x.shape[1] != y.shape[1]:
        raise Refusal("both clouds lie in one space", f"dimensions {x.shape[1]} and {y.shape[1]}")
