"""Laws of the grids: stencils against SymPy and against dense Vandermonde matrices, operators by their order of convergence."""

from math import factorial, prod

import numpy as np
import pytest
import scipy.sparse as sparse
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory.grids import BoxGrid, dirichlet_solve, divergence_form
from gantheory.symbolic import coordinates, weighted_divergence
from tests.cases import generic_polynomial, product

EPS = np.finfo(float).eps
LINE = BoxGrid((-0.7,), (1.9,), (13,))
PLANE = BoxGrid((-0.7, 0.2), (1.9, 1.3), (13, 11))
x1, x2 = coordinates(2)


def half_width(order, accuracy):
    return (order + 1) // 2 - 1 + accuracy // 2


def on(grid, expression):
    """A SymPy expression at the nodes, flattened."""
    values = sp.lambdify(coordinates(grid.dim), expression, "numpy")(*grid.nodes.numpy().T)
    return np.broadcast_to(values, (prod(grid.points),)).astype(float)


def central_weights(order, half):
    """The stencil on −half … half that is exact on the most powers: the solution of a Vandermonde system."""
    offsets = np.arange(-half, half + 1, dtype=float)
    right = np.zeros(len(offsets))
    right[order] = factorial(order)
    return np.linalg.solve(np.vander(offsets, increasing=True).T, right)


def dense_derivative(grid, axis, order, accuracy):
    """∂^order by Vandermonde stencils and Kronecker products; rows near the faces are 0."""
    half, factors = half_width(order, accuracy), [np.eye(k) for k in grid.points]
    count, spacing = grid.points[axis], (grid.upper[axis] - grid.lower[axis]) / (grid.points[axis] - 1)
    matrix = np.zeros((count, count))
    for i in range(half, count - half):
        matrix[i, i - half : i + half + 1] = central_weights(order, half) / spacing**order
    factors[axis] = matrix
    whole = np.eye(1)
    for factor in factors:
        whole = np.kron(whole, factor)
    return whole


def refined(grid, times):
    """Each spacing divided by 2^times."""
    return BoxGrid(grid.lower, grid.upper, tuple((k - 1) * 2**times + 1 for k in grid.points))


def slopes(errors):
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


# ---- the grid itself


def test_nodes_lie_at_the_coordinates_of_their_axes_the_last_one_fastest():
    nodes = PLANE.nodes.numpy().reshape(*PLANE.points, 2)
    for i, j in ((0, 0), (0, 10), (12, 0), (3, 7)):
        expected = (-0.7 + i * 2.6 / 12, 0.2 + j * 1.1 / 10)
        assert np.abs(nodes[i, j] - expected).max() <= 4 * EPS
    assert PLANE.nodes.dtype == torch.float64
    assert PLANE.dim == 2
    assert np.allclose(PLANE.spacing, (2.6 / 12, 1.1 / 10), rtol=4 * EPS, atol=0)


@pytest.mark.parametrize("layers", [0, 1, 2, 3, 5])
def test_inner_nodes_are_those_behind_the_layers(layers):
    mask = PLANE.inner(layers).reshape(PLANE.points)
    assert mask.sum() == (13 - 2 * layers) * (11 - 2 * layers)
    depth = np.minimum.outer(np.minimum(np.arange(13), 12 - np.arange(13)), np.minimum(np.arange(11), 10 - np.arange(11)))
    assert (mask == (depth >= layers)).all()


def test_layers_that_leave_no_inner_node_are_refused():
    with pytest.raises(Refusal, match="6 layers of boundary data need more than 12 points on each axis"):
        PLANE.inner(6)


@pytest.mark.parametrize(
    ("lower", "upper", "points", "words"),
    [
        ((0.0,), (1.0, 2.0), (5,), "as many lower as upper ends"),
        ((), (), (), "as many lower as upper ends"),
        ((1.0,), (1.0,), (5,), "finite, each lower < upper"),
        ((0.0, 2.0), (1.0, 1.0), (5, 5), "each lower < upper"),
        ((0.0,), (float("inf"),), (5,), "finite, each lower < upper"),
        ((float("nan"),), (1.0,), (5,), "finite, each lower < upper"),
        (0.0, 1.0, 5, r"Box takes lower as one number for each axis; got 0.0. Use a tuple"),
        ("0", (1.0,), (5,), "Box takes lower as one number for each axis; got '0'"),
        ((0.0,), (True,), (5,), "Box takes upper as one number for each axis"),
        ((0.0,), (1.0,), 5, r"a whole number of points for each of its 1 axes; got 5. Use a tuple"),
        ((0.0,), (1.0,), (5.5,), r"a whole number of points for each of its 1 axes; got \(5.5,\)"),
        ((0.0,), (1.0,), (True,), "a whole number of points"),
        ((0.0,), (1.0,), (5, 5), "a whole number of points for each of its 1 axes"),
        ((0.0, 0.0), (1.0, 1.0), (10**6, 10**6), "at most 268435456 nodes; got .* Use a coarser grid"),
        ((0.0, 0.0), (1.0, 1.0), (5, 2), "at least 3 points"),
    ],
)
def test_bad_grids_are_refused(lower, upper, points, words):
    with pytest.raises(Refusal, match=words):
        BoxGrid(lower, upper, points)


# ---- derivatives


@pytest.mark.parametrize(("grid", "order", "accuracy"), product((LINE, PLANE), (1, 2, 3, 4), (2, 4)))
def test_derivatives_are_exact_on_polynomials_of_the_stencils_degree(grid, order, accuracy):
    x = coordinates(grid.dim)
    f = generic_polynomial(x, 3 + order, order + accuracy - 1)
    inner = grid.inner(half_width(order, accuracy))
    values = on(grid, f)
    for axis in range(grid.dim):
        matrix = grid.derivative(axis, order, accuracy)
        expected = on(grid, sp.diff(f, x[axis], order))
        roundoff = 100 * EPS * (abs(matrix) @ np.abs(values))
        assert (np.abs(matrix @ values - expected) <= roundoff)[inner].all()


@pytest.mark.parametrize(("grid", "order", "accuracy"), product((LINE, PLANE), (1, 2, 3, 4), (2, 4)))
def test_derivatives_are_not_exact_the_next_power_of_their_parity(grid, order, accuracy):
    degree = 2 * half_width(order, accuracy) + 2 - order % 2  # of the order's parity: the first power it misses
    for axis, symbol in enumerate(coordinates(grid.dim)):
        power = symbol**degree
        gap = grid.derivative(axis, order, accuracy) @ on(grid, power) - on(grid, sp.diff(power, symbol, order))
        assert np.abs(gap[grid.inner(half_width(order, accuracy))]).min() > 1e-6


@pytest.mark.parametrize(("grid", "order", "accuracy"), product((LINE, PLANE), (1, 2, 3, 4), (2, 4)))
def test_derivatives_are_the_dense_vandermonde_stencils_inside(grid, order, accuracy):
    inner = grid.inner(half_width(order, accuracy))
    for axis in range(grid.dim):
        expected = dense_derivative(grid, axis, order, accuracy)[inner]
        found = grid.derivative(axis, order, accuracy).toarray()[inner]
        assert np.abs(found - expected).max() <= 100 * EPS * np.abs(expected).max()


def test_the_derivative_of_order_zero_is_the_identity():
    assert (PLANE.derivative(1, 0, 4) != sparse.identity(143)).nnz == 0


def test_the_first_axis_is_not_the_second():
    field = on(PLANE, x1 + 10 * x2)
    for axis, expected in ((0, 1), (1, 10)):
        assert np.abs(PLANE.derivative(axis, 1, 2) @ field - expected).max() < 1e-12


@pytest.mark.parametrize(("order", "accuracy", "least"), [(1, 4, 6), (2, 2, 4), (2, 4, 7), (3, 4, 9), (4, 2, 7), (4, 4, 10)])
def test_an_axis_with_too_few_points_for_the_stencil_is_refused(order, accuracy, least):
    assert BoxGrid((0.0,), (1.0,), (least,)).derivative(0, order, accuracy).shape == (least, least)
    with pytest.raises(Refusal, match=f"needs at least {least} points"):
        BoxGrid((0.0,), (1.0,), (least - 1,)).derivative(0, order, accuracy)


# ---- −∇·(w ∇D) and (w D″)″

D1 = sp.exp(sp.Rational(7, 10) * x1) * sp.sin(sp.Rational(13, 10) * x1 + sp.Rational(2, 5)) + x1**2 / 3
W1 = sp.Rational(13, 10) + sp.sin(sp.Rational(21, 10) * x1 + sp.Rational(3, 10)) / 2 + x1 / 5
D4 = sp.exp(sp.Rational(7, 10) * x1) * sp.sin(5 * x1 + sp.Rational(2, 5)) + x1**2 / 3  # well above the roundoff ε h⁻⁴
D2 = sp.exp(x1 / 2 - 3 * x2 / 10) * sp.sin(sp.Rational(11, 10) * x1 + sp.Rational(7, 5) * x2 + sp.Rational(1, 5))
W2 = sp.Rational(3, 2) + sp.sin(sp.Rational(9, 10) * x1 - sp.Rational(13, 10) * x2 + sp.Rational(1, 10)) / 2 + x1 * x2 / 10
CASES = {
    "1-D, order 1": (BoxGrid((-0.7,), (1.9,), (17,)), D1, W1, 1),
    "1-D, order 2": (BoxGrid((-0.7,), (1.9,), (13,)), D4, W1, 2),
    "2-D, order 1": (BoxGrid((-0.7, 0.2), (1.9, 1.3), (13, 8)), D2, W2, 1),
}


def manufactured_errors(coarsest, D, weight, order, accuracy, levels, operator=divergence_form):
    """max |u − D| on successive halvings, for the source that makes D the solution."""
    source = weighted_divergence(D, coordinates(coarsest.dim), order, weight)
    errors = []
    for times in range(levels):
        grid = refined(coarsest, times)
        exact, w = on(grid, D), on(grid, weight).reshape(grid.points)
        inner = grid.inner(order - 1 + accuracy // 2)
        values = dirichlet_solve(operator(grid, w, order, accuracy), on(grid, source), np.where(inner, 7.0, exact), inner)
        assert (values[~inner] == exact[~inner]).all()
        errors.append(np.abs(values - exact).max())
    return errors


@pytest.mark.parametrize(("case", "accuracy"), product(CASES, (2, 4)))
def test_the_divergence_form_converges_with_its_accuracy_under_a_variable_weight(case, accuracy):
    grid, D, weight, order = CASES[case]
    coarsest = BoxGrid(grid.lower, grid.upper, tuple(k // 2 + 1 for k in grid.points)) if grid.dim + accuracy == 4 else grid
    errors = manufactured_errors(coarsest, D, weight, order, accuracy, levels=5)
    assert np.abs(slopes(errors)[-2:] - accuracy).max() <= 0.1, slopes(errors)
    assert errors[0] >= 100 * errors[-1]
    assert errors[-1] <= (5e-3 if accuracy == 2 else 1e-5)


def test_the_divergence_form_of_order_two_in_the_plane_is_exact_on_polynomials():
    """Mixed derivatives and those of the weight: no error where stencils of accuracy 4 see polynomials of degree ≤ 5."""
    grid, x = BoxGrid((-0.7, 0.2), (1.9, 1.3), (11, 12)), coordinates(2)
    D, weight = generic_polynomial(x, 2, 5), generic_polynomial(x, 4, 2)
    inner = grid.inner(3)
    found = divergence_form(grid, on(grid, weight).reshape(grid.points), 2, 4) @ on(grid, D)
    exact = on(grid, weighted_divergence(D, x, 2, weight))
    assert np.abs((found - exact)[inner]).max() <= 1e-8 * np.abs(exact).max()


@pytest.mark.parametrize("case", CASES)
def test_each_term_of_the_manufactured_equation_counts(case):
    grid, D, weight, order = CASES[case]
    fine, x = refined(grid, 2), coordinates(grid.dim)
    whole = np.abs(on(fine, weighted_divergence(D, x, order, weight))).max()
    for xi in x:
        for j in range(order + 1):
            part = sp.binomial(order, j) * sp.diff(weight, xi, j) * sp.diff(D, xi, 2 * order - j)
            assert np.abs(on(fine, part)).max() >= 0.01 * whole


def one_sided(grid, weight, order, accuracy):
    """−(w D′)′ with the weight of a face taken from its right node alone: a fault that constant weights hide."""
    (h,), w = grid.spacing, np.append(weight, weight[-1])
    return sparse.diags([-w[1:-1], w[1:] + w[:-1], -w[1:-1]], [-1, 0, 1]).tocsr() / h**2


def test_a_one_sided_weight_passes_with_a_constant_weight_and_fails_with_a_variable_one():
    grid, D, weight, _ = CASES["1-D, order 1"]
    blind = slopes(manufactured_errors(grid, D, sp.Rational(13, 10), 1, 2, 5, one_sided))
    seen = slopes(manufactured_errors(grid, D, weight, 1, 2, 5, one_sided))
    assert np.abs(blind[-2:] - 2).max() <= 0.1
    assert seen[-1] < 1.2


def test_a_grid_that_swaps_its_axes_solves_another_problem():
    grid, D, weight, _ = CASES["2-D, order 1"]
    mirrored = D.subs({x1: x2, x2: x1}, simultaneous=True)
    w = on(refined(grid, 1), weight).reshape(refined(grid, 1).points)
    applied = divergence_form(refined(grid, 1), w, 1, 2) @ on(refined(grid, 1), mirrored)
    expected = on(refined(grid, 1), weighted_divergence(D, (x1, x2), 1, weight))
    assert np.abs(applied - expected)[refined(grid, 1).inner(1)].max() > 0.1


# ---- the solve


def test_the_dirichlet_solve_is_the_dense_one():
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(17, 17)) + 9 * np.eye(17)
    source, known, inner = rng.normal(size=17), rng.normal(size=17), rng.random(17) < 0.7
    constrained = np.where(inner[:, None], matrix, np.eye(17))
    expected = np.linalg.solve(constrained, np.where(inner, source, known))
    found = dirichlet_solve(sparse.csr_matrix(matrix), source, known, inner)
    assert np.abs(found - expected).max() <= 100 * EPS * np.linalg.cond(constrained) * np.abs(expected).max()


def test_a_singular_matrix_is_refused():
    matrix = divergence_form(LINE, np.zeros(13), 1, 2)
    with pytest.raises(Refusal, match=r"has one solution; got a singular matrix .* Add a term, or refine"):
        dirichlet_solve(matrix, np.ones(13), np.zeros(13), LINE.inner(1))


def test_given_values_are_left_alone():
    known = np.ones(13)
    dirichlet_solve(divergence_form(LINE, np.ones(13), 1, 2), np.ones(13), known, LINE.inner(1))
    assert (known == 1).all()
