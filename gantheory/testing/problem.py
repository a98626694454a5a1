"""An objective with the data that make a given discriminator exact."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.claims import Study
from gantheory.discriminators import Solver, solve
from gantheory.discriminators.boundary_data import NaturalDatum
from gantheory.objectives import Boundary, Box, EulerLagrange, Objective
from gantheory.symbolic import coordinates, nu, p, q
from gantheory.testing.distance import relative_error, spacing_of
from gantheory.testing.expressed import ExpressedDensity, ExpressedField
from gantheory.testing.generic import Place
from gantheory.testing.order import measured, sizes_of
from gantheory.testing.shares import Share


@dataclass(frozen=True, eq=False)
class Manufactured:
    """An objective, a domain and data p, q, nu, source, boundary and natural for which D is the exact discriminator.

    exact, source and boundary are Fields, natural the values of natural conditions, real, fake and reference densities.
    shares says how large each term of the equation is. Everything may be evaluated outside the domain too.
    """

    objective: Objective
    D: sp.Expr
    domain: Place
    densities: Mapping[sp.Symbol, sp.Expr]
    shares: tuple[Share, ...] = ()

    @property
    def dim(self) -> int:
        """n."""
        return self.domain.dim

    @property
    def equation(self) -> EulerLagrange:
        """δJ/δD = source."""
        return self.objective.euler_lagrange()

    @cached_property
    def exact(self) -> ExpressedField:
        """D."""
        return ExpressedField(self.D, self.dim)

    @property
    def boundary(self) -> ExpressedField:
        """What D is at the faces, and near them: D."""
        return self.exact

    @cached_property
    def source(self) -> ExpressedField:
        """f = left − right of the Euler–Lagrange equation at D, added to its right side."""
        held = (self.densities[p], self.densities[q], coordinates(self.dim), self.densities.get(nu))
        left, right = self.equation.at(self.D, *held)
        return ExpressedField(left - right, self.dim)

    @cached_property
    def natural(self) -> tuple[NaturalDatum, ...]:
        """For each natural condition of the domain the value of its expression at D."""
        x = coordinates(self.dim)
        known = {sp.Function("D", real=True)(*x): self.D}
        known |= {sp.Function(s.name, positive=True)(*x): e for s, e in self.densities.items()}
        conditions = self.equation.boundary_conditions(self.domain)
        values = [ExpressedField(c.expression.subs(known).doit(), self.dim) for c in conditions]
        pairs = zip(conditions, values, strict=True)
        return tuple(NaturalDatum(tuple(x.index(s) for s in c.at), c.against, value) for c, value in pairs)

    @property
    def real(self) -> ExpressedDensity:
        """p."""
        return ExpressedDensity(self.densities[p], self.dim)

    @property
    def fake(self) -> ExpressedDensity:
        """q."""
        return ExpressedDensity(self.densities[q], self.dim)

    @property
    def reference(self) -> ExpressedDensity | None:
        """nu, where a penalty is over it."""
        return ExpressedDensity(self.densities[nu], self.dim) if nu in self.densities else None

    def within(self, boundary: Boundary) -> Manufactured:
        """The same D and densities on the same box, with these boundary conditions."""
        if not isinstance(self.domain, Box):
            raise Refusal("boundary conditions hold at the faces of a Box", self.domain)
        return dataclasses.replace(self, domain=Box(self.domain.lower, self.domain.upper, boundary))

    def given_to(self, solver: Any) -> Any:
        """The solver with this problem's data in place of its own; the boundary conditions are those of its grid or mesh."""
        problem, names = self.as_of(solver), {f.name for f in dataclasses.fields(solver)}
        data: dict[str, Any] = {"source": problem.source}
        box = problem.domain if isinstance(problem.domain, Box) else None
        order = max((t.penalty.order for t in self.objective.terms), default=0)
        if box is not None and box.boundary.given(max(order, 1)):
            data["boundary"] = problem.boundary
        if problem.natural:
            data["natural"] = problem.natural
        lacking = sorted(set(data) - names)
        if lacking:
            need = f"a manufactured problem on the {problem.domain} has {' and '.join(sorted(data))} as data"
            raise Refusal(need, f"{type(solver).__name__}, which takes no {' or '.join(lacking)}", "Use FiniteDifferences.")
        return dataclasses.replace(solver, **data)

    def as_of(self, solver: Any) -> Manufactured:
        """The problem with the boundary conditions of the solver's grid or mesh; a Refusal where that is of another domain."""
        if not dataclasses.is_dataclass(solver) or isinstance(solver, type):
            raise Refusal("a manufactured problem is given to a solver that is a dataclass", type(solver).__name__)
        places = [getattr(solver, name, None) for name in ("grid", "mesh")]
        place = next((found for v in places for found in (getattr(v, "domain", None), getattr(v, "box", None)) if found), None)
        place = place or getattr(solver, "torus", None)
        if place is None or place == self.domain:
            return self
        if not (isinstance(place, Box) and isinstance(self.domain, Box)) or _ends(place) != _ends(self.domain):
            raise Refusal(f"the solver works on the domain of the problem, {self.domain}", place, "Make them the same.")
        return self.within(place.boundary)

    def solve(self, solver: Any) -> Field:
        """The solver's discriminator for this problem."""
        ready: Solver = self.given_to(solver)
        return solve(self.objective, self.real, self.fake, solver=ready, reference=self.reference)

    def error(self, field: Field) -> float:
        """|field − D|/|D| in L²: at the nodes of the field's own grid where it has one, else at points spread in the domain.

        What the null space of the equation adds is taken out of both first.
        """
        return relative_error(field, self.exact, self.domain, self.equation.null_space(self.domain))

    def study(
        self, solver_of_level: Callable[[Any], Any], levels: Sequence[Any], *, spacing: Callable[[Any], float] | None = None
    ) -> Study:
        """The errors at the levels. Their sizes are spacing(level) where it is given, the spacing of a field's own grid where
        it has one, and else 1/level.
        """
        solvers = [solver_of_level(level) for level in levels]
        fields = [self.solve(solver) for solver in solvers]
        errors = tuple(self.as_of(s).error(f) for s, f in zip(solvers, fields, strict=True))
        sizes = tuple(spacing(level) for level in levels) if spacing else tuple(map(spacing_of, fields))
        known = [s for s in sizes if s is not None]
        return measured(tuple(known) if len(known) == len(levels) else sizes_of(levels), errors)


def _ends(box: Box) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return box.lower, box.upper
