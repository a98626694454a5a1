"""Two ways to sum a series over scattered points, and the choice between them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.fourier import nonuniform
from gantheory.fourier.lattice import Lattice

TILE = 2**20  # complex numbers in one block of waves: 16 MB
MANY = 2**20  # points × wave numbers from which the fast transform pays: direct sums take 25 ms for them
TOLERANCE = {torch.float64: 1e-13, torch.float32: 1e-6}  # the least that finufft keeps without a warning


def waves(x: Tensor, lattice: Lattice) -> list[Tensor]:
    """e^{iω_i x_i} for each axis: complex tensors (n, shape_i). x is taken modulo the periods first."""
    turned = torch.remainder(x, x.new_tensor(lattice.periods))
    axes = zip(turned.T, lattice.frequencies, strict=True)
    return [torch.exp(1j * (column[:, None] * x.new_tensor(w))) for column, w in axes]


def _rows(lattice: Lattice) -> int:
    """Points in one block."""
    return max(1, TILE // max(1, prod(lattice.shape[1:]), lattice.shape[0]))


@dataclass(frozen=True)
class DirectSum:
    """Every wave at every point, in torch: any dimension, dtype and device, differentiable to any order."""

    def coefficients(self, x: Tensor, strengths: Tensor, lattice: Lattice) -> Tensor:
        """Σ_j w_j e^{−iω·x_j} over the array of the lattice."""
        total: Any = 0
        for block, w in zip(x.split(_rows(lattice)), strengths.split(_rows(lattice)), strict=True):
            first, *others = (e.conj() for e in waves(block, lattice))
            rest = torch.ones_like(first[:, :1])
            for e in others:
                rest = (rest[:, :, None] * e[:, None, :]).flatten(1)
            total = total + (w[:, None] * first).mT @ rest
        return total.reshape(lattice.shape)

    def values(self, x: Tensor, coefficients: Tensor, lattice: Lattice) -> Tensor:
        """2 Re Σ_{k ∈ H} c_k e^{iω·x_j} for a stack (b, *shape): (b, n)."""
        blocks = [self._block(block, coefficients, lattice) for block in x.split(_rows(lattice))]
        return torch.cat(blocks, 1) if blocks else x.new_zeros(len(coefficients), 0)

    def _block(self, x: Tensor, coefficients: Tensor, lattice: Lattice) -> Tensor:
        first, *others = waves(x, lattice)
        result = first @ coefficients.flatten(2) if others else first @ coefficients[:, :, None]
        for size, e in zip(lattice.shape[1:], others, strict=True):  # (b, n, size · rest)
            result = (e[None, :, :, None] * result.unflatten(2, (size, -1))).sum(2)
        return 2 * result.squeeze(2).real

    def __str__(self) -> str:
        return "direct"


@dataclass(frozen=True)
class NonuniformTransform:
    """finufft's fast transform of scattered points, to a relative tolerance: 1 ≤ n ≤ 3, on the CPU; needs the extra [fast].

    tolerance: None is 1e-13 in float64 and 1e-6 in float32. Values differentiate to any order in x.
    Source: barnett2019parallel.
    """

    tolerance: float | None = None

    def __post_init__(self) -> None:
        if self.tolerance is not None and not 1e-15 < self.tolerance < 1:
            raise Refusal("the tolerance of a NonuniformTransform is between 1e-15 and 1", self.tolerance)

    def _tolerance(self, x: Tensor) -> float:
        return TOLERANCE[x.dtype] if self.tolerance is None else self.tolerance

    def _fits(self, x: Tensor, lattice: Lattice) -> None:
        if x.device.type != "cpu" or lattice.dim > 3:
            need = "a NonuniformTransform works on the CPU in 1-D, 2-D and 3-D"
            raise Refusal(need, f"{lattice.dim}-D points on {x.device}", "Use DirectSum().")

    def coefficients(self, x: Tensor, strengths: Tensor, lattice: Lattice) -> Tensor:
        """Σ_j w_j e^{−iω·x_j} over the array of the lattice."""
        self._fits(x, lattice)
        whole = nonuniform.sums(
            x.numpy(), strengths.numpy(), lattice.periods, lattice.modes, self._tolerance(x)
        )  # k₁ < 0 is the mirror image
        return torch.from_numpy(np.ascontiguousarray(whole[lattice.modes[0] :]))

    def values(self, x: Tensor, coefficients: Tensor, lattice: Lattice) -> Tensor:
        """2 Re Σ_{k ∈ H} c_k e^{iω·x_j} for a stack (b, *shape): (b, n)."""
        self._fits(x, lattice)
        return _Values.apply(x, coefficients, lattice, self._tolerance(x))

    def __str__(self) -> str:
        return f"finufft, tolerance {self.tolerance:g}" if self.tolerance else "finufft"


class _Values(torch.autograd.Function):
    """The values of a stack of series, whose derivative is a longer stack."""

    @staticmethod
    def forward(x: Tensor, coefficients: Tensor, lattice: Lattice, tolerance: float) -> Tensor:
        padding = coefficients.new_zeros(len(coefficients), lattice.modes[0], *lattice.shape[1:])
        whole = torch.cat([padding, coefficients], 1).detach().numpy()
        found = nonuniform.values(x.detach().numpy(), whole, lattice.periods, tolerance, torch.get_num_threads())
        return torch.from_numpy(2 * np.ascontiguousarray(found.real))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Lattice, float], output: Tensor) -> None:
        ctx.save_for_backward(*inputs[:2])
        ctx.lattice, ctx.tolerance = inputs[2:]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        x, coefficients = ctx.saved_tensors
        slopes = _Values.apply(x, differentiated(coefficients, ctx.lattice).flatten(0, 1), ctx.lattice, ctx.tolerance)
        return torch.einsum("bn,bdn->nd", gradients[0], slopes.unflatten(0, (-1, ctx.lattice.dim))), None, None, None


def differentiated(coefficients: Tensor, lattice: Lattice) -> Tensor:
    """iω_a c_k for each axis a: a stack (b, *shape) becomes (b, n, *shape)."""
    parts = []
    for axis, w in enumerate(lattice.frequencies):
        along = [1] * lattice.dim
        along[axis] = -1
        parts.append(coefficients * (1j * coefficients.real.new_tensor(w)).reshape(along))
    return torch.stack(parts, 1)


Sum: TypeAlias = DirectSum | NonuniformTransform


def chosen(x: Tensor, lattice: Lattice) -> Sum:
    """NonuniformTransform where points × wave numbers are many, on the CPU and n ≤ 3; DirectSum elsewhere."""
    few = len(x) * prod(lattice.shape) <= MANY
    return DirectSum() if few or x.device.type != "cpu" or lattice.dim > 3 else NonuniformTransform()
