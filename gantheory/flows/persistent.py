"""Persistent training: a generator regresses on frozen Euler steps of its samples, K times on the same targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import seed, whole
from gantheory._errors import Refusal
from gantheory._types import State
from gantheory.flows.held import Scaled, Spring
from gantheory.flows.parameter import ParameterFlow, Parts, frozen_parameters, generated, parametric, particles, velocity
from gantheory.integration import Remembering
from gantheory.integration.method import positive
from gantheory.measures import Empirical, Measure


@dataclass(frozen=True, eq=False)
class Persistent:
    """θ̇ = −∇_θ Σ_i w_i |ζ_i − G_θ(z_i)|² with ζ_i = y_i + ε v(y_i), y_i = G_θ(z_i) frozen for `repeats` = K steps.

    With euler(γ) these are K steps of gradient descent of rate γ on the same z and ζ, then a fresh draw: W1-FE and W2-FE, for
    v of a WassersteinFlow, its minibatches or a CriticFlow. K = 1 is one step of rate 2γε on the generator's loss, K → ∞
    an Euler step ε of the particles themselves, as far as G can follow. For an affine G and standardised latents, K steps
    move it by the fraction effective_step of the way v. Time counts generator steps: an outer step takes the time Kγ.

    step: ε. latents: an Empirical is used whole, with its weights (exact expectations where it is a quadrature rule); with
    `batch`, so many are drawn anew each time, from any Measure. The state is the tuple of parameters; memory: the state of
    the generator of noise, then what the samples' flow remembers. Source: malik2024differential,
    huang2024generative.
    """

    generator: Any
    flow: Any
    step: float
    repeats: int
    latents: Any
    batch: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self, "Persistent")
        if not (callable(self.flow) or isinstance(self.flow, Remembering)):
            raise Refusal("Persistent takes the flow of the samples, (t, y) ↦ velocity", type(self.flow).__name__)

    @property
    def parameters(self) -> Parts:
        """The generator's own: where to start."""
        return self.generator.parameters

    def freeze(self, t: Float[Tensor, ""], theta: State, memory: Parts) -> tuple[ParameterFlow, Parts]:
        """The regression of the coming K steps, and the memory."""
        z, y, state = _samples(self, theta, memory)
        flow, kept = self.flow, memory[1:]
        if isinstance(flow, Remembering):
            flow, kept = flow.freeze(t, particles(y, z), kept)
        targets = y + self.step * velocity(flow, t, y, z)
        return ParameterFlow(self.generator, Spring(targets, 2.0), z), (state, *kept)


@dataclass(frozen=True, eq=False)
class Naive:
    """θ̇ = 2ε Σ_i w_i J_iᵀ v(G_θ(z_i)) with the field v frozen for `repeats` = K steps, and the samples moving on in it.

    What K generator steps on one critic do, the foil of Persistent: in a field that does not change they go K times as far,
    where the frozen targets of Persistent are never left behind. K = 1 is the same for both. flow: one with memory, whose
    frozen flow is a field of positions (CriticFlow), or HeldTargets or HeldVelocities of a WassersteinFlow, whose plan is
    then frozen pair by pair. Everything else as in Persistent. Source: malik2024differential.
    """

    generator: Any
    flow: Any
    step: float
    repeats: int
    latents: Any
    batch: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self, "Naive")
        if not isinstance(self.flow, Remembering):
            need = "Naive needs a flow that freezes its field"
            raise Refusal(need, type(self.flow).__name__, "Use a CriticFlow, HeldTargets(flow) or HeldVelocities(flow).")

    @property
    def parameters(self) -> Parts:
        """The generator's own: where to start."""
        return self.generator.parameters

    def freeze(self, t: Float[Tensor, ""], theta: State, memory: Parts) -> tuple[ParameterFlow, Parts]:
        """The climb of the coming K steps, and the memory."""
        z, y, state = _samples(self, theta, memory)
        field, kept = self.flow.freeze(t, particles(y, z), memory[1:])
        return ParameterFlow(self.generator, Scaled(field, 2 * self.step), z), (state, *kept)


def effective_step(step: float, rate: float, repeats: int) -> float:
    """ε_K = ε (1 − (1 − 2γ)^K): the step that K regressions of rate γ make of ε, for affine G on standardised latents."""
    whole(repeats, 1, "the number of repeats K")
    return positive(step, "the step ε") * (1 - (1 - 2 * positive(rate, "the rate γ")) ** repeats)


def _samples(flow: Persistent | Naive, theta: State, memory: Parts) -> tuple[Empirical, Tensor, Tensor]:
    """Latents z, the particles y = G_θ(z), and the state of the generator of noise after drawing."""
    theta = frozen_parameters(theta)
    noise = torch.Generator(device=theta[0].device).manual_seed(flow.seed)
    if memory:
        noise.set_state(memory[0])
    z = flow.latents if flow.batch is None else Empirical(flow.latents.sample(flow.batch, noise))
    with torch.no_grad():
        return z, generated(flow.generator, theta, z), noise.get_state()


def _check(flow: Persistent | Naive, who: str) -> None:
    object.__setattr__(flow, "generator", parametric(flow.generator))
    positive(flow.step, f"the step ε of {who}")
    whole(flow.repeats, 1, f"the number of repeats K of {who}")
    seed(flow.seed, f"the seed of {who}")
    if flow.batch is not None:
        whole(flow.batch, 1, f"the batch of {who}")
    if isinstance(flow.latents, Tensor):
        object.__setattr__(flow, "latents", Empirical(flow.latents))
    if not isinstance(flow.latents, Measure):
        raise Refusal(f"the latents of {who} are a tensor (n, k) or a Measure", type(flow.latents).__name__, "Use Gaussian(…).")
    if flow.batch is None and not isinstance(flow.latents, Empirical):
        need = f"{who} without a batch uses all latents, a tensor or an Empirical"
        raise Refusal(need, type(flow.latents).__name__, "Pass batch=256.")
