"""Sums of a kernel that is no function of the distance, by its own Gram matrix and gradient, in tiles of rows and columns."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory.kernels.radial import Kernel
from gantheory.kernels.sums.tiled import diagonal

ENTRIES = 2**18
"""Numbers in one (rows, columns, d) block: 2 MB in float64."""


def _columns(x: Tensor, rows: int) -> int:
    return max(1, ENTRIES // (max(rows, 1) * x.shape[1]))


def value(
    kernel: Kernel, x: Float[Tensor, "n d"], centres: Float[Tensor, "m d"], weights: Float[Tensor, " m"], start: int | None
) -> Float[Tensor, " n"]:
    """Σ_j w_j k(x_i, c_j); start as in tiled.accumulated."""
    total = torch.zeros_like(x[:, 0])
    step = _columns(x, len(x))
    for j in range(0, len(centres), step):
        gram = kernel(x, centres[j : j + step]) * weights[j : j + step]
        if start is not None:
            gram = gram.masked_fill(diagonal(gram, j - start), 0)  # masked, not subtracted: it may be infinite there
        total = total + gram.sum(1)
    return total


def value_and_gradient(
    kernel: Kernel, x: Float[Tensor, "n d"], centres: Float[Tensor, "m d"], weights: Float[Tensor, " m"], start: int | None
) -> tuple[Float[Tensor, " n"], Float[Tensor, "n d"]]:
    """The sum, and Σ_j w_j ∇_x k(x_i, c_j)."""
    total, slope = torch.zeros_like(x[:, 0]), torch.zeros_like(x)
    step = _columns(x, len(x))
    for j in range(0, len(centres), step):
        gram, pull = _both(kernel, x, centres[j : j + step])
        gram, pull = gram * weights[j : j + step], pull * weights[j : j + step, None]
        if start is not None:
            own = diagonal(gram, j - start)
            gram, pull = gram.masked_fill(own, 0), pull.masked_fill(own[..., None], 0)
        total, slope = total + gram.sum(1), slope + pull.sum(1)
    return total, slope


def _both(kernel: Kernel, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """k and ∇_x k, at once where the kernel can."""
    at_once = getattr(kernel, "value_and_gradient", None)
    return at_once(x, y) if at_once else (kernel(x, y), kernel.gradient(x, y))
