"""Polynomials on R^n, in coordinates that are centred and scaled."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory.symbolic import multi_indices


def exponents(degree: int, dim: int) -> tuple[tuple[int, ...], ...]:
    """All multi-indices α with |α| < degree."""
    return tuple(a for total in range(degree) for a in multi_indices(total, dim))


@dataclass(frozen=True, eq=False)
class Polynomial:
    """P(x) = Σ_{|α|<degree} v_α ((x − centre)/scale)^α: a Field."""

    coefficients: Float[Tensor, " k"]
    degree: int
    centre: Float[Tensor, " d"]
    scale: float = 1.0

    def basis(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n k"]:
        """The monomials at the rows of x."""
        return monomials((x - self.centre) / self.scale, self.degree)

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values."""
        return self.basis(x) @ self.coefficients

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇P, exact."""
        u, dim = (x - self.centre) / self.scale, x.shape[1]
        columns = []
        for k in range(dim):
            slope = torch.zeros_like(x[:, 0])
            for v, a in zip(self.coefficients, exponents(self.degree, dim), strict=True):
                if a[k]:
                    lowered = tuple(e - (j == k) for j, e in enumerate(a))
                    slope = slope + v * a[k] * _monomial(u, lowered) / self.scale
            columns.append(slope)
        return torch.stack(columns, 1)


def monomials(u: Float[Tensor, "n d"], degree: int) -> Float[Tensor, "n k"]:
    """u^α for all |α| < degree, a column each."""
    return torch.stack([_monomial(u, a) for a in exponents(degree, u.shape[1])], 1)


def _monomial(u: Tensor, alpha: tuple[int, ...]) -> Tensor:
    product = torch.ones_like(u[:, 0])
    for k, power in enumerate(alpha):
        for _ in range(power):
            product = product * u[:, k]
    return product
