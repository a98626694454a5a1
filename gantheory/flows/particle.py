"""Particles that follow the discriminator of their own law."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field, gradient
from gantheory.discriminators import Discriminator, Solver
from gantheory.kernels import KernelExpansion
from gantheory.lowering import Lowered, lower
from gantheory.measures import Empirical, Measure
from gantheory.objectives import Loss, Objective
from gantheory.symbolic import y


@cache
def _force(loss: Loss) -> float | Lowered:
    """−γ′(y): a number, or a function of D."""
    force = -sp.diff(loss.generator, y)
    return lower(force, y) if force.has(y) else float(force)


def refuse_gradient(x: Tensor, who: str, freezes: str) -> None:
    """Refuse particles whose gradient the velocity would silently leave out."""
    if x.requires_grad and torch.is_grad_enabled():
        need = f"a {who} freezes {freezes}: its velocity has no derivative in the particles"
        raise Refusal(need, "particles that require a gradient", "Use x.detach(), or torch.no_grad().")


@dataclass(frozen=True, eq=False)
class FrozenFlow:
    """ẋ_i = −γ′(D(x_i)) ∇D(x_i) with one discriminator D for all time, γ the loss's generator side."""

    loss: Loss
    discriminator: Field

    def __call__(self, t: Float[Tensor, ""], x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """The velocity of every particle."""
        refuse_gradient(x, "FrozenFlow", "D")
        force, D = _force(self.loss), self.discriminator
        if isinstance(force, float):
            return force * gradient(D, x)
        value, slope = D.value_and_gradient(x) if isinstance(D, KernelExpansion) else (D(x), gradient(D, x))
        return force(value)[:, None] * slope


@dataclass(frozen=True, eq=False)
class ParticleFlow:
    """ẋ_i = −γ′(D(x_i)) ∇D(x_i), D the discriminator of the objective between `real` and the particles themselves, frozen.

    γ is the loss's generator side: −y lets particles climb D, ½(y−c)² moves them with −(D−c)∇D. A Flow (t, x) ↦ velocity
    for x of shape (n, d), particles of equal weight, that require no gradient. reference: the measure behind nu.
    """

    objective: Objective
    real: Measure
    solver: Solver
    reference: Measure | None = None

    def discriminator(self, x: Float[Tensor, "n d"]) -> Discriminator:
        """D between the data and the particles at x."""
        return self.solver.solve(self.objective, self.real, Empirical(x.detach()), self.reference)

    def __call__(self, t: Float[Tensor, ""], x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """The velocity of every particle."""
        refuse_gradient(x, "ParticleFlow", "D")
        return FrozenFlow(self.objective.loss, self.discriminator(x))(t, x)
