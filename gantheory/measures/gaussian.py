"""The normal law."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import log, pi

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import finite, has_values, real_tensor
from gantheory._errors import Refusal


@dataclass(frozen=True, eq=False)
class Gaussian:
    """N(m, C): p(x) = (2π)^{−d/2} det(C)^{−1/2} exp(−½(x − m)ᵀC⁻¹(x − m)), C symmetric positive definite.

    mean: (d,). covariance: (d, d), of the same dtype and device.
    """

    mean: Tensor
    covariance: Tensor

    def __post_init__(self) -> None:
        m, C = real_tensor(self.mean, "the mean of Gaussian"), real_tensor(self.covariance, "the covariance of Gaussian")
        if m.ndim != 1 or len(m) == 0 or C.shape != (len(m), len(m)):
            raise Refusal("Gaussian has a mean (d,) and a covariance (d, d)", f"shapes {tuple(m.shape)} and {tuple(C.shape)}")
        if (m.dtype, m.device) != (C.dtype, C.device):
            given = f"{m.dtype} on {m.device} and {C.dtype} on {C.device}"
            raise Refusal("the mean and the covariance of Gaussian share dtype and device", given)
        if has_values(m):
            finite(m, "the mean of Gaussian")
            finite(C, "the covariance of Gaussian")
            _positive_definite(C)

    @property
    def dim(self) -> int:
        """d."""
        return len(self.mean)

    @cached_property
    def factor(self) -> Float[Tensor, "d d"]:
        """L, lower triangular, with L Lᵀ = C."""
        return torch.linalg.cholesky(self.covariance)

    def log_density(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """−½|L⁻¹(x − m)|² − log det L − (d/2) log 2π."""
        z = torch.linalg.solve_triangular(self.factor, self._centred(x).mT, upper=False)
        return -0.5 * (z * z).sum(0) - self.factor.diagonal().log().sum() - 0.5 * self.dim * log(2 * pi)

    def density(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """p(x)."""
        return self.log_density(x).exp()

    def score(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇ log p(x) = −C⁻¹(x − m)."""
        return -torch.cholesky_solve(self._centred(x).mT, self.factor).mT

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
        """m + L z, z standard normal."""
        if n < 0:
            raise Refusal("a sample has n ≥ 0 points", n)
        z = torch.randn(n, self.dim, generator=generator, dtype=self.mean.dtype, device=self.mean.device)
        return self.mean + z @ self.factor.mT

    def _centred(self, x: Tensor) -> Tensor:
        """x − m; a Refusal for points of another dimension or dtype, which broadcasting would take."""
        if x.ndim != 2 or x.shape[1] != self.dim or x.dtype != self.mean.dtype:
            need = f"a Gaussian on R^{self.dim} has its density at points (n, {self.dim}) of {self.mean.dtype}"
            raise Refusal(need, f"shape {tuple(x.shape)} of {x.dtype}", "Convert with .to(gaussian.mean).")
        return x - self.mean


def _positive_definite(C: Tensor) -> None:
    """Refuse a covariance that is not symmetric to roundoff, or has no Cholesky factor."""
    asymmetry, roundoff = (C - C.mT).abs().max(), 100 * torch.finfo(C.dtype).eps * C.abs().max()
    if bool(asymmetry > roundoff):
        cure = "Use (C + C.mT) / 2 if that is what you mean."
        raise Refusal("the covariance of Gaussian is symmetric", f"|C − Cᵀ| = {asymmetry.item():.3g}", cure)
    if int(torch.linalg.cholesky_ex(C).info):
        smallest = torch.linalg.eigvalsh(C)[0].item()
        cures = ("Use more points than dimensions, fewer coordinates, or add ε·I.",)
        raise Refusal("the covariance of Gaussian is positive definite", f"least eigenvalue {smallest:.3g}", *cures)
