"""Calculus of radial functions f(r), r = |x| in R^n, for given and for symbolic n."""

from __future__ import annotations

import sympy as sp

from gantheory.symbolic.symbols import Scalar, r


def sphere_area(dim: Scalar) -> sp.Expr:
    """ω_{n−1} = 2 π^{n/2} / Γ(n/2): the area of the unit sphere in R^n (2 for n = 1)."""
    dim = sp.sympify(dim)
    return 2 * sp.pi ** (dim / 2) / sp.gamma(dim / 2)


def radial_laplacian(f: sp.Expr, dim: Scalar, times: int = 1) -> sp.Expr:
    """Δ^k f = (f″ + (n−1)/r f′) applied k times; away from r = 0."""
    for _ in range(times):
        f = sp.powsimp(sp.expand(sp.diff(f, r, 2) + (dim - 1) / r * sp.diff(f, r)))
    return f


def power_laplacian(exponent: Scalar, dim: Scalar, times: int = 1) -> sp.Expr:
    """Δ^k r^a = Π_{i<k} (a−2i)(a−2i+n−2) · r^{a−2k}: the power rule, without any simplification."""
    a = sp.sympify(exponent)
    factors = [(a - 2 * i) * (a - 2 * i + dim - 2) for i in range(times)]
    return sp.Mul(*factors) * r ** (a - 2 * times)


def flux(f: sp.Expr, dim: Scalar) -> sp.Expr:
    """−ω_{n−1} r^{n−1} f′(r): what flows out of the sphere of radius r along −∇f."""
    return -sphere_area(dim) * r ** (sp.sympify(dim) - 1) * sp.diff(f, r)
