"""An objective as means over samples: what a network minimises."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.reading import number
from gantheory.lowering import Lowered, lower
from gantheory.measures import Empirical
from gantheory.objectives import GradientPenalty, Objective
from gantheory.symbolic import nu, p, q, y

DENSITIES = (p, q, nu)


@dataclass(frozen=True)
class SampledPenalty:
    """λ Σ_k c_k Σ_i w_i (|∇^m D(x_i)| − K)² over the samples k of p, q and nu, m ∈ {0, 1}."""

    shares: tuple[float, float, float]  # λ c_k
    order: int
    centre: float
    one_sided: bool

    def __call__(self, value: Float[Tensor, " n"], slope: Float[Tensor, "n d"] | None) -> Float[Tensor, " n"]:
        """The integrand at each point."""
        if slope is None:
            return value.square()
        if self.centre == 0:
            return slope.square().sum(1)
        excess = torch.linalg.vector_norm(slope, dim=1) - self.centre  # its subgradient at slope 0 is 0
        return (torch.relu(excess) if self.one_sided else excess).square()


@dataclass(frozen=True)
class SampledObjective:
    """Ĵ[D] = Σ_i w_i ℓ_real(D(x_i)) + Σ_j v_j ℓ_fake(D(y_j)) + penalties, on samples of p, q and nu."""

    sides: tuple[Lowered, Lowered]
    penalties: tuple[SampledPenalty, ...]

    @property
    def needs_reference(self) -> bool:
        """A penalty is over nu."""
        return any(term.shares[2] for term in self.penalties)

    def __call__(self, D: Field, samples: tuple[Empirical, Empirical, Empirical | None]) -> Float[Tensor, ""]:
        """Ĵ, differentiable in whatever D depends on; samples of p, q and (where needed) nu."""
        pieces = []
        for k, cloud in enumerate(samples):
            terms = [term for term in self.penalties if term.shares[k]]
            if cloud is None or (k == 2 and not terms):
                continue
            value, slope = _value_and_slope(D, cloud.points, any(term.order for term in terms))
            at = self.sides[k](value) if k < 2 else torch.zeros_like(value)
            at = at + sum(term.shares[k] * term(value, slope if term.order else None) for term in terms)
            pieces.append(cloud.weights @ at)
        return torch.stack(pieces).sum()


def _value_and_slope(D: Field, x: Float[Tensor, "n d"], wanted: bool) -> tuple[Tensor, Tensor | None]:
    """D and, where it is wanted, ∇D, both in the graph."""
    if not wanted:
        return D(x), None
    points = x.detach().requires_grad_()
    value = D(points)
    if not value.requires_grad:
        raise Refusal("a gradient penalty needs a field that is differentiable in x", type(D).__name__)
    (slope,) = torch.autograd.grad(value.sum(), points, create_graph=True, materialize_grads=True)
    return value, slope


@cache
def sampled(objective: Objective) -> SampledObjective:
    """The objective as means over samples; a Refusal for penalties that no sample of p, q or nu estimates."""
    real, fake = (lower(_numeric(side), y) for side in (objective.loss.real, objective.loss.fake))
    return SampledObjective((real, fake), tuple(_penalty(t.weight, t.penalty) for t in objective.terms))


def _numeric(side: sp.Expr) -> sp.Expr:
    if side.free_symbols - {y}:
        raise Refusal("a Network needs the loss with numbers", side, "Substitute a number for each parameter.")
    return side


def _penalty(weight: sp.Expr, penalty: GradientPenalty) -> SampledPenalty:
    if penalty.order > 1:
        need = "a Network has penalties of order 0 and 1: higher derivatives of a network are out of reach here"
        raise Refusal(need, penalty, "Use GreensFunction, Collocation or FiniteDifferences.")
    shares = tuple(penalty.over.expand().coeff(density) for density in DENSITIES)
    rest = penalty.over - sum(c * density for c, density in zip(shares, DENSITIES, strict=True))
    if sp.expand(rest) != 0:
        need = "a Network estimates penalties over p, q, nu and sums of them such as (p + q)/2, by means over samples"
        cure = "Use GreensFunction or FiniteDifferences for the Lebesgue measure." if penalty.over == 1 else "Use over=p or q."
        raise Refusal(need, f"a penalty over {penalty.over}", cure)
    scale = number(weight, "the weight λ")
    means = tuple(scale * number(c, "the share of a density") for c in shares)
    return SampledPenalty(means, penalty.order, number(penalty.centre, "the centre K"), penalty.one_sided)  # type: ignore[arg-type]


def interpolates(real: Empirical, fake: Empirical, count: int, generator: torch.Generator) -> Empirical:
    """ux + (1−u)y with independent x of the law `real`, y of `fake`, u uniform. Source: gulrajani2017improved, section 4."""
    x, made = real.sample(count, generator), fake.sample(count, generator)
    u = torch.rand(count, 1, generator=generator, dtype=x.dtype, device=x.device)
    return Empirical(u * x + (1 - u) * made)
