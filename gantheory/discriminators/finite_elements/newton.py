"""D_h by Newton's method, with a line search, damping, and continuation in the centres of penalties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from gantheory._errors import Refusal
from gantheory.discriminators.finite_elements.linear import direction, positive
from gantheory.discriminators.finite_elements.system import System

TOLERANCE = 1e-11  # of the residual, by the size of its parts: what counts as solved
LEAST = 1e-100  # of those parts: below, there is nothing to solve
MOST = 200  # steps: where kinks of a one-sided penalty touch the solution, each step moves a few of them
STEPS = tuple(0.5**k for k in range(12))  # of the line search
DECREASE = 1e-4  # of what a step promises, as in Armijo's rule
NOISE = 100 * float(np.finfo(float).eps)  # of J by the size of its parts: rounding
DAMPING = (0.0, 1e-8, 1e-6, 1e-4, 1e-2, 1.0)  # times the diagonal
STAGES = ((0.0, 1.0), (0.0, 0.25, 0.5, 0.75, 0.9, 1.0))  # of the centres, where the straight way fails
FLAT = 1e-13  # of a diagonal entry by that of the penalties without centres: roundoff


@dataclass(frozen=True, eq=False)
class Solution:
    """Degrees of freedom, Newton's steps, the residual by the size of its parts, and whether J_h is convex around it."""

    values: np.ndarray
    iterations: int
    residual: float
    minimum: bool = True


def solution(system: System, near: np.ndarray | None = None) -> Solution:
    """D_h, from near where that does; a Refusal where Newton's method does not arrive, or where a penalty leaves D free."""
    system = system.compatible()
    ways = [(system.held, stages) for stages in (STAGES if system.centred else ((1.0,),))]
    if near is not None:
        start = system.held.copy()
        start[system.free] = near[system.free]
        ways.insert(0, (start, (1.0,)))
    for start, stages in ways:
        found: Solution | None = Solution(start, 0, np.inf)
        for share in stages:
            if found is not None:
                found = newton(system.eased(share), found)
        if found is not None:
            return _judged(system, found) if system.centred else found
    need = f"Newton's method leaves a residual of at most {TOLERANCE:g} of its parts"
    given = f"none after {MOST} steps, with line search, damping and continuation"
    raise Refusal(need, given, "Refine the mesh, increase λ, or add a term with centre 0.")


def newton(system: System, start: Solution) -> Solution | None:
    """From the start to D_h; None where it stalls.

    Below the tolerance whole steps go on while they help: a stiff equation magnifies what is left.
    """
    u, scale = start.values, system.scale
    for k in range(MOST):
        gap, tangent = system.residual(u), system.tangent(u)
        if not np.isfinite(gap).all() or not np.isfinite(tangent.data).all():
            return None
        size = float(np.linalg.norm(scale * gap) / max(float(np.linalg.norm(scale * system.parts(u))), LEAST))
        near = size <= TOLERANCE
        moved = None if near and system.linear else _step(system, u, gap, tangent, near)
        if moved is None:
            return Solution(u, start.iterations + k, size) if near else None
        u = moved
    return None


def _step(system: System, u: np.ndarray, gap: np.ndarray, tangent: sparse.csc_matrix, near: bool) -> np.ndarray | None:
    """A step along which J falls where it is convex, else |F| in units of the diagonal: damped by the diagonal only where
    Newton's own does not.

    Where kinks of a one-sided penalty are passed, |F| may rise on the way to the minimum. near: only a whole step, and only if
    it halves |F|.
    """
    size = np.linalg.norm(system.scale * gap)
    value, parts = system.value(u) if system.convex else (0.0, 0.0)
    for damping in DAMPING[:1] if near else DAMPING:
        move = direction(system, tangent, gap, u, damping)
        if move is None:
            continue
        promise = DECREASE * float(gap @ move)
        for t in STEPS[:1] if near else STEPS:
            trial = u.copy()
            trial[system.free] += t * move
            if system.convex and not near:
                fallen = system.value(trial)[0] <= value + t * promise + NOISE * parts
            else:
                left = np.linalg.norm(system.scale * system.residual(trial))
                fallen = left <= (0.5 if near else 1 - DECREASE * t) * size
            if fallen:
                return trial
    return None


def _judged(system: System, found: Solution) -> Solution:
    """Refused where some φ_i costs nothing, as inside |∇D| < K under a linear loss; with two sides, is J_h convex there?"""
    tangent = system.tangent(found.values)
    if np.abs(system.scale**2 * tangent.diagonal()).min() <= FLAT:
        need = "the equation determines D everywhere"
        raise Refusal(need, "a region with |∇D| ≤ K, where nothing does", "Add a term with centre 0, or use a curved loss.")
    minimum = system.convex or positive(system, tangent)
    return Solution(found.values, found.iterations, found.residual, minimum)
