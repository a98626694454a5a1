"""(κ²−Δ)^m as terms of an objective, and how such terms are recognised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.penalty import GradientPenalty, Term, exact
from gantheory.symbolic import positive_integer


def screened_terms(order: int, rate: Any, weight: Any = 1) -> tuple[Term, ...]:
    """λ ⟨D, (κ²−Δ)^m D⟩ = λ Σ_j C(m,j) κ^{2(m−j)} ∫|∇^j D|² dx, as terms of orders 0 … m.

    rate: κ > 0, an inverse length. With it the Wasserstein loss is well-posed at every order.

    >>> [str(term) for term in screened_terms(1, 3)]
    ['9·∫ |D|² dx', '1·∫ |∇D|² dx']
    """
    positive_integer(order, "the order m of screened_terms")
    kappa, scale = exact(rate, "the screening rate κ"), exact(weight, "the weight λ of a penalty")
    if kappa.is_nonpositive:
        raise Refusal("the screening rate κ is positive", kappa, "Use GradientPenalty(order) for κ = 0.")
    coefficients = (sp.binomial(order, j) * kappa ** (2 * (order - j)) * scale for j in range(order + 1))
    return tuple(c * GradientPenalty(j) for j, c in enumerate(coefficients))


def screening(terms: Sequence[Term]) -> tuple[sp.Expr, int, sp.Expr] | None:
    """(λ, m, κ) where the terms add up to λ ⟨D, (κ²−Δ)^m D⟩ (κ = 0 for a single |∇^m D|²); None otherwise."""
    if not terms or not all(t.penalty.lebesgue for t in terms):
        return None
    spectrum: dict[int, sp.Expr] = {}
    for t in terms:
        spectrum[t.penalty.order] = spectrum.get(t.penalty.order, sp.Integer(0)) + t.weight
    m = max(spectrum)
    if m == 0:
        return None
    scale = spectrum[m]
    rate = sp.sqrt(spectrum.get(m - 1, sp.Integer(0)) / (m * scale))
    pattern = (spectrum.get(j, 0) - sp.binomial(m, j) * rate ** (2 * (m - j)) * scale for j in range(m))
    if all(_vanishes(gap, scale) for gap in pattern):
        return scale, m, rate
    return None


def _vanishes(gap: sp.Expr, scale: sp.Expr) -> bool:
    """Exactly zero, or zero to the last bits where a weight came in as a float."""
    gap = sp.simplify(gap / scale)
    return bool(gap == 0 or (gap.is_number and abs(sp.N(gap)) < 1e-12))
