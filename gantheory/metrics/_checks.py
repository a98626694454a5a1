"""What two measures must share, and what a number must be."""

from __future__ import annotations

from math import isfinite

from gantheory._errors import Refusal
from gantheory.measures import Empirical, Gaussian


def same_space(x: Empirical | Gaussian, y: Empirical | Gaussian) -> None:
    """Refuse measures of different dimension."""
    if x.dim != y.dim:
        raise Refusal("both measures lie in one space", f"dimensions {x.dim} and {y.dim}")


def finite(value: float, what: str) -> float:
    """The value; a Refusal where it is NaN or infinite."""
    if not isfinite(value):
        raise Refusal(f"{what} is finite in float64", value, "Scale the points down, or use a kernel that is finite on them.")
    return value
