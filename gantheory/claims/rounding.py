"""Where rounding takes over: the levels at the fine end of a study that no longer follow its line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROUNDING = 2.0**16 * np.finfo(float).eps  # 1.5e-11: eps times a condition number of 65536, for quantities of size 1
ABOVE = 10.0  # an error counts from ten times the floor on: rounding is then at most a tenth of it,
CLEAR = 100.0  # and from a hundred times on while more than ENOUGH levels remain
ENOUGH = 4
DEPARTURE = 0.15  # of a slope from the one before it; larger than what is left of a correction so far down
FALL = 30.0  # what falls by this factor afterwards was not at the floor; |N(0, 1)| is below 1/30 in 3 % of cases
NOISE = 1.5  # the level of |N(0, 1)| that is read off its geometric mean, 0.53


@dataclass(frozen=True)
class Floor:
    """The first `above` levels stand clear of rounding; the first `falling` ones still fall; level is about eps · condition."""

    above: int
    falling: int
    level: float

    def drift(self, x: np.ndarray, e: np.ndarray) -> float:
        """Two standard errors of a slope in x whose errors e carry rounding of the level: 2 (Σ (F/e)² x̃²)^½ / Σ x̃²."""
        X = x - x.mean()
        return float(2 * np.sqrt(((self.level / e) ** 2 * X**2).sum()) / (X**2).sum())

    def explains(self, squares: float, e: np.ndarray) -> bool:
        """A sum of squared residuals of log e is within what rounding does to it: Σ (2F/e)²."""
        return self.level > 0 and squares <= 4 * float(((self.level / e) ** 2).sum())


def floor_of(slopes: np.ndarray, errors: np.ndarray, declared: float | None) -> Floor:
    """The floor of a study: the declared one, and what is seen of one below the largest error that rounding explains.

    A level that departs from the line above that error is not rounding: a consistency error, say, or an instability.
    """
    first = _departure(slopes, errors, ROUNDING if declared is None else ABOVE * declared)
    level = declared or 0.0
    if first < len(errors):
        level = max(level, NOISE * float(np.exp(np.log(errors[first:]).mean())))
    above = first
    while above and (errors[above - 1] < ABOVE * level or (errors[above - 1] < CLEAR * level and above > ENOUGH)):
        above -= 1
    return Floor(above, first, level)


def _departure(slopes: np.ndarray, errors: np.ndarray, ceiling: float) -> int:
    """The first level at most the ceiling at which the slope breaks for good; the number of levels where none does."""
    for j in range(1, len(errors)):
        if errors[j] <= ceiling and _breaks(slopes, j) and errors[-1] * FALL > errors[j]:
            return j
    return len(errors)


def _breaks(s: np.ndarray, j: int) -> bool:
    """The slope s[j − 1] that leads to level j is not what the earlier ones let expect, and no steady rise either."""
    if j == 1:
        return bool(s[0] < 0.25)
    half = 0.5 * max(s[j - 2], 0.5)
    jump = half if j == 2 else max(DEPARTURE, min(3 * abs(s[j - 2] - s[j - 3]), half))
    change = s[j - 1] - s[j - 2]
    falls_back = j == len(s) or s[j] < s[j - 2] - jump
    return bool(change < -jump or (change > jump and falls_back))
