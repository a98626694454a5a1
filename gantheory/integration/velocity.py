"""A flow as a method sees it: checked, counted, on tuples of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import State
from gantheory.integration.errors import IntegrationError

Flow: TypeAlias = Callable[[Tensor, Any], Any]  # (t, state) ↦ velocity, of the structure of the state
Parts: TypeAlias = tuple[Tensor, ...]


@runtime_checkable
class Remembering(Protocol):
    """A flow with memory: a critic, a batch, a generator of noise. Within one step it is a frozen, plain flow.

    memory: a tuple of tensors, empty at first. A flow that has `repeats` is frozen anew every `repeats` steps, else at each.
    """

    def freeze(self, t: Tensor, state: Any, memory: Parts) -> tuple[Flow, Parts]:
        """The flow of the coming steps, and the memory to hand on."""
        ...


class Velocity:
    """(t, x) ↦ flow(t, x), x a tuple also where the state is one tensor; it counts what it costs.

    `steps` are accepted, `rejected` are not, `largest_step` is the longest accepted one; methods write all three, and
    call begin(t, x) before each step: a flow with memory is frozen there.
    """

    def __init__(self, flow: Flow | Remembering, state: State, memory: Parts = ()) -> None:
        self.flow, self.single, self.memory = flow, isinstance(state, Tensor), memory
        self._frozen: Any = flow  # what is followed now
        self._held = 0  # for how many more steps
        self.evaluations = self.steps = self.rejected = 0
        self.largest_step = 0.0
        self.proposed_step: float | None = None  # what an adaptive method would try next

    def __call__(self, t: float | Tensor, x: Parts) -> Parts:
        """The velocity at (t, x); refused unless its structure, shapes and dtype are those of x."""
        self.evaluations += 1
        v = self._frozen(_moment(t, x), self.state(x))
        return _alike(v, self.state(x))

    @property
    def remembers(self) -> bool:
        """The flow has a memory."""
        return isinstance(self.flow, Remembering)

    def begin(self, t: float, x: Parts) -> None:
        """Freeze a flow with memory for the steps to come; nothing to do for any other flow."""
        if not isinstance(self.flow, Remembering):
            return
        if self._held == 0:
            self._frozen, self.memory = self.flow.freeze(_moment(t, x), self.state(x), self.memory)
            self._held = getattr(self.flow, "repeats", 1)
        self._held -= 1

    def state(self, x: Parts) -> State:
        """The state in the caller's structure: the only part, or all of them."""
        return x[0] if self.single else x

    def failure(self, why: str, t: float | Tensor, *cures: str) -> IntegrationError:
        """The error that names the reason and the cost so far."""
        return IntegrationError(why, float(t), self.steps, self.evaluations, *cures)


def parts(state: State) -> Parts:
    """The state as a tuple of tensors."""
    return (state,) if isinstance(state, Tensor) else state


def finite(x: Parts) -> bool:
    """Whether every number of every part is finite."""
    return all(bool(part.isfinite().all()) for part in x)


def _moment(t: float | Tensor, x: Parts) -> Tensor:
    return torch.as_tensor(t, dtype=x[0].dtype, device=x[0].device)


def _alike(velocity: object, state: State) -> Parts:
    found = velocity if isinstance(velocity, tuple) else (velocity,)
    same = isinstance(velocity, tuple) == isinstance(state, tuple) and all(isinstance(v, Tensor) for v in found)
    if same and [_kind(v) for v in found] == [_kind(x) for x in parts(state)]:
        return found
    raise Refusal(
        f"a velocity has the structure, shape, dtype and device of its state, {_described(state)}",
        _described(velocity),
        "Return a tuple where the state is a tuple, and a tensor where it is a tensor.",
    )


def _kind(x: Tensor) -> tuple[torch.Size, torch.dtype, torch.device]:
    return x.shape, x.dtype, x.device


def _described(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a {value.dtype} tensor of shape {tuple(value.shape)} on {value.device}".replace("torch.", "")
    if isinstance(value, tuple):
        return f"the tuple ({', '.join(map(_described, value))})"
    return f"a {type(value).__name__}"
