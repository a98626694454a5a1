"""The linear discrete problem: minimise ½ Dᵀ A D − load·D over D = E u + d, by the cheapest solve that fits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sparse

from gantheory._errors import Refusal
from gantheory.grids.direct import Direct, pins, refuse_dear
from gantheory.grids.energy import Energy, weighed
from gantheory.grids.essential import Essential
from gantheory.grids.fast import Transforms, transforms
from gantheory.grids.grid import Grid
from gantheory.grids.iterative import ROUGH, Rough, iterated, large, mean_transforms
from gantheory.grids.load import trapezoid
from gantheory.grids.multigrid import multigrid
from gantheory.grids.null_space import Load, NullSpace

UNRESOLVED = 1e-6  # a relative residual beyond this is no rounding


@dataclass(frozen=True, eq=False)
class Problem:
    """The energy, what is given at the faces, and the load by a quadrature rule."""

    grid: Grid
    energy: Energy
    essential: Essential
    load: Load

    @cached_property
    def null_space(self) -> NullSpace:
        """What may be added to D."""
        return NullSpace.of(self.grid, self.energy.lines, min(p.order for p in self.energy.penalties))

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """Eᵀ A E."""
        return (self.essential.matrix.T @ self.energy.matrix @ self.essential.matrix).tocsr()

    def residual(self, u: np.ndarray, load: np.ndarray) -> np.ndarray:
        """Eᵀ(load − A(E u + d))."""
        return self.essential.restricted(load - self.energy.applied(self.essential.values(u)))

    def applied(self, u: np.ndarray) -> np.ndarray:
        """Eᵀ A E u, without a matrix."""
        return self.essential.restricted(self.energy.applied(self.essential.linear(u)))

    def inside(self, values: np.ndarray) -> np.ndarray:
        """Of values on all nodes, those on the grid."""
        return values[tuple(slice(line.ghosts, line.size - line.ghosts) for line in self.energy.lines)]


def solved(problem: Problem) -> tuple[np.ndarray, dict[str, Any]]:
    """D on the grid, and how it was found."""
    load, facts = problem.null_space.compatible(problem.load) if problem.null_space else (problem.load(trapezoid), {})
    u, how = _chosen(problem, load)
    if not np.isfinite(u.sum()):
        raise Refusal("the discrete equation has one solution", "a singular matrix", "Add a term, or refine.")
    values = problem.null_space.gauged(problem.essential.values(u))
    return problem.inside(values), {**how, "unknowns": problem.essential.count, **facts}


def _chosen(problem: Problem, load: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Transforms where they diagonalise, conjugate gradients where they nearly do, multigrid for what is large, or factors."""
    energy, boundary = problem.energy, problem.grid.boundary
    fast = transforms(energy, boundary) if energy.constant else None
    if fast is not None:
        return by_transforms(problem, load, fast)
    mean = mean_transforms(energy, boundary)
    if mean is not None:
        try:
            return by_iteration(problem, load, mean)
        except Rough:
            pass
    if large(energy) and max(p.order for p in energy.penalties) == 1 and problem.energy.lines[0].ghosts == 0:
        return by_multigrid(problem, load)
    return by_factors(problem, load)


def by_iteration(problem: Problem, load: np.ndarray, mean: Transforms) -> tuple[np.ndarray, dict[str, Any]]:
    """Conjugate gradients with S⁻¹ T⁻¹ S⁻¹: the transforms T solve the equation at mean weights, S² is the local weight.

    √w carries −∇·(w∇D) to −Δ plus a potential, so that iterations grow with the curvature of √w and not with its contrast.
    Source: concus1973use.
    """
    local = np.sqrt(problem.essential.restricted(problem.energy.local_weight))
    found, facts = iterated(
        lambda u: problem.residual(u, load),
        problem.applied,
        lambda r: mean.solved((r / local).reshape(mean.shape)).ravel() / local,
        problem.essential.count,
        ROUGH,
    )
    return found, {"solve": f"CG with {'an' if mean.name == 'FFT' else 'a'} {mean.name} preconditioner", **facts}


def by_multigrid(problem: Problem, load: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Conjugate gradients, preconditioned by algebraic multigrid; a null space stays out of compatible residuals."""
    inverse = multigrid(problem.matrix)
    count = problem.essential.count
    try:
        found, facts = iterated(lambda u: problem.residual(u, load), lambda u: problem.matrix @ u, inverse, count)
    except Rough as failure:
        cure = "Use a weight that varies less, as over=(p + q)/2 + 1/10, or a coarser grid, which is factorised."
        raise Refusal("conjugate gradients with multigrid converge", failure, cure) from failure
    return found, {"solve": "multigrid CG", **facts}


def by_factors(problem: Problem, load: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Sparse LU; a null space is pinned at as many nodes, which a compatible load does not feel."""
    refuse_dear(problem.grid.dim, problem.essential.count)
    right = problem.residual(np.zeros(problem.essential.count), load)
    basis = problem.null_space.basis[problem.essential.free.ravel()]
    on_grid = np.flatnonzero(problem.null_space.volumes[problem.essential.free.ravel()] > 0)
    held = pins(basis, on_grid) if problem.null_space else np.empty(0, dtype=int)
    inverse = Direct(problem.matrix, held)
    u = inverse(right)
    u = u + inverse(problem.residual(u, load))  # taken derivative by derivative, it sees constants as a rounded matrix does not
    scale = float((abs(problem.matrix) @ np.abs(u) + np.abs(right)).max(initial=0))
    residual = float(np.abs(problem.residual(u, load)).max(initial=0)) / (scale or 1.0)
    if not residual <= UNRESOLVED:
        given = f"a singular matrix (relative residual {residual:.1g})"
        raise Refusal("the discrete equation has one solution", given, "Add a term, or refine.")
    return u, {"solve": "sparse LU", "residual": residual}


def by_transforms(problem: Problem, load: np.ndarray, fast: Transforms) -> tuple[np.ndarray, dict[str, Any]]:
    """Sines, cosines or exponentials; free ghosts (simply supported, m = 2) are eliminated first: they see only D inside."""
    essential, energy = problem.essential, problem.energy
    right = load if essential.homogeneous else load - _lifted(problem)
    if not essential.ghosts:
        return fast.solved(essential.restricted(right).reshape(fast.shape)).ravel(), {"solve": fast.name}
    box, values, alone = essential.box, np.zeros(load.shape), np.zeros(load.shape)
    ghosts = essential.free.copy()
    ghosts[box] = False
    diagonal = energy.diagonal[ghosts]
    values[ghosts] = right[ghosts] / diagonal
    alone[box] = fast.solved((right - energy.applied(values))[box])
    values[ghosts] -= energy.applied(alone)[ghosts] / diagonal
    return (values + alone)[essential.free], {"solve": fast.name}


def _lifted(problem: Problem) -> np.ndarray:
    """A d; for m ≤ 1 and constant weights, which is where d = 0 inside, only its values beside the faces."""
    essential, energy = problem.essential, problem.energy
    if max(p.order for p in energy.penalties) > 1:
        return energy.applied(essential.values(np.zeros(essential.count)))
    found = np.zeros(energy.shape)
    for part in energy.parts:
        if any(part.index):
            axis = part.index.index(1)
            h, others = part.measures[axis][0], [m for k, m in enumerate(part.measures) if k != axis]
            for face, beside in ((0, 1), (-1, -2)):
                values = np.moveaxis(essential.known, axis, 0)[face]
                np.moveaxis(found, axis, 0)[beside] -= part.density / h * (weighed(values, others) if others else values)
    return found
