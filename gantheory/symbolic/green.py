"""Fundamental solutions in free space: of (−Δ)^m, of (−Δ)^s for real s, of (κ²−Δ)^m.

All have positive spectrum, |ω|^{−2m} and (κ²+|ω|²)^{−m}: no sign is ever flipped.
"""

from __future__ import annotations

from functools import cache
from math import isfinite
from numbers import Integral, Real
from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic.symbols import Scalar, r


def _checked(value: Any, what: str) -> sp.Expr:
    """The value as an exact positive SymPy number or symbol."""
    known = isinstance(value, Real | sp.Expr) and not isinstance(value, bool)
    if not known or (isinstance(value, float) and not isfinite(value)):
        raise Refusal(f"{what} is a positive number or a symbol", repr(value))
    exact = value if isinstance(value, sp.Expr) else int(value) if isinstance(value, Integral) else repr(float(value))
    expression = sp.Rational(exact) if isinstance(exact, str) else sp.sympify(exact, strict=True)
    if expression.is_positive is False or expression.is_real is False:
        raise Refusal(f"{what} is positive", repr(value))
    return expression


def _checked_integer(value: Any, what: str, *cures: str) -> sp.Expr:
    expression = _checked(value, what)
    if expression.is_integer is False:
        raise Refusal(f"{what} is an integer ≥ 1", repr(value), *cures)
    return expression


def power_branch(order: Scalar, dim: Scalar) -> sp.Expr:
    """Γ(n/2−s) / (4^s π^{n/2} Γ(s)) · r^{2s−n}, for s − n/2 not in {0, 1, 2, …}."""
    constant = sp.gamma(dim / 2 - order) / (4**order * sp.pi ** (dim / 2) * sp.gamma(order))
    return constant * r ** (2 * order - dim)


def logarithmic_branch(order: Scalar, dim: Scalar) -> sp.Expr:
    """(−1)^{j+1} r^{2j} log r / (2^{2s−1} π^{n/2} Γ(s) j!), for j = s − n/2 in {0, 1, 2, …}."""
    j = order - dim / 2
    constant = (-1) ** (j + 1) / (2 ** (2 * order - 1) * sp.pi ** (dim / 2) * sp.gamma(order) * sp.factorial(j))
    return constant * r ** (2 * j) * sp.log(r)


def fundamental_solution(order: Scalar, dim: Scalar) -> sp.Expr:
    """G(r) with (−Δ)^m G = δ in R^n, for integer m and n, given or symbolic.

    Three cases: n odd, and n even with 2m < n, have the power r^{2m−n}; n even with 2m ≥ n has r^{2m−n} log r.
    Where symbols leave the case open, the result is a Piecewise. Constants are exact.
    Source: gelfand1964generalized, chapter I, section 6.2; asokan2023data, section 3.

    >>> fundamental_solution(1, 2), fundamental_solution(2, 3)
    (-log(r)/(2*pi), -r/(8*pi))
    """
    m = _checked_integer(order, "the order m of (−Δ)^m", "For a real order use riesz.")
    n = _checked_integer(dim, "the dimension n")
    odd, below = n.is_odd, (2 * m - n).is_negative
    if odd or below:
        return power_branch(m, n)
    if n.is_even and (2 * m - n).is_nonnegative:
        return logarithmic_branch(m, n)
    case = sp.Or(sp.Ne(sp.Mod(n, 2), 0), 2 * m < n)
    return sp.Piecewise((power_branch(m, n), case), (logarithmic_branch(m, n), True))


def riesz_solution(order: Scalar, dim: Scalar) -> sp.Expr:
    """G(r) with (−Δ)^s G = δ in R^n, for a real order s > 0: the power r^{2s−n}, with log r where s − n/2 is in {0, 1, 2, …}.

    Where symbols leave the case open, the result is a Piecewise. Source: gelfand1964generalized, chapter II, section 3.3.

    >>> riesz_solution(sp.Rational(1, 2), 1), riesz_solution(sp.Rational(3, 2), 2)
    (-log(r)/pi, -r/(2*pi))
    """
    s, n = _checked(order, "the order s of (−Δ)^s"), _checked_integer(dim, "the dimension n")
    j = s - n / 2
    if j.is_integer is False or j.is_negative:
        return power_branch(s, n)
    if j.is_integer and j.is_nonnegative:
        return logarithmic_branch(s, n)
    return sp.Piecewise((power_branch(s, n), sp.Or(sp.Ne(sp.Mod(j, 1), 0), j < 0)), (logarithmic_branch(s, n), True))


@cache
def bessel_reduced(order: Scalar, argument: sp.Expr) -> sp.Expr:
    """K_ν(z) by the recurrence K_ν = K_{ν−2} + (2(ν−1)/z) K_{ν−1}, exact.

    Integer ν ends in K₀ and K₁, half-integer ν in K_{1/2}(z) = √(π/2z) e^{−z}, other ν in two orders of (0, 1).
    """
    order = sp.sympify(abs(order), strict=True)
    if order == sp.Rational(1, 2):
        return sp.sqrt(sp.pi / (2 * argument)) * sp.exp(-argument)
    if order <= 1:
        return sp.besselk(order, argument)
    below = bessel_reduced(order - 2, argument), bessel_reduced(order - 1, argument)
    return sp.expand(below[0] + 2 * (order - 1) / argument * below[1])


def bessel_elementary(f: sp.Expr) -> sp.Expr:
    """f with every K_ν of half-integer ν elementary, of integer ν through K₀, K₁, of other ν through two orders in (0, 1)."""
    if f.has(sp.besselk):  # a decimal means its digits: 2.3 − 1.3 − 1 has to be 0
        f = f.xreplace({x: sp.Rational(repr(float(x))) for x in f.atoms(sp.Float)})
    found = [k for k in f.atoms(sp.besselk) if k.args[0].is_number and k.args[0].is_real]
    if not found:
        return f
    return sp.powsimp(sp.expand(f.xreplace({k: bessel_reduced(*k.args) for k in found})))


def screened_solution(order: Scalar, dim: Scalar, rate: Scalar) -> sp.Expr:
    """G(r) with (κ²−Δ)^m G = δ in R^n: 2^{1−m} / ((2π)^{n/2} Γ(m)) · (r/κ)^{m−n/2} K_{m−n/2}(κ r).

    Elementary for odd n; through K₀ and K₁ for even n. Source: wendland2004scattered, theorem 6.13.
    """
    m = _checked_integer(order, "the order m of (κ²−Δ)^m")
    n, kappa = _checked_integer(dim, "the dimension n"), _checked(rate, "the screening rate κ")
    index = m - n / 2
    constant = 2 ** (1 - m) / ((2 * sp.pi) ** (n / 2) * sp.gamma(m))
    return bessel_elementary(sp.expand(constant * (r / kappa) ** index * sp.besselk(abs(index), kappa * r)))


def conditional_order(order: Scalar, dim: Scalar) -> int:
    """ℓ: (−1)^… G is positive definite on the measures whose moments of degree < ℓ vanish.

    0 for 2s < n; ⌈s − n/2⌉ for a power, s − n/2 + 1 for a logarithm. Source: wendland2004scattered, section 8.4.
    """
    j = sp.sympify(order, strict=True) - sp.sympify(dim, strict=True) / 2
    if j < 0:
        return 0
    return int(j) + 1 if j.is_integer else int(sp.ceiling(j))
