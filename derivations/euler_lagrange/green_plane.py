"""MMD² of two Gaussians in the plane under the logarithmic kernel of −Δ."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import GaussianOracle, solve
from gantheory.measures import Gaussian
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import fundamental_solution, r

t = sp.Symbol("t", positive=True)
e = sp.Symbol("epsilon", positive=True)
RATIOS = (0.5, 1.7)


def mean_kernel(variance: sp.Expr) -> sp.Expr:
    """E G(|Z|) for Z ~ N(0, v I): log|Z| is the derivative of |Z|^ε, whose mean is (2v)^{ε/2} Γ(1 + ε/2), at ε = 0."""
    coefficient = fundamental_solution(1, 2) / sp.log(r)
    moment = (2 * variance) ** (e / 2) * sp.gamma(1 + e / 2)
    return coefficient * sp.diff(moment, e).subs(e, 0)


def by_moments() -> sp.Expr:
    """E G(|X−X′|) − 2 E G(|X−Y|) + E G(|Y−Y′|)."""
    return mean_kernel(sp.Integer(2)) - 2 * mean_kernel(1 + t**2) + mean_kernel(2 * t**2)


def formula() -> sp.Expr:
    """(1/2π) log((1+t²)/2t)."""
    return sp.log((1 + t**2) / (2 * t)) / (2 * sp.pi)


def slope_of_fourier() -> sp.Expr:
    """d/dt of (1/2π) ∫ (e^{−w²/2} − e^{−t²w²/2})² dw/w; both sides vanish at t = 1."""
    w = sp.Symbol("w", positive=True)
    integrand = sp.diff((sp.exp(-(w**2) / 2) - sp.exp(-(t**2) * w**2 / 2)) ** 2 / w, t)
    terms = sp.Add.make_args(sp.powsimp(sp.expand(integrand)))
    return sp.Add(*(sp.integrate(term, (w, 0, sp.oo)) for term in terms)) / (2 * sp.pi)


def by_fourier(ratio: float) -> float:
    """The same integral by quadrature."""

    def integrand(w: float) -> float:
        return (np.exp(-(w**2) / 2) - np.exp(-(ratio**2) * w**2 / 2)) ** 2 / w

    return sum(quad(integrand, a, b, epsabs=1e-14, epsrel=1e-12)[0] for a, b in ((0, 2), (2, 10), (10, 40))) / (2 * np.pi)


def by_critic(ratio: float) -> float:
    """2λ (E_p D − E_q D) with the toolkit's discriminator, by quadrature along a ray."""
    eye, zero = torch.eye(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    real, fake = Gaussian(zero, eye), Gaussian(zero, ratio**2 * eye)
    D = solve(Objective(WASSERSTEIN, 0.5 * GradientPenalty(1)), real, fake, solver=GaussianOracle())
    nodes, weights = np.polynomial.legendre.leggauss(120)
    radius = torch.from_numpy(8 * ratio**0.5 * (nodes + 1))
    points = torch.stack([radius, torch.zeros_like(radius)], 1)
    gap = D(points) * (real.density(points) - fake.density(points)) * 2 * np.pi * radius
    return float(torch.from_numpy(weights) @ gap) * 8 * ratio**0.5


MMD_IN_THE_PLANE = Claim(
    name="mmd-gaussians-in-the-plane",
    says="For n = 2, m = 1 the MMD² of N(0, I) and N(0, t²I) is log((1+t²)/2t)/2π: a logarithmic energy, finite and ≥ 0.",
    equation=r"\mathrm{MMD}^2 = \frac{1}{2\pi}\log\frac{1+t^2}{2t} = "
    r"\frac{1}{2\pi}\int_0^\infty \left(e^{-w^2/2} - e^{-t^2w^2/2}\right)^2\frac{dw}{w}",
    source="gretton2012kernel, section 2",
    proof=(
        Step("by the moments E|Z|^ε", by_moments, formula),
        Step("the Fourier integral has the same slope in t", slope_of_fourier, lambda: sp.diff(formula(), t)),
    ),
    witness=Agreement(
        tuple(
            Step(f"t = {k}: {name}", partial(route, k), partial(lambda k: float(formula().subs(t, k)), k), Rivals(tolerance))
            for k in RATIOS
            for name, route, tolerance in (
                ("the Fourier integral by quadrature", by_fourier, 1e-10),
                ("2λ times the gap of the toolkit's discriminator", by_critic, 1e-9),
            )
        )
    ),
)
