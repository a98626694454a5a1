"""Kernel sums in tiles that fit the cache: O(N) memory, any device, any dtype."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.kernels.radial import Radial

ROWS, COLUMNS = 128, 1024  # 1 MB of float64: larger temporaries spend their time in page faults
CUDA_ROWS, CUDA_COLUMNS = 4096, 8192

Tile = tuple[list[Tensor], Tensor, Tensor]
Contribution = Callable[[list[Tensor], Tensor, Tensor], Tensor]


def accumulated(
    x: Tensor, centres: Tensor, weights: Tensor, start: int | None, contribution: Callable[[slice, Tile], list[Tensor]]
) -> list[Tensor]:
    """The sums over centres of each contribution, for every row of x.

    contribution(rows, (differences, squared distance, weights)) gives a list of (a, …) tensors for one tile.
    start: row i and centre start + i are the same index, and that pair is left out; None leaves nothing out.
    """
    rows, columns = (CUDA_ROWS, CUDA_COLUMNS) if x.is_cuda else (ROWS, COLUMNS)
    blocks: list[list[Tensor]] = []
    for i in range(0, max(len(x), 1), rows):
        a = slice(i, min(i + rows, len(x)))
        sums: list[Tensor] | None = None
        for j in range(0, len(centres), columns):
            b = slice(j, min(j + columns, len(centres)))
            parts = contribution(a, _tile(x[a], centres[b], weights[b], None if start is None else j - start - i))
            sums = parts if sums is None else [s + p for s, p in zip(sums, parts, strict=True)]
        blocks.append(sums or [])
    return [torch.cat(column) for column in zip(*blocks, strict=True)]


def _tile(x: Tensor, centres: Tensor, weights: Tensor, offset: int | None) -> Tile:
    """Differences by coordinate, their squared length, and weights (0 for an excluded pair, whose length is made 1)."""
    differences = [x[:, k, None] - centres[None, :, k] for k in range(x.shape[1])]
    square = differences[0].square()
    for difference in differences[1:]:
        square = square + difference.square()
    spread = weights[None].expand(len(x), -1)
    if offset is not None:
        same = diagonal(square, offset)
        square, spread = torch.where(same, 1.0, square), torch.where(same, 0.0, spread)
    return differences, square, spread


def diagonal(tile: Tensor, offset: int) -> Tensor:
    """Which pairs (i, j) of a tile (a, b) are one index: i = j + offset."""
    rows, columns = (torch.arange(size, device=tile.device) for size in tile.shape)
    return rows[:, None] == columns[None] + offset


def value(kernel: Radial, x: Float[Tensor, "n d"], centres: Float[Tensor, "m d"], weights: Float[Tensor, " m"],
          start: int | None) -> Float[Tensor, " n"]:  # fmt: skip
    """Σ_j w_j φ(|x_i − c_j|)."""
    return accumulated(x, centres, weights, start, lambda a, t: [(kernel.value.raw(t[1]) * t[2]).sum(1)])[0]


def value_and_gradient(
    kernel: Radial, x: Float[Tensor, "n d"], centres: Float[Tensor, "m d"], weights: Float[Tensor, " m"], start: int | None
) -> tuple[Float[Tensor, " n"], Float[Tensor, "n d"]]:
    """Both in one pass."""

    def both(a: slice, tile: Tile) -> list[Tensor]:
        differences, square, spread = tile
        pull = kernel.slope.raw(square) * spread
        return [(kernel.value.raw(square) * spread).sum(1), torch.stack([(pull * d).sum(1) for d in differences], 1)]

    total, slope = accumulated(x, centres, weights, start, both)
    return total, slope


def hessian_product(
    kernel: Radial,
    x: Float[Tensor, "n d"],
    centres: Float[Tensor, "m d"],
    weights: Float[Tensor, " m"],
    direction: Float[Tensor, "n d"],
    start: int | None,
) -> Float[Tensor, "n d"]:
    """Σ_j w_j ∇²φ(|x_i − c_j|) v_i; refused by name where a pair at distance 0 has no second derivative."""

    def product(a: slice, tile: Tile) -> list[Tensor]:
        differences, square, spread = tile
        _refuse_coincidence(kernel, square)
        v = direction[a]
        along = differences[0] * v[:, 0, None]
        for k, difference in enumerate(differences[1:], 1):
            along = along + difference * v[:, k, None]
        bend = kernel.curvature.raw(square) * spread * along
        isotropic = (kernel.slope.raw(square) * spread).sum(1)
        return [isotropic[:, None] * v + torch.stack([(bend * d).sum(1) for d in differences], 1)]

    return accumulated(x, centres, weights, start, product)[0]


def _refuse_coincidence(kernel: Radial, square: Tensor) -> None:
    if not kernel.second_at_zero and not square.is_meta and bool((square < kernel.curvature.floor(square.dtype)).any()):
        raise Refusal(
            f"a second derivative of the kernel {kernel.profile} is taken away from its centres",
            "a point that is a centre, where it has no limit",
            "Use softening, or self_pairs=False.",
        )
