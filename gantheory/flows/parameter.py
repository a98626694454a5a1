"""A generator's parameters, moved by the flow of its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._modules import Parametric
from gantheory._types import State
from gantheory.flows._checks import same_shape
from gantheory.integration import Flow, Remembering
from gantheory.measures import Empirical

Parts = tuple[Tensor, ...]


@dataclass(frozen=True, eq=False)
class ParameterFlow:
    """θ̇ = Σ_i w_i J_iᵀ v_i with y_i = G_θ(z_i), J_i = ∂y_i/∂θ and v = flow(t, y), which is not differentiated.

    For a ParticleFlow this is −∇_θ Σ_i w_i γ(D(G_θ(z_i))), D frozen: the gradient flow of the generator's loss. The samples
    then move with ẏ_i = Σ_j w_j J_i J_jᵀ v_j, the flow seen through the generator's tangent kernel.

    generator: a module z ↦ y, (n, k) ↦ (n, d). latents: the z_i, a tensor (n, k), or an Empirical, whose weights are w (1/n
    each otherwise). Where weights differ the samples' flow gets the pair (y, w). The state is the tuple of parameters, in
    the order of named_parameters; `parameters` are the module's own. Source: franceschi2023unifying, section 3.
    """

    generator: Any
    flow: Any
    latents: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "generator", parametric(self.generator))
        object.__setattr__(self, "latents", whole(self.latents))
        if isinstance(self.flow, Remembering):
            need, cure = "ParameterFlow takes a flow without memory", "Use RememberingParameterFlow."
            raise Refusal(need, f"a {type(self.flow).__name__}", cure)
        if not callable(self.flow):
            raise Refusal("ParameterFlow takes a flow (t, y) ↦ velocity", type(self.flow).__name__)

    @property
    def parameters(self) -> Parts:
        """The generator's own: where to start."""
        return self.generator.parameters

    def __call__(self, t: Float[Tensor, ""], theta: State) -> Parts:
        """The velocity of every parameter."""
        theta = frozen_parameters(theta)
        with torch.enable_grad():
            live = tuple(part.detach().requires_grad_() for part in theta)
            y = generated(self.generator, live, self.latents)
        v = velocity(self.flow, t, y.detach(), self.latents)
        return torch.autograd.grad(y, live, self.latents.weights[:, None] * v, materialize_grads=True)


@dataclass(frozen=True, eq=False)
class RememberingParameterFlow:
    """The same for a flow with memory: it is frozen at the samples of the parameters at which the step begins."""

    generator: Any
    flow: Any
    latents: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "generator", parametric(self.generator))
        object.__setattr__(self, "latents", whole(self.latents))
        if not isinstance(self.flow, Remembering):
            need = "RememberingParameterFlow takes a flow with memory"
            raise Refusal(need, f"a {type(self.flow).__name__}", "Use ParameterFlow.")

    @property
    def parameters(self) -> Parts:
        """The generator's own: where to start."""
        return self.generator.parameters

    @property
    def repeats(self) -> int:
        """Steps for which the flow stays frozen."""
        return getattr(self.flow, "repeats", 1)

    def freeze(self, t: Float[Tensor, ""], theta: State, memory: Parts) -> tuple[ParameterFlow, Parts]:
        """The plain flow of the coming steps, and the memory of the samples' flow."""
        theta = frozen_parameters(theta)
        with torch.no_grad():
            y = generated(self.generator, theta, self.latents)
        frozen, kept = self.flow.freeze(t, particles(y, self.latents), memory)
        return ParameterFlow(self.generator, frozen, self.latents), kept


def parameter_flow(generator: Any, flow: Flow | Remembering, latents: Any) -> ParameterFlow | RememberingParameterFlow:
    """The flow of the generator's parameters, with memory where the flow of its samples has one."""
    return (RememberingParameterFlow if isinstance(flow, Remembering) else ParameterFlow)(generator, flow, latents)


def parametric(generator: Any) -> Parametric:
    """The generator as a function of its parameters."""
    return generator if isinstance(generator, Parametric) else Parametric(generator)


def whole(latents: Any) -> Empirical:
    """Latents as weighted points."""
    if isinstance(latents, Empirical):
        return latents
    if isinstance(latents, Tensor):
        return Empirical(latents)
    need = "a ParameterFlow has fixed latents, a tensor (n, k) or an Empirical"
    raise Refusal(need, type(latents).__name__, "Sample them, or use Persistent, which draws its own.")


def generated(generator: Parametric, theta: Parts, latents: Empirical) -> Float[Tensor, "n d"]:
    """y_i = G_θ(z_i); a Refusal where the module gives no (n, d)."""
    z = latents.points
    if (theta[0].dtype, theta[0].device) != (z.dtype, z.device):
        given = f"{theta[0].dtype} on {theta[0].device} and {z.dtype} on {z.device}"
        raise Refusal("a generator's parameters and its latents share dtype and device", given, "Convert with .to(other).")
    y = generator(theta, z)
    if y.ndim != 2 or len(y) != len(z):
        raise Refusal(f"a generator maps latents {tuple(z.shape)} to samples ({len(z)}, d)", f"shape {tuple(y.shape)}")
    return y


def particles(y: Float[Tensor, "n d"], latents: Empirical) -> State:
    """The samples as a flow takes them: y where all weights are equal, otherwise (y, w)."""
    w = latents.weights
    return y if w.is_meta or bool((w == w[0]).all()) else (y, w)


def velocity(flow: Flow, t: Tensor, y: Float[Tensor, "n d"], latents: Empirical) -> Float[Tensor, "n d"]:
    """The velocity of the samples alone, outside any graph."""
    found = flow(t, particles(y, latents))
    return same_shape(found[0] if isinstance(found, tuple) else found, y, "the flow of samples").detach()


def frozen_parameters(theta: State) -> Parts:
    """The parameters, refused where the velocity would silently leave out their gradient."""
    if not isinstance(theta, tuple):
        need = "the state of a generator's flow is the tuple of its parameters"
        raise Refusal(need, type(theta).__name__, "Start from flow.parameters.")
    if torch.is_grad_enabled() and any(part.requires_grad for part in theta):
        need = "a generator's flow freezes the flow of the samples: its velocity has no derivative in the parameters"
        raise Refusal(need, "parameters that require a gradient", "Start from flow.parameters, or use torch.no_grad().")
    return theta
