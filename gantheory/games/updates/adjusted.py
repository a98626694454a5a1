"""Updates that adjust the velocity by its Jacobian J = ∂v/∂z: consensus and symplectic adjustment."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
import torch
from torch import Tensor

from gantheory._checks import flag
from gantheory.games.game import Played
from gantheory.games.linearised import linearised
from gantheory.games.updates.update import Law, Memory, Update, finite_number
from gantheory.integration.method import positive
from gantheory.objectives.penalty import exact

_EPSILON = 0.1  # the paper's, which keeps the sign positive where the two products are near 0


def consensus(step: float, weight: float) -> Update:
    """z⁺ = z + h (v − γ Jᵀv), γ = weight: every player also descends ½|v|². Order 1 for ż = v − γ Jᵀv.

    At a rest point the field has the Jacobian J − γ JᵀJ. Bilinear: ρ² = (1 − hγc²)² + κ², c = κ/h.
    Source: mescheder2017numerics.
    """
    gamma = finite_number(weight, "the weight of consensus")
    return Update("consensus", 1, step, _Consensus(gamma), *_laws(gamma, step))


@dataclass(frozen=True)
class _Consensus:
    weight: float

    def __call__(self, game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
        here = linearised(game, z)
        return z + h * (here.value - self.weight * here.transposed_times(here.value)), memory


def symplectic_adjustment(step: float, weight: float, *, aligned: bool = False) -> Update:
    """z⁺ = z + h (v + λ A v), A = (J − Jᵀ)/2, λ = weight. Order 1 for ż = v + λ A v. Bilinear: as consensus.

    aligned: λ takes at each state the sign of ⟨v, Jᵀv⟩⟨Av, Jᵀv⟩/n + 0.1, which attracts to stable rest points and repels
    from others; n is the number of coordinates. Source: balduzzi2018mechanics.
    """
    flag(aligned, "aligned")
    lam = finite_number(weight, "the weight of symplectic_adjustment")
    return Update("symplectic adjustment", 1, step, _Adjustment(lam, aligned), *_laws(lam, step))


@dataclass(frozen=True)
class _Adjustment:
    weight: float
    aligned: bool

    def __call__(self, game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
        here = linearised(game, z)
        v = here.value
        transposed = here.transposed_times(v)
        adjustment = (here.times(v) - transposed) / 2
        sign = _alignment(v, transposed, adjustment) if self.aligned else 1.0
        return z + h * (v + self.weight * sign * adjustment), memory


def _alignment(v: Tensor, transposed: Tensor, adjustment: Tensor) -> Tensor:
    """±1 for each state."""
    inner = [(a * transposed).sum(-1, keepdim=True) for a in (v, adjustment)]
    return torch.where(inner[0] * inner[1] / v.shape[-1] + _EPSILON >= 0, 1.0, -1.0).to(v)


def _laws(weight: float, step: float) -> tuple[Law, sp.Set]:
    """ρ² = (1 − (λ/h) κ²)² + κ², and the κ with ρ < 1: those below √(2λ/h − 1) h/λ."""
    ratio = exact(weight, "the weight") / exact(positive(step, "the step"), "the step")
    bounded = sp.Interval.open(0, sp.sqrt(2 * ratio - 1) / ratio) if 2 * ratio > 1 else sp.S.EmptySet
    return lambda k: sp.sqrt((1 - ratio * k**2) ** 2 + k**2), bounded
