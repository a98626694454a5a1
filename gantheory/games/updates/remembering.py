"""Updates that remember a velocity: one evaluation a step, extrapolated."""

from __future__ import annotations

import sympy as sp
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.game import Played
from gantheory.games.updates.update import Memory, Update

_STABLE = sp.Interval.open(0, 1 / sp.sqrt(3))


def optimistic(step: float) -> Update:
    """z⁺ = z + 2h v(z) − h v(z₋), z₋ the state before; the first step is Euler's. Order 1. Memory: (v(z₋),).

    Bilinear: ρ² = (1 + √(1−4κ²))/2 for κ ≤ ½, else ¼ + (κ + ½√(4κ²−1))²; least, 1/√2, at κ = ½, where the eigenvalues
    are double and defective; ρ < 1 below 1/√3. Source: daskalakis2018training.
    """
    return Update("optimistic", 1, step, _optimistic, _law, _STABLE, remembers=True)


def extrapolation_from_the_past(step: float) -> Update:
    """w = z + h v(w₋), z⁺ = z + h v(w): extragradient with the velocity at the last w for the first. Order 1.

    The first w₋ is z. Memory: (v(w₋),). The points w are iterates of `optimistic`, so that both have one growth factor.
    Source: gidel2019variational.
    """
    return Update("extrapolation from the past", 1, step, _past, _law, _STABLE, remembers=True)


def _optimistic(game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
    v = game.velocity(z)
    return z + h * (2 * v - _held(memory, v)), (v,)


def _past(game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
    before = memory[0] if memory else game.velocity(z)
    v = game.velocity(z + h * _held((before,), z))
    return z + h * v, (v,)


def _held(memory: Memory, like: Tensor) -> Tensor:
    """The velocity remembered, the one given where there is none yet."""
    if memory and (len(memory) > 1 or memory[0].shape != like.shape):
        given = ", ".join(str(tuple(part.shape)) for part in memory)
        raise Refusal(f"the memory of this update is one velocity of shape {tuple(like.shape)}", given, "Begin with ().")
    return memory[0] if memory else like


def _law(k: sp.Expr) -> sp.Expr:
    complex_pair = sp.sqrt((1 + sp.sqrt(1 - 4 * k**2)) / 2)
    beyond = sp.sqrt(sp.Rational(1, 4) + (k + sp.sqrt(4 * k**2 - 1) / 2) ** 2)
    return sp.Piecewise((complex_pair, k <= sp.Rational(1, 2)), (beyond, True))
