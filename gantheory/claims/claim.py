"""A claim: something we say of the mathematics, with its proof by steps and its numerical witness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite, isnan
from typing import Any

from gantheory._errors import Refusal
from gantheory.claims.equality import Differs
from gantheory.claims.exact import Exact
from gantheory.claims.order import Order
from gantheory.claims.outcome import Equality
from gantheory.claims.rate import Rate
from gantheory.claims.study import Study, falling, number


@dataclass(frozen=True)
class Step:
    """left = right, in the sense of `equality`; the sides are zero-argument callables that take different routes."""

    says: str
    left: Callable[[], Any]
    right: Callable[[], Any]
    equality: Equality = field(default_factory=Exact)

    def __post_init__(self) -> None:
        if not callable(self.left) or not callable(self.right):
            raise Refusal("the sides of a Step are zero-argument callables, so that collecting derives nothing", self.says)


@dataclass(frozen=True)
class Convergence:
    """error(level) falls with the given slope: levels at quick size, `finer` levels at full size.

    error maps a size (spacing, step) to a positive number. bound holds for the last error at quick size. An infinite slope is
    spectral convergence, e^{−c/h}. floor: the error that rounding leaves, where it is known.
    """

    error: Callable[[float], float]
    levels: tuple[float, ...]
    expected: float
    bound: float
    finer: tuple[float, ...] = ()
    tolerance: float = 0.1
    size: str = "grid spacing $h$"
    quantity: str = "relative error"
    floor: float | None = None

    def __post_init__(self) -> None:
        if not callable(self.error):
            raise Refusal("the error of a Convergence is a function of the level", repr(self.error))
        if isnan(number(self.expected)):
            raise Refusal("a Convergence expects a slope, or infinity", self.expected)
        object.__setattr__(self, "levels", falling(self.levels))
        falling((*self.levels, *self.finer))
        Order(self.bound, self.tolerance)  # refuses what is none

    def steps(self, full: bool) -> tuple[Step, ...]:
        """The study as one step."""
        says = f"order {self.expected:g}" if isfinite(self.expected) else "faster than any power"
        order = Order(self.bound, self.tolerance)
        return (Step(f"{says} in {self.size}", lambda: self.study(full), lambda: self.expected, order),)

    def study(self, full: bool = False) -> Study:
        """The errors at the levels."""
        levels = (*self.levels, *(self.finer if full else ()))
        return Study(levels, tuple(self.error(h) for h in levels), self.floor)

    def measure(self, full: bool = False) -> Rate:
        """The rate of the study: slope, band, asymptotic range, floor."""
        return self.study(full).rate()


@dataclass(frozen=True)
class Agreement:
    """Numerical routes that share no code give the same numbers; each step names its two routes."""

    routes: tuple[Step, ...]

    def steps(self, full: bool) -> tuple[Step, ...]:
        """The same at every size."""
        return self.routes


@dataclass(frozen=True)
class Refutation:
    """A printed statement is wrong: what it gives (printed) and what is so (found), at the named example."""

    example: str
    printed: Callable[[], float]
    found: Callable[[], float]
    margin: float = 1e-3

    def steps(self, full: bool) -> tuple[Step, ...]:
        """One step, that the two numbers differ."""
        return (Step(f"counter-example: {self.example}", self.printed, self.found, Differs(self.margin)),)


Witness = Convergence | Agreement | Refutation


@dataclass(frozen=True)
class Claim:
    """name, what it says, the equation (LaTeX), its source (bib key and place), proof and witness.

    witness: one, or a tuple of them. A claim without a witness does not hold.
    """

    name: str
    says: str
    equation: str
    source: str
    proof: tuple[Step, ...]
    witness: Witness | tuple[Witness, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.proof, tuple) or not all(isinstance(s, Step) for s in self.proof):
            raise Refusal("the proof of a Claim is a tuple of Steps", repr(self.proof), "Use (step,) for a single one.")
        if not all(callable(getattr(w, "steps", None)) for w in self.witnesses):
            need = "the witness of a Claim is a Convergence, an Agreement or a Refutation, or a tuple of them"
            raise Refusal(need, repr(self.witness))

    @property
    def witnesses(self) -> tuple[Witness, ...]:
        """The witnesses as a tuple."""
        if self.witness is None:
            return ()
        return self.witness if isinstance(self.witness, tuple) else (self.witness,)
