"""Words of the command line as numbers; each refusal is one line."""

from __future__ import annotations

from math import isfinite, nan

from gantheory._errors import Refusal

LARGEST_ORDER = 20  # beyond it the formulas fill pages, and powers of r leave the float range
LARGEST_COUNT = 1_000_000
LARGEST_SEED = 2**63 - 1


def _finite(text: str) -> float:
    """The number, or NaN for any other text."""
    try:
        value = float(text)
    except ValueError:
        return nan
    return value if isfinite(value) else nan


def positive(text: str, what: str) -> float:
    """A finite number > 0."""
    value = _finite(text)
    if not value > 0:
        raise Refusal(f"{what} is a finite number > 0", repr(text), f"Use {what} 1, for instance.")
    return value


def nonnegative(text: str, what: str) -> float:
    """A finite number ≥ 0."""
    value = _finite(text)
    if not value >= 0:
        raise Refusal(f"{what} is a finite number ≥ 0", repr(text), f"Use {what} 0, for instance.")
    return value


def integer(text: str, what: str, *, least: int = 1, most: int = LARGEST_COUNT) -> int:
    """An integer between least and most; 1e3 is one."""
    try:
        value = int(text)
    except ValueError:
        number = _finite(text)
        value = int(number) if number.is_integer() else least - 1
    if value < least:
        raise Refusal(f"{what} is an integer ≥ {least}", repr(text), f"Use {what} {least}, for instance.")
    if value > most:
        raise Refusal(f"{what} is an integer ≤ {most}", repr(text), "Use a smaller one.")
    return value


def order(text: str) -> int:
    """The order m of a penalty; why 0 alone, −1 and 2.5 are refused."""
    value = _finite(text)
    if value == 0:
        raise Refusal(
            "--order is an integer ≥ 1: a term of order 0, ∫ w D² dx, needs one of order ≥ 1 beside it",
            repr(text),
            "Use --order 1.",
        )
    if value > 0 and not value.is_integer():
        raise Refusal("--order is an integer ≥ 1", repr(text), "For a real order use the kernel riesz(order, dim) in Python.")
    return integer(text, "--order", most=LARGEST_ORDER)
