"""A uniform tensor grid on a box, and findiff's operators on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np
import scipy.sparse as sparse
import torch
from findiff import Diff
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.grids.axis import Interval
from gantheory.grids.grid import mesh
from gantheory.objectives import Boundary, Box


@dataclass(frozen=True)
class BoxGrid:
    """points[k] nodes from lower[k] to upper[k], ends included; values are (points[0], …) arrays, the last axis fastest."""

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    points: tuple[int, ...]
    boundary: Boundary = Boundary.DIRICHLET

    def __post_init__(self) -> None:
        for name in ("lower", "upper", "points"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not len(self.lower) == len(self.upper) == len(self.points) >= 1:
            raise Refusal("a BoxGrid has lower, upper and points for each axis", f"{self.lower}, {self.upper}, {self.points}")
        if not all(isfinite(a) and isfinite(b) and a < b for a, b in zip(self.lower, self.upper, strict=True)):
            raise Refusal("a BoxGrid has finite lower < upper on each axis", self)
        if min(self.points) < 3:
            raise Refusal("a BoxGrid has at least 3 points on each axis", self.points)
        if not isinstance(self.boundary, Boundary):
            raise Refusal("the boundary of a BoxGrid is a Boundary", repr(self.boundary), "Use Boundary.NATURAL.")

    @staticmethod
    def of(box: Box, points: Sequence[int]) -> BoxGrid:
        """The grid on a Box domain, with its boundary."""
        return BoxGrid(box.lower, box.upper, tuple(points), box.boundary)

    @property
    def domain(self) -> Box:
        """The box."""
        return Box(self.lower, self.upper, self.boundary)

    @property
    def dim(self) -> int:
        """n."""
        return len(self.points)

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
