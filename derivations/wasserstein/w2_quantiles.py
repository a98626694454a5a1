"""On the line quantiles relax exponentially; on particles the flow is the gradient flow of the distance, split mass and all."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.flows import WassersteinFlow
from gantheory.integration import dopri5, euler, integrate
from gantheory.measures import Empirical
from gantheory.metrics import wasserstein

t, level = sp.symbols("t u", positive=True)
START, DATA = (sp.Function(name, real=True)(level) for name in ("Q0", "Qd"))
QUANTILE = DATA + sp.exp(-t) * (START - DATA)
x1, x2, y1, y2, y3 = sp.symbols("x1 x2 y1 y2 y3", real=True)

LONE = ((x1 - 1) ** 2 + (x1 + 1) ** 2) / 4


def mass_carried() -> sp.Expr:
    """∂F/∂t at a fixed x, from Q(t, F(t, x)) = x: −∂_t Q/∂_u Q."""
    return -sp.diff(QUANTILE, t) / sp.diff(QUANTILE, level)


def mass_by_velocity() -> sp.Expr:
    """−v ∂F/∂x, the equation of continuity for F: v = Q_d(F(x)) − x, the map less the identity; ∂F/∂x = 1/∂_u Q."""
    return -(DATA - QUANTILE) / sp.diff(QUANTILE, level)


def weighted() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nine masses, and sorted quantiles of particles and of data for them."""
    rng = np.random.default_rng(8)
    w = rng.uniform(0.3, 2, 9)
    return w / w.sum(), np.sort(rng.normal(size=9)), np.sort(2 + rng.gamma(1.5, 2.0, 9))


ENDS = (0.3, 1.5)


def flowed() -> list[np.ndarray]:
    """The particles at the ENDS, masses and data shuffled among themselves."""
    w, x, y = weighted()
    first, second = (np.random.default_rng(k).permutation(9) for k in (1, 2))
    flow = WassersteinFlow(2, Empirical(torch.from_numpy(y[second, None]), torch.from_numpy(w[second])))
    state = (torch.from_numpy(x[first, None]), torch.from_numpy(w[first]))
    path = integrate(flow, state, [0.0, *ENDS], method=dopri5(1e-12, 1e-14))
    return [np.sort(z[:, 0].numpy()) for z in path.x[0][1:]]


def relaxed() -> list[np.ndarray]:
    """Q_d + e^{−t}(Q_0 − Q_d)."""
    _, x, y = weighted()
    return [y + np.exp(-end) * (x - y) for end in ENDS]


def half_squared_distance() -> sp.Expr:
    """½∫₀¹ (Q − Q_d)² for two particles x1 ≤ x2 and three data y1 ≤ y2 ≤ y3 of equal mass, level by level."""
    third, sixth = sp.Rational(1, 3), sp.Rational(1, 6)
    pairs = ((third, x1, y1), (sixth, x1, y2), (sixth, x2, y2), (third, x2, y3))
    return sum(mass * (x - y) ** 2 for mass, x, y in pairs) / 2


def barycentric() -> list[sp.Expr]:
    """The mean of what each particle is sent to, less the particle."""
    return [(2 * y1 + y2) / 3 - x1, (y2 + 2 * y3) / 3 - x2]


def uneven(dim: int) -> tuple[torch.Tensor, torch.Tensor, Empirical]:
    """Four particles and six data of unequal masses."""
    rng = np.random.default_rng(dim)
    draw = [torch.from_numpy(z) for z in (rng.normal(size=(4, dim)), rng.uniform(0.3, 1, 4), rng.normal(1, 2, (6, dim)))]
    return draw[0], draw[1] / draw[1].sum(), Empirical(draw[2], torch.from_numpy(rng.uniform(0.3, 1, 6)))


def least_cost(x: np.ndarray, a: np.ndarray, real: Empirical, order: int) -> float:
    """W_p^p by SciPy's linear programme."""
    n, m = len(x), len(real)
    marginals = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    masses = np.concatenate([a, real.weights.numpy()])
    return float(linprog((cdist(x, real.points.numpy()) ** order).ravel(), A_eq=marginals, b_eq=masses).fun)


def gradient(order: int, dim: int) -> np.ndarray:
    """∂F/∂x_i of F = W1 or ½W2² for two of the particles, by central differences of the linear programme."""
    x, a, real = uneven(dim)
    slopes, h = np.zeros((2, dim)), 1e-5
    for i, k in np.ndindex(2, dim):
        e = np.zeros(x.shape)
        e[i, k] = h
        slopes[i, k] = least_cost(x.numpy() + e, a.numpy(), real, order) - least_cost(x.numpy() - e, a.numpy(), real, order)
    return slopes / (2 * h * order)


def momentum(order: int, dim: int) -> np.ndarray:
    """−a_i v_i of the flow."""
    x, a, real = uneven(dim)
    v, _ = WassersteinFlow(order, real)(torch.tensor(0.0), (x, a))
    return -(a[:2, None] * v[:2]).numpy()


def split_distance() -> float:
    """W2 at time 1 from δ_0 to ½(δ_{−1} + δ_1), by 20 steps of Euler."""
    real = Empirical(torch.tensor([[-1.0], [1.0]]).double())
    final = integrate(WassersteinFlow(2, real), torch.zeros(1, 1).double(), [0.0, 1.0], method=euler(0.05)).final
    return wasserstein(Empirical(torch.as_tensor(final)), real)


QUANTILES = Claim(
    name="w2-flow-quantiles",
    says="On the line the flow of ½W2² relaxes each quantile exponentially, for any laws: Q_t = Q_d + e^{−t}(Q_0 − Q_d).",
    equation=r"Q_t(u) = Q_d(u) + e^{-t}\,(Q_0(u) - Q_d(u))",
    source="villani2003topics, chapter 2",
    proof=(
        Step("F_t with these quantiles satisfies the equation of continuity", mass_carried, mass_by_velocity),
        Step(
            "and W2² = ∫(Q_t − Q_d)²: level by level",
            lambda: (QUANTILE - DATA) ** 2,
            lambda: sp.exp(-2 * t) * (START - DATA) ** 2,
        ),
    ),
    witness=Agreement(
        (Step("nine particles of unequal mass at t = 0.3 and 1.5", flowed, relaxed, Rivals(1e-12)),),
    ),
)

GRADIENT = Claim(
    name="wasserstein-particle-gradient",
    says="On particles the flows move with a_i v_i = −∂F/∂x_i, F = W1 or ½W2²: the mean over the mass that each one sends.",
    equation=r"a_i v_i = \sum_j P_{ij} (y_j - x_i) = -\frac{\partial}{\partial x_i} \tfrac12 W_2^2",
    source="santambrogio2015optimal, chapter 7",
    proof=(
        Step(
            "two particles, three data on the line: −2 ∂F/∂x_i is the barycentric map",
            lambda: [-2 * sp.diff(half_squared_distance(), x) for x in (x1, x2)],
            barycentric,
        ),
    ),
    witness=Agreement(
        tuple(
            Step(f"order {p} in R^{d}, 4 particles, 6 data", partial(momentum, p, d), partial(gradient, p, d), Rivals(1e-6))
            for p in (1, 2)
            for d in (1, 2, 3)
        )
    ),
)

SPLIT = Claim(
    name="w2-flow-of-split-mass",
    says="Where mass splits there is no map: from δ_0 to ½(δ_{−1} + δ_1) the velocity is 0, and W2 stays 1 instead of e^{−t}.",
    equation=r"\mu_0 = \delta_0,\ \mu_d = \tfrac12(\delta_{-1} + \delta_1): \quad v = 0, \quad W_2(\mu_t, \mu_d) = 1",
    source="ambrosio2008gradient, chapter 10",
    proof=(
        Step(
            "∂/∂x and value at x = 0 of F = ½W2² = ¼((x − 1)² + (x + 1)²) between δ_x and the data",
            lambda: [sp.diff(LONE, x1), sp.expand(LONE).subs(x1, 0)],
            lambda: [x1, sp.Rational(1, 2)],
        ),
    ),
    witness=Refutation("W2 at t = 1 from δ_0 to ½(δ_{−1} + δ_1)", lambda: float(np.exp(-1)), split_distance),
)
