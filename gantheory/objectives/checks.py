"""How a derivation checks itself: a formula once more, by another route; the route in words, "" where none was gone."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from gantheory.objectives.domain import Domain
from gantheory.objectives.objective import Objective
from gantheory.symbolic import (
    bessel_elementary,
    coordinates,
    first_variation,
    flux,
    polynomials,
    r,
    radial_laplacian,
)

CHEAP = 4  # order up to which a brute-force variation takes a moment
DIGITS = 30
STEEP = 20
POINT = (sp.Rational(2, 3), sp.Rational(-3, 7))


def generic(x: Sequence[sp.Symbol], degree: int, first: int) -> sp.Expr:
    """A polynomial of full degree whose coefficients are quotients of primes: no symmetry, no zero."""
    monomials = polynomials(degree + 1, x)
    return sp.Add(*(sp.Rational(sp.prime(first + i), sp.prime(first + 2 * i + 3)) * f for i, f in enumerate(monomials)))


def equation(objective: Objective, dim: int) -> str:
    """The structured equation against the brute-force variation of the Lagrangian, at a generic D; "" where that is dear."""
    m = max((t.penalty.order for t in objective.terms), default=0)
    if m > CHEAP:
        return ""
    dear = m > 2 or (m == 2 and any(t.penalty.centre != 0 for t in objective.terms))
    n = 1 if dear else min(dim, 2)
    x = coordinates(n)
    D = sp.Function("D", real=True)(*x)
    steep = STEEP * (1 + sp.Add(*(t.penalty.centre for t in objective.terms)))  # |∇^m D| > K: a one-sided penalty acts
    shape = steep * generic(x, 2 * m + 1, 1)
    p, q, nu = (generic(x, 2, k) for k in (3, 5, 7))
    by_force = first_variation(objective.lagrangian(D, p, q, x, nu), D, x)
    left, right = objective.euler_lagrange().at(D, p, q, x, nu)
    names = sorted((by_force.free_symbols | left.free_symbols | steep.free_symbols) - set(x), key=str)
    numbers = {s: sp.Rational(sp.prime(k + 3), sp.prime(k + 5)) for k, s in enumerate(names)}
    point = numbers | dict(zip(x, POINT, strict=False))
    values = [sp.N(f.subs(D, shape).doit().subs(point), DIGITS) for f in (by_force, left, right)]
    if abs(values[0] - values[1] + values[2]) > 10 ** (5 - DIGITS) * (1 + max(map(abs, values))):
        raise ArithmeticError(f"the equation of {objective} contradicts its variation: {values}")
    if objective.terms and values[1] == 0:
        raise ArithmeticError(f"the penalties of {objective} do not act at the D of the check")
    where = {1: "on the line", 2: "in the plane"}[n]
    return f"brute-force variation of the functional at a generic D {where}, to {DIGITS - 5} digits"


def null_space(objective: Objective, domain: Domain, basis: Sequence[sp.Expr]) -> str:
    """Each element is a polynomial that every ∇^m annihilates; "" where there is none to check."""
    x = coordinates(domain.dim)
    lowest = min((t.penalty.order for t in objective.terms), default=0)
    for f in basis:
        if sp.Poly(f, *x).total_degree() >= lowest:
            raise ArithmeticError(f"{f} is not in the null space of {objective}")
    return f"of degree < {lowest}: adding it leaves ∇^{lowest} D as it is" if basis else ""


def duality(value: sp.Expr, multiplier: sp.Expr, norm: sp.Expr, slope: sp.Expr, weight: sp.Expr, budget: sp.Expr) -> str:
    """Along D = t G∗(p − q) the functional is −t g N² + λ t² N²: its minimum over t, and over λ of that − λ c."""
    t, free = sp.symbols("t lambda_free", positive=True)
    along = -t * sp.Abs(slope) * norm**2 + free * t**2 * norm**2
    best = sp.solve(sp.diff(along, t), t)[0]
    least = sp.simplify(along.subs(t, best))
    optimal = sp.simplify(sp.diff(least - free * budget, free).subs(free, multiplier))
    if sp.simplify(least.subs(free, weight) - value) != 0 or optimal != 0:
        raise ArithmeticError(f"the dual value {value} or the multiplier {multiplier} is wrong")
    return "minimum over multiples of G∗(p − q), then maximum over λ of min J − λ c"


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
    number = {s: sp.Rational(5, 7) for s in rate.free_symbols}
    G, kappa = G.subs(number), rate.subs(number)
    for _ in range(order - 1):
        G = bessel_elementary(kappa**2 * G - radial_laplacian(G, dim))
    outflow, rest = flux(G, dim), kappa**2 * G - radial_laplacian(G, dim)
    near = sp.N(outflow.subs(r, sp.Rational(1, 10**8)), DIGITS)
    off = sp.N(rest.subs(r, POINT[0]), DIGITS) / sp.N(G.subs(r, POINT[0]), DIGITS)
    if abs(near - 1) > 1e-6 or abs(off) > 10 ** (8 - DIGITS):
        raise ArithmeticError(f"{G} is no screened fundamental solution of order {order} in R^{dim}: {near}, {off}")
    return "(κ²−Δ)^m G = 0 off the source, to 22 digits, and its flux into the source tends to 1"
