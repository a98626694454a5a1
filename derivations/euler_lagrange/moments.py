"""Orders ≥ 2 leave polynomials unpenalised: Poly-WGAN is unbounded below unless moments agree."""

from functools import partial

import numpy as np
import sympy as sp
from scipy.special import gamma, hyp1f1

from gantheory.claims import Claim, Refutation, Step
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import coordinates, polynomials
from gantheory.symbolic import p as density_real
from gantheory.symbolic import q as density_fake

lam, t = sp.symbols("lambda t", positive=True)
MEAN = np.array([0.5, -0.3, 0.2])  # of the fakes N(MEAN, I); the data are N(0, I) in R³
WEIGHT = 0.7


def on_polynomials(dim: int, order: int) -> list[sp.Expr]:
    """The integrand of J at D = t x^α for every |α| < m."""
    x = coordinates(dim)
    objective = Objective(WASSERSTEIN, lam * GradientPenalty(order))
    return [objective.lagrangian(t * f, density_real, density_fake, x) for f in polynomials(order, x)]


def linear_in_t(dim: int, order: int) -> list[sp.Expr]:
    """t (q − p) x^α: falls without bound in t or −t unless that moment of p − q vanishes."""
    return [t * (density_fake - density_real) * f for f in polynomials(order, coordinates(dim))]


def mean_distance(shift: float, dim: int = 3) -> float:
    """E|X − Y| for independent X ~ N(a, I), Y ~ N(b, I), |a − b| = shift."""
    return float(2 * gamma((dim + 1) / 2) / gamma(dim / 2) * hyp1f1(-0.5, dim / 2, -(shift**2) / 4))


def as_printed() -> float:
    """−MMD²/4λ with the kernel −r/8π of n = 3, m = 2: the least value of J if there were one."""
    mmd_squared = (2 * mean_distance(float(np.linalg.norm(MEAN))) - 2 * mean_distance(0.0)) / (8 * np.pi)
    return -mmd_squared / (4 * WEIGHT)


def at_a_linear_critic(steepness: float = 10.0) -> float:
    """J[D] at D = −s⟨MEAN, x⟩ by Gauss–Hermite quadrature; its penalty is 0."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(6)
    grid = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), -1).reshape(-1, 3)
    mass = np.stack(np.meshgrid(weights, weights, weights, indexing="ij"), -1).prod(-1).ravel() / np.sqrt(2 * np.pi) ** 3
    critic = -steepness * grid @ MEAN
    shifted = -steepness * (grid + MEAN) @ MEAN
    return float(mass @ shifted - mass @ critic)


CASES = [(1, 2), (2, 2), (3, 2), (2, 3), (3, 3)]

UNBOUNDED = Claim(
    name="unbounded-below",
    says="For m ≥ 2 the Poly-WGAN objective is unbounded below unless p − q annihilates all polynomials of degree < m.",
    equation=r"J[t\,x^\alpha] = t\int x^\alpha\,(q-p)\,dx,\qquad |\alpha| < m",
    source="asokan2023data, theorem on the optimal discriminator, which names no such condition",
    proof=tuple(
        Step(
            f"n = {n}, m = {m}: J is linear along t x^α",
            partial(on_polynomials, n, m),
            partial(linear_in_t, n, m),
        )
        for n, m in CASES
    ),
    witness=Refutation(
        example="N(0, I) and N((0.5, −0.3, 0.2), I) in R³, m = 2, D = −10⟨mean, x⟩ lies below the printed minimum −MMD²/4λ",
        printed=as_printed,
        found=at_a_linear_critic,
        margin=0.5,
    ),
)
