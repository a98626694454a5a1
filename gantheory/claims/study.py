"""A convergence study: sizes, errors, observed orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, log

from gantheory._errors import Refusal
from gantheory.claims.rate import Rate, rate


@dataclass(frozen=True)
class Study:
    """errors[i] at sizes[i] (a spacing or step, falling); slopes[i] between levels i and i + 1.

    floor: the error that rounding leaves, eps · condition · size of the solution, where it is known. Without it only what
    levels off below 2¹⁶ eps is taken for rounding, which suits relative errors.

    >>> Study((0.2, 0.1, 0.05), (0.04, 0.01, 0.0025)).slopes
    (2.0, 2.0)
    """

    sizes: tuple[float, ...]
    errors: tuple[float, ...]
    floor: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", falling(self.sizes))
        if not isinstance(self.errors, Iterable):
            raise Refusal("a study has an error for each size", repr(self.errors))
        object.__setattr__(self, "errors", tuple(map(number, self.errors)))
        if len(self.sizes) != len(self.errors):
            raise Refusal("a study has an error for each size", f"{len(self.errors)} errors for {len(self.sizes)} sizes")
        for h, e in zip(self.sizes, self.errors, strict=True):
            if not 0 < e < float("inf"):
                cures = ("Leave that level out: an error of exactly 0 has no order.",) if e == 0 else ()
                raise Refusal("a convergence study holds positive finite errors", f"error {e} at size {h}", *cures)
        if self.floor is not None and not 0 < number(self.floor) < float("inf"):
            raise Refusal("the floor of a study is a positive finite error", self.floor, "Leave it out where it is not known.")

    @property
    def slopes(self) -> tuple[float, ...]:
        """log(e_i/e_{i+1}) / log(h_i/h_{i+1}): the observed orders."""
        levels = pairwise(zip(self.sizes, self.errors, strict=True))
        return tuple(log(e / f) / log(h / k) for (h, e), (k, f) in levels)

    def rate(self) -> Rate:
        """Least squares over the asymptotic range, with its band, or the reason why there is none."""
        return rate(self.sizes, self.errors, self.floor)

    def rows(self) -> list[tuple[float, float, float | None]]:
        """(size, error, observed order), the table that goes with every plot."""
        return list(zip(self.sizes, self.errors, (None, *self.slopes), strict=True))

    def fitted_rows(self) -> list[tuple[float, float, float | None, str]]:
        """(size, error, observed order, is it in the fit?): yes, no, or rounding, where the floor is why not."""
        rate = self.rate()
        marks = {**dict.fromkeys(rate.floored, "rounding"), **dict.fromkeys(rate.used, "yes")}
        return [(*row, marks.get(i, "no")) for i, row in enumerate(self.rows())]


def number(value: object) -> float:
    """The value as a float; what is not a real number is refused."""
    try:
        if isinstance(value, str | bool):
            raise TypeError  # float() reads them
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise Refusal("the levels of a study are real numbers", repr(value)) from error


def falling(sizes: Iterable[object] | object) -> tuple[float, ...]:
    """The sizes as floats, each positive, finite and below the one before."""
    found = tuple(map(number, sizes)) if isinstance(sizes, Iterable) else ()
    if not found or not all(isfinite(h) and h > 0 for h in found) or not all(h > k for h, k in pairwise(found)):
        raise Refusal(
            "the sizes of a study are positive and fall from level to level",
            found or repr(sizes),
            "Sort the levels, coarse first.",
        )
    return found
