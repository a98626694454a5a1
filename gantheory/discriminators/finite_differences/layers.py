"""Accuracy 4 and 6 on a box: central stencils at all inner nodes, D itself on the faces and on layers of nodes beyond."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sparse

from gantheory._errors import Refusal
from gantheory.discriminators.finite_differences.jets import Jets
from gantheory.grids import BoxGrid, Function, Penalty, diagonalised, dirichlet_solve, divergence_form, refuse_dear, sampled
from gantheory.objectives import Boundary


def layered(
    grid: BoxGrid, penalties: tuple[Penalty, ...], force: Function, jets: Jets | None, accuracy: int
) -> tuple[np.ndarray, dict[str, Any]]:
    """D with Σ 2 scale (−1)^m ∂^m(w ∂^m D) = force inside; boundary is D on faces and top − 2 + accuracy/2 layers beyond."""
    beyond = max(p.order for p in penalties) - 2 + accuracy // 2
    if grid.boundary is not Boundary.DIRICHLET or jets is None:
        need = f"accuracy {accuracy} on a box takes D itself on its faces and {beyond} layers of nodes beyond them"
        given = f"boundary=None on a grid with {grid.boundary.value} faces"
        raise Refusal(need, given, "Use accuracy=2, or a Boundary.DIRICHLET grid and boundary=D.")
    wide = _widened(grid, beyond)
    inner, own = wide.inner(1 + beyond), tuple(slice(beyond, beyond + k) for k in grid.points)
    weights = [sampled(penalty.weight, wide.axes, "the weight of a penalty") for penalty in penalties]
    source = np.broadcast_to(sampled(force, wide.axes, "the source of the equation"), wide.points)
    known = np.zeros(inner.size)
    known[~inner] = jets(wide.nodes.numpy()[~inner], 0, 0)
    count = {"unknowns": int(inner.sum())}
    if beyond == accuracy // 2 - 1 and all(isinstance(w, float) for w in weights):
        pairs = list(zip(penalties, weights, strict=True))
        factors = [float(sum(2 * a.scale * w for a, w in pairs if a.order == order)) for order in (1, 0)]
        values = diagonalised(wide, accuracy, (factors[0], factors[1]), source, known.reshape(wide.points))
        return values[own], {"solve": "fast diagonalisation", **count}
    refuse_dear(grid.dim, count["unknowns"])
    matrix = sparse.csr_matrix((inner.size, inner.size))
    for penalty, weight in zip(penalties, weights, strict=True):
        whole = np.broadcast_to(weight, wide.points)
        matrix = matrix + 2 * penalty.scale * divergence_form(wide, whole, penalty.order, accuracy)
    values = dirichlet_solve(matrix.tocsr(), source.ravel(), known, inner).reshape(wide.points)
    return values[own], {"solve": "sparse LU", **count}


def _widened(grid: BoxGrid, layers: int) -> BoxGrid:
    """The grid with so many layers of nodes beyond each face."""
    sides = list(zip(grid.lower, grid.upper, grid.spacing, strict=True))
    lower, upper = (tuple(end[i] + sign * layers * end[2] for end in sides) for i, sign in ((0, -1), (1, 1)))
    return BoxGrid(lower, upper, tuple(k + 2 * layers for k in grid.points))
