"""A uniform tensor grid on a box, and findiff's operators on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sparse
import torch
from findiff import Diff
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.grids.axis import Interval
from gantheory.grids.grid import counts, mesh
from gantheory.objectives import Boundary, Box


@dataclass(frozen=True)
class BoxGrid:
    """points[k] nodes from lower[k] to upper[k], ends included; values are (points[0], …) arrays, the last axis fastest."""

    lower: tuple[float, ...] | Any
    upper: tuple[float, ...] | Any
    points: tuple[int, ...] | Any
    boundary: Boundary | Any = Boundary.DIRICHLET

    def __post_init__(self) -> None:
        box = Box(self.lower, self.upper, self.boundary)  # refuses what is no box
        object.__setattr__(self, "lower", box.lower)
        object.__setattr__(self, "upper", box.upper)
        object.__setattr__(self, "points", counts(self.points, box.dim, "BoxGrid"))

    @staticmethod
    def of(box: Box | Any, points: Sequence[int] | Any) -> BoxGrid:
        """The grid on a Box domain, with its boundary."""
        if not isinstance(box, Box):
            raise Refusal("BoxGrid.of takes a Box", repr(box), "Use TorusGrid.of for a Torus.")
        return BoxGrid(box.lower, box.upper, points, box.boundary)

    @property
    def domain(self) -> Box:
        """The box."""
        return Box(self.lower, self.upper, self.boundary)

    @property
    def dim(self) -> int:
        """n."""
        return len(self.points)

    def coarsened(self) -> BoxGrid:
        """Cells twice as long, more or less."""
        return replace(self, points=tuple(k // 2 + 1 for k in self.points))

    @property
    def spacing(self) -> tuple[float, ...]:
        """h on each axis."""
        sides = zip(self.lower, self.upper, self.points, strict=True)
        return tuple((b - a) / (k - 1) for a, b, k in sides)

    @cached_property
    def axes(self) -> tuple[np.ndarray, ...]:
        """The coordinates along each axis."""
        return tuple(np.linspace(a, b, k) for a, b, k in zip(self.lower, self.upper, self.points, strict=True))

    @property
    def nodes(self) -> Float[Tensor, "N d"]:
        """All nodes, in the order of the flattened values; float64."""
        return torch.from_numpy(mesh(self.axes))

    def lines(self, order: int, accuracy: int = 2) -> tuple[Interval, ...]:
        """The axes with ⌊order/2⌋ ghost nodes beyond each end."""
        least = order + 2
        if min(self.points) < least:
            raise Refusal(f"order {order} needs at least {least} points on each axis", self.points)
        return tuple(Interval(x, order // 2, uniform=True) for x in self.axes)

    def inner(self, layers: int) -> np.ndarray:
        """True at the nodes that are at least `layers` nodes away from every face, flattened."""
        if min(self.points) <= 2 * layers:
            raise Refusal(f"{layers} layers of boundary data need more than {2 * layers} points on each axis", self.points)
        mask = np.zeros(self.points, dtype=bool)
        mask[tuple(slice(layers, k - layers) for k in self.points)] = True
        return mask.ravel()

    def derivative(self, axis: int, order: int, accuracy: int) -> sparse.csr_matrix:
        """∂^order along the axis as a sparse matrix, central of the given accuracy inside (findiff's stencils)."""
        if order == 0:
            return sparse.identity(int(np.prod(self.points)), format="csr")
        self.hold(axis, order, accuracy)
        return sparse.csr_matrix((Diff(axis, self.spacing[axis], acc=accuracy) ** order).matrix(self.points))

    def hold(self, axis: int, order: int, accuracy: int) -> None:
        """Refuse an axis that is too short for findiff's stencils."""
        one_sided = (order + 1) // 2 - 1 + accuracy // 2  # rows at each end, each of order + accuracy points
        least = one_sided - 1 + order + accuracy
        if self.points[axis] < least:
            raise Refusal(f"order {order} at accuracy {accuracy} needs at least {least} points on an axis", self.points)
