"""What every solver offers, and the verb that calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

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
    objective: Objective, real: Measure, fake: Measure, *, solver: Solver, reference: Measure | None = None
) -> Discriminator:
    """The minimiser D of the objective for data `real` and generator `fake`, by the given solver.

    reference: the measure behind nu, for penalties over nu. Raises Refusal where the solver does not accept the objective.
    """
    return solver.solve(objective, real, fake, reference)
