"""An objective and its measures, as forms and loads of a space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.boundary_data import NaturalDatum
from gantheory.discriminators.finite_elements.forms import Centred, Expectation, Form, Quadratic
from gantheory.discriminators.finite_elements.loads import at_points, load
from gantheory.discriminators.finite_elements.rule import Rule, cells, scattered
from gantheory.discriminators.finite_elements.space import ElementSpace
from gantheory.discriminators.reading import number
from gantheory.lowering import lower
from gantheory.measures import Density, Empirical, Measure
from gantheory.objectives import Objective, Term
from gantheory.objectives.convexity import monotone
from gantheory.symbolic import nu, p, q, y

KINKS = (sp.Heaviside, sp.DiracDelta, sp.sign, sp.Piecewise, sp.Max, sp.Min, sp.Abs)


@dataclass(frozen=True, eq=False)
class Assembled:
    """The penalties over the cells, the two sides of the loss over cells or samples, and the load."""

    space: ElementSpace
    objective: Objective
    measures: tuple[Measure, Measure, Measure | None]  # real, fake, reference
    source: Field | Any
    natural: tuple[NaturalDatum, ...]

    def __post_init__(self) -> None:
        for side in (self.objective.loss.real, self.objective.loss.fake):
            slope = sp.diff(side, y)
            if slope.free_symbols - {y}:
                raise Refusal("FiniteElements needs the loss with numbers", side, "Substitute a number for each parameter.")
            if slope.has(*KINKS):
                raise Refusal("FiniteElements takes losses that are smooth in D", self.objective.loss, "Use LOGISTIC.")
            if not monotone(slope):
                raise Refusal("FiniteElements takes losses that are convex in D", self.objective.loss)

    @property
    def degree(self) -> int:
        """Of the polynomials that the quadrature integrates: squares of the element's, so that its own order is kept."""
        return 2 * self.space.element.degree

    @cached_property
    def cells(self) -> Rule:
        """The quadrature over the box."""
        return cells(self.space, self.degree)

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """All parts of the left side."""
        return tuple([*map(self._penalty, self.objective.terms), *self._sides(self.cells)])

    def load(self, degree: int) -> np.ndarray:
        """The right side, by quadrature of the degree."""
        return load(self.space, self.source, self.natural, degree)

    def moved(self, degree: int) -> np.ndarray:
        """The right side less the reaction at D = 0."""
        zero = np.zeros(self.space.size)
        return self.load(degree) - np.sum([f.residual(zero) for f in self._sides(cells(self.space, degree))], axis=0)

    def _sides(self, rule: Rule) -> Iterator[Expectation]:
        losses = (self.objective.loss.real, self.objective.loss.fake)
        for side, measure, name in zip(losses, self.measures[:2], ("real", "fake"), strict=True):
            slope, curvature = sp.diff(side, y), sp.diff(side, y, 2)
            if isinstance(measure, Empirical):
                rule_, mass = self._scattered(measure, sp.simplify(curvature) == 0), np.ones((len(measure), 1))
            else:
                rule_, mass = rule, self._density(measure, rule, name)
            yield Expectation(rule_, mass, *(lower(e, y) for e in (side, slope, curvature)))

    def _scattered(self, measure: Empirical, linear: bool) -> Rule:
        """The samples as a rule; a Refusal outside the box, and where point values of a minimiser have no limit."""
        space, points = self.space, measure.points.detach()
        dim, box = space.mesh.dim, space.mesh.box
        if 2 * space.element.order <= dim and not linear:
            need = "samples under a curved loss need 2m > n: otherwise D degenerates to spikes"
            raise Refusal(need, f"m = {space.element.order}, n = {dim}", "Use densities, or a penalty of higher order.")
        if points.dtype != torch.float64 or points.device.type != "cpu" or points.shape[1] != dim:
            given = f"{points.dtype} of shape {tuple(points.shape)} on {points.device}"
            raise Refusal(f"FiniteElements takes samples in float64 on the CPU in {dim}-D", given)
        if not bool(((points >= points.new_tensor(box.lower)) & (points <= points.new_tensor(box.upper))).all()):
            raise Refusal(f"FiniteElements takes samples inside {box}", "a point outside", "Use a larger box.")
        return scattered(space, points.numpy(), measure.weights.numpy())

    def _density(self, measure: Measure | None, rule: Rule, name: str) -> np.ndarray:
        if not isinstance(measure, Density) or measure.dim != self.space.mesh.dim:
            given = f"{type(measure).__name__} of dimension {getattr(measure, 'dim', '?')} as {name}"
            raise Refusal(
                f"FiniteElements needs densities in {self.space.mesh.dim}-D here", given, "Use a Gaussian or a Mixture."
            )
        return at_points(measure.density, rule, f"the density of {name}")

    def _penalty(self, term: Term) -> Form:
        penalty, scale = term.penalty, 2 * number(term.weight, "the weight λ")
        weight = scale * self._weight(penalty.over)
        if penalty.centre == 0:
            return Quadratic(self.cells, weight, penalty.order)
        return Centred(self.cells, weight, number(penalty.centre, "the centre K"), penalty.one_sided)

    def _weight(self, over: sp.Expr) -> np.ndarray:
        """w(p, q, nu) at the points of the cells."""
        names = dict(zip((p, q, nu), zip(self.measures, ("real", "fake", "reference"), strict=True), strict=True))
        unknown = over.free_symbols - set(names)
        if unknown or (nu in over.free_symbols and self.measures[2] is None):
            cure = "Pass reference= for nu, and numbers for parameters."
            raise Refusal("a solver needs every symbol of the objective as numbers", over, cure)
        unit = np.ones(self.cells.weights.shape)  # in three symbols, for a formula in one takes its limit at 0
        given = {s: self._density(m[0], self.cells, m[1]) if s in over.free_symbols else unit for s, m in names.items()}
        weight = lower(over, *given)(*map(torch.from_numpy, given.values())).numpy()
        if not np.isfinite(weight).all() or (weight < 0).any():
            raise Refusal("the weight w of a penalty is finite and nowhere negative in the box", over)
        return weight
