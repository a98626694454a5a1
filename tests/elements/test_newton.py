"""Laws of nonlinear equations: orders under curved losses and centred penalties, a brute-force minimum, refusals."""

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory.discriminators import solve
from gantheory.discriminators.finite_elements import ARGYRIS, HERMITE, LINEAR, MORLEY, QUADRATIC, BoxMesh, FiniteElements
from gantheory.measures import Empirical
from gantheory.objectives import LEAST_SQUARES, LOGISTIC, WASSERSTEIN, Box, GradientPenalty, Loss, Objective
from gantheory.symbolic import nu, p, q, y
from tests.elements.cases import DIRICHLET, NATURAL, box
from tests.elements.manufactured import DISCRIMINATORS, Problem, X, coarse, slopes

x1, x2, _ = X
STEEP = {1: 3 * x1 + sp.sin(2 * x1 + 0.3) / 2, 2: 2 * x1 - x2 + sp.sin(1.4 * x1 + 0.9 * x2 + 0.3) / 2 + x1 * x2 / 3}
FLAT = {1: x1 / 10 + sp.sin(2 * x1 + 0.3) / 9, 2: x1 / 10 - x2 / 8 + sp.sin(1.4 * x1 + 0.9 * x2 + 0.3) / 9}
QUARTIC = Loss(real=y**4 / 4 - y, fake=y**2 / 2 + sp.exp(y))
HALF, MIXED = sp.Rational(1, 2), (p + q) / 2


def centred(loss, one_sided, *terms, K=1):
    return Objective(loss, 2 * GradientPenalty(1, over=nu, centre=K, one_sided=one_sided), *terms)


SMOOTH = Objective(LOGISTIC, HALF * GradientPenalty(1, over=MIXED))
CLAMPED = Objective(LOGISTIC, HALF * GradientPenalty(1, over=q), sp.Rational(1, 9) * GradientPenalty(2, over=MIXED))
CASES = [  # name, element, order, objective, D, dim, boundary, cells, levels, most steps
    ("logistic", LINEAR, 2, SMOOTH, STEEP[1], 1, NATURAL, (8,), 4, 7),
    ("logistic", QUADRATIC, 3, SMOOTH, STEEP[2], 2, DIRICHLET, (3, 2), 4, 7),
    ("quartic", QUADRATIC, 3, Objective(QUARTIC, HALF * GradientPenalty(1)), STEEP[2], 2, NATURAL, (3, 2), 4, 8),
    ("one-sided", LINEAR, 2, centred(LEAST_SQUARES, True), STEEP[2], 2, DIRICHLET, (3, 2), 4, 8),
    ("one-sided", QUADRATIC, 3, centred(LEAST_SQUARES, True), STEEP[2], 2, NATURAL, (3, 2), 4, 8),
    ("two-sided", QUADRATIC, 3, centred(LEAST_SQUARES, False), STEEP[1], 1, NATURAL, (8,), 4, 8),
    ("two-sided", QUADRATIC, 3, centred(WASSERSTEIN, False), STEEP[2], 2, DIRICHLET, (3, 2), 4, 8),
    (
        "inactive",
        QUADRATIC,
        3,
        centred(LEAST_SQUARES, True, HALF * GradientPenalty(1), K=5),
        STEEP[2],
        2,
        NATURAL,
        (3, 2),
        4,
        4,
    ),
    ("logistic", HERMITE, 4, CLAMPED, DISCRIMINATORS[1], 1, NATURAL, (5,), 5, 8),
    ("logistic", MORLEY, 2, CLAMPED, DISCRIMINATORS[2], 2, DIRICHLET, (6, 4), 4, 7),
]


@pytest.mark.parametrize(
    ("name", "element", "order", "objective", "D", "dim", "kind", "cells", "levels", "most"),
    CASES,
    ids=[f"{c[0]}, {c[1]}, {c[5]}-D" for c in CASES],
)
def test_nonlinear_equations_converge_at_the_order_of_the_element(
    name, element, order, objective, D, dim, kind, cells, levels, most
):
    problem, errors, mesh = Problem(objective, box(dim, kind), D), [], coarse(box(dim, kind), cells)
    for level in range(levels):
        mesh = mesh.refined() if level else mesh
        found = problem.solved(mesh, element)
        errors.append(problem.error(found))
        assert found.stats["iterations"] <= most
        assert found.stats["residual"] <= 1e-11
        assert found.stats["minimum"]
    assert np.abs(slopes(errors)[-2:] - order).max() <= 0.1, (errors, slopes(errors))


def test_quintics_solve_a_logistic_equation():
    problem = Problem(CLAMPED, box(2, DIRICHLET), DISCRIMINATORS[2])
    assert problem.error(problem.solved(coarse(problem.domain, (4, 3)), ARGYRIS)) <= 1e-5


def hats(nodes, at):
    """The values and slopes of the hat functions at points between the nodes, entry by entry."""
    values, slopes_ = (
        torch.zeros(len(at), len(nodes), dtype=torch.float64),
        torch.zeros(len(at), len(nodes), dtype=torch.float64),
    )
    for i, x in enumerate(at.tolist()):
        k = int(np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, len(nodes) - 2))
        h = nodes[k + 1] - nodes[k]
        values[i, k], values[i, k + 1] = (nodes[k + 1] - x) / h, (x - nodes[k]) / h
        slopes_[i, k], slopes_[i, k + 1] = -1 / h, 1 / h
    return values, slopes_


@pytest.mark.parametrize("one_sided", [True, False])
def test_the_discriminator_minimises_the_objective_over_hat_functions(one_sided):
    """J_h itself, written by hand and minimised by L-BFGS; samples, so that no quadrature enters."""
    g = torch.Generator().manual_seed(3)
    real, fake = (Empirical(torch.rand(n, 1, generator=g, dtype=torch.float64) * 1.6 + s) for n, s in ((9, 0.3), (6, -0.7)))
    nodes = np.array([-1.0, -0.7, -0.45, -0.1, 0.2, 0.6, 0.9, 1.3, 1.6, 2.0])
    terms = (
        sp.Rational(1, 20) * GradientPenalty(1),
        sp.Rational(3, 10) * GradientPenalty(1, centre=sp.Rational(3, 4), one_sided=one_sided),
    )
    solver = FiniteElements(BoxMesh.graded(Box((-1,), (2,)), [nodes]))
    D = solve(Objective(LOGISTIC, *terms), real, fake, solver=solver)
    (A, _), (B, _) = hats(nodes, real.points[:, 0]), hats(nodes, fake.points[:, 0])
    h = torch.from_numpy(np.diff(nodes))
    _, S = hats(nodes, torch.from_numpy(nodes[:-1]) + h / 2)

    def J(u):
        slope = S @ u
        excess = slope.abs() - 0.75
        excess = excess.relu() if one_sided else excess
        loss = real.weights @ torch.nn.functional.softplus(-A @ u) + fake.weights @ torch.nn.functional.softplus(B @ u)
        return loss + h @ (0.05 * slope**2 + 0.3 * excess**2)

    u = D(torch.from_numpy(nodes)[:, None]).clone().requires_grad_()
    (force,) = torch.autograd.grad(J(u), u)
    assert force.abs().max() <= 1e-10
    if one_sided:  # with two sides there are other local minima
        assert (minimised(J, torch.zeros_like(u)) - u).abs().max() <= 1e-5


def minimised(J, start):
    v = start.detach().clone().requires_grad_()
    method = torch.optim.LBFGS([v], max_iter=500, tolerance_grad=1e-12, tolerance_change=0, line_search_fn="strong_wolfe")

    def closure():
        method.zero_grad()
        value = J(v)
        value.backward()
        return value

    method.step(closure)
    return v.detach()


def test_a_saddle_of_a_two_sided_penalty_is_told():
    problem = Problem(centred(WASSERSTEIN, False), box(2, DIRICHLET), FLAT[2])
    D = problem.solved(coarse(problem.domain, (6, 5)), LINEAR)
    assert problem.error(D) <= 5e-3
    assert not D.stats["minimum"]


def test_what_newton_does_not_reach_is_refused():
    problem = Problem(centred(WASSERSTEIN, False, K=5), box(2, DIRICHLET), FLAT[2])
    with pytest.raises(Refusal, match=r"Newton's method leaves a residual of at most 1e-11.*none after 200 steps"):
        problem.solved(coarse(problem.domain, (6, 5)), QUADRATIC)


@pytest.mark.parametrize("dim", [1, 2])
def test_a_region_that_no_term_sees_is_refused(dim):
    problem = Problem(centred(WASSERSTEIN, True), box(dim, DIRICHLET), FLAT[dim])
    with pytest.raises(Refusal, match=r"determines D everywhere; got a region with \|∇D\| ≤ K"):
        problem.solved(coarse(problem.domain, (16, 5)[:dim]), LINEAR)
