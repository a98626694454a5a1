"""Kernels of |x|², |y|² and x·y, with gradients that keep their digits where x and y meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.kernels._checks import alike
from gantheory.kernels.radial import squared_distances

PAIRS = 2**17
"""Pairs in one tile: 1 MB in float64 for each number that a profile holds of them."""


@dataclass(frozen=True, eq=False)
class Pair:
    """What two vectors say of each other: k11 = |u|², k22 = |v|², k12 = u·v, gap = |u−v|², area = |u|²|v|² − (u·v)².

    Shapes broadcast to (n, m). gap and area are held beside the rest, for k11 + k22 − 2 k12 and k11 k22 − k12² lose the
    digits of close and of parallel vectors. dim: the d of the points that the pair began with.
    """

    k11: Tensor
    k22: Tensor
    k12: Tensor
    gap: Tensor
    area: Tensor
    dim: int

    def affine(self, weight: float, bias: float) -> Pair:
        """The pair of (β, ω u) and (β, ω v), where weight is ω² and bias is β²: sums without cancellation."""
        k11, k22, k12 = (bias + weight * part for part in (self.k11, self.k22, self.k12))
        return Pair(k11, k22, k12, weight * self.gap, weight**2 * self.area + bias * weight * self.gap, self.dim)


def pair(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Pair:
    """The pair of each row of x and each row of y."""
    gap, area = squared_distances(x, y), _area(x, y)
    return Pair(x.square().sum(1)[:, None], y.square().sum(1)[None], x @ y.mT, gap, area, x.shape[1])


def _area(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """|y|²|u|², u the part of x − y that is orthogonal to y; exactly 0 on a line."""
    square = x.new_zeros(len(x), len(y))
    if x.shape[1] == 1:
        return square
    size, along = y.square().sum(1), _along(x, y)
    for k in range(x.shape[1]):
        square = square + (x[:, k, None] - y[None, :, k] - along * y[None, :, k]).square()
    return size * square


def _along(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """(x − y)·y/|y|², and 0 for y = 0."""
    size = y.square().sum(1)
    inner = sum((x[:, k, None] - y[None, :, k]) * y[None, :, k] for k in range(x.shape[1]))
    return inner / torch.where(size > 0, size, 1.0)  # type: ignore[no-any-return]


def root(square: Tensor) -> Tensor:
    """√s with derivative 0 at 0: half the sum of the two one-sided derivatives of a distance."""
    zero = square <= 0
    return torch.where(zero, 0.0, torch.where(zero, 1.0, square).sqrt())


@dataclass(frozen=True)
class Zonal:
    """k(x, y) = profile(|x|², |y|², x·y), a function of a Pair that is symmetric in x and y.

    Value and gradient are differentiable in x and y. At x = y the gradient is ½∇[k(x, x)], the mean of the derivatives from
    opposite sides, if the profile takes its square roots by `root`.
    """

    profile: Callable[[Pair], Tensor]

    def __call__(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """The Gram matrix, in tiles of rows."""
        alike(x, y)
        rows = max(1, PAIRS // max(len(y), 1))
        return torch.cat([self._value(x[i : i + rows], y) for i in range(0, max(len(x), 1), rows)])

    def gradient(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m d"]:
        """∇_x k(x_i, y_j)."""
        return self.value_and_gradient(x, y)[1]

    def value_and_gradient(
        self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]
    ) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m d"]]:
        """Both by one pass over the profile."""
        alike(x, y)
        rows = max(1, PAIRS // max(len(y), 1))
        tiles = [self._slope(x[i : i + rows], y) for i in range(0, max(len(x), 1), rows)]
        return torch.cat([value for value, _ in tiles]), torch.cat([slope for _, slope in tiles])

    def _value(self, x: Tensor, y: Tensor) -> Tensor:
        return _finite(self.profile(pair(x, y)).expand(len(x), len(y)))

    def _slope(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The value, and 2x ∂k11 + y ∂k12 + 2(x−y) ∂gap + 2|y|²u ∂area: each factor is finite, and none cancels."""
        graph = torch.is_grad_enabled() and (x.requires_grad or y.requires_grad)
        with torch.enable_grad():
            held = pair(x, y)
            parts = (held.k11.expand_as(held.k12), held.k12, held.gap, held.area)
            leaves = [part if graph and part.requires_grad else part.detach().clone().requires_grad_() for part in parts]
            k11, k12, gap, area = leaves
            value = self.profile(replace(held, k11=k11, k12=k12, gap=gap, area=area)).expand(len(x), len(y))
            by_size, by_inner, by_gap, by_area = torch.autograd.grad(
                value.sum(), leaves, create_graph=graph, allow_unused=True, materialize_grads=True
            )
        apart = x[:, None] - y[None]
        slope = 2 * by_size[..., None] * x[:, None] + by_inner[..., None] * y + 2 * by_gap[..., None] * apart
        if x.shape[1] > 1:
            across = apart - _along(x, y)[..., None] * y
            slope = slope + (2 * by_area * y.square().sum(1))[..., None] * across
        return _finite(value if graph else value.detach()), _finite(slope)


def _finite(values: Tensor) -> Tensor:
    """The values; a Refusal where one is NaN or infinite, for fourth powers of large points leave the float range."""
    if not values.is_meta and not bool(values.detach().isfinite().all()):
        raise Refusal("a zonal kernel is finite on its points", "NaN or infinity", "Scale the points, weight or bias down.")
    return values
