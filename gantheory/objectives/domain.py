"""Where the discriminator lives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Any, TypeAlias

from gantheory._errors import Refusal
from gantheory.symbolic import positive_integer


class Boundary(Enum):
    """What holds at the faces of a box."""

    NATURAL = "natural"  # nothing is imposed; the variation yields the conditions
    DIRICHLET = "Dirichlet"  # D and its normal derivatives up to order m − 1 are given (for m = 2: clamped)
    SIMPLY_SUPPORTED = "simply supported"  # D and its normal derivatives of even order < m are given

    def given(self, order: int) -> tuple[int, ...]:
        """The j of the normal derivatives ∂_n^j D that are given at the faces, m the highest order of a penalty."""
        return () if self is Boundary.NATURAL else tuple(range(0, order, 1 if self is Boundary.DIRICHLET else 2))


def numbers(value: Any, what: str) -> tuple[float, ...]:
    """One float for each axis; float() alone would read texts and truths too."""
    try:
        found = tuple(value)
        if isinstance(value, str) or any(isinstance(v, str | bool) for v in found):
            raise TypeError
        return tuple(map(float, found))
    except (TypeError, ValueError, OverflowError) as error:
        raise Refusal(f"{what} as one number for each axis", repr(value), "Use a tuple, (0.0,) in one dimension.") from error


@dataclass(frozen=True)
class Space:
    """R^n; D has a finite penalty and the source decays."""

    dim: int

    def __post_init__(self) -> None:
        positive_integer(self.dim, "the dimension of Space")

    def __str__(self) -> str:
        return f"R^{self.dim}"


@dataclass(frozen=True)
class Box:
    """[lower₁, upper₁] × … × [lowerₙ, upperₙ]."""

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    boundary: Boundary = Boundary.NATURAL

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            object.__setattr__(self, name, numbers(getattr(self, name), f"Box takes {name}"))
        if not isinstance(self.boundary, Boundary):
            members = " or ".join(map(str, Boundary))
            raise Refusal(f"the boundary of a Box is {members}", repr(self.boundary))
        pairs = list(zip(self.lower, self.upper, strict=False))
        if not pairs or len(self.lower) != len(self.upper) or not all(isfinite(a) and isfinite(b) and a < b for a, b in pairs):
            raise Refusal("a Box has as many lower as upper ends, finite, each lower < upper", f"{self.lower}, {self.upper}")

    @property
    def dim(self) -> int:
        """n."""
        return len(self.lower)

    def __str__(self) -> str:
        return " × ".join(f"[{a:g}, {b:g}]" for a, b in zip(self.lower, self.upper, strict=True)) + f" ({self.boundary.value})"


@dataclass(frozen=True)
class Torus:
    """R^n / (T₁Z × … × TₙZ)."""

    periods: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "periods", numbers(self.periods, "Torus takes periods"))
        if not self.periods or not all(isfinite(t) and t > 0 for t in self.periods):
            raise Refusal("the periods of a Torus are finite and positive", self.periods)

    @property
    def dim(self) -> int:
        """n."""
        return len(self.periods)

    def __str__(self) -> str:
        return "torus of periods " + ", ".join(f"{t:g}" for t in self.periods)


Domain: TypeAlias = Space | Box | Torus


def pinned(domain: Domain) -> bool:
    """D is given at the faces, so that no polynomial is free: one that vanishes there with its even derivatives is 0."""
    return isinstance(domain, Box) and domain.boundary is not Boundary.NATURAL
