"""Gradient penalties of any order, over any density, as terms of an objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from numbers import Integral
from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic import (
    gradient_norm_squared,
    line,
    multi_indices,
    multinomial,
    nu,
    p,
    partial,
    q,
    refuse_foreign,
    weighted_divergence,
    y,
)


def exact(value: Any, what: str) -> sp.Expr:
    """A number or symbol as a SymPy expression: floats by their shortest decimal, NumPy and torch scalars alike."""
    need = f"{what} is a finite real number or a free symbol"
    if getattr(value, "ndim", 0) == 0 and callable(getattr(value, "item", None)):
        value = value.item()
    if isinstance(value, bool | str | complex) or (isinstance(value, float) and not isfinite(value)):
        raise Refusal(need, repr(value))
    try:
        expression = sp.Rational(repr(value)) if isinstance(value, float) else sp.sympify(value, strict=True)
    except sp.SympifyError as error:
        raise Refusal(need, repr(value)) from error
    if not isinstance(expression, sp.Expr) or expression.is_real is False or expression.has(sp.nan):
        raise Refusal(need, repr(value))
    own = {y, p, q, nu} & refuse_foreign(expression).free_symbols
    if own:
        raise Refusal(need, f"{expression}, which holds a density or D", f"Use GradientPenalty(over={expression}).")
    return expression


def _weight(over: Any) -> sp.Expr:
    """The weight w of a penalty: 1, or a nonnegative formula in p, q, nu and free parameters."""
    need = "the weight w of a penalty, over=, is 1 or a nonnegative formula in p, q and nu"
    try:
        weight = refuse_foreign(sp.sympify(over, strict=True), p, q, nu)
    except sp.SympifyError as error:
        raise Refusal(need, repr(over)) from error
    if weight.is_number and weight != 1:
        raise Refusal(need, weight, "Put a factor into the weight: λ * GradientPenalty(…).")
    if not weight.is_nonnegative:
        raise Refusal(need, weight, "Declare its parameters positive.")
    return weight


@dataclass(frozen=True)
class GradientPenalty:
    """∫ w |∇^m D|² dx; with a centre K, ∫ w (|∇^m D| − K)² dx; one-sided, only where |∇^m D| > K.

    order: m ≥ 0 (order 0 is ∫ w D², legal beside a term of order ≥ 1). over: the weight w, which is 1 (Lebesgue),
    p (R1, mescheder2018which), q (R2), a formula in p and q, or the free density nu (gulrajani2017improved).
    |∇^m D|² carries the multinomial weights. A number or symbol times a penalty is a Term.
    """

    order: int = 1
    over: sp.Expr = sp.S.One
    centre: sp.Expr = sp.S.Zero
    one_sided: bool = False

    __array_ufunc__ = None  # NumPy scalars leave the product to __rmul__

    def __post_init__(self) -> None:
        order = self.order
        if not isinstance(order, Integral | sp.Integer) or isinstance(order, bool):
            cure = ("For a real order use the kernel riesz.",) if isinstance(order, float | sp.Rational) else ()
            raise Refusal("the order of a GradientPenalty is an integer ≥ 0", repr(order), *cure)
        if order < 0:
            raise Refusal("the order of a GradientPenalty is an integer ≥ 0", repr(order), "Use order=1 for WGAN penalties.")
        object.__setattr__(self, "order", int(order))
        object.__setattr__(self, "over", _weight(self.over))
        centre = exact(self.centre, "the centre K of a penalty")
        if centre.is_negative:
            raise Refusal("the centre K of a penalty is ≥ 0", centre)
        if self.order == 0 and (centre != 0 or self.one_sided):
            raise Refusal("a penalty of order 0 is ∫ w D², with centre 0 and two sides", self)
        object.__setattr__(self, "centre", centre)

    @property
    def lebesgue(self) -> bool:
        """w = 1, K = 0, two-sided: the quadratic penalty whose variation is 2(−Δ)^m D."""
        return self.over == 1 and self.quadratic

    @property
    def quadratic(self) -> bool:
        """The penalty is a quadratic form in D, so that its variation is linear."""
        return self.centre == 0

    def integrand(self, D: sp.Expr, x: Sequence[sp.Symbol], over: sp.Expr) -> sp.Expr:
        """w |∇^m D|², or its centred and one-sided forms, with the weight given as an expression in x."""
        square = gradient_norm_squared(D, x, self.order)
        if self.centre == 0:
            return over * square
        excess = sp.sqrt(square) - self.centre
        return over * (sp.Max(0, excess) if self.one_sided else excess) ** 2

    def variation(self, D: sp.Expr, x: Sequence[sp.Symbol], over: sp.Expr) -> sp.Expr:
        """2(−1)^m Σ_α (m!/α!) ∂^α (w φ ∂^α D), φ = 1, or 1 − K/|∇^m D| with a centre (its positive part one-sided).

        A centred penalty makes the equation nonlinear; EulerLagrange.degeneracy says where it degenerates. For m = 1 the
        positive part stands outside the divergence: φ₊ is continuous, so that its gradient is that of φ where φ > 0.
        """
        if self.centre == 0:
            return 2 * weighted_divergence(D, x, self.order, over)
        size = sp.sqrt(gradient_norm_squared(D, x, self.order))
        active = sp.Heaviside(size - self.centre) if self.one_sided else sp.S.One
        inside, outside = (sp.S.One, active) if self.order == 1 else (active, sp.S.One)
        factor, m = over * (1 - self.centre / size) * inside, self.order
        terms = (multinomial(a) * partial(factor * partial(D, x, a), x, a) for a in multi_indices(m, len(x)))
        return 2 * (-1) ** m * outside * sp.Add(*terms)

    def __rmul__(self, weight: Any) -> Term:
        return Term(weight, self)

    __mul__ = __rmul__

    def __str__(self) -> str:
        size = {0: "|D|", 1: "|∇D|"}.get(self.order, f"|∇^{self.order} D|")
        inner = f"{size}²" if self.centre == 0 else f"({size} − {line(self.centre)}){'₊' if self.one_sided else ''}²"
        weight = "" if self.over == 1 else f"({line(self.over)}) " if self.over.is_Add else f"{line(self.over)} "
        return f"∫ {weight}{inner} dx"


@dataclass(frozen=True)
class Term:
    """λ times a penalty."""

    weight: sp.Expr
    penalty: GradientPenalty

    __array_ufunc__ = None

    def __post_init__(self) -> None:
        weight = exact(self.weight, "the weight λ of a penalty")
        if weight.is_nonpositive:
            raise Refusal("the weight λ of a penalty is positive", weight, "Leave the term out for λ = 0.")
        object.__setattr__(self, "weight", weight)

    def __rmul__(self, weight: Any) -> Term:
        return Term(self.weight * exact(weight, "the weight λ of a penalty"), self.penalty)

    __mul__ = __rmul__

    def __str__(self) -> str:
        weight = f"({line(self.weight)})" if self.weight.is_Add else line(self.weight)
        return f"{weight}·{self.penalty}"
