"""Dormand and Prince's method of adaptive step: the only use of torchdiffeq."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torchdiffeq import odeint

from gantheory._errors import Refusal
from gantheory.integration.method import positive
from gantheory.integration.norm import Norm, largest
from gantheory.integration.velocity import Parts, Velocity, finite

_FINEST = 4  # an error below 4 eps |x| is roundoff, and no step is short enough for it
_INT32 = 2**31 - 1
_FIRST = (1e-6, 1e-2)  # the first step over the interval: the controller lengthens steps by 10 at most


@dataclass(frozen=True)
class Adaptive:
    """norm(error / (atol + rtol |x|)) ≤ 1 in every step: an embedded pair chooses its steps.

    Steps land on the output times; nothing is interpolated, and the flow is never evaluated outside the interval.
    max_steps bounds accepted and rejected steps together, over all of the trajectory. A trial step that meets a
    non-finite velocity is rejected and shortened.
    """

    name: str
    order: int
    rtol: float
    atol: float
    max_steps: int
    norm: Norm

    def __post_init__(self) -> None:
        object.__setattr__(self, "rtol", positive(self.rtol, f"rtol of {self.name}"))
        object.__setattr__(self, "atol", positive(self.atol, f"atol of {self.name}"))
        if isinstance(self.max_steps, bool) or not isinstance(self.max_steps, int) or self.max_steps < 1:
            raise Refusal(f"max_steps of {self.name} is an integer ≥ 1", repr(self.max_steps))

    def advance(self, velocity: Velocity, x: Parts, start: float, end: float) -> Parts:
        """The state at `end`. Torchdiffeq takes the steps; limits and failures are ours, as its own are assertions."""
        if velocity.remembers:
            need = f"{self.name} chooses its steps from a velocity that is one function of time and state"
            raise Refusal(need, "a flow with memory, which changes with every step", "Use euler(step), or another fixed step.")
        if self.rtol < _FINEST * torch.finfo(x[0].dtype).eps:
            need = f"rtol of {self.name} is at least {_FINEST} eps of the state's {x[0].dtype}".replace("torch.", "")
            raise Refusal(need, self.rtol, "Use a float64 state, or a larger rtol.")
        first = velocity.proposed_step or self._first_step(velocity, x, start, end)
        watch = _Watch(velocity, self)
        times = torch.tensor([start, end], dtype=torch.float64, device=x[0].device)
        options = {
            "norm": lambda parts: _comparable(self.norm(velocity.state(parts))),
            "first_step": first,
            "step_t": times[1:],  # without it the last step runs past the end
            "max_num_steps": min(self.max_steps, _INT32 - 1) + 1,  # per interval; _Watch counts over all of them first
        }
        odeint(watch, x, times, rtol=self.rtol, atol=self.atol, method="dopri5", options=options)
        return watch.x

    def _first_step(self, velocity: Velocity, x: Parts, start: float, end: float) -> float:
        """h = 0.01 |x|/|v| in the scaled norm, bounded. Unlike torchdiffeq's rule it needs no evaluation beyond x."""
        v = velocity(start, x)
        scale = [self.atol + self.rtol * part.abs() for part in x]
        size, speed = (float(_comparable(self.norm(velocity.state(tuple(map(torch.div, y, scale)))))) for y in (x, v))
        least, most = (part * abs(end - start) for part in _FIRST)
        return min(max(0.01 * size / speed, least), most) if speed > 0 else least


def dopri5(rtol: float = 1e-6, atol: float = 1e-8, *, max_steps: int = 10_000, norm: Norm = largest) -> Adaptive:
    """The pair of orders 5 and 4 of Dormand and Prince (1980), continued with order 5; 6 evaluations per step."""
    return Adaptive("dopri5", 5, rtol, atol, max_steps, norm)


class _Watch:
    """The velocity as torchdiffeq calls it, with its callbacks: counts steps, and stops where it would go astray.

    x is the state last evaluated. The last stage of this pair is the next state (c_sol = beta[-1]), so that after an
    accepted step x is its end, exactly; torchdiffeq's value there is an interpolant, off by some 20 eps |x|.
    """

    def __init__(self, velocity: Velocity, method: Adaptive) -> None:
        self.velocity, self.method = velocity, method
        self.x: Parts = ()
        self.broken = False  # whether the trial step met something not finite
        self.trouble = ""  # what that was, until a step is accepted

    def __call__(self, t: Tensor, x: Parts) -> Parts:
        """The velocity; NaN for the rest of a broken trial step, which is thereby rejected."""
        first, self.x = not self.x, x
        v = x if self.broken or not finite(x) else self.velocity(t, x)
        if not self.broken and not finite(v):
            if first:
                raise self.velocity.failure(f"{self.method.name}: the velocity is not finite", t)
            what = "state" if v is x else "velocity"
            self.broken, self.trouble = True, f"the {what} is not finite near t = {float(t):.9g}: "
        return tuple(torch.full_like(part, torch.nan) for part in x) if self.broken else v

    def callback_step(self, t: Tensor, x: Parts, dt: Tensor) -> None:
        """Before a trial step."""
        tally, method = self.velocity, self.method
        self.broken = False
        given = f"rtol = {method.rtol:g}, atol = {method.atol:g}, step {float(dt):.3g}"
        if tally.steps + tally.rejected >= method.max_steps:
            why = f"{method.name}: {self.trouble}max_steps = {method.max_steps} exceeded ({given})"
            raise tally.failure(why, t, "Use a larger max_steps, or looser tolerances.", *_CAUSES)
        if abs(float(t)) + float(dt) == abs(float(t)) or not float(dt) > 0:
            raise tally.failure(f"{method.name}: {self.trouble}the step underflows ({given})", t, *_CAUSES)
        tally.proposed_step = float(dt)

    def callback_accept_step(self, t: Tensor, x: Parts, dt: Tensor) -> None:
        """After a step that is kept."""
        self.velocity.steps += 1
        self.velocity.largest_step = max(self.velocity.largest_step, float(dt))
        self.trouble = ""

    def callback_reject_step(self, t: Tensor, x: Parts, dt: Tensor) -> None:
        """After a step that is not."""
        self.velocity.rejected += 1


_CAUSES = ("Steps shrink where the velocity is discontinuous, stiff or singular: smooth it, stop earlier, or use rk4(step).",)


def _comparable(ratio: Tensor) -> Tensor:
    """The error with NaN read as +∞ (rejected, and shortened), outside the graph: steps carry no gradient."""
    return ratio.detach().nan_to_num(nan=torch.inf, posinf=torch.inf)
