"""Updates by velocities alone, without memory: simultaneous, two time scales, alternating, extragradient."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import sympy as sp
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.game import Played
from gantheory.games.updates.update import Law, Memory, Update, one_for_each
from gantheory.integration.method import positive
from gantheory.objectives.penalty import exact


def simultaneous(step: float) -> Update:
    """z⁺ = z + h v(z): all players descend at once. Order 1, Euler's method; on the bilinear game ρ = √(1+κ²)."""
    return Update("simultaneous", 1, step, _simultaneous, lambda k: sp.sqrt(1 + k**2), sp.S.EmptySet)


def _simultaneous(game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
    return z + h * game.velocity(z), memory


def two_time_scales(step: float, rates: tuple[float, ...]) -> Update:
    """z_i⁺ = z_i + h r_i v_i(z): a rate for each player. Order 1 for ż_i = r_i v_i; bilinear ρ = √(1 + r₁r₂κ²).

    Source: heusel2017gans.
    """
    _several(rates, "the rates of two_time_scales")
    rates = tuple(positive(rate, "a rate of two_time_scales") for rate in rates)
    law = _pair_law(rates, lambda k: sp.sqrt(1 + k**2))
    return Update("two time scales", 1, step, _Scaled(rates), law, sp.S.EmptySet if law else None)


@dataclass(frozen=True)
class _Scaled:
    rates: tuple[float, ...]

    def __call__(self, game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
        one_for_each(self.rates, game, "the rates")
        scale = torch.cat([z.new_full((n,), rate) for n, rate in zip(game.sizes, self.rates, strict=True)])
        return z + h * scale * game.velocity(z), memory


def alternating(step: float, counts: tuple[int, ...] = (1, 1)) -> Update:
    """z_i ← z_i + h v_i(z), n_i times, player after player, each with the newest z. Order 1 for ż_i = n_i v_i.

    Bilinear: with α = √(n₁n₂) κ, ρ = 1 for α ≤ 2 (bounded below 2, growing linearly at 2), beyond it
    α²/2 − 1 + √((α²/2 − 1)² − 1). Symplectic Euler where all counts are 1. Source: mescheder2018which.
    """
    _several(counts, "the counts of alternating")
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in counts):
        raise Refusal("the counts of alternating are integers ≥ 1", repr(counts), "Write counts=(1, 5).")
    law = _pair_law(counts, _alternating_law)
    stable = sp.Interval.open(0, 2 / sp.sqrt(prod(counts))) if law else None
    return Update("alternating", 1, step, _Alternating(tuple(counts)), law, stable)


@dataclass(frozen=True)
class _Alternating:
    counts: tuple[int, ...]

    def __call__(self, game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
        one_for_each(self.counts, game, "the counts")
        for player, count in enumerate(self.counts):
            for _ in range(count):
                parts = list(z.split(game.sizes, -1))
                parts[player] = parts[player] + h * game.share(z, player)
                z = torch.cat(parts, -1)
        return z, memory


def _alternating_law(k: sp.Expr) -> sp.Expr:
    half = k**2 / 2 - 1
    return sp.Piecewise((sp.S.One, k <= 2), (half + sp.sqrt(half**2 - 1), True))


def extragradient(step: float) -> Update:
    """z⁺ = z + h v(z + h v(z)): the velocity one step ahead. Order 1; bilinear ρ = √(1 − κ² + κ⁴), least at 1/√2.

    Source: korpelevich1976extragradient.
    """
    return Update("extragradient", 1, step, _extragradient, lambda k: sp.sqrt(1 - k**2 + k**4), sp.Interval.open(0, 1))


def _extragradient(game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
    return z + h * game.velocity(z + h * game.velocity(z)), memory


def _several(values: object, what: str) -> None:
    if not isinstance(values, tuple) or not values:
        raise Refusal(f"{what} are a tuple, one number for each player", repr(values))


def _pair_law(factors: tuple[float, ...], law: Law) -> Law | None:
    """κ ↦ law(√(f₁f₂) κ) for two players, None for any other number of them."""
    mean = sp.sqrt(prod(exact(f, "a factor") for f in factors))
    return (lambda k: law(mean * k)) if len(factors) == 2 else None
