"""What the data at the faces fix: which degrees of freedom, and their values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from gantheory._errors import Refusal
from gantheory._types import Field, gradient
from gantheory.discriminators.finite_elements.space import ElementSpace
from gantheory.discriminators.reading import field_values
from gantheory.objectives import Boundary


@dataclass(frozen=True, eq=False)
class Freedoms:
    """Each degree of freedom of a space: where it lives, and which derivative it is."""

    space: ElementSpace

    @cached_property
    def _first(self) -> tuple[np.ndarray, np.ndarray]:
        """For each degree of freedom a simplex that has it, and its place there."""
        _, at = np.unique(self.space.unknowns, return_index=True)
        return np.divmod(at, self.space.unknowns.shape[1])

    @property
    def points(self) -> np.ndarray:
        """(N, d)."""
        return self.space.local_points[self._first]

    @property
    def orders(self) -> np.ndarray:
        """(N, d): β of each; for a normal slope 1 on the axis nearest to its normal, which on a face is its normal."""
        jets = np.array([(0,) * self.space.mesh.dim if jet is None else jet for jet in self.space.jets])
        size = np.abs(self.normals)
        nearest = np.arange(size.shape[1]) == size.argmax(1)[:, None]
        return jets[self._first[1]] + (nearest & (size > 0))

    @property
    def normals(self) -> np.ndarray:
        """(N, d): the direction of a normal slope, 0 for the others."""
        return self.space.normals[self._first]

    def fixed(self, order: int) -> np.ndarray:
        """(N,): whether the data for order m give ∂^β D on some face: where β_i < m, or β_i even and < m, i its axis.

        The derivatives along a face follow from the data on it: at an inner vertex of a clamped face only D_nn is free.
        """
        box = self.space.mesh.box
        if box.boundary is Boundary.NATURAL:
            return np.zeros(len(self.points), dtype=bool)
        at_end = (self.points == box.lower) | (self.points == box.upper)
        known = self.orders < order
        if box.boundary is Boundary.SIMPLY_SUPPORTED:
            known &= self.orders % 2 == 0
        return (at_end & known).any(1)

    def values(self, field: Field | Any, which: np.ndarray) -> np.ndarray:
        """The degrees of freedom of a field, where `which` is true."""
        chosen = np.flatnonzero(which)
        x = torch.from_numpy(self.points[chosen])
        orders, normals = self.orders[chosen], self.normals[chosen]
        top = int(orders.sum(1).max(initial=0))
        value = field_values(field, x, "a boundary field").numpy()
        if top == 0:
            return value
        slope = _checked(gradient(field, x), x.shape)
        direction = np.where((np.abs(normals).sum(1) > 0)[:, None], normals, orders * (orders.sum(1) == 1)[:, None])
        value = np.where(orders.sum(1) == 0, value, (direction * slope).sum(1))
        if top == 1:
            return value
        first, last = orders.argmax(1), self.space.mesh.dim - 1 - orders[:, ::-1].argmax(1)
        return np.where(orders.sum(1) == 2, hessian(field, x)[np.arange(len(x)), first, last], value)


def hessian(field: Field, x: torch.Tensor) -> np.ndarray:
    """∇∇D at the rows of x, by autograd of ∇D."""
    need = "ARGYRIS takes boundary data with second derivatives"
    points = x.detach().requires_grad_()
    with torch.enable_grad():
        slope = gradient(field, points)
        if not slope.requires_grad:
            raise Refusal(need, f"a {type(field).__name__} whose gradient has none", "Use MORLEY, or write the field in torch.")
        rows = [torch.autograd.grad(s.sum(), points, retain_graph=True, materialize_grads=True)[0] for s in slope.unbind(1)]
    return _checked(torch.stack(rows, 1), (*x.shape, x.shape[1]))


def _checked(values: torch.Tensor, shape: tuple[int, ...]) -> np.ndarray:
    """As an array; a Refusal unless float64, of that shape, finite."""
    given = f"{values.dtype} of shape {tuple(values.shape)}"
    if values.dtype != torch.float64 or tuple(values.shape) != tuple(shape):
        raise Refusal(f"a boundary field gives float64 of shape {tuple(shape)}", given)
    if not bool(values.isfinite().all()):
        raise Refusal("a boundary field is finite, with its derivatives", "NaN or inf")
    return values.detach().numpy()
