"""The right side of the discrete equation: sources inside, natural data on faces, edges and corners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product

import numpy as np

from gantheory.grids.axis import Axis
from gantheory.grids.energy import Function, sampled, weighed
from gantheory.grids.grid import Grid

Measures = Callable[[Axis], np.ndarray]


def trapezoid(line: Axis) -> np.ndarray:
    """The weights of the energy: second order."""
    return line.measure(0)


def spline(line: Axis) -> np.ndarray:
    """Weights of fourth order, to judge the former by."""
    return line.fine_measure


def at_nodes(lines: Sequence[Axis], values: np.ndarray) -> np.ndarray:
    """Values on the grid's nodes, 0 at its ghosts."""
    if not any(line.ghosts for line in lines):
        return values
    return np.pad(values, [(line.ghosts, line.ghosts) for line in lines])


def body_load(lines: Sequence[Axis], source: np.ndarray, rule: Measures = trapezoid) -> np.ndarray:
    """h ↦ ∫ source h dx, as a functional of the values on all nodes."""
    return at_nodes(lines, weighed(source, [rule(line) for line in lines]))


def natural_load(
    grid: Grid,
    lines: Sequence[Axis],
    at: Sequence[int],
    against: Sequence[int],
    value: Function,
    rule: Measures = trapezoid,
) -> np.ndarray:
    """h ↦ Σ_ends (±1) ∫ value ∂^β h over the stratum where the axes `at` are at an end; − at lower ends."""
    total = np.zeros([line.size for line in lines])
    for ends in product((False, True), repeat=len(at)):
        where = dict(zip(at, ends, strict=True))
        places = [x[[-1 if where[k] else 0]] if k in where else x for k, x in enumerate(grid.axes)]
        values = sampled(value, places, "a natural datum")
        sign = (-1.0) ** sum(not upper for upper in ends)
        rows = []
        for k, line in enumerate(lines):
            if k in where:
                rows.append(line.at_end(against[k], where[k])[None, :])  # type: ignore[attr-defined]
            else:
                rows.append(np.diag(np.pad(rule(line), line.ghosts))[line.ghosts : line.size - line.ghosts])
        shape = tuple(map(len, places))
        total += sign * reduce(_spread, enumerate(rows), np.broadcast_to(values, shape))
    return total


def _spread(values: np.ndarray, row: tuple[int, np.ndarray]) -> np.ndarray:
    axis, matrix = row
    return np.moveaxis(np.tensordot(matrix, values, (0, axis)), 0, axis)
