"""A real Fourier series as a Field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import finite
from gantheory._errors import Refusal
from gantheory.fourier.lattice import Lattice
from gantheory.fourier.sums import DirectSum, Sum, chosen, differentiated


@dataclass(frozen=True, eq=False)
class FourierField:
    """D(x) = c₀ + 2 Re Σ_{k ∈ H} c_k e^{iω·x}, ω_i = 2π k_i/T_i, H the half lattice; smooth, of the periods T.

    coefficients: over the array of the lattice, complex; places outside H are ignored. sums: how points are summed, by their
    number where None. dtype and device are those of the coefficients.
    """

    lattice: Lattice
    coefficients: Tensor | Any
    mean: float = 0.0
    sums: Any = None
    stats: Any = None

    def __post_init__(self) -> None:
        c = self.coefficients
        if not isinstance(c, Tensor) or not c.is_complex() or tuple(c.shape) != self.lattice.shape:
            given = f"{c.dtype} of shape {tuple(c.shape)}" if isinstance(c, Tensor) else type(c).__name__
            raise Refusal(f"the coefficients of a FourierField are complex, of shape {self.lattice.shape}", given)
        finite(torch.view_as_real(c), "the coefficients of a FourierField")
        half = torch.from_numpy(self.lattice.half).to(c.device)
        object.__setattr__(self, "coefficients", torch.where(half, c, 0))
        object.__setattr__(self, "stats", {} if self.stats is None else self.stats)

    @property
    def dim(self) -> int:
        """n."""
        return self.lattice.dim

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """D(x); differentiable to any order in x."""
        return self.mean + self._sum(x).values(x, self.coefficients[None], self.lattice)[0]

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇D(x) = 2 Re Σ iω c_k e^{iω·x}, exactly; differentiable to any order in x."""
        slopes = differentiated(self.coefficients[None], self.lattice)[0]
        return self._sum(x).values(x, slopes, self.lattice).T

    def energy(self, order: float) -> float:
        """∫ |(−Δ)^{s/2} D|² dx = 2|T| Σ_{k ∈ H} |ω|^{2s} |c_k|² over the torus, by Parseval; ∫ |∇^m D|² dx for s = m."""
        square = torch.from_numpy(self.lattice.square).to(self.coefficients.device)
        size = self.coefficients.abs().double() ** 2
        total = 2 * self.lattice.volume * float((torch.where(size > 0, square**order, 0) * size).sum())
        return total + (self.lattice.volume * self.mean**2 if order == 0 else 0.0)

    def _sum(self, x: Tensor) -> Sum:
        """How to sum at x, after x was checked."""
        c = self.coefficients
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise Refusal(f"points have shape (n, {self.dim})", tuple(x.shape))
        if (x.dtype, x.device) != (c.real.dtype, c.device):
            given = f"{x.dtype} on {x.device}"
            raise Refusal(f"this FourierField takes points of {c.real.dtype} on {c.device}", given, "Convert with .to(…).")
        finite(x.detach(), "the points of a FourierField")
        return self.sums or (chosen(x, self.lattice) if len(x) else DirectSum())
