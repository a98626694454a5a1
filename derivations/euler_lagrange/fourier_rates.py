"""How fast the Fourier discriminator converges: spectrally for analytic laws, at a known order for samples."""

from dataclasses import dataclass
from functools import cache, partial
from math import inf

import numpy as np
import sympy as sp
import torch
from torch import Tensor

from derivations.euler_lagrange.fourier_orders import PERIOD, TORUS, WEIGHT
from gantheory.claims import Claim, Convergence, Step
from gantheory.discriminators import FourierSeries, solve
from gantheory.measures import Empirical, Gaussian
from gantheory.objectives import LOGISTIC, WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import circle_solution, p, r

M, m = sp.symbols("M m", positive=True, integer=True)
k = sp.Symbol("k", positive=True)
POINTS = PERIOD * np.arange(20011) / 20011
ATOMS = Empirical(torch.tensor([[0.3], [1.9]], dtype=torch.float64), torch.tensor([0.9, 0.1], dtype=torch.float64))
UNIFORM = Gaussian(torch.zeros(1, dtype=torch.float64), torch.tensor([[40.0]], dtype=torch.float64))  # once wrapped


@cache
def closed_form(order: int) -> np.ndarray:
    """D of two atoms against the uniform law, by the circle's Green's functions."""
    G = sp.lambdify(r, circle_solution(order, sp.Rational(13, 5)))
    return G(np.mod(POINTS[:, None] - ATOMS.points.numpy()[:, 0], PERIOD)) @ ATOMS.weights.numpy() / (2 * WEIGHT)


def error_of_samples(order: int, spacing: float) -> float:
    """The root mean square of D_M − D, relative to that of D, for spacing = 1/(M + ½)."""
    objective = Objective(WASSERSTEIN, WEIGHT * GradientPenalty(order))
    D = solve(objective, ATOMS, UNIFORM, solver=FourierSeries(TORUS, round(1 / spacing - 0.5)))
    gap = D(torch.from_numpy(POINTS)[:, None]).numpy() - closed_form(order)
    return float(np.sqrt((gap**2).mean() / (closed_form(order) ** 2).mean()))


@dataclass(frozen=True)
class Poisson:
    """(1 − a²)/(T (1 − 2a cos(2πx/T − θ) + a²)): coefficients a^{|k|} e^{−ikθ}/T, analytic in a strip and no further."""

    ratio: float
    angle: float
    dim: int = 1

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """The angle is θ + 2 arctan((1 − a)/(1 + a) tan(U/2)), U uniform."""
        u = 2 * torch.pi * (torch.rand(n, 1, generator=generator, dtype=torch.float64) - 0.5)
        return PERIOD / (2 * torch.pi) * (self.angle + 2 * torch.atan((1 - self.ratio) / (1 + self.ratio) * torch.tan(u / 2)))

    def density(self, x: Tensor) -> Tensor:
        """p(x)."""
        return (1 - self.ratio**2) / (PERIOD * self._below(x))

    def score(self, x: Tensor) -> Tensor:
        """p′/p."""
        turn = 2 * torch.pi / PERIOD
        return -turn * 2 * self.ratio * torch.sin(turn * x - self.angle) / self._below(x)[:, None]

    def _below(self, x: Tensor) -> Tensor:
        return 1 - 2 * self.ratio * torch.cos(2 * torch.pi * x[:, 0] / PERIOD - self.angle) + self.ratio**2


LAWS = Poisson(0.5, 0.7), Poisson(0.4, 2.1)
SMOOTH = {
    "Wasserstein, |D′|²": Objective(WASSERSTEIN, WEIGHT * GradientPenalty(1)),
    "logistic, (1 + p)|D′|²": Objective(LOGISTIC, 0.1 * GradientPenalty(1, over=1 + p)),
}


def values(name: str, modes: int) -> np.ndarray:
    """D on a grid."""
    D = solve(SMOOTH[name], *LAWS, solver=FourierSeries(TORUS, modes))
    return D(torch.from_numpy(POINTS[::41])[:, None]).numpy()


@cache
def resolved(name: str) -> np.ndarray:
    """D with more waves than double precision sees."""
    return values(name, 60)


def error_of_laws(name: str, spacing: float) -> float:
    """The greatest |D_M − D|, relative to the greatest |D|, for spacing = 1/M."""
    return float(np.abs(values(name, round(1 / spacing)) - resolved(name)).max() / np.abs(resolved(name)).max())


SAMPLES, LEVELS = tuple(1 / (2.0**j + 0.5) for j in range(5, 10)), tuple(1 / j for j in (8, 12, 16, 20, 24, 28))

RATES = Claim(
    name="fourier-rates",
    says="M waves leave an error of M^{1/2−2m} in the mean square for samples, and e^{−cM} for analytic laws.",
    equation=r"\|D_M - D\| = O(M^{1/2-2m}) \text{ for samples}, \qquad O(e^{-cM}) \text{ for analytic laws}",
    source="asokan2023euler, section 3, for the series; the rates are derived",
    proof=(
        Step(
            "Σ_{k>M} k^{−4m} is of the size of its integral, M^{1−4m}/(4m−1)",
            lambda: sp.integrate(k ** (-4 * m), (k, M, sp.oo), conds="none"),
            lambda: M ** (1 - 4 * m) / (4 * m - 1),
        ),
    ),
    witness=(
        Convergence(partial(error_of_samples, 1), SAMPLES, 1.5, 1e-2, size="1/(M + ½)", quantity="m = 1, samples"),
        Convergence(partial(error_of_samples, 2), SAMPLES, 3.5, 1e-6, size="1/(M + ½)", quantity="m = 2, samples"),
        *(Convergence(partial(error_of_laws, name), LEVELS, inf, 1e-6, size="1/M", quantity=name) for name in SMOOTH),
    ),
)
