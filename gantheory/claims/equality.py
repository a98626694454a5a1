"""Equal up to roundoff, within standard errors, between rivals; and unequal, for refutations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory._errors import Refusal
from gantheory.claims.outcome import Fault, Outcome, Standing


def _outcome(holds: bool, detail: str, left: Any, right: Any) -> Outcome:
    return Outcome(Standing.HOLDS if holds else Standing.FAILS, detail, left, right)


def _scaled(left: np.ndarray, right: np.ndarray) -> Iterator[Fault]:
    if not np.any(left):
        yield "10⁻³ of the other side", left + 1e-3 * (np.max(np.abs(right)) or 1.0), right
        return
    for name, factor in (("sign", -1.0), ("factor 2", 2.0), ("factor 1.001", 1.001)):
        yield name, factor * left, right


def _arrays(left: Any, right: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(left, dtype=float), np.asarray(right, dtype=float)


def _matched(a: np.ndarray, b: np.ndarray) -> bool:
    """One shape, or a number beside an array; not empty."""
    return (a.shape == b.shape or 0 in (a.ndim, b.ndim)) and min(a.size, b.size) > 0


_UNMATCHED = "the sides have different shapes, or are empty"


def _relative_gap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.max(np.abs(a - b))) / (float(np.max(np.abs(b))) or 1.0)


@dataclass(frozen=True)
class Roundoff:
    """max|left − right| ≤ c · eps · condition · max|right|, c ≤ 100: floating-point noise and nothing else."""

    condition: float = 1.0
    c: float = 100.0

    def __post_init__(self) -> None:
        if not 0 < self.c <= 100 or not 0 < self.condition < np.inf:
            need = "Roundoff is c · eps · condition, 0 < c ≤ 100, the condition positive and finite"
            raise Refusal(need, f"c = {self.c}, condition {self.condition}")

    def compare(self, left: Any, right: Any) -> Outcome:
        """HOLDS within the bound, which the detail states."""
        a, b = _arrays(left, right)
        if not _matched(a, b):
            return Outcome(Standing.FAILS, _UNMATCHED, a, b)
        bound = self.c * np.finfo(float).eps * self.condition
        gap = _relative_gap(a, b)
        return _outcome(bool(gap <= bound), f"relative gap {gap:.1e} (bound {bound:.1e})", a, b)

    def faults(self, left: Any, right: Any) -> Iterator[Fault]:
        """Sign, factor 2, factor 1.001."""
        return _scaled(*_arrays(left, right))


@dataclass(frozen=True)
class Rivals:
    """Two solvers without common code agree: max|g(left) − g(right)| ≤ tolerance · max|g(right)|, g fixing the gauge."""

    tolerance: float
    gauge: Callable[[np.ndarray], np.ndarray] = np.asarray

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise Refusal("the tolerance of Rivals is between 0 and 1: it is relative", self.tolerance)

    def compare(self, left: Any, right: Any) -> Outcome:
        """HOLDS within the tolerance; the detail says to how many digits."""
        a, b = (self.gauge(side) for side in _arrays(left, right))
        if not _matched(a, b):
            return Outcome(Standing.FAILS, _UNMATCHED, a, b)
        gap = _relative_gap(a, b)
        if np.isnan(gap):
            return Outcome(Standing.FAILS, "a side is not a number", a, b)
        digits = -np.log10(gap) if gap > 0 else 16.0
        asked = -np.log10(self.tolerance)
        standing = Standing.HOLDS if gap <= self.tolerance else Standing.FAILS
        return Outcome(standing, f"agree to {digits:.1f} digits (asked {asked:.1f})", a, b, digits)

    def faults(self, left: Any, right: Any) -> Iterator[Fault]:
        """Sign, factor 2, factor 1.001."""
        return _scaled(*_arrays(left, right))


@dataclass(frozen=True)
class Statistical:
    """left = (estimate, standard error), right = the truth: |estimate − truth| ≤ 4 standard errors."""

    errors: float = 4.0

    def compare(self, left: Any, right: Any) -> Outcome:
        """HOLDS within the standard errors."""
        estimate, error = left
        score = abs(estimate - right) / error if 0 < error < np.inf else float("inf")
        return _outcome(
            score <= self.errors, f"{estimate:.6g} ± {error:.1g} against {right:.6g}: {score:.1f} standard errors", left, right
        )

    def faults(self, left: Any, right: Any) -> Iterator[Fault]:
        """The estimate moved by ten standard errors, either way."""
        estimate, error = left
        yield "+10 standard errors", (estimate + 10 * error, error), right
        yield "−10 standard errors", (estimate - 10 * error, error), right


@dataclass(frozen=True)
class Differs:
    """What a refutation needs: the printed and the found number are finite and differ by more than the margin, relatively."""

    margin: float

    def compare(self, left: Any, right: Any) -> Outcome:
        """HOLDS when they differ."""
        printed, found = float(left), float(right)
        finite = np.isfinite(printed) and np.isfinite(found)
        differs = finite and abs(printed - found) > self.margin * max(abs(printed), abs(found))
        return _outcome(bool(differs), f"printed {printed:.6g}, found {found:.6g}", left, right)

    def faults(self, left: Any, right: Any) -> Iterator[Fault]:
        """The printed value made true."""
        yield "printed value made true", right, right
