"""SAN between two points: the smallest game of a generator and a direction."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.integration.method import positive


@dataclass(frozen=True, eq=False)
class DiracSAN:
    """ṁ = ω, ω̇ = η (I − ωωᵀ)(m* − m): data δ_{m*}, fakes δ_m, h = id, r = 1 (Wasserstein or hinge), on (m, ω), |ω| = 1.

    With ρ = |m* − m| and φ the angle from ω to m* − m: ρ̇ = −cos φ, φ̇ = sin φ (1/ρ − ηρ), and I = ρ |sin φ| e^{−ηρ²/2} is
    constant. Finite rates cycle about the circle ρ = 1/√η, φ = π/2, with the period 2π/√(2η) near it: direction optimality
    is what the theory of SAN assumes, not what descent in both players gives.
    """

    target: Float[Tensor, " d"]
    rate: float = 1.0

    def __post_init__(self) -> None:
        positive(self.rate, "the rate η of a DiracSAN")
        if not isinstance(self.target, Tensor) or self.target.ndim != 1 or len(self.target) < 2:
            shape = tuple(self.target.shape) if isinstance(self.target, Tensor) else type(self.target).__name__
            need = "a DiracSAN lives in R^d with d ≥ 2, where S^{d−1} has tangents"
            raise Refusal(need, f"a target of shape {shape}", "With d = 1 the direction is ±1.")
        if not self.target.is_meta and not bool(self.target.isfinite().all()):
            raise Refusal("the target of a DiracSAN is finite", self.target.tolist())

    def __call__(self, t: Float[Tensor, ""], state: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """The velocities of the fake point and of the direction."""
        m, omega = state
        still = not omega.is_meta and not bool((omega != 0).any())
        if m.shape != self.target.shape or omega.shape != self.target.shape or still:
            given = f"shapes {tuple(m.shape)} and {tuple(omega.shape)}" + (", |ω| = 0" if still else "")
            raise Refusal(f"the state of a DiracSAN is (m, ω) in R^{len(self.target)}, ω ≠ 0", given)
        gap = self.target - m
        return omega, self.rate * (gap - omega * (omega @ gap) / (omega @ omega))

    def invariant(self, state: tuple[Tensor, ...]) -> Float[Tensor, "*k"]:
        """I = ρ |sin φ| e^{−ηρ²/2} of (m, ω), or of a trajectory of them (…, d): constant along the flow."""
        m, omega = state
        gap = self.target - m
        across = gap - omega * (omega * gap).sum(-1, keepdim=True) / (omega * omega).sum(-1, keepdim=True)
        return torch.linalg.vector_norm(across, dim=-1) * torch.exp(-self.rate / 2 * (gap * gap).sum(-1))

    @property
    def radius(self) -> float:
        """1/√η: at this distance, ω across, the fake point circles its target for ever."""
        return 1 / sqrt(self.rate)

    @property
    def period(self) -> float:
        """2π/√(2η): of small oscillations of (ρ, φ) about (1/√η, π/2)."""
        return 2 * pi / sqrt(2 * self.rate)
