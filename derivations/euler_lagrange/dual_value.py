"""The penalty of the optimal discriminator is MMD²/4λ², and its gap is MMD²/2λ."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad

from gantheory import gradient
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import GaussianOracle, solve
from gantheory.measures import Gaussian
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import fundamental_solution, r

x, z = sp.symbols("x z", real=True)
lam = sp.Symbol("lambda", positive=True)
WEIGHT, RATIO = 0.8, 0.5

# p − q on [0, 1] with as many vanishing moments as the order asks for
SOURCES = {1: 1 - 2 * x, 2: (1 - 6 * x + 6 * x**2) * (1 + 0 * x), 3: 1 - 12 * x + 30 * x**2 - 20 * x**3}


def penalty(order: int) -> sp.Expr:
    """∫|D^{(m)}|² with 2λ(−1)^m D^{(2m)} = p − q integrated m times from 0."""
    derivative = (-1) ** order * SOURCES[order] / (2 * lam)
    for _ in range(order):
        derivative = sp.integrate(derivative.subs(x, z), (z, 0, x))
    return sp.integrate(sp.expand(derivative**2), (x, 0, 1))


def discrepancy(order: int) -> sp.Expr:
    """(1/4λ²) ∫∫ G(|x−z|) (p−q)(x) (p−q)(z) dx dz, twice the part with z < x."""
    source = SOURCES[order]
    G = fundamental_solution(order, 1).subs(r, x - z)
    inner = sp.integrate(sp.expand(G * source.subs(x, z)), (z, 0, x))
    return 2 * sp.integrate(sp.expand(inner * source), (x, 0, 1)) / (4 * lam**2)


def gaussians() -> tuple[Gaussian, Gaussian]:
    """N(0, I) and N(0, t² I) in the plane."""
    eye, zero = torch.eye(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    return Gaussian(zero, eye), Gaussian(zero, RATIO**2 * eye)


def mmd_squared() -> float:
    """(1/2π) log((1+t²)/2t) for the logarithmic kernel."""
    return float(np.log((1 + RATIO**2) / (2 * RATIO)) / (2 * np.pi))


def by_fourier() -> float:
    """(2π)^{−2} ∫ |φ_p − φ_q|² |ω|^{−2} dω = (1/2π) ∫ (e^{−w²/2} − e^{−t²w²/2})² dw/w."""
    return quad(lambda w: (np.exp(-(w**2) / 2) - np.exp(-(RATIO**2) * w**2 / 2)) ** 2 / w, 0, 40, epsabs=1e-13)[0] / (2 * np.pi)


def radial(of: str) -> float:
    """∫|∇D|² dx, or E_p D − E_q D, by quadrature along a ray."""
    real, fake = gaussians()
    D = solve(Objective(WASSERSTEIN, WEIGHT * GradientPenalty(1)), real, fake, solver=GaussianOracle())

    def integrand(radius: float) -> float:
        point = torch.tensor([[radius, 0.0]], dtype=torch.float64)
        if of == "penalty":
            return 2 * np.pi * radius * float(gradient(D, point).square().sum())
        return 2 * np.pi * radius * float(D(point) * (real.density(point) - fake.density(point)))

    return quad(integrand, 0, 2, epsabs=1e-12)[0] + quad(integrand, 2, 40, epsabs=1e-12)[0]


def expected(power: int) -> float:
    """MMD²/2λ, or MMD²/4λ²."""
    return mmd_squared() / (2 * WEIGHT) ** power


DUAL_VALUE = Claim(
    name="penalty-is-mmd",
    says="At the optimum ∫|∇^m D|² = MMD²/4λ² and E_p D − E_q D = MMD²/2λ, with the kernel G of (−Δ)^m.",
    equation=r"\int |\nabla^m D^*|^2\,dx = \frac{1}{4\lambda^2}\iint G(|x-y|)\,(p-q)(x)\,(p-q)(y)\,dx\,dy",
    source="gretton2012kernel, section 2",
    proof=tuple(
        Step(f"n = 1, m = {m}: a polynomial source with {m} vanishing moments", partial(penalty, m), partial(discrepancy, m))
        for m in (1, 2, 3)
    ),
    witness=Agreement(
        (
            Step(
                "MMD² of two Gaussians in the plane: Fourier integral against the logarithm",
                by_fourier,
                mmd_squared,
                Rivals(1e-10),
            ),
            Step("∫|∇D|² by quadrature against MMD²/4λ²", partial(radial, "penalty"), partial(expected, 2), Rivals(1e-9)),
            Step("E_p D − E_q D by quadrature against MMD²/2λ", partial(radial, "gap"), partial(expected, 1), Rivals(1e-9)),
        )
    ),
)
