"""Values on a grid as a Field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import RectBivariateSpline, make_interp_spline
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.discriminators.once import Slope, Value
from gantheory.grids import BoxGrid

DEGREE = 5  # of the spline between nodes: finer than any stencil in use


@dataclass(frozen=True, eq=False)
class GridField:
    """D between the nodes of a grid, by a quintic spline; float64 on the CPU, inside the box alone."""

    grid: BoxGrid
    values: np.ndarray
    stats: dict[str, Any]

    @cached_property
    def _spline(self) -> Any:
        degree = min(DEGREE, min(self.grid.points) - 1)
        if self.grid.dim == 1:
            return make_interp_spline(self.grid.axes[0], self.values, k=degree - (degree + 1) % 2)
        return RectBivariateSpline(*self.grid.axes, self.values, kx=degree, ky=degree)

    def _at(self, x: Tensor, *order: int) -> Tensor:
        if x.dtype != torch.float64 or x.device.type != "cpu":
            raise Refusal("a GridField is evaluated in float64 on the CPU", f"{x.dtype} on {x.device}", "Use .double().cpu().")
        if x.ndim != 2 or x.shape[1] != self.grid.dim:
            raise Refusal(f"points have shape (n, {self.grid.dim})", tuple(x.shape))
        low, high = x.new_tensor(self.grid.lower), x.new_tensor(self.grid.upper)
        if not bool(((x >= low) & (x <= high)).all()):  # NaN is outside
            raise Refusal("a GridField is evaluated inside its box", f"a point outside {self.grid.lower} … {self.grid.upper}")
        if self.grid.dim == 1:
            return torch.from_numpy(self._spline(x[:, 0].numpy(), nu=order[0]))
        return torch.from_numpy(self._spline.ev(*x.T.numpy(), dx=order[0], dy=order[1]))

    def _values(self, x: Tensor) -> Tensor:
        return self._at(x, *(0,) * self.grid.dim)

    def _slopes(self, x: Tensor) -> Tensor:
        dim = self.grid.dim
        return torch.stack([self._at(x, *(int(j == k) for j in range(dim))) for k in range(dim)], 1)

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The spline's values; differentiable once."""
        return Value.apply(x, self)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """The spline's gradient; a second derivative is refused by name."""
        return Slope.apply(x, self)
