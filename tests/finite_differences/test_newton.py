"""Newton on grids: corners of cells, penalties that act in part of the box, continuation, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sparse
import sympy as sp
import torch
from scipy.optimize import brentq

from gantheory._errors import Refusal
from gantheory.discriminators import FiniteDifferences, Pointwise, solve
from gantheory.discriminators.boundary_data import NaturalDatum
from gantheory.discriminators.wrapped import Wrapped
from gantheory.grids import (
    BoxGrid,
    Energy,
    Functional,
    Nodal,
    Penalty,
    Quadratic,
    TorusGrid,
    centred,
    continued,
    essential,
    positive_definite,
)
from gantheory.grids.newton import Unconverged, newton
from gantheory.grids.summands import corner_gradients
from gantheory.lowering import lower
from gantheory.measures import Gaussian
from gantheory.objectives import (
    HINGE,
    JENSEN_SHANNON_GAN,
    LEAST_SQUARES,
    LOGISTIC,
    NEYMAN_GAN,
    WASSERSTEIN,
    Boundary,
    Box,
    GradientPenalty,
    Loss,
    Objective,
)
from gantheory.symbolic import coordinates, nu, p, q, y
from gantheory.testing import manufactured
from tests.cases import product
from tests.finite_differences.problems import LOWER, UPPER, Formula, bent, problem, slopes, steep

EPS = np.finfo(float).eps
LINE = BoxGrid((-1.1,), (1.7,), (17,))
PLANE = BoxGrid(LOWER[:2], UPPER[:2], (9, 7), Boundary.NATURAL)


def gaussian(mean, deviation):
    d = len(mean)
    return Gaussian(torch.tensor(mean, dtype=torch.float64), deviation**2 * torch.eye(d, dtype=torch.float64))


def pair(dim):
    return gaussian([0.3, -0.2, 0.1][:dim], 0.8), gaussian([-0.4, 0.1, 0.2][:dim], 1.1)


REAL, FAKE = pair(1)


# Summands


def summands():
    rng = np.random.default_rng(4)
    lines, torus = PLANE.lines(1), TorusGrid((1.3, 0.9), (6, 5)).lines(1)
    count = 63
    wide = np.linspace(0.1, 1.2, 9)
    at = np.arange(3, 12)
    weight = lambda x: 1.3 + np.sin(x.sum(1))  # noqa: E731
    return {
        "quadratic": (Quadratic(Energy(lines, (Penalty(1, 0.7),)), rng.normal(size=count), 1.7), count),
        "nodal": (Nodal(at, wide, np.exp, np.exp, np.exp), 20),
        "two-sided in the plane": (centred(lines, 1, 0.7, weight, (0.8, False)), count),
        "one-sided in the plane": (centred(lines, 1, 0.7, weight, (8.0, True)), count),
        "one-sided on a torus": (centred(torus, 1, 0.7, weight, (6.0, True)), 30),
        "one-sided, m = 2": (centred(LINE.lines(2), 2, 0.7, weight, (60.0, True)), 19),
    }


@pytest.mark.parametrize("name", summands())
def test_slope_and_curvature_are_the_derivatives_of_the_value(name):
    f, count = summands()[name]
    rng = np.random.default_rng(7)
    D, h = rng.normal(size=count), rng.normal(size=count)
    t = 1e-5
    slope = (f.value(D + t * h) - f.value(D - t * h)) / (2 * t)
    assert abs(f.slope(D) @ h - slope) <= 1e-7 * (abs(slope) + np.abs(f.slope(D)) @ np.abs(h))
    bend = (f.slope(D + t * h) - f.slope(D - t * h)) / (2 * t)
    assert np.abs(f.curvature(D) @ h - bend).max() <= 1e-6 * np.abs(bend).max()
    assert abs(f.curvature(D) - f.curvature(D).T).max() <= 100 * EPS * abs(f.curvature(D)).max()


@pytest.mark.parametrize("grid", [LINE, PLANE, BoxGrid(LOWER, UPPER, (4, 5, 3)), TorusGrid((1.3, 0.9), (6, 5))])
def test_corners_hold_the_differences_that_meet_there(grid):
    """Against a loop over cells and corners."""
    D = np.random.default_rng(1).normal(size=grid.points)
    sets = corner_gradients(grid.lines(1))
    corners = list(product(*[(0, 1)] * grid.dim)) if grid.dim > 1 else [(0,)]
    cells = [k - (grid.boundary is not None) for k in grid.points]
    for set_, corner in zip(sets, corners, strict=True):
        for axis, G in enumerate(set_):
            found = (G @ D.ravel()).reshape(cells)
            for cell in np.ndindex(*cells):
                low = [c + s for c, s in zip(cell, corner, strict=True)]
                high = list(low)
                low[axis], high[axis] = cell[axis], cell[axis] + 1
                low, high = (tuple(i % k for i, k in zip(at, grid.points, strict=True)) for at in (low, high))
                assert abs(found[cell] - (D[high] - D[low]) / grid.spacing[axis]) <= 1e-12


def test_with_centre_zero_corners_give_the_five_point_energy():
    """−∇·(w∇D) with w constant: the mean over corners is the edge-based energy."""
    lines = PLANE.lines(1)
    D = np.random.default_rng(9).normal(size=PLANE.points)
    cornered = centred(lines, 1, 0.7, 1.0, (0.0, False))
    edges = Energy(lines, (Penalty(1, 0.7),))
    assert np.abs(cornered.slope(D.ravel()) - edges.applied(D).ravel()).max() <= 1e-11


# Penalties that act in part of the box


def flux_problem(scale, centre, rest, points):
    """2 rest D′ + 2 scale (|D′| − K)₊ sign D′ = F on a line: D′ in closed form, D by quadrature."""
    grid = BoxGrid((-1.1,), (1.7,), points)

    def flux(x):
        return 2 * np.sin(1.9 * x + 0.3) + 0.4 * x

    def slope(x):
        F = flux(x)
        quiet = np.abs(F) <= 2 * rest * centre
        return np.where(quiet, F / (2 * rest), np.sign(F) * (np.abs(F) + 2 * scale * centre) / (2 * (rest + scale)))

    fine = np.linspace(-1.1, 1.7, 64 * (points[0] - 1) + 1)
    middle = (fine[1:] + fine[:-1]) / 2
    steps = np.diff(fine) * (slope(fine[1:]) + slope(fine[:-1]) + 4 * slope(middle)) / 6
    exact = np.concatenate([[0.0], np.cumsum(steps)])[::64] + 0.2

    def source(x):
        return -(3.8 * torch.cos(1.9 * x[:, 0] + 0.3) + 0.4)

    ends = lambda x: torch.where(x[:, 0] < 0, x.new_tensor(exact[0]), x.new_tensor(exact[-1]))  # noqa: E731
    return grid, ends, source, exact


@pytest.mark.parametrize("rest", [0.3, 0.05])
def test_a_one_sided_penalty_that_acts_in_a_part_of_the_box_is_second_order(rest):
    errors = []
    for points in (33, 65, 129, 257, 513, 1025, 2049):
        grid, ends, source, exact = flux_problem(0.7, 0.6, rest, (points,))
        acting = 0.7 * GradientPenalty(1, centre=0.6, one_sided=True)
        objective = Objective(Loss(0 * y, 0 * y), acting, rest * GradientPenalty(1))
        D = solve(objective, REAL, FAKE, solver=FiniteDifferences(grid, ends, source=source))
        errors.append(np.abs(D.values - exact).max())
    assert abs(slopes(errors).mean() - 2) <= 0.15  # kinks of D″ fall between nodes at random: the mean of six slopes
    assert errors[-1] <= 1e-5


def test_where_a_one_sided_penalty_alone_leaves_d_free_the_answer_says_so():
    """WGAN-LP with p = q: every D of slope ≤ K between the ends is a minimiser."""
    objective = Objective(WASSERSTEIN, 0.7 * GradientPenalty(1, centre=1, one_sided=True))
    D = solve(objective, REAL, REAL, solver=FiniteDifferences(LINE, lambda x: x[:, 0] / 5))
    assert D.stats["singular curvature"] == "D is one of several minimisers"
    assert np.abs(np.diff(D.values)).max() <= LINE.spacing[0] * (1 + 1e-9)
    curved = Objective(LEAST_SQUARES, 0.7 * GradientPenalty(1, centre=1, one_sided=True))
    assert "singular curvature" not in solve(curved, REAL, FAKE, solver=FiniteDifferences(LINE, lambda x: x[:, 0])).stats


@pytest.mark.parametrize("shift", [0.0, 40.0])
def test_newton_finds_the_pointwise_optimum_of_a_loss_that_outweighs_its_penalty(shift):
    """λ → 0: D(x) minimises p ℓ_real + q ℓ_fake, a scalar equation at each node."""
    loss = Loss(real=sp.log(1 + sp.exp(-(y - shift))) + (y - shift) ** 2 / 20, fake=sp.log(1 + sp.exp(y - shift)))
    objective = Objective(loss, sp.Rational(1, 10**9) * GradientPenalty(1))
    grid = BoxGrid((-1.1,), (1.7,), (17,), Boundary.NATURAL)
    D = solve(objective, REAL, FAKE, solver=FiniteDifferences(grid))
    for x, value in zip(grid.axes[0], D.values, strict=True):
        a, b = (float(law.density(torch.tensor([[x]], dtype=torch.float64))) for law in (REAL, FAKE))
        best = brentq(lambda u, a=a, b=b: -a / (1 + np.exp(u)) + a * u / 10 + b / (1 + np.exp(-u)), -30, 30, xtol=1e-14)
        assert abs(value - shift - best) <= 1e-6


@pytest.mark.parametrize("loss", [LEAST_SQUARES, LOGISTIC, JENSEN_SHANNON_GAN, NEYMAN_GAN])
@pytest.mark.parametrize("grid", [LINE, PLANE, TorusGrid((2.0, 2.0), (6, 5))])
def test_without_a_penalty_d_is_the_optimum_of_the_loss_at_each_node(loss, grid):
    """Newton against the closed form that SymPy finds."""
    real, fake = pair(grid.dim)
    D = solve(Objective(loss), real, fake, solver=FiniteDifferences(grid))
    if isinstance(grid, TorusGrid):
        densities = (Wrapped.on(grid, law).density(grid.nodes) for law in (real, fake))
        expected = lower(loss.optimum(), p, q)(*densities).numpy()
    else:
        expected = solve(Objective(loss), real, fake, solver=Pointwise())(grid.nodes).numpy()
    assert np.abs(D.values.ravel() - expected).max() <= 1e-11 * (1 + np.abs(expected).max())


# Newton's iteration itself


def functional(value, slope, bend, convex=True, held=()):
    """One unknown with J = value(u), in the middle of three nodes."""
    grid = BoxGrid((0.0,), (1.0,), (3,))
    fixed = essential(grid, grid.lines(1), 1, lambda x, axis, k: 0 * x[:, 0])
    return Functional((Nodal(np.array([1]), np.ones(1), value, slope, bend),), fixed, convex, np.array(held, dtype=int))


def refused(J):
    with pytest.raises(Refusal) as failure:
        continued(lambda t: J, np.zeros(1), None)
    return str(failure.value)


def test_damping_keeps_newton_from_overshooting():
    """√(1 + u²) from u = 3: the full step goes to −27."""
    J = functional(lambda u: np.sqrt(1 + u**2), lambda u: u / np.sqrt(1 + u**2), lambda u: (1 + u**2) ** -1.5)
    u, count, damping = newton(J, np.array([3.0]))
    assert abs(u[0]) <= 1e-12
    assert count <= 12
    assert damping == 0


def test_where_there_is_no_minimum_newton_says_so():
    J = functional(np.exp, np.exp, np.exp)
    with pytest.raises(Unconverged, match="100 iterations did not suffice"):
        newton(J, np.zeros(1))
    with pytest.raises(Refusal, match=r"Newton's iteration converges; got one where .*: the step left is .*Refine the grid"):
        continued(lambda t: J, np.zeros(1), np.zeros(1))
    assert refused(J).endswith("Refine the grid, or use a larger λ.")  # what is one-sided already is not told to be
    assert refused(replace(J, convex=False)).endswith("Use one_sided=True, or centre=0: with two sides J is not convex.")
    concave = functional(lambda u: -(u**2), lambda u: -2 * u, lambda u: -2 + 0 * u)
    with pytest.raises(Unconverged, match=r"^the curvature of J is not positive$") as stopped:
        newton(concave, np.full(1, 0.25))
    assert stopped.value.residual == 0.5  # |J′(¼)|
    outside = functional(lambda u: np.log(u), lambda u: 1 / u, lambda u: -1 / u**2)
    with pytest.raises(Unconverged, match="outside the domain"):
        newton(outside, -np.ones(1))


def test_continuation_follows_a_path_that_one_step_misses():
    """atan(a u) = 1 at a = 40: from 0 Newton on the residual stalls; along a it does not."""

    def at(t):
        a, goal = 40 * t + 0.1, np.pi / 2 * 0.999
        return functional(lambda u: 0 * u, lambda u: np.arctan(a * u) - goal, lambda u: a / (1 + (a * u) ** 2), convex=False)

    u, facts = continued(at, np.zeros(1), None)
    assert abs(np.arctan(40.1 * u[0]) - np.pi / 2 * 0.999) <= 1e-12
    assert facts["continuation"] >= 1


# Refusals

ON_FACES = {"boundary": lambda x: x[:, 0]}
REFUSED = {
    "kinks": (PLANE, Objective(HINGE, GradientPenalty(1)), {}, "losses that are smooth in D.*Smooth its kinks"),
    "centred, m = 2, plane": (
        PLANE,
        Objective(LEAST_SQUARES, GradientPenalty(2, centre=1)),
        {},
        r"centred penalties of order 1 in 2-D, of any order in 1-D",
    ),
    "centred at accuracy 4": (
        TorusGrid((1.0, 1.2), (9, 8)),
        Objective(LEAST_SQUARES, GradientPenalty(1, centre=1)),
        {"accuracy": 4},
        "accuracy 2; got accuracy=4",
    ),
    "nonlinear at accuracy 4": (
        BoxGrid(LOWER[:2], UPPER[:2], (13, 14)),
        Objective(LOGISTIC, GradientPenalty(1)),
        {"accuracy": 4, "boundary": lambda x: x[:, 0]},
        "nonlinear equation on a box is solved at accuracy 2",
    ),
    "no term": (PLANE, Objective(WASSERSTEIN), {}, "a loss without a penalty is curved in D.*Add weight"),
    "no boundary": (LINE, Objective(LOGISTIC, GradientPenalty(1)), {}, "Use boundary=lambda x"),
    "no reference": (PLANE, Objective(LOGISTIC, GradientPenalty(1, over=nu)), {}, "Pass reference= for nu"),
    "a datum of too high an order": (
        PLANE,
        Objective(LEAST_SQUARES, GradientPenalty(1)),
        {"natural": (NaturalDatum((0,), (1, 0), lambda x: x[:, 0]),)},
        r"natural condition of order 1 on .*: at=\(0,\) against=\(0, 0\), at=\(1,\) .*; got at=\(0,\) against=\(1, 0\)",
    ),
    "a datum beyond the last axis": (
        PLANE,
        Objective(LEAST_SQUARES, GradientPenalty(1)),
        {"natural": (NaturalDatum((2,), (0, 0), lambda x: x[:, 0]),)},
        r"got at=\(2,\) against=\(0, 0\)",
    ),
    "order 4 on a box": (LINE, Objective(WASSERSTEIN, GradientPenalty(4)), ON_FACES, "order up to 3; got order 4. Use a Torus"),
    "factors beyond memory": (
        BoxGrid((0.0,) * 3, (1.0,) * 3, (65,) * 3),
        Objective(WASSERSTEIN, GradientPenalty(2)),
        ON_FACES,
        "in 3-D that is solved by factors has at most 131072 unknowns; got 250047. Use a coarser grid",
    ),
    "factors beyond memory in Newton's iteration": (
        BoxGrid((0.0,) * 3, (1.0,) * 3, (65,) * 3),
        Objective(LOGISTIC, GradientPenalty(1)),
        ON_FACES,
        "solved by factors has at most 131072 unknowns",
    ),
    "a source in single precision": (
        PLANE,
        Objective(LEAST_SQUARES, GradientPenalty(1)),
        {"source": lambda x: x[:, 0].float()},
        "the source gives float64 of shape .*; got torch.float32",
    ),
    "a loss outside its domain": (
        PLANE,
        Objective(Loss(real=-sp.log(y - 50), fake=y), GradientPenalty(1)),
        {},
        "J is finite at some constant",
    ),
}


def test_a_negative_weight_is_refused_by_name():
    real, fake = Formula(coordinates(1)[0], 1), pair(1)[1]
    with pytest.raises(Refusal, match=r"the weight of a penalty is nowhere negative; got p = -1.01"):
        solve(Objective(WASSERSTEIN, GradientPenalty(1, over=p)), real, fake, solver=FiniteDifferences(LINE, **ON_FACES))


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_scheme_does_not_hold_is_refused_by_name(case):
    grid, objective, options, words = REFUSED[case]
    with pytest.raises(Refusal, match=words):
        solve(objective, *pair(grid.dim), solver=FiniteDifferences(grid, **options))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FiniteDifferences(LINE, natural=(NaturalDatum((0,), (0,), lambda x: x[:, 0]),)), "natural faces"),
        (lambda: FiniteDifferences(LINE, accuracy=5), "accuracy 2, 4 or 6; got 5"),
        (lambda: FiniteDifferences(PLANE, **ON_FACES), "takes no boundary data; got .* Leave boundary= out"),
        (lambda: FiniteDifferences(TorusGrid((1.0,), (9,)), **ON_FACES), "takes no boundary data"),
    ],
)
def test_a_solver_that_cannot_be_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()


def test_a_stationary_point_of_a_two_sided_penalty_is_found_by_its_residual():
    objective = Objective(WASSERSTEIN, 0.7 * GradientPenalty(1, over=p, centre=sp.Rational(1, 2)))
    made = problem(objective, Boundary.DIRICHLET, 1, steep)
    stats = made.field(made.grid((33,))).stats
    assert stats["residual"] <= 1e-10
    assert np.abs(slopes(made.errors((9,), 4))[-1] - 2) <= 0.1


@pytest.mark.parametrize(("centre", "minimum"), [(sp.Rational(1, 2), True), (40, False)], ids=["steep", "flat"])
def test_a_saddle_of_a_two_sided_penalty_is_told(centre, minimum):
    """Where |∇D| < K the equation is not elliptic in the plane."""
    made = problem(Objective(WASSERSTEIN, GradientPenalty(1, over=p, centre=centre)), Boundary.DIRICHLET, 2, steep)
    assert made.field(made.grid((13, 9))).stats["minimum"] is minimum


def test_a_matrix_is_positive_where_its_eigenvalues_are():
    rng = np.random.default_rng(3)
    A = rng.normal(size=(9, 9))
    for shift in (0.1, -0.1):
        values, vectors = np.linalg.eigh(A @ A.T)
        values[0] = shift
        matrix = sparse.csr_matrix(vectors @ np.diag(values) @ vectors.T)
        assert positive_definite(matrix, np.empty(0, dtype=int)) is (shift > 0)
    singular = np.zeros((10, 10))
    singular[:9, :9] = A @ A.T
    assert not positive_definite(sparse.csr_matrix(singular), np.empty(0, dtype=int))
    assert positive_definite(sparse.csr_matrix(singular), np.array([9]))


@pytest.mark.parametrize("one_sided", [False, True])
def test_a_stiff_equation_is_solved_although_rounding_drowns_the_last_steps(one_sided):
    objective = Objective(LEAST_SQUARES, GradientPenalty(3, over=p, centre=sp.Rational(1, 5), one_sided=one_sided) * 0.05)
    box = Box((-0.5,), (1.4,), Boundary.NATURAL)
    made = manufactured(objective, bent(coordinates(1)), box)
    field = made.solve(FiniteDifferences(BoxGrid.of(box, (129,))))
    assert field.stats["iterations"] <= 12
    assert made.error(field) <= 1e-4
