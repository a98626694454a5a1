"""Laws of grids: quadrature, stencils, the energy as nested loops, orders under every kind of face, fast against direct."""

from functools import partial

import numpy as np
import pytest
import sympy as sp

from gantheory._errors import Refusal
from gantheory.grids import (
    BoxGrid,
    Energy,
    Penalty,
    Problem,
    TensorGrid,
    TorusGrid,
    body_load,
    essential,
    natural_load,
    sampled,
    solved,
)
from gantheory.grids.axis import Circle, Interval
from gantheory.grids.fast import transforms
from gantheory.grids.linear import by_factors, by_transforms
from gantheory.grids.load import spline, trapezoid
from gantheory.objectives import Boundary, Box, Torus
from gantheory.symbolic import (
    boundary_conditions,
    coordinates,
    gradient_norm_squared,
    multi_indices,
    multinomial,
    weighted_divergence,
)

GRADED = np.array([-0.3, -0.1, 0.15, 0.5, 0.8, 1.3, 1.6])
EVEN = np.linspace(-0.3, 1.6, 7)
LINES = {
    "graded": lambda ghosts: Interval(GRADED, ghosts),
    "even": lambda ghosts: Interval(EVEN, ghosts, uniform=True),
}


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("name", LINES)
def test_stencils_of_an_interval_are_exact_on_polynomials_that_fit_them(name, order):
    line = LINES[name](order // 2)
    degree = order + (order == 1) if name == "graded" else order + 1
    f = np.polynomial.Polynomial([0.3, -1.1, 0.7, 0.4, -0.9][: degree + 1])
    places = (line.nodes[1:] + line.nodes[:-1]) / 2 if order % 2 else line.nodes
    assert np.allclose(line.places(order), places, rtol=0, atol=1e-14)
    found = line.derivative(order).matrix @ f(line.extended)
    assert np.allclose(found, f.deriv(order)(places) if order else f(places), rtol=0, atol=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("accuracy", [2, 4, 6])
def test_stencils_of_a_circle_have_their_accuracy_at_their_places(order, accuracy):
    errors, wave = [], 2 * np.pi / 1.7

    def f(x, k):
        return wave**k * np.sin(wave * x + 0.3 + k * np.pi / 2)

    for count in (24, 48):
        line = Circle(1.7, count, 0.4, accuracy)
        at = line.origin + 1.7 / count * (np.arange(count) + (0.5 if order % 2 else 0.0))
        nodes = 0.4 + 1.7 / count * np.arange(count)
        assert np.allclose(line.places(order), at, rtol=0, atol=1e-14)
        errors.append(np.abs(line.derivative(order).matrix @ f(nodes, 0) - f(at, order)).max())
    assert abs(np.log2(errors[0] / errors[1]) - accuracy) <= 0.1


@pytest.mark.parametrize("name", LINES)
def test_quadrature_has_its_degree(name):
    line = LINES[name](1)
    a, b = line.nodes[0], line.nodes[-1]
    for rule, degree in ((trapezoid(line), 1), (spline(line), 3)):
        for k in range(degree + 1):
            assert abs(rule @ line.nodes**k - (b ** (k + 1) - a ** (k + 1)) / (k + 1)) <= 1e-12
    middles = line.measure(1) @ line.places(1)
    assert abs(middles - (b**2 - a**2) / 2) <= 1e-12


def weight(points):
    return 1.3 + np.sin(1.1 * points[:, 0] + 0.4) * np.cos(0.7 * points[:, -1])


def looped(lines, penalties, values):
    """2 Σ scale (m!/α!) Σ volume w (∂^α D)², place by place."""
    total = 0.0
    for penalty in penalties:
        for index in multi_indices(penalty.order, len(lines)):
            for place in np.ndindex(*(len(line.places(k)) for line, k in zip(lines, index, strict=True))):
                at = [line.places(k)[j] for line, k, j in zip(lines, index, place, strict=True)]
                volume = np.prod([line.measure(k)[j] for line, k, j in zip(lines, index, place, strict=True)])
                slope = values
                for line, k, j in zip(reversed(lines), reversed(index), reversed(place), strict=True):
                    slope = slope @ line.derivative(k).matrix.toarray()[j]
                total += 2 * penalty.scale * multinomial(index) * volume * weight(np.array([at]))[0] * slope**2
    return total


@pytest.mark.parametrize(
    ("lines", "order"),
    [
        ((Interval(GRADED[:4], 1), Interval(EVEN[:5], 1, uniform=True)), 2),
        ((Interval(GRADED[:5]),), 1),
        ((Circle(1.1, 5), Circle(0.7, 6, 0.2)), 2),
        ((Circle(1.1, 5), Circle(0.7, 4, 0.2)), 1),
    ],
    ids=["plane box", "line", "plane torus", "torus of order 1"],
)
def test_the_energy_is_the_sum_over_places(lines, order):
    energy = Energy(lines, (Penalty(order, 0.7, weight), Penalty(0, 0.2, weight)))
    values = np.random.default_rng(3).normal(size=energy.shape)
    flat = values.ravel()
    assert flat @ (energy.matrix @ flat) == pytest.approx(looped(lines, energy.penalties, values), rel=1e-11)
    assert np.allclose(energy.applied(values).ravel(), energy.matrix @ flat, rtol=0, atol=1e-9 * abs(energy.matrix).max())
    assert np.allclose(energy.diagonal.ravel(), energy.matrix.diagonal(), rtol=1e-11, atol=0)


# Grids


def test_a_torus_grid_has_its_nodes_from_its_origin_on():
    grid = TorusGrid((1.1,), (9,), (0.2,))
    assert (grid.periods, grid.points, grid.origin) == ((1.1,), (9,), (0.2,))
    assert np.allclose(grid.axes[0], 0.2 + 1.1 / 9 * np.arange(9), rtol=0, atol=1e-15)
    assert np.allclose(grid.lines(1, 4)[0].places(0), grid.axes[0], rtol=0, atol=1e-15)
    assert [len(grid.lines(1, accuracy)[0].row(1)[0]) for accuracy in (2, 4, 6)] == [2, 4, 6]
    assert (grid.dim, grid.spacing, grid.boundary, grid.domain) == (1, (1.1 / 9,), None, Torus((1.1,)))
    assert TorusGrid((1.1, 2.0), (9, 3)).origin == (0.0, 0.0)
    assert TorusGrid.of(Torus((1.1, 2.0)), [9, 4]) == TorusGrid((1.1, 2.0), (9, 4))


def test_a_tensor_grid_is_its_axes():
    grid = TensorGrid((GRADED, EVEN[:3]), Boundary.NATURAL)
    assert (grid.points, grid.dim, grid.lower, grid.upper) == ((7, 3), 2, (-0.3, -0.3), (1.6, EVEN[2]))
    assert grid.domain == Box(grid.lower, grid.upper, Boundary.NATURAL)
    assert np.array_equal(grid.nodes.numpy()[4], [GRADED[1], EVEN[1]])
    assert TensorGrid((GRADED,)).boundary is Boundary.DIRICHLET
    box = BoxGrid.of(Box((0, -1), (1, 2), Boundary.SIMPLY_SUPPORTED), [5, 6])
    assert box == BoxGrid((0.0, -1.0), (1.0, 2.0), (5, 6), Boundary.SIMPLY_SUPPORTED)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TorusGrid((), ()), r"the periods of a Torus are finite and positive; got \(\)"),
        (lambda: TorusGrid((1.0, 2.0), (5,)), "a TorusGrid has a whole number of points for each of its 2 axes"),
        (lambda: TorusGrid((1.0,), (5.5,)), r"a whole number of points for each of its 1 axes; got \(5.5,\)"),
        (
            lambda: TorusGrid((1.0,), (5,), (0.0, 1.0)),
            "the origin of a TorusGrid on a torus of periods 1 is finite, one number",
        ),
        (lambda: TorusGrid((0.0,), (5,)), "the periods of a Torus are finite and positive"),
        (lambda: TorusGrid((np.inf,), (5,)), "are finite and positive"),
        (lambda: TorusGrid(("1",), (5,)), "Torus takes periods as one number for each axis"),
        (lambda: TorusGrid((1.0,), (5,), (np.nan,)), "the origin of a TorusGrid on .* is finite"),
        (lambda: TorusGrid.of(Box((0,), (1,)), (5,)), "TorusGrid.of takes a Torus; got Box.*Use BoxGrid.of"),
        (lambda: BoxGrid.of(Torus((1,)), (5,)), "BoxGrid.of takes a Box; got Torus.*Use TorusGrid.of"),
        (lambda: TensorGrid(("abc",)), "an axis of a TensorGrid is an array of real numbers; got 'abc'"),
        (lambda: TensorGrid(([0, 1j, 2],)), "an axis of a TensorGrid is an array of real numbers"),
        (lambda: TensorGrid(([0, [1], 2],)), "an axis of a TensorGrid is an array of real numbers"),
        (lambda: TensorGrid(GRADED), r"a TensorGrid has at least 3 nodes on each axis; got \[\(\), "),
        (lambda: TensorGrid(None), "an axis of a TensorGrid is an array of real numbers; got None"),
        (lambda: TorusGrid((1.0,), (2,)), "a TorusGrid has at least 3 points on each axis"),
        (lambda: TensorGrid(()), r"a TensorGrid has at least 3 nodes on each axis; got \[\]"),
        (lambda: TensorGrid((GRADED[:2],)), r"a TensorGrid has at least 3 nodes on each axis; got \[\(2,\)\]"),
        (lambda: TensorGrid((GRADED[:, None],)), r"a TensorGrid has at least 3 nodes on each axis; got \[\(7, 1\)\]"),
        (lambda: TensorGrid((GRADED[::-1],)), "the nodes of a TensorGrid are finite and increase"),
        (lambda: TensorGrid((np.array([0.0, 1.0, np.inf]),)), "the nodes of a TensorGrid are finite and increase"),
        (lambda: TensorGrid((np.array([0.0, 1.0, 1.0]),)), "the nodes of a TensorGrid are finite and increase"),
        (lambda: TensorGrid((GRADED[:4],)).lines(3), "order 3 needs at least 5 points on each axis"),
        (lambda: BoxGrid((0,), (1,), (4,)).lines(3), "order 3 needs at least 5 points on each axis"),
        (lambda: Interval(GRADED, 0).derivative(2), "a derivative of order 2 has 1 ghost nodes beyond each end; got 0"),
        (lambda: Circle(1.0, 4, 0.0, 6).derivative(1), "order 1 at accuracy 6 needs at least 6 points on an axis; got 4"),
    ],
)
def test_what_is_no_grid_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (lambda points: np.ones((len(points), 1)), "gives one float64 number for each point; got float64 of shape"),
        (lambda points: np.ones(len(points), dtype=np.float32), "gives one float64 number for each point; got float32"),
        (lambda points: np.full(len(points), np.nan), "the weight of a penalty is finite on the grid; got NaN or inf"),
    ],
)
def test_a_weight_that_is_no_function_is_refused(values, words):
    energy = Energy((Interval(GRADED),), (Penalty(1, 0.7, values),))
    with pytest.raises(Refusal, match=words):
        energy.parts


def test_functions_are_asked_in_blocks_and_constants_are_numbers(monkeypatch):
    places = (GRADED, EVEN)
    whole = sampled(weight, places, "w")
    monkeypatch.setattr("gantheory.grids.energy.BLOCK", 15)
    assert np.array_equal(sampled(weight, places, "w"), whole)
    assert sampled(lambda points: np.full(len(points), 2.5), places, "w") == 2.5
    assert isinstance(sampled(lambda points: np.full(len(points), 2.5), places, "w"), float)


def test_without_data_faces_that_need_them_are_refused():
    grid = BoxGrid((0.0,), (1.0,), (7,), Boundary.SIMPLY_SUPPORTED)
    with pytest.raises(Refusal, match=r"simply supported faces needs D there: a boundary field; got boundary=None"):
        essential(grid, grid.lines(2), 2, None)


# Manufactured problems


class Problems:
    """D, the weight and the source as functions of points, from SymPy."""

    def __init__(self, dim, order, boundary):
        self.order, self.boundary, self.x = order, boundary, coordinates(dim)
        phase = sum((k + 1) * xi for k, xi in enumerate(self.x))
        self.D = sp.sin(sp.Rational(9, 10) * phase + sp.Rational(3, 10)) + self.x[0] ** 3 / 5 + self.x[-1] / 3
        self.w = sp.Rational(3, 2) + sp.cos(phase - self.x[0] / 2) / 2
        self.terms = [(order, sp.Rational(7, 10), self.w), (0, sp.Rational(2, 5), 1 + self.x[0] ** 2 / 3)]
        self.f = sum(2 * s * weighted_divergence(self.D, self.x, m, w) for m, s, w in self.terms)

    def numeric(self, expression):
        found = sp.lambdify(self.x, expression, "numpy")
        return lambda points: np.broadcast_to(found(*points.T), len(points)).astype(float)

    def jet(self, points, axis, order):
        return self.numeric(sp.diff(self.D, self.x[axis], order))(points)

    def natural(self):
        """(at, against, value) of every condition that the faces leave free."""
        if self.boundary is Boundary.DIRICHLET:
            return []
        unknown = sp.Function("D", real=True)(*self.x)
        whole = sum(s * w * gradient_norm_squared(unknown, self.x, m) for m, s, w in self.terms)
        found = []
        for c in boundary_conditions(whole, unknown, self.x):
            at = [self.x.index(xi) for xi in c.at]
            if self.boundary is Boundary.NATURAL or all(c.against[k] % 2 for k in at):
                found.append((at, c.against, self.numeric(c.expression.subs(unknown, self.D).doit())))
        return found

    def on(self, grid):
        lines = grid.lines(self.order)
        penalties = tuple(Penalty(m, float(s), self.numeric(w)) for m, s, w in self.terms)
        held = essential(grid, lines, self.order, self.jet)
        source = self.numeric(self.f)(grid.nodes.numpy()).reshape(grid.points)

        def load(rule):
            data = [natural_load(grid, lines, at, against, value, rule) for at, against, value in self.natural()]
            return sum(data, body_load(lines, source, rule))

        return Problem(grid, Energy(lines, penalties), held, load)

    def error(self, grid):
        values, _ = solved(self.on(grid))
        return np.abs(values.ravel() - self.numeric(self.D)(grid.nodes.numpy())).max()


def box(boundary, dim):
    return lambda n: BoxGrid((-0.2, 0.1)[:dim], (0.9, 1.3)[:dim], (n + 1, 3 * n // 2 + 1)[:dim], boundary)


def graded(boundary, dim):
    def grid(n):
        t, s = np.linspace(0, 1, n + 1), np.linspace(0, 1, 3 * n // 2 + 1)
        return TensorGrid(((t + t**2 / 2) / 1.2 - 0.2, s * (1 - s / 4) + 0.1)[:dim], boundary)

    return grid


CASES = {
    "given, plane": (box(Boundary.DIRICHLET, 2), 2, 1, Boundary.DIRICHLET, (8, 16, 32, 64)),
    "given, graded plane": (graded(Boundary.DIRICHLET, 2), 2, 1, Boundary.DIRICHLET, (8, 16, 32, 64)),
    "natural, plane": (box(Boundary.NATURAL, 2), 2, 1, Boundary.NATURAL, (8, 16, 32, 64)),
    "natural, graded plane": (graded(Boundary.NATURAL, 2), 2, 1, Boundary.NATURAL, (8, 16, 32, 64)),
    "clamped, plane": (box(Boundary.DIRICHLET, 2), 2, 2, Boundary.DIRICHLET, (8, 16, 32)),
    "clamped, graded line": (graded(Boundary.DIRICHLET, 1), 1, 2, Boundary.DIRICHLET, (16, 32, 64, 128)),
    "natural, plate": (box(Boundary.NATURAL, 2), 2, 2, Boundary.NATURAL, (16, 32, 64)),
    "simply supported, plate": (box(Boundary.SIMPLY_SUPPORTED, 2), 2, 2, Boundary.SIMPLY_SUPPORTED, (8, 16, 32)),
    "clamped, order 3": (box(Boundary.DIRICHLET, 1), 1, 3, Boundary.DIRICHLET, (16, 32, 64)),
    "clamped, order 3, plane": (box(Boundary.DIRICHLET, 2), 2, 3, Boundary.DIRICHLET, (8, 16, 32)),
    "simply supported, order 3, plane": (box(Boundary.SIMPLY_SUPPORTED, 2), 2, 3, Boundary.SIMPLY_SUPPORTED, (8, 16, 32)),
    "simply supported, order 3": (box(Boundary.SIMPLY_SUPPORTED, 1), 1, 3, Boundary.SIMPLY_SUPPORTED, (16, 32, 64)),
    "natural, order 3": (box(Boundary.NATURAL, 1), 1, 3, Boundary.NATURAL, (16, 32, 64)),
}


@pytest.mark.parametrize("name", CASES)
def test_manufactured_discriminators_are_approached_at_second_order(name):
    grid, dim, order, boundary, sizes = CASES[name]
    problem = Problems(dim, order, boundary)
    errors = np.array([problem.error(grid(n)) for n in sizes])
    slopes = np.log2(errors[:-1] / errors[1:])
    assert abs(slopes[-1] - 2) <= 0.15, slopes
    assert errors[-1] <= 0.02


BOXES = {
    "DST": BoxGrid((-0.2, 0.1), (0.9, 1.3), (9, 12), Boundary.DIRICHLET),
    "DCT": BoxGrid((-0.2, 0.1), (0.9, 1.3), (9, 12), Boundary.NATURAL),
    "DST of a plate": BoxGrid((-0.2, 0.1), (0.9, 1.3), (9, 12), Boundary.SIMPLY_SUPPORTED),
    "FFT": TorusGrid((1.1, 0.7), (9, 12)),
    "FFT of order 2": TorusGrid((1.1, 0.7), (8, 11)),
}


@pytest.mark.parametrize("accuracy", [2, 4])
@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize("mass", [0.0, 0.3])
def test_transforms_solve_what_sparse_factors_solve(name, accuracy, mass):
    grid, order = BOXES[name], 2 if "plate" in name or "2" in name else 1
    lines = grid.lines(order, accuracy)
    energy = Energy(lines, (Penalty(order, 0.7), *([Penalty(0, mass)] if mass else [])))
    problem = Problems(2, order, grid.boundary)
    held = essential(grid, lines, order, problem.jet)
    source = np.random.default_rng(1).normal(size=grid.points)
    whole = Problem(grid, energy, held, partial(body_load, lines, source))
    load = whole.load(trapezoid)
    if whole.null_space:
        load = load - (load.sum() / whole.null_space.volumes.sum() * whole.null_space.volumes).reshape(load.shape)
    fast = transforms(energy, grid.boundary)
    assert fast is not None
    assert fast.name == name.split()[0]
    (u, _), (v, _) = by_transforms(whole, load, fast), by_factors(whole, load)
    if not whole.null_space:
        assert np.allclose(u, v, rtol=0, atol=1e-9 * np.abs(v).max())  # beyond the faces too
    one, other = (whole.inside(whole.null_space.gauged(held.values(z))) for z in (u, v))
    assert np.allclose(one, other, rtol=0, atol=1e-9 * np.abs(other).max())
    assert np.allclose(one, solved(Problem(grid, energy, held, lambda rule: load))[0], rtol=0, atol=1e-9 * np.abs(other).max())


@pytest.mark.parametrize("boundary", [Boundary.NATURAL, None])
def test_sources_that_constants_see_are_refused_with_their_moment(boundary):
    grid = TorusGrid((1.1,), (12,)) if boundary is None else BoxGrid((0.0,), (1.0,), (12,), boundary)
    lines = grid.lines(1)
    held = essential(grid, lines, 1, None)
    problem = Problem(grid, Energy(lines, (Penalty(1, 0.7),)), held, partial(body_load, lines, np.ones(12)))
    with pytest.raises(Refusal, match=r"the sources annihilate 1, which no penalty holds; got relative moments 1 \(allowed"):
        solved(problem)
    plate = BoxGrid((0.0,), (1.0,), (13,), Boundary.NATURAL)
    lines = plate.lines(2)
    odd = Problem(
        plate,
        Energy(lines, (Penalty(2, 0.7),)),
        essential(plate, lines, 2, None),
        partial(body_load, lines, plate.axes[0] - 0.5),
    )
    with pytest.raises(
        Refusal, match=r"the sources annihilate 1, x1, which no penalty holds; got relative moments .* for x1\."
    ):
        solved(odd)


@pytest.mark.parametrize("order", [1, 2])
def test_without_a_penalty_on_polynomials_the_gauge_is_orthogonal_to_them(order):
    grid = BoxGrid((-0.2, 0.1), (0.9, 1.3), (17, 22), Boundary.NATURAL)
    problem = Problems(2, order, Boundary.NATURAL)
    problem.terms = problem.terms[:1]
    problem.f = 2 * problem.terms[0][1] * weighted_divergence(problem.D, problem.x, order, problem.w)
    whole = problem.on(grid)
    values, facts = solved(whole)
    inside = whole.null_space.volumes.reshape(whole.energy.shape)
    moments = whole.null_space.basis.T @ (inside.ravel() * np.pad(values, order // 2).ravel())
    assert np.abs(moments).max() <= 1e-11
    exact = np.pad(problem.numeric(problem.D)(grid.nodes.numpy()).reshape(grid.points), order // 2)
    assert np.abs(whole.inside(whole.null_space.gauged(exact)) - values).max() <= 0.02
    assert facts["moments taken out"]
