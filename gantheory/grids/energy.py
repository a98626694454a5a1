"""Σ_i λ_i ∫ w_i |∇^{m_i} D|² dx on a grid: its parts, its gradient without a matrix, and its matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from gantheory._errors import Refusal
from gantheory.grids.axis import Axis
from gantheory.grids.difference import Difference
from gantheory.grids.grid import mesh
from gantheory.symbolic import multi_indices, multinomial

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # of points (N, d)
Coefficient = float | Function
BLOCK = 2**17  # points that a function is asked for at once


@dataclass(frozen=True, eq=False)
class Penalty:
    """scale · ∫ weight |∇^order D|² dx."""

    order: int
    scale: float
    weight: Coefficient = 1.0


def sampled(function: Coefficient, places: Sequence[np.ndarray], what: str) -> np.ndarray | float:
    """A function at the points of a tensor product, a float where it is constant there; a Refusal unless finite."""
    if isinstance(function, float):
        return function
    shape = tuple(map(len, places))
    step = max(1, BLOCK // int(np.prod(shape[1:])))
    blocks = [function(mesh((places[0][i : i + step], *places[1:]))) for i in range(0, shape[0], step)]
    values = np.concatenate([np.broadcast_to(b, b.shape) for b in blocks])
    if values.dtype != np.float64 or values.shape != (int(np.prod(shape)),):
        raise Refusal(f"{what} gives one float64 number for each point", f"{values.dtype} of shape {values.shape}")
    if not np.isfinite(values).all():
        raise Refusal(f"{what} is finite on the grid", "NaN or inf")
    return float(values[0]) if values.min() == values.max() else values.reshape(shape)


def weighed(values: np.ndarray, measures: Sequence[np.ndarray]) -> np.ndarray:
    """values · Π_k measures[k], in a new array."""
    first, *rest = (measure.reshape(-1, *(1,) * (len(measures) - axis - 1)) for axis, measure in enumerate(measures))
    found = values * first
    for measure in rest:
        found *= measure
    return found


@dataclass(frozen=True, eq=False)
class Part:
    """density · (∂^α D)², one summand of the energy, at the places where ∂^α lives."""

    index: tuple[int, ...]
    factors: tuple[Difference, ...]
    measures: tuple[np.ndarray, ...]
    density: np.ndarray | float

    def derivative(self, values: np.ndarray) -> np.ndarray:
        """∂^α of values on all nodes."""
        return reduce(lambda v, k: self.factors[k](v, k), range(len(self.factors)), values)

    def transposed(self, values: np.ndarray) -> np.ndarray:
        """Its transpose."""
        return reduce(lambda v, k: self.factors[k].transposed(v, k), range(len(self.factors)), values)

    @property
    def volumes(self) -> np.ndarray:
        """density times the volume that each place stands for."""
        return weighed(np.broadcast_to(self.density, tuple(map(len, self.measures))), self.measures)

    @property
    def diagonal(self) -> np.ndarray:
        """The diagonal of Gᵀ diag(volumes) G."""
        squares = replace(self, factors=tuple(f.squared for f in self.factors))
        return squares.transposed(self.volumes)

    def matrix(self) -> sparse.csr_matrix:
        """Gᵀ diag(volumes) G."""
        G = reduce(lambda a, b: sparse.kron(a, b, format="csr"), (f.matrix for f in self.factors))
        return (G.T @ sparse.diags(self.volumes.ravel()) @ G).tocsr()


@dataclass(frozen=True, eq=False)
class Energy:
    """½ Dᵀ A D = Σ_i scale_i Σ_{|α|=m_i} (m_i!/α!) Σ volume · w_i (∂^α D)²; A is symmetric and positive semidefinite."""

    lines: tuple[Axis, ...]
    penalties: tuple[Penalty, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the values on all nodes, ghosts included."""
        return tuple(line.size for line in self.lines)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """One for each penalty and each α; densities hold 2 scale (m!/α!) w."""
        return tuple(self._part(p, a) for p in self.penalties for a in multi_indices(p.order, len(self.lines)))

    def _part(self, penalty: Penalty, index: tuple[int, ...]) -> Part:
        pairs = list(zip(self.lines, index, strict=True))
        weight = sampled(penalty.weight, [line.places(k) for line, k in pairs], "the weight of a penalty")
        density = 2 * penalty.scale * multinomial(index) * weight
        factors = tuple(line.derivative(k) for line, k in pairs)
        return Part(index, factors, tuple(line.measure(k) for line, k in pairs), density)

    @property
    def constant(self) -> bool:
        """Every weight is constant."""
        return all(isinstance(part.density, float) for part in self.parts)

    def applied(self, values: np.ndarray) -> np.ndarray:
        """A D, without a matrix."""
        found = np.zeros(self.shape)
        for part in self.parts:
            found += part.transposed(weighed(part.density * part.derivative(values), part.measures))
        return found

    @property
    def diagonal(self) -> np.ndarray:
        """The diagonal of A, without the matrix."""
        return sum((part.diagonal for part in self.parts), np.zeros(self.shape))

    @property
    def local_weight(self) -> np.ndarray:
        """The diagonal of A relative to that of A at mean weights: 1 everywhere if they are constant."""
        means = (replace(part, density=float(np.mean(part.density))) for part in self.parts)
        return self.diagonal / sum((part.diagonal for part in means), np.zeros(self.shape))

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """A, over all nodes flattened."""
        return sum((part.matrix() for part in self.parts), sparse.csr_matrix((int(np.prod(self.shape)),) * 2)).tocsr()
