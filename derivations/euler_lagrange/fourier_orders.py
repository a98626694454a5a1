"""The Fourier discriminator of any order on a torus, as the toolkit solves it, and what its penalty costs."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from gantheory import gradient
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import FourierSeries, GreensFunction, multiplier, solve
from gantheory.kernels import polyharmonic
from gantheory.measures import Empirical, Gaussian, Mixture
from gantheory.metrics import mmd
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective, Torus
from gantheory.symbolic import circle_solution, coordinates, first_variation, r, torus_coefficient

(x,) = coordinates(1)
lam = sp.Symbol("lambda", positive=True)
s = sp.Symbol("s", positive=True)
PERIOD, WEIGHT, BUDGET = 2.6, 0.35, 0.37
TORUS = Torus((PERIOD,))
OBJECTIVE = Objective(WASSERSTEIN, WEIGHT * GradientPenalty(1))


def laws() -> tuple[Gaussian, Mixture]:
    """A normal law and a mixture of two, wrapped around the circle; their parts stand in PARTS."""
    parts = [Gaussian(torch.tensor([m], dtype=torch.float64), torch.tensor([[d**2]], dtype=torch.float64)) for _, m, d in PARTS]
    return parts[0], Mixture(torch.tensor([w for w, *_ in PARTS[1:]], dtype=torch.float64), tuple(parts[1:]))


PARTS = ((1.0, 0.7, 0.31), (0.3, 1.9, 0.28), (0.7, 0.1, 0.42))  # weight, mean, deviation: real, then fake


def source(at: np.ndarray) -> np.ndarray:
    """p − q: normal densities summed over images."""
    away = at[:, None] + PERIOD * np.arange(-8, 9)
    bells = [w * (np.exp(-(((away - m) / d) ** 2) / 2) / (d * np.sqrt(2 * np.pi))).sum(1) for w, m, d in PARTS]
    return bells[0] - bells[1] - bells[2]


GRID = PERIOD * np.arange(128) / 128
OMEGA = 2 * np.pi * np.fft.fftfreq(128, 1 / 128) / PERIOD


def left_side() -> np.ndarray:
    """−2λD″ of the toolkit's D: its gradient in closed form, differentiated by NumPy's transform."""
    D = solve(OBJECTIVE, *laws(), solver=FourierSeries(TORUS, 32))
    slope = gradient(D, torch.from_numpy(GRID)[:, None])[:, 0].numpy()
    return -2 * WEIGHT * np.fft.ifft(1j * OMEGA * np.fft.fft(slope)).real


def clouds() -> tuple[Empirical, Empirical]:
    """5 and 8 weighted points."""
    rng = np.random.default_rng(5)
    real, fake = (
        Empirical(torch.from_numpy(rng.normal(m, 1, (n, 1))), torch.from_numpy(rng.random(n))) for m, n in ((0, 5), (1, 8))
    )
    return real, fake


WHERE = np.linspace(-1, 4, 41)


def series_of_clouds(order: int) -> np.ndarray:
    """D of samples by 4000 waves: what is left out is below M^{1−2m}."""
    D = solve(OBJECTIVE, *clouds(), solver=FourierSeries(TORUS, 4000, order=float(order)))
    return D(torch.from_numpy(WHERE)[:, None]).numpy()


def bernoulli_of_clouds(order: int) -> np.ndarray:
    """D as a sum of the circle's Green's functions, Bernoulli polynomials."""
    G = sp.lambdify(r, circle_solution(order, sp.Rational(13, 5)))
    real, fake = clouds()
    sums = [
        (side.weights.numpy() * G(np.mod(WHERE[:, None] - side.points.numpy()[:, 0], PERIOD))).sum(1) for side in (real, fake)
    ]
    return (sums[0] - sums[1]) / (2 * WEIGHT)


def composed(order: sp.Expr) -> sp.Expr:
    """ω² ĝ of order s + 1: one more −d²/dx² takes it back to order s."""
    omega = 2 * sp.pi * 3 / sp.Integer(2)
    return sp.simplify(omega**2 * torus_coefficient(order + 1, (3,), (2,)))


ANY_ORDER = Claim(
    name="fourier-any-order",
    says="On a torus 2λ(−Δ)^s D = p − q has the solution D = Σ ρ_k e^{iωx}/(2λ|ω_k|^{2s}), k ≠ 0, for every real order s > 0.",
    equation=r"D = \sum_{k\ne0} \frac{\hat\rho_k}{2\lambda|\omega_k|^{2s}}\,e^{i\langle\omega_k,x\rangle}",
    source="asokan2023euler, section 3, for s = 1; derived for real s",
    proof=(
        Step("−d²/dx² lowers the order by 1, s a symbol", partial(composed, s), lambda: torus_coefficient(s, (3,), (2,))),
        *(
            Step(
                f"s = {m}: the closed Green's function has these coefficients",
                partial(lambda m: sp.integrate(circle_solution(m, 2) * sp.cos(3 * sp.pi * r), (r, 0, 2)) / 2, m),
                partial(lambda m: torus_coefficient(m, (3,), (2,)), m),
            )
            for m in (1, 2, 3)
        ),
    ),
    witness=Agreement(
        (
            Step("−2λD″ = p − q, by a spectral derivative", left_side, partial(source, GRID), Rivals(1e-12)),
            Step(
                "samples, s = 2: against Bernoulli polynomials",
                partial(series_of_clouds, 2),
                partial(bernoulli_of_clouds, 2),
                Rivals(1e-9),
            ),
        )
    ),
)

D = sp.Function("D", real=True)(x)
w = sp.Function("w", positive=True)(x)


def tested_equation(order: int) -> sp.Expr:
    """The variation of ∫ D · δ/δD λ∫w|D^{(m)}|² dx: the equation's left side, tested with D, as a functional."""
    left = lam * GradientPenalty(order).variation(D, (x,), w)
    return sp.expand(first_variation((D * left).doit(), D, (x,)))


def doubled_penalty(order: int) -> sp.Expr:
    """The variation of 2λ ∫ w|D^{(m)}|² dx."""
    return sp.expand(first_variation(2 * lam * GradientPenalty(order).integrand(D, (x,), w), D, (x,)))


def parseval() -> float:
    """λ* = √(Σ ω²|γ|² T/c), γ = ρ_k/2ω², ρ_k from the characteristic functions."""
    k = np.arange(1, 61)
    omega = 2 * np.pi * k / PERIOD
    phi = [w * np.exp(-1j * omega * m - (omega * d) ** 2 / 2) for w, m, d in PARTS]
    gamma = (phi[0] - phi[1] - phi[2]) / PERIOD / (2 * omega**2)
    return float(np.sqrt(2 * (omega**2 * np.abs(gamma) ** 2).sum() * PERIOD / BUDGET))


BY_MEANS = Claim(
    name="multiplier-by-means",
    says="Tested with D the equation reads 2λQ(D) = −E_p[ℓ_real′(D)D] − E_q[ℓ_fake′(D)D]: means alone tell the penalty Q; "
    "for the Wasserstein loss λ* = λ√(Q/c).",
    equation=r"2\lambda \int w|\nabla^m D|^2 = -E_p[\ell_p'(D)\,D] - E_q[\ell_q'(D)\,D], \qquad \lambda^* = \lambda\sqrt{Q/c}",
    source="asokan2023data, section 3, for the multiplier; the identity is derived",
    proof=tuple(
        Step(
            f"m = {m}: ∫ D · 2λ(−1)^m (w D^(m))^(m) and 2λ∫ w|D^(m)|² have one variation",
            partial(tested_equation, m),
            partial(doubled_penalty, m),
        )
        for m in (1, 2, 3)
    ),
    witness=Agreement(
        (
            Step(
                "on the circle: the toolkit against Parseval's sum",
                lambda: multiplier(OBJECTIVE, *laws(), solver=FourierSeries(TORUS, 60), budget=BUDGET),
                parseval,
                Rivals(1e-12),
            ),
            Step(
                "on the line, from samples: by means against MMD/(2√c)",
                lambda: multiplier(OBJECTIVE, *clouds(), solver=GreensFunction(), budget=BUDGET),
                lambda: mmd(*clouds(), polyharmonic(1, 1)) / (2 * np.sqrt(BUDGET)),
                Rivals(1e-12),
            ),
        )
    ),
)
