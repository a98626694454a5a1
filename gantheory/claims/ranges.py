"""Least squares over a range of levels: the slope, and the band that holds the order if the corrections die out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from gantheory.claims.rounding import Floor

CORRECTIONS = (0.5, 1.0, 2.0)  # powers q of the next term: e = C h^p (1 + a h^q + …); the slowest sets the band
LASTING = 5.0  # how much farther a drift may lead that does not die out like h^½
SAFETY = 1.5  # covers the choice of the range and two corrections at once: no seed of known studies falls below 95 %
EXACT = 1e-28  # squares of residuals of log e that are rounding of the logarithms
LIKELY = 25.0  # a correction whose squares exceed the best ones by this factor is not the one that is there
DRIFT = 0.9  # share of the squares that a correction explains, from which on it is a drift and not scatter
CONFIDENCE = 0.9975  # of Student's quantiles, of one side
ALONE = 0.975  # with a single degree of freedom, unless three levels were chosen out of more, which may agree by accident


@dataclass(frozen=True)
class Fit:
    """Levels first … last: slope and constant of the line, how far the order may lie below and above the slope.

    scattered: the residuals have no trend. lasting: they have one that does not die out. noise is their root mean square.
    """

    first: int
    slope: float
    constant: float
    below: float
    above: float
    scattered: bool
    lasting: bool
    noise: float

    @property
    def width(self) -> float:
        """Half the width of the band."""
        return (self.below + self.above) / 2


@dataclass(frozen=True, eq=False)
class Line:
    """Least squares of y on 1, x and further columns: coefficients, squares of the residuals, error factor of the slope."""

    coefficients: np.ndarray
    squares: float
    spread: float
    free: int

    @classmethod
    def through(cls, x: np.ndarray, y: np.ndarray, *further: np.ndarray) -> Line:
        """The fit by singular values."""
        A = np.column_stack([np.ones_like(x), x, *further])
        c = np.linalg.lstsq(A, y, rcond=None)[0]
        spread = float(np.linalg.norm(np.linalg.pinv(A)[1]))
        return cls(c, float(((y - A @ c) ** 2).sum()), spread, len(x) - A.shape[1])

    def error(self, chosen: bool = False) -> float:
        """Student's quantile times the standard error of the slope."""
        if not self.free:
            return 0.0
        quantile = float(stdtrit(self.free, ALONE if self.free == 1 and not chosen else CONFIDENCE))
        return quantile * float(np.sqrt(self.squares / self.free)) * self.spread


def fit(sizes: np.ndarray, errors: np.ndarray, first: int, floor: Floor) -> Fit:
    """The fit over the levels from `first` on, all clear of the floor; at least three."""
    h, e = sizes[first:], errors[first:]
    x, y = np.log(h), np.log(e)
    line = Line.through(x, y)
    corrected = [Line.through(x, y, (h / h[0]) ** q) for q in CORRECTIONS]
    lasting = min(Line.through(x, y, column).squares for column in ((x - x.mean()) ** 2, h[-1] / h))
    share = 1.0
    if line.free > 1:
        least = min(*(c.squares for c in corrected), lasting)
        share = 0.0 if floor.explains(line.squares, e) or not line.squares else 1 - least / line.squares
    drifts = line.free > 1 and share > DRIFT
    lasts = drifts and lasting <= corrected[0].squares
    if drifts:
        below, above = _reach(line, corrected, share * LASTING if lasts else share)
    else:
        bias = SAFETY * max(share, 0.5) * np.abs(_shifts(line, corrected)).max()
        below = above = float(np.hypot(line.error(chosen=first > 0), bias))
    constant, slope = map(float, line.coefficients)
    rounding, noise = floor.drift(x, e), float(np.sqrt(line.squares / line.free))
    scattered = line.free > 1 and not drifts
    return Fit(first, slope, float(np.exp(constant)), below + rounding, above + rounding, scattered, lasts, noise)


def _shifts(line: Line, corrected: list[Line]) -> np.ndarray:
    return np.array([c.coefficients[1] - line.coefficients[1] for c in corrected])


def _reach(line: Line, corrected: list[Line], weight: float) -> tuple[float, float]:
    """Below and above the slope where it drifts: as far as the likely corrections lead, that way only, and their noise."""
    squares = np.array([c.squares for c in corrected])
    likely = _shifts(line, corrected)[squares <= LIKELY * max(squares.min(), EXACT)]
    noise = corrected[int(squares.argmin())].error()
    return SAFETY * weight * max(-likely.min(), 0.0) + noise, SAFETY * weight * max(likely.max(), 0.0) + noise
