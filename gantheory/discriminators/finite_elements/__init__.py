"""Finite elements on boxes; the only import of scikit-fem."""

from gantheory.discriminators.finite_elements.box_mesh import BoxMesh
from gantheory.discriminators.finite_elements.element import ARGYRIS, HERMITE, LINEAR, MORLEY, QUADRATIC, Element
from gantheory.discriminators.finite_elements.element_field import ElementField
from gantheory.discriminators.finite_elements.finite_elements import FiniteElements

__all__ = ["ARGYRIS", "HERMITE", "LINEAR", "MORLEY", "QUADRATIC", "BoxMesh", "Element", "ElementField", "FiniteElements"]
