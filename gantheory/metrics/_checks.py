"""What two measures must share, and what a number must be."""

from __future__ import annotations

from math import isfinite

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory.measures import Empirical, Gaussian, Measure


def sample(x: object) -> None:
    """Refuse what has no points, telling how to get some."""
    if not isinstance(x, Empirical):
        cure = "Use Empirical(law.sample(n, generator))." if isinstance(x, Measure) else "Use Empirical(x)."
        raise Refusal("this distance needs a Measure with points, an Empirical", type(x).__name__, cure)


def same_space(x: Empirical, y: Empirical) -> None:
    """Refuse what is no pair of samples in one space."""
    sample(x)
    sample(y)
    same_dimension(x, y)


def same_dimension(x: Empirical | Gaussian, y: Empirical | Gaussian) -> None:
    """Refuse measures of different dimension."""
    if x.dim != y.dim:
        raise Refusal("both measures lie in one space", f"dimensions {x.dim} and {y.dim}")


def order_1_or_2(order: object, need: str) -> None:
    """Refuse another order, or what is no number."""
    if not is_real(order) or order not in (1, 2):
        raise Refusal(f"{need}: order 1 or 2", f"order {order}")


def finite(value: float, what: str) -> float:
    """The value; a Refusal where it is NaN or infinite."""
    if not isfinite(value):
        raise Refusal(f"{what} is finite in float64", value, "Scale the points down, or use a kernel that is finite on them.")
    return value
