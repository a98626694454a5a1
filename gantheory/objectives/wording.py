"""Formulas of a derivation that SymPy does not hold as one expression, in words and in LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from gantheory.objectives.domain import Boundary
from gantheory.objectives.equation import grouped
from gantheory.objectives.objective import Objective
from gantheory.symbolic import line, y


def latex_functional(objective: Objective) -> str:
    """J[D] as LaTeX."""
    D = sp.Symbol("D")
    real, fake = (sp.latex(e.subs(y, D)) for e in (objective.loss.real, objective.loss.fake))
    parts = [rf"J[D] = \mathbb{{E}}_p\left[{real}\right] + \mathbb{{E}}_q\left[{fake}\right]"]
    for t in objective.terms:
        m, over = t.penalty.order, t.penalty.over
        size = "D" if m == 0 else r"\nabla D" if m == 1 else rf"\nabla^{{{m}}} D"
        square = rf"|{size}|^2"
        if t.penalty.centre != 0:
            square = rf"\left(|{size}| - {sp.latex(t.penalty.centre)}\right){'_+' if t.penalty.one_sided else ''}^2"
        parts.append(rf"{grouped(t.weight, sp.latex)} \int {'' if over == 1 else grouped(over, sp.latex)} {square}\,dx")
    return " + ".join(parts)


def vanishing(f: sp.Expr) -> str:
    """∫ f dx = 0."""
    product = sp.factor(f)
    return f"∫ {f'({line(product)})' if product.is_Add else line(product)} dx = 0"


def vanishing_latex(f: sp.Expr) -> str:
    """The same in LaTeX."""
    product = sp.factor(f)
    inside = rf"\left({sp.latex(product)}\right)" if product.is_Add else sp.latex(product)
    return rf"\int {inside}\,dx = 0"


def monomials(count: int, degree: int) -> str:
    """How many there are, in LaTeX."""
    return rf"\text{{the {count} monomials of degree}} < {degree}"


def ends(at: Sequence[sp.Symbol], show: Callable[[Any], str]) -> str:
    """Where a boundary condition stands: the ends of these coordinates."""
    where = ", ".join(map(show, at))
    return f"the ends of {where}" if show is line else rf"\text{{the ends of }} {where}"


def given(boundary: Boundary, order: int) -> str:
    """What a boundary says of D and its normal derivatives; "" where it leaves them free."""
    orders = boundary.given(order)
    if len(orders) < 2:
        return "D is given" if orders else ""
    which = "order" if boundary is Boundary.DIRICHLET else "even order"
    return f"D and its normal derivatives of {which} < {order} are given"


def sentence(text: str) -> str:
    """A sentence in LaTeX, its inequality signs in mathematics."""
    return rf"\text{{{text}}}".replace(" < ", r" } < \text{")


def named(expression: sp.Expr) -> str:
    """LaTeX with the norm of p − q upright."""
    return sp.latex(expression, symbol_names={sp.Symbol("MMD", nonnegative=True): r"\mathrm{MMD}"})
