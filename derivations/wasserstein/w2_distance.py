"""Along the flow of ½W2² the distance to the data falls by the exponential, and the path is the geodesic."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.linalg import sqrtm
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.flows import BuresFlow, WassersteinFlow
from gantheory.integration import integrate, rk4
from gantheory.measures import Empirical, Gaussian

S = sp.Matrix(2, 2, sp.symbols("s11 s12 s12 s22", real=True))
A = sp.Matrix(2, 2, sp.symbols("a11 a12 a12 a22", real=True))
IN_AXES = {A[0, 1]: 0}  # coordinates in which A is diagonal, S any: fewer terms
EYE = sp.eye(2)
u, v = sp.symbols("u v", positive=True)  # e^{−s}, e^{−t}
TIMES = (0.4, 1.1)


def path(share: sp.Expr) -> sp.Matrix:
    """C = e^{−t}I + (1 − e^{−t})A: what moves N(0, S) along the flow to N(0, ASA), share = e^{−t}."""
    return share * EYE + (1 - share) * A


def moved(share: sp.Expr) -> sp.Matrix:
    """The covariance C S C."""
    return path(share) * S * path(share)


def later_map() -> sp.Matrix:
    """det C times the map from time t to the data, T = A C⁻¹: A adj C, without fractions."""
    return (A * path(u).adjugate()).expand()


def pushed_by_later_map() -> list[sp.Expr]:
    """det² C times T S_t T, entry by entry, in the axes of A."""
    return list((later_map() * moved(u) * later_map().T).subs(IN_AXES))


def still_to_go() -> sp.Expr:
    """det² C times tr (I − T) S_t (I − T), the cost of T, in the axes of A."""
    left = path(u).det() * EYE - later_map()
    return (left * moved(u) * left.T).trace().subs(IN_AXES)


def squared_overlap() -> sp.Expr:
    """(tr (S_s^{1/2} S_t S_s^{1/2})^{1/2})² = tr S_s S_t + 2 √(det S_s det S_t) in dimension 2, by the positive root."""
    root = path(u).det() * path(v).det() * S.det()
    return (moved(u) * moved(v)).trace() + 2 * root


def clouds(n: int, dim: int, seed: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """n points of a normal law, and n of a skew one, in R^d."""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=(n, dim))), torch.from_numpy(rng.gamma(2.0, 0.8, (n, dim)) - 0.5)


def assigned(x: torch.Tensor, y: torch.Tensor, order: int = 2) -> float:
    """W_p between as many points of equal mass, by SciPy's assignment."""
    cost = cdist(x, y) ** order
    return float(cost[linear_sum_assignment(cost)].mean() ** (1 / order))


def normal_law(dim: int, seed: int, ridge: float = 0.4) -> Gaussian:
    """A generic normal law."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(dim, dim))
    return Gaussian(torch.from_numpy(rng.normal(size=dim)), torch.from_numpy(root @ root.T + ridge * np.eye(dim)))


def frechet(x: Gaussian, y: Gaussian) -> float:
    """W2 of normal laws by SciPy's matrix root."""
    P, Q = x.covariance.numpy(), y.covariance.numpy()
    squared = float((x.mean - y.mean).square().sum()) + np.trace(P + Q - 2 * np.real(sqrtm(P @ Q)))
    return float(np.sqrt(squared))


def particles(dim: int, step: float = 0.04) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Ten particles at times 0 and TIMES by RK4, and their data."""
    x, y = clouds(10, dim)
    return list(integrate(WassersteinFlow(2, Empirical(y)), x, [0.0, *TIMES], method=rk4(step)).x), y


def particle_distances(dim: int) -> list[float]:
    """W2 to the data at TIMES."""
    (_, *later), y = particles(dim)
    return [assigned(x, y) for x in later]


def expected_distances(dim: int) -> list[float]:
    """e^{−t} W2(0)."""
    return [float(np.exp(-t)) * assigned(*clouds(10, dim)) for t in TIMES]


def integrated(step: float, t: float) -> Gaussian:
    """N(m, S) in R³ by RK4 on (m, S)."""
    start = normal_law(3, 1)
    return Gaussian(*integrate(BuresFlow(normal_law(3, 2)), (start.mean, start.covariance), [0.0, t], method=rk4(step)).final)


def bures_distances(numerical: bool) -> list[float]:
    """W2 to the data at TIMES in R³: RK4 on moments, or the closed form."""
    flow, start = BuresFlow(normal_law(3, 2)), normal_law(3, 1)
    return [frechet(integrated(0.04, t) if numerical else flow.solution(start, t), flow.real) for t in TIMES]


def expected_bures() -> list[float]:
    """e^{−t} W2(0) in R³."""
    return [float(np.exp(-t)) * frechet(normal_law(3, 1), normal_law(3, 2)) for t in TIMES]


def between(dim: int) -> float:
    """W2 between the particles at the two TIMES."""
    (_, first, second), _ = particles(dim)
    return assigned(first, second)


def bures_between() -> float:
    """W2 between the closed forms at the two TIMES."""
    flow, start = BuresFlow(normal_law(3, 2)), normal_law(3, 1)
    return frechet(*(flow.solution(start, t) for t in TIMES))


def share_between() -> float:
    """e^{−s} − e^{−t} at TIMES."""
    return float(np.exp(-TIMES[0]) - np.exp(-TIMES[1]))


DISTANCE = Claim(
    name="w2-flow-distance",
    says="Along the gradient flow of ½W2² the distance to the data is W2(t) = e^{−t} W2(0): an equality, not a bound.",
    equation=r"W_2(\mu_t, \mu_d) = e^{-t}\, W_2(\mu_0, \mu_d)",
    source="huang2024generative, the exponential convergence of the flow",
    proof=(
        Step(
            "T = A C⁻¹ takes N(0, S_t) to the data (d = 2), times det² C",
            pushed_by_later_map,
            lambda: list((path(u).det() ** 2 * A * S * A).subs(IN_AXES)),
        ),
        Step(
            "T is symmetric: a gradient, convex as A and C are positive", lambda: later_map()[0, 1], lambda: later_map()[1, 0]
        ),
        Step(
            "its cost is e^{−2t} times that of A, times det² C",
            still_to_go,
            lambda: (path(u).det() ** 2 * u**2 * ((EYE - A) * S * (EYE - A)).trace()).subs(IN_AXES),
        ),
    ),
    witness=Agreement(
        (
            Step("particles in R², RK4", partial(particle_distances, 2), partial(expected_distances, 2), Rivals(1e-7)),
            Step("particles in R³, RK4", partial(particle_distances, 3), partial(expected_distances, 3), Rivals(1e-7)),
            Step("normal laws in R³, RK4 on (m, S)", partial(bures_distances, True), expected_bures, Rivals(1e-5)),
            Step("normal laws in R³, closed form", partial(bures_distances, False), expected_bures, Rivals(1e-10)),
        )
    ),
)

GEODESIC = Claim(
    name="w2-flow-geodesic",
    says="The flow of ½W2² runs on the geodesic: W2(μ_s, μ_t) = |e^{−s} − e^{−t}| W2(μ_0, μ_d).",
    equation=r"W_2(\mu_s, \mu_t) = |e^{-s} - e^{-t}|\, W_2(\mu_0, \mu_d)",
    source="ambrosio2008gradient, chapter 7",
    proof=(
        Step(
            "the overlap of S_s and S_t is tr C_s S C_t (d = 2)", squared_overlap, lambda: (path(u) * S * path(v)).trace() ** 2
        ),
        Step(
            "tr S_s + tr S_t less twice the overlap",
            lambda: (moved(u) + moved(v) - 2 * path(u) * S * path(v)).trace(),
            lambda: (u - v) ** 2 * ((A - EYE) * S * (A - EYE)).trace(),
        ),
    ),
    witness=Agreement(
        (
            Step("particles in R²", partial(between, 2), lambda: share_between() * assigned(*clouds(10, 2)), Rivals(1e-6)),
            Step(
                "normal laws in R³, closed form",
                bures_between,
                lambda: share_between() * frechet(normal_law(3, 1), normal_law(3, 2)),
                Rivals(1e-10),
            ),
        )
    ),
)
