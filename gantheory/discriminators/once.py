"""Fields evaluated outside torch: their first derivative joins the graph, their second is refused by name."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from torch import Tensor
from torch.autograd import Function

from gantheory._errors import Refusal


@runtime_checkable
class Numerical(Protocol):
    """Values and slopes of a field at points without a graph."""

    def _values(self, x: Tensor) -> Tensor: ...

    def _slopes(self, x: Tensor) -> Tensor: ...


class Value(Function):
    """D(x), whose backward is ∇D(x)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, field: Numerical) -> Tensor:
        ctx.save_for_backward(x)
        ctx.field = field
        return field._values(x.detach())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return gradients[0][:, None] * Slope.apply(x, ctx.field), None


class Slope(Function):
    """∇D(x), whose backward is refused."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, field: Numerical) -> Tensor:
        ctx.name = type(field).__name__
        return field._slopes(x.detach())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, None]:
        raise Refusal(f"a {ctx.name} has first derivatives", "a second derivative", "Use a KernelExpansion.")
