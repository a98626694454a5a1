"""How large each term of an equation is at a given D: what a problem can and cannot see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp
from jaxtyping import Float
from torch import Tensor

from gantheory.objectives import EulerLagrange, Term
from gantheory.symbolic import coordinates, p, q, weighted_divergence, y
from gantheory.testing.expressed import ExpressedField

Densities = Mapping[sp.Symbol, sp.Expr]


@dataclass(frozen=True)
class Share:
    """A part of the equation: its root mean square over the largest of its kind's.

    operator: it acts on D (penalties and their derivative terms, the reaction where it depends on D); else it is data.
    """

    name: str
    size: float
    operator: bool


def shares(equation: EulerLagrange, D: sp.Expr, densities: Densities, x: Float[Tensor, "n d"]) -> tuple[Share, ...]:
    """Penalties, reaction and source against the largest of them; the derivative terms of a penalty against its largest."""
    dim = x.shape[1]
    parts = {str(t): (penalty(t, D, densities, dim), True) for t in equation.terms}
    parts |= {name: (e.subs(densities).subs(y, D), y in e.free_symbols) for name, e in reaction(equation).items()}
    source = sp.Add(*(e for e, _ in parts.values()))
    sizes = {name: (_size(e, x), operator) for name, (e, operator) in (parts | {"source": (source, False)}).items()}
    largest = max(size for size, _ in sizes.values()) or 1.0
    found = [Share(name, size / largest, operator) for name, (size, operator) in sizes.items()]
    return (*found, *(s for t in equation.terms for s in _within(t, D, densities, x)))


def penalty(term: Term, D: sp.Expr, densities: Densities, dim: int) -> sp.Expr:
    """λ δ(∫ w |∇^m D|²)/δD at this D."""
    return term.weight * term.penalty.variation(D, coordinates(dim), term.penalty.over.subs(densities))


def reaction(equation: EulerLagrange) -> dict[str, sp.Expr]:
    """The reaction in its parts: with D; free of it, of p, of q and the rest."""
    free, acting = sp.expand(equation.reaction).as_independent(y, as_Add=True)
    of = {f"reaction of {s}, free of D": free.coeff(s) * s for s in (p, q)}
    rest = sp.expand(free - sp.Add(*of.values()))
    parts = {"reaction with D": acting} | of | {"reaction, free of D": rest}
    return {name: e for name, e in parts.items() if e != 0}


def _within(term: Term, D: sp.Expr, densities: Densities, x: Tensor) -> list[Share]:
    """The derivative terms: of D where the weight is not differentiated, else of the weight; for a centre, its part."""
    dim, name = x.shape[1], str(term)
    weight, m = term.penalty.over.subs(densities), term.penalty.order
    if m == 0:
        return []
    parts = {k: e for k, e in _leibniz(m, D, weight, dim).items() if e != 0}
    if term.penalty.centre != 0 and (dim > 1 or m > 1):  # on a line φ D′ = D′ ∓ K, and K drops out of the equation
        straight = 2 * weighted_divergence(D, coordinates(dim), m, weight)
        parts = {"without its centre": straight, "its centre": penalty(term, D, densities, dim) / term.weight - straight}
    sizes = {k: _size(e, x) for k, e in parts.items()}
    largest = max(sizes.values(), default=0.0) or 1.0
    return [Share(f"{k} in {name}", size / largest, True) for k, size in sizes.items()]


def _leibniz(m: int, D: sp.Expr, weight: sp.Expr, dim: int) -> dict[str, sp.Expr]:
    """The terms of (−1)^m Σ_α (m!/α!) ∂^α (w ∂^α D), gathered by the derivative of w, without one by that of D."""
    x = coordinates(dim)
    d, w = sp.Function("D", real=True)(*x), sp.Function("w", real=True)(*x)
    found: dict[str, sp.Expr] = {}
    for part in sp.Add.make_args(sp.expand(weighted_divergence(d, x, m, w))):
        of_weight = [e for e in part.atoms(sp.Derivative) if e.expr == w]
        named = of_weight[0] if of_weight else next(e for e in part.atoms(sp.Derivative) if e.expr == d)
        index = "".join(str(x.index(s) + 1) * int(k) for s, k in named.variable_count)
        key = f"{'w' if of_weight else 'D'}_{index}"
        found[key] = found.get(key, sp.S.Zero) + part.subs({d: D, w: weight}).doit()
    return found


def _size(expression: sp.Expr, x: Tensor) -> float:
    """Root mean square over the points; NaN where it has no number there."""
    return float(ExpressedField(expression, x.shape[1])(x).square().mean().sqrt())
