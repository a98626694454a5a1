"""The weight λ* of a constrained Wasserstein critic, and its slope under a penalty over a density, in closed form."""

from functools import partial
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import minimize_scalar

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.objectives import WASSERSTEIN, Box, Dual, GradientPenalty, Objective, Space
from gantheory.objectives.dual import MMD, budget
from gantheory.symbolic import coordinates, p, q

lam = sp.Symbol("lambda", positive=True)
(x,) = coordinates(1)
REAL, FAKE = 1 + (2 * x - 1) / 3, 1 + (1 - 2 * x) / 2 + (x**2 - sp.Rational(1, 3)) / 5  # densities on [0, 1]
SUMS = {
    "p": (lam * GradientPenalty(1, over=p),),
    "q": (lam * GradientPenalty(1, over=q),),
    "p, 3q": (lam * GradientPenalty(1, over=p), 3 * lam * GradientPenalty(1, over=q)),
    "1": (lam * GradientPenalty(1),),
}


def dual() -> Any:
    """Of λ∫|∇²D|² in R³."""
    return Dual(Objective(WASSERSTEIN, lam * GradientPenalty(2)), Space(3))


def stationary_multiplier() -> list[sp.Expr]:
    """SymPy's root of d/dλ (−MMD²/4λ − λc), and the penalty MMD²/4λ² there."""
    value = -(MMD**2) / (4 * lam) - lam * budget
    (root,) = sp.solve(sp.diff(value, lam).subs(MMD, sp.Symbol("M", positive=True)), lam)
    return [root.subs(sp.Symbol("M", positive=True), MMD), budget]


def multiplier_of_package() -> list[sp.Expr]:
    """λ* and the penalty at λ*."""
    return [dual().multiplier, dual().penalty.subs(lam, dual().multiplier)]


def total_weight(name: str) -> sp.Expr:
    """Σ (λ_i/λ) w_i."""
    return sp.Add(*(t.weight / lam * t.penalty.over for t in SUMS[name]))


def equation_at_the_slope(name: str) -> sp.Expr:
    """The left side of the Euler–Lagrange equation at D′ = (F_q − F_p)/2λw, F and w unknown functions."""
    Fp, Fq, D = (sp.Function(s, real=True)(x) for s in ("F_p", "F_q", "D"))
    P, Q = Fp.diff(x), Fq.diff(x)
    left, _ = Objective(WASSERSTEIN, *SUMS[name]).euler_lagrange().at(D, P, Q, (x,))
    slope = (Fq - Fp) / (2 * lam * total_weight(name).subs({p: P, q: Q}))
    return sp.simplify(left.subs(D.diff(x, 2), sp.diff(slope, x)).subs(D.diff(x), slope))


def source(name: str) -> sp.Expr:
    """p − q."""
    return sp.diff(sp.Function("F_p", real=True)(x) - sp.Function("F_q", real=True)(x), x)


def constrained_gap(name: str) -> float:
    """The greatest E_p D − E_q D with ∫w|D′|² = 1: D′ of the discretised problem up to its scale, found by a search."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    at = (nodes + 1) / 2
    W = np.broadcast_to(sp.lambdify(x, total_weight(name).subs({p: REAL, q: FAKE}))(at), at.shape)
    source = sp.lambdify(x, sp.integrate(FAKE - REAL, (x, 0, x)))(at)
    metric = weights / 2 * W  # E_p D − E_q D = ∫ (F_q − F_p) D′
    gradient = weights / 2 * source
    best = minimize_scalar(
        lambda s: -(gradient @ (s * gradient / metric)) + (s**2 * (gradient**2 / metric).sum() - 1) ** 2 * 50
    )
    slope = best.x * gradient / metric
    return float(gradient @ slope / np.sqrt(metric @ slope**2))


def gap_of_package(name: str) -> float:
    """√c MMD for c = 1, by SymPy's formula and quadrature."""
    found: Any = Dual(Objective(WASSERSTEIN, *SUMS[name]), Box((0.0,), (1.0,))).constrained_gap
    inner = next(iter(found.atoms(sp.Integral)))
    functions = {
        sp.Function("F_p", real=True)(x): sp.integrate(REAL, (x, 0, x)),
        sp.Function("F_q", real=True)(x): sp.integrate(FAKE, (x, 0, x)),
        sp.Function("p", positive=True)(x): REAL,
        sp.Function("q", positive=True)(x): FAKE,
    }
    integrand = sp.lambdify(x, inner.function.subs(functions))
    grid = (np.arange(4000) + 0.5) / 4000
    return float(np.sqrt(np.mean(integrand(grid))) * float(sp.N(found.subs(inner, 1).subs(budget, 1))))


MULTIPLIER = Claim(
    name="constraint-multiplier",
    says="For the constraint ∫|∇^m D|² ≤ c the weight is λ* = MMD/2√c; the greatest gap is then √c MMD.",
    equation=r"\lambda^* = \frac{\mathrm{MMD}}{2\sqrt{c}},"
    r" \qquad \max_{\int|\nabla^m D|^2 \le c} E_p D - E_q D = \sqrt{c}\;\mathrm{MMD}",
    source="asokan2023data, section 3",
    proof=(
        Step("the multiplier maximises −MMD²/4λ − λc, and spends the budget", multiplier_of_package, stationary_multiplier),
        Step(
            "the gap MMD²/2λ at λ* is √c MMD",
            lambda: dual().gap.subs(lam, dual().multiplier),
            lambda: dual().constrained_gap,
        ),
    ),
    witness=Agreement(
        (
            Step(
                "n = m = 1, w = 1: a maximised discretised critic",
                partial(constrained_gap, "1"),
                partial(gap_of_package, "1"),
                Rivals(1e-6),
            ),
        )
    ),
)

SLOPE = Claim(
    name="slope-over-a-density",
    says="Under λ∫w|D′|² (R1, R2, both, Sobolev GAN) D′ = (F_q − F_p)/2λw, and λ* = ½√(∫(F_p − F_q)²/w dx/c).",
    equation=r"D' = \frac{F_q - F_p}{2\lambda w}, \qquad \lambda^* = \frac12\sqrt{\frac1c\int \frac{(F_p - F_q)^2}{w}\,dx}",
    source="mescheder2018which, the penalties R1 and R2; derived",
    proof=tuple(
        Step(f"w = {name}: the Euler–Lagrange equation holds", partial(equation_at_the_slope, name), partial(source, name))
        for name in SUMS
    ),
    witness=Agreement(
        tuple(
            Step(
                f"w = {name}: √c · √∫(F_p − F_q)²/w against a maximised discretised critic",
                partial(constrained_gap, name),
                partial(gap_of_package, name),
                Rivals(1e-6),
            )
            for name in ("p", "q", "p, 3q")
        )
    ),
)
