"""The densities of a manufactured problem: read, or made to fit."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives import Loss, Objective, Torus
from gantheory.objectives.pieces import JUMPS, KINKS, SAME, jumps
from gantheory.symbolic import coordinates, nu, p, q, y
from gantheory.testing.degenerate import on_grid, refuse_not_periodic
from gantheory.testing.generic import Place, generic_density, scaled
from gantheory.testing.shares import penalty

NAMES = {p: "p", q: "q", nu: "nu"}


def read(objective: Any, D: Any, domain: Any, densities: tuple[Any, ...]) -> dict[sp.Symbol, sp.Expr]:
    """The densities that were given, once everything is found to be what it should be."""
    if not isinstance(objective, Objective):
        raise Refusal("manufactured takes an Objective", type(objective).__name__, "Use Objective(loss, *terms).")
    if not objective.terms:
        raise Refusal("a manufactured problem has a penalty: without one the equation holds pointwise", objective)
    scaled(domain)  # refuses what is neither Box nor Torus
    _numbers(objective)
    _continuous(objective.loss)
    _expression(D, domain, "D")
    refuse_not_periodic(D, domain, "D")
    given = {s: e for s, e in zip((p, q, nu), densities, strict=True) if e is not None}
    for s, e in given.items():
        _expression(e, domain, NAMES[s])
        refuse_not_periodic(e, domain, NAMES[s])
        if not float(on_grid(e, domain).min()) > 0:
            raise Refusal(f"the density {NAMES[s]} is positive on the domain", e)
    return given


def _numbers(objective: Objective) -> None:
    free = set[sp.Symbol]().union(*(t.weight.free_symbols | t.penalty.centre.free_symbols for t in objective.terms))
    free |= (
        set[sp.Symbol]().union(*(t.penalty.over.free_symbols for t in objective.terms)) | objective.loss.reaction.free_symbols
    )
    free -= {p, q, nu, y}
    if free:
        given = ", ".join(sorted(map(str, free)))
        raise Refusal("a manufactured problem has numbers for parameters", given, "Substitute a number for each.")


def _continuous(loss: Loss) -> None:
    for side in (loss.real, loss.fake):
        slope = sp.diff(side, y)
        broken = [c for c, step in (jumps(slope) or [] if slope.has(*JUMPS) else []) if abs(step) > SAME]
        if broken:
            need = "the slope of the loss is continuous in D: where it jumps, the equation is an inclusion"
            raise Refusal(need, f"{side}, whose slope jumps at y = {broken[0]}", "Use LOGISTIC, or a squared hinge.")


def _expression(value: object, domain: Place, name: str) -> None:
    if not isinstance(value, sp.Expr):
        raise Refusal(f"{name} is a SymPy expression in the coordinates", repr(value), "Use gantheory.symbolic.coordinates.")
    foreign = value.free_symbols - set(coordinates(domain.dim))
    if foreign:
        need = f"{name} is an expression in coordinates({domain.dim}) alone"
        raise Refusal(need, ", ".join(sorted(map(str, foreign))), "Use gantheory.symbolic.coordinates: others differ.")
    kinks = [e for e in value.atoms(*KINKS) if e.free_symbols]
    if kinks:
        raise Refusal(f"{name} is smooth", f"{value}, with the kink {kinks[0]}", "Write it without Abs, Max, Min and sign.")
    on_grid(value, domain)


def fitting(objective: Objective, D: sp.Expr, domain: Place, given: Mapping[sp.Symbol, sp.Expr]) -> dict[sp.Symbol, sp.Expr]:
    """The given densities and generic ones for the rest; those that are no weights get the size that lets them show.

    On a torus a generic density keeps its mass 1, because solvers ask for it.
    """
    over = set[sp.Symbol]().union(*(t.penalty.over.free_symbols for t in objective.terms))
    needed = [p, q] + [nu] * (nu in over)
    found = {s: given[s] if s in given else generic_density(domain, k) for k, s in enumerate(needed)}
    if isinstance(domain, Torus):
        return found
    left = sp.Add(*(penalty(t, D, found, domain.dim) for t in objective.terms))
    size = float(on_grid(left, domain).std())
    for s in (p, q):
        if s not in over and s not in given:
            part = sp.expand(objective.loss.reaction).coeff(s).subs(y, D) * found[s]
            own = float(abs(on_grid(part, domain)).mean())
            found[s] *= sp.Integer(2) ** round(log2(size / own)) if size > 0 and own > 0 else 1
    return found
