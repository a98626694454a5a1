"""The rate at which a study converges: least squares over the asymptotic range, which is found, with a band."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import numpy as np

from gantheory.claims.ranges import Fit, Line, fit
from gantheory.claims.rounding import floor_of

LEVELS = 3  # at least, clear of the floor
SPECTRAL = 4  # levels at least, for an exponential; one more, for a power before it
BROAD = 0.25  # half the width from which on a band does not tell an order from its neighbour half an order away
NARROW = 0.02  # half the width below which a longer range is always taken
LONGER = 1.5  # how much wider than the narrowest band that of a longer range may be
STRAIGHT = 100.0  # by this factor h^b e^{−c/h} leaves less of log e than a power does
UNEXPLAINED = 1e-3  # share of the squares of log e that it may leave: before a change of sign it leaves more
DROP = 3.0  # of log e, at least, that is due to e^{−c/h}: more than a decade


@dataclass(frozen=True)
class Rate:
    """error = constant · h^slope over the levels `used`, the order within the band in 95 % of known studies.

    floor is the error that rounding leaves, and `floored` are the levels within it; scattered says that no trend is left in
    the residuals, lasting that one is left which does not die out; noise is the root mean square of the residuals of log e.
    exponential is c where h^b e^{−c/h} fits and no power does. reason: in words, why no order can be told; empty where one can.
    """

    slope: float
    band: tuple[float, float]
    constant: float
    used: tuple[int, ...]
    floored: tuple[int, ...] = ()
    floor: float | None = None
    noise: float = 0.0
    scattered: bool = False
    lasting: bool = False
    exponential: float | None = None
    reason: str = ""

    @property
    def conclusive(self) -> bool:
        """The study tells its order."""
        return not self.reason

    @property
    def half_width(self) -> float:
        """Half the width of the band."""
        return (self.band[1] - self.band[0]) / 2

    @property
    def words(self) -> str:
        """What a caption says: the observed order and its band, or why there is none."""
        if self.exponential is not None:
            return f"faster than any power, like exp(−{self.exponential:.3g}/h)"
        low, high = self.band
        return f"no order: {self.reason}" if self.reason else f"observed order {self.slope:.3f} (95 %: {low:.3f} to {high:.3f})"

    def within(self, expected: float, tolerance: float) -> bool:
        """The band meets expected ± tolerance."""
        return self.band[0] <= expected + tolerance and self.band[1] >= expected - tolerance

    def __str__(self) -> str:
        if not self.used:
            return self.reason
        levels = f"levels {self.used[0] + 1} to {self.used[-1] + 1}"
        fitted = f"fit {self.slope:.3f} in [{self.band[0]:.3f}, {self.band[1]:.3f}] over {levels}"
        below = f", floor {self.floor:.0e}" if self.floored else ""
        return fitted + below + (f"; inconclusive: {self.reason}" if self.reason else "")


def rate(sizes: tuple[float, ...], errors: tuple[float, ...], floor: float | None = None) -> Rate:
    """The rate of errors at falling sizes; floor: eps · condition where it is known, else what levels off is examined.

    Of all ranges that end at the finest level above the floor, the longest whose band is nearly the narrowest.
    """
    h, e = np.array(sizes), np.array(errors)
    if len(h) < LEVELS:
        return _none(f"only {len(h)} level{'s' * (len(h) > 1)}, and an order takes {LEVELS}")
    slopes = np.diff(np.log(e)) / np.diff(np.log(h))
    bottom = floor_of(slopes, e, floor)
    floored = tuple(range(bottom.above, len(h)))
    level = bottom.level or None
    exponential = _exponential(h[: bottom.falling], e[: bottom.falling])
    if exponential is not None:
        return _none("the error falls faster than any power of the size", floored, level, exponential)
    if bottom.above < LEVELS:
        return _none(f"only {bottom.above} levels stand clear of the floor {bottom.level:.0e}", floored, level)
    best = _chosen([fit(h[: bottom.above], e[: bottom.above], k, bottom) for k in range(bottom.above - LEVELS + 1)])
    return Rate(
        best.slope,
        (best.slope - best.below, best.slope + best.above),
        best.constant,
        tuple(range(best.first, bottom.above)),
        floored,
        level,
        best.noise,
        best.scattered,
        best.lasting,
        reason=_doubt(best),
    )


def _none(reason: str, floored: tuple[int, ...] = (), floor: float | None = None, exponential: float | None = None) -> Rate:
    return Rate(nan, (-inf, inf), nan, (), floored, floor, exponential=exponential, reason=reason)


def _chosen(fits: list[Fit]) -> Fit:
    enough = max(LONGER * min(f.width for f in fits), NARROW)
    return next(f for f in fits if f.width <= enough)


def _doubt(best: Fit) -> str:
    if best.width <= BROAD:
        return ""
    why = "the errors scatter" if best.scattered else "the slopes have not settled"
    return f"{why}: the band has half-width {best.width:.2f}, and {BROAD} is needed"


def _exponential(h: np.ndarray, e: np.ndarray) -> float | None:
    """c where log e is a + b log h − c/h and no power of h, b = 0 on four levels; else None."""
    if len(h) < SPECTRAL:
        return None
    x, y = np.log(h), np.log(e)
    spectral, power = Line.through(-1 / h, y, *([x] if len(h) > SPECTRAL else [])), Line.through(x, y)
    c = float(spectral.coefficients[1])
    fits = spectral.squares <= UNEXPLAINED * ((y - y.mean()) ** 2).sum() and STRAIGHT * spectral.squares < power.squares
    return c if fits and c * (1 / h[-1] - 1 / h[0]) >= DROP else None
