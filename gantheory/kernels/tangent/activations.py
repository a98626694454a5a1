"""Activations as data: φ, and its dual Σ̂ = E φ(u)φ(v) for centred normal (u, v) of given covariance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite, pi
from typing import Any, Protocol, runtime_checkable

import sympy as sp
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.kernels.zonal import Pair, root
from gantheory.lowering import Lowered, lower

u = sp.Symbol("u", real=True)
k11, k22, gap, area = sp.symbols("k11 k22 gap area", nonnegative=True)
k12 = sp.Symbol("k12", real=True)
"""The covariance of (u, v), with gap = k11 + k22 − 2 k12 and area = k11 k22 − k12², which are exact for close points."""

SHORT = 10**4  # numerators and denominators of numbers that stay exact
SMALL = 0.2  # angles below which sin θ − θ cos θ is summed as a series


@runtime_checkable
class Activation(Protocol):
    """What one layer does to a pair of Gaussian features."""

    @property
    def function(self) -> sp.Expr:
        """φ, an expression in u."""
        ...

    def __call__(self, features: Pair) -> tuple[Pair, Tensor]:
        """The pair with covariance Σ̂, and Σ̇ = E φ′(u)φ′(v)."""
        ...


@dataclass(frozen=True)
class Dual:
    """A smooth φ by the expression of its dual: covariance, in k11, k22, k12, gap and area.

    slope: Σ̇ = dΣ̂/dk12 (Price's theorem), derived where it is not given, as is the diagonal. Digits of gap and area are kept
    by the absolute size of the features, which is enough where Σ̂ is smooth at u = v.
    """

    function: Any
    covariance: Any
    slope: Any = None

    def __post_init__(self) -> None:
        if self.slope is None and isinstance(self.covariance, sp.Expr):
            object.__setattr__(self, "slope", derived_slope(self.covariance))
        pairs = {k11, k22, k12, gap, area}
        for what, allowed in (("function", {u}), ("covariance", pairs), ("slope", pairs)):
            expression = getattr(self, what)
            if not isinstance(expression, sp.Expr) or expression.free_symbols - allowed:
                names = ", ".join(sorted(map(str, allowed)))
                raise Refusal(f"Dual.{what} is a SymPy expression in {names}", repr(expression), "Substitute numbers.")
        if not self.covariance.free_symbols:
            raise Refusal("a dual activation depends on the covariance", self.covariance, "Use an activation that varies.")
        lower(self.function, u)  # what cannot be lowered is refused now
        _ = self._covariance, self._slope

    @cached_property
    def diagonal(self) -> sp.Expr:
        """Σ̂ at u = v, in k11."""
        return self.covariance.subs({k22: k11, k12: k11, gap: 0, area: 0})

    @cached_property
    def _covariance(self) -> Lowered:
        return lower(self.covariance, k11, k22, k12, gap, area)

    @cached_property
    def _slope(self) -> Lowered:
        return lower(self.slope, k11, k22, k12, gap, area)

    @cached_property
    def _diagonal(self) -> Lowered:
        return lower(self.diagonal.subs(k11, u), u)

    def __call__(self, features: Pair) -> tuple[Pair, Tensor]:
        """Σ̂ and Σ̇."""
        values = (features.k11, features.k22, features.k12, features.gap, features.area)
        cross, slope = self._covariance.raw(*values), self._slope.raw(*values)
        one, two = (self._diagonal.raw(part) for part in values[:2])
        made = Pair(one, two, cross, one + two - 2 * cross, one * two - cross.square(), features.dim)
        return made, slope


def derived_slope(covariance: sp.Expr) -> sp.Expr:
    """dΣ̂/dk12, gap and area being functions of k12."""
    by = covariance.diff
    return sp.simplify(by(k12) - 2 * by(gap) - 2 * k12 * by(area))


@dataclass(frozen=True)
class Rectified:
    """max(0, u): Σ̂ = (S + (π−θ) k12)/2π and Σ̇ = (π−θ)/2π, with S = √area and θ = atan2(S, k12).

    Angles come from atan2, so that they are right to their last digits at u = v, where an arccos keeps half of them.
    Where a feature is 0, which needs a network without bias at x = 0, values are right and derivatives are set to 0.
    Source: cho2009kernel, section 2.
    """

    @property
    def function(self) -> sp.Expr:
        """φ."""
        return sp.Max(0, u)

    def __call__(self, features: Pair) -> tuple[Pair, Tensor]:
        """Σ̂ and Σ̇; gap and area of the new pair by sums and products of positive terms."""
        a, b, c = features.k11, features.k22, features.k12
        sine, size = root(features.area), root(a * b)
        angle = torch.atan2(sine, torch.where(size > 0, c, 1.0))
        acute = c > 0
        apart = torch.where(acute, features.area / torch.where(acute, size + c, 1.0), size - c)  # |u||v| − u·v
        excess = apart - _lag(angle, sine, c, size) / pi  # |u||v| (1 − cos of the new angle)
        slope = torch.where(size > 0, (pi - angle) / (2 * pi), 0.0)
        cross = slope * c + sine / (2 * pi)
        total = a + b + 2 * size
        lengths = (a - b).square() / torch.where(total > 0, total, 1.0)  # (|u| − |v|)²
        made = Pair(a / 2, b / 2, cross, lengths / 2 + excess, excess * (size / 2 + cross) / 2, features.dim)
        return made, slope


def _lag(angle: Tensor, sine: Tensor, inner: Tensor, size: Tensor) -> Tensor:
    """|u||v| (sin θ − θ cos θ), by its series θ³/3 − θ⁵/30 + … for small θ."""
    s = angle.square()
    series = 1 / 3 + s * (-1 / 30 + s * (1 / 840 + s * (-1 / 45360 + s / 3991680)))
    return torch.where(angle < SMALL, size * angle * s * series, sine - angle * inner)


def _number(value: object, what: str) -> sp.Expr:
    """The value as a SymPy number: exact if it is short, for fractions of many digits overflow when they are multiplied out."""
    if isinstance(value, sp.Expr) and value.is_number and value.is_real:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise Refusal(f"{what} of an activation is a finite number", repr(value))
    exact = sp.Rational(repr(float(value)))
    return exact if exact.q <= SHORT and abs(exact.p) <= SHORT else sp.Float(float(value), 17)


def _nonzero(value: object, what: str) -> sp.Expr:
    number = _number(value, what)
    if number == 0:
        raise Refusal(f"{what} of an activation is not 0", repr(value))
    return number


def erf_activation(scale: object = 1, rate: object = 1, shift: object = 0) -> Dual:
    """a erf(b u) + c: Σ̂ = (2a²/π) arcsin(2b² k12/√((1 + 2b² k11)(1 + 2b² k22))) + c². Source: williams1997computing."""
    a, b, c = _nonzero(scale, "the scale"), _nonzero(rate, "the rate"), _number(shift, "the shift")
    side = sp.sqrt(1 + 2 * b**2 * (k11 + k22) + 4 * b**4 * area)  # of the triangle whose angle the arcsine is
    covariance = 2 * a**2 / sp.pi * sp.atan(2 * b**2 * k12 / side) + c**2
    return Dual(a * sp.erf(b * u) + c, covariance, 4 * a**2 * b**2 / (sp.pi * side))


def sine_activation(scale: object = 1, rate: object = 1, phase: object = 0) -> Dual:
    """a sin(b u + c): Σ̂ = (a²/2) (e^{−b² gap/2} − cos(2c) e^{−b² (k11 + k22 + 2 k12)/2})."""
    a, b, c = _nonzero(scale, "the scale"), _nonzero(rate, "the rate"), _number(phase, "the phase")
    near, far = sp.exp(-(b**2) * gap / 2), sp.cos(2 * c) * sp.exp(-(b**2) * (k11 + k22 + 2 * k12) / 2)
    return Dual(a * sp.sin(b * u + c), a**2 / 2 * (near - far), a**2 * b**2 / 2 * (near + far))


def rbf_activation(rate: object) -> Dual:
    """√2 sin(√(2γ) u + π/4): Σ̂ = e^{−γ gap}, a Gaussian kernel of the features; rate: γ > 0."""
    gamma = _nonzero(rate, "the rate")
    if gamma < 0:
        raise Refusal("the rate of an RBF activation is > 0", repr(rate))
    return sine_activation(sp.sqrt(2), sp.sqrt(2 * gamma), sp.pi / 4)


def gaussian_activation(scale: object = 1, rate: object = -1) -> Dual:
    """a e^{b u²}: Σ̂ = a²/√((1 − 2b k11)(1 − 2b k22) − 4b² k12²); rate: b < 0."""
    a, b = _nonzero(scale, "the scale"), _nonzero(rate, "the rate")
    if b > 0:
        raise Refusal("the rate of a Gaussian activation is < 0", repr(rate), "Its dual is infinite otherwise.")
    square = 1 - 2 * b * (k11 + k22) + 4 * b**2 * area
    return Dual(a * sp.exp(b * u**2), a**2 / sp.sqrt(square), 4 * a**2 * b**2 * k12 / sp.sqrt(square) ** 3)


RELU = Rectified()
"""max(0, u), without the gain √2."""

ERF = erf_activation()
"""erf(u)."""

SIGMOID_LIKE = erf_activation(0.5, 1 / 2.4020563531719796, 0.5)
"""½ erf(u/2.402…) + ½, close to the logistic function."""
