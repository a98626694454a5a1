"""Explicit Runge–Kutta methods of fixed step: tableaux and the one loop that runs them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from gantheory._errors import Refusal
from gantheory.integration.method import equal_steps, positive
from gantheory.integration.velocity import Parts, Velocity, finite

_CONSISTENT = 1e-12  # roundoff of the sums of a tableau's entries


@dataclass(frozen=True)
class FixedStep:
    """x⁺ = x + h Σ_i b_i k_i,  k_i = v(t + c_i h, x + h Σ_{j<i} a_ij k_j): an explicit Runge–Kutta method.

    a: row i holds its i entries, the first row is empty. Each output interval is cut into the fewest equal steps that are
    no longer than `step`, so that steps land on the output times and nothing is interpolated.
    """

    name: str
    order: int
    step: float
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]
    c: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "step", positive(self.step, f"the step of {self.name}"))
        object.__setattr__(self, "a", tuple(tuple(map(float, row)) for row in self.a))
        object.__setattr__(self, "b", tuple(map(float, self.b)))
        object.__setattr__(self, "c", tuple(map(float, self.c)))
        explicit = [len(row) for row in self.a] == list(range(len(self.b))) and len(self.c) == len(self.b)
        if not explicit or _apart(sum(self.b), 1) or any(_apart(sum(a), c) for a, c in zip(self.a, self.c, strict=True)):
            need = "an explicit tableau has i entries in row i = 0, 1, …, of sum c_i, and weights b of sum 1"
            raise Refusal(need, f"a = {self.a}, b = {self.b}, c = {self.c}")

    @property
    def stages(self) -> int:
        """Evaluations of the velocity per step."""
        return len(self.b)

    def advance(self, velocity: Velocity, x: Parts, start: float, end: float) -> Parts:
        """The state at `end`, after equal steps from `start`."""
        count, h = equal_steps(start, end, self.step)
        velocity.largest_step = max(velocity.largest_step, abs(h))
        for i in range(count):
            velocity.begin(start + i * h, x)
            x = self._stepped(velocity, x, [end if i + c == count else start + (i + c) * h for c in self.c], h)
            velocity.steps += 1
        return x

    def _stepped(self, velocity: Velocity, x: Parts, times: list[float], h: float) -> Parts:
        k: list[Parts] = []
        for t, row in zip(times, self.a, strict=True):
            k.append(velocity(t, self._moved(velocity, x, row, k, h, times[0])))
            if not finite(k[-1]):
                raise velocity.failure(f"{self.name}: the velocity is not finite", t, *_cures(self.step))
        return self._moved(velocity, x, self.b, k, h, times[0])

    def _moved(self, velocity: Velocity, x: Parts, weights: Sequence[float], k: list[Parts], h: float, t: float) -> Parts:
        moved = tuple(_combined(part, weights, [stage[n] for stage in k], h) for n, part in enumerate(x))
        if not finite(moved):
            raise velocity.failure(f"{self.name}: the state is not finite", t, *_cures(self.step))
        return moved


def _combined(x: Tensor, weights: Sequence[float], k: list[Tensor], h: float) -> Tensor:
    """x + h Σ w_i k_i, where entries 0 of the tableau cost nothing."""
    terms = [w * stage for w, stage in zip(weights, k, strict=True) if w != 0]
    return x + h * sum(terms[1:], terms[0]) if terms else x


def _apart(left: float, right: float) -> bool:
    return abs(left - right) > _CONSISTENT


def _cures(step: float) -> tuple[str, str]:
    return f"Use a step below {step:g} if the velocity is stiff.", "If it is singular, make it regular or stop earlier."


def euler(step: float) -> FixedStep:
    """x⁺ = x + h v(t, x). Order 1: gradient descent of step h is Euler's method for the gradient flow."""
    return FixedStep("euler", 1, step, a=((),), b=(1,), c=(0,))


def heun(step: float) -> FixedStep:
    """x⁺ = x + h/2 (k₁ + k₂), k₂ at the Euler point. Order 2: the explicit trapezoidal rule."""
    return FixedStep("heun", 2, step, a=((), (1,)), b=(1 / 2, 1 / 2), c=(0, 1))


def rk4(step: float) -> FixedStep:
    """x⁺ = x + h/6 (k₁ + 2k₂ + 2k₃ + k₄). Order 4: the classic tableau, which is not torchdiffeq's "rk4"."""
    a = ((), (1 / 2,), (0, 1 / 2), (0, 0, 1))
    return FixedStep("rk4", 4, step, a, b=(1 / 6, 1 / 3, 1 / 3, 1 / 6), c=(0, 1 / 2, 1 / 2, 1))


def rk38(step: float) -> FixedStep:
    """x⁺ = x + h/8 (k₁ + 3k₂ + 3k₃ + k₄). Order 4: Kutta's 3/8 rule, which is torchdiffeq's "rk4"."""
    a = ((), (1 / 3,), (-1 / 3, 1), (1, -1, 1))
    return FixedStep("rk38", 4, step, a, b=(1 / 8, 3 / 8, 3 / 8, 1 / 8), c=(0, 1 / 3, 2 / 3, 1))
