"""What symmetry saves in samples: closed forms on the line and for a Gaussian kernel."""

from functools import cache, partial
from math import comb, pi, sqrt

import numpy as np
import sympy as sp
import torch

from gantheory.claims import Agreement, Claim, Convergence, Rivals, Statistical, Step
from gantheory.groups import sign
from gantheory.kernels import SymmetrisedKernel, gaussian
from gantheory.measures import Empirical
from gantheory.metrics import quotient_wasserstein

t = sp.Symbol("t", positive=True)
LIMIT = sqrt(2 / pi) * pi / 8


def by_cases(n: int) -> sp.Expr:
    """I_n = ∫₀¹ E|Bin(n, t)/n − t| dt, term by term, the absolute value split at k/n."""
    total = sp.S.Zero
    for k in range(n + 1):
        share = sp.binomial(n, k) * t**k * (1 - t) ** (n - k) * (sp.Rational(k, n) - t)
        primitive = sp.integrate(sp.expand(share), t)
        total += 2 * primitive.subs(t, sp.Rational(k, n)) - primitive.subs(t, 1) - primitive.subs(t, 0)
    return sp.nsimplify(total)


def by_de_moivre(n: int) -> sp.Expr:
    """The same with E|Bin(n, t) − nt| = 2ν C(n, ν) t^ν (1 − t)^{n−ν+1} for (ν − 1)/n ≤ t ≤ ν/n."""
    pieces = []
    for v in range(1, n + 1):
        mean = 2 * v * sp.binomial(n, v) * sp.expand(t**v * (1 - t) ** (n - v + 1))
        pieces.append(sp.integrate(mean, (t, sp.Rational(v - 1, n), sp.Rational(v, n))) / n)
    return sp.Add(*pieces)


@cache
def mean_deviation(n: int) -> float:
    """I_n by the closed form and Gauss and Legendre's nodes on each piece."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    total = 0.0
    for v in range(1, n + 1):
        s = (v - 1 + (nodes + 1) / 2) / n
        logs = np.log(2 * v) + _log_binomial(n, v) + v * np.log(s) + (n - v + 1) * np.log1p(-s)
        total += float(weights @ np.exp(logs)) / (2 * n**2)
    return total


def _log_binomial(n: int, v: int) -> float:
    return float(np.log(float(comb(n, v)))) if n < 1000 else float(sp.N(sp.log(sp.binomial(n, v))))


def distance_to_uniform(points: np.ndarray, lower: float) -> np.ndarray:
    """∫ |F_n − F| over [lower, 1], F uniform there, for each row of points: exact, piece by piece."""
    x = np.sort(points, 1)
    n = x.shape[1]
    knots = np.concatenate([np.full((len(x), 1), lower), x, np.ones((len(x), 1))], 1)
    level = np.arange(n + 1) / n
    left = level - (knots[:, :-1] - lower) / (1 - lower)  # F_n − F falls along each piece
    right = level - (knots[:, 1:] - lower) / (1 - lower)
    same = left * right >= 0
    with np.errstate(invalid="ignore", divide="ignore"):
        crossing = (left**2 + right**2) / (2 * (left - right))
    area = np.where(same, (np.abs(left) + np.abs(right)) / 2 * (left - right), np.where(same, 0, crossing * (left - right)))
    return area.sum(1) * (1 - lower)


def estimate(n: int, averaged: bool) -> tuple[float, float]:
    """The mean of W1(S[P_n], P), or of W1(P_n, P), over 4000 samples of U[−1, 1], with its standard error.

    The images are the package's; W1 is ∫|F_n − F| over [−1, 1], exactly.
    """
    raw = np.random.default_rng(n).uniform(-1, 1, (4000, n))
    if averaged:
        images = sign(1).orbit(torch.from_numpy(raw.reshape(-1, 1))).numpy().reshape(2, 4000, n)
        raw = np.concatenate(list(images), 1)
    found = distance_to_uniform(raw, -1.0)
    return float(found.mean()), float(found.std(ddof=1) / sqrt(len(found)))


def two_samples(n: int) -> np.ndarray:
    """W1 between two averaged samples by the package, for 5 pairs."""
    raw = np.random.default_rng(7).uniform(-1, 1, (5, 2, n, 1))
    pairs = [[Empirical(torch.from_numpy(x)) for x in pair] for pair in raw]
    return np.array([quotient_wasserstein(x, y, sign(1), 1) for x, y in pairs])


def two_folded_samples(n: int) -> np.ndarray:
    """W1 between the sorted absolute values, by NumPy."""
    raw = np.abs(np.random.default_rng(7).uniform(-1, 1, (5, 2, n)))
    return np.abs(np.sort(raw[:, 0]) - np.sort(raw[:, 1])).mean(1)


UNIFORM = Claim(
    name="w1-halves-on-the-line",
    says="For n points of U[−1, 1] averaging over the sign halves the mean of W1 to the law exactly, for every n.",
    equation=r"\mathbb{E}W_1(P_n,P) = 2I_n,\quad \mathbb{E}W_1(S^\Sigma[P_n],P) = I_n,\quad "
    r"I_n = \int_0^1 \mathbb{E}\left|\frac{\mathrm{Bin}(n,t)}{n} - t\right|dt",
    source="chen2023sample, section 4",
    proof=(
        Step("I_1 = 1/3", lambda: by_cases(1), lambda: sp.Rational(1, 3)),
        *(Step(f"I_{n}: by cases, by de Moivre", partial(by_cases, n), partial(by_de_moivre, n)) for n in (2, 3, 5)),
    ),
    witness=Agreement(
        (
            *(
                Step(f"n = {n}: averaged, 4000 samples", partial(estimate, n, True), partial(mean_deviation, n), Statistical())
                for n in (3, 11)
            ),
            Step("n = 11: as drawn", partial(estimate, 11, False), lambda: 2 * mean_deviation(11), Statistical()),
            Step("n = 9: two averaged samples", partial(two_samples, 9), partial(two_folded_samples, 9), Rivals(1e-12)),
        )
    ),
)


def distance_to_limit(size: float) -> float:
    """|√n I_n − √(2/π) π/8| over the limit, at n = 1/size."""
    n = round(1 / size)
    return abs(sqrt(n) * mean_deviation(n) - LIMIT) / LIMIT


def mean_root() -> sp.Expr:
    """√(2/π) ∫₀¹ √(t(1 − t)) dt by SymPy: E|N(0, t(1−t))| integrated."""
    return sp.sqrt(2 / sp.pi) * sp.integrate(sp.sqrt(t * (1 - t)), (t, 0, 1))


def by_beta() -> sp.Expr:
    """√(2/π) B(3/2, 3/2)."""
    half = sp.Rational(3, 2)
    return sp.sqrt(2 / sp.pi) * sp.gamma(half) ** 2 / sp.gamma(3)


CENTRAL = Claim(
    name="w1-on-the-line-in-the-limit",
    says="√n I_n tends to √(2/π) π/8 = 0.31333: the gain is in the constant, |Σ|^{-1/d} with d = 1, never in the rate.",
    equation=r"\sqrt{n}\,I_n \to \sqrt{\frac2\pi}\int_0^1\sqrt{t(1-t)}\,dt = \sqrt{\frac2\pi}\,\frac\pi8",
    source="chen2023sample, section 4",
    proof=(
        Step("the limit, by the Beta function", lambda: sp.sqrt(2 / sp.pi) * sp.pi / 8, by_beta),
        Step("the first I_n: n = 4", partial(by_cases, 4), partial(by_de_moivre, 4)),
    ),
    witness=Convergence(
        distance_to_limit,
        (1 / 50, 1 / 100, 1 / 200, 1 / 400),
        1,
        1e-3,
        size="inverse sample size $1/n$",
        quantity="relative distance to the limit",
    ),
)

h, d = sp.symbols("h d", positive=True)
SHARE = (h**2 / (h**2 + 2)) ** (d / 2)
IMAGE = (h**2 / (h**2 + 4)) ** (d / 2)


def gain_in_the_plane() -> sp.Expr:
    """(1 − q)/(½(1 + s) − q) at d = 2."""
    return sp.factor(sp.simplify(((1 - SHARE) / ((1 + IMAGE) / 2 - SHARE)).subs(d, 2)))


def moment(factor: sp.Expr) -> sp.Expr:
    """E exp(−c Z²) for a standard normal Z, by the integral."""
    z, c = sp.Symbol("z", real=True), sp.Symbol("c", positive=True)
    return sp.integrate(sp.exp(-c * z**2) / sp.sqrt(2 * sp.pi), (z, -sp.oo, sp.oo)).subs(c, factor + sp.Rational(1, 2))


def discrepancies(width: float, averaged: bool) -> tuple[float, float]:
    """n MMD²(S[P_n], N(0, I_2)) over 400 samples of 10 points, with its standard error: Gram matrices by the package."""
    kernel = SymmetrisedKernel(gaussian(width), sign(2)) if averaged else gaussian(width)
    generator, n = torch.Generator().manual_seed(3), 10
    share, found = width**2 / (width**2 + 1), []
    for _ in range(400):
        x = torch.randn(n, 2, generator=generator, dtype=torch.float64)
        cross = share * (-x.square().sum(1) / (2 * (width**2 + 1))).exp()  # E k(x, Y); even in x, hence its own average
        found.append(n * float(kernel(x, x).mean() - 2 * cross.mean() + width**2 / (width**2 + 2)))
    return float(np.mean(found)), float(np.std(found, ddof=1) / sqrt(len(found)))


def expected(width: float, averaged: bool) -> float:
    """1 − q, or ½(1 + s) − q, at d = 2."""
    q, s = width**2 / (width**2 + 2), width**2 / (width**2 + 4)
    return (1 + s) / 2 - q if averaged else 1 - q


GAUSSIAN = Claim(
    name="mmd-gain-of-the-sign",
    says="For a Gaussian kernel of width h and P = N(0, I) in the plane the sign divides the mean MMD² by 2 + h²/2, more than "
    "|Σ| = 2, since averaging also kills the linear features.",
    equation=r"n\,\mathbb{E}\,\mathrm{MMD}^2 = 1 - q,\quad \frac{1+s}{2} - q\ \text{averaged};\quad "
    r"q = \left(\frac{h^2}{h^2+2}\right)^{d/2},\ s = \left(\frac{h^2}{h^2+4}\right)^{d/2}",
    source="chen2023sample, section 4",
    proof=(
        Step("q in one dimension: X − X′ = √2 Z", lambda: moment(1 / h**2), lambda: SHARE.subs(d, 1)),
        Step("s in one dimension: X − (−X) = 2Z", lambda: moment(2 / h**2), lambda: IMAGE.subs(d, 1)),
        Step("d = 2: the gain", gain_in_the_plane, lambda: 2 + h**2 / 2),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"h = {w}, {'averaged' if s else 'as drawn'}: 400 samples of 10 points",
                partial(discrepancies, w, s),
                partial(expected, w, s),
                Statistical(),
            )
            for w, s in ((1.0, False), (1.0, True), (3.0, True))
        )
    ),
)
