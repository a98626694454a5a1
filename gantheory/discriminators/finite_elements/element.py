"""Finite elements as data: which degrees of freedom, which polynomials, which penalties they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gantheory._errors import Refusal
from gantheory.discriminators.finite_elements.library import library


@dataclass(frozen=True)
class Element:
    """Polynomials on each simplex, tied together by the degrees of freedom of scikit-fem's class for each dimension.

    order: m of the highest penalty ∫ w|∇^m D|² that it is for. names: scikit-fem's classes, by dimension.
    """

    name: str
    degree: int
    order: int
    names: tuple[tuple[int, str], ...]

    def on(self, dim: int) -> Any:
        """scikit-fem's element in that dimension; a Refusal where there is none."""
        found = dict(self.names)
        if dim not in found:
            have = " and ".join(f"{d}-D" for d in found)
            raise Refusal(f"{self.name} is an element in {have}", f"a mesh in {dim}-D", suited(self.order, dim))
        return getattr(library(), found[dim])()

    def __str__(self) -> str:
        return self.name


LINEAR = Element("LINEAR", 1, 1, ((1, "ElementLineP1"), (2, "ElementTriP1"), (3, "ElementTetP1")))
QUADRATIC = Element("QUADRATIC", 2, 1, ((1, "ElementLineP2"), (2, "ElementTriP2"), (3, "ElementTetP2")))
HERMITE = Element("HERMITE", 3, 2, ((1, "ElementLineHermite"),))
MORLEY = Element("MORLEY", 2, 2, ((2, "ElementTriMorley"),))
ARGYRIS = Element("ARGYRIS", 5, 2, ((2, "ElementTriArgyris"),))


def suited(order: int, dim: int) -> str:
    """Which elements are for ∫ w|∇^m D|² in n dimensions, as a cure; who takes a loss without a penalty for m = 0."""
    if order == 0:
        return "Use Pointwise, or FiniteDifferences."
    found = [e.name for e in (LINEAR, QUADRATIC, HERMITE, MORLEY, ARGYRIS) if e.order == order and dim in dict(e.names)]
    return f"Use {' or '.join(found)}." if found else "Use GreensFunction, or Collocation on samples."
