"""Objectives, boxes and discriminators for the elements: variable weights, every order below the highest, no symmetry."""

import sympy as sp

from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, Boundary, Box, GradientPenalty, Objective
from gantheory.symbolic import nu, p, q
from tests.elements.manufactured import BOX, X

x1, x2, _ = X
DIRICHLET, NATURAL, SUPPORTED = Boundary.DIRICHLET, Boundary.NATURAL, Boundary.SIMPLY_SUPPORTED
CURVED = {
    1: Objective(
        LEAST_SQUARES,
        sp.Rational(1, 3) * GradientPenalty(0, over=q),
        sp.Rational(3, 2) * GradientPenalty(1, over=(p + q) / 2),
        sp.Rational(2, 5) * GradientPenalty(1),
    ),
    2: Objective(
        LEAST_SQUARES, sp.Rational(2, 3) * GradientPenalty(1, over=q), sp.Rational(1, 5) * GradientPenalty(2, over=(p + q) / 2)
    ),
}
LIGHT = Objective(  # a high mass keeps roundoff below the errors of the quintics
    LEAST_SQUARES,
    20 * GradientPenalty(0, over=q),
    sp.Rational(2, 9) * GradientPenalty(1, over=q),
    sp.Rational(1, 100) * GradientPenalty(2, over=(p + q) / 2),
)
LINEAR_LOSS = {m: Objective(WASSERSTEIN, sp.Rational(3, 2) * GradientPenalty(m, over=nu)) for m in (1, 2)}
WAVES = sp.sin(6 * x1 - 4 * x2 + 0.3) + sp.exp(x1 - x2 / 2) + x1 * x2 / 3  # fine enough for quintics to be asymptotic


def box(dim, boundary):
    return Box(*BOX[dim], boundary)
