"""Values on finer and finer grids: the observed order without an exact answer, and Richardson's limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from gantheory._errors import Refusal
from gantheory.claims.study import Study, falling, number

ROUNDED = 16 * np.finfo(float).eps  # relative changes up to this are rounding of the values
STEEPEST = 64.0  # orders are sought between 0 and this
FACTOR, ASSUMED = 1.25, 3.0  # Roache's factors of safety: with an observed order, and with an assumed one on two grids
SETTLING = 5  # fixed-point steps for the order where refinement is uneven; with an even one the first is exact


@dataclass(frozen=True, eq=False)
class Extrapolation:
    """Richardson's limit f_n + (f_n − f_{n−1})/(r^p − 1), r = h_{n−1}/h_n, in the shape of the values.

    order: p, observed on the last three grids or assumed; orders: observed on each three grids in a row, coarse first.
    index: Roache's grid convergence index, meant to bound |f_n − f|, absolute and componentwise: F_s |f_n − f_{n−1}|/(r^p − 1)
    with the least p of the last two observed and the assumed ones, F_s = 1.25, or 3 on two grids (roache1994perspective).
    """

    limit: np.ndarray
    order: float
    orders: tuple[float, ...]
    index: np.ndarray


@dataclass(frozen=True, eq=False)
class Refinement:
    """values[i], numbers or arrays of one shape, at sizes[i], which fall: f_i = f + c h_i^p + …, with f unknown.

    >>> Refinement((0.2, 0.1, 0.05), (1.04, 1.01, 1.0025)).extrapolation().limit.round(12).item()
    1.0
    """

    sizes: tuple[float, ...]
    values: Sequence[ArrayLike]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", falling(self.sizes))
        values = _array(self.values)
        if len(values) != len(self.sizes) or len(values) < 2 or not values[0].size:
            need = "a refinement has a value for each of two or more sizes"
            raise Refusal(need, f"values of shape {values.shape} for {len(self.sizes)} sizes")
        bad = [h for h, v in zip(self.sizes, values, strict=True) if not np.isfinite(v).all()]
        if bad:
            raise Refusal("the values of a refinement are finite", f"NaN or infinity at size {bad[0]}")
        object.__setattr__(self, "values", values)

    @property
    def changes(self) -> tuple[float, ...]:
        """Root mean squares of f_{i+1} − f_i."""
        return tuple(float(np.sqrt(np.mean(d**2))) for d in np.diff(np.asarray(self.values), axis=0))

    @property
    def orders(self) -> tuple[float, ...]:
        """p of (h_1^p − h_2^p)/(h_2^p − h_3^p) = |f_1 − f_2|/|f_2 − f_3| of each three grids in a row, or refused."""
        differences = np.diff(np.asarray(self.values), axis=0)
        for i, (d, e) in enumerate(pairwise(differences)):
            if not (d * e).sum() > 0:
                grids = ", ".join(f"{h:g}" for h in self.sizes[i : i + 3])
                raise Refusal(
                    "values converge like a power where they change in one direction", f"a turn at sizes {grids}", CURE
                )
        return tuple(_order(self.sizes[i : i + 3], *pair) for i, pair in enumerate(pairwise(self._resolved())))

    def study(self) -> Study:
        """The errors that the changes stand for, |f_i − f_{i+1}| h_i^p/(h_i^p − h_{i+1}^p), at all sizes but the last.

        p is the rate of these errors themselves; Order judges the study, and its rate has a band.
        """
        changes, h = np.array(self._resolved()), np.array(self.sizes)
        p = self.orders[-1] if len(self.sizes) > 2 else 1.0
        for _ in range(SETTLING):
            study = Study(self.sizes[:-1], tuple((changes / (1 - (h[1:] / h[:-1]) ** p)).tolist()))
            p = slope if (slope := study.rate().slope) > 0 else p
        return study

    def extrapolation(self, order: float | None = None) -> Extrapolation:
        """The limit with the observed order, of three grids or more, or with the one that theory gives, of two or more."""
        values = np.asarray(self.values)
        if order is not None and not 0 < number(order) <= STEEPEST:
            raise Refusal(f"the order of an extrapolation is a number between 0 and {STEEPEST:g}", order)
        if order is None and len(values) < 3:
            raise Refusal("an order is observed on three grids or more", len(values), "Pass order=… where theory gives it.")
        orders = self.orders if len(values) > 2 else ()
        given = float(order) if order is not None else orders[-1]
        self._resolved()
        ratio, change = self.sizes[-2] / self.sizes[-1], values[-1] - values[-2]
        least = min(given, *orders[-2:]) if orders else given
        index = (FACTOR if orders else ASSUMED) * np.abs(change) / (ratio**least - 1)
        return Extrapolation(values[-1] + change / (ratio**given - 1), given, orders, index)

    def _resolved(self) -> tuple[float, ...]:
        """The changes, each above the rounding of the values."""
        size = float(np.abs(np.asarray(self.values)).max())
        for change, h in zip(self.changes, self.sizes[1:], strict=True):
            if not change > ROUNDED * size:
                raise Refusal("an extrapolation needs values that still change", f"rounding only at size {h:g}", CURE)
        return self.changes


CURE = "Leave out the sizes where that happens, or refine further."


def _array(values: Sequence[ArrayLike]) -> np.ndarray:
    try:
        return np.stack([np.asarray(v, dtype=float) for v in values])
    except (TypeError, ValueError) as error:
        raise Refusal("the values of a refinement are numbers, or arrays of one shape", str(error)) from error


def _order(sizes: tuple[float, ...], first: float, second: float) -> float:
    """The positive root; refused where the changes do not fall."""
    h = np.array(sizes) / sizes[1]

    def excess(p: float) -> float:
        return float(np.log(np.expm1(p * log(h[0])) / -np.expm1(p * log(h[2])))) - log(first / second)

    low, high = 1e-6, min(STEEPEST, 700 / log(h[0]))  # e^700 is the largest that a float holds
    if not (excess(low) < 0 < excess(high)):
        grids = ", ".join(f"{s:g}" for s in sizes)
        raise Refusal(
            "values converge like a power where their changes fall", f"{first:.1e}, {second:.1e} at sizes {grids}", CURE
        )
    return float(brentq(excess, low, high, xtol=1e-13))
