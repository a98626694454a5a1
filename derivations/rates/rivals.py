"""Rivals: solvers that share no code find the same discriminator."""

from __future__ import annotations

from functools import cache, partial
from itertools import combinations
from typing import Any

import numpy as np
import sympy as sp
import torch

from derivations.rates._nonlinear_rivals import nonlinear
from derivations.rates._rivals import (
    Contest,
    boxed,
    differences,
    elements,
    hermite,
    inside,
    isotropic,
    made,
    quadrature,
    spread,
)
from derivations.rates.finite_differences import (
    CIRCLES,
    CLAMPED,
    LINE,
    MEAN,
    NATURAL,
    PLANE,
    ROOM,
    SUPPORTED,
    linear,
    on_torus,
    squares,
)
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import Collocation, FourierSeries, GaussianOracle, GreensFunction, solve
from gantheory.discriminators.finite_elements import ARGYRIS, HERMITE, QUADRATIC
from gantheory.measures import Empirical
from gantheory.objectives import WASSERSTEIN, Box, GradientPenalty, Objective, Torus, least_squares, screened_terms
from gantheory.symbolic import coordinates, first_variation, nu, p, q

REAL = {1: isotropic((0.3,), 0.5), 2: isotropic((0.3, -0.2), 0.5), 3: isotropic((0.3, -0.2, 0.1), 0.5)}
FAKE = {1: isotropic((-0.4,), 0.4), 2: isotropic((-0.4, 0.5), 0.4), 3: isotropic((-0.4, 0.5, -0.3), 0.4)}
AWAY = {2: Box((2.3, 1.0), (3.5, 2.0), CLAMPED), 3: Box((2.6, 1.9, 1.4), (3.4, 2.5, 2.0), CLAMPED)}


@cache
def found(solver: Any, objective: Objective, dim: int, points: int = 0) -> Any:
    """The solver's discriminator of the two Gaussians, or of their quadrature with so many points an axis."""
    sides = (quadrature(side[dim], points) if points else side[dim] for side in (REAL, FAKE))
    return solve(objective, *sides, solver=solver)


def on_gaussians(solver: Any, objective: Objective, dim: int) -> Any:
    """The discriminator of the two Gaussians."""
    return solve(objective, REAL[dim], FAKE[dim], solver=solver)


def far(name: str, objective: Objective, dim: int, tolerance: float, finest: tuple[int, int], points: int) -> Contest:
    """Gaussians seen from a box beside them: the exact potential, its quadrature, and two solvers with its boundary values."""
    exact, box = partial(found, GaussianOracle(), objective, dim), AWAY[dim]
    rivals: dict[str, Any] = {
        "GaussianOracle": exact,
        "GreensFunction": partial(found, GreensFunction(), objective, dim, points),
        "FiniteDifferences": lambda: on_gaussians(differences(box, finest[0], exact()), objective, dim),
    }
    if finest[1]:
        rivals["FiniteElements"] = lambda: on_gaussians(elements(box, finest[1], exact()), objective, dim)
    return Contest(name, objective, lambda: (REAL[dim], FAKE[dim]), inside(box), tolerance, rivals)


SCREENED_LINE = Objective(WASSERSTEIN, *screened_terms(1, 1, 0.5))
SCREENED_PLANE = Objective(WASSERSTEIN, *screened_terms(2, 1, 0.5))
MIDDLE = {1: Box((-1.5,), (1.7,), CLAMPED), 2: Box((-0.9, -0.7), (1.1, 0.8), CLAMPED)}


@cache
def screened_line() -> Any:
    """D of trapezoid rules: the kernel has a kink."""
    return solve(SCREENED_LINE, spread(REAL[1], 4.0, 6001), spread(FAKE[1], 4.0, 6001), solver=GreensFunction())


def screened(dim: int, objective: Objective, kernel: Any, tolerance: float, finest: tuple[int, int], element: Any) -> Contest:
    """A screened penalty in free space: kernel sums, Fourier series on a wide torus, and two solvers in a box."""
    box, wide = MIDDLE[dim], Torus((40.0 if dim == 1 else 24.0,) * dim)
    rivals = {
        "GreensFunction": kernel,
        "FourierSeries": lambda: on_gaussians(FourierSeries(wide, 160 if dim == 1 else 64), objective, dim),
        "FiniteDifferences": lambda: on_gaussians(differences(box, finest[0], kernel()), objective, dim),
        "FiniteElements": lambda: on_gaussians(elements(box, finest[1], kernel(), element), objective, dim),
    }
    name = f"screened, m = {dim}, R^{dim}"
    return Contest(name, objective, lambda: (REAL[dim], FAKE[dim]), inside(box), tolerance, rivals, free=False)


def on_samples() -> Contest:
    """Least squares on weighted points of the line under λ∫|D″|²: a kernel expansion, and cubics with nodes at the points."""
    rng = np.random.default_rng(4)
    sides = [
        Empirical(torch.from_numpy(rng.normal(m, 0.8, (n, 1))), torch.from_numpy(0.2 + rng.random(n)))
        for m, n in ((0.4, 9), (-0.5, 13))
    ]
    objective = Objective(least_squares(-1, 2), 0.05 * GradientPenalty(2))
    points = np.sort(np.concatenate([s.points.numpy()[:, 0] for s in sides]))
    nodes = np.concatenate([[points[0] - 1], points, [points[-1] + 1]])
    rivals = {
        "Collocation": lambda: solve(objective, *sides, solver=Collocation()),
        "FiniteElements": lambda: solve(objective, *sides, solver=hermite(nodes)),
    }
    places = torch.linspace(float(points[0]), float(points[-1]), 61, dtype=torch.float64)[:, None]
    return Contest(
        "least squares on samples, m = 2, R^1", objective, lambda: (sides[0], sides[1]), places, 1e-8, rivals, free=False
    )


@cache
def contests() -> tuple[Contest, ...]:
    """All of them."""
    torus = partial(made, domain=CIRCLES)
    return (
        far("Wasserstein, m = 1, R^2", Objective(WASSERSTEIN, 0.7 * GradientPenalty(1)), 2, 1e-4, (49, 24), 40),
        far("Wasserstein, m = 1, R^3", Objective(WASSERSTEIN, 0.7 * GradientPenalty(1)), 3, 5e-4, (17, 8), 14),
        far("Wasserstein, m = 2, R^3", Objective(WASSERSTEIN, 0.7 * GradientPenalty(2)), 3, 5e-4, (17, 0), 16),
        screened(1, SCREENED_LINE, screened_line, 1e-4, (257, 96), QUADRATIC),
        screened(2, SCREENED_PLANE, partial(found, GreensFunction(), SCREENED_PLANE, 2, 72), 5e-4, (97, 8), ARGYRIS),
        torus(
            "Wasserstein, m = 1, torus",
            linear(0.3, 1),
            tolerance=1e-4,
            FiniteDifferences=on_torus(6, 48),
            FourierSeries=FourierSeries(CIRCLES, 16),
        ),
        torus(
            "Wasserstein, m = 2, torus",
            linear(0.3, 2),
            tolerance=5e-4,
            FiniteDifferences=on_torus(4, 96),
            FourierSeries=FourierSeries(CIRCLES, 16),
        ),
        torus(
            "least squares, m = 1, w = p, torus",
            squares(0.003, 1, p),
            tolerance=1e-4,
            FiniteDifferences=on_torus(6, 72),
            FourierSeries=FourierSeries(CIRCLES, 16),
        ),
        boxed("least squares, m = 1, w = (p+q)/2, plane", squares(0.3, 1, MEAN), PLANE, NATURAL, (64, 24), QUADRATIC, 5e-4),
        boxed("Wasserstein, m = 1, w = p, plane", linear(0.3, 1, p), PLANE, CLAMPED, (64, 24), QUADRATIC, 5e-4),
        boxed("least squares, m = 1, w = nu, plane", squares(0.3, 1, nu), PLANE, NATURAL, (64, 24), QUADRATIC, 5e-4),
        boxed("Wasserstein, m = 1, w = q, space", linear(0.3, 1, q), ROOM, CLAMPED, (32, 10), QUADRATIC, 5e-4),
        boxed("least squares, m = 2, w = p, plane", squares(0.03, 2, p), PLANE, CLAMPED, (64, 8), ARGYRIS, 5e-4),
        boxed("least squares, m = 2, w = (p+q)/2, plane", squares(0.03, 2, MEAN), PLANE, NATURAL, (64, 8), ARGYRIS, 5e-4),
        boxed("least squares, m = 2, w = p, line", squares(0.03, 2, p), LINE, SUPPORTED, (96, 32), HERMITE, 5e-4),
        on_samples(),
        *nonlinear(),
    )


def agreement(contest: Contest) -> Agreement:
    """Every two of its rivals."""
    pairs = combinations(contest.rivals, 2)
    return Agreement(
        tuple(
            Step(
                f"{contest.name}: {a} against {b}",
                partial(_side, contest, a),
                partial(_side, contest, b),
                Rivals(contest.tolerance),
            )
            for a, b in pairs
        )
    )


def _side(contest: Contest, name: str) -> np.ndarray:
    return contest.values[name]


@cache
def equations() -> tuple[list[sp.Expr], list[sp.Expr]]:
    """δJ/δD of the penalties of orders 1 and 2 by brute force and in structured form, p, q and D unknown."""
    x = coordinates(1)
    D = sp.Function("D", real=True)(*x)
    P, Q = (sp.Function(s, positive=True)(*x) for s in ("p", "q"))
    forced, structured = [], []
    for objective in (linear(0.3, 1, p), squares(0.03, 2, MEAN)):
        forced.append(first_variation(objective.lagrangian(D, P, Q, x), D, x))
        left, right = objective.euler_lagrange().at(D, P, Q, x)
        structured.append(left - right)
    return forced, structured


RIVALS = Claim(
    name="rivals-agree",
    says=(
        "Solvers that share no code — kernel sums, exact potentials, Fourier series, finite differences, finite elements, "
        "collocation — find the same discriminator of one objective."
    ),
    equation=r"\frac{\delta J}{\delta D} = 0",
    source="asokan2023data, section 3, and the other equations as derived here",
    proof=(Step("the equation that they solve, by brute force", lambda: equations()[0], lambda: equations()[1]),),
    witness=tuple(agreement(c) for c in contests()),
)
