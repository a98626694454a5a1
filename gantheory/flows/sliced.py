"""The gradient flow of half the squared sliced W2 distance: of particles, and of normal laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import flag, seed
from gantheory._errors import Refusal
from gantheory.directions import monotone_map, orthonormal, projected, sphere, uneven, unit
from gantheory.measures import Empirical, Gaussian
from gantheory.symbolic import positive_integer


@dataclass(frozen=True, eq=False)
class SlicedWassersteinFlow:
    """ẋ_i = −mean over θ of θ (θ·x_i − T_θ(θ·x_i)): the gradient flow of F = ½SW2² over the given directions.

    T_θ is the monotone map from the particles' slice to the data's. A Flow (t, x) ↦ velocity for particles (n, d) of equal
    weight; data weighted and of any number. Where Σ θθᵀ/k = I/d (orthonormal blocks) the mean moves as
    ṁ = −(m − m*)/d. Source: bonneel2015sliced.
    """

    real: Empirical
    directions: Float[Tensor, "k d"]

    def __post_init__(self) -> None:
        unit(self.directions, _samples(self.real).dim)
        if self.directions.dtype != self.real.points.dtype:
            given = f"{self.directions.dtype} for {self.real.points.dtype}"
            raise Refusal("directions have the dtype of the data", given, "Convert with .to(real.points).")

    @cached_property
    def _slices(self) -> Tensor:
        """The data on each line: they do not move."""
        return projected(self.real.points, self.directions)

    @cached_property
    def _weights(self) -> Tensor | None:
        return uneven(self.real.weights)

    def __call__(self, t: Float[Tensor, ""], x: Any) -> Tensor:
        """The velocity (n, d) of every particle."""
        _refuse_strange(x, self.real.points)
        u = projected(x, self.directions)
        return (monotone_map(u, self._slices, None, self._weights) - u).mT @ self.directions / len(self.directions)


@dataclass(frozen=True, eq=False)
class ResampledSlicedFlow:
    """SlicedWassersteinFlow with `count` fresh directions in each step: stochastic descent of ½SW2² over the whole sphere.

    A flow with memory, the state of the generator of directions: fixed-step methods only, and integrations resume bit for
    bit. blocks: directions come in orthonormal blocks, so that the mean moves without noise where d divides count.
    """

    real: Empirical
    count: int
    seed: int = 0
    blocks: bool = True

    def __post_init__(self) -> None:
        _samples(self.real)
        positive_integer(self.count, "the number of directions in each step")
        seed(self.seed, "a seed")
        flag(self.blocks, "blocks")

    def freeze(
        self, t: Tensor, state: Float[Tensor, "n d"], memory: tuple[Tensor, ...]
    ) -> tuple[SlicedWassersteinFlow, tuple[Tensor, ...]]:
        """The flow of the coming step, and the state of the generator after its draw."""
        generator = torch.Generator(self.real.points.device)
        generator.manual_seed(self.seed)
        if memory:
            generator.set_state(memory[0])
        draw: Callable[..., Tensor] = orthonormal if self.blocks else sphere
        directions = draw(self.count, self.real.dim, generator, dtype=self.real.points.dtype)
        return SlicedWassersteinFlow(self.real, directions), (generator.get_state(),)


@dataclass(frozen=True, eq=False)
class GaussianSlicedFlow:
    """ṁ = −mean θθᵀ(m − m*), Ṡ = −(AS + SA), A = mean over θ of θθᵀ(1 − √(θᵀS*θ / θᵀSθ)): SlicedWassersteinFlow of N(m, S).

    A Flow on (m (d,), S (d, d)) toward N(m*, S*). Slices of normal laws are normal, so that each T_θ is affine, and so is
    the velocity −A(x − m) + ṁ: a normal law stays one. Isotropic laws, S = s²I, stay isotropic only on average over all
    directions: ṡ = −(s − s*)/d.
    """

    real: Gaussian
    directions: Float[Tensor, "k d"]

    def __post_init__(self) -> None:
        if not isinstance(self.real, Gaussian):
            raise Refusal("a GaussianSlicedFlow goes to a Gaussian", f"a {type(self.real).__name__}")
        unit(self.directions, self.real.dim)

    def __call__(self, t: Float[Tensor, ""], state: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """The velocities of mean and covariance."""
        law = Gaussian(*state)
        if law.dim != self.real.dim:
            raise Refusal("both laws lie in one space", f"dimensions {law.dim} and {self.real.dim}")
        m, S = law.mean, law.covariance
        theta, k = self.directions, len(self.directions)
        ratio = ((theta @ self.real.covariance * theta).sum(1) / (theta @ S * theta).sum(1)).sqrt()
        A = (theta * (1 - ratio)[:, None]).mT @ theta / k
        return -(theta @ (m - self.real.mean)) @ theta / k, -(A @ S + S @ A)


def _refuse_strange(x: object, points: Tensor) -> None:
    """Particles that are no tensor (n, d) like the data, or that ask for a derivative."""
    if not isinstance(x, Tensor):
        raise Refusal("a sliced flow moves particles of equal weight, a tensor (n, d)", f"a {type(x).__name__}")
    if x.ndim != 2 or x.shape[1] != points.shape[1]:
        raise Refusal("particles and data lie in one space", f"shapes {tuple(x.shape)} and {tuple(points.shape)}")
    if (x.dtype, x.device) != (points.dtype, points.device):
        given = f"{x.dtype} on {x.device} and {points.dtype} on {points.device}"
        raise Refusal("particles and data share dtype and device", given, "Convert one with .to(other).")
    if x.requires_grad and torch.is_grad_enabled():
        need = "a sliced flow freezes its couplings: its velocity has no derivative in the particles"
        raise Refusal(need, "particles that require a gradient", "Use x.detach(), or torch.no_grad().")


def _samples(real: Empirical) -> Empirical:
    if not isinstance(real, Empirical):
        cure = "Use Empirical(real.sample(n, generator))."
        raise Refusal("a sliced flow goes to samples, an Empirical", f"a {type(real).__name__}", cure)
    return real
