"""Optimisers as data: pure functions of parameters, gradients and moments, so that a training's state is a tuple of tensors."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from numbers import Real
from typing import Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor

from gantheory._errors import Refusal

Parts: TypeAlias = tuple[Tensor, ...]


@runtime_checkable
class Optimiser(Protocol):
    """A map (θ, ∇J, moments) ↦ (θ⁺, moments⁺)."""

    def moments(self, parameters: Parts) -> Parts:
        """What the first step starts from."""
        ...

    def stepped(self, parameters: Parts, gradient: Parts, moments: Parts) -> tuple[Parts, Parts]:
        """θ⁺ and the moments after one step."""
        ...


@dataclass(frozen=True)
class GradientDescent:
    """θ⁺ = θ − η ∇J(θ): Euler's method of step η for the gradient flow of J. It has no moments."""

    rate: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", _between(self.rate, inf, "the rate η of GradientDescent"))

    def moments(self, parameters: Parts) -> Parts:
        """None."""
        return ()

    def stepped(self, parameters: Parts, gradient: Parts, moments: Parts) -> tuple[Parts, Parts]:
        """θ − η ∇J."""
        return tuple(p - self.rate * g for p, g in zip(parameters, gradient, strict=True)), ()


@dataclass(frozen=True)
class Adam:
    """θ⁺ = θ − η m̂ / (√v̂ + ε), with m and v the running means of g and g² by the factors β₁, β₂, divided by 1 − βᵏ.

    The first steps are η sign(g) whatever the size of J: a factor of the objective changes nothing but the role of ε.
    Moments: the count k, then m, then v. Source: kingma2015adam, algorithm 1.
    """

    rate: float = 1e-3
    first: float = 0.9
    second: float = 0.999
    guard: float = 1e-8

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", _between(self.rate, inf, "the rate η of Adam"))
        object.__setattr__(self, "first", _between(self.first, 1, "the factor β₁ of Adam", zero=True))
        object.__setattr__(self, "second", _between(self.second, 1, "the factor β₂ of Adam", zero=True))
        object.__setattr__(self, "guard", _between(self.guard, inf, "the guard ε of Adam"))

    def moments(self, parameters: Parts) -> Parts:
        """0 steps, and zeros for both means."""
        return (parameters[0].new_zeros(()), *map(torch.zeros_like, parameters), *map(torch.zeros_like, parameters))

    def stepped(self, parameters: Parts, gradient: Parts, moments: Parts) -> tuple[Parts, Parts]:
        """θ⁺, and k + 1, m⁺, v⁺."""
        k, n = moments[0] + 1, len(parameters)
        m = tuple(self.first * old + (1 - self.first) * g for old, g in zip(moments[1 : n + 1], gradient, strict=True))
        v = tuple(self.second * old + (1 - self.second) * g * g for old, g in zip(moments[n + 1 :], gradient, strict=True))
        scale, spread = self.rate / (1 - self.first**k), (1 - self.second**k).sqrt()
        moved = (p - scale * a / (b.sqrt() / spread + self.guard) for p, a, b in zip(parameters, m, v, strict=True))
        return tuple(moved), (k, *m, *v)


def _between(value: object, above: float, what: str, *, zero: bool = False) -> float:
    """The value as a float in (0, above), or in [0, above)."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    inside = number and (value > 0 or (zero and value == 0)) and value < above  # type: ignore[operator]
    if not inside:
        span = f"in {'[' if zero else '('}0, {above:g})" if above < inf else "> 0 and finite"
        raise Refusal(f"{what} is a number {span}", repr(value))
    return float(value)  # type: ignore[arg-type]
