"""A convergence study: sizes, errors, observed orders."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from gantheory._errors import Refusal


@dataclass(frozen=True)
class Study:
    """errors[i] at sizes[i] (a spacing or step, decreasing); slopes[i] between levels i and i + 1.

    >>> Study((0.2, 0.1, 0.05), (0.04, 0.01, 0.0025)).slopes
    (2.0, 2.0)
    """

    sizes: tuple[float, ...]
    errors: tuple[float, ...]

    def __post_init__(self) -> None:
        for h, e in zip(self.sizes, self.errors, strict=True):
            if not (h > 0 and e > 0 and e < float("inf")):
                raise Refusal("a convergence study holds positive finite errors at positive sizes", f"error {e} at size {h}")

    @property
    def slopes(self) -> tuple[float, ...]:
        """log(e_i/e_{i+1}) / log(h_i/h_{i+1}): the observed orders."""
        pairs = zip(self.sizes, self.sizes[1:], self.errors, self.errors[1:], strict=False)
        return tuple(log(e / f) / log(h / k) for h, k, e, f in pairs)

    def rows(self) -> list[tuple[float, float, float | None]]:
        """(size, error, observed order), the table that goes with every plot."""
        return list(zip(self.sizes, self.errors, (None, *self.slopes), strict=True))
