"""Updates as they stand in published code, where they are not what their names say."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.game import Played
from gantheory.games.updates.update import Memory, Update
from gantheory.integration import FixedStep


def decoupled(method: FixedStep) -> Update:
    """Each player takes the Runge–Kutta step of its own equation, the others held where they were: order 1 at most.

    The stages of the tableau see the newest value of their own player only. On the bilinear game, where v_i does not depend
    on z_i, every tableau is then Euler's method, ρ = √(1+κ²). This is the notebook of qin2020training; rk4(step) moves all
    players jointly.
    """
    if not isinstance(method, FixedStep):
        given = getattr(method, "name", repr(method))
        raise Refusal("players are decoupled in a Runge–Kutta method of fixed step", given, "Use decoupled(rk4(0.1)).")
    return Update(f"decoupled {method.name}", 1, method.step, _Decoupled(method), lambda k: sp.sqrt(1 + k**2), sp.S.EmptySet)


@dataclass(frozen=True)
class _Decoupled:
    method: FixedStep

    def __call__(self, game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
        moved = [self._player(game, z, player, h) for player in range(len(game.sizes))]
        return torch.cat(moved, -1), memory

    def _player(self, game: Played, z: Tensor, player: int, h: float) -> Tensor:
        own, stages = z.split(game.sizes, -1)[player], list[Tensor]()
        for row in (*self.method.a, self.method.b):
            moved = own + h * sum((w * k for w, k in zip(row, stages, strict=True)), torch.zeros_like(own))
            if len(stages) < self.method.stages:
                parts = list(z.split(game.sizes, -1))
                parts[player] = moved
                stages.append(game.share(torch.cat(parts, -1), player))
        return moved


def euler_heun(step: float) -> FixedStep:
    """x⁺ = x + h/2 (k₁ + k₂), k₂ half a step ahead: Heun's weights on the midpoint's node, which leaves order 1.

    Heun has a₂₁ = 1 beside b = (½, ½), the midpoint rule a₂₁ = ½ beside b = (0, 1). This is "euler_heun" in the notebook of
    qin2020training, applied to all players jointly.
    """
    return FixedStep("euler-heun", 1, step, a=((), (1 / 2,)), b=(1 / 2, 1 / 2), c=(0, 1 / 2))
