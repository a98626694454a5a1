"""What is given at the faces: which nodes are free, and D on all nodes as an affine map of the free ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from gantheory._errors import Refusal
from gantheory.grids.axis import Axis
from gantheory.grids.grid import Grid, mesh
from gantheory.objectives import Boundary

Jet = Callable[[NDArray[np.float64], int, int], NDArray[np.float64]]  # (points, axis, order) ↦ ∂_axis^order D there
Place = tuple[int | slice, ...]


@dataclass(frozen=True, eq=False)
class Mirror:
    """D at a ghost face = sign · D at the layer inside + shift."""

    ghost: Place
    source: Place
    sign: float
    shift: np.ndarray


@dataclass(frozen=True, eq=False)
class Essential:
    """D = E u + d: u free in a box of nodes and at ghost faces, given values elsewhere, mirrors beyond the faces."""

    known: np.ndarray
    box: tuple[slice, ...]
    ghosts: tuple[Place, ...] = ()
    mirrors: tuple[Mirror, ...] = ()

    @cached_property
    def free(self) -> np.ndarray:
        """True where D is unknown."""
        found = np.zeros(self.known.shape, dtype=bool)
        for place in (self.box, *self.ghosts):
            found[place] = True
        return found

    @property
    def beyond(self) -> np.ndarray:
        """For each unknown, whether it is a ghost."""
        inside = np.zeros(self.known.shape, dtype=bool)
        inside[self.box] = True
        return ~inside[self.free]

    @property
    def count(self) -> int:
        """How many unknowns."""
        return int(self.free.sum()) if self.ghosts else self.known[self.box].size

    @property
    def homogeneous(self) -> bool:
        """d = 0."""
        return not self.known.any() and not any(m.shift.any() for m in self.mirrors)

    def linear(self, u: np.ndarray) -> np.ndarray:
        """E u."""
        return self._filled(np.zeros(self.known.shape), u, shifted=False)

    def values(self, u: np.ndarray) -> np.ndarray:
        """E u + d."""
        return self._filled(self.known.copy(), u, shifted=True)

    def _filled(self, values: np.ndarray, u: np.ndarray, shifted: bool) -> np.ndarray:
        if self.ghosts:
            values[self.free] = u
        else:
            values[self.box] = u.reshape(values[self.box].shape)
        for m in self.mirrors:
            values[m.ghost] = m.sign * values[m.source] + (m.shift if shifted else 0)
        return values

    def restricted(self, residual: np.ndarray) -> np.ndarray:
        """Eᵀ of a functional on all nodes."""
        if self.mirrors:
            residual = residual.copy()
        for m in self.mirrors:
            residual[m.source] += m.sign * residual[m.ghost]
        return residual[self.free] if self.ghosts else residual[self.box].ravel()

    @property
    def matrix(self) -> sparse.csr_matrix:
        """E, from the free nodes to all nodes flattened."""
        number = np.full(self.free.shape, -1)
        number[self.free] = np.arange(self.count)
        entries = np.where(number >= 0, 1.0, 0.0)
        for m in self.mirrors:
            number[m.ghost] = number[m.source]
            entries[m.ghost] = m.sign * entries[m.source]
        held = number.ravel() >= 0
        place = np.flatnonzero(held), number.ravel()[held]
        return sparse.csr_matrix((entries.ravel()[held], place), shape=(held.size, self.count))


def faces(lines: Sequence[Axis], axis: int, upper: bool, depth: int, within: int = 0) -> Place:
    """The nodes `depth` inside a face (negative: ghosts), with `within` nodes left out at the ends of the other axes."""
    inside = [slice(line.ghosts + within, line.size - line.ghosts - within) for line in lines]
    line = lines[axis]
    at = line.size - 1 - line.ghosts - depth if upper else line.ghosts + depth
    return (*inside[:axis], at, *inside[axis + 1 :])


def on_face(grid: Grid, axis: int, upper: bool, jet: Jet, order: int) -> np.ndarray:
    """∂_axis^order of the boundary field at the nodes of a face."""
    others = [k for j, k in enumerate(grid.points) if j != axis]
    ends = grid.axes[axis][-1 if upper else 0]
    places = mesh([*grid.axes[:axis], np.array([ends]), *grid.axes[axis + 1 :]])
    return jet(places, axis, order).reshape(others)


def essential(grid: Grid, lines: Sequence[Axis], order: int, jet: Jet | None) -> Essential:
    """The conditions of the grid's boundary for derivatives up to this order."""
    known = np.zeros([line.size for line in lines])
    held = grid.boundary in (Boundary.DIRICHLET, Boundary.SIMPLY_SUPPORTED)
    layers = 0 if not held else 2 if (order, grid.boundary) == (3, Boundary.DIRICHLET) else 1
    box = tuple(slice(line.ghosts + layers, line.size - line.ghosts - layers) for line in lines)
    sides = list(product(range(len(lines)), (False, True)))
    beyond = tuple(faces(lines, axis, upper, -1) for axis, upper in sides) if lines[0].ghosts else ()
    if not held:
        return Essential(known, box, beyond)
    if jet is None:
        cure = "Use boundary=lambda x: x.new_zeros(len(x)) for zero data."
        raise Refusal(
            f"a grid with {Boundary(grid.boundary).value} faces needs D there: a boundary field", "boundary=None", cure
        )
    if layers == 2:
        _clamp_two_layers(grid, lines, jet, known, sides)
    for axis, upper in sides:
        known[faces(lines, axis, upper, 0)] = on_face(grid, axis, upper, jet, 0)
    if (order, grid.boundary) == (2, Boundary.SIMPLY_SUPPORTED):
        return Essential(known, box, beyond)
    return Essential(known, box, (), _mirrors(grid, lines, order, jet, sides))


def _mirrors(grid: Grid, lines: Sequence[Axis], order: int, jet: Jet, sides: Sequence[tuple[int, bool]]) -> tuple[Mirror, ...]:
    """Clamped, m = 2: D₋₁ = D₁ − 2h ∂D. Simply supported, m = 3: D₋₁ = −D₁ + 2D₀ + h² ∂²D."""
    found = []
    for axis, upper in sides:
        h = step(grid, axis, upper)
        if (order, grid.boundary) == (2, Boundary.DIRICHLET):
            sign, shift = 1.0, (2 if upper else -2) * h * on_face(grid, axis, upper, jet, 1)
        elif (order, grid.boundary) == (3, Boundary.SIMPLY_SUPPORTED):
            sign = -1.0
            shift = 2 * on_face(grid, axis, upper, jet, 0) + h**2 * on_face(grid, axis, upper, jet, 2)
        else:
            continue
        found.append(Mirror(faces(lines, axis, upper, -1), faces(lines, axis, upper, 1), sign, np.asarray(shift)))
    return tuple(found)


def step(grid: Grid, axis: int, upper: bool) -> float:
    """The spacing at an end."""
    x = grid.axes[axis]
    return float(x[-1] - x[-2] if upper else x[1] - x[0])


def _clamp_two_layers(
    grid: Grid, lines: Sequence[Axis], jet: Jet, known: np.ndarray, sides: Sequence[tuple[int, bool]]
) -> None:
    """Clamped, m = 3: D_{±1} = D₀ ± h ∂D + h²/2 ∂²D; where two faces say so of one node, the mean."""
    count = np.zeros(known.shape)
    for axis, upper in sides:
        g = [on_face(grid, axis, upper, jet, k) for k in range(3)]
        h = -step(grid, axis, upper) if upper else step(grid, axis, upper)
        known[faces(lines, axis, upper, -1)] = g[0] - h * g[1] + h**2 / 2 * g[2]
        inner = tuple(slice(1, -1) for _ in g[0].shape)
        known[faces(lines, axis, upper, 1, 1)] += (g[0] + h * g[1] + h**2 / 2 * g[2])[inner]
        count[faces(lines, axis, upper, 1, 1)] += 1
    known[count > 1] /= count[count > 1]
