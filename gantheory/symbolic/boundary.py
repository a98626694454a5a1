"""What a variational problem asks of D at the boundary, and what it leaves undetermined."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from gantheory.symbolic.operators import multi_indices
from gantheory.symbolic.variation import expanded


def natural_conditions(lagrangian: sp.Expr, D: sp.Expr, x: sp.Symbol) -> tuple[sp.Expr, ...]:
    """The m expressions that vanish at both ends of an interval: Σ_{k>j} (−d/dx)^{k−j−1} ∂L/∂D^{(k)}, j = 0 … m−1.

    They are the coefficients of δD^{(j)} in the boundary term of the first variation.
    Source: gelfand1963calculus, section 6 and 11. The Lagrangian may hold derivatives of any order in one coordinate.
    """
    flat, derivatives, names = expanded(lagrangian, D, (x,))
    back = {name: d for d, name in names.items()}
    slots = {a[0]: sp.diff(flat, names[d]).xreplace(back) for a, d in derivatives.items()}
    top = max(slots)
    return tuple(
        sp.Add(*((-1) ** (k - j - 1) * sp.diff(slots[k], x, k - j - 1) for k in slots if k > j)).doit() for j in range(top)
    )


def polynomials(degree: int, x: Sequence[sp.Symbol]) -> tuple[sp.Expr, ...]:
    """The monomials x^α with |α| < degree: a basis of the kernel of D ↦ ∫|∇^m D|² dx for degree = m."""
    indices = (a for total in range(degree) for a in multi_indices(total, len(x)))
    return tuple(sp.Mul(*(xi**k for xi, k in zip(x, a, strict=True))) for a in indices)
