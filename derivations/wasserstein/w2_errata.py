"""Two numbers that were printed as W2: its square, and the root of a scalar cost summed against a matrix."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import norm

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.measures import Empirical, Gaussian, ring
from gantheory.metrics import gaussian_wasserstein, wasserstein

m, n = sp.symbols("m n", real=True)
s, u = sp.symbols("s u", positive=True)
z = sp.Symbol("z", real=True)


def by_quantiles() -> sp.Expr:
    """E[(m + s Z − n − u Z)²], Z ~ N(0, 1): the cost of the monotone map, by the moments 1, 0, 1 of Z."""
    square = sp.Poly(sp.expand((m + s * z - n - u * z) ** 2), z)
    moments = {0: 1, 1: 0, 2: 1}
    return sp.Add(*(c * moments[k] for (k,), c in square.terms()))


def law(mean: float, deviation: float) -> Gaussian:
    """N(mean, deviation²) on the line."""
    return Gaussian(torch.tensor([mean], dtype=torch.float64), torch.tensor([[deviation**2]], dtype=torch.float64))


def quantile_distance(first: tuple[float, float], second: tuple[float, float]) -> float:
    """W2 = (∫₀¹ |F⁻¹ − G⁻¹|² du)^{1/2}, the integral over u = Φ(z) by Gauss–Hermite nodes and SciPy's quantiles."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    levels = norm.cdf(nodes)
    gap = norm.ppf(levels, *first) - norm.ppf(levels, *second)
    return float(np.sqrt((weights * gap**2).sum() / weights.sum()))


LAWS = (((0.4, 1.3), (-0.7, 0.6)), ((2.0, 0.5), (2.5, 1.75)))

SQUARED = Claim(
    name="wasserstein-gaussian-square",
    says=(
        "|m − m′|² + tr(A + B − 2(A^{1/2}BA^{1/2})^{1/2}) is the square of W2 between N(m, A) and N(m′, B); "
        "printed as W2, it doubles every exponent and is no distance."
    ),
    equation=r"W_2^2 = |m - m'|^2 + \operatorname{tr}\left(A + B - 2(A^{1/2} B A^{1/2})^{1/2}\right)",
    source="asokan2022lsgans, evaluation on Gaussians; dowson1982frechet has the square",
    proof=(
        Step(
            "the cost of the monotone map on the line",
            by_quantiles,
            lambda: (m - n) ** 2 + s**2 + u**2 - 2 * sp.sqrt(s**2 * u**2),
        ),
        Step("between translates it is the square of the shift", lambda: by_quantiles().subs(u, s), lambda: (m - n) ** 2),
    ),
    witness=(
        Agreement(
            (
                Step(
                    "W2 by the package against quantiles",
                    lambda: [gaussian_wasserstein(law(*a), law(*b)) for a, b in LAWS],
                    lambda: [quantile_distance(a, b) for a, b in LAWS],
                    Rivals(1e-10),
                ),
            )
        ),
        Refutation(
            example="N(0, 1) and N(2, 1) on the line, a shift by 2",
            printed=lambda: 2.0**2,
            found=lambda: gaussian_wasserstein(law(0.0, 1.0), law(2.0, 1.0)),
            margin=0.4,
        ),
    ),
)

HALF = sp.Rational(1, 2)
SQUARES = sp.Matrix(2, 3, sp.symbols("c1:7", positive=True))  # |x_i − y_j|²
PLAN = sp.Matrix(2, 3, sp.symbols("P1:7", positive=True))


def coded_square() -> sp.Expr:
    """Σ M T, M = |x − y|²/2 a matrix and T = Σ P M the scalar cost: the square of the coded estimate."""
    M = HALF * SQUARES
    T = sum((P * c for P, c in zip(PLAN, M, strict=True)), sp.S.Zero)
    return sum((c * T for c in M), sp.S.Zero)


def right_square() -> sp.Expr:
    """W2² = Σ P |x − y|²."""
    return sum((P * c for P, c in zip(PLAN, SQUARES, strict=True)), sp.S.Zero)


def batches(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Two batches of the ring of eight Gaussians."""
    draw = torch.Generator().manual_seed(11)
    return tuple(ring().sample(count, draw).numpy() for _ in range(2))  # type: ignore[return-value]


def assigned(x: np.ndarray, y: np.ndarray) -> float:
    """W2 of equal batches by SciPy's assignment."""
    cost = cdist(x, y) ** 2
    return float(np.sqrt(cost[linear_sum_assignment(cost)].mean()))


def coded(x: np.ndarray, y: np.ndarray) -> float:
    """sqrt(sum(M T)) with T the scalar that an optimal-transport library returns for M = |x − y|²/2."""
    M = cdist(x, y) ** 2 / 2
    T = M[linear_sum_assignment(M)].mean()
    return float(np.sqrt((M * T).sum()))


def distance(x: np.ndarray, y: np.ndarray) -> float:
    """By the package."""
    return wasserstein(Empirical(torch.from_numpy(x)), Empirical(torch.from_numpy(y)))


ATOMS = (np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]))
COUNT = 60

ESTIMATE = Claim(
    name="wasserstein-scalar-cost",
    says=(
        "With M = |x_i − y_j|²/2 and T = min Σ P M a number, W2 is √(2T); the coded √(Σ M T) is √(Σ M/2) times that: it "
        "grows with the batch and is large for two batches of the same law."
    ),
    equation=r"W_2 = \sqrt{2T}, \qquad \sqrt{\textstyle\sum_{ij} M_{ij} T} = \sqrt{\textstyle\frac{1}{2}\sum_{ij} M_{ij}}\;W_2",
    source="flamary2021pot, exact transport, whose emd2 returns the number T; asokan2022lsgans, code for Gaussian mixtures",
    proof=(
        Step("the coded square, over any plan", coded_square, lambda: sum(SQUARES, sp.S.Zero) / 4 * right_square()),
        Step("2T is W2²", lambda: 2 * sum((P * c * HALF for P, c in zip(PLAN, SQUARES, strict=True)), sp.S.Zero), right_square),
    ),
    witness=(
        Agreement(
            (
                Step(
                    f"W2 of two batches of {COUNT}, the package against SciPy's assignment",
                    lambda: distance(*batches(COUNT)),
                    lambda: assigned(*batches(COUNT)),
                    Rivals(1e-9),
                ),
                Step(
                    "the coded estimate against √(Σ M/2) W2",
                    lambda: coded(*batches(COUNT)),
                    lambda: float(np.sqrt((cdist(*batches(COUNT)) ** 2).sum() / 4)) * distance(*batches(COUNT)),
                    Rivals(1e-9),
                ),
            )
        ),
        Refutation(
            example="one atom against another at distance 1",
            printed=partial(coded, *ATOMS),
            found=partial(distance, *ATOMS),
            margin=0.4,
        ),
        Refutation(
            example=f"two batches of {COUNT} from the ring of eight Gaussians",
            printed=lambda: coded(*batches(COUNT)),
            found=lambda: distance(*batches(COUNT)),
            margin=0.9,
        ),
    ),
)
