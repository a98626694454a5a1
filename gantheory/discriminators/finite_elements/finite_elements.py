"""FiniteElements: the Euler–Lagrange equation in its weak form on a mesh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import factorial
from typing import Any

import numpy as np

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.boundary_data import NaturalDatum, check_natural
from gantheory.discriminators.finite_elements.assembled import Assembled
from gantheory.discriminators.finite_elements.boundary_values import Freedoms
from gantheory.discriminators.finite_elements.box_mesh import BoxMesh
from gantheory.discriminators.finite_elements.element import LINEAR, Element, suited
from gantheory.discriminators.finite_elements.element_field import ElementField
from gantheory.discriminators.finite_elements.newton import solution
from gantheory.discriminators.finite_elements.null_space import check_moments, moments, null_space
from gantheory.discriminators.finite_elements.space import ElementSpace
from gantheory.discriminators.finite_elements.system import System
from gantheory.grids import refuse_dear
from gantheory.measures import Measure
from gantheory.objectives import Boundary, Objective

COARSEST = 12  # cells on an axis: below, Newton's method starts from the data at the faces


@dataclass(frozen=True, eq=False)
class FiniteElements:
    """D_h with Σ 2λ∫ w ∇^m D_h : ∇^m h + ∫ (p ℓ_real′ + q ℓ_fake′)(D_h) h = ∫ f h + natural data, for all h of the element.

    mesh: a BoxMesh; its Box says whether D is given at the faces (DIRICHLET, for m = 2 clamped), in value only
    (SIMPLY_SUPPORTED) or not (NATURAL). element: LINEAR or QUADRATIC for m = 1; HERMITE, MORLEY or ARGYRIS for m = 2.
    boundary: a Field that gives D there, and with m = 2 its slopes. source: f. natural: the values of natural conditions.
    Densities enter by quadrature, samples by their points. Nonlinear equations are solved by Newton's method; with a centre
    and two sides J is not convex, and stats["minimum"] says whether it is around D_h. Source: ciarlet2002finite.
    """

    mesh: BoxMesh
    element: Element = LINEAR
    boundary: Field | Any = None
    source: Field | Any = None
    natural: tuple[NaturalDatum, ...] | Any = ()

    def __post_init__(self) -> None:
        if not isinstance(self.mesh, BoxMesh) or not isinstance(self.element, Element):
            given = f"{type(self.mesh).__name__} and {self.element}"
            raise Refusal("FiniteElements takes a BoxMesh and an element such as LINEAR", given, "Use BoxMesh.uniform.")
        self.element.on(self.mesh.dim)
        if self.mesh.box.boundary is Boundary.NATURAL and self.boundary is not None:
            cure = "Leave boundary= out."
            raise Refusal(f"FiniteElements on {self.mesh.box} takes no boundary data", self.boundary, cure)
        if isinstance(self.natural, list):
            object.__setattr__(self, "natural", tuple(self.natural))

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> ElementField:
        """The discriminator as an ElementField; real and fake are densities, or samples where their loss allows."""
        order = self._order(objective)
        if self.mesh.box.boundary is not Boundary.NATURAL and self.boundary is None:
            raise Refusal(f"FiniteElements on {self.mesh.box} takes boundary data", "boundary=None", "Pass boundary=.")
        check_natural(self.mesh.box, self.natural, order)
        freedoms = Freedoms(ElementSpace(self.mesh, self.element))
        parts = Assembled(freedoms.space, objective, (real, fake, reference), self.source, self.natural)
        names, kernel = null_space(objective.euler_lagrange(), freedoms)
        check_moments(names, kernel, parts.moved, parts.degree)
        fixed = freedoms.fixed(order)
        if fixed.all():
            given = f"{fixed.size} values, all given there"
            raise Refusal("a mesh leaves something free inside its faces", given, "Use mesh.refined().")
        refuse_dear(self.mesh.dim, int((~fixed).sum()), "Use a coarser mesh, or FiniteDifferences.")
        held = np.zeros(freedoms.space.size)
        if self.boundary is not None:
            held[fixed] = freedoms.values(self.boundary, fixed)
        system = System(
            parts.forms, parts.load(parts.degree), held, np.flatnonzero(~fixed), kernel, moments(parts.cells, kernel)
        )
        near, before = self._nearby(objective, (real, fake, reference), freedoms) if system.centred else (None, ())
        found = solution(system, near)
        facts = {"solver": "FiniteElements", "element": str(self.element), "unknowns": len(system.free)}
        facts |= {"iterations": found.iterations, "residual": found.residual, "minimum": found.minimum}
        facts |= {"iterations on coarser meshes": before} if before else {}
        return ElementField(freedoms.space, found.values, facts)

    def _nearby(
        self, objective: Objective, measures: tuple[Measure, Measure, Measure | None], freedoms: Freedoms
    ) -> tuple[np.ndarray | None, tuple[int, ...]]:
        """D_h of a coarser mesh in the degrees of freedom of this one, and the iterations that it took: nested iteration.

        Source: hackbusch1985multigrid.
        """
        if self.element.order > 1 or len(self.mesh.simplices) < factorial(self.mesh.dim) * COARSEST**self.mesh.dim:
            return None, ()
        try:
            D = replace(self, mesh=self.mesh.coarsened()).solve(objective, *measures)
        except Refusal:  # of a mesh too coarse for D; this one starts anew, and says why if it fails
            return None, ()
        before = (*D.stats.get("iterations on coarser meshes", ()), D.stats["iterations"])
        return freedoms.values(D, np.full(freedoms.space.size, True)), before

    def _order(self, objective: Objective) -> int:
        """The highest order, if the element is for it and centred penalties have order 1."""
        order = max((t.penalty.order for t in objective.terms), default=0)
        if order != self.element.order:
            need = f"{self.element} is for objectives whose highest penalty has order {self.element.order}"
            raise Refusal(need, f"{objective}", suited(order, self.mesh.dim))
        if any(t.penalty.centre != 0 and t.penalty.order != 1 for t in objective.terms):
            raise Refusal("FiniteElements takes centres K in penalties of order 1", objective, "Use centre=0.")
        return order
