"""The symbols of the field: one object for each letter, so that a derivative never silently vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import TypeAlias

import sympy as sp

from gantheory._errors import Refusal

Scalar: TypeAlias = sp.Expr | int | float

y = sp.Symbol("y", real=True)  # the value of the discriminator
p = sp.Symbol("p", positive=True)  # the density of the data
q = sp.Symbol("q", positive=True)  # the density of the generator
nu = sp.Symbol("nu", positive=True)  # a free reference density (WGAN-GP's interpolates)
r = sp.Symbol("r", positive=True)  # a radius |x − y|, or the density ratio p/q

OURS = {symbol.name: symbol for symbol in (y, p, q, nu, r)}


def coordinates(dim: int) -> tuple[sp.Symbol, ...]:
    """x₁, …, xₙ: real Cartesian coordinates of R^n."""
    positive_integer(dim, "a dimension")
    return sp.symbols(f"x1:{dim + 1}", real=True)


def scalars(values: Iterable[Scalar]) -> tuple[sp.Expr, ...]:
    """The values as SymPy numbers and symbols; never a text, which SymPy would run."""
    return tuple(sp.sympify(value, strict=True) for value in values)


def positive_integer(value: object, what: str) -> int:
    """The value as an int ≥ 1; a Refusal for anything else."""
    whole = isinstance(value, Integral | sp.Integer) and not isinstance(value, bool)
    if not whole or int(value) < 1:  # type: ignore[call-overload]
        raise Refusal(f"{what} is an integer ≥ 1", repr(value))
    return int(value)  # type: ignore[call-overload]


def refuse_foreign(expression: sp.Expr, *allowed: sp.Symbol) -> sp.Expr:
    """The expression itself, unless it holds a symbol that bears one of our names and is another object.

    `Symbol("y")` and `gantheory.symbolic.y` print alike and differ: d/dy of the former is 0.
    """
    for symbol in sorted(expression.free_symbols, key=str):
        own = OURS.get(symbol.name)
        if own is not None and symbol != own:
            raise Refusal(
                f"formulas are written in gantheory's own symbol {symbol.name}",
                f"a foreign Symbol('{symbol.name}'), whose derivative would silently be 0",
                f"Use: from gantheory.symbolic import {symbol.name}.",
            )
        if own is not None and allowed and symbol not in allowed:
            raise Refusal(
                f"this formula may hold {', '.join(a.name for a in allowed)} and free parameters", f"the symbol {symbol.name}"
            )
    return expression
