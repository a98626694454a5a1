"""In one dimension the critics of WGAN-GP and WGAN-LP have their slopes in closed form."""

from functools import partial

import numpy as np
import sympy as sp
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import coordinates, nu

(x,) = coordinates(1)
lam, K = sp.symbols("lambda K", positive=True)
WEIGHT, CENTRE = 0.8, 1.3
REAL, FAKE, BETWEEN = norm(0.4, 0.7), norm(-0.3, 1.1), norm(0.1, 1.0)  # ν of the interpolates is free
PLACES = np.linspace(-3.1, 3.3, 41)


def printed_slope(gap: sp.Expr, w: sp.Expr) -> sp.Expr:
    """(F_q − F_p)/2λν + K sgn(F_q − F_p)."""
    return gap / (2 * lam * w) + K * sp.sign(gap)


def equation_at_the_slope(one_sided: bool, sign: int) -> sp.Expr:
    """The left side of the Euler–Lagrange equation at D′ = ±(g/2λν + K), F_q − F_p = ±g, g and ν unknown, positive."""
    g, w = (sp.Function(name, positive=True)(x) for name in ("g", "nu"))
    D = sp.Function("D", real=True)(x)
    penalty = GradientPenalty(1, over=nu, centre=K, one_sided=one_sided)
    left, _ = Objective(WASSERSTEIN, lam * penalty).euler_lagrange().at(D, sp.S.Zero, sp.S.Zero, (x,), w)
    slope = printed_slope(sign * g, w)
    steps = (left.subs(D.diff(x, 2), sp.diff(slope, x)).subs(D.diff(x), slope)).doit()
    size = g / (2 * lam * w) + K
    steps = steps.subs(sp.sqrt(sp.expand(slope**2)), size).subs(sp.sqrt(slope**2), size).subs(sp.Abs(slope), size)
    return sp.simplify(sp.simplify(steps).replace(sp.Heaviside, lambda *_: sp.S.One))


def source(sign: int) -> sp.Expr:
    """p − q = −(F_q − F_p)′."""
    return -sign * sp.Function("g", positive=True)(x).diff(x)


def of_formula() -> np.ndarray:
    """The closed form in numbers."""
    gap = FAKE.cdf(PLACES) - REAL.cdf(PLACES)
    return gap / (2 * WEIGHT * BETWEEN.pdf(PLACES)) + CENTRE * np.sign(gap)


def by_search(one_sided: bool) -> np.ndarray:
    """The slope u that minimises −u (F_q − F_p) + λν(|u| − K)², or its positive part, at each place: J is Σ of these."""
    found = []
    for at in PLACES:
        gap, density = FAKE.cdf(at) - REAL.cdf(at), BETWEEN.pdf(at)

        def cost(u: float, gap: float = gap, density: float = density) -> float:
            excess = abs(u) - CENTRE
            return -u * gap + WEIGHT * density * (max(excess, 0.0) if one_sided else excess) ** 2

        wide = CENTRE + abs(gap) / (WEIGHT * density) + 1
        halves = [
            minimize_scalar(cost, bounds=ends, method="bounded", options={"xatol": 1e-12}) for ends in ((-wide, 0), (0, wide))
        ]
        found.append(min(halves, key=lambda half: half.fun).x)
    return np.array(found)


def slopes_where_equal() -> list[float]:
    """|D′| where F_p = F_q: the two minima of λν(|u| − K)², both by a search."""
    return [
        float(minimize_scalar(lambda u: (abs(u) - CENTRE) ** 2, bounds=ends, method="bounded", options={"xatol": 1e-12}).x)
        for ends in ((-3, 0), (0, 3))
    ]


CENTRED = Claim(
    name="centred-slopes",
    says=(
        "For n = 1 the critics of WGAN-GP and WGAN-LP have D′ = (F_q − F_p)/2λν + K sgn(F_q − F_p) where F_p ≠ F_q; where "
        "they are equal, WGAN-GP has D′ = ±K, of either sign, and WGAN-LP any |D′| ≤ K."
    ),
    equation=r"D' = \frac{F_q - F_p}{2\lambda\nu} + K\,\mathrm{sgn}(F_q - F_p)",
    source="gulrajani2017improved, the penalty; its one-sided form is that of petzka2018regularization; derived",
    proof=tuple(
        Step(
            f"{'WGAN-LP' if one_sided else 'WGAN-GP'}, F_q {'>' if sign > 0 else '<'} F_p: the Euler–Lagrange equation holds",
            partial(equation_at_the_slope, one_sided, sign),
            partial(source, sign),
        )
        for one_sided in (False, True)
        for sign in (1, -1)
    ),
    witness=Agreement(
        (
            Step("WGAN-GP: the slope of least cost at each place", partial(by_search, False), of_formula, Rivals(1e-6)),
            Step("WGAN-LP: the same", partial(by_search, True), of_formula, Rivals(1e-6)),
            Step("where F_p = F_q: two slopes of equal cost", slopes_where_equal, lambda: [-CENTRE, CENTRE], Rivals(1e-6)),
        )
    ),
)
