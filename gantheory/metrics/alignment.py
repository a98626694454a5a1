"""What a linear functional f = ⟨ω, h⟩ of features sees: mean divergence, separability of a slice, alignment of ω."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.directions import monotone_cost, uneven
from gantheory.measures import Empirical
from gantheory.metrics._checks import finite, same_space

ROUNDOFF = 100  # times eps: what a gap of means may be, relative to E|h|, where the true one is 0


@dataclass(frozen=True, eq=False)
class MeanDivergence:
    """gap = E_p h − E_q h ∈ R^D; scale = E|h|, to which roundoff is relative; epsilon of the features' dtype."""

    gap: Float[Tensor, " D"]
    scale: float
    epsilon: float

    @property
    def value(self) -> float:
        """FM* = max over |ω| = 1 of ⟨ω, gap⟩ = |gap|."""
        return finite(torch.linalg.vector_norm(self.gap).item(), "FM*")

    def __float__(self) -> float:
        return self.value

    @property
    def vanishes(self) -> bool:
        """The gap is roundoff."""
        return not self.value > ROUNDOFF * self.epsilon * self.scale

    @property
    def direction(self) -> Float[Tensor, " D"]:
        """ω* = gap/|gap|; ±1 where there is one feature. A Refusal where the gap vanishes: every direction is optimal."""
        if self.vanishes:
            need = "the optimal direction ω* = gap/|gap| needs features whose means differ"
            given = f"|E_p h − E_q h| = {self.value:.3g} where E|h| = {self.scale:.3g}"
            raise Refusal(need, given, "Use other features, or measures that differ.")
        return self.gap / torch.linalg.vector_norm(self.gap)


def mean_divergence(features: Callable[[Tensor], Tensor], real: Empirical, fake: Empirical) -> MeanDivergence:
    """FM*_h(p, q) = max over |ω| = 1 of E_p⟨ω, h⟩ − E_q⟨ω, h⟩ = |E_p h − E_q h|, with its ω*.

    features: h, (n, d) ↦ (n, D). Sums in float64. FM* is the MMD of the kernel ⟨h, h⟩, at most max-SW1 of the features, and
    no distance unless h is injective and the slice separates. Source: takida2024san.
    """
    same_space(real, fake)
    h, g = (_features(features, z) for z in (real, fake))
    if h.shape[1] != g.shape[1]:
        raise Refusal("features have one dimension D", f"{h.shape[1]} and {g.shape[1]}")
    a, b = (_normalised(z) for z in (real, fake))
    sizes = [(w @ torch.linalg.vector_norm(z.double(), dim=1)).item() for w, z in ((a, h), (b, g))]
    gap = a @ h.double() - b @ g.double()
    return MeanDivergence(gap, max(sizes), torch.finfo(h.dtype).eps)


def separability(
    features: Callable[[Tensor], Tensor], direction: Float[Tensor, " D"], real: Empirical, fake: Empirical
) -> float:
    """SI(ω) = (E_p⟨ω, h⟩ − E_q⟨ω, h⟩) / W1(⟨ω, h⟩#p, ⟨ω, h⟩#q) ∈ [−1, 1]; 1 exactly where F_p ≤ F_q everywhere.

    The numerator is W1 − 2∫(F_p − F_q)₊. In float64, exact for weighted samples; independent of the length of ω.
    """
    omega = _direction(direction)
    same_space(real, fake)
    slices = [_features(features, z).double() for z in (real, fake)]
    if any(z.shape[1] != len(omega) for z in slices):
        raise Refusal(f"features have the dimension {len(omega)} of the direction", slices[0].shape[1])
    u, v = (z @ omega for z in slices)
    shift = v.mean()
    a, b = (uneven(z.weights.detach()) for z in (real, fake))
    cost = monotone_cost((u - shift)[None], (v - shift)[None], a, b, order=1).item()
    gap = (_normalised(real) @ (u - shift) - _normalised(fake) @ (v - shift)).item()
    if not cost > 0:
        raise Refusal("the separability of a slice needs two different slices", "equal ones", "Use another direction.")
    return max(-1.0, min(1.0, finite(gap / cost, "SI")))


def direction_alignment(
    features: Callable[[Tensor], Tensor], direction: Float[Tensor, " D"], real: Empirical, fake: Empirical
) -> float:
    """cos(ω, ω*) = ⟨ω, E_p h − E_q h⟩ / (|ω| |E_p h − E_q h|) ∈ [−1, 1]; 1 is direction optimality.

    With one feature it is ±1: S⁰ has no tangent space, so that no ω there can be trained.
    """
    omega, best = _direction(direction), mean_divergence(features, real, fake).direction
    if len(omega) != len(best):
        raise Refusal(f"features have the dimension {len(omega)} of the direction", len(best))
    return max(-1.0, min(1.0, (omega @ best).item()))


def _direction(direction: Tensor) -> Float[Tensor, " D"]:
    """ω/|ω| in float64."""
    need = "a direction ω is a nonzero finite vector (D,)"
    if direction.ndim != 1 or not len(direction):
        raise Refusal(need, f"shape {tuple(direction.shape)}", "Use .flatten() of the weight of a last layer.")
    omega = direction.detach().double()
    length = torch.linalg.vector_norm(omega)
    if not (bool(length.isfinite()) and length > 0):
        raise Refusal(need, f"length {length.item()}")
    return omega / length


def _features(features: Callable[[Tensor], Tensor], measure: Empirical) -> Float[Tensor, "n D"]:
    """h at the points, outside any graph."""
    if not callable(features):
        raise Refusal("features are a function (n, d) ↦ (n, D)", f"a {type(features).__name__}", "Use lambda x: x for h = id.")
    with torch.no_grad():
        h = features(measure.points.detach())
    if not isinstance(h, Tensor) or h.ndim != 2 or len(h) != len(measure) or not h.shape[1]:
        given = f"shape {tuple(h.shape)}" if isinstance(h, Tensor) else f"a {type(h).__name__}"
        raise Refusal(f"features map the {len(measure)} points (n, d) to (n, D)", given, "Give one row for each point.")
    if not bool(h.isfinite().all()):
        raise Refusal("features are finite", "NaN or infinity", "Bound or rescale h.")
    return h


def _normalised(measure: Empirical) -> Tensor:
    """w / Σw in float64: float32 weights sum to 1 ± 10⁻⁷ only."""
    w = measure.weights.detach().double()
    return w / w.sum()
