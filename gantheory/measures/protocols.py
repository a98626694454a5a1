"""What a measure offers."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor


@runtime_checkable
class Measure(Protocol):
    """A probability measure on R^d that can be sampled."""

    @property
    def dim(self) -> int:
        """d."""
        ...

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
        """x₁, …, xₙ, independent, each of this law."""
        ...


@runtime_checkable
class Density(Measure, Protocol):
    """A measure p(x) dx."""

    def density(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """p(x)."""
        ...

    def score(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇ log p(x)."""
        ...
