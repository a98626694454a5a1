"""Partial derivatives of any field, of any order: by autograd where it reaches, else by differences of order 8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import product

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.symbolic.operators import MultiIndex

ACCURACY = 8


def partials(
    field: Callable[[Tensor], Tensor], x: Float[Tensor, "n d"], orders: Sequence[MultiIndex], spacing: float | None
) -> dict[MultiIndex, Float[Tensor, " n"]]:
    """α ↦ ∂^α f(x). spacing None: autograd, a Refusal where the field is not differentiable so often; else differences."""
    if spacing is not None:
        return {a: _difference(field, x, a, spacing) for a in orders}
    found: dict[MultiIndex, Tensor] = {}
    points = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        found[(0,) * x.shape[1]] = field(points)
        for a in sorted(orders, key=sum):
            _taken(found, points, a)
    return {a: found[a].detach() for a in orders}


def _taken(found: dict[MultiIndex, Tensor], x: Tensor, alpha: MultiIndex) -> Tensor:
    """∂^α from ∂^{α − e_k}, each taken once."""
    if alpha not in found:
        axis = max(k for k, a in enumerate(alpha) if a)
        below = _taken(found, x, tuple(a - (k == axis) for k, a in enumerate(alpha)))
        if not below.requires_grad:
            if sum(alpha) == 1:
                cure = "Pass spacing= to take differences."
                raise Refusal("autograd needs a field that is differentiable in x", "one whose values are detached", cure)
            found[alpha] = torch.zeros_like(below)
            return found[alpha]
        try:
            (slopes,) = torch.autograd.grad(below.sum(), x, create_graph=True, materialize_grads=True)
        except (RuntimeError, NotImplementedError) as error:
            given = f"a field without it: {str(error).splitlines()[0]}"
            raise Refusal(f"autograd takes derivative {sum(alpha)}", given, "Pass spacing= to take differences.") from error
        for k in range(x.shape[1]):
            found.setdefault(tuple(a - (j == axis) + (j == k) for j, a in enumerate(alpha)), slopes[:, k])
    return found[alpha]


def _difference(field: Callable[[Tensor], Tensor], x: Tensor, alpha: MultiIndex, h: float) -> Tensor:
    """The product of central differences of order 8 along the axes of α."""
    stencils = [central(a) if a else ((0, 1.0),) for a in alpha]
    result = x.new_zeros(len(x))
    for nodes in product(*stencils):
        weight = 1.0
        for _, w in nodes:
            weight *= w
        result += weight * field(x + h * x.new_tensor([float(k) for k, _ in nodes])).detach()
    return result / h ** sum(alpha)


@cache
def central(order: int) -> tuple[tuple[int, float], ...]:
    """(offset, weight) of the central difference of order 8 for d^k/dx^k at unit spacing."""
    reach = (order + 1) // 2 - 1 + ACCURACY // 2
    offsets = list(range(-reach, reach + 1))
    weights = sp.finite_diff_weights(order, offsets, 0)[order][-1]
    return tuple((o, float(w)) for o, w in zip(offsets, weights, strict=True) if w != 0)
