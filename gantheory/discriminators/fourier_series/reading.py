"""What FourierSeries reads off an objective."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import sympy as sp

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory.discriminators.reading import number
from gantheory.objectives import Objective
from gantheory.symbolic import y


@dataclass(frozen=True)
class Linear:
    """2 Σ λ_j (−Δ)^{s_j} D = −(real · p + fake · q) + f: the equation of a loss that is linear in D."""

    real: float
    fake: float
    penalties: tuple[tuple[float, float], ...]  # (λ_j, s_j)

    @cached_property
    def screened(self) -> float:
        """λ of the term of order 0; 0 where there is none."""
        return sum(weight for weight, order in self.penalties if order == 0)


def plain(objective: Objective) -> bool:
    """The loss is linear in D and every penalty is ∫ |∇^m D|²: each wave can be solved for itself."""
    return objective.loss.linear and bool(objective.terms) and all(t.penalty.lebesgue for t in objective.terms)


@lru_cache(maxsize=64)  # a flow asks for the same objective at every step
def linear(objective: Objective, order: float | None) -> Linear:
    """The equation in numbers, order in place of that of a single term."""
    slopes = [number(sp.simplify(sp.diff(side, y)), "the loss") for side in (objective.loss.real, objective.loss.fake)]
    penalties = tuple((number(t.weight, "the weight λ"), float(t.penalty.order)) for t in objective.terms)
    return Linear(slopes[0], slopes[1], penalties if order is None else ((penalties[0][0], order),))


def real_order(order: Any) -> float | None:
    """s > 0, or None."""
    if order is None:
        return None
    value = float(order) if isinstance(order, sp.Expr) and order.is_number and order.is_real else order
    if not is_real(value) or value <= 0:
        raise Refusal("the order s of (−Δ)^s is a real number > 0", repr(order), "Leave it out for the order of the penalty.")
    return float(value)


def refuse_order(objective: Objective) -> None:
    """order= stands for the order of one Lebesgue penalty."""
    if len(objective.terms) != 1 or not objective.terms[0].penalty.lebesgue:
        raise Refusal("order= replaces the order of a single penalty ∫ |∇^m D|²", objective, "Leave order out.")
