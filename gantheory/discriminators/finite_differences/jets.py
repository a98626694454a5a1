"""D and its normal derivatives on the faces, from the boundary field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field, gradient
from gantheory.discriminators.reading import field_values
from gantheory.grids import Grid


@dataclass(frozen=True, eq=False)
class Jets:
    """(points, axis, k) ↦ ∂_axis^k of the field, k ≤ 2, by its closed gradient and autograd."""

    field: Field | Any
    grid: Grid

    def __call__(self, points: NDArray[np.float64], axis: int, order: int) -> NDArray[np.float64]:
        """The derivative as float64 numbers, finite and one for each point."""
        x = torch.from_numpy(points)
        if order == 0:
            return self._value(x).numpy()
        found = self._slope(x, axis) if order == 1 else self._bend(x, axis)
        return field_values(lambda _: found, x, f"the derivative of order {order} of the boundary field").numpy()

    def _value(self, x: Tensor) -> Tensor:
        return field_values(self.field, x, "the boundary field")

    def _slope(self, x: Tensor, axis: int) -> Tensor:
        try:
            return gradient(self.field, x)[:, axis]
        except Refusal:
            if self._constant(x, self._value):
                return torch.zeros(len(x), dtype=x.dtype)
            raise

    def _bend(self, x: Tensor, axis: int) -> Tensor:
        live = x.clone().requires_grad_()
        with torch.enable_grad():
            try:
                slope = gradient(self.field, live)[:, axis]
            except Refusal:
                slope = self._slope(x, axis)
            bend = None
            if slope.requires_grad:
                (bend,) = torch.autograd.grad(slope.sum(), live, allow_unused=True)
        if bend is not None:
            return bend[:, axis]
        if self._constant(x, lambda z: self._slope(z, axis)):
            return torch.zeros(len(x), dtype=x.dtype)
        need = "a boundary field for order 3 has two derivatives in torch"
        raise Refusal(need, type(self.field).__name__, "Write it with torch functions.")

    def _constant(self, x: Tensor, function: Field) -> bool:
        """The same there and inside the box: no derivative is hidden."""
        middle = torch.tensor([(a[0] + a[-1]) / 2 for a in self.grid.axes], dtype=x.dtype)
        values = torch.cat([function(x), function(x + (middle - x) * 0.37)])
        return bool((values == values[0]).all())
