"""Weight clipping: the constraint of the first Wasserstein GAN, as an update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.game import Played, refuse_nobody
from gantheory.games.updates import Memory, Update
from gantheory.games.updates.update import Rule
from gantheory.integration.method import positive


def clipped(update: Update | Any, bound: float, player: int = 1) -> Update:
    """z⁺ of the update, each number of one player then cut to [−c, c], c the bound; the discriminator plays second.

    Order 1, as an integrator of the velocity projected at the bound. Source: arjovsky2017wasserstein, algorithm 1.
    """
    if not isinstance(update, Update):
        raise Refusal(
            "clipping follows an update", f"a {type(update).__name__}", "Use simultaneous(step), which is Euler's method."
        )
    if isinstance(player, bool) or not isinstance(player, int) or player < 0:
        raise Refusal("the player whose numbers are clipped is counted from 0", repr(player))
    rule = _Clipped(update.rule, positive(bound, "the bound of clipping"), player)
    return Update(f"{update.name}, clipped", 1, update.step, rule, remembers=update.remembers)


@dataclass(frozen=True)
class _Clipped:
    rule: Rule
    bound: float
    player: int

    def __call__(self, game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
        z, memory = self.rule(game, z, memory, h)
        refuse_nobody(self.player, game.sizes)
        players = list(z.split(game.sizes, -1))
        players[self.player] = players[self.player].clamp(-self.bound, self.bound)
        return torch.cat(players, -1), memory
