"""Samples of an infinitely wide generator: particles that move together, by its tangent kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.flows._checks import same_shape
from gantheory.integration import Flow, Remembering


@dataclass(frozen=True, eq=False)
class TangentFlow:
    """ẋ_i = (1/n) Σ_j k(z_i, z_j) v_j, v = flow(t, x): the parameter flow of a generator x_i = g(z_i), its kernel frozen.

    kernel: (z, z) ↦ (n, n), a scalar kernel times the identity, as of infinite width; or (n, n, d, d), the blocks of
    tangent_blocks. It is evaluated once. latents: (n, k). A Flow (t, x) ↦ velocity for x (n, d), x_i belonging to z_i.
    Source: franceschi2022neural.
    """

    kernel: Any
    flow: Any
    latents: Any

    def __post_init__(self) -> None:
        if isinstance(self.flow, Remembering):
            need = "TangentFlow takes a flow that is a function of time and state"
            raise Refusal(need, "a flow with memory", "Use tangent_flow(kernel, flow, latents), which keeps the memory.")
        _refuse_unfit(self.kernel, self.flow, self.latents)

    @cached_property
    def coupling(self) -> Float[Tensor, "n n"] | Float[Tensor, "n n d d"]:
        """k(z_i, z_j)/n."""
        with torch.no_grad():
            gram = self.kernel(self.latents, self.latents)
        n = len(self.latents)
        if gram.shape[:2] != (n, n) or gram.ndim not in (2, 4):
            need = f"the kernel of a TangentFlow maps {n} latents to ({n}, {n}) or ({n}, {n}, d, d)"
            raise Refusal(need, f"shape {tuple(gram.shape)}")
        if not gram.is_meta and not bool(gram.isfinite().all()):
            raise Refusal("the kernel of a TangentFlow is finite", "NaN or infinity")
        return gram / n

    def __call__(self, t: Float[Tensor, ""], x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """The velocity of every sample."""
        if len(x) != len(self.latents):
            raise Refusal("a TangentFlow has one latent for each sample", f"{len(self.latents)} latents, {len(x)} samples")
        if self.coupling.ndim == 4 and self.coupling.shape[2:] != (x.shape[1],) * 2:
            need = f"the blocks of a TangentFlow are ({x.shape[1]}, {x.shape[1]}), as the samples are"
            raise Refusal(need, f"blocks of shape {tuple(self.coupling.shape[2:])}")
        if (self.coupling.dtype, self.coupling.device) != (x.dtype, x.device):
            given = f"{self.coupling.dtype} on {self.coupling.device} and {x.dtype} on {x.device}".replace("torch.", "")
            raise Refusal("the kernel of latents and the samples share dtype and device", given, "Convert with .to(other).")
        velocity = same_shape(self.flow(t, x), x, "the flow of samples")
        if self.coupling.ndim == 2:
            return self.coupling @ velocity
        return torch.einsum("ijab,jb->ia", self.coupling, velocity)


@dataclass(frozen=True, eq=False)
class RememberingTangentFlow:
    """The same for a flow with memory: it is frozen at the samples."""

    kernel: Any
    flow: Any
    latents: Any

    def __post_init__(self) -> None:
        if not isinstance(self.flow, Remembering):
            raise Refusal("RememberingTangentFlow takes a flow with memory", type(self.flow).__name__, "Use TangentFlow.")
        _refuse_unfit(self.kernel, self.flow.freeze, self.latents)

    @property
    def repeats(self) -> int:
        """Steps for which the flow stays frozen."""
        return getattr(self.flow, "repeats", 1)

    @cached_property
    def _still(self) -> TangentFlow:
        return TangentFlow(self.kernel, lambda t, x: torch.zeros_like(x), self.latents)

    def freeze(self, t: Tensor, state: Tensor, memory: tuple[Tensor, ...]) -> tuple[Flow, tuple[Tensor, ...]]:
        """The plain flow of the coming steps, and the memory; the kernel is evaluated at the first step only."""
        frozen, kept = self.flow.freeze(t, state, memory)
        coupling = self._still.coupling * len(self.latents)
        return TangentFlow(lambda z, w: coupling, frozen, self.latents), kept


def tangent_flow(
    kernel: Callable[[Tensor, Tensor], Tensor], flow: Flow | Remembering, latents: Tensor
) -> TangentFlow | RememberingTangentFlow:
    """The flow of a wide generator's samples, with memory where the flow has one."""
    return (RememberingTangentFlow if isinstance(flow, Remembering) else TangentFlow)(kernel, flow, latents)


def _refuse_unfit(kernel: object, flow: object, latents: object) -> None:
    if not callable(kernel):
        need = "a TangentFlow takes a kernel of latents, (z, z) ↦ (n, n) or (n, n, d, d)"
        raise Refusal(need, type(kernel).__name__, "Use tangent_kernel(2, RELU), or partial(tangent_blocks, generator).")
    if not callable(flow):
        raise Refusal("a TangentFlow takes a flow (t, x) ↦ velocity", type(flow).__name__)
    if not isinstance(latents, Tensor) or latents.ndim != 2 or not latents.is_floating_point() or 0 in latents.shape:
        given = f"shape {tuple(latents.shape)}, {latents.dtype}" if isinstance(latents, Tensor) else type(latents).__name__
        raise Refusal("latents are a floating-point tensor (n, k), n ≥ 1", given.replace("torch.", ""))
    if not latents.is_meta and not bool(latents.isfinite().all()):
        raise Refusal("latents are finite", "NaN or infinity")
