"""Plain velocities of samples that are held still: springs to targets, constant pushes, and flows that freeze to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import State
from gantheory.flows._checks import same_shape
from gantheory.integration import Flow, Remembering

Parts = tuple[Tensor, ...]


@dataclass(frozen=True, eq=False)
class Spring:
    """ẋ_i = κ (ζ_i − x_i): particle i is drawn to its own target."""

    targets: Float[Tensor, "n d"]
    rate: float = 1.0

    def __call__(self, t: Float[Tensor, ""], state: State) -> State:
        """The velocity of every particle, and 0 for the weights."""
        x = _positions(state)
        if x.shape != self.targets.shape:
            need = f"a flow held for {len(self.targets)} particles moves these"
            raise Refusal(need, f"particles of shape {tuple(x.shape)}")
        return _like(state, self.rate * (self.targets - x))


@dataclass(frozen=True, eq=False)
class Constant:
    """ẋ_i = v_i: particle i keeps its velocity."""

    velocities: Float[Tensor, "n d"]

    def __call__(self, t: Float[Tensor, ""], state: State) -> State:
        """The velocity of every particle, and 0 for the weights."""
        return _like(state, self.velocities)


@dataclass(frozen=True, eq=False)
class Scaled:
    """ẋ = c v(t, x)."""

    flow: Any
    factor: float

    def __call__(self, t: Float[Tensor, ""], state: State) -> State:
        """The velocity of every particle, and 0 for the weights."""
        return _like(state, self.factor * _positions(self.flow(t, state)))


@dataclass(frozen=True, eq=False)
class HeldTargets:
    """Frozen at x, the flow v becomes ẋ′_i = x_i + v_i(x) − x′_i: of a WassersteinFlow of order 2, the plan is frozen.

    Each particle keeps its image wherever it goes, as in the potential ½|x − T(x_i)|² near x_i.
    """

    flow: Any

    def __post_init__(self) -> None:
        _refuse_unfit(self.flow, "HeldTargets")

    def freeze(self, t: Float[Tensor, ""], state: State, memory: Parts) -> tuple[Spring, Parts]:
        """Springs to the images, and the memory of the flow."""
        v, kept = _velocities(self.flow, t, state, memory)
        return Spring(_positions(state) + v), kept


@dataclass(frozen=True, eq=False)
class HeldVelocities:
    """Frozen at x, the flow v becomes ẋ′_i = v_i(x): of a WassersteinFlow of order 1, its potential is frozen along the rays.

    The gradient of a W1 potential is constant on the ray from a particle to its image; beyond the image it is not, and there
    these velocities go on.
    """

    flow: Any

    def __post_init__(self) -> None:
        _refuse_unfit(self.flow, "HeldVelocities")

    def freeze(self, t: Float[Tensor, ""], state: State, memory: Parts) -> tuple[Constant, Parts]:
        """Constant velocities, and the memory of the flow."""
        v, kept = _velocities(self.flow, t, state, memory)
        return Constant(v), kept


def _velocities(flow: Flow | Remembering, t: Tensor, state: State, memory: Parts) -> tuple[Tensor, Parts]:
    """The velocity of every particle now, and the memory."""
    frozen, kept = flow.freeze(t, state, memory) if isinstance(flow, Remembering) else (flow, memory)
    return same_shape(_positions(frozen(t, state)), _positions(state), "the flow that is held at").detach(), kept


def _positions(state: State) -> Tensor:
    return state[0] if isinstance(state, tuple) else state


def _like(state: State, v: Tensor) -> State:
    """The velocity in the structure of the state; further parts rest."""
    return (v, *map(torch.zeros_like, state[1:])) if isinstance(state, tuple) else v


def _refuse_unfit(flow: object, who: str) -> None:
    if not (callable(flow) or isinstance(flow, Remembering)):
        raise Refusal(f"{who} holds a flow (t, x) ↦ velocity", type(flow).__name__)
