"""Collocation: Poly-LSGAN on samples, a smoothing spline through the labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.discriminators.greens_function import kernel_for
from gantheory.discriminators.reading import elliptic_order, quadratic_sides, same_space, samples
from gantheory.kernels import Direct, KernelExpansion, Polynomial, monomials
from gantheory.measures import Measure
from gantheory.objectives import Objective

LARGEST = 12_000  # points of a dense system that fits 3 GB


@cache
def _prepared(objective: Objective, dim: int) -> tuple[tuple[float, float], tuple[float, float], tuple[float, int, float]]:
    """(factor, label) of data and of fakes, and (λ, m, κ): all that is symbolic, once for an objective."""
    real, fake = quadratic_sides(objective, "Collocation")
    equation = "least squares under λ|∇^m D|² or its screened form"
    weight, order, rate = elliptic_order(objective, "Collocation", equation, "Use FiniteDifferences.")
    if 2 * order <= dim:
        cure = f"Use order ≥ {dim // 2 + 1}, or densities with FiniteDifferences."
        raise Refusal("Collocation needs 2m > n: otherwise D degenerates to spikes", f"m = {order}, n = {dim}", cure)
    return real, fake, (weight, order, rate)


@dataclass(frozen=True)
class Collocation:
    """D(x) = Σ u_i G(|x−c_i|) + P(x) with [A + diag(ρ), B; Bᵀ, 0][u; v] = [labels; 0], ρ_i = λ/(factor · weight of point i).

    G solves (−Δ)^m G = δ and has positive spectrum, so ρ > 0 always. With the unnormalised ψ of asokan2022lsgans,
    Δ^m ψ = Cδ, the same system has ρ_i = (−1)^m λC/(factor · weight). P has degree < m; a screened penalty needs none.
    Needs 2m > n. Source: asokan2022lsgans, theorem 2.1; wendland2004scattered, section 12.3.
    """

    sums: Direct = Direct()  # noqa: RUF009

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> KernelExpansion:
        """The discriminator as a KernelExpansion; real and fake are Empirical, of any sizes and weights."""
        data, made = samples(real, "Collocation", "real"), samples(fake, "Collocation", "fake")
        same_space(data, made)
        dim = data.points.shape[1]
        (factor_real, high), (factor_fake, low), (weight, order, rate) = _prepared(objective, dim)
        points = torch.cat([data.points, made.points]).detach()
        mass = torch.cat([factor_real * data.weights, factor_fake * made.weights]).detach()
        labels = torch.cat([torch.full_like(data.weights, high), torch.full_like(made.weights, low)])
        held = mass > 0 if not mass.is_meta else slice(None)
        centres, ridge, labels = points[held], weight / mass[held], labels[held]
        if len(centres) > LARGEST:
            raise Refusal(f"Collocation solves a dense system of at most {LARGEST} points", len(centres), "Use a subsample.")
        kernel = kernel_for(order, dim, rate, 0.0)
        system = kernel(centres, centres) + torch.diag(ridge)
        facts = {"solver": "Collocation", "order": order, "rate": rate}
        if rate > 0:
            return KernelExpansion(kernel, centres, _positive(system, labels), sums=self.sums, facts=facts)
        centre, scale = centres.mean(0), 1.0 if centres.is_meta else float(centres.std()) or 1.0
        basis = monomials((centres - centre) / scale, order)
        u, v = constrained(system, basis, labels)
        return KernelExpansion(kernel, centres, u, Polynomial(v, order, centre, scale), self.sums, facts=facts)


def _positive(system: Float[Tensor, "n n"], labels: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """The solution of a positive definite system."""
    factor, failed = torch.linalg.cholesky_ex(system)
    if not system.is_meta and bool(failed):
        raise Refusal("the collocation system is positive definite", "one that is not, to rounding", "Use a larger λ.")
    return torch.cholesky_solve(labels[:, None], factor)[:, 0]


def constrained(
    system: Float[Tensor, "n n"], basis: Float[Tensor, "n k"], labels: Float[Tensor, " n"]
) -> tuple[Float[Tensor, " n"], Float[Tensor, " k"]]:
    """u, v with system·u + basis·v = labels and basisᵀu = 0, by Cholesky in the null space of basisᵀ."""
    n, k = basis.shape
    if n < k:
        raise Refusal(f"{k} polynomial terms need at least {k} points", f"{n} points", "Use a lower order, or more points.")
    full, triangle = torch.linalg.qr(basis, mode="complete")
    diagonal = triangle.diagonal().abs()
    if not basis.is_meta and bool(diagonal.min() <= n * torch.finfo(basis.dtype).eps * diagonal.max()):
        need = "the points lie on no common hypersurface of degree below the order (they are unisolvent)"
        raise Refusal(need, f"{n} points that do", "Use a lower order, a screened penalty, or more points.")
    inside, free = full[:, :k], full[:, k:]
    u = free @ _positive(free.T @ system @ free, free.T @ labels) if n > k else torch.zeros_like(labels)
    right = inside.T @ (labels - system @ u)
    return u, torch.linalg.solve_triangular(triangle[:k], right[:, None], upper=True)[:, 0]
