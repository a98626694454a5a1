"""Chamber: the equation between the mirrors of a reflection group, solved by images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gantheory._errors import Refusal
from gantheory.discriminators.greens_function import GreensFunction
from gantheory.discriminators.protocol import Discriminator, Solver
from gantheory.discriminators.reading import same_space, samples
from gantheory.groups import Group, folded, mirrors, refuse_rotations
from gantheory.kernels import KernelExpansion
from gantheory.measures import Empirical, Measure, symmetrised_measure
from gantheory.objectives import Objective


@dataclass(frozen=True, eq=False)
class Chamber:
    """D on the chamber between the mirrors, where ∂_n Δ^k D = 0 on them for k < m, extended to R^d by the group.

    Both samples are folded into the chamber; each folded point y acts with its images, (1/|Σ|) Σ_σ G(x − T_σ y), and that sum
    has no flux through a mirror. It is the discriminator of the symmetrised measures, hence the best invariant one. solver:
    any that takes samples. Groups that reflections do not generate, C_n above all, are refused: the edges of their wedge are
    no mirrors but are glued by the rotation, and a Neumann condition there is wrong.
    """

    group: Any
    solver: Solver | Any = GreensFunction()  # noqa: RUF009

    def __post_init__(self) -> None:
        if not isinstance(self.group, Group):
            raise Refusal("Chamber needs a Group", type(self.group).__name__, "Use dihedral(4), for example.")
        if not isinstance(self.solver, Solver):
            raise Refusal("Chamber needs a solver", type(self.solver).__name__, "Use GreensFunction().")
        refuse_rotations(self.group)

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> Discriminator:
        """The invariant discriminator; real and fake are Empirical."""
        data, made = samples(real, "Chamber", "real"), samples(fake, "Chamber", "fake")
        same_space(data, made)
        around = None if reference is None else symmetrised_measure(reference, self.group)
        D = self.solver.solve(objective, self._images(data), self._images(made), around)
        facts = {"chamber": str(self.group), "images": self.group.order, "mirrors": len(mirrors(self.group))}
        return replace(D, facts=D.facts | facts) if isinstance(D, KernelExpansion) else D

    def _images(self, measure: Empirical) -> Measure:
        """The folded points and their images."""
        return symmetrised_measure(Empirical(folded(measure.points, self.group), measure.weights), self.group)
