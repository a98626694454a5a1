"""Distances that a kernel gives: maximum mean discrepancy and energy distance."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.measures import Empirical
from gantheory.metrics._checks import finite, same_space

TILE = 512
"""Rows and columns of one Gram tile: 2 MB in float64, so that memory does not grow with n·m."""

ROUNDOFF = 1e-12
"""Relative to E|k|: what sums of 10⁶ terms may miss 0 by."""


def mmd(x: Empirical, y: Empirical, kernel: Callable[[Tensor, Tensor], Tensor], *, unbiased: bool = False) -> float:
    """MMD = ‖∫ k(·, z) (p − q)(dz)‖ in the space of k, the root of the V-statistic; computed in float64.

    A Refusal where the square is negative beyond roundoff, for then k is not (conditionally) positive definite, and for
    unbiased=True, whose square may be negative for any k. Source: gretton2012kernel.
    """
    if unbiased:
        cure = "Use mmd_squared(…, unbiased=True), or mmd without unbiased."
        raise Refusal("MMD is the root of the V-statistic: the unbiased square may be negative", "unbiased=True", cure)
    square, size = _square(x, y, kernel, unbiased=False)
    if square < -ROUNDOFF * size:
        cure = "Use a kernel that is conditionally positive definite of order at most 1; its negative, perhaps."
        raise Refusal("MMD needs a positive definite kernel", f"MMD² = {square:.6g}", cure)
    return max(square, 0.0) ** 0.5


def mmd_squared(x: Empirical, y: Empirical, kernel: Callable[[Tensor, Tensor], Tensor], *, unbiased: bool = False) -> float:
    """MMD² = E k(X, X′) − 2 E k(X, Y) + E k(Y, Y′), in float64; the kernel maps (n d), (m d) to the Gram matrix (n m).

    The V-statistic Σ w_i w_j k(x_i, x_j) − …, with weights, is nonnegative up to roundoff for a conditionally positive
    definite k of order at most 1. unbiased=True omits i = j within each sample and divides by n(n − 1) (U-statistic): equal
    weights only, at least 2 points each; it may be negative. Source: gretton2012kernel, lemma 6.
    """
    return _square(x, y, kernel, unbiased=unbiased)[0]


def energy_distance(x: Empirical, y: Empirical, *, unbiased: bool = False) -> float:
    """2E|X − Y| − E|X − X′| − E|Y − Y′|, in float64: the *square* of a metric, and MMD² with the kernel −|x − y|.

    unbiased=True is the U-statistic, as in mmd_squared. O(nm) time, memory for one tile. Source: szekely2013energy.
    """
    value = mmd_squared(x, y, _minus_distance, unbiased=unbiased)
    return value if unbiased else max(value, 0.0)


def _minus_distance(x: Tensor, y: Tensor) -> Tensor:
    return -torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")  # |x|² − 2x·y + |y|² cancels far from 0


def _square(x: Empirical, y: Empirical, kernel: Callable[[Tensor, Tensor], Tensor], *, unbiased: bool) -> tuple[float, float]:
    """MMD², and the size E|k| of what was summed."""
    same_space(x, y)
    if unbiased:
        for z in (x, y):
            _equally_weighted(z)
    xx, size_xx = _mean(kernel, x, x, omit_diagonal=unbiased)
    yy, size_yy = _mean(kernel, y, y, omit_diagonal=unbiased)
    xy, size_xy = _mean(kernel, x, y, omit_diagonal=False)
    return finite(xx - 2 * xy + yy, "MMD²"), size_xx + 2 * size_xy + size_yy


def _mean(
    kernel: Callable[[Tensor, Tensor], Tensor], x: Empirical, y: Empirical, *, omit_diagonal: bool
) -> tuple[float, float]:
    """Σ w_i w_j k(x_i, y_j) and Σ w_i w_j |k(x_i, y_j)|; without i = j, times n / (n − 1), where omit_diagonal."""
    value = size = 0.0
    (points, weights), (others, masses) = ((z.points.double(), _normalised(z.weights)) for z in (x, y))
    for i in range(0, len(x), TILE):
        for j in range(0, len(y), TILE):
            a, b = weights[i : i + TILE], masses[j : j + TILE]
            gram = kernel(points[i : i + TILE], others[j : j + TILE]).detach().double()
            if gram.shape != (len(a), len(b)):
                raise Refusal("a kernel maps (n d), (m d) to (n m)", f"{tuple(gram.shape)} for n = {len(a)}, m = {len(b)}")
            if omit_diagonal and i == j:  # masked, not subtracted: a kernel may be infinite there
                gram = gram.masked_fill(torch.eye(len(gram), dtype=torch.bool, device=gram.device), 0)
            value += (a @ gram @ b).item()
            size += (a @ gram.abs() @ b).item()
    factor = len(x) / (len(x) - 1) if omit_diagonal else 1.0
    return factor * value, factor * size


def _normalised(weights: Tensor) -> Tensor:
    """w / Σw in float64: float32 weights sum to 1 ± 10⁻⁷ only."""
    w = weights.detach().double()
    return w / w.sum()


def _equally_weighted(x: Empirical) -> None:
    if len(x) < 2:
        raise Refusal("an unbiased estimate needs at least 2 points", len(x), "Use unbiased=False.")
    if not torch.allclose(x.weights, x.weights[0], rtol=100 * torch.finfo(x.weights.dtype).eps, atol=0.0):
        given = f"weights from {x.weights.min().item():.3g} to {x.weights.max().item():.3g}"
        raise Refusal(
            "an unbiased estimate needs equal weights", given, "Resample with x.sample(n, generator), or unbiased=False."
        )
