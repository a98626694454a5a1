"""Everything that follows from an objective on a domain, gathered for a reader."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives import solution, variational
from gantheory.objectives.domain import Domain
from gantheory.objectives.dual_facts import dissipated, dual
from gantheory.objectives.equation import EulerLagrange
from gantheory.objectives.facts import Fact
from gantheory.objectives.formats import Derived, aligned, as_markdown
from gantheory.objectives.objective import Objective
from gantheory.objectives.pointwise import pointwise
from gantheory.objectives.posedness import Posedness


@dataclass(frozen=True)
class Derivation:
    """An objective, its equation, and what the equation asks for and allows; in notebooks it shows itself."""

    objective: Objective
    domain: Domain

    @cached_property
    def equation(self) -> EulerLagrange:
        """The Euler–Lagrange equation."""
        return self.objective.euler_lagrange()

    @cached_property
    def kernel(self) -> sp.Expr | None:
        """G(r) of R^n with D = (1/2λ) ∫ G(|x−y|) (−reaction)(y) dy + what is free; None where there is no such form."""
        return solution.fundamental(self.objective, self.domain)

    @cached_property
    def _judged(self) -> Posedness | Refusal:
        """The verdict, or why there is none."""
        try:
            return self.equation.well_posedness(self.domain)
        except Refusal as refusal:
            return refusal

    @property
    def posedness(self) -> Posedness | None:
        """The verdict, or None where the toolkit has none for this loss."""
        return self._judged if isinstance(self._judged, Posedness) else None

    def facts(self) -> list[Fact]:
        """What follows, in the order in which one asks; nothing is checked yet."""
        objective, domain = self.objective, self.domain
        return [
            variational.functional(objective),
            variational.equation(objective, domain),
            *variational.ellipticity(objective, domain),
            *variational.boundary(objective, domain),
            *variational.free(objective, domain),
            *pointwise(objective.loss),
            *solution.facts(objective, domain, self.posedness),
            *dual(objective, domain),
            *dissipated(objective, self.posedness),
            self._verdict(),
        ]

    def lines(self) -> tuple[Derived, ...]:
        """The facts; `checked` where another route was gone when this was called."""
        return tuple(fact.derived() for fact in self.facts())

    def _verdict(self) -> Fact:
        found = self._judged
        if isinstance(found, Refusal):
            route = "the cases of well_posedness, none of which applies"
            return Fact("verdict", f"on {self.domain}: none; {found}", "", route)
        straight = self.objective.loss.linear or self.objective.loss.quadratic
        route = "order, dimension and null space; see derivations/euler_lagrange/moments.py"
        return Fact("verdict", f"on {self.domain}: {found}", "", route if straight else "convexity and recession")

    def _repr_latex_(self) -> str:
        return aligned(self.lines())

    def _repr_markdown_(self) -> str:
        return as_markdown(self.lines())
