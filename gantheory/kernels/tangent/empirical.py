"""Tangent kernels of networks of finite width, by their own parameters' gradients."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, jacrev, vmap

from gantheory._checks import finite
from gantheory._errors import Refusal
from gantheory._modules import Parametric
from gantheory.kernels._checks import alike

NUMBERS = 2**22
"""Entries of a Jacobian held at once: 32 MB in float64."""


def _one(network: Parametric, parameters: tuple[Tensor, ...], x: Tensor) -> Tensor:
    """The outputs for one input, (k,)."""
    return network(parameters, x[None]).reshape(-1)


def _jacobian(network: Parametric, parameters: tuple[Tensor, ...], x: Float[Tensor, "n d"]) -> Float[Tensor, "n k p"]:
    """∂f_a(x_i)/∂θ_s, the parameters flattened."""
    each = vmap(lambda point: jacrev(lambda theta: _one(network, theta, point))(parameters))(x)
    return torch.cat([part.flatten(2) for part in each], 2)


def _count(parameters: tuple[Tensor, ...]) -> int:
    return sum(part.numel() for part in parameters)


def tangent_blocks(module: Any, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m k k"]:
    """J(x_i) J(y_j)ᵀ, J the Jacobian of the module's k outputs in its parameters, with the parameters as they are."""
    network = Parametric(module)
    parameters = network.parameters
    with torch.no_grad():
        outputs = len(_one(network, parameters, x[0]))
    rows = max(1, NUMBERS // (outputs * _count(parameters)))
    blocks = []
    for i in range(0, len(x), rows):
        left = _jacobian(network, parameters, x[i : i + rows])
        strips = [_jacobian(network, parameters, y[j : j + rows]) for j in range(0, len(y), rows)]
        blocks.append(torch.cat([torch.einsum("nap,mbp->nmab", left, right) for right in strips], 1))
    return torch.cat(blocks)


@dataclass(frozen=True, eq=False)
class EmpiricalTangentKernel:
    """k(x, y) = Σ_s ∂f(x)/∂θ_s ∂f(y)/∂θ_s of a module R^d → R, at the parameters it has when the kernel is made.

    In tiles whose Jacobians hold at most `NUMBERS` entries, or one row. Gradient in x by automatic differentiation.
    """

    module: Any
    parameters: tuple[Tensor, ...] = field(init=False, repr=False)
    _network: Parametric = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_network", Parametric(self.module))
        object.__setattr__(self, "parameters", self._network.parameters)

    def __call__(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """The Gram matrix; differentiable in x and y."""
        _refuse_unfit(x, y)
        strips = [torch.cat([self._rows(a) @ self._rows(b).mT for b in self._tiles(y)], 1) for a in self._tiles(x)]
        return torch.cat(strips)

    def gradient(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m d"]:
        """∇_x k(x_i, y_j): the gradient in x of the derivative of f along the direction ∂f(y_j)/∂θ."""
        _refuse_unfit(x, y)

        def slope(point: Tensor, direction: tuple[Tensor, ...]) -> Tensor:
            def along(z: Tensor) -> Tensor:
                pairs = zip(grad(self._value)(self.parameters, z), direction, strict=True)
                return torch.stack([(own * other).sum() for own, other in pairs]).sum()

            return grad(along)(point)

        columns = []
        for b in self._tiles(y):
            directions = vmap(lambda z: grad(self._value)(self.parameters, z))(b)
            each = vmap(vmap(slope, (None, 0)), (0, None), chunk_size=max(1, NUMBERS // (len(b) * _count(self.parameters))))
            columns.append(each(x, directions))
        return torch.cat(columns, 1)

    def _value(self, parameters: tuple[Tensor, ...], x: Tensor) -> Tensor:
        outputs = _one(self._network, parameters, x)
        if len(outputs) != 1:
            need = "EmpiricalTangentKernel needs a module with one output"
            raise Refusal(need, f"{len(outputs)} outputs", "Use tangent_blocks(module, x, y).")
        return outputs[0]

    def _rows(self, x: Tensor) -> Tensor:
        each = vmap(lambda point: grad(self._value)(self.parameters, point))(x)
        return torch.cat([part.flatten(1) for part in each], 1)

    def _tiles(self, x: Tensor) -> tuple[Tensor, ...]:
        return x.split(max(1, NUMBERS // _count(self.parameters)))


def _refuse_unfit(x: Tensor, y: Tensor) -> None:
    alike(x, y)
    for points in (x, y):
        finite(points, "the points of a tangent kernel")
