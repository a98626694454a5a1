"""Networks as the players of a game."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gantheory._errors import Refusal
from gantheory._modules import Parametric
from gantheory.games.game import Game


@dataclass(frozen=True, eq=False)
class ModuleGame:
    """Player i is the flattened parameters of network i; losses: (f_1, …, f_k) ↦ (ℓ_1, …, ℓ_k), f_i: input ↦ output.

    `game` is the Game, `start` the state of the modules as they stand; functions(z) are the networks at a state, and load(z)
    writes it into the modules. Data that the losses need is closed over: one batch, the same at each evaluation.
    """

    losses: Callable[..., Any]
    networks: tuple[Parametric, ...]

    @cached_property
    def game(self) -> Game:
        """The game of the flattened parameters."""
        return Game(lambda *players: self.losses(*self._functions(players)), tuple(map(_count, self.networks)))

    @property
    def start(self) -> Float[Tensor, " n"]:
        """The parameters of the modules, one network after another."""
        return torch.cat([part.reshape(-1) for network in self.networks for part in network.parameters])

    def functions(self, z: Float[Tensor, " n"]) -> tuple[Callable[..., Tensor], ...]:
        """The networks with the parameters of z."""
        return self._functions(self.game.players(z))

    def load(self, z: Float[Tensor, " n"]) -> None:
        """Copy the state into the modules."""
        for network, player in zip(self.networks, self.game.players(z), strict=True):
            network.load(_unflattened(network, player))

    def _functions(self, players: tuple[Tensor, ...]) -> tuple[Callable[..., Tensor], ...]:
        pairs = zip(self.networks, players, strict=True)
        return tuple(partial(network, _unflattened(network, player)) for network, player in pairs)


def module_game(losses: Callable[..., Any], *modules: nn.Module) -> ModuleGame:
    """The game of networks that minimise ℓ_i(f_1, …, f_k), each over its own parameters.

    Refused: modules that are no function of their parameters (batch normalisation), that share a parameter, or that differ in
    dtype or device.
    """
    if not modules:
        raise Refusal(
            "a game of networks has at least one player", "no module", "Write module_game(losses, generator, discriminator)."
        )
    networks = tuple(map(Parametric, modules))
    held = [part for module in modules for part in module.parameters() if part.requires_grad]
    kinds = {(part.dtype, part.device) for part in held}
    if len(kinds) > 1:
        given = ", ".join(sorted(f"{dtype} on {device}".removeprefix("torch.") for dtype, device in kinds))
        raise Refusal("the networks of a game share one dtype and device", given, "Call .to(…) on them first.")
    if len({id(part) for part in held}) < len(held):
        raise Refusal("each parameter belongs to one player", "modules that share a parameter", "Copy one with copy.deepcopy.")
    return ModuleGame(losses, networks)


def _count(network: Parametric) -> int:
    return sum(part.numel() for part in network.parameters)


def _unflattened(network: Parametric, player: Tensor) -> tuple[Tensor, ...]:
    shapes = [part.shape for part in network.parameters]
    return tuple(part.view(shape) for part, shape in zip(player.split([s.numel() for s in shapes]), shapes, strict=True))
