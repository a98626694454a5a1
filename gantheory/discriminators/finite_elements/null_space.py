"""What a natural box leaves free, and whether the data allow it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.discriminators.finite_elements.boundary_values import Freedoms
from gantheory.discriminators.finite_elements.rule import Rule
from gantheory.objectives import Boundary, EulerLagrange
from gantheory.symbolic import line
from gantheory.symbolic.operators import MultiIndex

ROUNDOFF = 1e-10  # of a moment, by the sum of its parts


def null_space(equation: EulerLagrange, freedoms: Freedoms) -> tuple[tuple[sp.Expr, ...], np.ndarray]:
    """The null space on a natural box: as formulas, and (N, k) in degrees of freedom."""
    box = freedoms.space.mesh.box
    names = equation.null_space(box) if box.boundary is Boundary.NATURAL else ()
    powers = [_exponents(f, box.dim) for f in names]
    every = np.ones(freedoms.space.size, dtype=bool)
    columns = [freedoms.values(lambda x, a=a: _monomial(x, a), every) for a in powers]
    return names, np.stack(columns, 1) if columns else np.zeros((freedoms.space.size, 0))


def _exponents(monomial: sp.Expr, dim: int) -> MultiIndex:
    """α of x^α."""
    from gantheory.symbolic import coordinates

    return sp.Poly(monomial, *coordinates(dim)).monoms()[0]


def _monomial(x: Tensor, alpha: MultiIndex) -> Tensor:
    """x^α."""
    result = x[:, 0] * 0 + 1
    for k, a in enumerate(alpha):
        result = result * x[:, k] ** a
    return result


def moments(rule: Rule, kernel: np.ndarray) -> np.ndarray:
    """(N, k): ∫ φ_i f for each f of the null space."""
    value = (0,) * rule.space.mesh.dim
    columns = [rule.load(rule.derivative(column, value), value) for column in kernel.T]
    return np.stack(columns, 1) if columns else kernel


def check_moments(names: tuple[sp.Expr, ...], kernel: np.ndarray, load: Callable[[int], np.ndarray], degree: int) -> None:
    """Refuse loads that no D can balance: ∫ f (source − reaction) and the natural data together are not 0.

    A moment counts as 0 below its own change under a finer quadrature, or below roundoff.
    """
    if not names:
        return
    coarse, fine = load(degree), load(degree + 4)
    found = kernel.T @ fine
    allowed = np.abs(kernel.T @ (fine - coarse)) + ROUNDOFF * (np.abs(kernel.T) @ np.abs(fine))
    wrong = [
        f"{value:.3g} against {line(name)}"
        for name, value, most in zip(names, found, allowed, strict=True)
        if not abs(value) <= most
    ]
    if wrong:
        need = "on a natural box the source less the reaction, with the natural data, vanishes against the null space"
        raise Refusal(need, ", ".join(wrong), "Use a box that holds both measures, data that balance, or Dirichlet data.")
