"""A tensor grid with arbitrary nodes on each axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.grids.axis import Interval
from gantheory.grids.grid import array_of, mesh
from gantheory.objectives import Boundary, Box


@dataclass(frozen=True, eq=False)
class TensorGrid:
    """axes[k] increases from one end of a box to the other; second order where the spacing changes smoothly."""

    axes: tuple[np.ndarray, ...] | Any
    boundary: Boundary | Any = Boundary.DIRICHLET

    def __post_init__(self) -> None:
        axes = tuple(map(_numbers, self.axes if isinstance(self.axes, Sequence | np.ndarray) else (self.axes,)))
        object.__setattr__(self, "axes", axes)
        if not axes or any(a.ndim != 1 or len(a) < 3 for a in axes):
            raise Refusal("a TensorGrid has at least 3 nodes on each axis", [a.shape for a in axes])
        if not all(np.isfinite(a).all() and (np.diff(a) > 0).all() for a in axes):
            raise Refusal("the nodes of a TensorGrid are finite and increase", "an axis that does not")
        if not isinstance(self.boundary, Boundary):
            raise Refusal("the boundary of a TensorGrid is a Boundary", repr(self.boundary), "Use Boundary.NATURAL.")

    @property
    def points(self) -> tuple[int, ...]:
        """How many nodes on each axis."""
        return tuple(len(a) for a in self.axes)

    def coarsened(self) -> TensorGrid:
        """Every second node, and the last."""
        return replace(self, axes=tuple(np.append(a[:-1:2], a[-1]) for a in self.axes))

    @property
    def lower(self) -> tuple[float, ...]:
        """The first node on each axis."""
        return tuple(float(a[0]) for a in self.axes)

    @property
    def upper(self) -> tuple[float, ...]:
        """The last node on each axis."""
        return tuple(float(a[-1]) for a in self.axes)

    @property
    def domain(self) -> Box:
        """The box."""
        return Box(self.lower, self.upper, self.boundary)

    @property
    def dim(self) -> int:
        """n."""
        return len(self.axes)

    @property
    def nodes(self) -> Float[Tensor, "N d"]:
        """All nodes, in the order of the flattened values; float64."""
        return torch.from_numpy(mesh(self.axes))

    def lines(self, order: int, accuracy: int = 2) -> tuple[Interval, ...]:
        """The axes with ⌊order/2⌋ ghost nodes beyond each end."""
        least = order + 2
        if min(self.points) < least:
            raise Refusal(f"order {order} needs at least {least} points on each axis", self.points)
        return tuple(Interval(x, order // 2) for x in self.axes)


def _numbers(axis: Any) -> np.ndarray:
    """The nodes as float64; a Refusal for what is no list of real numbers."""
    found = array_of(axis)
    if found.dtype.kind not in "iuf":
        raise Refusal("an axis of a TensorGrid is an array of real numbers", repr(axis), "Use np.linspace(0, 1, 33).")
    return found.astype(np.float64)
