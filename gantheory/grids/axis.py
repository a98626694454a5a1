"""One axis of a grid: where its derivatives live, what they weigh in an integral, and their matrices."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.interpolate import BSpline
from scipy.sparse.linalg import spsolve

from gantheory._errors import Refusal
from gantheory.grids.difference import Difference
from gantheory.grids.stencils import central, stencil, stencil_at


@runtime_checkable
class Axis(Protocol):
    """Derivatives of even order live at the nodes, of odd order half-way between them."""

    @property
    def ghosts(self) -> int:
        """How many nodes lie beyond each end."""
        ...

    @property
    def size(self) -> int:
        """All nodes, ghosts included."""
        ...

    def places(self, order: int) -> np.ndarray:
        """Where ∂^order lives."""
        ...

    def measure(self, order: int) -> np.ndarray:
        """The weights of a quadrature of second order at these places."""
        ...

    @property
    def fine_measure(self) -> np.ndarray:
        """The weights of a quadrature of fourth order at the nodes."""
        ...

    def derivative(self, order: int) -> Difference:
        """∂^order there, of the values at all nodes."""
        ...


@dataclass(frozen=True, eq=False)
class Interval:
    """Nodes x₀ < … < x_N and `ghosts` mirrored nodes beyond each end; accuracy 2 (on graded meshes: smooth grading).

    Even orders: nodes and trapezoid weights. Odd orders: midpoints and midpoint weights.
    """

    nodes: np.ndarray
    ghosts: int = 0
    uniform: bool = False

    @property
    def size(self) -> int:
        """N + 1 + 2 ghosts."""
        return len(self.nodes) + 2 * self.ghosts

    @cached_property
    def extended(self) -> np.ndarray:
        """The coordinates, ghosts included."""
        x, g = self.nodes, self.ghosts
        return np.concatenate([2 * x[0] - x[g:0:-1], x, 2 * x[-1] - x[-2 : -2 - g : -1]])

    def places(self, order: int) -> np.ndarray:
        """Nodes for even orders, midpoints for odd ones."""
        return (self.nodes[1:] + self.nodes[:-1]) / 2 if order % 2 else self.nodes

    def measure(self, order: int) -> np.ndarray:
        """h for odd orders; trapezoid weights for even ones, half an h at the ends."""
        h = np.diff(self.nodes)
        return h if order % 2 else np.pad(h, (1, 0)) / 2 + np.pad(h, (0, 1)) / 2

    @cached_property
    def fine_measure(self) -> np.ndarray:
        """The weights of a quadrature of fourth order at the nodes: the integral of the not-a-knot cubic spline."""
        x = self.nodes
        degree = min(3, len(x) - 1)
        knots = np.concatenate([[x[0]] * (degree + 1), x[2:-2], [x[-1]] * (degree + 1)])
        integrals = (knots[degree + 1 :] - knots[: -degree - 1]) / (degree + 1)
        return spsolve(BSpline.design_matrix(x, knots, degree).T.tocsc(), integrals)

    def derivative(self, order: int) -> Difference:
        """The central stencils, all of them within the extended nodes."""
        width, places = len(central(order, 2)), self.places(order)
        first = self.ghosts + order % 2 - width // 2
        if first < 0:
            raise Refusal(f"a derivative of order {order} has {order // 2} ghost nodes beyond each end", self.ghosts)
        if self.uniform or order == 0:
            h = (self.nodes[-1] - self.nodes[0]) / (len(self.nodes) - 1)
            return Difference(tuple(stencil(order, central(order, 2)) / h**order), first, len(places), self.size)
        x = self.extended
        windows = (x[first + i : first + i + width] for i in range(len(places)))
        entries = np.stack([stencil_at(order, at, w) for at, w in zip(places, windows, strict=True)])
        return Difference(tuple(np.ascontiguousarray(entries.T)), first, len(places), self.size)

    def at_end(self, order: int, upper: bool) -> np.ndarray:
        """∂^order at an end as a row on the extended nodes: the nodes at that end, one inside and the ghost beyond."""
        row = np.zeros(self.size)
        place = self.size - 1 - self.ghosts if upper else self.ghosts
        if order == 0:
            row[place] = 1
            return row
        window = slice(place - 1, place + 2)
        row[window] = stencil_at(order, self.extended[place], self.extended[window])
        return row


@dataclass(frozen=True, eq=False)
class Circle:
    """Nodes origin + kT/N, k = 0 … N − 1, of a circle of length T; stencils of accuracy 2, 4 or 6."""

    period: float
    count: int
    origin: float = 0.0
    accuracy: int = 2
    ghosts = 0

    @property
    def size(self) -> int:
        """N."""
        return self.count

    @property
    def spacing(self) -> float:
        """T/N."""
        return self.period / self.count

    def places(self, order: int) -> np.ndarray:
        """Nodes for even orders; half a spacing after them for odd ones."""
        return self.origin + self.spacing * (np.arange(self.count) + order % 2 / 2)

    def measure(self, order: int) -> np.ndarray:
        """h everywhere: exact for every frequency below N."""
        return np.full(self.count, self.spacing)

    @property
    def fine_measure(self) -> np.ndarray:
        """The same: no rule is finer on a circle."""
        return self.measure(0)

    def row(self, order: int) -> tuple[np.ndarray, np.ndarray]:
        """The stencil at place 0: the numbers of its nodes, and its entries."""
        offsets = central(order, self.accuracy)
        if len(offsets) > self.count:
            need = f"order {order} at accuracy {self.accuracy} needs at least {len(offsets)} points on an axis"
            raise Refusal(need, self.count)
        first = int(offsets[0] + Fraction(order % 2, 2))
        return first + np.arange(len(offsets)), stencil(order, offsets) / self.spacing**order

    def derivative(self, order: int) -> Difference:
        """The circulant of the stencil."""
        nodes, entries = self.row(order)
        return Difference(tuple(entries), int(nodes[0]), self.count, self.count, periodic=True)
