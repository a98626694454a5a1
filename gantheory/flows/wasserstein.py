"""Particles that follow optimal plans to the data: the gradient flows of W1 and of ½W2²."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import has_values, is_real, seed, whole
from gantheory._errors import Refusal
from gantheory._types import State
from gantheory.flows._checks import cloud
from gantheory.measures import Empirical, Measure
from gantheory.transport import Couplings, ExactPlans

ROUNDOFF = 8
"""Multiples of eps |x| (in the particles' dtype) within which two points are one: what adding a step leaves of a distance."""


@dataclass(frozen=True, eq=False)
class WassersteinFlow:
    """ẋ_i = −(1/a_i) ∂F/∂x_i with F = W1 (order 1) or ½W2² (order 2) between Σ a_i δ_{x_i} and `real`.

    With an optimal plan P this is Σ_j P_ij (y_j − x_i)/a_i for order 2, the barycentric map minus x_i, and
    Σ_j P_ij (y_j − x_i)/|y_j − x_i| /a_i for order 1: exact wherever the plan is unique (F is a minimum over plans). A Flow
    (t, state) ↦ velocity on x of shape (n, d), particles of equal weight, or on (x, w), whose weights rest; particles of
    weight 0 rest too. Plans are computed in float64 on the CPU, the velocity has the particles' dtype and device.

    Order 2 is T(x) − x where P is a map T (as many points as data and equal weights, say); then each particle keeps its ray
    and W2 = e^{−t} W2(0). Where mass splits, its mean moves: the flow ends at barycentres, a law narrower than the data.

    Order 1 is −∇φ for every Kantorovich potential φ that has a gradient at x_i; mass that splits moves by the mean, and a pair
    at distance 0 (to roundoff) adds 0, the least subgradient: mass that has arrived rests. On the line sorted plans keep their
    pairs, so that each quantile walks at unit speed until it arrives: Q_t = clip(Q_real, Q_0 − t, Q_0 + t). Explicit steps h
    overshoot there by up to h. In R^d a particle on a data point of another particle moves as its plan says, and plans of W1
    are not unique along lines. Source: huang2024generative, malik2024differential; ambrosio2008gradient, chapter 10.
    """

    order: int
    real: Empirical | Any
    plan: Couplings | Any = ExactPlans()  # noqa: RUF009  frozen, without a state

    def __post_init__(self) -> None:
        _check_parts(self.order, self.plan)
        if not isinstance(self.real, Empirical):
            cure = "Use MinibatchFlow, which samples it, or Empirical(real.sample(n, generator))."
            raise Refusal("a WassersteinFlow moves to an Empirical measure", type(self.real).__name__, cure)

    def __call__(self, t: Float[Tensor, ""], state: State) -> State:
        """The velocity of every particle, and 0 for the weights."""
        fake = _fake(state)
        x = fake.points
        if fake.dim != self.real.dim:
            raise Refusal("particles and data lie in one space", f"dimensions {fake.dim} and {self.real.dim}")
        (points, a), (others, b) = _arrays(fake), _arrays(self.real)
        P = self.plan.coupling(points, a, others, b, self.order)
        v = _velocity(P, points, others, self.order, ROUNDOFF * torch.finfo(x.dtype).eps)
        moving = torch.from_numpy(v).to(dtype=x.dtype, device=x.device)
        return (moving, *map(torch.zeros_like, state[1:])) if isinstance(state, tuple) else moving

    def minibatches(self, size: int, seed: int = 0) -> MinibatchFlow:
        """The flow to `size` points of `real`, drawn anew at each step."""
        return MinibatchFlow(self.order, self.real, size, self.plan, seed)


@dataclass(frozen=True, eq=False)
class MinibatchFlow:
    """The WassersteinFlow to Σ_k δ_{y_k}/size, y_k independent of the law `real`, drawn anew before each step.

    A flow with memory: the state of its generator. real: any Measure, on the device of the particles. Plans to few points
    pull toward the middle: for x ~ real = N(0, s²), one point and Euler steps h, the variance ends at s² h/(2 − h).
    """

    order: int
    real: Measure | Any
    size: int
    plan: Couplings | Any = ExactPlans()  # noqa: RUF009  frozen, without a state
    seed: int = 0

    def __post_init__(self) -> None:
        _check_parts(self.order, self.plan)
        if not isinstance(self.real, Measure):
            raise Refusal("a MinibatchFlow samples a Measure", type(self.real).__name__, "Use Empirical(points).")
        whole(self.size, 1, "the size of a minibatch")
        seed(self.seed, "the seed of a MinibatchFlow")

    def freeze(
        self, t: Float[Tensor, ""], state: State, memory: tuple[Tensor, ...]
    ) -> tuple[WassersteinFlow, tuple[Tensor, ...]]:
        """The flow to a fresh sample, and the generator's state after drawing it."""
        x, _ = cloud(state, "a MinibatchFlow")
        generator = torch.Generator(device=x.device).manual_seed(self.seed)
        if memory:
            generator.set_state(memory[0])
        batch = Empirical(self.real.sample(self.size, generator))
        return WassersteinFlow(self.order, batch, self.plan), (generator.get_state(),)


def _check_parts(order: object, plan: object) -> None:
    if not is_real(order) or order not in (1, 2):
        raise Refusal("a WassersteinFlow has order 1 (of W1) or 2 (of ½W2²)", repr(order))
    if not isinstance(plan, Couplings) or isinstance(plan, type):
        raise Refusal(
            "a WassersteinFlow couples by an object with `coupling`", repr(plan), "Use ExactPlans() or SortedPlans()."
        )


def _fake(state: State) -> Empirical:
    """The particles as a measure; refused where a derivative, another structure or no values are asked for."""
    x, weights = cloud(state, "a WassersteinFlow")
    if torch.is_grad_enabled() and (x.requires_grad or (weights is not None and weights.requires_grad)):
        need = "a WassersteinFlow freezes its plan: its velocity has no derivative in the particles"
        raise Refusal(need, "particles that require a gradient", "Use x.detach(), or torch.no_grad().")
    if not has_values(x):
        raise Refusal("a plan is computed from values", "particles on the meta device", "Use particles on the CPU.")
    return Empirical(x.detach(), None if weights is None else weights.detach())


def _arrays(measure: Empirical) -> tuple[np.ndarray, np.ndarray]:
    """Points and masses of sum 1 in float64: float32 weights sum to 1 ± 10⁻⁷ only."""
    points, a = (z.detach().double().cpu().numpy() for z in (measure.points, measure.weights))
    return points, a / a.sum()


def _velocity(P: np.ndarray, x: np.ndarray, y: np.ndarray, order: int, eps: float) -> np.ndarray:
    """Σ_j P_ij u_ij / Σ_j P_ij over the pairs with mass, u_ij = y_j − x_i or its direction."""
    i, j = P.nonzero()
    u = y[j] - x[i]
    if order == 1:
        length = np.linalg.norm(u, axis=1)
        apart = length > eps * np.maximum(np.linalg.norm(x[i], axis=1), np.linalg.norm(y[j], axis=1))
        u = np.where(apart[:, None], u / np.where(apart, length, 1.0)[:, None], 0.0)
    total = np.bincount(i, P[i, j], len(x))
    moved = [np.bincount(i, P[i, j] * column, len(x)) for column in u.T]
    return np.stack(moved, 1) / np.where(total > 0, total, 1.0)[:, None]
