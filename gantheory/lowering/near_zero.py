"""What an expression tends to at 0, from the right."""

from __future__ import annotations

from functools import cache

import sympy as sp

SERIES_TERMS = 8  # of K_ν at 0: enough for every derivative that is ever taken there


@cache
def limit_at_zero(expr: sp.Expr, symbol: sp.Symbol) -> float | None:
    """The finite limit from the right at 0, or None."""
    try:
        value = sp.limit(_near_zero(expr, symbol), symbol, 0, "+")
    except (NotImplementedError, ValueError):
        return None
    number = sp.N(value, 17)  # SymPy knows neither of K₀(1/2) that it is finite nor that it is real
    return float(number) if number.is_Number and number.is_finite and number.is_real else None


def _near_zero(expr: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """The expression on a short interval (0, h), where every kink and jump is on one side: sp.limit cannot tell."""

    def at(f: sp.Expr) -> sp.Expr:
        return sp.N(f.subs(symbol, sp.Rational(1, 10**60)), 80)

    expr = expr.replace(sp.besselk, _bessel_near_zero)
    expr = expr.replace(sp.Max, lambda *parts: max(parts, key=at)).replace(sp.Min, lambda *parts: min(parts, key=at))
    expr = expr.replace(sp.Abs, lambda f: f * sp.sign(at(f))).replace(sp.sign, lambda f: sp.sign(at(f)))
    return expr.replace(sp.Heaviside, lambda f, half: sp.Heaviside(at(f), half)).replace(
        sp.DiracDelta, lambda f, *order: sp.S.Zero
    )


def _bessel_near_zero(order: sp.Expr, z: sp.Expr) -> sp.Expr:
    """K_ν(z) for ν no integer: (π/2 sin νπ)(I_{−ν} − I_ν), by the first terms; SymPy knows no limit of it."""
    order = abs(sp.Rational(repr(float(order))) if order.is_Float else order)
    if (2 * order).is_integer is not False:
        return sp.besselk(order, z)
    terms = (
        sp.gamma(v) / 2 * (z / 2) ** (2 * i - v) / (sp.factorial(i) * sp.rf(1 - v, i))
        for v in (order, -order)
        for i in range(SERIES_TERMS)
    )
    return sp.expand(sp.Add(*terms))
