"""The vocabulary of shapes: what every floor above 2 passes on."""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal

State: TypeAlias = Tensor | tuple[Tensor, ...]


@runtime_checkable
class Field(Protocol):
    """A map R^d → R on rows: a discriminator, a density, a witness."""

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """Return the values at the rows of x."""
        ...


def gradient(D: Field, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """∇D at the rows of x: D.gradient(x) where D has a closed form, autograd otherwise.

    Differentiable in x once more where x requires a gradient. Raises Refusal where D does not depend on x differentiably.
    """
    closed = getattr(D, "gradient", None)
    if closed is not None:
        return closed(x)
    with torch.enable_grad():
        points = x if x.requires_grad else x.detach().requires_grad_()
        values = D(points)
        if not isinstance(values, Tensor):
            raise Refusal("a field gives a torch tensor", type(values).__name__, "Write it with torch functions.")
        slope = None
        if values.requires_grad:
            (slope,) = torch.autograd.grad(values.sum(), points, create_graph=x.requires_grad, allow_unused=True)
    if slope is None:
        raise Refusal("the gradient needs a field that is differentiable in x", type(D).__name__, "Give it a .gradient(x).")
    return slope
