"""A uniform grid on a torus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.grids.axis import Circle
from gantheory.grids.grid import counts, mesh
from gantheory.objectives import Torus
from gantheory.objectives.domain import numbers


@dataclass(frozen=True)
class TorusGrid:
    """Nodes origin[k] + j periods[k]/points[k], j = 0 … points[k] − 1, on each axis; the origin is 0 unless given."""

    periods: tuple[float, ...] | Any
    points: tuple[int, ...] | Any
    origin: tuple[float, ...] | Any = ()

    def __post_init__(self) -> None:
        torus = Torus(self.periods)  # refuses what is no torus
        object.__setattr__(self, "periods", torus.periods)
        object.__setattr__(self, "points", counts(self.points, torus.dim, "TorusGrid"))
        origin = numbers(self.origin, "TorusGrid takes its origin") or (0.0,) * torus.dim
        if len(origin) != torus.dim or not all(map(isfinite, origin)):
            raise Refusal(f"the origin of a TorusGrid on a {torus} is finite, one number for each period", origin)
        object.__setattr__(self, "origin", origin)

    @staticmethod
    def of(torus: Torus | Any, points: Sequence[int] | Any) -> TorusGrid:
        """The grid on a Torus domain."""
        if not isinstance(torus, Torus):
            raise Refusal("TorusGrid.of takes a Torus", repr(torus), "Use BoxGrid.of for a Box.")
        return TorusGrid(torus.periods, points)

    boundary = None

    @property
    def domain(self) -> Torus:
        """The torus."""
        return Torus(self.periods)

    @property
    def dim(self) -> int:
        """n."""
        return len(self.points)

    def coarsened(self) -> TorusGrid:
        """Cells twice as long, more or less."""
        return replace(self, points=tuple((k + 1) // 2 for k in self.points))

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
