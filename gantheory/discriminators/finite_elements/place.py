"""Which simplex holds a point."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from gantheory.discriminators.finite_elements.box_mesh import BoxMesh

INSIDE = -1e-12  # a barycentric coordinate that is 0 up to roundoff
NEAR = 12  # centroids looked at first


def places(mesh: BoxMesh, points: np.ndarray) -> np.ndarray:
    """For each point of the box the index of a simplex that holds it."""
    if mesh.dim == 1:
        order = np.argsort(mesh.corners[:, :, 0].min(1))
        starts = mesh.corners[order, :, 0].min(1)
        return order[np.searchsorted(starts, points[:, 0], side="right").clip(1, len(starts)) - 1]
    tree = cKDTree(mesh.corners.mean(1))
    found, open_, near = np.zeros(len(points), dtype=np.int64), np.arange(len(points)), min(NEAR, len(mesh.simplices))
    while len(open_):
        _, trial = tree.query(points[open_], k=list(range(1, near + 1)))
        depth = _depths(mesh, trial, points[open_])
        found[open_] = trial[np.arange(len(open_)), depth.argmax(1)]
        if near == len(mesh.simplices):
            break
        open_, near = open_[depth.max(1) < INSIDE], min(4 * near, len(mesh.simplices))
    return found


def _depths(mesh: BoxMesh, trial: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n, k): the least barycentric coordinate of each point in each of its k simplices."""
    offset = points[:, None] - mesh.corners[trial, 0]
    rise = np.einsum("nkjd,nkd->nkj", mesh.barycentric_slopes[trial], offset)
    rise[:, :, 0] += 1
    return rise.min(2)
