"""A method is data: a name, an order, and how it crosses one output interval."""

from __future__ import annotations

from math import ceil, inf
from numbers import Real
from typing import Protocol, runtime_checkable

from gantheory._errors import Refusal
from gantheory.integration.velocity import Parts, Velocity

_ROUNDOFF = 1e-9  # length/step may exceed a whole number by this much before one more step is taken


@runtime_checkable
class Method(Protocol):
    """x(start) ↦ x(end) along ẋ = v(t, x)."""

    @property
    def name(self) -> str:
        """What it is called in stats and figures."""
        ...

    @property
    def order(self) -> int:
        """p, where the error at a fixed time is O(h^p)."""
        ...

    def advance(self, velocity: Velocity, x: Parts, start: float, end: float) -> Parts:
        """The state at `end`; the cost goes to the velocity's counters."""
        ...


def positive(value: object, what: str) -> float:
    """The value as a float that is finite and > 0; a Refusal for anything else."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < inf:
        raise Refusal(f"{what} is a finite number > 0", repr(value))
    return float(value)


def equal_steps(start: float, end: float, longest: float) -> tuple[int, float]:
    """(count, h): the fewest equal steps from start to end that are no longer than `longest`; h has the sign of end − start."""
    count = max(1, ceil(abs(end - start) / longest - _ROUNDOFF))
    return count, (end - start) / count
