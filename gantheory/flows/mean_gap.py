"""Flows that a linear functional of features drives: of particles, and of its direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field, gradient
from gantheory.integration.method import positive
from gantheory.measures import Empirical
from gantheory.metrics import mean_divergence


@dataclass(frozen=True, eq=False)
class Functional:
    """f(x) = ⟨ω, h(x)⟩, a Field."""

    features: Callable[[Tensor], Tensor]
    direction: Float[Tensor, " D"]

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values."""
        return self.features(x) @ self.direction


@dataclass(frozen=True, eq=False)
class MeanGapFlow:
    """ẋ = ∇⟨ω*, h⟩(x), ω* = gap/|gap| of the features' means: the gradient flow of FM*_h = |E_p h − E_q h|.

    The same as following the witness of the kernel ⟨h, h⟩ over its MMD, and as SAN with an optimal direction and r = 1.
    dFM*/dt = −E_q|∇⟨ω*, h⟩|². Where the gap vanishes to roundoff, ω* is undefined and the velocity is 0, the least of the
    subgradients. h = id: all particles move at unit speed until the means meet, at t = |gap|. Source: takida2024san.
    """

    real: Empirical
    features: Callable[[Tensor], Tensor]

    def discriminator(self, x: Float[Tensor, "n d"]) -> Field:
        """⟨ω*, h⟩ between the data and particles at x; a Refusal where the gap vanishes."""
        return Functional(self.features, mean_divergence(self.features, self.real, Empirical(x.detach())).direction.to(x))

    def __call__(self, t: Float[Tensor, ""], x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """The velocity of every particle."""
        if x.requires_grad and torch.is_grad_enabled():
            need = "a MeanGapFlow freezes ω*: its velocity has no derivative in the particles"
            raise Refusal(need, "particles that require a gradient", "Use x.detach(), or torch.no_grad().")
        divergence = mean_divergence(self.features, self.real, Empirical(x))
        if divergence.vanishes:
            return torch.zeros_like(x)
        return gradient(Functional(self.features, divergence.direction.to(x)), x)


@dataclass(frozen=True, eq=False)
class DirectionFlow:
    """ω̇ = η (I − ωωᵀ)(E_p h − E_q h), measures and features held: gradient ascent of ⟨ω, gap⟩ on the sphere, at rate η.

    The angle a to the gap obeys tan(a/2) = tan(a₀/2) e^{−η|gap|t}. A Flow on ω (D,), |ω| = 1, which it preserves.
    """

    gap: Float[Tensor, " D"]
    rate: float = 1.0

    def __post_init__(self) -> None:
        positive(self.rate, "the rate η of a DirectionFlow")
        if self.gap.ndim != 1 or len(self.gap) < 2:
            need = "a DirectionFlow moves ω on S^{D−1}, which has tangents for D ≥ 2"
            raise Refusal(need, f"a gap of shape {tuple(self.gap.shape)}", "With one feature ω is ±1.")
        if not self.gap.is_meta and not bool(self.gap.isfinite().all()):
            raise Refusal("the gap of a DirectionFlow is finite", "NaN or infinity")

    def __call__(self, t: Float[Tensor, ""], omega: Float[Tensor, " D"]) -> Float[Tensor, " D"]:
        """The velocity of ω: tangent to the sphere of its own length."""
        return self.rate * (self.gap - omega * (omega @ self.gap) / (omega @ omega))
