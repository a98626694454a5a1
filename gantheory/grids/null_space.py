"""What no penalty sees: polynomials on a natural box, constants on a torus; compatibility and gauge, never a ridge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory._errors import Refusal
from gantheory.grids.axis import Axis
from gantheory.grids.energy import weighed
from gantheory.grids.grid import Grid, mesh
from gantheory.grids.load import Measures, at_nodes, spline, trapezoid
from gantheory.objectives import Boundary
from gantheory.symbolic import multi_indices

ROUNDING = 1e3 * float(np.finfo(float).eps)  # of a moment, relative to the sum of its absolute terms
PADDING = 2.0  # a moment may be this many times its quadrature error, which a finer rule measures,
FOURTH = 100.0  # plus so much Σ(h/L)⁴, what the finer rule itself may miss

Load = Callable[[Measures], np.ndarray]  # quadrature rule ↦ functional of the values on all nodes


@dataclass(frozen=True, eq=False)
class NullSpace:
    """A basis, one column for each element, on all nodes flattened; degrees names them as exponents of x1, x2, …."""

    basis: np.ndarray
    degrees: tuple[tuple[int, ...], ...]
    volumes: np.ndarray
    margin: float

    @staticmethod
    def of(grid: Grid, lines: Sequence[Axis], lowest: int) -> NullSpace:
        """Polynomials of degree below the lowest order of a penalty, where the boundary leaves them free."""
        lowest = lowest if grid.boundary in (None, Boundary.NATURAL) else 0
        n = len(lines)
        lowest = min(lowest, 1) if grid.boundary is None else lowest
        degrees = tuple(a for total in range(lowest) for a in multi_indices(total, n))
        volumes = weighed(at_nodes(lines, np.ones(grid.points)), [_padded(line) for line in lines]).ravel()
        margin = FOURTH * sum(k**-4.0 for k in grid.points)
        if not degrees:
            return NullSpace(np.empty((volumes.size, 0)), (), volumes, margin)
        points = mesh([_scaled(x) for x in (getattr(line, "extended", line.places(0)) for line in lines)])
        return NullSpace(np.stack([np.prod(points ** np.array(a), 1) for a in degrees], 1), degrees, volumes, margin)

    def __bool__(self) -> bool:
        return bool(self.degrees)

    def compatible(self, load: Load) -> tuple[np.ndarray, dict[str, Any]]:
        """The load with its moments taken out; a Refusal where they are more than an error of quadrature."""
        right, fine = load(trapezoid), load(spline)
        size = np.abs(self.basis).T @ np.abs(right).ravel()
        moments, judged = (self.basis.T @ f.ravel() for f in (right, fine))
        allowed = PADDING * np.abs(moments - judged) + (self.margin + ROUNDING) * size
        if not (np.abs(moments) <= allowed).all():
            pairs = zip(self.degrees, moments, allowed, size, strict=True)
            wrong = ", ".join(f"{m / s:.2g} (allowed {a / s:.1g}) for {_name(d)}" for d, m, a, s in pairs if abs(m) > a)
            need = f"the sources annihilate {', '.join(map(_name, self.degrees))}, which no penalty holds"
            cures = ("Add a term of order 0.", "Use Boundary.DIRICHLET, or a larger box.")
            raise Refusal(need, f"relative moments {wrong}", *cures)
        weights = np.linalg.solve(self.basis.T @ (self.volumes[:, None] * self.basis), moments)
        projected = right - (self.volumes * (self.basis @ weights)).reshape(right.shape)
        relative = {_name(d): float(m / max(s, 1e-300)) for d, m, s in zip(self.degrees, moments, size, strict=True)}
        return projected, {"moments taken out": relative}

    def gauged(self, values: np.ndarray) -> np.ndarray:
        """The values made orthogonal to the null space."""
        if not self:
            return values
        mass = self.basis.T @ (self.volumes[:, None] * self.basis)
        weights = np.linalg.solve(mass, self.basis.T @ (self.volumes * values.ravel()))
        return values - (self.basis @ weights).reshape(values.shape)


def _padded(line: Any) -> np.ndarray:
    return np.pad(line.measure(0), line.ghosts)


def _scaled(x: np.ndarray) -> np.ndarray:
    return 2 * (x - x.mean()) / np.ptp(x)


def _name(degree: tuple[int, ...]) -> str:
    return "·".join(f"x{k + 1}" + ("" if d == 1 else f"^{d}") for k, d in enumerate(degree) if d) or "1"
