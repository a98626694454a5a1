"""Pointwise: the discriminator without a penalty."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.lowering import Lowered, lower
from gantheory.measures import Density, Empirical, Measure
from gantheory.objectives import Objective
from gantheory.symbolic import p, q

u = sp.Symbol("u", real=True)  # log p/q


@dataclass(frozen=True, eq=False)
class PointwiseField:
    """D*(p(x), q(x)), D* homogeneous of degree 0: it depends on u = log p − log q alone."""

    optimum: sp.Expr
    real: Density
    fake: Density
    stats: dict[str, Any]

    @cached_property
    def _in_logarithm(self) -> Lowered | None:
        """D* as a polynomial in u, where it is one: log p/q must not pass through densities that underflow."""
        found = sp.expand(sp.expand_log(self.optimum.subs({p: sp.exp(u), q: 1})))
        return lower(found, u) if found.is_polynomial(u) else None

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values; differentiable where the densities are."""
        logs = self._logarithms(x)
        found = (
            lower(self.optimum, p, q)(*_shared(logs)) if self._in_logarithm is None else self._in_logarithm(logs[0] - logs[1])
        )
        return _finite(found, self.optimum)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """p ∂D*/∂p (∇ log p − ∇ log q); differentiable where the densities and scores are."""
        slope = sp.simplify(p * sp.diff(self.optimum, p))
        if slope.has(sp.DiracDelta, sp.Derivative) or (slope == 0 and self.optimum.has(p, q)):
            need = "a gradient needs an optimal D that moves with the ratio of the densities"
            raise Refusal(need, f"D* = {self.optimum}, locally constant", "Add a GradientPenalty, or use a smooth loss.")
        scale = lower(slope, p, q)(*_shared(self._logarithms(x)))
        return _finite(scale[:, None] * (self.real.score(x) - self.fake.score(x)), self.optimum)

    def _logarithms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """log p and log q."""
        a, b = (_log_density(law, x) for law in (self.real, self.fake))
        if bool((a.isneginf() & b.isneginf()).any() | a.isnan().any() | b.isnan().any()):
            raise Refusal("D* is determined where p + q > 0", "a point where both densities are 0 or NaN")
        return a, b


def _log_density(law: Density, x: Tensor) -> Tensor:
    own = getattr(law, "log_density", None)
    values: Any = law.density(x) if own is None else own(x)
    if not isinstance(values, Tensor) or values.shape != x.shape[:1]:
        given = f"{type(values).__name__} of shape {tuple(getattr(values, 'shape', ()))}"
        raise Refusal(f"a density gives a torch tensor of shape ({len(x)},)", given, "Write it with torch functions.")
    return values.log() if own is None else values


def _shared(logs: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """(p, q)/max(p, q): the larger of the two is 1."""
    top = torch.maximum(*logs).detach()
    return (logs[0] - top).exp(), (logs[1] - top).exp()


def _finite(values: Tensor, optimum: sp.Expr) -> Tensor:
    if not bool(values.isfinite().all()):
        raise Refusal("D* is finite", f"{optimum} where one density vanishes beside the other", "Stay where both are positive.")
    return values


@dataclass(frozen=True)
class Pointwise:
    """D*(x) = argmin_y p(x) ℓ_real(y) + q(x) ℓ_fake(y): no penalty, densities known."""

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> PointwiseField:
        """The discriminator as a Field, with the loss's own optimum as a formula."""
        if objective.terms:
            cure = "Use FourierSeries or FiniteDifferences."
            raise Refusal("Pointwise solves objectives without a penalty", f"{objective}", cure)
        for side, law in (("real", real), ("fake", fake)):
            if isinstance(law, Empirical) or not isinstance(law, Density):
                need = f"Pointwise needs the density of {side}: without a penalty D is not determined between samples"
                raise Refusal(need, type(law).__name__, "Use a Gaussian or a Mixture, or add a GradientPenalty.")
        if real.dim != fake.dim:
            raise Refusal("real and fake have the same dimension", f"{real.dim} and {fake.dim}")
        best = objective.loss.optimum()
        if best.free_symbols - {p, q}:
            need = "Pointwise needs every parameter of the loss as a number"
            raise Refusal(need, f"D* = {best}", "Substitute a number for each parameter.")
        return PointwiseField(best, real, fake, {"solver": "Pointwise", "optimum": str(best)})  # type: ignore[arg-type]
