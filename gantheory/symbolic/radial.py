"""Calculus of radial functions f(r), r = |x| in R^n, for given and for symbolic n."""

from __future__ import annotations

import sympy as sp

from gantheory.symbolic.symbols import Scalar, r

Terms = dict[tuple[sp.Expr, int], sp.Expr]  # (a, j) ↦ c of Σ c r^a (log r)^j


def sphere_area(dim: Scalar) -> sp.Expr:
    """ω_{n−1} = 2 π^{n/2} / Γ(n/2): the area of the unit sphere in R^n (2 for n = 1)."""
    dim = sp.sympify(dim, strict=True)
    return 2 * sp.pi ** (dim / 2) / sp.gamma(dim / 2)


def power_terms(f: sp.Expr) -> Terms | None:
    """f as Σ c r^a (log r)^j with a and c free of r, or None where f has another form."""
    found: Terms = {}
    for term in sp.Add.make_args(sp.expand(f, power_exp=False, power_base=False, log=False, multinomial=True)):
        c, rest = term.as_independent(r, as_Add=False)
        a, j = sp.S.Zero, 0
        for factor in sp.Mul.make_args(rest):
            base, exponent = factor.as_base_exp()
            if base == r and not exponent.has(r):
                a += exponent
            elif base == sp.log(r) and exponent.is_Integer and exponent > 0:
                j += int(exponent)
            elif factor != 1:
                return None
        found[a, j] = found.get((a, j), sp.S.Zero) + c
    return found


def _once(terms: Terms, dim: Scalar) -> Terms:
    """Δ (r^a L^j) = r^{a−2} (a(a+n−2) L^j + j(2a+n−2) L^{j−1} + j(j−1) L^{j−2}), L = log r."""
    result: Terms = {}
    for (a, j), c in terms.items():
        for lower, factor in ((0, a * (a + dim - 2)), (1, j * (2 * a + dim - 2)), (2, sp.Integer(j * (j - 1)))):
            if factor != 0:
                key = (a - 2, j - lower)
                result[key] = result.get(key, sp.S.Zero) + c * factor
    return result


def radial_laplacian(f: sp.Expr, dim: Scalar, times: int = 1) -> sp.Expr:
    """Δ^k f = (f″ + (n−1)/r f′) applied k times; away from r = 0.

    Sums of powers and logarithms go by the power rule, without any simplification, at symbolic exponents and dimensions too.

    >>> s, n = sp.symbols("s n")
    >>> radial_laplacian(r**s * sp.log(r), n)
    r**(s - 2)*s*(n + s - 2)*log(r) + r**(s - 2)*(n + 2*s - 2)
    """
    f, dim = sp.sympify(f, strict=True), sp.sympify(dim, strict=True)
    terms = power_terms(f)
    if terms is None:
        for _ in range(times):
            f = sp.powsimp(sp.expand(sp.diff(f, r, 2) + (dim - 1) / r * sp.diff(f, r)))
        return f
    powers = [c * power_laplacian(a, dim, times) for (a, j), c in terms.items() if j == 0]
    rest = {key: c for key, c in terms.items() if key[1]}
    for _ in range(times):
        rest = _once(rest, dim)
    return sp.Add(*powers, *(c * r**a * sp.log(r) ** j for (a, j), c in rest.items()))


def power_laplacian(exponent: Scalar, dim: Scalar, times: int = 1) -> sp.Expr:
    """Δ^k r^a = Π_{i<k} (a−2i)(a−2i+n−2) · r^{a−2k}: the power rule, without any simplification."""
    a, b = sp.sympify(exponent, strict=True), sp.sympify(exponent, strict=True) + dim - 2
    return sp.Mul(*(a - 2 * i for i in range(times)), *(b - 2 * i for i in range(times)), r ** (a - 2 * times))


def gradient_profile(f: sp.Expr) -> sp.Expr:
    """f′(r)/r, so that ∇ f(|x|) = (f′/r)(|x|) · x."""
    return sp.powsimp(sp.expand(sp.diff(sp.sympify(f, strict=True), r) / r))


def flux(f: sp.Expr, dim: Scalar) -> sp.Expr:
    """−ω_{n−1} r^{n−1} f′(r): what flows out of the sphere of radius r along −∇f."""
    return -sphere_area(dim) * r ** (sp.sympify(dim, strict=True) - 1) * sp.diff(f, r)
