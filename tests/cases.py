"""Every loss, penalty and domain once, for laws that hold over cases."""

import itertools

import sympy as sp

from gantheory.kernels import Radial, gaussian, polyharmonic, riesz, screened
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, GradientPenalty, Loss, least_squares
from gantheory.symbolic import nu, p, polynomials, q, r, y

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


def _kernels():
    """name ↦ (kernel, dimension): the families at every order and dimension, and profiles as users write them."""
    table = {f"polyharmonic {m} in R{n}": (polyharmonic(m, n), n) for m, n in product((1, 2, 3), (1, 2, 3, 4))}
    table |= {f"riesz {s}/2 in R{n}": (riesz(sp.Rational(s, 2), n), n) for s, n in product((1, 3, 5), (1, 2, 3))}
    table |= {f"screened {m} in R{n}": (screened(m, n, RATE), n) for m, n in product((1, 2, 3), (1, 2, 3, 4))}
    return table | {
        "gaussian": (gaussian(0.8), 3),
        "inverse multiquadric": (Radial(1 / sp.sqrt(1 + r**2)), 2),
        "multiquadric": (Radial(-sp.sqrt(1 + r**2), 1), 2),
        "exponential": (Radial(sp.exp(-r)), 2),
        "matern 3/2": (Radial((1 + r) * sp.exp(-r)), 1),
        "matern 5/2": (Radial((1 + r + r**2 / 3) * sp.exp(-r)), 3),
        "wendland": (Radial(sp.Max(0, 1 - r / 2) ** 4 * (2 * r + 1)), 3),
        "softened logarithm": (polyharmonic(1, 2).softened(0.3), 2),
    }


RATE = sp.Rational(3, 4)  # the screening rate of the cases
KERNELS = _kernels()
