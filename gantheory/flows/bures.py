"""The W2 flow of normal laws, on their means and covariances."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.measures import Gaussian


@dataclass(frozen=True, eq=False)
class BuresFlow:
    """ṁ = m₁ − m,  Ṡ = (A − I)S + S(A − I): the gradient flow of ½W2² from N(m, S) to real = N(m₁, S₁), A its optimal matrix.

    A Flow on (m, S), of shapes (d,) and (d, d), without derivatives in the state. A step of Euler's method on (m, S) is not one
    of particles, which is `pushed`: they differ by h² (A − I)S(A − I). Source: huang2024generative; dowson1982frechet.
    """

    real: Gaussian | Any

    def __post_init__(self) -> None:
        if not isinstance(self.real, Gaussian):
            given = type(self.real).__name__
            raise Refusal("a BuresFlow moves to a Gaussian", given, "Use moment_gaussian(x), or a WassersteinFlow.")

    def __call__(self, t: Float[Tensor, ""], state: tuple[Float[Tensor, " d"], Float[Tensor, "d d"]]) -> tuple[Tensor, Tensor]:
        """(ṁ, Ṡ), Ṡ symmetric to the last bit."""
        if not isinstance(state, tuple) or len(state) != 2:
            raise Refusal("the state of a BuresFlow is (mean, covariance)", type(state).__name__)
        if torch.is_grad_enabled() and any(part.requires_grad for part in state):
            need = "a BuresFlow has no derivative in its state: that of an eigendecomposition fails at equal eigenvalues"
            raise Refusal(need, "a state that requires a gradient", "Use .detach(), or torch.no_grad().")
        law = Gaussian(*state)
        pull = (transport_matrix(law, self.real) - torch.eye(law.dim).to(law.mean)) @ law.covariance
        return self.real.mean.to(law.mean) - law.mean, pull + pull.mT

    def solution(self, start: Gaussian, t: float) -> Gaussian:
        """N(m₁ + e^{−t}(m₀ − m₁), C S₀ C) with C = e^{−t}I + (1 − e^{−t})A, at time t ≥ 0 from `start`."""
        if not (isfinite(t) and t >= 0):
            raise Refusal("a BuresFlow is solved for times t ≥ 0 from its start", t)
        return self._along(start, 1 - exp(-t))

    def pushed(self, law: Gaussian, step: float) -> Gaussian:
        """The law of x + step (T(x) − x), x ~ law, T its optimal map to `real`: Euler's step of particles, 0 ≤ step ≤ 1.

        n such steps give `solution` at e^{−t} = (1 − step)^n, exactly.
        """
        if not 0 <= step <= 1:
            raise Refusal("a step toward the data is between 0 and 1", step, "Longer ones leave the geodesic.")
        return self._along(law, step)

    def _along(self, law: Gaussian, share: float) -> Gaussian:
        """The geodesic from the law to `real` at `share` of its length."""
        C = (1 - share) * torch.eye(law.dim).to(law.mean) + share * transport_matrix(law, self.real)
        S = C @ law.covariance @ C
        return Gaussian(torch.lerp(law.mean, self.real.mean.to(law.mean), share), (S + S.mT) / 2)


def transport_matrix(start: Gaussian, end: Gaussian) -> Float[Tensor, "d d"]:
    """A = S₀^{−1/2} (S₀^{1/2} S₁ S₀^{1/2})^{1/2} S₀^{−1/2}: x ↦ m₁ + A(x − m₀) is the optimal map of N(m₀, S₀) to N(m₁, S₁).

    A is symmetric positive definite with A S₀ A = S₁. Computed in float64 by two eigendecompositions; the result has the
    dtype and device of `start`. Source: dowson1982frechet.
    """
    if start.dim != end.dim:
        raise Refusal("both normal laws lie in one space", f"dimensions {start.dim} and {end.dim}")
    S = start.covariance.detach().double()
    values, vectors = torch.linalg.eigh(S)
    _refuse_singular(values)
    root = (vectors * values.sqrt()) @ vectors.mT
    inverse = (vectors / values.sqrt()) @ vectors.mT
    middle = root @ end.covariance.detach().to(S) @ root
    values, vectors = torch.linalg.eigh((middle + middle.mT) / 2)
    A = inverse @ (vectors * values.clamp_min(0).sqrt()) @ vectors.mT @ inverse
    return ((A + A.mT) / 2).to(start.covariance)


def _refuse_singular(values: Tensor) -> None:
    """Refuse eigenvalues, in ascending order, of which the least is roundoff of the largest."""
    if values.device.type != "meta" and not bool(values[0] > len(values) * torch.finfo(values.dtype).eps * values[-1]):
        given = f"eigenvalues from {values[0].item():.3g} to {values[-1].item():.3g}"
        raise Refusal("optimal maps start from a regular covariance", given, "Add ε·I, or leave out dependent coordinates.")
