"""Quadrature on simplices, on faces and over samples: one sum over points that lie in simplices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from math import factorial

import numpy as np
import scipy.sparse as sparse
from scipy.special import roots_jacobi

from gantheory.discriminators.finite_elements.place import places
from gantheory.discriminators.finite_elements.space import ElementSpace
from gantheory.symbolic.operators import MultiIndex


@dataclass(frozen=True, eq=False)
class Rule:
    """∫ g ≈ Σ_e Σ_k weights[e, k] g(points[e, k]), the points of row e in the simplex simplices[e]."""

    space: ElementSpace
    simplices: np.ndarray
    points: np.ndarray  # (E, Q, d)
    weights: np.ndarray  # (E, Q)
    _kept: dict[MultiIndex, np.ndarray] = field(default_factory=dict, init=False)

    def basis(self, beta: MultiIndex) -> np.ndarray:
        """(E, k, Q): ∂^β of the basis."""
        if beta not in self._kept:
            self._kept[beta] = self.space.basis(self.simplices, self.points, beta)
        return self._kept[beta]

    @property
    def unknowns(self) -> np.ndarray:
        """(E, k): the degrees of freedom that each row touches."""
        return self.space.unknowns[self.simplices]

    def derivative(self, u: np.ndarray, beta: MultiIndex) -> np.ndarray:
        """(E, Q): ∂^β D_h at the points."""
        return np.einsum("ek,ekq->eq", u[self.unknowns], self.basis(beta))

    def load(self, density: np.ndarray, beta: MultiIndex) -> np.ndarray:
        """∫ g ∂^β φ_i for each i, g given at the points."""
        entries = np.einsum("ekq,eq->ek", self.basis(beta), self.weights * density)
        return np.bincount(self.unknowns.ravel(), entries.ravel(), minlength=self.space.size)

    def matrix(self, densities: Mapping[tuple[MultiIndex, MultiIndex], np.ndarray]) -> sparse.csr_matrix:
        """Σ_{α,β} ∫ c_{αβ} ∂^α φ_i ∂^β φ_j, c given at the points."""
        rows = self.unknowns
        blocks = np.zeros((*rows.shape, rows.shape[1]))
        for (alpha, beta), density in densities.items():
            blocks += (self.basis(alpha) * (self.weights * density)[:, None]) @ self.basis(beta).transpose(0, 2, 1)
        i, j = np.broadcast_arrays(rows[:, :, None], rows[:, None])
        return sparse.csr_matrix((blocks.ravel(), (i.ravel(), j.ravel())), shape=(self.space.size,) * 2)


def cells(space: ElementSpace, degree: int) -> Rule:
    """∫ over the box, exact for polynomials of the degree."""
    corners = space.mesh.corners
    at, weights = _reference(space.mesh.dim, degree)
    volumes = space.mesh.volumes[:, None] * factorial(space.mesh.dim)
    return Rule(space, np.arange(len(corners)), np.einsum("qj,mjd->mqd", at, corners), volumes * weights)


def face(space: ElementSpace, axis: int, end: float, degree: int) -> Rule:
    """∫ over the face where the coordinate of the axis has that end value; the value there in one dimension."""
    mesh, dim = space.mesh, space.mesh.dim
    facets = mesh.face(axis, end)
    corners = mesh.vertices[mesh.topology.facets[:, facets].T]
    at, weights = _reference(dim - 1, degree)
    edges = np.delete(corners[:, 1:] - corners[:, :1], axis, axis=2)
    area = np.abs(np.linalg.det(edges)) if dim > 1 else np.ones(len(corners))
    points = np.einsum("qj,mjd->mqd", at, corners)
    return Rule(space, mesh.topology.f2t[0, facets], points, area[:, None] * weights)


def scattered(space: ElementSpace, points: np.ndarray, weights: np.ndarray) -> Rule:
    """Σ_i w_i g(x_i)."""
    return Rule(space, places(space.mesh, points), points[:, None], weights[:, None])


@cache
def _reference(dim: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Barycentric coordinates and weights on the reference simplex, exact for polynomials of the degree.

    Gauss–Jacobi points of a cube collapsed to the simplex: all weights are positive, so that a convex J stays convex, which
    the usual rules on tetrahedra do not grant. Source: karniadakis2005spectral, section 4.1.1.
    """
    at, weights, left = np.ones((1, 0)), np.ones(1), np.ones(1)
    for k in range(dim - 1, -1, -1):
        t, w = roots_jacobi(degree // 2 + 1, k, 0)
        t, w = (1 + t) / 2, w / 2 ** (k + 1)
        at = np.concatenate([np.repeat(at, len(t), axis=0), np.outer(left, t).reshape(-1, 1)], 1)
        weights, left = np.outer(weights, w).ravel(), np.outer(left, 1 - t).ravel()
    return np.concatenate([left[:, None], at], 1), weights
