"""The gradient flow of half the squared sliced W2 distance: of particles, and of normal laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

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

    def __call__(self, t: Float[Tensor, ""], x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """The velocity of every particle."""
        if x.shape[1] != self.real.dim:
            raise Refusal("particles and data lie in one space", f"dimensions {x.shape[1]} and {self.real.dim}")
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
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise Refusal("a seed is an integer ≥ 0", repr(self.seed))

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
        m, S = state
        theta, k = self.directions, len(self.directions)
        ratio = ((theta @ self.real.covariance * theta).sum(1) / (theta @ S * theta).sum(1)).sqrt()
        A = (theta * (1 - ratio)[:, None]).mT @ theta / k
        return -(theta @ (m - self.real.mean)) @ theta / k, -(A @ S + S @ A)


def _samples(real: Empirical) -> Empirical:
    if not isinstance(real, Empirical):
        cure = "Use Empirical(real.sample(n, generator))."
        raise Refusal("a sliced flow goes to samples, an Empirical", f"a {type(real).__name__}", cure)
    return real
