"""The reference density of WGAN-GP is a convolution of the two laws, not their mixture."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from gantheory.claims import Agreement, Claim, Refutation, Step
from gantheory.claims.equality import Statistical
from gantheory.discriminators.sampled_objective import interpolates
from gantheory.measures import Empirical

e, x, z = sp.symbols("epsilon x z", real=True)
mu, eta = sp.symbols("mu eta", real=True)
a, b = sp.symbols("a b", positive=True)  # variances
k = sp.Symbol("k", positive=True)


def moments(mean: sp.Expr, variance: sp.Expr) -> list[sp.Expr]:
    """E X^j of a normal law, j = 0 … 4."""
    return [
        sp.S.One,
        mean,
        mean**2 + variance,
        mean**3 + 3 * mean * variance,
        mean**4 + 6 * mean**2 * variance + 3 * variance**2,
    ]


def by_binomial(order: int) -> sp.Expr:
    """E (εX + (1−ε)Y)^j by the binomial formula, ε uniform."""
    of_x, of_y = moments(mu, a), moments(eta, b)
    share = [sp.integrate(e**i * (1 - e) ** (order - i), (e, 0, 1)) for i in range(order + 1)]
    return sp.expand(sum(sp.binomial(order, i) * share[i] * of_x[i] * of_y[order - i] for i in range(order + 1)))


def by_conditioning(order: int) -> sp.Expr:
    """E of the j-th moment of N(εμ + (1−ε)η, ε²a + (1−ε)²b): for given ε the law is a convolution."""
    given = moments(e * mu + (1 - e) * eta, e**2 * a + (1 - e) ** 2 * b)[order]
    return sp.expand(sp.integrate(sp.expand(given), (e, 0, 1)))


def missing_variance() -> sp.Expr:
    """Second moment of the mixture at α = ½ minus that of the interpolates."""
    return sp.factor((moments(mu, a)[2] + moments(eta, b)[2]) / 2 - by_binomial(2))


def sixth() -> sp.Expr:
    """(E(X − Y)²)/6."""
    return (a + b + (mu - eta) ** 2) / 6


def two_points() -> tuple[Empirical, Empirical]:
    """δ_0 and δ_2."""
    return Empirical(torch.zeros(1, 1, dtype=torch.float64)), Empirical(torch.full((1, 1), 2.0, dtype=torch.float64))


def sampled_variance() -> float:
    """The variance of the package's interpolates of δ_0 and δ_2: 1/3, for they are uniform."""
    drawn = interpolates(*two_points(), 20000, torch.Generator().manual_seed(5)).points[:, 0]
    return float(drawn.var())


def sampled_fourth(order: int) -> tuple[float, float]:
    """(E Z^j, its standard error) over interpolates of two clouds."""
    real, fake = clouds()
    powers = interpolates(real, fake, 40000, torch.Generator().manual_seed(7)).points[:, 0].numpy() ** order
    return float(powers.mean()), float(powers.std() / np.sqrt(len(powers)))


def clouds() -> tuple[Empirical, Empirical]:
    """13 and 17 weighted points."""
    rng = np.random.default_rng(4)
    sides = [(rng.normal(m, s, (n, 1)), rng.random(n)) for m, s, n in ((0.7, 1.0, 13), (-0.4, 0.6, 17))]
    return Empirical(*map(torch.from_numpy, sides[0])), Empirical(*map(torch.from_numpy, sides[1]))


def counted(order: int) -> float:
    """Σ_ij w_i v_j ∫(εx_i + (1−ε)y_j)^j dε, the integral over ε by antiderivative."""
    real, fake = clouds()
    u, v = real.points.numpy(), fake.points.numpy().T
    means = (u ** (order + 1) - v ** (order + 1)) / ((order + 1) * (u - v))
    return float(real.weights.numpy() @ means @ fake.weights.numpy())


INTERPOLATES = Claim(
    name="interpolates-are-no-mixture",
    says="WGAN-GP's reference is the law of εX + (1−ε)Y, narrower than the printed mixture ½(p + q) by E(X − Y)²/6.",
    equation=r"\mathbb{E}|\varepsilon X + (1-\varepsilon)Y|^2 ="
    r" \tfrac12\mathbb{E}|X|^2 + \tfrac12\mathbb{E}|Y|^2 - \tfrac16\mathbb{E}|X-Y|^2",
    source="asokan2022lsgans, page 2, and asokan2023euler, table 1, where the density αp + (1−α)q is printed",
    proof=(
        *(
            Step(
                f"moment {j} of two normal laws: binomial against conditioning on ε",
                partial(by_binomial, j),
                partial(by_conditioning, j),
            )
            for j in (1, 2, 3, 4)
        ),
        Step("the second moment of the mixture is larger by E(X − Y)²/6", missing_variance, sixth),
    ),
    witness=(
        Agreement(
            tuple(
                Step(
                    f"moment {j} of the package's interpolates", partial(sampled_fourth, j), partial(counted, j), Statistical()
                )
                for j in (2, 3)
            )
        ),
        Refutation(
            example="δ_0 and δ_2: the variance of ½δ_0 + ½δ_2 is 1, that of the uniform law on [0, 2] is 1/3",
            printed=lambda: 1.0,
            found=sampled_variance,
            margin=0.5,
        ),
    ),
)
