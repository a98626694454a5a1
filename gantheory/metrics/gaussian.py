"""The distance of Fréchet between normal laws."""

from __future__ import annotations

from math import hypot

import torch

from gantheory._errors import Refusal
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics._checks import finite, same_dimension, sample


def gaussian_wasserstein(x: Gaussian, y: Gaussian) -> float:
    """W2 with W2² = |m − m′|² + tr(A + B − 2(A^{1/2} B A^{1/2})^{1/2}) for N(m, A), N(m′, B).

    Computed in float64 as the same number |L − MU|² for A = LLᵀ, B = MMᵀ and the orthogonal U nearest to M⁻¹L: a sum of
    squares, so that nothing cancels for near laws; 0 for equal ones. Source: dowson1982frechet.
    """
    for law in (x, y):
        if not isinstance(law, Gaussian):
            cure = (
                "Use wasserstein, or moment_gaussian(x)." if isinstance(law, Empirical) else "Use Gaussian(mean, covariance)."
            )
            raise Refusal("gaussian_wasserstein is between two Gaussians", type(law).__name__, cure)
    same_dimension(x, y)
    m, A, n, B = (z.detach().double().cpu() for z in (x.mean, x.covariance, y.mean, y.covariance))
    shift = torch.linalg.vector_norm(m - n).item()
    if torch.equal(A, B):
        return finite(shift, "W2")
    L, M = torch.linalg.cholesky(A), torch.linalg.cholesky(B)
    P, _, Q = torch.linalg.svd(M.mT @ L)
    return finite(hypot(shift, torch.linalg.matrix_norm(L - M @ (P @ Q)).item()), "W2")


def moment_gaussian(x: Empirical) -> Gaussian:
    """N(m, C) with the mean and the covariance of x, computed in float64.

    A Refusal where C is singular: with no more points than dimensions, or a coordinate that is constant.
    """
    sample(x)
    exact = Empirical(x.points.double(), x.weights.double())
    C = exact.covariance
    return Gaussian(exact.mean, (C + C.mT) / 2)
