"""Ways to couple two clouds: the plan as a part that a flow is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from gantheory._errors import Refusal
from gantheory.transport._checks import check_equal
from gantheory.transport.cost import check_clouds, distance_cost
from gantheory.transport.exact import plan
from gantheory.transport.one_dimensional import quantile_pairs


@runtime_checkable
class Couplings(Protocol):
    """(x, a), (y, b) ↦ a plan between Σ a_i δ_{x_i} and Σ b_j δ_{y_j}: P ≥ 0 with P1 = a, Pᵀ1 = b."""

    def coupling(
        self,
        x: Float[np.ndarray, "n d"],
        a: Float[np.ndarray, " n"],
        y: Float[np.ndarray, "m d"],
        b: Float[np.ndarray, " m"],
        order: int,
    ) -> Float[np.ndarray, "n m"]:
        """P for the cost |x − y|^order, order 1 or 2; the masses a and b have the same sum."""
        ...


@dataclass(frozen=True)
class ExactPlans:
    """argmin Σ P_ij |x_i − y_j|^p: by sorting for d = 1, by the network simplex otherwise.

    For p = 1 a minimiser is not unique on the line; the sorted one is optimal for every p ≥ 1 at once.
    """

    def coupling(
        self,
        x: Float[np.ndarray, "n d"],
        a: Float[np.ndarray, " n"],
        y: Float[np.ndarray, "m d"],
        b: Float[np.ndarray, " m"],
        order: int,
    ) -> Float[np.ndarray, "n m"]:
        """A vertex of the polytope of plans: at most n + m − 1 entries are not 0."""
        check_clouds(x, y, order)
        return _sorted(x, a, y, b) if x.shape[1] == 1 else plan(distance_cost(x, y, order), a, b).matrix


@dataclass(frozen=True)
class SortedPlans:
    """The monotone plan of the line, of which F⁻¹(t) and G⁻¹(t) are the two ends: O((n + m) log(n + m)) and the matrix."""

    def coupling(
        self,
        x: Float[np.ndarray, "n d"],
        a: Float[np.ndarray, " n"],
        y: Float[np.ndarray, "m d"],
        b: Float[np.ndarray, " m"],
        order: int,
    ) -> Float[np.ndarray, "n m"]:
        """The same for every order."""
        check_clouds(x, y, order)
        if x.shape[1] != 1:
            raise Refusal("SortedPlans couple points of the line", f"points in dimension {x.shape[1]}", "Use ExactPlans().")
        return _sorted(x, a, y, b)


def _sorted(x: np.ndarray, a: np.ndarray, y: np.ndarray, b: np.ndarray) -> np.ndarray:
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise Refusal("the points of a plan are finite", "NaN or infinity", "Remove or replace such entries.")
    i, j, mass = quantile_pairs(x[:, 0], y[:, 0], a, b)
    check_equal(a, b)
    P = np.zeros((len(a), len(b)))
    P[i, j] = mass * a.sum()  # each pair meets on one interval
    return P
