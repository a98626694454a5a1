"""Neural tangent kernels and network covariances: of infinite width by recursion, of finite width by differentiation."""

from gantheory.kernels.tangent.activations import (
    ERF,
    RELU,
    SIGMOID_LIKE,
    Activation,
    Dual,
    area,
    erf_activation,
    gap,
    gaussian_activation,
    k11,
    k12,
    k22,
    rbf_activation,
    sine_activation,
    u,
)
from gantheory.kernels.tangent.empirical import EmpiricalTangentKernel, tangent_blocks
from gantheory.kernels.tangent.perceptron import Antisymmetric, Perceptron
from gantheory.kernels.tangent.recursion import Architecture, nngp_kernel, tangent_kernel

__all__ = [
    "ERF",
    "RELU",
    "SIGMOID_LIKE",
    "Activation",
    "Antisymmetric",
    "Architecture",
    "Dual",
    "EmpiricalTangentKernel",
    "Perceptron",
    "area",
    "erf_activation",
    "gap",
    "gaussian_activation",
    "k11",
    "k12",
    "k22",
    "nngp_kernel",
    "rbf_activation",
    "sine_activation",
    "tangent_blocks",
    "tangent_kernel",
    "u",
]
