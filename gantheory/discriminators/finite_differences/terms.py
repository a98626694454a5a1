"""What finite differences read off an objective: the affine part of its reaction, its penalties with numbers."""

from __future__ import annotations

import sympy as sp

from gantheory._errors import Refusal
from gantheory.discriminators.finite_differences.coefficients import Coefficients
from gantheory.discriminators.reading import number
from gantheory.grids import Penalty
from gantheory.objectives import Objective, Term
from gantheory.symbolic import y

Affine = tuple[sp.Expr, sp.Expr]  # c₀, c₁


def affine_reaction(objective: Objective) -> Affine | None:
    """c₀, c₁ with p ℓ_real′(y) + q ℓ_fake′(y) = c₀ + c₁ y, c₁ ≥ 0; None where the reaction is not affine in y."""
    reaction = sp.expand(objective.loss.reaction)
    if not reaction.is_polynomial(y) or sp.degree(reaction, y) > 1:
        return None
    constant, linear = (reaction.coeff(y, k) for k in (0, 1))
    if not linear.is_nonnegative:
        raise Refusal("FiniteDifferences takes losses that are convex in D", objective.loss)
    return constant, linear


def quadratic(term: Term, coefficients: Coefficients) -> Penalty:
    """λ ∫ w |∇^m D|² dx."""
    weight = coefficients.weight(term.penalty.over)
    return Penalty(term.penalty.order, number(term.weight, "the weight λ"), weight)
