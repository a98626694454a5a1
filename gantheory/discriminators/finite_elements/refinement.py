"""Tetrahedra cut into eight."""

from __future__ import annotations

from typing import Any

import numpy as np

DIAGONALS = ((2, 4), (1, 3), (0, 5))  # opposite edges of a tetrahedron, in scikit-fem's order 01 12 02 03 13 23
CYCLES = ((0, 1, 5, 3), (0, 4, 5, 2), (1, 4, 3, 2))  # the four other midpoints around each diagonal
CORNERS = ((0, 0, 2, 3), (1, 0, 1, 4), (2, 1, 2, 5), (3, 3, 4, 5))  # a vertex and the midpoints of its edges


def cut_tetrahedra(mesh: Any) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3) and simplices (8M, 4) of a scikit-fem mesh, each tetrahedron cut at the midpoints of its edges.

    The octahedron in the middle is cut along its shortest diagonal, so that shapes do not degenerate. scikit-fem 12 takes
    these lengths without their third coordinate.
    """
    vertices = np.concatenate([mesh.p, mesh.p[:, mesh.edges].mean(1)], 1).T
    corner, middle = mesh.t, mesh.t2e + mesh.p.shape[1]
    pieces = [np.stack([corner[v], *middle[list(around)]], 1) for v, *around in CORNERS]
    lengths = [np.linalg.norm(vertices[middle[a]] - vertices[middle[b]], axis=1) for a, b in DIAGONALS]
    shortest = np.argmin(lengths, axis=0)
    for k, ((a, b), cycle) in enumerate(zip(DIAGONALS, CYCLES, strict=True)):
        own = middle[:, shortest == k]
        pieces += [np.stack([own[a], own[b], own[c], own[d]], 1) for c, d in zip(cycle, cycle[1:] + cycle[:1], strict=True)]
    return vertices, np.concatenate(pieces)
