"""One persistent step is a generator step; K of them on an affine generator are an Euler step of another size."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import nn

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.flows import Naive, Persistent, WassersteinFlow, effective_step
from gantheory.integration import Trajectory, euler, integrate
from gantheory.measures import Empirical

eps, gam = sp.symbols("epsilon gamma", positive=True)
count = sp.Symbol("K", positive=True, integer=True)
a, b = sp.symbols("a b", real=True)
STEP, RATE = 0.45, 0.08


def outputs(first: sp.Symbol, second: sp.Symbol) -> list[sp.Expr]:
    """A generator that is linear in nothing: θ = (first, second) at the latents z₁, z₂."""
    return [first * z + second * z**2 + first * second for z in sp.symbols("z1 z2", real=True)]


def potential(y: sp.Expr) -> sp.Expr:
    """φ, a generic cubic."""
    k = sp.symbols("k1:4", real=True)
    return k[0] * y + k[1] * y**2 + k[2] * y**3


def regression_slope() -> list[sp.Expr]:
    """−∇_θ ½Σ (ζ_i − G_i)² at ζ = y − ε φ′(y), y = G."""
    y = sp.Symbol("y", real=True)
    pull = sp.diff(potential(y), y)
    held = sp.symbols("zeta1 zeta2", real=True)
    loss = sum((target - made) ** 2 for target, made in zip(held, outputs(a, b), strict=True)) / 2
    targets = {target: made - eps * pull.subs(y, made) for target, made in zip(held, outputs(a, b), strict=True)}
    return [sp.expand(-sp.diff(loss, part).subs(targets)) for part in (a, b)]


def generator_slope() -> list[sp.Expr]:
    """−2ε ∇_θ ½Σ φ(G_i)."""
    loss = sum(potential(made) for made in outputs(a, b)) / 2
    return [sp.expand(-2 * eps * sp.diff(loss, part)) for part in (a, b)]


def cloud(n: int, dim: int, seed: int) -> np.ndarray:
    """n points of a skew law."""
    return np.random.default_rng(seed).gamma(2.0, 0.7, (n, dim))


LATENTS, REAL = cloud(8, 2, 1) - 1.4, cloud(8, 2, 2)


def module() -> nn.Module:
    """A network 2-3-2 with tanh, its parameters generic."""
    made = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)).double()
    rng = np.random.default_rng(5)
    with torch.no_grad():
        for part in made.parameters():
            part.copy_(torch.from_numpy(rng.normal(size=tuple(part.shape))))
    return made


def one_repeat() -> np.ndarray:
    """The parameters after one outer step of W2-FE with K = 1."""
    flow = Persistent(module(), WassersteinFlow(2, Empirical(torch.from_numpy(REAL))), STEP, 1, torch.from_numpy(LATENTS))
    path = integrate(flow, flow.parameters, [0.0, RATE], method=euler(RATE))
    return np.concatenate([np.asarray(part).ravel() for part in path.final])


def half_squared_distance(theta: np.ndarray) -> float:
    """½W2² between the network's samples, in NumPy, and the data, by SciPy's assignment."""
    W, c, V, e = theta[:6].reshape(3, 2), theta[6:9], theta[9:15].reshape(2, 3), theta[15:]
    cost = cdist(np.tanh(LATENTS @ W.T + c) @ V.T + e, REAL, "sqeuclidean")
    return float(cost[linear_sum_assignment(cost)].mean() / 2)


def one_descent() -> np.ndarray:
    """θ − 2γε ∇_θ ½W2², the gradient by central differences."""
    theta = np.concatenate([part.detach().numpy().ravel() for part in module().parameters()])
    unit, h = np.eye(len(theta)), 1e-5
    slope = np.array([half_squared_distance(theta + h * e) - half_squared_distance(theta - h * e) for e in unit]) / (2 * h)
    return theta - 2 * RATE * STEP * slope


def mean_square(parts: list[sp.Expr]) -> sp.Expr:
    """E Σ_i (parts_i)² for z of mean 0 and covariance I: constants, and the coefficients of each z_j."""
    z = sp.symbols("z1:3", real=True)
    return sum(sum(sp.expand(part).coeff(j) ** 2 for j in z) + part.subs(dict.fromkeys(z, 0)) ** 2 for part in parts)


def regressed(dim: int, repeats: int) -> list[sp.Expr]:
    """(A, b) − (A*, b*) over their start after K descents of E|ζ − Az − b|², ζ = (1−ε)(A₀z + b₀) + ε(A*z + b*)."""
    size = dim * (dim + 1)
    start, goal, now = (sp.symbols(f"{name}1:{size + 1}", real=True) for name in ("s", "g", "u"))
    z = sp.symbols("z1:3", real=True)[:dim]

    def at(theta: tuple[sp.Expr, ...]) -> list[sp.Expr]:
        return [sum(theta[i * dim + j] * z[j] for j in range(dim)) + theta[dim * dim + i] for i in range(dim)]

    targets = [(1 - eps) * x + eps * y for x, y in zip(at(start), at(goal), strict=True)]
    loss = mean_square([target - made for target, made in zip(targets, at(now), strict=True)])
    descent = [u - gam * sp.diff(loss, u) for u in now]
    theta: tuple[sp.Expr, ...] = start
    for _ in range(repeats):
        theta = tuple(sp.expand(d.subs(dict(zip(now, theta, strict=True)), simultaneous=True)) for d in descent)
    return list(theta)


def by_effective_step(dim: int, repeats: int) -> list[sp.Expr]:
    """θ + ε(1 − (1−2γ)^K)(θ* − θ)."""
    size = dim * (dim + 1)
    start, goal = (sp.symbols(f"{name}1:{size + 1}", real=True) for name in ("s", "g"))
    return [sp.expand(s + eps * (1 - (1 - 2 * gam) ** repeats) * (g - s)) for s, g in zip(start, goal, strict=True)]


def next_regression() -> sp.Expr:
    """u_K + 2γ(ζ − u_K) from u_K = s + ε(1 − ρ^K)(g − s), ρ = 1 − 2γ: one more step, any K."""
    s, g, power = sp.symbols("s g P", real=True)  # P = ρ^K
    now = s + eps * (1 - power) * (g - s)
    return sp.expand(now + 2 * gam * (s + eps * (g - s) - now))


def with_one_more() -> sp.Expr:
    """The same law at K + 1."""
    s, g, power = sp.symbols("s g P", real=True)
    return sp.expand(s + eps * (1 - (1 - 2 * gam) * power) * (g - s))


def standardised(n: int, dim: int) -> np.ndarray:
    """n points of mean 0 and covariance I."""
    z = cloud(n, dim, 3)
    z = z - z.mean(0)
    return z @ np.linalg.inv(np.linalg.cholesky(z.T @ z / n)).T


def problem(dim: int) -> tuple[np.ndarray, ...]:
    """A, b of the generator, and A*, b* of the data with A*A⁻¹ symmetric positive: the optimal map."""
    rng = np.random.default_rng(10 + dim)
    A, root = np.eye(dim) + 0.3 * rng.normal(size=(dim, dim)), rng.normal(size=(dim, dim))
    return A, rng.normal(size=dim), (0.3 * np.eye(dim) + root @ root.T / dim) @ A, rng.normal(size=dim)


def affine(A: np.ndarray, shift: np.ndarray) -> nn.Module:
    """z ↦ Az + b."""
    made = nn.Linear(A.shape[1], A.shape[0]).double()
    with torch.no_grad():
        made.weight.copy_(torch.from_numpy(A))
        made.bias.copy_(torch.from_numpy(shift))
    return made


def outer_steps(flow: Persistent | Naive, steps: int) -> Trajectory:
    """The path at the ends of outer steps."""
    times = RATE * flow.repeats * torch.arange(steps + 1, dtype=torch.float64)
    return integrate(flow, flow.parameters, times, method=euler(RATE * (1 + 1e-12)))


def affine_training(dim: int, repeats: int, steps: int = 4) -> Trajectory:
    """W2-FE of an affine generator by exact plans between samples, n = 7 + dim, the data in another order."""
    A, shift, C, goal = problem(dim)
    z = standardised(7 + dim, dim)
    flow = WassersteinFlow(2, Empirical(torch.from_numpy(np.random.default_rng(0).permutation(z @ C.T + goal))))
    return outer_steps(Persistent(affine(A, shift), flow, STEP, repeats, torch.from_numpy(z)), steps)


def parameters(dim: int, repeats: int) -> np.ndarray:
    """(A, b) after four outer steps."""
    return np.concatenate([np.asarray(part).ravel() for part in affine_training(dim, repeats).final])


def parameters_by_formula(dim: int, repeats: int) -> np.ndarray:
    """(A*, b*) + (1 − ε_K)⁴ ((A, b) − (A*, b*)), ε_K in NumPy."""
    A, shift, C, goal = problem(dim)
    left = (1 - STEP * (1 - (1 - 2 * RATE) ** repeats)) ** 4
    start, end = np.concatenate([A.ravel(), shift]), np.concatenate([C.ravel(), goal])
    return end + left * (start - end)


SINGLE = Claim(
    name="persistent-single-step",
    says="Persistent training with K = 1 is gradient descent of rate 2γε on the generator's loss E φ(G_θ(z)).",
    equation=r"-\gamma\nabla_\theta \frac1m\sum_i |\zeta_i - G_\theta(z_i)|^2 ="
    r" -2\gamma\epsilon\nabla_\theta\frac1m\sum_i \phi(G_\theta(z_i))",
    source="malik2024differential, the equivalence with WGAN at K = 1",
    proof=(Step("both gradients for a polynomial generator and potential", regression_slope, generator_slope),),
    witness=Agreement(
        (Step("W2-FE of a network against differences of ½W2² in NumPy", one_repeat, one_descent, Rivals(1e-9)),)
    ),
)

AFFINE = Claim(
    name="persistent-effective-step",
    says="K persistent steps of rate γ on an affine generator are an Euler step of its parameters, ε_K = ε(1−(1−2γ)^K).",
    equation=r"(A, b) \mapsto (A, b) + \epsilon_K\left((A^*, b^*) - (A, b)\right), \quad"
    r" \epsilon_K = \epsilon\left(1 - (1 - 2\gamma)^K\right)",
    source="huang2024generative, the generator's update",
    proof=(
        *(
            Step(f"n = {d}, K = {k}: descents", partial(regressed, d, k), partial(by_effective_step, d, k))
            for d, k in ((1, 1), (1, 2), (1, 4), (2, 1), (2, 3))
        ),
        Step("from K to K + 1", next_regression, with_one_more),
    ),
    witness=Agreement(
        (
            *(
                Step(
                    f"n = {d}, K = {k}: four outer steps",
                    partial(parameters, d, k),
                    partial(parameters_by_formula, d, k),
                    Rivals(1e-10),
                )
                for d, k in ((1, 1), (1, 5), (2, 3), (3, 10))
            ),
            Step(
                "effective_step",
                lambda: [effective_step(0.3, g, k) for g, k in ((0.05, 1), (0.2, 4), (0.45, 9))],
                lambda: [0.3 * sum(2 * g * (1 - 2 * g) ** j for j in range(k)) for g, k in ((0.05, 1), (0.2, 4), (0.45, 9))],
                Rivals(1e-13),
            ),
        )
    ),
)
