"""What solvers read off an objective: numbers where they need numbers, or a Refusal."""

from __future__ import annotations

import sympy as sp

from gantheory._errors import Refusal
from gantheory.measures import Empirical, Measure
from gantheory.objectives import Objective, screening
from gantheory.symbolic import y


def number(expression: sp.Expr, what: str) -> float:
    """A SymPy number as a float."""
    if expression.free_symbols:
        raise Refusal(f"a solver needs {what} as a number", expression, "Substitute a number for each parameter.")
    return float(expression)


def samples(measure: Measure, who: str, side: str) -> Empirical:
    """The measure as weighted points."""
    if not isinstance(measure, Empirical):
        cure = f"Use Empirical({side}.sample(n, generator))."
        raise Refusal(f"{who} needs {side} as samples, an Empirical", type(measure).__name__, cure)
    return measure


def same_space(real: Empirical, fake: Empirical) -> None:
    """Both samples live in one R^d, on one device, in one dtype."""
    a, b = real.points, fake.points
    if a.shape[1] != b.shape[1]:
        raise Refusal("real and fake have the same dimension", f"{a.shape[1]} and {b.shape[1]}")
    if (a.dtype, a.device) != (b.dtype, b.device):
        given = f"{a.dtype} on {a.device} and {b.dtype} on {b.device}"
        raise Refusal("real and fake have the same dtype and device", given, "Convert one with .to(other).")


def elliptic_order(objective: Objective, who: str, equation: str, cure: str) -> tuple[float, int, float]:
    """(λ, m, κ) of a penalty λ⟨D, (κ²−Δ)^m D⟩, as numbers."""
    found = screening(objective.terms)
    if found is None:
        raise Refusal(f"{who} solves {equation}", f"{objective}", cure)
    weight, order, rate = found
    return number(weight, "the weight λ"), order, number(rate, "the rate κ")


def quadratic_sides(objective: Objective, who: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """((factor, label) of the data, of the fakes) for ℓ = factor (y − label)² + constant."""
    sides = []
    for expression in (objective.loss.real, objective.loss.fake):
        if not expression.is_polynomial(y) or sp.degree(expression, y) != 2:
            raise Refusal(f"{who} needs a least-squares loss, factor (y − label)² on each side", f"{objective.loss}")
        _, slope, factor = (number(expression.expand().coeff(y, k), "the loss") for k in range(3))
        if factor <= 0:
            raise Refusal(f"{who} needs a convex least-squares loss", f"{objective.loss}")
        sides.append((factor, -slope / (2 * factor)))
    return sides[0], sides[1]
