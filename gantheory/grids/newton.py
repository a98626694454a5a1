"""Damped Newton for discrete objectives: descent of J where it is convex, of the residual where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sparse

from gantheory._errors import Refusal
from gantheory.grids.direct import Direct
from gantheory.grids.essential import Essential
from gantheory.grids.summands import Summand

EPS = float(np.finfo(float).eps)
STEP = 1e-9  # of a full Newton step, relative to D: what follows it is of the order of its square
SHORTEST = 1 / 64  # step of a continuation
SLOPE = 1e-4  # of the decrease that the slope promises, so much must come true
HALVINGS = 40
ITERATIONS = 100
BALANCE = 1e-11  # of the slopes of the summands, which cancel in that of J
INEXACT = 1e-6  # of the slope: a larger residual of the linear solve is no rounding
DAMPINGS = 12  # powers of 10 that a singular curvature may ask for


@dataclass(frozen=True, eq=False)
class Functional:
    """J(u) = Σ summands(E u + d); held: the unknowns that stand for a null space, at 0."""

    summands: tuple[Summand, ...]
    essential: Essential
    convex: bool
    held: np.ndarray

    @cached_property
    def _E(self) -> sparse.csr_matrix:
        return self.essential.matrix

    def _D(self, u: np.ndarray) -> np.ndarray:
        return self.essential.values(u).ravel()

    def value(self, u: np.ndarray) -> float:
        """J, ∞ outside the domain of the loss."""
        with np.errstate(all="ignore"):
            found = sum(s.value(self._D(u)) for s in self.summands)
        return found if np.isfinite(found) else np.inf

    def slope(self, u: np.ndarray) -> np.ndarray:
        """∇J."""
        with np.errstate(all="ignore"):
            D = self._D(u)
            found = self._E.T @ sum(s.slope(D) for s in self.summands)
        found[self.held] = 0
        return found

    def balance(self, u: np.ndarray) -> float:
        """|∇J| relative to the slopes that cancel in it."""
        with np.errstate(all="ignore"):
            D = self._D(u)
            largest = max(float(np.abs(self._E.T @ s.slope(D)).max(initial=0)) for s in self.summands)
        return float(np.abs(self.slope(u)).max(initial=0)) / largest if largest > 0 else 0.0

    def noise(self, u: np.ndarray) -> float:
        """The rounding error of J."""
        with np.errstate(all="ignore"):
            return 100 * EPS * sum(abs(s.value(self._D(u))) for s in self.summands)

    def curvature(self, u: np.ndarray) -> sparse.csr_matrix:
        """∇²J."""
        with np.errstate(all="ignore"):
            D = self._D(u)
            H = sum((s.curvature(D) for s in self.summands), sparse.csr_matrix((len(D), len(D))))
        return (self._E.T @ H @ self._E).tocsr()

    def merit(self, u: np.ndarray) -> float:
        """What a step must lower: J, or ½|∇J|²."""
        return self.value(u) if self.convex else float(self.slope(u) @ self.slope(u)) / 2


class Unconverged(Exception):
    """Newton's iteration stopped away from a solution; .residual is the relative step that was left."""

    def __init__(self, reason: str, residual: float) -> None:
        super().__init__(reason)
        self.residual = residual


def newton(J: Functional, u: np.ndarray) -> tuple[np.ndarray, int, float]:
    """(u, iterations, damping) with ∇J(u) = 0; damping > 0 where the curvature there is singular. Unconverged otherwise."""
    if not np.isfinite(J.merit(u)):
        raise Unconverged("it starts outside the domain of the loss", np.inf)
    damping, left = 0.0, np.inf
    for iteration in range(1, ITERATIONS + 1):
        g, H = J.slope(u), J.curvature(u)
        rounding = roundoff(H, u)
        s, damping = _direction(J, H, g, damping, rounding)
        before, left = left, float(np.abs(s).max(initial=0) / max(float(np.abs(u).max(initial=0)), 1e-3))
        stalled = left > before / 4 and np.abs(g).max(initial=0) <= rounding
        if damping == 0 and (left <= STEP or stalled) and np.isfinite(J.merit(u + s)):
            return u + s, iteration, damping
        t = _length(J, u, s, g)
        if t == 0 and damping == 0 and np.abs(g).max(initial=0) <= rounding:
            return u, iteration, damping
        if t == 0:
            raise Unconverged("no step along Newton's direction lowers the merit", left)
        u = u + t * s
        if damping > 0 and J.balance(u) <= BALANCE:
            return u, iteration, damping
        damping = 0.0 if damping <= EPS else damping / 10 if t == 1 else damping
    raise Unconverged(f"{ITERATIONS} iterations did not suffice", left)


def roundoff(H: sparse.csr_matrix, u: np.ndarray) -> float:
    """The rounding error of ∇J, from |∇²J| |D|."""
    return 10 * EPS * float((abs(H) @ np.abs(u)).max(initial=0))


def _direction(J: Functional, H: sparse.csr_matrix, g: np.ndarray, damping: float, rounding: float) -> tuple[np.ndarray, float]:
    """−(H + damping · scale)⁻¹ g, with the least power of 10 that makes it exact, but for the rounding of g, and, where J is
    convex, a descent.
    """
    identity = sparse.identity(len(g), format="csr")
    scale = float(np.abs(H.diagonal()).max(initial=0)) or 1.0
    for _ in range(DAMPINGS):
        damped = H + damping * scale * identity if damping else H
        try:
            s = -Direct(damped, J.held)(g)
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


def continued(path: Path, u: np.ndarray, at_once: bool) -> tuple[np.ndarray, dict[str, Any]]:
    """∇J₁(u) = 0: at once where asked and that does, otherwise along J_t, 0 ≤ t ≤ 1, in steps that halve or double."""
    count, steps = 0, 0
    try:
        if at_once:
            found, count, damping = newton(path(1.0), u)
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
        cures = ("Refine the grid, or use a larger λ.", "Use one_sided=True or centre=0 where a penalty is two-sided.")
        raise Refusal("Newton's iteration converges", given, *cures) from failure
    return u, {**_facts(path(1.0), u, count, damping), "continuation": steps}


def _facts(J: Functional, u: np.ndarray, count: int, damping: float) -> dict[str, Any]:
    facts = {"solve": "Newton", "iterations": count, "residual": J.balance(u)}
    return {**facts, "singular curvature": "D is one of several minimisers"} if damping else facts
