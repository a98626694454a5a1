"""Radial kernels: a SymPy profile φ(r) and its order of conditional positive definiteness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Protocol, runtime_checkable

import sympy as sp
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.kernels._checks import same_dimension
from gantheory.lowering import Lowered, limit_at_zero, lower, tidy
from gantheory.symbolic import bessel_elementary, r, refuse_foreign

s = sp.Symbol("s", positive=True)  # the squared distance, in which gradients need no division


@runtime_checkable
class Kernel(Protocol):
    """k(x, y) with its gradient in x."""

    def __call__(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """The Gram matrix k(x_i, y_j)."""
        ...

    def gradient(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m d"]:
        """∇_x k(x_i, y_j)."""
        ...


def refuse_no_kernel(value: object, need: str, *cures: str) -> None:
    """Refuse what is no Kernel, and a class of them: an instance has parameters."""
    if isinstance(value, type):
        raise Refusal(need, f"the class {value.__name__}", *cures)
    if not isinstance(value, Kernel):
        raise Refusal(need, type(value).__name__, *cures)


@dataclass(frozen=True)
class Radial:
    """k(x, y) = e^{log_scale} φ(√(|x−y|² + ε²)).

    profile: φ, a SymPy expression in gantheory's r. positivity: ℓ, so that k is positive definite on weights whose
    moments of degree < ℓ vanish. log_scale: nonzero only where a constant leaves the float range; values come without it.
    softening: ε ≥ 0, a length. A pair at distance 0 contributes 0 to a value or gradient that has no limit there.
    """

    profile: sp.Expr
    positivity: int = 0
    log_scale: float = 0.0
    softening: float = 0.0

    def __post_init__(self) -> None:
        profile = refuse_foreign(sp.sympify(self.profile, strict=True), r)
        if profile.free_symbols - {r}:
            raise Refusal("a radial profile is an expression in r alone", profile, "Substitute numbers for parameters.")
        if not (isfinite(self.softening) and self.softening >= 0):
            raise Refusal("the softening is a length ≥ 0", self.softening)
        if self.positivity < 0:
            raise Refusal("the order of conditional positive definiteness is ≥ 0", self.positivity)
        lower(profile, r)  # unknown functions are refused now
        object.__setattr__(self, "profile", profile)

    def softened(self, length: float) -> Radial:
        """The same kernel with r replaced by √(r² + ε²): smooth at 0, at a bias of order ε² away from it."""
        return Radial(self.profile, self.positivity, self.log_scale, length)

    def _in_square(self, f: sp.Expr) -> sp.Expr:
        """f(√(s + ε²)), where s = |x−y|²."""
        shift = sp.Rational(repr(float(self.softening))) ** 2 if self.softening else 0
        return f.subs(r, sp.sqrt(s + shift))

    @cached_property
    def squared(self) -> sp.Expr:
        """φ as an expression in s."""
        return self._in_square(bessel_elementary(self.profile))

    @cached_property
    def _pull(self) -> sp.Expr:
        return tidy(sp.diff(bessel_elementary(self.profile), r) / r)

    @cached_property
    def _slope(self) -> sp.Expr:
        return self._in_square(self._pull)

    @cached_property
    def _curvature(self) -> sp.Expr:
        return self._in_square(tidy(sp.diff(self._pull, r) / r))

    @cached_property
    def second_at_zero(self) -> bool:
        """The Hessian of φ(|x|) has a limit at 0: φ′/r has one, and φ″ − φ′/r tends to 0."""
        return limit_at_zero(self._slope, s) is not None and limit_at_zero(s * self._curvature, s) == 0

    @cached_property
    def valid(self) -> sp.Set:
        """The distances at which value and gradient are the formula's own: with 0 where φ has a limit and φ′ tends to 0."""
        own = limit_at_zero(self.squared, s) is not None and limit_at_zero(sp.sqrt(s) * self._slope, s) == 0
        whole = sp.Interval(0, sp.oo) if own else sp.Interval.open(0, sp.oo)
        lost = (interval for f in (self.value, self.slope) for interval in f.lost)
        return whole - sp.Union(*(sp.Interval.open(sp.sqrt(i.start), sp.sqrt(i.end)) for i in lost))

    @cached_property
    def value(self) -> Lowered:
        """φ as a function of s."""
        second = 0.0 if self.second_at_zero else None
        at_zero = (limit_at_zero(self.squared, s) or 0.0, (limit_at_zero(self._slope, s) or 0.0) / 2, second)
        return lower(self.squared, s, at_zero=at_zero)

    @cached_property
    def slope(self) -> Lowered:
        """φ′(r)/r as a function of s: ∇_x k = slope · (x − y)."""
        return lower(self._slope, s, at_zero=(limit_at_zero(self._slope, s) or 0.0, 0.0 if self.second_at_zero else None))

    @cached_property
    def curvature(self) -> Lowered:
        """(φ″ − φ′/r)/r² as a function of s: ∇²_x k = slope · I + curvature · (x−y)(x−y)ᵀ."""
        return lower(self._curvature, s, at_zero=(0.0 if self.second_at_zero else None,))

    def __call__(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """The Gram matrix; differentiable twice in x and y, where second derivatives exist."""
        return self.value(squared_distances(x, y))

    def gradient(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m d"]:
        """∇_x k(x_i, y_j) = φ′(r)/r (x_i − y_j)."""
        return self.slope(squared_distances(x, y))[..., None] * (x[:, None] - y[None])

    def laplacian(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """Δ_x k(x_i, y_j) = n φ′/r + (φ″ − φ′/r)."""
        square = squared_distances(x, y)
        return x.shape[1] * self.slope(square) + square * self.curvature(square)


def squared_distances(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """|x_i − y_j|² by differences, which keeps the digits of close points; no (n, m, d) tensor is made."""
    same_dimension(x, y)
    total = (x[:, 0, None] - y[None, :, 0]).square()
    for k in range(1, x.shape[1]):
        total = total + (x[:, k, None] - y[None, :, k]).square()
    return total
