"""What a variational problem asks of D at the boundary, and what it leaves undetermined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product

import sympy as sp

from gantheory.symbolic.operators import MultiIndex, multi_indices, partial
from gantheory.symbolic.printing import line
from gantheory.symbolic.variation import slots


@dataclass(frozen=True)
class BoundaryCondition:
    """expression = 0 wherever the coordinates `at` take an end value: (x1,) on two faces, (x1, x2) at edges or corners.

    against: β, of the derivative ∂^β h of the test function that it multiplies in the boundary term of δJ[D; h].
    """

    at: tuple[sp.Symbol, ...]
    expression: sp.Expr
    against: MultiIndex = ()

    def __str__(self) -> str:
        return f"{line(self.expression)} = 0 at the ends of {', '.join(map(line, self.at))}"


def boundary_conditions(lagrangian: sp.Expr, D: sp.Expr, x: Sequence[sp.Symbol]) -> tuple[BoundaryCondition, ...]:
    """What the variation of ∫ L dx over a box leaves to vanish on its faces, edges and corners, L of any order.

    ∫ S ∂^α h over the box is integrated by parts axis by axis. On the stratum where the axes F are at their ends,
    ∂_F^j h (0 ≤ j_i < α_i) meets Π_{i∈F} (−∂_i)^{α_i−1−j_i} Π_{i∉F} (−∂_i)^{α_i} S, S = ∂L/∂(∂^α D); these jets are free,
    so each sum over α vanishes. Upper ends count +, lower ends −. Source: gelfand1963calculus, sections 6, 11 and 42.
    """
    found: dict[tuple[tuple[int, ...], MultiIndex], list[sp.Expr]] = {}
    for alpha, slot in slots(lagrangian, D, x).items():
        axes = [i for i, a in enumerate(alpha) if a]
        for fixed in chain.from_iterable(combinations(axes, k) for k in range(1, len(axes) + 1)):
            for jets in product(*(range(alpha[i]) for i in fixed)):
                held = dict(zip(fixed, jets, strict=True))
                moved = tuple(a - 1 - held[i] if i in held else a for i, a in enumerate(alpha))
                against = tuple(held.get(i, 0) for i in range(len(x)))
                found.setdefault((fixed, against), []).append((-1) ** sum(moved) * partial(slot, x, moved))
    ordered = sorted(found, key=lambda key: (len(key[0]), key))
    whole = (BoundaryCondition(tuple(x[i] for i in f), sp.Add(*found[f, j]).doit(), j) for f, j in ordered)
    return tuple(c for c in whole if c.expression != 0)


def natural_conditions(lagrangian: sp.Expr, D: sp.Expr, x: sp.Symbol) -> tuple[sp.Expr, ...]:
    """The m expressions that vanish at both ends of an interval: Σ_{k>j} (−d/dx)^{k−j−1} ∂L/∂D^{(k)}, j = 0 … m−1.

    They are the coefficients of δD^{(j)} in the boundary term of the first variation.
    """
    found = {c.against[0]: c.expression for c in boundary_conditions(lagrangian, D, (x,))}
    return tuple(found.get(j, sp.S.Zero) for j in range(max(found, default=-1) + 1))


def polynomials(degree: int, x: Sequence[sp.Symbol]) -> tuple[sp.Expr, ...]:
    """The monomials x^α with |α| < degree: a basis of the kernel of D ↦ ∫|∇^m D|² dx for degree = m."""
    indices = (a for total in range(degree) for a in multi_indices(total, len(x)))
    return tuple(sp.Mul(*(xi**k for xi, k in zip(x, a, strict=True))) for a in indices)
