"""The bilinear game: the simplest in which rotation, not a slope, drives the players."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.game import Game
from gantheory.integration.method import positive


def bilinear_game(strength: float | Float[Tensor, "n m"]) -> Game:
    """min over x, max over y of ⟨x, C y⟩: ẋ = −C y, ẏ = Cᵀx, with rest at the kernels of Cᵀ and C.

    strength: C, of shape (n, m), for players of n and m numbers; or a number c > 0 for one number each, ẋ = −cy, ẏ = cx,
    whose solutions are circles run through at angular speed c. C takes the dtype and device of the state.
    """
    if not isinstance(strength, Tensor):
        c = positive(strength, "the strength of a bilinear game")
        return Game(lambda x, y: _opposed(c * (x * y).sum()), (1, 1))
    if strength.ndim != 2 or strength.numel() == 0 or not bool(strength.isfinite().all()):
        given = f"a tensor of shape {tuple(strength.shape)}" + ("" if strength.isfinite().all() else " with NaN or infinity")
        raise Refusal("the strength of a bilinear game is a number > 0 or a finite matrix C of shape (n, m)", given)
    n, m = strength.shape
    return Game(lambda x, y: _opposed((x * (strength.to(y) @ y)).sum()), (n, m))


def _opposed(value: Tensor) -> tuple[Tensor, Tensor]:
    """A game of zero sum."""
    return value, -value
