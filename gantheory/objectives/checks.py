"""How a derivation checks itself: a formula once more, by another route; the route in words, "" where none was gone."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from gantheory.objectives.objective import Objective
from gantheory.symbolic import coordinates, first_variation, polynomials

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


def null_space(objective: Objective, basis: Sequence[sp.Expr]) -> str:
    """Each element is a polynomial that every ∇^m annihilates; "" where there is none to check."""
    lowest = min((t.penalty.order for t in objective.terms), default=0)
    for f in basis:
        if sp.Poly(f, *(f.free_symbols or coordinates(1))).total_degree() >= lowest:
            raise ArithmeticError(f"{f} is not in the null space of {objective}")
    return f"of degree < {lowest}: adding it leaves {'∇D' if lowest == 1 else f'∇^{lowest} D'} as it is" if basis else ""


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
