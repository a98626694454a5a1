"""What ½W2² is not: convex along geodesics in the plane, and contracting between two of its flows."""

from functools import partial
from itertools import permutations

import numpy as np
import sympy as sp
import torch

from derivations.wasserstein.w2_distance import assigned, frechet, normal_law
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.flows import BuresFlow, WassersteinFlow
from gantheory.integration import integrate, rk4
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import gaussian_wasserstein, wasserstein

Points = list[tuple[sp.Expr, sp.Expr]]

FIRST, SECOND, THIRD = [(0, 0), (2, 1)], [(0, 0), (-2, 1)], [(0, 0), (0, -2)]
s = sp.Symbol("s", positive=True)
HEIGHT = sp.Rational(1, 4)  # a: the two pairs are 2a apart
HALF = sp.Rational(1, 2)
mean, other, deviation, width = sp.symbols("m n a b", positive=True)
target_mean, target_deviation = sp.symbols("m1 s1", positive=True)


def squared(x: Points, y: Points) -> sp.Expr:
    """W2² by the least of all assignments, exact."""
    sums = [sum((a - c) ** 2 + (b - d) ** 2 for (a, b), (c, d) in zip(x, p, strict=True)) for p in permutations(y)]
    return sp.Min(*(sp.Rational(1, len(x)) * sp.sympify(z) for z in sums))


def along(share: sp.Expr) -> Points:
    """The geodesic from FIRST to SECOND: by the swap, which costs 10 against 16."""
    swapped = zip(FIRST, reversed(SECOND), strict=True)
    return [tuple((1 - share) * a + share * b for a, b in zip(x, y, strict=True)) for x, y in swapped]  # type: ignore[misc]


def profile_by_hand(share: sp.Expr) -> sp.Expr:
    """½(10 t² − 6t + 9) for t ≤ ½, symmetric about ½."""
    near = sp.Min(share, 1 - share)
    return (10 * near**2 - 6 * near + 9) / 2


TENTHS = tuple(sp.Rational(k, 10) for k in (0, 1, 3, 5, 8, 10))


def tensor(points: Points) -> torch.Tensor:
    """The points in float64."""
    return torch.tensor([[float(a), float(b)] for a, b in points], dtype=torch.float64)


def measured(share: sp.Expr) -> float:
    """W2² of the point `share` of the geodesic to THIRD, by the metric."""
    return wasserstein(Empirical(tensor(along(share))), Empirical(tensor(THIRD))) ** 2


def pairs(sign: int, share: sp.Expr) -> Points:
    """What ±(1, ± a) has become on its way to ±(0, ± 1): share = e^{−t}."""
    height = sign * (share * HEIGHT + 1 - share)
    return [(share, height), (-share, -height)]


def separated(end: float) -> float:
    """W2 at time `end` between the two flows from pairs(±1, 1), by RK4."""
    real = Empirical(torch.tensor([[0.0, 1.0], [0.0, -1.0]]).double())
    ends = [
        integrate(WassersteinFlow(2, real), tensor(pairs(sign, sp.S.One)), [0.0, end], method=rk4(end / 24)).final
        for sign in (1, -1)
    ]
    return assigned(torch.as_tensor(ends[0]), torch.as_tensor(ends[1]))


def apart_on_the_line(share: sp.Expr) -> sp.Expr:
    """W2² of two normal laws of the line on their way to N(m₁, s₁²), share = e^{−t}."""
    means = [target_mean + share * (z - target_mean) for z in (mean, other)]
    deviations = [target_deviation + share * (z - target_deviation) for z in (deviation, width)]
    return (means[0] - means[1]) ** 2 + (deviations[0] - deviations[1]) ** 2


def random_flows(count: int) -> tuple[int, float, float]:
    """How often W2(μ_t, μ'_t) ≥ e^{−t} W2(μ_0, μ'_0) in R², and the least and largest ratio of the two."""
    ratios = []
    for k in range(count):
        a, b, real = (normal_law(2, 1000 * j + k, 0.05) for j in range(3))
        t, flow = 0.3 + 2 * (k % 7) / 7, BuresFlow(real)
        later = gaussian_wasserstein(flow.solution(a, t), flow.solution(b, t))
        ratios.append(later / (np.exp(-t) * gaussian_wasserstein(a, b)))
    return int(sum(r >= 1 - 1e-9 for r in ratios)), min(ratios), max(ratios)


def line_ratio(seed: int) -> float:
    """W2(μ_t, μ'_t) of two flows of normal laws on the line at t = 0.9, by SciPy's root."""
    a, b, real = (normal_law(1, 10 * seed + j) for j in range(3))
    flow = BuresFlow(real)
    laws: list[Gaussian] = [flow.solution(law, 0.9) for law in (a, b)]
    return frechet(*laws)


GEODESIC_CONVEXITY = Claim(
    name="w2-not-geodesically-convex",
    says="½W2²(·, ν) is not convex along geodesics in the plane: from two points to two, W2² is 4.05, 4.25, 4.05 on the way.",
    equation=r"W_2^2(\mu_{1/2}, \nu) = 4.25 > 4.05 = \tfrac12 W_2^2(\mu_{3/10}, \nu) + \tfrac12 W_2^2(\mu_{7/10}, \nu)",
    source="ambrosio2008gradient, chapter 9",
    proof=(
        Step("the geodesic is the swap", lambda: squared(FIRST, SECOND), lambda: sp.Integer(5)),
        Step(
            "W2² along it, by all assignments against the parabola",
            lambda: [squared(along(z), THIRD) for z in TENTHS],
            lambda: [profile_by_hand(z) for z in TENTHS],
        ),
        Step(
            "at 3/10, 1/2 and 7/10",
            lambda: [squared(along(sp.Rational(k, 10)), THIRD) for k in (3, 5, 7)],
            lambda: [sp.Rational(405, 100), sp.Rational(425, 100), sp.Rational(405, 100)],
        ),
    ),
    witness=(
        Agreement(
            (
                Step(
                    "the metric along the geodesic",
                    lambda: [measured(z) for z in TENTHS],
                    lambda: [float(profile_by_hand(z)) for z in TENTHS],
                    Rivals(1e-12),
                ),
            )
        ),
        Refutation(
            "convexity would bound the middle by the mean of W2² at 3/10 and 7/10",
            lambda: (measured(sp.Rational(3, 10)) + measured(sp.Rational(7, 10))) / 2,
            lambda: measured(HALF),
        ),
    ),
)

EXPANSION = Claim(
    name="w2-flows-expand",
    says="Two flows of ½W2² to one law keep at least e^{−t} of their distance: W2(μ_t, μ'_t) ≥ e^{−t} W2(μ_0, μ'_0).",
    equation=r"W_2(\mu_t, \mu'_t) \ge e^{-t}\, W_2(\mu_0, \mu'_0)",
    source="ambrosio2008gradient, chapter 7",
    proof=(
        Step(
            "normal laws of the line: equality",
            lambda: apart_on_the_line(s),
            lambda: s**2 * ((mean - other) ** 2 + (deviation - width) ** 2),
        ),
        Step(
            "pairs in the plane: what the bound leaves over, W2²(t) − e^{−2t} W2²(0)",
            lambda: [squared(pairs(1, z), pairs(-1, z)) - z**2 * squared(pairs(1, 1), pairs(-1, 1)) for z in (TENTHS[4], HALF)],
            lambda: [sp.Rational(12, 25), sp.Rational(15, 16)],
        ),
    ),
    witness=Agreement(
        (
            Step("of 120 pairs in R² so many keep the bound", lambda: random_flows(120)[0], lambda: 120, Rivals(1e-9)),
            Step(
                "normal laws of the line, t = 0.9",
                lambda: [line_ratio(k) for k in range(1, 6)],
                lambda: [float(np.exp(-0.9)) * frechet(*(normal_law(1, 10 * k + j) for j in (0, 1))) for k in range(1, 6)],
                Rivals(1e-9),
            ),
        )
    ),
)

CONTRACTION = Claim(
    name="w2-flows-do-not-contract",
    says="Two flows of ½W2² need not approach each other, though both near the data: W2 grows from ½ to 1 by t = log 2.",
    equation=r"W_2(\mu_0, \mu'_0) = \tfrac12, \quad W_2(\mu_{\log 2}, \mu'_{\log 2}) = 1",
    source="ambrosio2008gradient, chapter 7",
    proof=(
        Step(
            "W2² of the two pairs at e^{−t} = 1, 1/2 and 1/4, by all assignments",
            lambda: [squared(pairs(1, z), pairs(-1, z)) for z in (sp.S.One, HALF, HALF**2)],
            lambda: [HALF**2, sp.S.One, HALF**2],
        ),
    ),
    witness=(
        Agreement(
            (
                Step(
                    "the two flows at t = log 2 and log 4, RK4",
                    lambda: [separated(float(np.log(k))) for k in (2, 4)],
                    lambda: [1.0, 0.5],
                    Rivals(1e-6),
                ),
            )
        ),
        Refutation(
            "a contraction would have W2 ≤ e^{−t} W2(0) at t = log 2",
            lambda: float(HALF) * float(sp.sqrt(squared(pairs(1, sp.S.One), pairs(-1, sp.S.One)))),
            partial(separated, float(np.log(2))),
        ),
    ),
)
