"""The vocabulary of shapes: what every floor above 2 passes on."""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

from jaxtyping import Float
from torch import Tensor

State: TypeAlias = Tensor | tuple[Tensor, ...]


@runtime_checkable
class Field(Protocol):
    """A map R^d → R on rows: a discriminator, a density, a witness."""

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """Return the values at the rows of x."""
        ...
