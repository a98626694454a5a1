"""Accuracy 4 and 6 on a box: central stencils wherever they fit, D itself on the layers of nodes where they do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sparse

from gantheory._errors import Refusal
from gantheory.discriminators.finite_differences.jets import Jets
from gantheory.grids import BoxGrid, Function, Penalty, dirichlet_solve, divergence_form, sampled
from gantheory.objectives import Boundary


def layered(
    grid: BoxGrid, penalties: tuple[Penalty, ...], force: Function, jets: Jets | None, accuracy: int
) -> tuple[np.ndarray, dict[str, Any]]:
    """D with Σ 2 scale (−1)^m ∂^m(w ∂^m D) = force inside; the boundary field is D on top − 1 + accuracy/2 layers."""
    top = max(p.order for p in penalties)
    if grid.boundary is not Boundary.DIRICHLET or jets is None:
        need = f"accuracy {accuracy} on a box takes D itself on {top - 1 + accuracy // 2} layers of nodes"
        given = f"boundary=None on a grid with {grid.boundary.value} faces"
        raise Refusal(need, given, "Use accuracy=2, or a Boundary.DIRICHLET grid and boundary=D.")
    inner = grid.inner(top - 1 + accuracy // 2)
    matrix = sparse.csr_matrix((inner.size, inner.size))
    for penalty in penalties:
        weight = np.broadcast_to(sampled(penalty.weight, grid.axes, "the weight of a penalty"), grid.points)
        matrix = matrix + 2 * penalty.scale * divergence_form(grid, weight, penalty.order, accuracy)
    source = np.broadcast_to(sampled(force, grid.axes, "the source of the equation"), grid.points).ravel()
    known = np.zeros(inner.size)
    known[~inner] = jets(grid.nodes.numpy()[~inner], 0, 0)
    values = dirichlet_solve(matrix.tocsr(), source, known, inner)
    return values.reshape(grid.points), {"solve": "sparse LU", "unknowns": int(inner.sum())}
