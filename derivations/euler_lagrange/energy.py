"""For odd n and m = (n+1)/2, Poly-WGAN measures the energy distance."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.stats import energy_distance as scipy_energy_distance

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import GreensFunction, solve
from gantheory.measures import Empirical
from gantheory.metrics import energy_distance
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import flux, fundamental_solution, r, radial_laplacian

WEIGHT = 0.8


def profile(dim: int) -> sp.Expr:
    """The fundamental solution of (−Δ)^{(n+1)/2}."""
    return fundamental_solution((dim + 1) // 2, dim)


def from_flux(dim: int) -> sp.Expr:
    """−r over the flux that (−Δ)^{m−1}(−r) has: the multiple of −r whose source is a unit."""
    order = (dim + 1) // 2
    return -r / sp.simplify(flux((-1) ** (order - 1) * radial_laplacian(-r, dim, order - 1), dim))


def clouds(dim: int) -> tuple[Empirical, Empirical]:
    """19 and 31 weighted points in R^n."""
    rng = np.random.default_rng(dim)
    draw = [(rng.normal(m, s, (n, dim)), rng.random(n)) for m, s, n in ((0.0, 1.0, 19), (0.7, 1.4, 31))]
    return Empirical(*map(torch.from_numpy, draw[0])), Empirical(*map(torch.from_numpy, draw[1]))


def gap(dim: int) -> float:
    """2λ (E_p D − E_q D)/|c| with D by GreensFunction and G = −|c| r."""
    real, fake = clouds(dim)
    D = solve(Objective(WASSERSTEIN, WEIGHT * GradientPenalty((dim + 1) // 2)), real, fake, solver=GreensFunction())
    means = (float(s.weights @ D(s.points)) for s in (real, fake))
    return 2 * WEIGHT * (next(means) - next(means)) / float(-profile(dim) / r)


def by_metric(dim: int) -> float:
    """2E|X−Y| − E|X−X′| − E|Y−Y′| by the metric."""
    return energy_distance(*clouds(dim))


def by_scipy() -> float:
    """SciPy's energy distance, whose square it is."""
    real, fake = clouds(1)
    columns = [part.numpy() for s in (real, fake) for part in (s.points[:, 0], s.weights)]
    return scipy_energy_distance(columns[0], columns[2], columns[1], columns[3]) ** 2


ENERGY = Claim(
    name="energy-distance",
    says="For odd n and m = (n+1)/2 the kernel is −|c| r, so that E_p D − E_q D = |c|/2λ times the energy distance.",
    equation=r"\mathbb{E}_p D^* - \mathbb{E}_q D^* = \frac{|c|}{2\lambda}"
    r"\left(2\mathbb{E}|X-Y| - \mathbb{E}|X-X'| - \mathbb{E}|Y-Y'|\right)",
    source="szekely2013energy, section 2",
    proof=tuple(
        Step(f"n = {n}: the kernel is −|c| r with a unit flux", partial(profile, n), partial(from_flux, n))
        for n in (1, 3, 5, 7)
    ),
    witness=Agreement(
        (
            Step("n = 1: kernel sums against SciPy's energy distance", partial(gap, 1), by_scipy, Rivals(1e-11)),
            Step("n = 3: kernel sums against the energy distance", partial(gap, 3), partial(by_metric, 3), Rivals(1e-11)),
            Step("n = 5: kernel sums against the energy distance", partial(gap, 5), partial(by_metric, 5), Rivals(1e-11)),
        )
    ),
)
