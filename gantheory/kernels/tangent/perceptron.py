"""Random networks of finite width, in the parametrisation whose limits the recursion gives."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gantheory._errors import Refusal
from gantheory.kernels.tangent.activations import u
from gantheory.kernels.tangent.recursion import Architecture
from gantheory.lowering import lower


class Perceptron(nn.Module):
    """f(x) of an Architecture at a finite width: Dense(h) = (ω/√width) W h + β b, with W, b drawn from N(0, 1).

    Its tangent kernel tends to that of the architecture as width → ∞. A Dense with β = 0 has no bias parameter. x: (n, d);
    output (n, 1).
    """

    def __init__(
        self, architecture: Architecture, dim: int, width: int, generator: torch.Generator, dtype: torch.dtype = torch.float64
    ) -> None:
        super().__init__()
        for value, what in ((dim, "input dimension"), (width, "width")):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise Refusal(f"the {what} of a Perceptron is an integer ≥ 1", repr(value))
        self.architecture = architecture
        sizes = [dim, *[width] * architecture.depth, 1]
        self._biases = [architecture.bias] * architecture.depth + [architecture.output_bias]
        self._activation = lower(architecture.activation.function, u)

        def normal(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=generator, dtype=dtype, device=generator.device))

        self.weights = nn.ParameterList([normal(m, n) for n, m in pairwise(sizes)])
        self.biases = nn.ParameterList([normal(m) for m, beta in zip(sizes[1:], self._biases, strict=True) if beta > 0])

    def forward(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n 1"]:
        """The output."""
        h, biases = x, iter(self.biases)
        for layer, (matrix, beta) in enumerate(zip(self.weights, self._biases, strict=True)):
            h = h if layer == 0 else self._activation.raw(h)
            h = h @ matrix.mT * (self.architecture.weight / sqrt(matrix.shape[1]))
            h = h + beta * next(biases) if beta > 0 else h
        return h


class Antisymmetric(nn.Module):
    """(f_θ(x) − f_θ′(x))/√2 with θ′ = θ at first: the tangent kernel of f, and the value 0."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.left, self.right = deepcopy(module), deepcopy(module)

    def forward(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n 1"]:
        """The output."""
        return (self.left(x) - self.right(x)) / sqrt(2)
