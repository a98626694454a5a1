"""Transport distances between weighted points."""

from __future__ import annotations

from gantheory.measures import Empirical
from gantheory.metrics._checks import order_1_or_2, same_space
from gantheory.transport import wasserstein_cost


def wasserstein(x: Empirical, y: Empirical, order: int = 2) -> float:
    """W_p = (min Σ P_ij |x_i − y_j|^p)^{1/p}, p = order ∈ {1, 2}, over plans P of the two measures: W2, never W2².

    Computed in float64 on the CPU whatever the dtype of the points; exact, by sorting for d = 1, by a plan otherwise
    (8nm bytes, four times). For d > 1 equal laws that are written differently give W2 up to 10⁻⁸ of their diameter: the
    root of the roundoff in their weights.
    """
    order_1_or_2(order, "wasserstein computes W1 and W2")
    same_space(x, y)
    points, others = (z.points.detach().double().cpu().numpy() for z in (x, y))
    a, b = (z.weights.detach().double().cpu().numpy() for z in (x, y))
    cost = wasserstein_cost(points, others, a / a.sum(), b / b.sum(), order)  # float32 weights sum to 1 ± 10⁻⁷ only
    return cost if order == 1 else cost**0.5
