"""How a derivation checks a Green's function: equation, flux or jump, ends; at numbers, to 25 digits and more."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from gantheory.objectives.checks import CHEAP, DIGITS, POINT
from gantheory.objectives.domain import Boundary
from gantheory.symbolic import bessel_elementary, coordinates, flux, laplacian, r, radial_laplacian, torus_coefficient

SMALL = sp.Float(10) ** (5 - DIGITS)
x, s = sp.symbols("x s", real=True)


def kernel(G: sp.Expr, order: int, dim: int, rate: sp.Expr) -> str:
    """One unit flows out of the source, and nothing is made elsewhere."""
    if rate != 0:
        return _screened(G, order, dim, rate)
    inner = (-1) ** (order - 1) * radial_laplacian(G, dim, order - 1)
    if sp.simplify(flux(inner, dim) - 1) != 0 or sp.simplify(radial_laplacian(inner, dim)) != 0:
        raise ArithmeticError(f"{G} is no fundamental solution of order {order} in R^{dim}")
    return "(−Δ)^m G = 0 off the source, and the flux of −∇(−Δ)^(m−1) G through every sphere is 1, exactly"


def _screened(G: sp.Expr, order: int, dim: int, rate: sp.Expr) -> str:
    if order > CHEAP:
        return ""
    G, kappa = G.subs(_numbers(rate)), rate.subs(_numbers(rate))
    for _ in range(order - 1):
        G = bessel_elementary(kappa**2 * G - radial_laplacian(G, dim))
    outflow, rest = flux(G, dim), kappa**2 * G - radial_laplacian(G, dim)
    near = sp.N(outflow.subs(r, sp.Rational(1, 10**8)), DIGITS)
    off = sp.N(rest.subs(r, POINT[0]), DIGITS) / sp.N(G.subs(r, POINT[0]), DIGITS)
    if abs(near - 1) > 1e-6 or abs(off) > 10 ** (8 - DIGITS):
        raise ArithmeticError(f"{G} is no screened fundamental solution of order {order} in R^{dim}: {near}, {off}")
    return "(κ²−Δ)^m G = 0 off the source, to 22 digits, and its flux into the source tends to 1"


def _numbers(rate: sp.Expr) -> dict[sp.Symbol, sp.Expr]:
    return {symbol: sp.Rational(5, 7) for symbol in rate.free_symbols}


def _applied(G: sp.Expr, variable: sp.Symbol, order: int, rate: sp.Expr) -> sp.Expr:
    """(κ² − d²/dx²)^m G."""
    for _ in range(order):
        G = rate**2 * G - sp.diff(G, variable, 2)
    return G


def _vanish(gaps: Sequence[sp.Expr], what: str) -> None:
    worst = max(abs(sp.N(gap, DIGITS + 20)) for gap in gaps)
    if not worst < SMALL:
        raise ArithmeticError(f"{what}: off by {worst}")


def _jumps(left: Sequence[sp.Expr], right: Sequence[sp.Expr], order: int) -> list[sp.Expr]:
    """What the jumps of G, …, G^{(2m−1)} miss: 0, and (−1)^m for the last; left, right: those derivatives at the source."""
    steps = [(-1) ** order * (b - a) for a, b in zip(left, right, strict=True)]
    return [*steps[:-1], steps[-1] - 1]


def circle(G: sp.Expr, order: int, period: sp.Expr, rate: sp.Expr) -> str:
    """Off the source nothing but −1/T for κ = 0, where the mean is 0; at the source a jump of the last derivative alone."""
    numbers = _numbers(rate)
    G, kappa = G.subs(numbers), rate.subs(numbers)
    rest = _applied(G, r, order, kappa) + (1 / period if kappa == 0 else 0)
    slopes = [sp.diff(G, r, k) for k in range(2 * order)]
    gaps = _jumps([f.subs(r, period) for f in slopes], [f.subs(r, 0) for f in slopes], order)
    mean = [sp.integrate(sp.expand(G), (r, 0, period))] if kappa == 0 else []
    _vanish([rest.subs(r, period * POINT[0]), *gaps, *mean], f"{G} is no Green's function of the circle")
    return "its equation off the source, and the jump of its last derivative alone at the source, to 25 digits"


def wave(order: int, rate: sp.Expr, periods: Sequence[sp.Expr]) -> str:
    """(κ² − Δ)^m of a wave times its coefficient is the wave over the volume."""
    numbers = _numbers(rate)
    z, kappa = coordinates(min(len(periods), 3)), rate.subs(numbers)  # the wave does not change along other axes
    modes = [sp.Integer((-1) ** i * (i + 1) if i < len(z) else 0) for i in range(len(periods))]
    f = start = sp.cos(sp.Add(*(2 * sp.pi * k * zi / T for k, zi, T in zip(modes, z, periods, strict=False))))
    for _ in range(order):
        f = sp.expand(kappa**2 * f - laplacian(f, z))
    gap = torus_coefficient(order, modes, periods, rate=kappa) * sp.cancel(f / start) * sp.Mul(*periods) - 1
    _vanish([gap], "the coefficients of the torus are wrong")
    return "(κ²−Δ)^m of a wave times its coefficient is the wave over the volume of the torus"


def interval(G: sp.Expr, order: int, rate: sp.Expr, boundary: Boundary, ends: tuple[sp.Expr, sp.Expr]) -> str:
    """Its equation on both sides of the source (with natural ends up to polynomials of degree < m), jump, ends, symmetry."""
    numbers = _numbers(rate)
    kappa, (a, b) = rate.subs(numbers), ends
    at = a + sp.Rational(2, 5) * (b - a)
    below, above = (sp.N(part[0].subs(numbers).subs(s, at), 2 * DIGITS) for part in G.args)
    natural = boundary is Boundary.NATURAL
    basis = [sp.legendre(j, 2 * (x - a) / (b - a) - 1) for j in range(order if natural and kappa == 0 else 0)]
    seen = sp.Add(*((2 * j + 1) / (b - a) * e * e.subs(x, at) for j, e in enumerate(basis)))
    rests = [_applied(f, x, order, kappa) + seen for f in (below, above)]
    gaps = [rests[0].subs(x, a + (b - a) / 7), rests[1].subs(x, b - (b - a) / 7)]
    left, right = ([sp.diff(f, x, k).subs(x, at) for k in range(2 * order)] for f in (below, above))
    gaps += _jumps(left, right, order)
    held = range(order, 2 * order) if natural else range(order)
    if boundary is Boundary.SIMPLY_SUPPORTED:
        held = range(0, 2 * order, 2)
    gaps += [sp.diff(f, x, k).subs(x, end) for f, end in ((below, a), (above, b)) for k in held]
    _vanish(gaps, f"{G} is no Green's function of [{a}, {b}]")
    return "its equation on both sides of the source, its jump and its ends, to 25 digits"
