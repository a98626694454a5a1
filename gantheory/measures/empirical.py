"""Finitely many weighted points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import finite, probabilities, real_tensor
from gantheory._errors import Refusal
from gantheory.measures._drawn import drawn


@dataclass(frozen=True, eq=False)
class Empirical:
    """Σ_i w_i δ_{x_i}, with w_i ≥ 0 and Σ w_i = 1.

    points: the rows x_i. weights: any nonnegative numbers, divided by their sum and given the dtype and device of the
    points; 1/n each when left out. On the meta device shapes are checked, values are not.
    """

    points: Tensor
    weights: Any = None  # Float[Tensor, " n"] once constructed

    def __post_init__(self) -> None:
        points = real_tensor(self.points, "the points of Empirical")
        if points.ndim != 2 or 0 in points.shape:
            cure = "Reshape with points[:, None]." if points.ndim == 1 else "Give one point in each row."
            raise Refusal("the points of Empirical have shape (n, d), n ≥ 1, d ≥ 1", f"shape {tuple(points.shape)}", cure)
        finite(points, "the points of Empirical")
        weights = points.new_ones(len(points)) if self.weights is None else self.weights
        object.__setattr__(self, "weights", probabilities(weights, points, len(points), "the weights of Empirical"))

    def __len__(self) -> int:
        return len(self.points)

    @property
    def dim(self) -> int:
        """d."""
        return self.points.shape[1]

    @property
    def mean(self) -> Float[Tensor, " d"]:
        """m = Σ w_i x_i."""
        return self.weights @ self.points

    @property
    def covariance(self) -> Float[Tensor, "d d"]:
        """Σ w_i (x_i − m)(x_i − m)ᵀ: the covariance of this law, not the estimate that divides by n − 1."""
        centred = self.points - self.mean
        return (self.weights[:, None] * centred).mT @ centred

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
        """n points with replacement, x_i with probability w_i."""
        return self.points[drawn(self.weights, n, generator)]
