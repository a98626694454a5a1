"""GaussianOracle: the exact discriminator of Poly-WGAN between two isotropic Gaussians."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import exp1, gamma, hyp1f1
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.discriminators.greens_function import linear_pull
from gantheory.discriminators.once import Slope, Value
from gantheory.discriminators.reading import elliptic_order
from gantheory.measures import Gaussian, Measure
from gantheory.objectives import Objective
from gantheory.symbolic import fundamental_solution, r

EULER = float(np.euler_gamma)


@dataclass(frozen=True, eq=False)
class Potential:
    """x ↦ E G(|x − Y|), Y ~ N(mean, s² I), G = c r^b, or c log r in the plane: a Field, float64 on the CPU."""

    mean: Float[Tensor, " d"]
    deviation: float
    constant: float
    exponent: int

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values; differentiable once."""
        return Value.apply(x, self)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇; a second derivative is refused by name."""
        return Slope.apply(x, self)

    def _distance(self, x: Tensor) -> np.ndarray:
        if x.dtype != torch.float64 or x.device.type != "cpu":
            raise Refusal("an exact potential is evaluated in float64 on the CPU", f"{x.dtype} on {x.device}")
        return (x - self.mean).norm(dim=1).numpy()

    def _values(self, x: Tensor) -> Tensor:
        """E log|x−Y| = log d + ½E₁(d²/2s²); E|x−Y|^b = (2s²)^{b/2} Γ((n+b)/2)/Γ(n/2) ₁F₁(−b/2; n/2; −d²/2s²)."""
        d, s, b, n = self._distance(x), self.deviation, self.exponent, len(self.mean)
        z = d**2 / (2 * s**2)
        if b == 0:
            small = z < 1e-8
            safe = np.where(small, 1.0, z)
            values = log(s) + 0.5 * log(2) + 0.5 * np.where(small, z - EULER, np.log(safe) + exp1(safe))
        else:
            values = (2 * s**2) ** (b / 2) * gamma((n + b) / 2) / gamma(n / 2) * hyp1f1(-b / 2, n / 2, -z)
        return torch.from_numpy(self.constant * values)

    def _slopes(self, x: Tensor) -> Tensor:
        """The derivative of the formula above."""
        d, s, b, n = self._distance(x), self.deviation, self.exponent, len(self.mean)
        z = d**2 / (2 * s**2)
        if b == 0:
            slope = -np.expm1(-z) / np.where(z > 0, 2 * z, 1.0)
            slope = np.where(z > 0, slope, 0.5) / s**2
        else:
            slope = (2 * s**2) ** (b / 2) * gamma((n + b) / 2) / gamma(n / 2)
            slope = slope * b / n * hyp1f1(1 - b / 2, n / 2 + 1, -z) / s**2
        return torch.from_numpy(self.constant * slope)[:, None] * (x - self.mean)


@dataclass(frozen=True, eq=False)
class Difference:
    """(f − g)/2λ: a Field."""

    f: Potential
    g: Potential
    weight: float
    stats: dict

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values."""
        return (self.f(x) - self.g(x)) / (2 * self.weight)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇."""
        return (self.f.gradient(x) - self.g.gradient(x)) / (2 * self.weight)


@dataclass(frozen=True)
class GaussianOracle:
    """D = (1/2λ) (E_real G − E_fake G) exactly, for real and fake isotropic Gaussians and one |∇^m D|².

    Accepts the powers G = c r^{2m−n} and, in the plane, the logarithm (m = 1). For 2m − n ≥ 2 D is stationary, not a
    minimiser, and serves as boundary data.
    """

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> Difference:
        """The discriminator as a Field, float64 on the CPU."""
        pull = linear_pull(objective)
        weight, order, rate = elliptic_order(objective, "GaussianOracle", "2λ(−Δ)^m D = p − q", "Use FiniteDifferences.")
        dim = real.dim
        if fake.dim != dim:
            raise Refusal("real and fake have the same dimension", f"{dim} and {fake.dim}")
        G = fundamental_solution(order, dim)
        exponent = 2 * order - dim
        if rate != 0 or (exponent >= 0 and dim % 2 == 0 and dim != 2) or (dim == 2 and order > 1):
            raise Refusal("GaussianOracle knows powers r^b and log r", f"G = {G}", "Use GreensFunction on samples.")
        constant = float(G.subs(r, 2)) / (log(2) if exponent == 0 else 2.0**exponent)
        sides = [Potential(*_isotropic(side), constant, exponent) for side in (real, fake)]
        return Difference(sides[0], sides[1], weight / pull, {"solver": "GaussianOracle", "order": order})


def _isotropic(measure: Measure) -> tuple[Tensor, float]:
    """Mean and standard deviation of N(mean, s² I)."""
    if not isinstance(measure, Gaussian):
        raise Refusal("GaussianOracle needs Gaussians", type(measure).__name__)
    variance = measure.covariance.diagonal().mean()
    identity = torch.eye(measure.dim, dtype=measure.covariance.dtype)
    if not torch.allclose(measure.covariance, variance * identity, rtol=1e-12, atol=0):
        raise Refusal("GaussianOracle needs covariances s² I", measure.covariance.tolist())
    return measure.mean.double(), float(variance.sqrt())
