"""Particles that follow a critic which is trained on as they move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import State
from gantheory.discriminators import Network
from gantheory.flows.particle import FrozenFlow, refuse_gradient
from gantheory.measures import Empirical, Measure
from gantheory.objectives import Objective


@dataclass(frozen=True, eq=False)
class CriticFlow:
    """ẋ_i = −γ′(D(x_i)) ∇D(x_i), D a network that before each step is trained by network.steps more steps on the particles.

    A flow with memory: D's parameters and moments go on from where they were, from the module's own at first, which stay as
    they are. The velocity is that of the trained D, not of the minimiser: slow training lags behind the particles. real: an
    Empirical, or any Measure where the network has a batch; particles of equal weight. reference: the measure behind nu.
    """

    objective: Objective
    real: Measure
    network: Any  # a Network
    reference: Measure | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.network, Network):
            need, cure = "a CriticFlow trains a Network", "Use ParticleFlow, which solves anew at each step."
            raise Refusal(need, type(self.network).__name__, cure)

    def freeze(self, t: Float[Tensor, ""], state: State, memory: tuple[Tensor, ...]) -> tuple[FrozenFlow, tuple[Tensor, ...]]:
        """The flow of the critic after its training on the particles, and the critic's memory."""
        if not isinstance(state, Tensor):
            raise Refusal("a CriticFlow moves particles x of shape (n, d), of equal weight", f"a tuple of {len(state)}")
        refuse_gradient(state, "CriticFlow", "D")
        kept = self.network.trained(self.objective, self.real, Empirical(state.detach()), memory, self.reference)
        return FrozenFlow(self.objective.loss, self.network.field(kept)), kept
