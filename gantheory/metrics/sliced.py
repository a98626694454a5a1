"""Sliced and max-sliced Wasserstein distances: transport on every line, averaged or at its largest."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.directions import monotone_cost, projected, sphere, uneven, unit
from gantheory.measures import Empirical
from gantheory.metrics._checks import finite, order_1_or_2, same_space
from gantheory.symbolic import positive_integer

TILE = 2**21  # projections held at once: 16 MB in float64, a few times
FIRST_ANGLE, LAST_ANGLE = 0.5, 1e-7  # radians; the value at a smooth maximum is then found to 10⁻¹⁴


@dataclass(frozen=True)
class SlicedDistance:
    """SW_p, its standard error over the directions, and how many these were.

    With c̄ and s the mean and standard deviation of W_p^p over k independent directions, value = c̄^{1/p} and
    standard_error = (1/p) c̄^{1/p−1} s/√k, by the derivative of the root; ∞ for one direction. It measures the choice of
    directions alone, not of the samples. Directions of orthonormal blocks are not independent: they rather err less.
    """

    value: float
    standard_error: float
    directions: int

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, eq=False)
class MaxSliced:
    """max-SW_p, and the direction ω that attains it, with ⟨ω, E_p x − E_q x⟩ ≥ 0."""

    value: float
    direction: Float[Tensor, " d"]

    def __float__(self) -> float:
        return self.value


def sliced_wasserstein(real: Empirical, fake: Empirical, order: int = 2, *, directions: Float[Tensor, "k d"]) -> SlicedDistance:
    """SW_p = (mean over θ of W_p^p(θ#p, θ#q))^{1/p}, p = order ∈ {1, 2}: SW2, never SW2². In float64.

    Directions come from sphere or orthonormal. SW_p ≤ W_p; where the laws are equal, the value is 0 and so is its error.
    Weighted samples of any two sizes. Source: bonneel2015sliced.
    """
    pair = _Pair.of(real, fake, order)
    costs = pair.costs(unit(directions, real.dim).detach().to(pair.x))
    k, mean = len(costs), costs.mean().item()
    value = finite(mean ** (1 / order), f"SW{order}")
    if mean == 0:
        return SlicedDistance(0.0, 0.0, k)
    error = inf if k == 1 else mean ** (1 / order - 1) / order * costs.std().item() / sqrt(k)
    return SlicedDistance(value, error, k)


def max_sliced_wasserstein(
    real: Empirical, fake: Empirical, order: int = 2, *, generator: torch.Generator, starts: int = 16, steps: int = 200
) -> MaxSliced:
    """max_θ W_p(θ#p, θ#q), p = order ∈ {1, 2}, as the best of local maxima: a lower bound, exact for d = 1. In float64.

    Ascent on the sphere from the difference of means and from `starts` random directions, which never descends: the value
    is at least |E_p x − E_q x|. Random search alone falls short even of that. Source: deshpande2019max.
    """
    count, steps = positive_integer(starts, "the number of starts"), positive_integer(steps, "the number of steps")
    pair = _Pair.of(real, fake, order)
    theta = sphere(count, real.dim, generator).to(pair.x)
    gap = pair.mean_gap
    length = torch.linalg.vector_norm(gap)
    if length > 0:
        theta = torch.cat([(gap / length)[None], theta])
    theta, costs = pair.ascended(theta, steps if real.dim > 1 else 0)
    best = int(costs.argmax())
    direction = theta[best] if theta[best] @ gap >= 0 else -theta[best]
    return MaxSliced(finite(costs[best].item() ** (1 / order), f"max-SW{order}"), direction.to(real.points))


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two samples in float64, centred, and the order of their distance."""

    x: Tensor
    y: Tensor
    a: Tensor | None
    b: Tensor | None
    order: int

    @staticmethod
    def of(real: Empirical, fake: Empirical, order: int) -> _Pair:
        order_1_or_2(order, "slices have distances W1 and W2")
        same_space(real, fake)
        if real.points.device != fake.points.device:
            raise Refusal("both samples are on one device", f"{real.points.device} and {fake.points.device}")
        centre = real.points.detach().double().mean(0)  # first, for an offset costs digits
        x, y = (z.points.detach().double() - centre for z in (real, fake))
        return _Pair(x, y, uneven(real.weights.detach()), uneven(fake.weights.detach()), order)

    @property
    def mean_gap(self) -> Tensor:
        means = [z.mean(0) if w is None else w.double() @ z / w.double().sum() for z, w in ((self.x, self.a), (self.y, self.b))]
        return means[0] - means[1]

    def cost(self, theta: Tensor) -> Tensor:
        """W_p^p for each direction."""
        return monotone_cost(projected(self.x, theta), projected(self.y, theta), self.a, self.b, self.order)

    def costs(self, theta: Tensor) -> Tensor:
        """The same, in tiles."""
        return torch.cat([self.cost(part) for part in theta.split(max(1, TILE // (len(self.x) + len(self.y))))])

    def ascended(self, theta: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Each direction moved along great circles, uphill, the angle grown by half when a move succeeds and halved if not."""
        costs, slope = self._with_slope(theta)
        angle = torch.full_like(costs, FIRST_ANGLE)
        for _ in range(steps):
            tangent = slope - (slope * theta).sum(1, keepdim=True) * theta
            tangent = torch.nn.functional.normalize(tangent, dim=1, eps=torch.finfo(theta.dtype).tiny)
            moved = angle.cos()[:, None] * theta + angle.sin()[:, None] * tangent
            moved = torch.nn.functional.normalize(moved, dim=1)
            found, steeper = self._with_slope(moved)
            better = found > costs
            theta, slope = (torch.where(better[:, None], new, old) for new, old in ((moved, theta), (steeper, slope)))
            costs, angle = torch.where(better, found, costs), angle * torch.where(better, 1.5, 0.5)
            if bool((angle < LAST_ANGLE).all()):
                break
        return theta, costs

    def _with_slope(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            held = theta.detach().requires_grad_()
            costs = self.cost(held)
            (slope,) = torch.autograd.grad(costs.sum(), held)
        return costs.detach(), slope
