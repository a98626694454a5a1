"""Transport between symmetrised measures, without their orbits: distances on the quotient by a group."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from gantheory._errors import Refusal
from gantheory.groups import Group
from gantheory.measures import Empirical
from gantheory.metrics._checks import order_1_or_2, same_space
from gantheory.transport import entropic_cost, plan


def orbit_costs(x: Empirical, y: Empirical, group: Group, order: int = 2) -> Float[np.ndarray, "k n m"]:
    """|x_i − T_σ y_j|^p at (σ, i, j), p = order ∈ {1, 2}; float64 on the CPU."""
    order_1_or_2(order, "transport has cost |x − y| or |x − y|²")
    same_space(x, y)
    if not isinstance(group, Group) or group.dim != x.dim:
        given = str(group) if isinstance(group, Group) else type(group).__name__
        raise Refusal(f"a quotient of R^{x.dim} needs a Group that acts on it", given)
    if not group.isometric:
        need = "transport between symmetrised measures is transport between orbits only where the group keeps distances"
        raise Refusal(need, f"{group}, which is not isometric", "Use wasserstein on symmetrised_measure(…, group).")
    points, others = (z.points.detach().double().cpu() for z in (x, y))
    name = "euclidean" if order == 1 else "sqeuclidean"
    return np.stack([cdist(points.numpy(), image.numpy(), name) for image in group.orbit(others)])


def orbit_cost(x: Empirical, y: Empirical, group: Group, order: int = 2) -> Float[np.ndarray, "n m"]:
    """min_σ |x_i − T_σ y_j|^p: the distance of two orbits, to the power p."""
    return orbit_costs(x, y, group, order).min(0)


def soft_orbit_cost(x: Empirical, y: Empirical, group: Group, order: int, epsilon: float) -> Float[np.ndarray, "n m"]:
    """−ε log (1/|Σ|) Σ_σ exp(−|x_i − T_σ y_j|^p/ε): the cost that entropic transport sees; it tends to orbit_cost as ε → 0."""
    costs = orbit_costs(x, y, group, order)
    if not 0 < epsilon < float("inf"):
        raise Refusal("the entropic weight ε is a finite number > 0", epsilon, "Use orbit_cost for ε = 0.")
    return -epsilon * logsumexp(-costs / epsilon, axis=0, b=1 / group.order)


def quotient_wasserstein(x: Empirical, y: Empirical, group: Group, order: int = 2) -> float:
    """W_p(S[P], S[Q]) = (min Σ π_ij min_σ |x_i − T_σ y_j|^p)^{1/p} over plans π of P and Q, for an isometric group.

    Exact, in float64 on the CPU, with a plan of n·m entries where the symmetrised clouds would have |Σ|²nm. It is 0 where the
    measures differ by a symmetrisation only: a distance between invariant measures, not between all.
    """
    value = plan(orbit_cost(x, y, group, order), *_masses(x, y)).value
    return value if order == 1 else max(value, 0.0) ** 0.5


def entropic_quotient_cost(x: Empirical, y: Empirical, group: Group, order: int, epsilon: float) -> float:
    """min Σ Π c + ε KL(Π | S[P]⊗S[Q]), c = |x − y|^p, between the symmetrised measures, by soft_orbit_cost."""
    return entropic_cost(soft_orbit_cost(x, y, group, order, epsilon), *_masses(x, y), epsilon)


def _masses(x: Empirical, y: Empirical) -> tuple[np.ndarray, np.ndarray]:
    """The weights in float64, of sum 1: float32 weights sum to 1 ± 10⁻⁷ only."""
    a, b = (z.weights.detach().double().cpu().numpy() for z in (x, y))
    return a / a.sum(), b / b.sum()
