"""Every loss, penalty and domain once, for laws that hold over cases."""

import itertools

import sympy as sp

from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, GradientPenalty, Loss, least_squares
from gantheory.symbolic import nu, p, polynomials, q, y

PEARSON = Loss(real=-y, fake=y + y**2 / 4)
LOGISTIC = Loss(real=sp.log(1 + sp.exp(-y)), fake=sp.log(1 + sp.exp(y)))
LOSSES = {
    "wasserstein": WASSERSTEIN,
    "least squares": LEAST_SQUARES,
    "labels 0 2 1/2": least_squares(0, 2, sp.Rational(1, 2)),
    "pearson": PEARSON,
    "logistic": LOGISTIC,
}
LINEAR_PENALTIES = {
    "order 0": GradientPenalty(0),
    "order 1": GradientPenalty(1),
    "order 2": GradientPenalty(2),
    "order 3": GradientPenalty(3),
    "R1": GradientPenalty(1, over=p),
    "R2": GradientPenalty(1, over=q),
    "mean, order 2": GradientPenalty(2, over=(p + q) / 2),
    "interpolates": GradientPenalty(1, over=nu),
}


def generic_polynomial(x, seed, degree=4):
    """A polynomial of full degree with distinct prime-quotient coefficients: no symmetry, no zero."""
    terms = polynomials(degree + 1, x)
    return sp.Add(*(sp.Rational(sp.prime(seed + i), sp.prime(seed + 2 * i + 3)) * t for i, t in enumerate(terms)))


def product(*axes):
    """All combinations, as the list that pytest wants."""
    return list(itertools.product(*axes))
