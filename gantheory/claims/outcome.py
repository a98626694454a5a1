"""What a comparison of two sides comes to, and what every kind of equality offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable


class Standing(Enum):
    """What a comparison or a claim came to; UNDECIDED counts as not holding."""

    HOLDS = "HOLDS"
    FAILS = "FAILS"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Outcome:
    """The standing of one comparison and, in words and digits, why."""

    standing: Standing
    detail: str
    left: Any = None
    right: Any = None
    digits: float | None = None

    @property
    def holds(self) -> bool:
        """Nothing but HOLDS holds."""
        return self.standing is Standing.HOLDS


Fault = tuple[str, Any, Any]


@runtime_checkable
class Equality(Protocol):
    """A way to compare two sides, and the faults that it must be able to see."""

    def compare(self, left: Any, right: Any) -> Outcome:
        """The outcome for these two sides."""
        ...

    def faults(self, left: Any, right: Any) -> Iterator[Fault]:
        """(name, left, right) of wrong pairs, each of which must not hold."""
        ...
