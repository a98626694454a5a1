"""Words of the command line as numbers; each refusal is one line."""

from __future__ import annotations

from math import isfinite

from gantheory._errors import Refusal


def number(text: str, what: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise Refusal(f"{what} is a finite number", repr(text))
    return value


def positive(text: str, what: str) -> float:
    """A finite number > 0."""
    value = number(text, what)
    if value <= 0:
        raise Refusal(f"{what} is a number > 0", repr(text))
    return value


def nonnegative(text: str, what: str) -> float:
    """A finite number ≥ 0."""
    value = number(text, what)
    if value < 0:
        raise Refusal(f"{what} is a number ≥ 0", repr(text))
    return value


def integer(text: str, what: str, *cures: str) -> int:
    """An integer ≥ 1."""
    value = number(text, f"{what} is an integer ≥ 1: it")
    if value != int(value) or value < 1:
        raise Refusal(f"{what} is an integer ≥ 1", repr(text), *cures)
    return int(value)


def order(text: str) -> int:
    """The order m of a penalty; why 0 alone, −1 and 2.5 are refused."""
    value = number(text, "--order")
    if value == 0:
        raise Refusal(
            "--order is an integer ≥ 1: a term of order 0, ∫ w D² dx, needs one of order ≥ 1 beside it",
            repr(text),
            "Use --order 1.",
        )
    if value != int(value):
        raise Refusal("--order is an integer ≥ 1", repr(text), "For a real order use the kernel riesz(order, dim) in Python.")
    if value < 0:
        raise Refusal("--order is an integer ≥ 1", repr(text), "Use --order 1.")
    return int(value)
