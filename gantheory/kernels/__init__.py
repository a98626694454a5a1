"""Floor 3. Kernels, their families, their sums, and discriminators made of them."""

from gantheory.kernels.expansion import KernelExpansion
from gantheory.kernels.families import ENERGY, gaussian, polyharmonic, riesz, screened
from gantheory.kernels.polynomial import Polynomial, monomials
from gantheory.kernels.radial import Kernel, Radial, refuse_no_kernel, squared_distances
from gantheory.kernels.sums import Direct
from gantheory.kernels.symmetrised import SymmetrisedKernel
from gantheory.kernels.tangent import (
    ERF,
    RELU,
    SIGMOID_LIKE,
    Activation,
    Antisymmetric,
    Architecture,
    Dual,
    EmpiricalTangentKernel,
    Perceptron,
    erf_activation,
    gaussian_activation,
    nngp_kernel,
    rbf_activation,
    sine_activation,
    tangent_blocks,
    tangent_kernel,
)
from gantheory.kernels.zonal import Pair, Zonal

__all__ = [
    "ENERGY",
    "ERF",
    "RELU",
    "SIGMOID_LIKE",
    "Activation",
    "Antisymmetric",
    "Architecture",
    "Direct",
    "Dual",
    "EmpiricalTangentKernel",
    "Kernel",
    "KernelExpansion",
    "Pair",
    "Perceptron",
    "Polynomial",
    "Radial",
    "SymmetrisedKernel",
    "Zonal",
    "erf_activation",
    "gaussian",
    "gaussian_activation",
    "monomials",
    "nngp_kernel",
    "polyharmonic",
    "rbf_activation",
    "refuse_no_kernel",
    "riesz",
    "screened",
    "sine_activation",
    "squared_distances",
    "tangent_blocks",
    "tangent_kernel",
]
