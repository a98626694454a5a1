"""Floor 1. SymPy only: variations, operators, fundamental solutions, boundary terms."""

from gantheory.symbolic.boundary import BoundaryCondition, boundary_conditions, natural_conditions, polynomials
from gantheory.symbolic.green import (
    bessel_elementary,
    conditional_order,
    fundamental_solution,
    riesz_solution,
    screened_solution,
)
from gantheory.symbolic.green_bounded import (
    ball_solution,
    circle_solution,
    dirichlet_solution,
    neumann_solution,
    periodic_solution,
    torus_coefficient,
)
from gantheory.symbolic.green_power import finite_force_variance, power_solution, tail_index
from gantheory.symbolic.green_screened import reflecting_solution, screened_circle_solution, supported_solution
from gantheory.symbolic.operators import (
    gradient_norm_squared,
    laplacian,
    leibniz,
    multi_indices,
    multinomial,
    negative_laplacian,
    partial,
    weighted_divergence,
)
from gantheory.symbolic.parsing import formula
from gantheory.symbolic.printing import line
from gantheory.symbolic.radial import flux, gradient_profile, power_laplacian, radial_laplacian, sphere_area
from gantheory.symbolic.spectrum import hankel, omega, spectrum
from gantheory.symbolic.symbols import Scalar, coordinates, nu, p, positive_integer, q, r, refuse_foreign, y
from gantheory.symbolic.variation import first_variation, legendre_form, second_variation, slots

__all__ = [
    "BoundaryCondition",
    "Scalar",
    "ball_solution",
    "bessel_elementary",
    "boundary_conditions",
    "circle_solution",
    "conditional_order",
    "coordinates",
    "dirichlet_solution",
    "finite_force_variance",
    "first_variation",
    "flux",
    "formula",
    "fundamental_solution",
    "gradient_norm_squared",
    "gradient_profile",
    "hankel",
    "laplacian",
    "legendre_form",
    "leibniz",
    "line",
    "multi_indices",
    "multinomial",
    "natural_conditions",
    "negative_laplacian",
    "neumann_solution",
    "nu",
    "omega",
    "p",
    "partial",
    "periodic_solution",
    "polynomials",
    "positive_integer",
    "power_laplacian",
    "power_solution",
    "q",
    "r",
    "radial_laplacian",
    "reflecting_solution",
    "refuse_foreign",
    "riesz_solution",
    "screened_circle_solution",
    "screened_solution",
    "second_variation",
    "slots",
    "spectrum",
    "sphere_area",
    "supported_solution",
    "tail_index",
    "torus_coefficient",
    "weighted_divergence",
    "y",
]
