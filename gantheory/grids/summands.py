"""What a discrete objective is a sum of: value, slope and curvature in the values on all nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Protocol, runtime_checkable

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from gantheory.grids.axis import Axis, Circle
from gantheory.grids.energy import Coefficient, Energy, sampled, weighed

Elementwise = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@runtime_checkable
class Summand(Protocol):
    """A function of the values on all nodes, flattened."""

    def value(self, D: np.ndarray) -> float:
        """f(D)."""
        ...

    def slope(self, D: np.ndarray) -> np.ndarray:
        """∇f(D)."""
        ...

    def parts(self, D: np.ndarray) -> np.ndarray:
        """The sizes of what cancels in ∇f(D)."""
        ...

    def curvature(self, D: np.ndarray) -> sparse.csr_matrix:
        """∇²f(D)."""
        ...


@dataclass(frozen=True, eq=False)
class Quadratic:
    """½ scale Dᵀ A D − load·D; A D is taken derivative by derivative, for the rounding of a matrix does not spare constants."""

    energy: Energy
    load: np.ndarray
    scale: float = 1.0

    def _applied(self, D: np.ndarray) -> np.ndarray:
        return self.scale * self.energy.applied(D.reshape(self.energy.shape)).ravel()

    def value(self, D: np.ndarray) -> float:
        """The value."""
        return float(D @ self._applied(D) / 2 - self.load @ D)

    def slope(self, D: np.ndarray) -> np.ndarray:
        """scale A D − load."""
        return self._applied(D) - self.load

    def parts(self, D: np.ndarray) -> np.ndarray:
        """|scale A D| + |load|."""
        return np.abs(self._applied(D)) + np.abs(self.load)

    def curvature(self, D: np.ndarray) -> sparse.csr_matrix:
        """scale A."""
        return self.scale * self.energy.matrix


@dataclass(frozen=True, eq=False)
class Nodal:
    """Σ volume · f(D) over the grid's nodes, f and its two derivatives given for the values there."""

    places: np.ndarray
    volumes: np.ndarray
    density: Elementwise
    first: Elementwise
    second: Elementwise

    def value(self, D: np.ndarray) -> float:
        """∞ where f is not finite."""
        found = float(self.volumes @ self.density(D[self.places]))
        return found if np.isfinite(found) else np.inf

    def slope(self, D: np.ndarray) -> np.ndarray:
        """volume · f′(D)."""
        found = np.zeros(len(D))
        found[self.places] = self.volumes * self.first(D[self.places])
        return found

    def parts(self, D: np.ndarray) -> np.ndarray:
        """volume · (|f′| + |f″ D|): p ℓ_real′ and q ℓ_fake′ cancel in f′."""
        return np.abs(self.slope(D)) + np.abs(self.curvature(D) @ D)

    def curvature(self, D: np.ndarray) -> sparse.csr_matrix:
        """The diagonal volume · f″(D)."""
        found = np.zeros(len(D))
        found[self.places] = self.volumes * self.second(D[self.places])
        return sparse.diags(found).tocsr()


@dataclass(frozen=True, eq=False)
class Centred:
    """Σ volume · w (|g| − K)², or of its positive part, g = (G₁D, …): components that are co-located, a set for each corner."""

    components: tuple[tuple[sparse.csr_matrix, ...], ...]
    volumes: np.ndarray  # λ w volume / number of sets
    centre: float
    one_sided: bool

    def _parts(self, set_: Sequence[sparse.csr_matrix], D: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """g, |g| and where the penalty acts."""
        g = np.stack([G @ D for G in set_])
        size = np.sqrt((g**2).sum(0))
        return g, size, size >= self.centre if self.one_sided else np.ones(len(size), dtype=bool)

    def value(self, D: np.ndarray) -> float:
        """The penalty."""
        found = (self._parts(set_, D) for set_ in self.components)
        return float(sum(self.volumes @ (acts * (size - self.centre) ** 2) for _, size, acts in found))

    def slope(self, D: np.ndarray) -> np.ndarray:
        """2 Σ Gᵀ volume w (1 − K/|g|) g."""
        total = np.zeros(len(D))
        for set_ in self.components:
            g, size, acts = self._parts(set_, D)
            factor = 2 * self.volumes * acts * (1 - self.centre / np.maximum(size, np.finfo(float).tiny))
            total += sum(G.T @ (factor * gk) for G, gk in zip(set_, g, strict=True))
        return total

    def parts(self, D: np.ndarray) -> np.ndarray:
        """|∇f(D)|."""
        return np.abs(self.slope(D))

    def curvature(self, D: np.ndarray) -> sparse.csr_matrix:
        """2 Σ Gᵀ volume w ((1 − K/|g|) I + K g gᵀ/|g|³) G."""
        total = sparse.csr_matrix((len(D), len(D)))
        for set_ in self.components:
            g, size, acts = self._parts(set_, D)
            ratio = self.centre / np.maximum(size, np.finfo(float).tiny)
            unit = g / np.maximum(size, np.finfo(float).tiny)
            for (i, A), (j, B) in product(enumerate(set_), repeat=2):
                block = 2 * self.volumes * acts * ((1 - ratio) * (i == j) + ratio * unit[i] * unit[j])
                total = total + A.T @ sparse.diags(block) @ B
        return total.tocsr()


def corner_gradients(lines: Sequence[Axis]) -> tuple[tuple[sparse.csr_matrix, ...], ...]:
    """At each of the 2ⁿ corners of every cell, the n one-sided differences that meet there."""
    differences = [line.derivative(1).matrix for line in lines]
    ends = [_ends(line) for line in lines]

    def component(axis: int, corner: tuple[int, ...]) -> sparse.csr_matrix:
        factors = [differences[k] if k == axis else ends[k][corner[k]] for k in range(len(lines))]
        return reduce(lambda a, b: sparse.kron(a, b, format="csr"), factors)

    corners = product((0, 1), repeat=len(lines)) if len(lines) > 1 else [(0,)]
    return tuple(tuple(component(axis, corner) for axis in range(len(lines))) for corner in corners)


def _ends(line: Axis) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """The node before and the node after each half-way place."""
    nodes = line.derivative(0).matrix
    if isinstance(line, Circle):
        return nodes, nodes[np.roll(np.arange(line.size), -1)]
    return nodes[:-1], nodes[1:]


def centred(lines: Sequence[Axis], order: int, scale: float, weight: Coefficient, kind: tuple[float, bool]) -> Centred:
    """scale · ∫ weight (|∇^m D| − K)², m = 1 by corner gradients in any dimension, any m on a line; kind: K, one-sided."""
    parity = order % 2
    places = [line.places(parity) for line in lines]
    density = np.broadcast_to(sampled(weight, places, "the weight of a penalty"), tuple(map(len, places)))
    sets = corner_gradients(lines) if len(lines) > 1 else ((lines[0].derivative(order).matrix,),)
    volumes = scale * weighed(density, [line.measure(parity) for line in lines]).ravel() / len(sets)
    return Centred(sets, volumes, *kind)
