"""Integrating a flow gives a trajectory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import State
from gantheory.integration.method import Method
from gantheory.integration.velocity import Flow, Parts, Remembering, Velocity, finite, parts


@dataclass(frozen=True, eq=False)
class Trajectory:
    """t ↦ x(t) at the output times: t has shape (k,), x has shape (k, …), or is a tuple of such.

    stats: method, order, steps, rejected, evaluations, largest_step, seconds. memory: what a flow with memory holds at the
    end; integrate(flow, path.final, later, memory=path.memory, …) goes on as if it had never stopped.
    """

    t: Tensor
    x: State
    stats: Mapping[str, object]
    memory: tuple[Tensor, ...] = ()

    @property
    def final(self) -> State:
        """x at the last time."""
        return self.x[-1] if isinstance(self.x, Tensor) else tuple(part[-1] for part in self.x)

    def __len__(self) -> int:
        return len(self.t)


def integrate(
    flow: Flow | Remembering,
    x0: object,
    t: object,
    *,
    method: Method | Any,
    observe: Callable[[float, State], object] | None = None,
    memory: tuple[Tensor, ...] = (),
) -> Trajectory:
    """x(t) with ẋ = flow(t, x), x(t[0]) = x0, at the times t.

    Parameters
    ----------
    flow
        (0-dimensional tensor, state) ↦ velocity, of the structure, shapes and dtype of the state. It runs with gradients
        enabled as the caller has them, so it may call torch.autograd.grad itself. A flow with memory has
        freeze(t, state, memory) ↦ (plain flow, memory) instead, called before each step of a fixed-step method, or before
        each flow.repeats of them.
    x0
        A float32 or float64 tensor, or a tuple of them with one dtype and device.
    t
        At least 2 finite times, strictly increasing or decreasing; taken to the dtype and device of x0.
    method
        euler(step), heun(step), rk4(step), rk38(step), dopri5(rtol, atol), or any Method.
    observe
        Called with (t, state) at each output time, in order and as soon as it is reached; what it raises ends the run.
    memory
        What the flow's freeze gets first: () to begin, the memory of a trajectory to go on from there.

    The result is differentiable in x0 and in whatever the flow depends on (discretise, then optimise): each evaluation
    stays in the graph. Wrap the call in torch.no_grad() where neither flow nor caller needs gradients.

    Raises
    ------
    Refusal
        What was given cannot be integrated.
    IntegrationError
        The velocity or the state ceased to be finite, or an adaptive method ran out of steps.
    """
    x = _start(x0)
    times = _times(t, x[0])
    if not isinstance(method, Method):
        need = "integrate takes a method such as euler(0.1), heun(0.1), rk4(0.1) or dopri5()"
        raise Refusal(need, repr(method), "Call one of these functions, and pass what it returns.")
    if getattr(flow, "stochastic", False):
        raise Refusal("integrate follows velocities, functions of time and state alone", "a stochastic flow")
    velocity = Velocity(flow, x0, memory)  # type: ignore[arg-type]
    began = perf_counter()
    path = [x]
    moments: list[float] = times.tolist()
    for i, moment in enumerate(moments):
        if i > 0:
            path.append(method.advance(velocity, path[-1], moments[i - 1], moment))
        if observe is not None:
            observe(moment, velocity.state(path[-1]))
    stacked = tuple(torch.stack(part) for part in zip(*path, strict=True))
    return Trajectory(times, velocity.state(stacked), _stats(method, velocity, perf_counter() - began), velocity.memory)


def _stats(method: Method, velocity: Velocity, seconds: float) -> dict[str, object]:
    return {
        "method": method.name,
        "order": method.order,
        "steps": velocity.steps,
        "rejected": velocity.rejected,
        "evaluations": velocity.evaluations,
        "largest_step": velocity.largest_step,
        "seconds": seconds,
    }


def _start(x0: object) -> Parts:
    """The initial state as a tuple, or a Refusal."""
    need = "a state is a tensor, or a tuple of tensors, of finite numbers in float32 or float64"
    if not isinstance(x0, Tensor) and not (isinstance(x0, tuple) and x0 and all(isinstance(part, Tensor) for part in x0)):
        raise Refusal(need, f"a {type(x0).__name__}", "Use torch.as_tensor, and a tuple for several parts.")
    x = parts(x0)
    if any(part.dtype not in (torch.float32, torch.float64) for part in x):
        given = ", ".join(str(part.dtype).removeprefix("torch.") for part in x)
        raise Refusal(need, given, "Use x0.double(); of a complex state, torch.view_as_real.")
    if len({(part.dtype, part.device) for part in x}) > 1:
        raise Refusal("the parts of a state share one dtype and device", ", ".join(f"{p.dtype} on {p.device}" for p in x))
    if any(part.numel() == 0 for part in x):
        raise Refusal("every part of a state holds at least one number", ", ".join(str(tuple(part.shape)) for part in x))
    if not finite(x):
        count = sum(int((~part.isfinite()).sum()) for part in x)
        raise Refusal(need, f"{count} entries that are NaN or infinite")
    return x


def _times(t: object, like: Tensor) -> Tensor:
    """The output times in the dtype of the state, or a Refusal."""
    if isinstance(t, Tensor) and t.requires_grad:
        raise Refusal("output times are constants", "times that require a gradient", "Use t.detach().")
    times = torch.as_tensor(t, dtype=like.dtype, device=like.device)
    need = f"output times are at least 2 finite numbers, strictly increasing or decreasing in {like.dtype}"
    if times.ndim != 1 or len(times) < 2:
        raise Refusal(need.replace("torch.", ""), f"times of shape {tuple(times.shape)}", "Use t=[0.0, end].")
    gaps = times.diff()
    if not bool(times.isfinite().all()) or not bool((gaps > 0).all() or (gaps < 0).all()):
        raise Refusal(need.replace("torch.", ""), f"{times.tolist()}")
    return times
