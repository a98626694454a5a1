"""How a derivation checks itself: each formula once more, by another route; the route in words."""

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
POINT = (sp.Rational(2, 3), sp.Rational(-3, 7))


def generic(x: Sequence[sp.Symbol], degree: int, first: int) -> sp.Expr:
    """A polynomial of full degree whose coefficients are quotients of primes: no symmetry, no zero."""
    monomials = polynomials(degree + 1, x)
    return sp.Add(*(sp.Rational(sp.prime(first + i), sp.prime(first + 2 * i + 3)) * f for i, f in enumerate(monomials)))


def equation(objective: Objective, dim: int) -> str:
    """The structured equation against the brute-force variation of the Lagrangian, at a generic D."""
    m = max((t.penalty.order for t in objective.terms), default=0)
    if m > CHEAP:
        return "structure of the penalty; its variation is checked by brute force for orders ≤ 4"
    dear = m > 2 or (m == 2 and any(t.penalty.centre != 0 for t in objective.terms))
    n = 1 if dear else min(dim, 2)
    x = coordinates(n)
    D = sp.Function("D", real=True)(*x)
    shape = generic(x, 2 * m + 1, 1)
    p, q, nu = (generic(x, 2, k) for k in (3, 5, 7))
    by_force = first_variation(objective.lagrangian(D, p, q, x, nu), D, x)
    left, right = objective.euler_lagrange().at(D, p, q, x, nu)
    names = sorted((by_force.free_symbols | left.free_symbols) - set(x), key=str)
    numbers = {s: sp.Rational(sp.prime(k + 3), sp.prime(k + 5)) for k, s in enumerate(names)}
    point = numbers | dict(zip(x, POINT, strict=False))
    values = [sp.N(f.subs(D, shape).doit().subs(point), DIGITS) for f in (by_force, left, right)]
    if abs(values[0] - values[1] + values[2]) > 10 ** (5 - DIGITS) * (1 + max(map(abs, values))):
        raise ArithmeticError(f"the equation of {objective} contradicts its variation: {values}")
    where = {1: "on the line", 2: "in the plane"}[n]
    return f"brute-force variation of the functional at a generic D {where}, to {DIGITS - 5} digits"


def null_space(objective: Objective, domain: Domain, basis: Sequence[sp.Expr]) -> str:
    """Each element has no penalty."""
    x = coordinates(domain.dim)
    for f in basis:
        for t in objective.terms:
            if t.penalty.centre == 0 and sp.expand(t.penalty.integrand(f, x, sp.Integer(1))) != 0:
                raise ArithmeticError(f"{f} is not in the null space of {t}")
    return "each has penalty 0" if basis else "none has penalty 0 and leaves the loss and the boundary data as they are"


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
        return "the integral representation of wendland2004scattered, theorem 6.13"
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
