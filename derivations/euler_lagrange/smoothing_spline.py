"""Poly-LSGAN in one dimension with m = 2 is the natural cubic smoothing spline."""

import numpy as np
import sympy as sp
import torch
from scipy.interpolate import make_smoothing_spline

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import Collocation, solve
from gantheory.measures import Empirical
from gantheory.objectives import Box, GradientPenalty, Objective, least_squares
from gantheory.symbolic import fundamental_solution, r

(x,) = sp.symbols("x1:2", real=True)
c1, c2, c3, u1 = sp.symbols("c1 c2 c3 u1", real=True)
D = sp.Function("D", real=True)(x)
WEIGHT = 0.02


def conditions() -> list[sp.Expr]:
    """What the variation of ∫|D″|² leaves at the ends."""
    penalised = Objective(least_squares(-1, 1), GradientPenalty(order=2))
    return [c.expression for c in penalised.euler_lagrange().boundary_conditions(Box((0,), (1,)))]


def natural() -> list[sp.Expr]:
    """−2D‴ and 2D″: the ends of a natural cubic spline."""
    return [-2 * D.diff(x, 3), 2 * D.diff(x, 2)]


def beyond_the_data() -> list[sp.Expr]:
    """D″ and D‴ to the right of three knots, with Σu = Σuc = 0."""
    u2, u3 = u1 * (c3 - c1) / (c2 - c3), u1 * (c1 - c2) / (c2 - c3)
    G = fundamental_solution(2, 1)
    spline = sum(u * G.subs(r, x - c) for u, c in ((u1, c1), (u2, c2), (u3, c3)))
    return [sp.simplify(sp.diff(spline, x, k)) for k in (2, 3)]


def clouds() -> tuple[Empirical, Empirical]:
    """23 and 31 points, unequal weights."""
    rng = np.random.default_rng(11)
    draw = [(rng.normal(m, 1.0, (n, 1)), 0.2 + rng.random(n)) for m, n in ((0.5, 23), (-0.6, 31))]
    return Empirical(*map(torch.from_numpy, draw[0])), Empirical(*map(torch.from_numpy, draw[1]))


def where() -> np.ndarray:
    """Points between the outermost data."""
    both = torch.cat([s.points for s in clouds()])[:, 0]
    return np.linspace(float(both.min()), float(both.max()), 101)


def by_collocation() -> np.ndarray:
    """D of ½E_p[(D−2)²] + ½E_q[(D+1)²] + λ∫|D″|²."""
    objective = Objective(least_squares(-1, 2), WEIGHT * GradientPenalty(order=2))
    return solve(objective, *clouds(), solver=Collocation())(torch.from_numpy(where()[:, None])).numpy()


def by_scipy() -> np.ndarray:
    """SciPy's spline of Σ w (D − y)² + λ∫|D″|², with w half the weight of each point."""
    real, fake = clouds()
    points = torch.cat([real.points, fake.points])[:, 0].numpy()
    labels = np.concatenate([np.full(len(real), 2.0), np.full(len(fake), -1.0)])
    weights = torch.cat([real.weights, fake.weights]).numpy() / 2
    order = np.argsort(points)
    return make_smoothing_spline(points[order], labels[order], weights[order], lam=WEIGHT)(where())


SMOOTHING_SPLINE = Claim(
    name="natural-smoothing-spline",
    says="Poly-LSGAN in one dimension with m = 2 is the natural cubic smoothing spline through the labels.",
    equation=r"\tfrac12\mathbb{E}_p[(D-b)^2] + \tfrac12\mathbb{E}_q[(D-a)^2] + \lambda\int |D''|^2\,dx \to \min_D",
    source="green1994nonparametric, chapter 2",
    proof=(
        Step("the natural conditions are those of a natural spline", conditions, natural),
        Step("beyond the data D is linear", beyond_the_data, lambda: [sp.S.Zero, sp.S.Zero]),
        Step("between knots D is a cubic", lambda: sp.diff(fundamental_solution(2, 1), r, 4), lambda: sp.S.Zero),
    ),
    witness=Agreement((Step("the collocation system against SciPy's banded solver", by_collocation, by_scipy, Rivals(1e-9)),)),
)
