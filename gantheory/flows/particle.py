"""Particles that follow the discriminator of their own law."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.discriminators import Discriminator, Solver
from gantheory.kernels import KernelExpansion
from gantheory.lowering import Lowered, lower
from gantheory.measures import Empirical, Measure
from gantheory.objectives import Objective
from gantheory.symbolic import y


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

    @cached_property
    def _force(self) -> sp.Expr:
        """−γ′(y)."""
        return -sp.diff(self.objective.loss.generator, y)

    @cached_property
    def _lowered_force(self) -> Lowered:
        return lower(self._force, y)

    def discriminator(self, x: Float[Tensor, "n d"]) -> Discriminator:
        """D between the data and the particles at x."""
        return self.solver.solve(self.objective, self.real, Empirical(x.detach()), self.reference)

    def __call__(self, t: Float[Tensor, ""], x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """The velocity of every particle."""
        if x.requires_grad and torch.is_grad_enabled():
            need = "a ParticleFlow freezes D: its velocity has no derivative in the particles"
            raise Refusal(need, "particles that require a gradient", "Use x.detach(), or torch.no_grad().")
        D = self.discriminator(x)
        if not self._force.has(y):
            return float(self._force) * gradient(D, x)
        value, slope = D.value_and_gradient(x) if isinstance(D, KernelExpansion) else (D(x), gradient(D, x))
        return self._lowered_force(value)[:, None] * slope
