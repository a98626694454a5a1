"""Flows between invariant laws, one particle for each orbit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.flows._checks import same_shape
from gantheory.groups import Group
from gantheory.integration import Flow, Remembering


def _refuse_unfit(flow: object, group: object, remembers: bool) -> None:
    if not isinstance(group, Group):
        raise Refusal("a flow is symmetrised over a Group", type(group).__name__, "Use cyclic(4), for example.")
    if isinstance(flow, Remembering) != remembers or not (remembers or callable(flow)):
        cure = "Use symmetrised_flow(flow, group), which tells them apart."
        need = "RememberingSymmetrisedFlow takes a flow with memory, SymmetrisedFlow a function of time and state"
        raise Refusal(need, type(flow).__name__, cure)


@dataclass(frozen=True, eq=False)
class SymmetrisedFlow:
    """ẋ_i = (1/|Σ|) Σ_σ T_σ⁻¹ v(t, Σx)_{σi}: particle i stands for its orbit, and v is the flow of all |Σ|n particles.

    A Flow (t, x) ↦ velocity for x of shape (n, d), representatives of equal weight. Where the flow commutes with the group
    (invariant data, an isometric action), every block of the sum is the same and the orbits follow the full flow exactly;
    else the average takes the invariant part of the velocity. The law of the orbits stays invariant: it is kept, not created.
    """

    flow: Any
    group: Any

    def __post_init__(self) -> None:
        _refuse_unfit(self.flow, self.group, remembers=False)

    @property
    def stochastic(self) -> bool:
        """Whether the flow is."""
        return getattr(self.flow, "stochastic", False)

    def __call__(self, t: Float[Tensor, ""], x: Float[Tensor, "n d"] | Any) -> Float[Tensor, "n d"]:
        """The velocity of every representative."""
        if not isinstance(x, Tensor):
            need = "a SymmetrisedFlow moves one cloud of particles of equal weight, a tensor (n, d)"
            raise Refusal(need, f"a state that is a {type(x).__name__}", "Symmetrise the flow of the positions alone.")
        elements = self.group.acting_on(x)
        orbits = self.group.orbit(x).flatten(0, 1)
        velocity = same_shape(self.flow(t, orbits), orbits, "the flow of orbits").unflatten(0, (self.group.order, len(x)))
        back = elements.mT if self.group.isometric else elements[self.group.inverses.to(x.device)]
        return (velocity @ back.mT).mean(0)


@dataclass(frozen=True, eq=False)
class RememberingSymmetrisedFlow:
    """The same for a flow with memory: it is frozen on the orbits of the representatives."""

    flow: Any
    group: Any

    def __post_init__(self) -> None:
        _refuse_unfit(self.flow, self.group, remembers=True)

    @property
    def repeats(self) -> int:
        """Steps for which the flow stays frozen."""
        return getattr(self.flow, "repeats", 1)

    def freeze(self, t: Tensor, state: Tensor, memory: tuple[Tensor, ...]) -> tuple[Flow, tuple[Tensor, ...]]:
        """The plain flow of the coming steps on representatives, and the memory."""
        frozen, kept = self.flow.freeze(t, self.group.orbit(state).flatten(0, 1), memory)
        return SymmetrisedFlow(frozen, self.group), kept


def symmetrised_flow(flow: Flow | Remembering, group: Group) -> SymmetrisedFlow | RememberingSymmetrisedFlow:
    """The flow on representatives of orbits, with memory where the flow has one."""
    return RememberingSymmetrisedFlow(flow, group) if isinstance(flow, Remembering) else SymmetrisedFlow(flow, group)
