"""What every grid offers to a discretisation."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from numbers import Integral
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.grids.axis import Axis
from gantheory.objectives import Boundary, Box, Torus

LARGEST = 2**28  # nodes: 2 GB for each array of values


@runtime_checkable
class Grid(Protocol):
    """Nodes on a tensor grid; values are (points[0], …) arrays, the last axis fastest."""

    @property
    def points(self) -> tuple[int, ...]:
        """How many nodes on each axis."""
        ...

    @property
    def dim(self) -> int:
        """n."""
        ...

    @property
    def axes(self) -> tuple[np.ndarray, ...]:
        """The coordinates along each axis."""
        ...

    @property
    def nodes(self) -> Float[Tensor, "N d"]:
        """All nodes, in the order of the flattened values; float64."""
        ...

    @property
    def boundary(self) -> Boundary | None:
        """What holds at the faces; None where there are none."""
        ...

    @property
    def domain(self) -> Box | Torus:
        """The domain that the grid covers."""
        ...

    def coarsened(self) -> Grid:
        """The domain with every second node, more or less."""
        ...

    def lines(self, order: int, accuracy: int) -> tuple[Axis, ...]:
        """The axes with the ghost nodes that derivatives up to this order need."""
        ...


def counts(points: Any, dim: int, grid: str) -> tuple[int, ...]:
    """How many nodes on each axis: integers ≥ 3, one for each; a Refusal otherwise."""
    found = tuple(points) if isinstance(points, Sequence | np.ndarray | Tensor) else ()
    if len(found) != dim or not all(isinstance(k, Integral) and not isinstance(k, bool) for k in found):
        raise Refusal(f"a {grid} has a whole number of points for each of its {dim} axes", repr(points), "Use a tuple, (33,).")
    if min(found) < 3:
        raise Refusal(f"a {grid} has at least 3 points on each axis", found)
    if prod(map(int, found)) > LARGEST:
        raise Refusal(f"a {grid} has at most {LARGEST} nodes", found, "Use a coarser grid.")
    return tuple(map(int, found))


def array_of(values: Any) -> np.ndarray:
    """A new array of what is given; an empty one of objects for lists of unequal lengths."""
    try:
        return np.array(values)
    except ValueError:
        return np.empty(0, dtype=object)


def mesh(axes: Sequence[np.ndarray]) -> np.ndarray:
    """All points of the tensor product, in the order of flattened values: (N, d)."""
    return np.stack([m.ravel() for m in np.meshgrid(*axes, indexing="ij")], 1)


def outer(factors: Sequence[np.ndarray]) -> np.ndarray:
    """Π_k factors[k] as an array."""
    found = np.ones(())
    for factor in factors:
        found = np.multiply.outer(found, factor)
    return found
