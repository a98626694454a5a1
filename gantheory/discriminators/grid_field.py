"""Values on a grid as a Field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import NdBSpline, make_interp_spline
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.discriminators.once import Slope, Value
from gantheory.grids import Grid

DEGREE = 5  # of the spline between nodes: finer than any stencil in use


@dataclass(frozen=True, eq=False)
class GridField:
    """D between the nodes of a grid, by a quintic tensor spline, periodic on a torus; float64 on the CPU, in the box alone."""

    grid: Grid
    values: np.ndarray
    stats: dict[str, Any]

    @property
    def _periodic(self) -> bool:
        return self.grid.boundary is None

    @cached_property
    def _ends(self) -> tuple[Tensor, Tensor]:
        """The least and the greatest coordinates; on a torus, of one period."""
        low, high = ([float(x[k]) for x in self.grid.axes] for k in (0, -1))
        return torch.tensor(low, dtype=torch.float64), torch.tensor(high, dtype=torch.float64)

    @cached_property
    def _spline(self) -> NdBSpline:
        """Interpolation axis by axis: its coefficients are those of the tensor spline."""
        coefficients, knots, degrees = self.values, [], []
        for axis, x in enumerate(self.grid.axes):
            degree = min(DEGREE, len(x) - 1)
            degree -= (degree + 1) % 2
            values = np.moveaxis(coefficients, axis, 0)
            if self._periodic:
                x, values = np.append(x, x[0] + self._periods[axis].item()), np.concatenate([values, values[:1]])
            spline = make_interp_spline(x, values, k=degree, bc_type="periodic" if self._periodic else None)
            coefficients = np.moveaxis(spline.c, 0, axis)
            knots.append(spline.t)
            degrees.append(degree)
        return NdBSpline(tuple(knots), np.ascontiguousarray(coefficients), tuple(degrees))

    @cached_property
    def _periods(self) -> Tensor:
        return torch.tensor([float(x[1] - x[0]) * len(x) for x in self.grid.axes], dtype=torch.float64)

    def _at(self, x: Tensor, *order: int) -> Tensor:
        if x.dtype != torch.float64 or x.device.type != "cpu":
            raise Refusal("a GridField is evaluated in float64 on the CPU", f"{x.dtype} on {x.device}", "Use .double().cpu().")
        if x.ndim != 2 or x.shape[1] != self.grid.dim:
            raise Refusal(f"points have shape (n, {self.grid.dim})", tuple(x.shape))
        low, high = self._ends
        if self._periodic:
            if not bool(torch.isfinite(x).all()):
                raise Refusal("a GridField on a torus is evaluated at finite points", "NaN or inf")
            x = low + torch.remainder(x - low, self._periods)
        elif not bool(((x >= low) & (x <= high)).all()):  # NaN is outside
            given = f"a point outside {tuple(low.tolist())} … {tuple(high.tolist())}"
            raise Refusal("a GridField is evaluated inside its box", given)
        return torch.from_numpy(self._spline(x.numpy(), nu=order))

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
