"""Screened Green's functions on a circle, and on an interval by reflection in its ends."""

from __future__ import annotations

from functools import cache

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic.green import _checked
from gantheory.symbolic.green_bounded import circle_solution
from gantheory.symbolic.symbols import Scalar, positive_integer, r, scalars

_T, _kappa, _N = sp.symbols("T kappa N", positive=True)  # _N: 1/(e^{κT} − 1)


@cache
def _front(order: int) -> sp.Expr:
    """P_m(r), a polynomial in r of degree m − 1: P_1 = 1/2κ, P_{m+1} = (rP + TNP + TN(1+N) ∂P/∂N − ∂P/∂κ)/2mκ."""
    if order == 1:
        return 1 / (2 * _kappa)
    P = _front(order - 1)
    inner = (r + _T * _N) * P + _T * _N * (1 + _N) * sp.diff(P, _N) - sp.diff(P, _kappa)
    return sp.collect(sp.expand(inner / (2 * (order - 1) * _kappa)), r)


def screened_circle_solution(order: int, period: Scalar, rate: Scalar) -> sp.Expr:
    """G(r) on a circle of length T, r in [0, T], with (κ² − d²/dx²)^m G = δ: (P(r) e^{−κr} + P(T−r) e^{−κ(T−r)})/(1 − e^{−κT}).

    P = 1/2κ for m = 1, where G = cosh(κ(T/2 − r))/(2κ sinh(κT/2)); as (κ²+ω²)^{−m−1} = −(1/2mκ) d/dκ (κ²+ω²)^{−m},
    G_{m+1} = −(1/2mκ) dG_m/dκ. It is the sum of screened_solution over the images r + kT. No exponential here overflows.

    >>> print(screened_circle_solution(1, 2, 3))
    (exp(3*r - 6)/6 + exp(-3*r)/6)/(1 - exp(-6))
    """
    m = positive_integer(order, "the order m of (κ² − d²/dx²)^m")
    T, kappa = _checked(period, "a period"), _checked(rate, "the screening rate κ")
    values = {_T: T, _kappa: kappa, _N: sp.exp(-kappa * T) / (1 - sp.exp(-kappa * T))}
    near, far = (_front(m).xreplace({r: z}).xreplace(values) * sp.exp(-kappa * z.xreplace(values)) for z in (r, _T - r))
    return (near + far) / (1 - sp.exp(-kappa * T))


def _reflected(order: int, ends: tuple[Scalar, Scalar], rate: Scalar, x: sp.Expr, s: sp.Expr, sign: int) -> sp.Expr:
    """g(|x − s|) ± g(x + s − 2a), g of the circle of length 2(b − a)."""
    a, b = scalars(ends)
    if (b - a).is_positive is False:
        raise Refusal("an interval [a, b] has a < b", f"[{a}, {b}]")
    circle = 2 * (b - a)
    g = circle_solution(order, circle) if rate == 0 else screened_circle_solution(order, circle, rate)
    mirror = sign * g.subs(r, x + s - 2 * a)
    return sp.Piecewise((g.subs(r, s - x) + mirror, x <= s), (g.subs(r, x - s) + mirror, True))


def supported_solution(order: int, ends: tuple[Scalar, Scalar], x: sp.Expr, s: sp.Expr, rate: Scalar = 0) -> sp.Expr:
    """G(x, s) on [a, b] with (κ² − d²/dx²)^m G = δ_s and simply supported ends G = G″ = … = G^{(2m−2)} = 0.

    For m = 1 these are Dirichlet ends: sinh κ(x−a) sinh κ(b−s)/(κ sinh κ(b−a)) for x ≤ s. κ may be 0.
    """
    return _reflected(order, ends, rate, x, s, -1)


def reflecting_solution(order: int, ends: tuple[Scalar, Scalar], x: sp.Expr, s: sp.Expr, rate: Scalar) -> sp.Expr:
    """G(x, s) on [a, b] with (κ² − d²/dx²)^m G = δ_s, κ > 0, and reflecting ends G′ = G‴ = … = G^{(2m−1)} = 0.

    For m = 1 these are Neumann ends: cosh κ(x−a) cosh κ(b−s)/(κ sinh κ(b−a)) for x ≤ s.
    """
    _checked(rate, "the screening rate κ")
    return _reflected(order, ends, rate, x, s, 1)
