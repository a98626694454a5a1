"""The piecewise polynomials of an element on a mesh: degrees of freedom, and their dual basis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.discriminators.finite_elements.box_mesh import BoxMesh
from gantheory.discriminators.finite_elements.element import Element
from gantheory.discriminators.finite_elements.library import library
from gantheory.symbolic.operators import MultiIndex, multi_indices

LETTERS = "xyz"


@dataclass(frozen=True, eq=False)
class ElementSpace:
    """D_h = Σ_i u_i φ_i, with u_i = ∂^β D_h at a vertex or a midpoint, or the normal slope at a midpoint.

    φ is computed simplex by simplex as the dual basis of these degrees of freedom, in powers of (x − centroid)/size: in powers
    of x itself the quintic basis loses all digits on fine meshes.
    """

    mesh: BoxMesh
    element: Element

    @cached_property
    def _given(self) -> Any:
        return self.element.on(self.mesh.dim)

    @cached_property
    def unknowns(self) -> np.ndarray:
        """(M, k): the indices of the degrees of freedom of each simplex."""
        return np.asarray(library().Dofs(self.mesh.topology, self._given).element_dofs, dtype=np.int64).T

    @property
    def size(self) -> int:
        """How many degrees of freedom."""
        return int(self.unknowns.max()) + 1

    @cached_property
    def local_points(self) -> np.ndarray:
        """(M, k, d): where the degrees of freedom of a simplex live; exactly on a face where they live on one."""
        at = np.asarray(self._given.doflocs)
        weights = np.concatenate([1 - at.sum(1, keepdims=True), at], 1)
        return np.einsum("kj,mjd->mkd", weights, self.mesh.corners)

    @cached_property
    def jets(self) -> tuple[MultiIndex | None, ...]:
        """β of each degree of freedom of a simplex; None for a normal slope."""
        names, repeat = list(self._given.dofnames), self._given.nodal_dofs
        count, dim = len(self._given.doflocs), self.mesh.dim
        whole = names[:repeat] * (dim + 1)
        whole += names[repeat : repeat + 1] * (count - len(whole))
        marks = (name.partition("_")[2] for name in whole)
        return tuple(None if mark == "n" else tuple(map(mark.count, LETTERS[:dim])) for mark in marks)

    @cached_property
    def normals(self) -> np.ndarray:
        """(M, k, d): the unit normal at each midpoint that holds a normal slope, one for both neighbours; 0 elsewhere."""
        found = np.zeros_like(self.local_points)
        slopes = [i for i, jet in enumerate(self.jets) if jet is None]
        if slopes:
            tangent = np.diff(self.mesh.vertices[self.mesh.topology.facets], axis=0)[0]
            across = np.stack([tangent[:, 1], -tangent[:, 0]], 1) / np.linalg.norm(tangent, axis=1)[:, None]
            found[:, slopes] = across[self.mesh.topology.t2f.T]
        return found

    @cached_property
    def _frame(self) -> tuple[np.ndarray, np.ndarray]:
        """The centroid and the size of each simplex."""
        centre = self.mesh.corners.mean(1)
        return centre, np.abs(self.mesh.corners - centre[:, None]).max((1, 2))

    @cached_property
    def _powers(self) -> np.ndarray:
        """(k, d): the exponents of the monomials."""
        return np.array([a for total in range(self.element.degree + 1) for a in multi_indices(total, self.mesh.dim)])

    def _monomials(self, simplices: np.ndarray, points: np.ndarray, beta: MultiIndex) -> np.ndarray:
        """(E, Q, k): ∂^β of the monomials in (x − centroid)/size, by (x − centroid)/size."""
        centre, size = self._frame
        at = (points - centre[simplices][:, None]) / size[simplices][:, None, None]
        result = np.ones((*points.shape[:2], len(self._powers)))
        for axis, b in enumerate(beta):
            table = np.stack([at[:, :, axis] ** k for k in range(self.element.degree + 1)], 2)
            power = self._powers[:, axis]
            falling = np.prod([power - j for j in range(b)], axis=0, initial=1.0) * (power >= b)
            result *= falling * table[:, :, np.maximum(power - b, 0)]
        return result

    @cached_property
    def _dual(self) -> np.ndarray:
        """(M, k, k): the coefficients of φ_i, in columns."""
        everywhere, dim = np.arange(len(self.mesh.simplices)), self.mesh.dim
        rows = np.empty((len(everywhere), len(self.jets), len(self._powers)))
        axes = [tuple(int(j == k) for j in range(dim)) for k in range(dim)]
        for i, jet in enumerate(self.jets):
            at, normal = self.local_points[:, i : i + 1], self.normals[:, i]
            if jet is None:
                rows[:, i] = sum(normal[:, k, None] * self._monomials(everywhere, at, a)[:, 0] for k, a in enumerate(axes))
            else:
                rows[:, i] = self._monomials(everywhere, at, jet)[:, 0]
        orders = np.array([1 if jet is None else sum(jet) for jet in self.jets])
        return np.linalg.inv(rows) * self._frame[1][:, None, None] ** orders

    def basis(self, simplices: np.ndarray, points: np.ndarray, beta: MultiIndex) -> np.ndarray:
        """(E, k, Q): ∂^β φ_i at the points (E, Q, d), those of row e in the simplex simplices[e]."""
        scale = self._frame[1][simplices][:, None, None] ** sum(beta)
        return (self._monomials(simplices, points, beta) / scale @ self._dual[simplices]).transpose(0, 2, 1)
