"""Nested iteration: Newton's method on a grid starts where that on a coarser one ended; its steps do not grow in number."""

import numpy as np
import pytest
import sympy as sp

from gantheory.discriminators import FiniteDifferences, solve
from gantheory.grids import BoxGrid, TensorGrid, TorusGrid, prolonged
from gantheory.objectives import LEAST_SQUARES, LOGISTIC, Boundary, GradientPenalty, Objective
from gantheory.symbolic import p, q
from tests.finite_differences.test_newton import pair

LINE, PLANE = ((-1.1,), (1.7,)), ((-1.1, -0.9), (1.7, 1.2))
EPS = np.finfo(float).eps
R = sp.Rational


def one_sided(loss, order, weight, centre):
    """Beyond the centre in part of the box, or nowhere."""
    return Objective(loss, weight * GradientPenalty(order, over=(p + q) / 2, centre=centre, one_sided=True))


KINKED = {  # name ↦ objective, ends, cells
    "logistic, line": (one_sided(LOGISTIC, 1, R(1, 50), R(1, 2)), LINE, (24, 48, 96, 192)),
    "least squares, line": (one_sided(LEAST_SQUARES, 1, R(1, 50), R(1, 4)), LINE, (24, 48, 96, 192)),
    "logistic, m = 2, line": (one_sided(LOGISTIC, 2, R(1, 500), R(4, 10)), LINE, (24, 48, 96)),
    "least squares, m = 2, idle": (one_sided(LEAST_SQUARES, 2, R(1, 2), 3), LINE, (24, 48, 96, 192)),
    "logistic, plane": (one_sided(LOGISTIC, 1, R(1, 50), R(1, 2)), PLANE, (12, 24, 48)),
    "least squares, plane": (one_sided(LEAST_SQUARES, 1, R(1, 50), R(1, 4)), PLANE, (12, 24, 48)),
}


def solved(case, n, boundary=Boundary.NATURAL):
    objective, ends, _ = KINKED[case]
    grid = BoxGrid(*ends, [n + 1, 3 * n // 4 + 1][: len(ends[0])], boundary)
    return solve(objective, *pair(grid.dim), solver=FiniteDifferences(grid))


@pytest.mark.parametrize("case", KINKED)
def test_steps_do_not_grow_with_the_grid_where_a_penalty_is_idle(case):
    objective, _, cells = KINKED[case]
    found = [solved(case, n) for n in cells]
    counts = [D.stats["iterations"] for D in found]
    assert max(counts) <= min(20, 1.5 * counts[0] + 3)
    assert all(len(D.stats["iterations on coarser grids"]) >= 1 for D in found[1:])
    order = objective.terms[0].penalty.order
    assert all(D.stats["residual"] <= 10 * EPS * max(D.grid.points) ** (2 * order) for D in found)  # |D| by rounding of (−Δ)^m
    assert not any("singular curvature" in D.stats for D in found)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("grid", [BoxGrid(*PLANE, (14, 13)), TensorGrid((np.linspace(0, 1, 14) ** 1.2, np.linspace(0, 2, 13)))])
def test_prolongation_keeps_polynomials_ghosts_included(grid, order):
    axes = [[line.extended for line in g.lines(order)] for g in (grid.coarsened(), grid)]
    coarse, fine = ((x[:, None] + 2) ** (2 * order - 1) - y[None] + 1 for x, y in axes)
    found = prolonged(coarse, grid.coarsened().lines(order), grid.lines(order), order)
    assert np.abs(found - fine).max() <= 1e4 * EPS * np.abs(fine).max()


@pytest.mark.parametrize("points", [(24,), (17, 12)])
def test_prolongation_goes_around_a_torus(points):
    grid = TorusGrid((1.3, 0.9)[: len(points)], points, (0.2, -0.1)[: len(points)])
    waves = [
        np.sin(2 * np.pi * g.nodes.numpy() / grid.periods + 0.3).prod(1).reshape(g.points) for g in (grid.coarsened(), grid)
    ]
    found = prolonged(waves[0], grid.coarsened().lines(2), grid.lines(2), 2)
    assert np.abs(found - waves[1]).max() <= 6 * (3 / min(points)) ** 4  # cubic splines: (2πH)⁴/384, on each axis


@pytest.mark.parametrize("grid", [BoxGrid(*PLANE, (14, 13)), TensorGrid((np.linspace(0, 1, 14), np.linspace(0, 2, 13)))])
def test_a_coarser_grid_has_half_the_cells_of_the_same_box(grid):
    assert grid.coarsened().points == (8, 7)
    assert grid.coarsened().domain == grid.domain
