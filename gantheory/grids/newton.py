"""Damped Newton for discrete objectives: descent of J where it is convex, of the residual where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sparse

from gantheory._errors import Refusal
from gantheory.grids.direct import Direct, positive_definite
from gantheory.grids.functional import Functional

EPS = float(np.finfo(float).eps)
STEP = 1e-9  # of a full Newton step, relative to D: what follows it is of the order of its square
SHORTEST = 1 / 64  # step of a continuation
SLOPE = 1e-4  # of the decrease that the slope promises, so much must come true
HALVINGS = 40
ITERATIONS = 100
BALANCE = 1e-11  # of the slopes of the summands, which cancel in that of J
INEXACT = 1e-6  # of the slope: a larger residual of the linear solve is no rounding
DAMPING = 1e-2, 1e-6  # the first and the least, in units of the one-sided penalties that let go of D
NEGLIGIBLE = 1e-6  # damping, before none
SHORT = 1 / 10  # of a Newton step, after which the damping grows
DAMPINGS = 12  # powers of 10 that a singular curvature may ask for


class Unconverged(Exception):
    """Newton's iteration stopped away from a solution; .residual is the relative step that was left."""

    def __init__(self, reason: str, residual: float) -> None:
        super().__init__(reason)
        self.residual = residual


def newton(J: Functional, u: np.ndarray) -> tuple[np.ndarray, int, float]:
    """(u, iterations, damping) with ∇J(u) = 0; damping > 0 where the curvature there is singular. Unconverged otherwise.

    Where a one-sided penalty is idle it has no curvature, and an undamped step moves the edge of that region by a cell: it is
    damped by the same penalty without its centre, which acts across cells, by less after each whole step and in the end not.
    Source: hintermuller2002primal, of the undamped iteration.
    """
    if not np.isfinite(J.merit(u)):
        raise Unconverged("it starts outside the domain of the loss", np.inf)
    damping, least = (0.0, 0.0) if J.damper is None else DAMPING
    left = np.inf
    for iteration in range(1, ITERATIONS + 1):
        g, H = J.slope(u), J.curvature(u)
        rounding = roundoff(H, u)
        settled = bool(np.abs(g).max(initial=0) <= rounding)
        damping = 0.0 if settled else damping
        s, needed = _direction(J, H, g, damping, rounding)
        if needed > damping == 0 and (settled or J.balance(u) <= BALANCE):
            return u, iteration, needed
        before, left = left, float(np.abs(s).max(initial=0) / max(float(np.abs(u).max(initial=0)), 1e-3))
        if needed == 0 and (left <= STEP or (settled and left > before / 4)) and np.isfinite(J.merit(u + s)):
            return u + s, iteration, 0.0
        t = _length(J, u, s, g)
        if t == 0 and needed == 0 and settled:
            return u, iteration, 0.0
        if t == 0:
            raise Unconverged("no step along Newton's direction lowers the merit", left)
        u = u + t * s
        damping = _next(needed, t, least)
    raise Unconverged(f"{ITERATIONS} iterations did not suffice", left)


def roundoff(H: sparse.csr_matrix, u: np.ndarray) -> float:
    """The rounding error of ∇J, from |∇²J| |D|."""
    return 10 * EPS * float((abs(H) @ np.abs(u)).max(initial=0))


def _next(damping: float, t: float, least: float) -> float:
    """A tenth after a whole step, ten times as much after a short one."""
    if t == 1:
        return damping / 10 if damping > NEGLIGIBLE else 0.0
    return damping if t > SHORT else 10 * max(damping, least)


def _direction(J: Functional, H: sparse.csr_matrix, g: np.ndarray, damping: float, rounding: float) -> tuple[np.ndarray, float]:
    """−(H + damping)⁻¹ g, with the least power of 10 that makes it exact, but for the rounding of g, and, where J is convex, a
    descent.

    A ghost that no summand sees, beyond an end where a penalty is idle, stays: D has no value there.
    """
    scale = float(np.abs(H.diagonal()).max(initial=0)) or 1.0
    unit = J.damper if J.damper is not None else scale * sparse.identity(len(g), format="csr")
    for _ in range(DAMPINGS):
        damped = (H + damping * unit).tocsr() if damping else H
        held = np.union1d(J.held, np.flatnonzero(J.essential.beyond & (damped.diagonal() == 0)))
        try:
            s = -Direct(damped, held)(g)
        except Refusal:
            s = np.full(len(g), np.nan)
        gap = np.delete(damped @ s + g, J.held)
        exact = bool(np.isfinite(s).all()) and np.abs(gap).max(initial=0) <= max(INEXACT * np.abs(g).max(initial=0), rounding)
        if exact and (not J.convex or g @ s <= 0):
            return s, damping
        damping = max(10 * damping, 1e-10)
    raise Unconverged("the curvature of J is not positive", float(np.abs(g).max(initial=0)))


def _length(J: Functional, u: np.ndarray, s: np.ndarray, g: np.ndarray) -> float:
    """The largest of 1, ½, ¼, … that lowers the merit by a part of what its slope promises; 0 if none does."""
    now = J.merit(u)
    promise = float(g @ s) if J.convex else -2 * now
    noise = J.noise(u) if J.convex else 1e-20 * now
    t = 1.0
    for _ in range(HALVINGS):
        if J.merit(u + t * s) <= now + SLOPE * t * promise + noise:
            return t
        t /= 2
    return 0.0


Path = Callable[[float], Functional]


def continued(path: Path, u: np.ndarray, near: np.ndarray | None) -> tuple[np.ndarray, dict[str, Any]]:
    """∇J₁(u) = 0: from near where that is given and does, otherwise along J_t, 0 ≤ t ≤ 1, in steps that halve or double."""
    count, steps = 0, 0
    try:
        if near is not None:
            found, count, damping = newton(path(1.0), near)
            return found, _facts(path(1.0), found, count, damping)
    except Unconverged:
        pass
    t, size = 0.0, 1.0
    try:
        u, count, damping = newton(path(0.0), u)
        while t < 1:
            try:
                u, more, damping = newton(path(min(1.0, t + size)), u)
                t, size, count, steps = min(1.0, t + size), 2 * size, count + more, steps + 1
            except Unconverged:
                size /= 2
                if size < SHORTEST:
                    raise
    except Unconverged as failure:
        given = f"one where {failure}: the step left is {failure.residual:.1e} of D, at {t:.2g} of the way"
        cures = ["Refine the grid, or use a larger λ."]
        if not path(1.0).convex:
            cures.append("Use one_sided=True, or centre=0: with two sides J is not convex.")
        raise Refusal("Newton's iteration converges", given, *cures) from failure
    return u, {**_facts(path(1.0), u, count, damping), "continuation": steps}


def _facts(J: Functional, u: np.ndarray, count: int, damping: float) -> dict[str, Any]:
    minimum = J.convex or positive_definite(J.curvature(u), J.held)
    facts = {"solve": "Newton", "iterations": count, "residual": J.balance(u), "minimum": minimum}
    return {**facts, "singular curvature": "D is one of several minimisers"} if damping else facts
