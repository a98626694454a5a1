"""In one dimension the Wasserstein critic under λ∫|D′|² is the difference of distribution functions."""

import numpy as np
import sympy as sp
import torch
from scipy.stats import norm

from gantheory import gradient
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import GaussianOracle, GreensFunction, solve
from gantheory.measures import Empirical, Gaussian
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import fundamental_solution, r

x = sp.Symbol("x", real=True)
a, b = sp.symbols("a b", real=True)
lam = sp.Symbol("lambda", positive=True)
WEIGHT = 0.6
OBJECTIVE = Objective(WASSERSTEIN, WEIGHT * GradientPenalty(order=1))
Fp, Fq = (sp.Function(name, real=True)(x) for name in ("F_p", "F_q"))


def equation_at_the_claim() -> sp.Expr:
    """2λ(−D″) with D′ = (F_q − F_p)/2λ put in."""
    D = sp.Function("D", real=True)(x)
    equation = Objective(WASSERSTEIN, lam * GradientPenalty(order=1)).euler_lagrange()
    left, _ = equation.at(D, Fp.diff(x), Fq.diff(x), (x,))
    return left.subs(D.diff(x, 2), sp.diff((Fq - Fp) / (2 * lam), x))


def densities() -> sp.Expr:
    """p − q."""
    return Fp.diff(x) - Fq.diff(x)


def slope_of_two_points() -> sp.Expr:
    """D′ for p = δ_a, q = δ_b, from the fundamental solution."""
    G = fundamental_solution(1, 1)
    return sum(sign * sp.diff(G, r) * sp.sign(x - c) for sign, c in ((1, a), (-1, b))) / (2 * lam)


def step_functions() -> sp.Expr:
    """(F_q − F_p)/2λ for two unit steps, written with signs."""
    return ((sp.Heaviside(x - b) - sp.Heaviside(x - a)) / (2 * lam)).rewrite(sp.sign)


def clouds() -> tuple[Empirical, Empirical, np.ndarray]:
    """17 and 29 weighted points, and where to look."""
    rng = np.random.default_rng(3)
    real, fake = (
        Empirical(torch.from_numpy(rng.normal(m, 1.3, (n, 1))), torch.from_numpy(rng.random(n))) for m, n in ((0, 17), (1, 29))
    )
    return real, fake, np.linspace(-4, 5, 83)


def slope_of_clouds() -> np.ndarray:
    """D′ of the closed form."""
    real, fake, where = clouds()
    D = solve(OBJECTIVE, real, fake, solver=GreensFunction())
    return gradient(D, torch.from_numpy(where[:, None])).numpy()[:, 0]


def counted() -> np.ndarray:
    """(F_q − F_p)/2λ by counting."""
    real, fake, where = clouds()
    shares = [(s.weights.numpy() * (s.points.numpy()[:, 0] <= where[:, None])).sum(1) for s in (fake, real)]
    return (shares[0] - shares[1]) / (2 * WEIGHT)


GAUSSIANS = ((0.2, 0.7), (-0.5, 1.1))


def slope_of_gaussians() -> np.ndarray:
    """D′ of the exact potential of two Gaussians."""
    sides = (
        Gaussian(torch.tensor([m], dtype=torch.float64), torch.tensor([[s**2]], dtype=torch.float64)) for m, s in GAUSSIANS
    )
    D = solve(OBJECTIVE, *sides, solver=GaussianOracle())
    return gradient(D, torch.linspace(-4, 4, 81, dtype=torch.float64)[:, None]).numpy()[:, 0]


def normal_distribution_functions() -> np.ndarray:
    """(F_q − F_p)/2λ by SciPy."""
    where = np.linspace(-4, 4, 81)
    (m, s), (k, t) = GAUSSIANS
    return (norm.cdf(where, k, t) - norm.cdf(where, m, s)) / (2 * WEIGHT)


ONE_DIMENSION = Claim(
    name="one-dimensional-slope",
    says="For n = m = 1 the discriminator has the slope D′ = (F_q − F_p)/2λ.",
    equation=r"D'(x) = \frac{F_q(x) - F_p(x)}{2\lambda}",
    source="asokan2023euler, section 3",
    proof=(
        Step("the Euler–Lagrange equation holds", equation_at_the_claim, densities),
        Step("the fundamental solution gives the same for two points", slope_of_two_points, step_functions),
    ),
    witness=Agreement(
        (
            Step("weighted samples: kernel sum against counting", slope_of_clouds, counted, Rivals(1e-12)),
            Step(
                "Gaussians: hypergeometric potential against erf",
                slope_of_gaussians,
                normal_distribution_functions,
                Rivals(1e-11),
            ),
        )
    ),
)
