"""The Poly-WGAN discriminator in closed form solves its Euler–Lagrange equation."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from gantheory.claims import Claim, Convergence, Step
from gantheory.discriminators import FiniteDifferences, GaussianOracle, solve
from gantheory.grids import BoxGrid
from gantheory.measures import Gaussian
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import r, radial_laplacian

s = sp.Symbol("s", positive=True)
OBJECTIVE = Objective(WASSERSTEIN, 0.7 * GradientPenalty(order=1))
LOWER, UPPER = (-2.0, -1.7), (2.1, 2.0)


def potential(dim: int) -> sp.Expr:
    """E G(|x − Y|) for Y ~ N(0, s² I) and G the fundamental solution of −Δ, as a function of r = |x|."""
    if dim == 1:
        density = sp.exp(-(r**2) / (2 * s**2))
        return -(s * sp.sqrt(2 / sp.pi) * density + r * sp.erf(r / (s * sp.sqrt(2)))) / 2
    if dim == 2:
        return -(sp.log(r) + sp.expint(1, r**2 / (2 * s**2)) / 2) / (2 * sp.pi)
    return sp.erf(r / (s * sp.sqrt(2))) / (4 * sp.pi * r)


def source(dim: int) -> sp.Expr:
    """−Δ of the potential."""
    return sp.expand_func(-radial_laplacian(potential(dim), dim))


def density(dim: int) -> sp.Expr:
    """The density of N(0, s² I)."""
    return sp.exp(-(r**2) / (2 * s**2)) / (2 * sp.pi * s**2) ** sp.Rational(dim, 2)


def isotropic(mean: tuple[float, ...], deviation: float) -> Gaussian:
    """N(mean, deviation² I)."""
    centre = torch.tensor(mean, dtype=torch.float64)
    return Gaussian(centre, deviation**2 * torch.eye(len(mean), dtype=torch.float64))


REAL, FAKE = isotropic((0.3, -0.2), 0.8), isotropic((-0.4, 0.5), 0.6)


def relative_error(accuracy: int, spacing: float) -> float:
    """‖D_h − D‖/‖D‖ on a grid of the box, D_h by findiff's stencils, D the closed form."""
    exact = solve(OBJECTIVE, REAL, FAKE, solver=GaussianOracle())
    points = tuple(round((b - a) / spacing) + 1 for a, b in zip(LOWER, UPPER, strict=True))
    grid = BoxGrid(LOWER, UPPER, points)
    found = FiniteDifferences(grid, exact, accuracy).solve(OBJECTIVE, REAL, FAKE)
    D = exact(grid.nodes).numpy().reshape(points)
    return float(np.linalg.norm(found.values - D) / np.linalg.norm(D))


LEVELS = (0.1, 0.05, 0.025)

CLOSED_FORM = Claim(
    name="closed-form-discriminator",
    says="D = (1/2λ)(E_p G − E_q G) solves 2λ(−Δ)D = p − q: finite differences converge to it at orders 2 and 4.",
    equation=r"D^*(x) = \frac{1}{2\lambda}\left(\mathbb{E}_{y\sim p}\,G(|x-y|) - \mathbb{E}_{y\sim q}\,G(|x-y|)\right)",
    source="asokan2023data, section 3",
    proof=tuple(
        Step(f"n = {n}: −Δ E G(|x − Y|) is the density of Y, a Gaussian", partial(source, n), partial(density, n))
        for n in (1, 2, 3)
    ),
    witness=(
        Convergence(partial(relative_error, 2), LEVELS, 2, 1e-3, (0.0125, 0.00625), quantity="relative $L^2$ error of $D$"),
        Convergence(partial(relative_error, 4), LEVELS, 4, 1e-5, (0.0125, 0.00625), quantity="relative $L^2$ error of $D$"),
    ),
)
