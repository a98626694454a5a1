"""Floor 1. SymPy only: variations, operators, fundamental solutions, boundary terms."""

from gantheory.symbolic.boundary import BoundaryCondition, boundary_conditions, natural_conditions, polynomials
from gantheory.symbolic.green import (
    bessel_elementary,
    conditional_order,
    fundamental_solution,
    riesz_solution,
    screened_solution,
)
from gantheory.symbolic.operators import (
    gradient_norm_squared,
    laplacian,
    multi_indices,
    multinomial,
    negative_laplacian,
    partial,
    weighted_divergence,
)
from gantheory.symbolic.parsing import formula
from gantheory.symbolic.radial import flux, power_laplacian, radial_laplacian, sphere_area
from gantheory.symbolic.symbols import Scalar, coordinates, nu, p, positive_integer, q, r, refuse_foreign, y
from gantheory.symbolic.variation import first_variation, legendre_form, second_variation, slots

__all__ = [
    "BoundaryCondition",
    "Scalar",
    "bessel_elementary",
    "boundary_conditions",
    "conditional_order",
    "coordinates",
    "first_variation",
    "flux",
    "formula",
    "fundamental_solution",
    "gradient_norm_squared",
    "laplacian",
    "legendre_form",
    "multi_indices",
    "multinomial",
    "natural_conditions",
    "negative_laplacian",
    "nu",
    "p",
    "partial",
    "polynomials",
    "positive_integer",
    "power_laplacian",
    "q",
    "r",
    "radial_laplacian",
    "refuse_foreign",
    "riesz_solution",
    "screened_solution",
    "second_variation",
    "slots",
    "sphere_area",
    "weighted_divergence",
    "y",
]
