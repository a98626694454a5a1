"""What the effective step does to the distance: W2 falls by 1 − ε_K, W1 ends in a 2-cycle of width ε_K, and K → ∞."""

from functools import partial
from itertools import pairwise

import numpy as np
import sympy as sp
import torch
from torch import nn

from derivations.wasserstein.persistent_steps import (
    RATE,
    STEP,
    affine_training,
    cloud,
    count,
    eps,
    gam,
    outer_steps,
    problem,
    standardised,
)
from derivations.wasserstein.w2_distance import assigned, frechet
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.flows import Persistent, WassersteinFlow
from gantheory.integration import euler, integrate
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import gaussian_wasserstein, wasserstein

scale, goal_scale, mean, goal = sp.symbols("a alpha b beta", positive=True)
z = sp.Symbol("z", positive=True)
PART = 1 / (1 + z)  # any number of (0, 1)
SHIFT = np.array([1.2, -0.5, 0.4])


def effective(repeats: int) -> sp.Expr:
    """ε_K as the sum of what K regressions add."""
    return eps * sum(2 * gam * (1 - 2 * gam) ** j for j in range(repeats))


def squared_distance(steps: int, repeats: int) -> sp.Expr:
    """W2² = (a − α)² + (b − β)² of N(b, a²) to N(β, α²) after outer steps of K regressions each, one by one."""
    (s, m), rate = (scale, mean), 2 * gam
    for _ in range(steps):
        targets = (s + eps * (goal_scale - s), m + eps * (goal - m))
        for _ in range(repeats):
            s, m = s + rate * (targets[0] - s), m + rate * (targets[1] - m)
    return sp.factor((s - goal_scale) ** 2 + (m - goal) ** 2)


def contracted(steps: int, repeats: int) -> sp.Expr:
    """(1 − ε_K)^{2n} W2(0)²."""
    start = (scale - goal_scale) ** 2 + (mean - goal) ** 2
    return (1 - eps * (1 - (1 - 2 * gam) ** repeats)) ** (2 * steps) * start


def distances(dim: int, repeats: int) -> list[float]:
    """W2 between generated points and data after each outer step, by the package's plans."""
    latents, (_, _, C, shift) = standardised(7 + dim, dim), problem(dim)
    data = Empirical(torch.from_numpy(latents @ C.T + shift))
    path = affine_training(dim, repeats)
    made = [latents @ A.numpy().T + b.numpy() for A, b in zip(*path.x, strict=True)]
    return [wasserstein(Empirical(torch.from_numpy(y)), data) for y in made[1:]]


def distances_by_formula(dim: int, repeats: int) -> np.ndarray:
    """(1 − ε_K)^n times W2 at the start by SciPy's assignment."""
    latents, (A, b, C, shift) = standardised(7 + dim, dim), problem(dim)
    start = assigned(torch.from_numpy(latents @ A.T + b), torch.from_numpy(latents @ C.T + shift))
    return start * (1 - STEP * (1 - (1 - 2 * RATE) ** repeats)) ** np.arange(1, 5)


def normal_ratio(dim: int, repeats: int) -> float:
    """W2(4 outer steps)/W2(0) of the normal laws that the generators make of N(0, I)."""
    _, _, C, shift = problem(dim)
    goal_law = law(torch.from_numpy(C), torch.from_numpy(shift))
    laws = [law(A, b) for A, b in zip(*affine_training(dim, repeats).x, strict=True)]
    return gaussian_wasserstein(laws[-1], goal_law) / frechet(laws[0], goal_law)


def law(A: torch.Tensor, b: torch.Tensor) -> Gaussian:
    """N(b, AAᵀ)."""
    return Gaussian(b, A @ A.mT)


class Shift(nn.Module):
    """z ↦ z + b."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(dim, dtype=torch.float64))

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """The points, moved."""
        return points + self.bias


def shifts(repeats: int, rate: sp.Expr, pull: sp.Expr) -> sp.Expr:
    """b after K descents of E|z + ε·pull − z − b|² from b = 0: the gradient by SymPy."""
    b, x = sp.symbols("b x", real=True)
    slope, place = sp.diff((x + eps * pull - x - b) ** 2, b), sp.S.Zero
    for _ in range(repeats):
        place = sp.expand(place - rate * slope.subs(b, place))
    return place


def cycle(repeats: int) -> list[sp.Expr]:
    """r, |r − ε_K|, … from r = ε_K/(1 + z), four steps, each by the K descents."""
    width, found = sp.factor(effective(repeats)).subs(gam, PART / 2), []
    r = PART * width
    for _ in range(4):
        r = sp.Abs(sp.factor(r - shifts(repeats, PART / 2, sp.S.One)))
        found.append(sp.factor(r))
    return [sp.factor(x + y) for x, y in pairwise(found)]


def widths(repeats: int) -> list[sp.Expr]:
    """ε_K, three times."""
    return [sp.factor(effective(repeats).subs(gam, PART / 2))] * 3


def widths_by_formula(repeats: int) -> np.ndarray:
    """ε_K in NumPy, four times."""
    return np.full(4, STEP * (1 - (1 - 2 * RATE) ** repeats))


def translated(dim: int, repeats: int) -> list[float]:
    """Sums of W1 after two consecutive outer steps of W1-FE, a translation of 9 points, once they have arrived."""
    x = torch.from_numpy(cloud(9, dim, 4))
    data = x + torch.from_numpy(SHIFT[:dim])
    period, size = STEP * (1 - (1 - 2 * RATE) ** repeats), np.linalg.norm(SHIFT[:dim])
    path = outer_steps(Persistent(Shift(dim), WassersteinFlow(1, Empirical(data)), STEP, repeats, x), int(size / period) + 5)
    found = [assigned(x + b, data, 1) for b in path.x[0][-5:]]
    return [u + v for u, v in pairwise(found)]


def own_particles() -> np.ndarray:
    """A generator with a parameter for each coordinate of each of 6 samples, K = 60 at rate 0.4, three outer steps."""
    start, data = cloud(6, 2, 5), cloud(11, 2, 6)
    latents = np.sqrt(6) * np.eye(6)
    generator = nn.Linear(6, 2, bias=False).double()
    with torch.no_grad():
        generator.weight.copy_(torch.from_numpy(start.T / np.sqrt(6)))
    flow = Persistent(generator, WassersteinFlow(2, Empirical(torch.from_numpy(data))), STEP, 60, torch.from_numpy(latents))
    times = 0.4 * 60 * torch.arange(4, dtype=torch.float64)
    path = integrate(flow, flow.parameters, times, method=euler(0.4 * (1 + 1e-12)))
    return np.sqrt(6) * path.final[0].numpy().T


def euler_particles() -> np.ndarray:
    """The particles themselves by three Euler steps ε."""
    flow = WassersteinFlow(2, Empirical(torch.from_numpy(cloud(11, 2, 6))))
    times = STEP * torch.arange(4, dtype=torch.float64)
    return np.asarray(integrate(flow, torch.from_numpy(cloud(6, 2, 5)), times, method=euler(STEP * (1 + 1e-12))).final)


def wide_limit(ratio: sp.Expr) -> sp.Expr:
    """lim ε(1 − ρ^K) as K → ∞."""
    return sp.limit(eps * (1 - ratio**count), count, sp.oo)


DECAY = Claim(
    name="persistent-w2-decay",
    says="W2-FE of an affine generator between normal laws contracts W2 by exactly 1 − ε_K in each outer step.",
    equation=r"W_2(\mu_n, \mu_d) = (1 - \epsilon_K)^n\, W_2(\mu_0, \mu_d)",
    source="huang2024generative, exponential convergence with the generator's update",
    proof=tuple(
        Step(f"n = {n}, K = {k}: scale and mean step by step", partial(squared_distance, n, k), partial(contracted, n, k))
        for n, k in ((1, 1), (1, 3), (2, 2))
    ),
    witness=Agreement(
        (
            *(
                Step(f"samples, n = {d}, K = {k}", partial(distances, d, k), partial(distances_by_formula, d, k), Rivals(1e-10))
                for d, k in ((1, 4), (2, 2))
            ),
            Step(
                "normal laws of R³, K = 5",
                partial(normal_ratio, 3, 5),
                lambda: (1 - STEP * (1 - (1 - 2 * RATE) ** 5)) ** 4,
                Rivals(1e-7),
            ),
        )
    ),
)

FLOOR = Claim(
    name="persistent-w1-floor",
    says="W1-FE of a translation ends in a 2-cycle about the data: W1 after two consecutive outer steps adds up to ε_K.",
    equation=r"W_1(\mu_n, \mu_d) + W_1(\mu_{n+1}, \mu_d) = \epsilon_K",
    source="malik2024differential, the Euler scheme with the generator's update",
    proof=tuple(Step(f"K = {k}: the iterates", partial(cycle, k), partial(widths, k)) for k in (1, 2, 3)),
    witness=Agreement(
        tuple(
            Step(
                f"9 points of R^{d}, K = {k}",
                partial(translated, d, k),
                partial(widths_by_formula, k),
                Rivals(1e-10),
            )
            for d, k in ((1, 5), (2, 3), (3, 10))
        )
    ),
)

LIMIT = Claim(
    name="persistent-particle-limit",
    says="As K grows ε_K tends to ε: a generator that can reach every target takes the Euler step of its particles.",
    equation=r"\epsilon_K = \epsilon\left(1 - (1 - 2\gamma)^K\right) \to \epsilon, \quad K \to \infty, \; 0 < \gamma < 1",
    source="huang2024generative, the generator's update",
    proof=(
        Step("0 < γ < ½", lambda: wide_limit(PART), lambda: eps),
        Step(
            "what is missing after K steps",
            lambda: [sp.factor((eps - effective(k)) / eps) for k in (1, 2, 3)],
            lambda: [sp.factor((1 - 2 * gam) ** k) for k in (1, 2, 3)],
        ),
    ),
    witness=Agreement((Step("6 free samples, K = 60", own_particles, euler_particles, Rivals(1e-10)),)),
)
