"""μ ↦ W1(μ, ν) is convex, and not strictly."""

import numpy as np
import sympy as sp
import torch
from scipy.stats import wasserstein_distance

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.measures import Empirical
from gantheory.metrics import wasserstein

a, gap, share, x = sp.symbols("a h lambda x", positive=True)


def by_area() -> sp.Expr:
    """∫₀^∞ (1 − F) dx for F of λδ_a + (1 − λ)δ_{a+h}."""
    return sp.integrate(sp.S.One, (x, 0, a)) + sp.integrate(1 - share, (x, a, a + gap))


def pair(seed: int, dim: int) -> tuple[Empirical, Empirical]:
    """Five and seven weighted points, on the half-line where dim = 1."""
    rng = np.random.default_rng(seed)
    draw = (rng.gamma(2.0, 1.0, (n, 1)) if dim == 1 else rng.normal(size=(n, dim)) for n in (5, 7))
    first, second = (Empirical(torch.from_numpy(z), torch.from_numpy(rng.uniform(0.2, 1, len(z)))) for z in draw)
    return first, second


def mixed(first: Empirical, second: Empirical, weight: float = 0.3) -> Empirical:
    """λ first + (1 − λ) second."""
    weights = torch.cat([weight * first.weights, (1 - weight) * second.weights])
    return Empirical(torch.cat([first.points, second.points]), weights)


def below_chord(seed: int, data: Empirical, weight: float = 0.3) -> float:
    """λW1(μ, ν) + (1 − λ)W1(μ', ν) − W1(λμ + (1 − λ)μ', ν): how far the mixture is below the chord."""
    first, second = pair(seed, data.dim)
    chord = weight * wasserstein(first, data, 1) + (1 - weight) * wasserstein(second, data, 1)
    return chord - wasserstein(mixed(first, second), data, 1)


ORIGIN = Empirical(torch.zeros(1, 1).double())
PLANE = Empirical(torch.tensor([[0.3, -0.2], [1.0, 0.4], [-0.6, 0.8]]).double())
ROUNDOFF = 1e-12


def strictly_below() -> int:
    """How many of 40 mixtures of laws on the half-line lie below the chord of W1(·, δ_0)."""
    return sum(below_chord(seed, ORIGIN) > ROUNDOFF for seed in range(40))


def not_above() -> int:
    """How many of 40 mixtures in the plane lie not above the chord of W1(·, ν)."""
    return sum(below_chord(seed, PLANE) >= -ROUNDOFF for seed in range(40))


def mixtures() -> list[float]:
    """W1 to δ_0 of four mixtures, by the metric."""
    return [wasserstein(mixed(*pair(seed, 1)), ORIGIN, 1) for seed in range(4)]


def chords() -> list[float]:
    """λW1(μ, δ_0) + (1 − λ)W1(μ', δ_0), by SciPy."""
    found = []
    for seed in range(4):
        parts = [(z.points[:, 0].numpy(), z.weights.numpy()) for z in pair(seed, 1)]
        each = [wasserstein_distance(points, [0.0], weights) for points, weights in parts]
        found.append(0.3 * each[0] + 0.7 * each[1])
    return found


NOT_STRICT = Claim(
    name="w1-convex-not-strictly",
    says="μ ↦ W1(μ, μ_d) is convex, not strictly: for μ_d = δ_0 it is E|x|, linear; ½δ_1 + ½δ_3 has 2, the mean of 1 and 3.",
    equation=r"W_1(\lambda\delta_a + (1-\lambda)\delta_b, \delta_0) = \lambda W_1(\delta_a, \delta_0) "
    r"+ (1-\lambda) W_1(\delta_b, \delta_0)",
    source="malik2024differential, strict convexity as stated in the version under review at ICLR 2025",
    proof=(
        Step("∫(1 − F) of a mixture of two points is linear in λ", by_area, lambda: share * a + (1 - share) * (a + gap)),
        Step(
            "½δ_1 + ½δ_3: 2 = ½(1 + 3)",
            lambda: by_area().subs({a: 1, gap: 2, share: sp.Rational(1, 2)}),
            lambda: sp.Rational(1, 2) * (1 + 3),
        ),
    ),
    witness=(
        Agreement(
            (
                Step("mixtures on the half-line lie on the chord", mixtures, chords, Rivals(1e-12)),
                Step("so many of 40 mixtures in the plane are not above it", not_above, lambda: 40, Rivals(1e-9)),
            )
        ),
        Refutation("of 40 mixtures on the half-line, how many lie strictly below the chord", lambda: 40, strictly_below),
    ),
)
