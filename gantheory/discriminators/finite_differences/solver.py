"""FiniteDifferences: the discrete objective itself is minimised, on boxes, tori and tensor grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.boundary_data import NaturalDatum, check_natural
from gantheory.discriminators.finite_differences.coefficients import Coefficients, as_function, total
from gantheory.discriminators.finite_differences.jets import Jets
from gantheory.discriminators.finite_differences.layers import layered
from gantheory.discriminators.finite_differences.nonlinear import Discretisation, Nonlinear, colocated, smooth
from gantheory.discriminators.finite_differences.terms import Affine, affine_reaction, quadratic
from gantheory.discriminators.grid_field import GridField
from gantheory.grids import (
    Axis,
    BoxGrid,
    Coefficient,
    Energy,
    Essential,
    Function,
    Grid,
    Measures,
    Penalty,
    Problem,
    TorusGrid,
    body_load,
    essential,
    natural_load,
    prolonged,
    refuse_dear,
    sampled,
    solved,
)
from gantheory.measures import Measure
from gantheory.objectives import Boundary, Box, Objective

COARSEST = 12  # points on an axis: below, Newton's method starts from a constant
MOST = 3  # the highest order m whose conditions at faces have a scheme of second order here


@dataclass(frozen=True, eq=False)
class FiniteDifferences:
    """argmin of J_h[D] = Σ volume (p ℓ_real(D) + q ℓ_fake(D) − source D) + Σ λ_i Σ (m!/α!) volume w_i (∂^α D)².

    Derivatives are central stencils at staggered places (even orders at nodes, odd ones half-way), so that conservative
    faces and natural conditions follow from the minimisation. boundary: D at faces where the grid's boundary gives it;
    where m ≥ 2 clamps, its normal derivatives are taken by its gradient and autograd. source: of the equation,
    left − right = source in EulerLagrange.at. natural: what natural conditions take in place of 0.
    A law on Rⁿ is wrapped around a torus, as FourierSeries has it; a density with its periods is taken as it is.
    accuracy: 2; 4 or 6 on a torus, and on a BoxGrid where `boundary` is D itself, on its faces and m − 2 + accuracy/2 layers of
    nodes beyond them: an exact solution, or a Green's function's far field.
    """

    grid: Grid
    boundary: Field | Any = None
    accuracy: int | Any = 2
    source: Field | Any = None
    natural: tuple[NaturalDatum, ...] | Any = ()

    def __post_init__(self) -> None:
        if not isinstance(self.grid, Grid):
            raise Refusal("FiniteDifferences works on a grid", type(self.grid).__name__, "Use BoxGrid or TorusGrid.")
        if not isinstance(self.accuracy, int) or self.accuracy not in (2, 4, 6):
            raise Refusal("FiniteDifferences has accuracy 2, 4 or 6", self.accuracy)
        if self.grid.dim > 3:
            given = f"a grid of dimension {self.grid.dim}"
            raise Refusal("FiniteDifferences works in 1-D, 2-D and 3-D", given, "Use GreensFunction.")
        if self.accuracy > 2 and not isinstance(self.grid, BoxGrid | TorusGrid):
            raise Refusal("accuracy 4 and 6 need equal spacings", type(self.grid).__name__, "Use accuracy=2, or a BoxGrid.")
        if self.natural and self.grid.boundary not in (Boundary.NATURAL, Boundary.SIMPLY_SUPPORTED):
            raise Refusal("natural data belong to natural faces", self.grid.boundary, "Use Boundary.NATURAL.")
        if self.boundary is not None and self.grid.boundary in (None, Boundary.NATURAL):
            need = f"FiniteDifferences on {self.grid.domain} takes no boundary data"
            raise Refusal(need, repr(self.boundary), "Leave boundary= out.")

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> GridField:
        """The discriminator as a GridField; real, fake (and reference, for nu) have densities."""
        coefficients = Coefficients.of(real, fake, reference, self.grid.dim, "FiniteDifferences")
        if isinstance(self.grid, TorusGrid):
            coefficients = coefficients.around(self.grid)
        affine = affine_reaction(objective)
        if not objective.terms:
            values, facts = self._pointwise(objective, coefficients, affine)
        elif affine is not None and all(t.penalty.quadratic for t in objective.terms):
            values, facts = self._linear(objective, coefficients, affine)
        else:
            values, facts = self._nonlinear(objective, coefficients, affine)
        stats = {"solver": "FiniteDifferences", "accuracy": self.accuracy, **facts}
        return GridField(self.grid, values, stats)

    def _pointwise(
        self, objective: Objective, coefficients: Coefficients, affine: Affine | None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Without a penalty each node has a scalar equation, and nothing is given at faces."""
        if affine is not None and affine[1] == 0:
            need = "a loss without a penalty is curved in D: a linear one is unbounded below"
            raise Refusal(need, objective.loss, "Add weight * GradientPenalty(order=1).")
        smooth(objective.loss)
        lines, shape = self.grid.lines(0, 2), self.grid.points
        everywhere = Essential(np.zeros(shape), tuple(slice(0, k) for k in shape))
        scheme = Discretisation(self.grid, lines, everywhere, partial(self._load, lines, 0.0))
        return Nonlinear(objective, coefficients, scheme, None).minimised()

    def _nonlinear(
        self, objective: Objective, coefficients: Coefficients, affine: Affine | None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        lines, values, facts = self._nested(objective, coefficients, affine)
        return values[tuple(slice(line.ghosts, line.size - line.ghosts) for line in lines)], facts

    def _nested(
        self, objective: Objective, coefficients: Coefficients, affine: Affine | None
    ) -> tuple[tuple[Axis, ...], np.ndarray, dict[str, Any]]:
        """The axes, D on all their nodes by nested iteration, and what it took."""
        if self.accuracy > 2 and not isinstance(self.grid, TorusGrid):
            need = "a nonlinear equation on a box is solved at accuracy 2"
            raise Refusal(need, f"{objective} at accuracy {self.accuracy}", "Use accuracy=2.")
        for term in objective.terms:
            colocated(term, self.grid.dim, self.accuracy)
        if affine is None:
            smooth(objective.loss)
        lines, held = self._discretised(max(t.penalty.order for t in objective.terms))
        refuse_dear(self.grid.dim, held.count)
        force = coefficients.function(-affine[0]) if affine is not None else 0.0
        scheme = Discretisation(self.grid, lines, held, partial(self._load, lines, force))
        near, before = self._nearby(lines, objective, coefficients, affine)
        values, facts = Nonlinear(objective, coefficients, scheme, affine).minimised(near)
        return lines, values, facts | ({"iterations on coarser grids": before} if before else {})

    def _nearby(
        self, lines: tuple[Axis, ...], objective: Objective, coefficients: Coefficients, affine: Affine | None
    ) -> tuple[np.ndarray | None, tuple[int, ...]]:
        """D of the coarser grid on all nodes of this one, where a penalty has a centre, and the iterations that it took."""
        if all(t.penalty.quadratic for t in objective.terms) or min(self.grid.points) < COARSEST:
            return None, ()
        try:
            coarse, values, facts = replace(self, grid=self.grid.coarsened())._nested(objective, coefficients, affine)
        except Refusal:  # of a grid too coarse for D; this one starts anew, and says why if it fails
            return None, ()
        before = (*facts.get("iterations on coarser grids", ()), facts["iterations"])
        return prolonged(values, coarse, lines, max(t.penalty.order for t in objective.terms)), before

    def _linear(self, objective: Objective, coefficients: Coefficients, affine: Affine) -> tuple[np.ndarray, dict[str, Any]]:
        constant, linear = affine
        penalties = [quadratic(t, coefficients) for t in objective.terms]
        if linear != 0:
            penalties.append(Penalty(0, 0.5, coefficients.function(linear)))
        force = coefficients.function(-constant)
        if self.accuracy > 2 and isinstance(self.grid, BoxGrid):
            return layered(self.grid, tuple(penalties), self._force(force), self._jets, self.accuracy)
        lines, held = self._discretised(max(p.order for p in penalties))
        load = partial(self._load, lines, force)
        return solved(Problem(self.grid, Energy(lines, tuple(penalties)), held, load))

    def _discretised(self, top: int) -> tuple[tuple[Axis, ...], Essential]:
        """The axes with ghosts, and what is given at the faces, for derivatives up to this order."""
        if isinstance(self.grid.domain, Box):
            check_natural(self.grid.domain, self.natural, top)
            if top > MOST:
                need = f"FiniteDifferences at accuracy 2 on a box takes penalties of order up to {MOST}"
                raise Refusal(need, f"order {top}", "Use a TorusGrid, or accuracy=4 on a BoxGrid.")
        lines = self.grid.lines(top, self.accuracy)
        return lines, essential(self.grid, lines, top, self._jets)

    @property
    def _jets(self) -> Jets | None:
        return None if self.boundary is None else Jets(self.boundary, self.grid)

    def _force(self, reaction: Coefficient) -> Function:
        """The source beside what the loss pulls at D = 0."""
        return total(reaction) if self.source is None else total(reaction, as_function(self.source, "the source"))

    def _load(self, lines: Sequence[Axis], reaction: Coefficient, rule: Measures) -> np.ndarray:
        """h ↦ ∫ force h dx and what the natural data add."""
        found = sampled(self._force(reaction), self.grid.axes, "the source of the equation")
        load = body_load(lines, np.broadcast_to(found, self.grid.points), rule)
        for datum in self.natural:
            value = as_function(datum.value, "a natural datum")
            load = load + natural_load(self.grid, lines, datum.at, datum.against, value, rule)
        return load
