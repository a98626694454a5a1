"""Finite differences converge at their order: every boundary, order, dimension and accuracy, under variable weights."""

import pytest
import sympy as sp

from gantheory.objectives import (
    JENSEN_SHANNON_GAN,
    LEAST_SQUARES,
    LOGISTIC,
    WASSERSTEIN,
    Boundary,
    GradientPenalty,
    Objective,
)
from gantheory.symbolic import nu, p, q
from tests.finite_differences.problems import TORUS, bent, bounded, converges, problem, steep, waving

DIRICHLET, NATURAL, SUPPORTED = Boundary.DIRICHLET, Boundary.NATURAL, Boundary.SIMPLY_SUPPORTED
OVER = (p + q) / 2 + nu**2 / 5
L = sp.Rational(7, 10)


def penalised(order, over=OVER, loss=WASSERSTEIN):
    return Objective(loss, L * GradientPenalty(order, over=over))


def centred(order, loss=WASSERSTEIN, one_sided=False):
    return Objective(loss, L * GradientPenalty(order, over=OVER, centre=sp.Rational(3, 10), one_sided=one_sided))


MIXED_LOGISTIC = Objective(LOGISTIC, L * GradientPenalty(2, over=OVER), L / 5 * GradientPenalty(1, over=p))
MIXED = Objective(LEAST_SQUARES, L * GradientPenalty(2, over=OVER), L / 5 * GradientPenalty(1, over=p), GradientPenalty(0, q))
CASES = {  # name ↦ objective, dimension, coarsest points, levels, kind of solve
    "m = 1, constant, 1-D": (penalised(1, 1), 1, (9,), 5, {DIRICHLET: "DST", SUPPORTED: "DST", NATURAL: "DCT"}),
    "m = 1, constant, 2-D": (penalised(1, 1), 2, (9, 7), 4, {DIRICHLET: "DST", SUPPORTED: "DST", NATURAL: "DCT"}),
    "m = 1, variable, 1-D": (penalised(1), 1, (9,), 5, {}),
    "m = 1, variable, 2-D": (penalised(1), 2, (9, 7), 4, {}),
    "least squares, 2-D": (penalised(1, loss=LEAST_SQUARES), 2, (9, 7), 4, {}),
    "m = 2, constant, 1-D": (penalised(2, 1), 1, (9,), 5, {SUPPORTED: "DST"}),
    "m = 2, constant, 2-D": (penalised(2, 1), 2, (17, 13), 4, {SUPPORTED: "DST"}),
    "m = 2, variable, 1-D": (penalised(2), 1, (9,), 5, {}),
    "m = 2, variable, 2-D": (penalised(2), 2, (17, 13), 4, {}),
    "orders 2, 1 and 0, 2-D": (MIXED, 2, (17, 13), 4, {}),
    "m = 3, constant, 1-D": (penalised(3, 1), 1, (11,), 5, {SUPPORTED: "DST"}),
    "m = 3, variable, 1-D": (penalised(3), 1, (11,), 5, {}),
}


@pytest.mark.parametrize("boundary", [DIRICHLET, SUPPORTED, NATURAL], ids=lambda b: b.value)
@pytest.mark.parametrize("case", CASES)
def test_boxes_are_second_order_under_every_boundary(case, boundary):
    objective, dim, points, levels, solves = CASES[case]
    made = problem(objective, boundary, dim)
    converges(made.errors(points, levels), 2)
    assert made.field(made.grid(points)).stats["solve"] == solves.get(boundary, "sparse LU")


@pytest.mark.full
@pytest.mark.parametrize("boundary", [DIRICHLET, SUPPORTED, NATURAL], ids=lambda b: b.value)
@pytest.mark.parametrize(
    ("objective", "points"),
    [(penalised(3, 1), (13, 11)), (penalised(1), (5, 6, 7)), (penalised(1, 1), (5, 6, 7))],
    ids=["m = 3 in the plane", "m = 1, variable, in space", "m = 1, constant, in space"],
)
def test_larger_boxes_are_second_order(objective, points, boundary):
    converges(problem(objective, boundary, len(points)).errors(points, 4), 2)


@pytest.mark.parametrize("accuracy", [2, 4, 6])
@pytest.mark.parametrize("over", [sp.Integer(1), OVER], ids=["constant", "variable"])
@pytest.mark.parametrize(("order", "points"), [(1, (16,)), (2, (16,)), (3, (16,)), (1, (20, 16)), (2, (20, 16))])
def test_tori_are_of_every_accuracy(order, points, over, accuracy):
    made = problem(penalised(order, over), TORUS, len(points))
    converges(made.errors(points, 4, accuracy), accuracy)


LAYERED = {  # name ↦ objective, accuracy, coarsest points, levels
    "m = 1, constant, 1-D, 4": (penalised(1, 1), 4, (13,), 4),
    "m = 1, variable, 1-D, 4": (penalised(1), 4, (13,), 4),
    "m = 1, constant, 2-D, 4": (penalised(1, 1), 4, (11, 13), 4),
    "m = 1, variable, 2-D, 4": (penalised(1), 4, (11, 13), 4),
    "m = 1, constant, 3-D, 4": (penalised(1, 1), 4, (9, 8, 10), 4),
    "m = 1, constant, 3-D, 6": (penalised(1, 1), 6, (11, 13, 12), 4),
    "m = 2, constant, 1-D, 4": (penalised(2, 1), 4, (13,), 4),
    "m = 2, variable, 1-D, 4": (penalised(2), 4, (13,), 4),
    "m = 2, constant, 2-D, 4": (penalised(2, 1), 4, (11, 13), 4),
    "m = 2, variable, 2-D, 4": (penalised(2), 4, (11, 13), 4),
    "m = 1, constant, 1-D, 6": (penalised(1, 1), 6, (13,), 4),
    "m = 1, variable, 1-D, 6": (penalised(1), 6, (13,), 4),
    "m = 1, constant, 2-D, 6": (penalised(1, 1), 6, (11, 13), 4),
}


@pytest.mark.parametrize("case", LAYERED)
def test_layers_of_exact_values_give_accuracy_4_and_6(case):
    objective, accuracy, points, levels = LAYERED[case]
    converges(problem(objective, DIRICHLET, len(points), waving).errors(points, levels, accuracy), accuracy)


NONLINEAR = {  # name ↦ objective, D, coarsest points, levels
    "logistic, 1-D": (penalised(1, loss=LOGISTIC), bounded, (9,), 4),
    "logistic, 2-D": (penalised(1, loss=LOGISTIC), bounded, (9, 7), 4),
    "logistic, orders 1 and 2": (MIXED_LOGISTIC, bounded, (9,), 4),
    "an f-divergence": (penalised(1, loss=JENSEN_SHANNON_GAN), lambda x: bounded(x) / 4, (9, 7), 4),
    "one-sided, 1-D": (centred(1, one_sided=True), steep, (9,), 4),
    "one-sided, 2-D": (centred(1, one_sided=True), steep, (9, 7), 4),
    "two-sided, 1-D": (centred(1), steep, (9,), 4),
    "two-sided, 2-D": (centred(1), steep, (9, 7), 4),
    "two-sided beside least squares, 2-D": (centred(1, loss=LEAST_SQUARES), steep, (9, 7), 4),
    "one-sided, m = 2": (centred(2, loss=LEAST_SQUARES, one_sided=True), bent, (9,), 4),
    "two-sided, m = 3": (centred(3, loss=LEAST_SQUARES), bent, (11,), 4),
}


@pytest.mark.parametrize("boundary", [DIRICHLET, NATURAL], ids=lambda b: b.value)
@pytest.mark.parametrize("case", NONLINEAR)
def test_nonlinear_equations_are_second_order(case, boundary):
    objective, D, points, levels = NONLINEAR[case]
    made = problem(objective, boundary, len(points), D)
    converges(made.errors(points, levels), 2)
    stats = made.field(made.grid(points)).stats
    assert stats["solve"] == "Newton"
    assert stats["residual"] <= 1e-9
    assert stats["iterations"] <= 15


@pytest.mark.parametrize(("points", "accuracy"), [((16,), 4), ((16,), 6), ((12, 10), 2)])
def test_logistic_equations_on_tori_are_of_every_accuracy(points, accuracy):
    converges(problem(penalised(1, loss=LOGISTIC), TORUS, len(points)).errors(points, 4, accuracy), accuracy)
