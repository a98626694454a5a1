"""Wide fully connected networks: covariance and tangent kernel, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from torch import Tensor

from gantheory._errors import Refusal
from gantheory.kernels.tangent.activations import Activation
from gantheory.kernels.zonal import Pair, Zonal

LARGEST = 1e30
"""Of weights and biases: their fourth powers stay in the float range."""


@dataclass(frozen=True)
class Architecture:
    """Dense → [φ → Dense] × depth in the tangent parametrisation: Dense(h) = (ω/√width) W h + β b, W and b standard normal.

    depth ≥ 1 counts the hidden layers. weight: ω > 0. bias: β ≥ 0. output_bias: β of the last Dense, which is `bias` unless
    it is given. Inputs have their dimension for width: the first covariance is β² + ω² x·y/d.
    """

    depth: Any
    activation: Any
    weight: Any = 1.0
    bias: Any = 0.0
    output_bias: Any = None

    def __post_init__(self) -> None:
        if isinstance(self.depth, bool) or not isinstance(self.depth, int) or self.depth < 1:
            cure = "Without a hidden layer the kernel is bias² + weight² x·y/d, and D is affine."
            raise Refusal("the depth of a network counts its hidden layers, an integer ≥ 1", repr(self.depth), cure)
        if isinstance(self.activation, type) or not isinstance(self.activation, Activation):
            need = "an activation is RELU, ERF, erf_activation(…), sine_activation(…), or a Dual"
            raise Refusal(need, repr(self.activation), "Name one of these.")
        output = self.bias if self.output_bias is None else self.output_bias
        object.__setattr__(self, "weight", _size(self.weight, "the weight ω", strict=True))
        object.__setattr__(self, "bias", _size(self.bias, "the bias β"))
        object.__setattr__(self, "output_bias", _size(output, "the output bias β"))

    def layers(self, inputs: Pair) -> Iterator[tuple[Tensor, Tensor]]:
        """(Σ, Θ) after each Dense: Σ ← β² + ω² Σ̂, Θ ← Σ + ω² Σ̇ Θ. Source: jacot2018neural, theorem 1."""
        features = inputs.affine(self.weight**2 / inputs.dim, self.bias**2)
        tangent = features.k12
        yield features.k12, tangent
        for layer in range(self.depth):
            bias = self.output_bias if layer == self.depth - 1 else self.bias
            features, slope = self.activation(features)
            features = features.affine(self.weight**2, bias**2)
            tangent = features.k12 + self.weight**2 * slope * tangent
            yield features.k12, tangent


@dataclass(frozen=True)
class Tangent:
    """Θ after the last Dense, as the profile of a zonal kernel."""

    architecture: Architecture

    def __call__(self, inputs: Pair) -> Tensor:
        """E ∂_θ f(x) · ∂_θ f(y)."""
        return list(self.architecture.layers(inputs))[-1][1]


@dataclass(frozen=True)
class Covariance:
    """Σ after the last Dense, as the profile of a zonal kernel."""

    architecture: Architecture

    def __call__(self, inputs: Pair) -> Tensor:
        """E f(x) f(y)."""
        return list(self.architecture.layers(inputs))[-1][0]


def tangent_kernel(depth: Any, activation: Any, weight: Any = 1.0, bias: Any = 0.0, *, output_bias: Any = None) -> Zonal:
    """Θ(x, y) = E ∂_θ f(x) · ∂_θ f(y) of the infinitely wide network, its neural tangent kernel; arguments as in Architecture.

    The "ntk" parametrisation of neural-tangents: stax.serial(Dense(·, ω, β), Relu(), …, Dense(·, ω, β)) with `depth` Relu is
    tangent_kernel(depth, RELU, ω, β). Rectified networks have kinks at x = y; ∇_x Θ(x, x) is then ½∇[Θ(x, x)].
    Source: jacot2018neural; novak2020neural.
    """
    return Zonal(Tangent(Architecture(depth, activation, weight, bias, output_bias)))


def nngp_kernel(depth: Any, activation: Any, weight: Any = 1.0, bias: Any = 0.0, *, output_bias: Any = None) -> Zonal:
    """Σ(x, y) = E f(x) f(y) of the infinitely wide network after its last Dense, the covariance of a Gaussian process."""
    return Zonal(Covariance(Architecture(depth, activation, weight, bias, output_bias)))


def _size(value: Any, what: str, strict: bool = False) -> float:
    right = not isinstance(value, bool) and isinstance(value, int | float) and isfinite(value)
    if not right or value < 0 or (strict and value == 0) or value > LARGEST:
        raise Refusal(f"{what} of a network is a finite number {'>' if strict else '≥'} 0 and ≤ {LARGEST:.0e}", repr(value))
    return float(value)
