"""A velocity with its derivative at one state: dense, and times a vector from either side."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory.games.game import Played


@dataclass(frozen=True, eq=False)
class Linearised:
    """v(z) and J = ∂v/∂z at z, from one evaluation of the game; at each row of a batch of states.

    differentiable: whether what it returns keeps a graph in z, for one derivative more.
    """

    state: Float[Tensor, "*b n"]
    velocity: Float[Tensor, "*b n"]
    differentiable: bool

    @property
    def value(self) -> Float[Tensor, "*b n"]:
        """v(z)."""
        return self.velocity if self.differentiable else self.velocity.detach()

    @property
    def matrix(self) -> Float[Tensor, "*b n n"]:
        """J, row i the gradient of v_i: n backward passes."""
        rows = range(self.state.shape[-1])
        with torch.enable_grad():
            return torch.stack([_pulled(self.velocity[..., i].sum(), self.state, None, self.differentiable) for i in rows], -2)

    def transposed_times(self, direction: Float[Tensor, "*b n"]) -> Float[Tensor, "*b n"]:
        """Jᵀu for a direction u: one backward pass."""
        return _pulled(self.velocity, self.state, direction, self.differentiable)

    def times(self, direction: Float[Tensor, "*b n"]) -> Float[Tensor, "*b n"]:
        """J u for a direction u: the derivative in w of Jᵀw, which is linear in w."""
        with torch.enable_grad():
            w = torch.zeros_like(self.velocity, requires_grad=True)
            transposed = _pulled(self.velocity, self.state, w, True)
        return _pulled(transposed, w, direction, self.differentiable)


def linearised(game: Played, z: Float[Tensor, "*b n"]) -> Linearised:
    """v(z) and ∂v/∂z at z. Differentiable in z once more where z requires a gradient."""
    differentiable = z.requires_grad and torch.is_grad_enabled()
    with torch.enable_grad():
        state = z if z.requires_grad else z.detach().requires_grad_()
        return Linearised(state, game.velocity(state), differentiable)


def jacobian(game: Played, z: Float[Tensor, "*b n"]) -> Float[Tensor, "*b n n"]:
    """J = ∂v/∂z, dense: at one state, or at each row of a batch. Differentiable where z requires a gradient."""
    return linearised(game, z).matrix


def _pulled(v: Tensor, state: Tensor, direction: Tensor | None, differentiable: bool) -> Tensor:
    """The gradient of ⟨v, direction⟩ in the state; 0 where v does not depend on it."""
    if not v.requires_grad:
        return torch.zeros_like(state)
    found = torch.autograd.grad(v, state, direction, create_graph=differentiable, retain_graph=True, materialize_grads=True)
    return found[0]
