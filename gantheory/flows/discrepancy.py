"""Particles that follow the witness of the maximum mean discrepancy between their law and the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import is_real, seed
from gantheory._errors import Refusal
from gantheory._types import Field, State, gradient
from gantheory.flows._checks import cloud
from gantheory.integration import Flow
from gantheory.kernels import Direct, KernelExpansion, refuse_no_kernel
from gantheory.measures import Empirical, Gaussian


@dataclass(frozen=True, eq=False)
class Witness:
    """f = E_μ k(x, ·) − e(x), e the embedding of the data in closed form: a Field."""

    expansion: KernelExpansion
    embedding: Field

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values."""
        return self.expansion(x) - self.embedding(x)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇f."""
        return self.expansion.gradient(x) - gradient(self.embedding, x)


@dataclass(frozen=True, eq=False)
class MMDFlow:
    """ẋ_i = −∇f(x_i), f = E_μ k(x, ·) − E_real k(x, ·): the gradient flow of F = ½MMD², with dF/dt = −E_μ|∇f|².

    A Flow on x (n, d), particles of equal weight, or on (x, w), whose weights rest; they count as w/Σw. Any Kernel, positive
    definite or conditionally so of order 1; one with a log_scale sets the unit of time. real: the data; embedding: instead
    of it E_real k(x, ·) as a Field in closed form. sums=Direct(self_pairs=False) leaves out a particle's own pull, which
    matters only where ∇k has no limit 0. The particles require no gradient. Source: arbel2019maximum.
    """

    kernel: Any  # a Kernel
    real: Any = None  # an Empirical
    sums: Direct = Direct()  # noqa: RUF009
    embedding: Any = None  # a Field

    def __post_init__(self) -> None:
        need = "MMDFlow takes a Kernel, with k(x, y) and k.gradient(x, y)"
        refuse_no_kernel(self.kernel, need, "Use gaussian(width) or Radial(profile).")
        if (self.real is None) == (self.embedding is None):
            given = "neither" if self.real is None else "both"
            raise Refusal("MMDFlow takes real=, a sample, or embedding=, E_real k(x, ·) as a Field", given, "Give one.")
        if self.real is not None and not isinstance(self.real, Empirical):
            cures = ("Sample it: Empirical(real.sample(n, generator)).", "Or pass embedding=.")
            raise Refusal("the data of MMDFlow are an Empirical", type(self.real).__name__, *cures)
        if self.embedding is not None and not isinstance(self.embedding, Field):
            raise Refusal("the embedding of MMDFlow is a Field x ↦ E_real k(x, ·)", type(self.embedding).__name__)

    def witness(self, x: Float[Tensor, "n d"], weights: Tensor | None = None) -> KernelExpansion | Witness:
        """f for the particles at x: positive where there are too many of them."""
        fake = Empirical(x.detach(), weights)
        own = (0, len(x))
        if self.real is None:
            return Witness(KernelExpansion(self.kernel, fake.points, fake.weights, sums=self.sums, own=own), self.embedding)
        real = self.real
        if (x.shape[1], x.dtype, x.device) != (real.dim, real.points.dtype, real.points.device):
            need = f"the particles share dimension, dtype and device with the data, {_described(real.points)}"
            raise Refusal(need, _described(x), "Convert with .to(real.points).")
        centres = torch.cat([fake.points, real.points])
        return KernelExpansion(self.kernel, centres, torch.cat([fake.weights, -real.weights]), sums=self.sums, own=own)

    def __call__(self, t: Float[Tensor, ""], state: State) -> Any:
        """The velocity of every particle; 0 for the weights."""
        return self._pushed(state, None)

    def noisy(self, level: Any, seed: Any = 0) -> NoisyMMDFlow:
        """The flow with noise injection of this level, a number or a function of t."""
        return NoisyMMDFlow(self, level, seed)

    def _pushed(self, state: State, noise: Tensor | None) -> Any:
        """−∇f at the particles, or beside them by the noise."""
        x, weights = cloud(state, "an MMDFlow")
        if x.requires_grad and torch.is_grad_enabled():
            need = "an MMDFlow freezes its witness: its velocity has no derivative in the particles"
            raise Refusal(need, "particles that require a gradient", "Use x.detach(), or torch.no_grad().")
        v = -gradient(self.witness(x, weights), x if noise is None else x + noise)
        return v if weights is None else (v, torch.zeros_like(weights))


@dataclass(frozen=True, eq=False)
class NoisyMMDFlow:
    """Noise injection: x⁺ = x − h ∇f(x + b U), U ~ N(0, I) anew at each step: the gradient beside the particle moves it.

    level: b ≥ 0, a number or a function of t. A flow with memory, the state of its generator of noise, for methods of fixed
    step; with euler(h) it is the scheme of arbel2019maximum, and all stages of a step share one U. In expectation
    over U the witness is blurred by N(0, b²I), which reaches particles that the kernel itself leaves at rest.
    """

    flow: MMDFlow
    level: Any  # a number, or a function of t
    seed: Any = 0

    def __post_init__(self) -> None:
        if not callable(self.level):
            _level(self.level)
        seed(self.seed, "the seed of noise injection")

    def freeze(self, t: Tensor, state: State, memory: tuple[Tensor, ...]) -> tuple[Flow, tuple[Tensor, ...]]:
        """The flow of one step, whose noise is drawn, and the generator after that."""
        x, _ = cloud(state, "a NoisyMMDFlow")
        generator = torch.Generator().manual_seed(self.seed)
        if memory:
            generator.set_state(memory[0])
        b = _level(self.level(t) if callable(self.level) else self.level)
        noise = b * torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)
        return (lambda t, state: self.flow._pushed(state, noise)), (generator.get_state(),)


@dataclass(frozen=True, eq=False)
class GaussianEmbedding:
    """x ↦ E exp(−|x − Y|²/2σ²), Y ~ N(m, C): (2π)^{d/2} σ^d times the density of N(m, C + σ²I). A Field."""

    scale: float
    blurred: Gaussian

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values, in (0, 1)."""
        return self.scale * self.blurred.density(x)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇."""
        return self(x)[:, None] * self.blurred.score(x)


def gaussian_embedding(deviation: Any, gaussian: Any) -> GaussianEmbedding:
    """E k(x, Y) for the kernel gaussian(deviation) and Y of this law: no sample stands between the flow and the data."""
    if not is_real(deviation) or deviation <= 0:
        raise Refusal("the width σ of a Gaussian kernel is a length > 0", repr(deviation))
    if not isinstance(gaussian, Gaussian):
        raise Refusal("gaussian_embedding is of a Gaussian", type(gaussian).__name__, "Use MMDFlow with a sample.")
    C = gaussian.covariance
    wide = C + float(deviation) ** 2 * torch.eye(len(C), dtype=C.dtype, device=C.device)
    return GaussianEmbedding((2 * torch.pi * float(deviation) ** 2) ** (len(C) / 2), Gaussian(gaussian.mean, wide))


def _level(value: Any) -> float:
    """The noise level as a float."""
    number = value.item() if isinstance(value, Tensor) and value.ndim == 0 else value
    if not is_real(number) or number < 0:
        raise Refusal("the level of noise injection is a finite number ≥ 0, or a function of t with such values", repr(value))
    return float(number)


def _described(x: Tensor) -> str:
    return f"a {x.dtype} tensor of dimension {x.shape[-1]} on {x.device}".replace("torch.", "")
