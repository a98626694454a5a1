"""A game: every player has a loss of its own, and moves down its own gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal


class NotFinite(Refusal):
    """A loss or its gradient is NaN or infinite: `what` it is, and its `value`."""

    def __init__(self, what: str, value: float) -> None:
        self.what, self.value = what, value
        cure = "Look for log, sqrt or division at 0 and for overflow, and use a smaller step if the players ran away."
        super().__init__(f"{what} is finite", f"{value:g}", cure)


@runtime_checkable
class Played(Protocol):
    """What an update moves: a vector field whose coordinates belong to players, one player after another."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many numbers each player holds."""
        ...

    def velocity(self, z: Float[Tensor, "*b n"]) -> Float[Tensor, "*b n"]:
        """The velocity of all players."""
        ...

    def share(self, z: Float[Tensor, "*b n"], player: int) -> Float[Tensor, "*b m"]:
        """The velocity of one player, counted from 0."""
        ...


@dataclass(frozen=True, eq=False)
class Game:
    """v(z) = (−∇_{z_i} ℓ_i(z_1, …, z_k))_i: each player descends its own loss. A Flow (t, z) ↦ v(z).

    losses: (z_1, …, z_k) ↦ (ℓ_1, …, ℓ_k), scalar tensors, where player z_i is a flat tensor of sizes[i] numbers; the state z
    holds the players one after another. A batch of states (b, n) moves row by row; the losses then run under torch.vmap and
    must not branch on values. v is differentiable in z, by autograd, where z requires a gradient.

    velocity and share refuse a loss that is not finite, and one in which its own player does not appear: a player that shall
    stay where it is has the loss 0 * z_i.sum(). As a flow, a game leaves it to integrate to find NaN, and to say when.

    >>> game = Game(lambda x, y: ((x * y).sum(), -(x * y).sum()), (1, 1))
    >>> game.velocity(torch.tensor([3.0, 1.0]))
    tensor([-1.,  3.])
    """

    losses: Callable[..., Any]
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", _sized(self.sizes))
        if not callable(self.losses):
            raise Refusal("losses of a Game are a function of its players", f"a {type(self.losses).__name__}")

    def __call__(self, t: Float[Tensor, ""], z: Float[Tensor, "*b n"]) -> Float[Tensor, "*b n"]:
        """The velocity of all players, not looked through for NaN."""
        return torch.cat(self._descents(z, range(len(self.sizes)), looked_through=False), -1)

    def velocity(self, z: Float[Tensor, "*b n"]) -> Float[Tensor, "*b n"]:
        """(−∇_{z_i} ℓ_i)_i at one state, or at each row of a batch."""
        return torch.cat(self._descents(z, range(len(self.sizes)), looked_through=True), -1)

    def share(self, z: Float[Tensor, "*b n"], player: int) -> Float[Tensor, "*b m"]:
        """−∇_{z_i} ℓ_i for the one player i, counted from 0."""
        refuse_nobody(player, self.sizes)
        return self._descents(z, (player,), looked_through=True)[0]

    def players(self, z: Float[Tensor, "*b n"]) -> tuple[Float[Tensor, "*b _"], ...]:
        """The state cut into its players."""
        self._refuse_strange(z)
        return z.split(self.sizes, -1)

    def _descents(self, z: Tensor, wanted: Sequence[int], *, looked_through: bool) -> list[Tensor]:
        self._refuse_strange(z)
        differentiable = z.requires_grad and torch.is_grad_enabled()
        with torch.enable_grad():
            players = (z if differentiable else z.detach().requires_grad_()).split(self.sizes, -1)
            losses = torch.vmap(self._values)(*players) if z.ndim == 2 else self._values(*players)
            found = [_descent(losses[i], players[i], i, differentiable) for i in wanted]
        if looked_through:
            for i, v in zip(wanted, found, strict=True):
                _finite(losses[i], f"the loss of player {i + 1}")
                _finite(v, f"the gradient of the loss of player {i + 1}")
        return found

    def _values(self, *players: Tensor) -> tuple[Tensor, ...]:
        found = self.losses(*players)
        if (
            isinstance(found, tuple | list)
            and len(found) == len(players)
            and all(isinstance(loss, Tensor) and loss.ndim == 0 for loss in found)
        ):
            return tuple(found)
        need = f"the losses of {len(players)} players are a tuple of {len(players)} scalar tensors, one for each"
        raise Refusal(need, _described(found), "Return one loss for each player, in their order, each reduced by .sum().")

    def _refuse_strange(self, z: Tensor) -> None:
        n = sum(self.sizes)
        if not isinstance(z, Tensor) or z.ndim not in (1, 2) or z.shape[-1] != n or z.shape[0] == 0:
            need = (
                f"a state of players of sizes {self.sizes} is a tensor of shape ({n},), a batch of them one of shape (b, {n})"
            )
            raise Refusal(need, _described(z), "Use torch.cat(players, -1).")


def refuse_nobody(player: object, sizes: tuple[int, ...]) -> None:
    """Refuse what is not the number of a player."""
    if isinstance(player, bool) or not isinstance(player, int) or not 0 <= player < len(sizes):
        raise Refusal(f"this game has the players 0 to {len(sizes) - 1}", repr(player))


def _sized(sizes: object) -> tuple[int, ...]:
    """The sizes of the players as a tuple of integers ≥ 1, or a Refusal."""
    whole = isinstance(sizes, tuple | list) and len(sizes) > 0
    if not whole or any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in sizes):  # type: ignore[attr-defined]
        raise Refusal("the sizes of the players are integers ≥ 1, at least one of them", repr(sizes), "Write sizes=(2, 3).")
    return tuple(sizes)  # type: ignore[arg-type]


def _descent(loss: Tensor, player: Tensor, i: int, differentiable: bool) -> Tensor:
    slope = None
    if loss.requires_grad:
        (slope,) = torch.autograd.grad(loss.sum(), player, create_graph=differentiable, retain_graph=True, allow_unused=True)
    if slope is None:
        need = f"the loss of player {i + 1} depends differentiably on player {i + 1}"
        cure = "Look for .detach(), .item() or torch.tensor(…) in the losses, and for their order."
        raise Refusal(need, "one in which that player does not appear", cure)
    return -slope


def _finite(value: Tensor, what: str) -> None:
    if not value.is_meta and not bool(value.isfinite().all()):
        raise NotFinite(what, float(value.detach()[~value.isfinite()].flatten()[0]))


def _described(found: object) -> str:
    if isinstance(found, tuple | list):
        shapes = [f"shape {tuple(part.shape)}" if isinstance(part, Tensor) else f"a {type(part).__name__}" for part in found]
        return f"{len(found)}: {', '.join(shapes) or 'none'}"
    return f"a tensor of shape {tuple(found.shape)}" if isinstance(found, Tensor) else f"a {type(found).__name__}"
