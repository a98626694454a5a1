"""Simplices that fill a box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import factorial
from typing import Any

import numpy as np
import torch

from gantheory._checks import is_real, random, whole
from gantheory._errors import Refusal
from gantheory.discriminators.finite_elements.library import library
from gantheory.discriminators.finite_elements.refinement import cut_tetrahedra
from gantheory.grids.grid import array_of
from gantheory.objectives import Box

FILL = 1e-10  # relative gap between the volume of the box and that of its simplices: roundoff of their sum
MESHES = {1: "MeshLine", 2: "MeshTri", 3: "MeshTet"}


@dataclass(frozen=True, eq=False)
class BoxMesh:
    """A Box cut into intervals, triangles or tetrahedra that meet in whole faces.

    vertices: (N, d), float64. simplices: (M, d+1), rows of indices of vertices. What holds at the faces is said by the Box.
    BoxMesh.uniform and BoxMesh.graded build one; .perturbed and .refined make another.
    """

    box: Box | Any
    vertices: np.ndarray | Any
    simplices: np.ndarray | Any

    def __post_init__(self) -> None:
        if not isinstance(self.box, Box) or self.box.dim > 3:
            raise Refusal("a BoxMesh fills a Box of dimension 1, 2 or 3", self.box)
        object.__setattr__(self, "vertices", _array(self.vertices, "iuf").astype(np.float64))
        object.__setattr__(self, "simplices", np.sort(_array(self.simplices, "iu").astype(np.int64)))
        dim, shape = self.box.dim, (self.vertices.shape, self.simplices.shape)
        if [len(s) for s in shape] != [2, 2] or shape[0][1] != dim or shape[1][1] != dim + 1 or 0 in shape[1]:
            raise Refusal(
                f"a BoxMesh has vertices (N, {dim}) and simplices (M, {dim + 1})", f"shapes {shape[0]} and {shape[1]}"
            )
        used = np.unique(self.simplices)
        if not np.isfinite(self.vertices).all() or not np.array_equal(used, np.arange(len(self.vertices))):
            raise Refusal("the vertices of a BoxMesh are finite, and each is a corner of a simplex", "others")
        gap = abs(self.volumes.sum() / np.prod(np.subtract(self.box.upper, self.box.lower)) - 1)
        if not gap <= FILL or not self.volumes.min() > 0 or not self._closed:
            given = f"simplices of {gap:.1e} more or less volume, or vertices beside the faces"
            raise Refusal(f"the simplices of a BoxMesh fill {self.box} without overlap", given, "Use BoxMesh.graded.")

    @classmethod
    def uniform(cls, box: Box | Any, cells: Sequence[int] | Any) -> BoxMesh:
        """cells[k] equal cells along axis k, each cut into 1, 2 or 6 simplices."""
        if not isinstance(box, Box) or not isinstance(cells, Sequence) or len(cells) != box.dim:
            raise Refusal("BoxMesh.uniform takes a Box and a number of cells for each axis", f"{box}, {cells!r}")
        for count in cells:
            whole(count, 1, "a number of cells")
        ends = zip(box.lower, box.upper, cells, strict=True)
        return cls.graded(box, [np.linspace(a, b, k + 1) for a, b, k in ends])

    @classmethod
    def graded(cls, box: Box | Any, nodes: Sequence[Any] | Any) -> BoxMesh:
        """The tensor mesh with these coordinates along each axis: increasing, from the lower to the upper end."""
        if not isinstance(box, Box) or box.dim > 3 or not isinstance(nodes, Sequence) or len(nodes) != box.dim:
            raise Refusal("BoxMesh.graded takes a Box of dimension 1, 2 or 3 and nodes for each axis", f"{box}, {nodes!r}")
        axes = [_array(k, "iuf") for k in nodes]
        for axis, a, b in zip(axes, box.lower, box.upper, strict=True):
            if axis.ndim != 1 or len(axis) < 2 or not (np.diff(axis) > 0).all() or (axis[0], axis[-1]) != (a, b):
                raise Refusal(f"nodes increase from {a:g} to {b:g} along their axis", axis)
        mesh = getattr(library(), MESHES[box.dim]).init_tensor(*axes)
        return cls(box, mesh.p.T, mesh.t.T)

    def perturbed(self, amount: float, generator: torch.Generator) -> BoxMesh:
        """Inner vertices moved by at most `amount` of their least height over an opposite face, at random, on each axis."""
        if not is_real(amount) or not 0 <= amount < 1 / (2 * self.dim):
            raise Refusal(f"vertices move by 0 ≤ amount < 1/{2 * self.dim}", repr(amount))
        heights = 1 / np.linalg.norm(self.barycentric_slopes, axis=2)
        least = np.full(len(self.vertices), np.inf)
        np.minimum.at(least, self.simplices, heights)
        draw = torch.rand(self.vertices.shape, generator=random(generator), dtype=torch.float64).numpy()
        moves = amount * least[:, None] * (2 * draw - 1)
        return BoxMesh(self.box, self.vertices + np.where(self.at_end.any(axis=1, keepdims=True), 0.0, moves), self.simplices)

    def refined(self) -> BoxMesh:
        """Each simplex cut into 2^d at the midpoints of its edges."""
        if self.dim == 3:
            return BoxMesh(self.box, *cut_tetrahedra(self.topology))
        fine = self.topology.refined(1)
        return BoxMesh(self.box, fine.p.T, fine.t.T)

    def coarsened(self) -> BoxMesh:
        """Cells about twice as long: of a tensor mesh without every second node, of any other mesh equal ones."""
        axes = [np.unique(x) for x in self.vertices.T]
        if np.prod([len(x) for x in axes]) == len(self.vertices):
            return BoxMesh.graded(self.box, [np.append(x[:-1:2], x[-1]) for x in axes])
        length = 2 * (self.volumes.mean() * factorial(self.dim)) ** (1 / self.dim)
        sides = np.subtract(self.box.upper, self.box.lower)
        return BoxMesh.uniform(self.box, [max(1, round(side / length)) for side in sides])

    @property
    def dim(self) -> int:
        """n."""
        return self.box.dim

    @cached_property
    def topology(self) -> Any:
        """The mesh as scikit-fem knows it: facets, edges, and who touches whom."""
        return getattr(library(), MESHES[self.dim])(self.vertices.T.copy(), self.simplices.T.copy())

    @cached_property
    def corners(self) -> np.ndarray:
        """(M, d+1, d): the vertices of each simplex."""
        return self.vertices[self.simplices]

    @cached_property
    def volumes(self) -> np.ndarray:
        """(M,)."""
        edges = self.corners[:, 1:] - self.corners[:, :1]
        return np.abs(np.linalg.det(edges)) / factorial(self.dim)

    @cached_property
    def barycentric_slopes(self) -> np.ndarray:
        """(M, d+1, d): the gradients of the barycentric coordinates."""
        inverse = np.linalg.inv(self.corners[:, 1:] - self.corners[:, :1]).transpose(0, 2, 1)
        return np.concatenate([-inverse.sum(1, keepdims=True), inverse], 1)

    @cached_property
    def at_end(self) -> np.ndarray:
        """(N, d): whether a vertex has an end value on each axis."""
        return (self.vertices == self.box.lower) | (self.vertices == self.box.upper)

    def face(self, axis: int, end: float) -> np.ndarray:
        """The facets where the coordinate of the axis has that end value."""
        on = self.vertices[:, axis] == end
        return np.flatnonzero(on[self.topology.facets].all(0))

    @property
    def _closed(self) -> bool:
        """Every facet of a single simplex lies in a face of the box."""
        faces = [self.face(k, end) for k in range(self.dim) for end in (self.box.lower[k], self.box.upper[k])]
        return bool(np.isin(self.topology.boundary_facets(), np.concatenate(faces)).all())


def _array(values: Any, kinds: str) -> np.ndarray:
    """A new array of these kinds of numbers, i and u whole, f real; a Refusal for anything else."""
    found = array_of(values)
    if found.dtype.kind not in kinds:
        need = f"a BoxMesh is made of {'real' if 'f' in kinds else 'whole'} numbers"
        raise Refusal(need, f"an array of {found.dtype}", "Use np.array of numbers.")
    return found
