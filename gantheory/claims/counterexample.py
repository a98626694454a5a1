"""A point where two sides differ: generic polynomials for unknown functions, generic numbers for symbols."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp
from sympy.core.function import AppliedUndef

from gantheory.symbolic import polynomials

DIGITS = 50
SEEDS = (5, 23)


@dataclass(frozen=True)
class Instance:
    """Both sides at one generic choice of functions and symbols, to 50 digits."""

    left: sp.Expr
    right: sp.Expr
    choice: dict[sp.Expr, sp.Expr]

    @property
    def residual(self) -> sp.Expr:
        """left − right."""
        return self.left - self.right

    @property
    def differs(self) -> bool:
        """The residual is far above the rounding of 50 digits."""
        size = max(abs(self.left), abs(self.right), sp.Float(10) ** -20)
        return not abs(self.residual) <= size * sp.Float(10) ** (-DIGITS // 2)

    def __str__(self) -> str:
        chosen = ", ".join(f"{k} = {v}" for k, v in self.choice.items())
        return f"left {sp.N(self.left, 17)}, right {sp.N(self.right, 17)}" + (f" at {chosen}" if chosen else "")


def generic_function(f: AppliedUndef, degree: int, seed: int) -> sp.Expr:
    """A polynomial of full degree in the arguments of f, no two coefficients alike; its square plus 1 where f > 0."""
    terms = polynomials(degree + 1, f.args)
    shift = sum(map(ord, f.func.__name__)) % 7
    body = sp.Add(*(sp.Rational(sp.prime(seed + shift + i), sp.prime(seed + 3 * i + 2)) * t for i, t in enumerate(terms)))
    return 1 + body**2 if f.is_positive else body


def generic_number(symbol: sp.Symbol, index: int, seed: int) -> sp.Expr:
    """A number that honours the symbol's assumptions."""
    if symbol.is_integer:
        odd = 2 * index + 3
        return sp.Integer(odd if not symbol.is_even else odd + 1)
    value = sp.Rational(sp.prime(seed + index + 1), sp.prime(seed + index + 4))
    return value if symbol.is_nonnegative or index % 2 else -value


def instances(left: sp.Expr, right: sp.Expr) -> Iterable[Instance]:
    """The two sides at each generic choice; unknown functions first, so that their arguments stay symbols."""
    both = sp.Tuple(left, right)
    orders = [sum(n for _, n in d.variable_count) for d in both.atoms(sp.Derivative)]
    unknown = sorted(both.atoms(AppliedUndef), key=str)
    for seed in SEEDS:
        choice: dict[sp.Expr, sp.Expr] = {f: generic_function(f, max(orders, default=0) + 1, seed) for f in unknown}
        held = both.subs(choice).doit(integrals=False)
        symbols = sorted(held.free_symbols, key=str)
        choice |= {s: generic_number(s, i, seed) for i, s in enumerate(symbols)}
        values = [sp.N(side.subs(choice).doit(integrals=False), DIGITS) for side in held]
        if all(v.is_number for v in values):
            yield Instance(values[0], values[1], choice)
