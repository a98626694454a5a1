"""GreensFunction: Poly-WGAN in closed form, a sum of fundamental solutions over both samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory.discriminators.reading import elliptic_order, number, same_space, samples
from gantheory.kernels import Direct, KernelExpansion, Radial, polyharmonic, screened
from gantheory.measures import Measure
from gantheory.objectives import Objective, Space, Standing
from gantheory.symbolic import y


@cache
def kernel_for(order: int, dim: int, rate: float, softening: float) -> Radial:
    """The fundamental solution of (κ²−Δ)^m, softened; made once."""
    kernel = polyharmonic(order, dim) if rate == 0 else screened(order, dim, rate)
    return kernel.softened(softening) if softening else kernel


def linear_pull(objective: Objective) -> float:
    """a for the loss a (E_q[D] − E_p[D])."""
    slopes = [sp.diff(side, y) for side in (objective.loss.real, objective.loss.fake)]
    if any(s.has(y) for s in slopes):
        need = "GreensFunction solves 2λ(−Δ)^m D = p − q, the equation of a loss that is linear in D"
        raise Refusal(need, objective.loss, "Use Collocation for least squares.")
    pull = number(-slopes[0], "the loss")
    if pull != number(slopes[1], "the loss") or pull <= 0:
        raise Refusal("the two sides of a linear loss balance, ℓ_fake′ = −ℓ_real′ > 0", objective.loss, "Use WASSERSTEIN.")
    return pull


@cache
def _prepared(objective: Objective, dim: int, softening: float) -> tuple[Radial, float, dict[str, Any]]:
    """Kernel, a/2λ and facts: all that is symbolic, once for an objective and not once for a step of a flow."""
    pull = linear_pull(objective)
    weight, order, rate = elliptic_order(objective, "GreensFunction", "2λ(−Δ)^m D = p − q", "Use FiniteDifferences.")
    verdict = objective.euler_lagrange().well_posedness(Space(dim))
    if verdict.standing is Standing.ILL_POSED:
        raise Refusal(
            f"GreensFunction needs an objective that is well-posed in R^{dim}",
            f"order {order}: {verdict.reason}",
            *verdict.cures,
        )
    facts = {"solver": "GreensFunction", "order": order, "rate": rate, "posedness": verdict.standing.value}
    return kernel_for(order, dim, rate, softening), pull / (2 * weight), facts


@dataclass(frozen=True)
class GreensFunction:
    """D(x) = (1/2λ) (E_real G(|x−y|) − E_fake G(|x−y|)), G the fundamental solution of (−Δ)^m or (κ²−Δ)^m in free space.

    The constant of D is set to 0. softening: ε ≥ 0, a length; r is replaced by √(r² + ε²), which stats reports.
    Refuses objectives that are ILL_POSED in R^n, with their cures. Source: asokan2023data, section 3.
    """

    sums: Direct = Direct()  # noqa: RUF009
    softening: float = 0.0

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> KernelExpansion:
        """The discriminator as a KernelExpansion; real and fake are Empirical."""
        data, made = samples(real, "GreensFunction", "real"), samples(fake, "GreensFunction", "fake")
        same_space(data, made)
        kernel, scale, facts = _prepared(objective, data.points.shape[1], float(self.softening))
        centres = torch.cat([data.points, made.points]).detach()
        weights = torch.cat([data.weights, -made.weights]).detach() * scale
        own = None if self.sums.self_pairs else (len(data.points), len(centres))
        return KernelExpansion(kernel, centres, weights, sums=self.sums, own=own, facts=dict(facts))
