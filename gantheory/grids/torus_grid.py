"""A uniform grid on a torus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.grids.axis import Circle
from gantheory.grids.grid import mesh
from gantheory.objectives import Torus


@dataclass(frozen=True)
class TorusGrid:
    """Nodes origin[k] + j periods[k]/points[k], j = 0 … points[k] − 1, on each axis; the origin is 0 unless given."""

    periods: tuple[float, ...]
    points: tuple[int, ...]
    origin: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("periods", "points", "origin"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "origin", self.origin or (0.0,) * len(self.periods))
        if not len(self.periods) == len(self.points) == len(self.origin) >= 1:
            given = f"{self.periods}, {self.points}, {self.origin}"
            raise Refusal("a TorusGrid has a period, a number of points and an origin for each axis", given)
        if not all(isfinite(t) and t > 0 for t in self.periods) or not all(map(isfinite, self.origin)):
            raise Refusal("the periods of a TorusGrid are finite and positive, its origin is finite", self)
        if min(self.points) < 3:
            raise Refusal("a TorusGrid has at least 3 points on each axis", self.points)

    @staticmethod
    def of(torus: Torus, points: Sequence[int]) -> TorusGrid:
        """The grid on a Torus domain."""
        return TorusGrid(torus.periods, tuple(points))

    boundary = None

    @property
    def domain(self) -> Torus:
        """The torus."""
        return Torus(self.periods)

    @property
    def dim(self) -> int:
        """n."""
        return len(self.points)

    @property
    def spacing(self) -> tuple[float, ...]:
        """h on each axis."""
        return tuple(t / k for t, k in zip(self.periods, self.points, strict=True))

    @cached_property
    def axes(self) -> tuple[np.ndarray, ...]:
        """The coordinates along each axis."""
        return tuple(a + h * np.arange(k) for a, h, k in zip(self.origin, self.spacing, self.points, strict=True))

    @property
    def nodes(self) -> Float[Tensor, "N d"]:
        """All nodes, in the order of the flattened values; float64."""
        return torch.from_numpy(mesh(self.axes))

    def lines(self, order: int, accuracy: int = 2) -> tuple[Circle, ...]:
        """The axes, with stencils of this accuracy."""
        sides = zip(self.periods, self.points, self.origin, strict=True)
        return tuple(Circle(t, k, a, accuracy) for t, k, a in sides)
