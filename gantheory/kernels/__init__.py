"""Floor 3. Kernels, their families, their sums, and discriminators made of them."""

from gantheory.kernels.expansion import KernelExpansion
from gantheory.kernels.families import gaussian, polyharmonic, riesz, screened
from gantheory.kernels.polynomial import Polynomial, monomials
from gantheory.kernels.radial import Kernel, Radial, squared_distances
from gantheory.kernels.sums import Direct

__all__ = [
    "Direct",
    "Kernel",
    "KernelExpansion",
    "Polynomial",
    "Radial",
    "gaussian",
    "monomials",
    "polyharmonic",
    "riesz",
    "screened",
    "squared_distances",
]
