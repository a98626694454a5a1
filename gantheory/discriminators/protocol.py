"""What every solver offers, and the verb that calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.measures import Measure
from gantheory.objectives import Objective


@runtime_checkable
class Discriminator(Field, Protocol):
    """A Field that says how it was found."""

    @property
    def stats(self) -> Mapping[str, Any]:
        """The solver, what it chose, and what it cost."""
        ...


@runtime_checkable
class Solver(Protocol):
    """Turns an objective and two measures into a discriminator, or refuses by name."""

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> Discriminator:
        """The discriminator, with .stats; a Refusal whose cures name who can."""
        ...


def solve(
    objective: Objective | Any,
    real: Measure | Any,
    fake: Measure | Any,
    *,
    solver: Solver | Any,
    reference: Measure | Any | None = None,
) -> Discriminator:
    """The minimiser D of the objective for data `real` and generator `fake`, by the given solver.

    reference: the measure behind nu, for penalties over nu. Raises Refusal where the solver does not accept the objective.
    """
    if not isinstance(objective, Objective):
        raise Refusal("solve takes an Objective", repr(objective), "Use Objective(loss, *terms).")
    if isinstance(solver, type) or not isinstance(solver, Solver):
        raise Refusal("solver= is an object with a method solve", repr(solver), "Use Pointwise(), for instance.")
    for name, measure in (("real", real), ("fake", fake), ("reference", reference)):
        if not isinstance(measure, Measure) and not (measure is None and name == "reference"):
            cure = "Use Empirical(points), a Gaussian or a Mixture."
            raise Refusal(f"{name} is a measure, with dim and sample", type(measure).__name__, cure)
    return solver.solve(objective, real, fake, reference)
