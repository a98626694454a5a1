"""Manufactured problems: the data make D exact, an order follows in one line, and what would hide a fault is refused."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory import (
    HINGE,
    LEAST_SQUARES,
    LOGISTIC,
    WASSERSTEIN,
    Boundary,
    Box,
    BoxGrid,
    BoxMesh,
    Density,
    FiniteDifferences,
    FiniteElements,
    FourierSeries,
    GradientPenalty,
    Loss,
    Objective,
    Refusal,
    Space,
    Torus,
    gradient,
    nu,
    p,
    q,
)
from gantheory.discriminators.finite_elements import LINEAR, MORLEY, QUADRATIC
from gantheory.discriminators.grid_field import GridField
from gantheory.grids import TorusGrid
from gantheory.objectives import NEYMAN_GAN
from gantheory.symbolic import coordinates, multi_indices, multinomial, y
from gantheory.testing import assert_gradient, assert_order, assert_solves, generic, manufactured
from gantheory.testing.points import quasi_random

X = coordinates(2)
DIRICHLET, NATURAL, SUPPORTED = Boundary.DIRICHLET, Boundary.NATURAL, Boundary.SIMPLY_SUPPORTED
LINE, BOX, BRICK = Box((0.3,), (1.5,)), Box((0.0, -1.0), (1.0, 0.5)), Box((0.0, 0.2, -1.0), (1.0, 1.5, 1.0))
CIRCLE, TORUS = Torus((2.0,)), Torus((1.0, 1.3))
OBJECTIVES = {
    "order 1": Objective(WASSERSTEIN, 0.5 * GradientPenalty(1)),
    "order 2": Objective(WASSERSTEIN, 0.5 * GradientPenalty(2)),
    "order 3": Objective(WASSERSTEIN, 0.5 * GradientPenalty(3)),
    "R1": Objective(LEAST_SQUARES, 0.3 * GradientPenalty(1, over=p)),
    "mean, order 2": Objective(WASSERSTEIN, 0.5 * GradientPenalty(2, over=(p + q) / 2)),
    "interpolates": Objective(LEAST_SQUARES, 0.2 * GradientPenalty(1, over=nu), 0.7 * GradientPenalty(0)),
    "logistic": Objective(LOGISTIC, 0.05 * GradientPenalty(1)),
}


def inside(domain, count=53):
    low = (0.0,) * domain.dim if isinstance(domain, Torus) else domain.lower
    return quasi_random(low, domain.periods if isinstance(domain, Torus) else domain.upper, count)


FULL = [pytest.param(d, marks=pytest.mark.full) for d in (LINE, BRICK, TORUS)]


@pytest.mark.parametrize("domain", [BOX, CIRCLE, *FULL], ids=str)
@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_data_make_d_exact(name, domain):
    problem = manufactured(OBJECTIVES[name], generic(domain), domain)
    data = {"points": inside(domain), "reference": problem.reference, "source": problem.source}
    tolerance = 1e-11 if name != "order 3" else 1e-10  # six nested derivatives by autograd
    assert assert_solves(problem.exact, problem.objective, problem.real, problem.fake, **data, tolerance=tolerance) <= tolerance
    worse = 1.001 * problem.D + sp.cos(coordinates(domain.dim)[0]) / 1000
    with pytest.raises(AssertionError, match="should solve"):
        assert_solves(worse, problem.objective, problem.real, problem.fake, **data, tolerance=1e-7)
    assert all(s.size >= 0.01 for s in problem.shares if s.operator)
    assert max(s.size for s in problem.shares) == 1
    assert {"source", str(problem.objective.terms[0])} <= {s.name for s in problem.shares}


def gauss(domain, degree):
    """Points and weights of a tensor Gauss rule, and its traces (axes at their ends, sign)."""
    lines = [np.polynomial.legendre.leggauss(degree) for _ in range(domain.dim)]
    sides = [(np.array(a), np.array(b)) for a, b in zip(domain.lower, domain.upper, strict=True)]
    return [((b - a) / 2 * t + (a + b) / 2, (b - a) / 2 * w) for (t, w), (a, b) in zip(lines, sides, strict=True)]


def integrated(function, domain, at=()):
    """∫ over the stratum where the axes `at` are at their ends, upper ends +, lower −."""
    rules = gauss(domain, 24)
    for axis in at:
        ends = np.array([domain.lower[axis], domain.upper[axis]])
        rules[axis] = ends, np.array([-1.0, 1.0])
    x = np.stack([m.ravel() for m in np.meshgrid(*[t for t, _ in rules], indexing="ij")], 1)
    weight = np.ones(())
    for _, w in rules:
        weight = np.multiply.outer(weight, w)
    return float(np.sum(weight.ravel() * function(torch.from_numpy(x)).detach().numpy()))


def lambdified(expression, dim):
    f = sp.lambdify(coordinates(dim), expression, "numpy")
    return lambda x: torch.from_numpy(f(*x.numpy().T) + 0 * x.numpy()[:, 0])


@pytest.mark.parametrize("domain", [LINE, BOX], ids=str)
@pytest.mark.parametrize("name", ["order 1", "order 2", "R1", "mean, order 2", "order 3"])
def test_natural_data_are_the_boundary_terms_of_the_first_variation(name, domain):
    """Σ ∫ 2λ w (m!/α!) ∂^αD ∂^αh = ∫ left h + Σ ± ∫ g ∂^βh, for an h that is free at the boundary."""
    problem = manufactured(OBJECTIVES[name], generic(domain), domain)
    x, dim = coordinates(domain.dim), domain.dim
    h = sp.exp(sum((k + 2) * xi for k, xi in enumerate(x)) / 3) + sp.sin(x[0])
    left = problem.equation.at(problem.D, problem.densities[p], problem.densities[q], x)[0]
    weak = 0
    for t in problem.objective.terms:
        over = t.penalty.over.subs(problem.densities)
        for a in multi_indices(t.penalty.order, dim):
            pairs = [pair for pair in zip(x, a, strict=True) if pair[1]]
            weak += 2 * t.weight * multinomial(a) * over * sp.diff(problem.D, *pairs) * sp.diff(h, *pairs)
    total = integrated(lambdified(left * h, dim), domain)
    for datum in problem.natural:
        pairs = [pair for pair in zip(x, datum.against, strict=True) if pair[1]]
        test = lambdified(sp.diff(h, *pairs) if pairs else h, dim)
        total += integrated(lambda z, datum=datum, test=test: datum.value(z) * test(z), domain, datum.at)
    assert total == pytest.approx(integrated(lambdified(weak, dim), domain), rel=1e-9)
    assert len(problem.natural) == len(problem.equation.boundary_conditions(domain)) > 0


@dataclass(frozen=True, eq=False)
class Line:
    """2λ(−w D′)′ = p − q + source on an interval, dense, of order 2: nothing of the toolkit's grids."""

    grid: BoxGrid
    boundary: object = None
    source: object = None
    fault: str = ""

    def solve(self, objective, real, fake, reference=None):
        x, (h,) = self.grid.nodes, self.grid.spacing
        n = len(x)
        term = objective.terms[0]
        w = real.density(x) if term.penalty.over == p else torch.ones(n, dtype=x.dtype)
        middle = (w[1:] + w[:-1]) / 2 if self.fault != "one-sided weight" else w[1:]
        A, b = torch.eye(n, dtype=x.dtype), self.boundary(x).clone()
        scale = 2 * float(term.weight) / h**2
        for i in range(1, n - 1):
            A[i, i - 1 : i + 2] = scale * torch.stack([-middle[i - 1], middle[i - 1] + middle[i], -middle[i]])
        right = real.density(x) - fake.density(x)
        right = -right if self.fault == "sign of p − q" else right
        f = 0.99 * self.source(x) if self.fault == "source" else self.source(x)
        b[1:-1] = (right + f)[1:-1]
        if self.fault == "weight λ":
            A[1:-1] *= 1.01
        return GridField(self.grid, torch.linalg.solve(A, b).numpy(), {"solver": "Line"})


def line(n, fault=""):
    return Line(BoxGrid(LINE.lower, LINE.upper, (n,)), fault=fault)


LEVELS = (17, 33, 65, 129)


@pytest.mark.parametrize("over", [sp.S.One, p], ids=str)
def test_a_users_solver_gets_its_order_in_one_line_and_its_faults_are_seen(over):
    problem = manufactured(Objective(WASSERSTEIN, 0.5 * GradientPenalty(1, over=over)), generic(LINE), LINE)
    assert_order(problem.study(line, LEVELS), expected=2)
    faults = ["sign of p − q", "source", "weight λ"] + ["one-sided weight"] * (over == p)
    for fault in faults:
        slopes = problem.study(lambda n, fault=fault: line(n, fault), LEVELS).slopes
        assert not max(abs(s - 2) for s in slopes[-2:]) <= 0.1, fault


def finite_differences(domain, boundary=None, accuracy=2):
    if isinstance(domain, Torus):
        return lambda n: FiniteDifferences(TorusGrid(domain.periods, (n, n + n // 2)[: domain.dim]), accuracy=accuracy)
    points = lambda n: (n, (3 * n - 1) // 2, n)[: domain.dim]  # noqa: E731
    return lambda n: FiniteDifferences(BoxGrid(domain.lower, domain.upper, points(n), boundary), accuracy=accuracy)


CASES = {
    "order 1, Dirichlet": ("order 1", BOX, DIRICHLET, 2, 2),
    "order 1, natural": ("order 1", BOX, NATURAL, 2, 2),
    "R1, natural": ("R1", BOX, NATURAL, 2, 2),
    "order 1, accuracy 4": ("order 1", BOX, DIRICHLET, 4, 4),
    "order 2, clamped": ("order 2", BOX, DIRICHLET, 2, 2),
    "order 2, supported": ("order 2", BOX, SUPPORTED, 2, 2),
    "order 2, natural": ("order 2", BOX, NATURAL, 2, 2),
    "R1 on a torus": ("R1", TORUS, None, 4, 4),
}


@pytest.mark.parametrize("case", CASES)
def test_finite_differences_keep_their_order_on_boxes_and_tori(case):
    name, domain, boundary, accuracy, expected = CASES[case]
    problem = manufactured(OBJECTIVES[name], generic(domain), domain)
    levels = (24, 36, 48, 72) if domain is TORUS else (33, 65, 97, 129) if accuracy == 4 else (17, 33, 65, 129)
    assert_order(problem.study(finite_differences(domain, boundary, accuracy), levels), expected=expected)


ELEMENTS = {
    "linear, natural": ("R1", NATURAL, LINEAR, 2, (8, 16, 32, 64)),
    "quadratic, Dirichlet": ("logistic", DIRICHLET, QUADRATIC, 3, (4, 8, 16, 32)),
    "Morley, natural": ("order 2", NATURAL, MORLEY, 2, (8, 16, 32, 64)),
    "Morley, supported": ("order 2", SUPPORTED, MORLEY, 2, (8, 16, 32, 64)),
}


@pytest.mark.full
@pytest.mark.parametrize("case", ELEMENTS)
def test_finite_elements_keep_their_order(case):
    name, boundary, element, expected, levels = ELEMENTS[case]
    problem = manufactured(OBJECTIVES[name], generic(BOX), Box(BOX.lower, BOX.upper, boundary))
    held = None if boundary is NATURAL else problem.boundary
    meshes = {n: BoxMesh.uniform(problem.domain, (n, 3 * n // 2)) for n in levels}
    assert_order(problem.study(lambda n: FiniteElements(meshes[n], element, boundary=held), levels), expected=expected)


def test_fourier_series_reach_roundoff():
    problem = manufactured(OBJECTIVES["order 2"], generic(TORUS), TORUS)
    assert problem.error(problem.solve(FourierSeries(TORUS, 32))) <= 1e-12


def test_the_boundary_conditions_are_those_of_the_solver():
    problem = manufactured(OBJECTIVES["order 2"], generic(BOX), BOX)
    given = problem.given_to(finite_differences(BOX, NATURAL)(9))
    assert given.boundary is None
    assert len(given.natural) == 5
    clamped = problem.given_to(finite_differences(BOX, DIRICHLET)(9))
    assert clamped.boundary.expression == problem.D
    assert clamped.natural == ()
    supported = problem.given_to(finite_differences(BOX, SUPPORTED)(9))
    assert supported.boundary.expression == problem.D
    assert {d.against for d in supported.natural} == {(1, 0), (0, 1)}
    assert problem.equation.null_space(problem.domain)
    assert not problem.as_of(clamped).equation.null_space(problem.as_of(clamped).domain)


def test_the_error_is_relative_and_without_gauge():
    natural = manufactured(OBJECTIVES["order 2"], generic(BOX), BOX)
    grid = BoxGrid(BOX.lower, BOX.upper, (23, 31))
    off = natural.exact(grid.nodes) + 3 - 2 * grid.nodes[:, 1] + grid.nodes[:, 0]
    assert natural.error(GridField(grid, off.numpy().reshape(grid.points), {})) <= 1e-13
    assert natural.error(lambda x: 1.25 * natural.exact(x) + 4 + x[:, 1]) == pytest.approx(0.25)
    given = natural.within(DIRICHLET)
    field = lambda x: 1.25 * given.exact(x)  # noqa: E731
    assert given.error(field) == pytest.approx(0.25)
    assert given.error(GridField(grid, 1.25 * given.exact(grid.nodes).numpy().reshape(grid.points), {})) == pytest.approx(0.25)


def test_the_error_on_a_grid_is_the_integral_by_the_trapezoid_rule():
    problem = manufactured(OBJECTIVES["order 1"], generic(LINE), LINE).within(DIRICHLET)
    grid = BoxGrid(LINE.lower, LINE.upper, (9,))
    values = problem.exact(grid.nodes).numpy()
    bump = np.zeros(9)
    bump[0] = 1
    expected = np.sqrt(0.5 / (values**2 * np.array([0.5, *[1] * 7, 0.5])).sum())
    assert problem.error(GridField(grid, values + bump, {})) == pytest.approx(expected)


def test_the_null_space_is_taken_out_by_the_same_rule():
    problem = manufactured(OBJECTIVES["order 1"], generic(LINE), LINE)
    grid = BoxGrid(LINE.lower, LINE.upper, (9,))
    values, weight = problem.exact(grid.nodes).numpy(), np.array([0.5, *[1] * 7, 0.5])
    bump = np.eye(9)[0]
    centred = [v - (weight * v).sum() / weight.sum() for v in (bump, values)]
    expected = np.sqrt((weight * centred[0] ** 2).sum() / (weight * centred[1] ** 2).sum())
    assert problem.error(GridField(grid, values + bump, {})) == pytest.approx(expected)


def test_shares_are_root_mean_squares_over_the_largest():
    objective = Objective(LEAST_SQUARES, 0.1 * GradientPenalty(1, over=p), 0.002 * GradientPenalty(2))
    problem = manufactured(objective, generic(BOX), BOX)
    n = 24
    lines = [(np.arange(n) + 0.5) / n * (b - a) + a for a, b in zip(BOX.lower, BOX.upper, strict=True)]
    at = np.meshgrid(*lines, indexing="ij")
    D, P, Q = problem.D, problem.densities[p], problem.densities[q]
    by_hand = {
        "1/10·∫ p |∇D|² dx": -sum(sp.diff(P * sp.diff(D, xi), xi) for xi in X) / 5,
        "1/500·∫ |∇^2 D|² dx": sum(sp.diff(D, xi, 2, xj, 2) for xi in X for xj in X) / 250,
        "reaction with D": (P + Q) * D,
        "reaction of p, free of D": -P,
        "reaction of q, free of D": Q,
    }
    by_hand["source"] = sum(by_hand.values())
    sizes = {name: float(np.sqrt((sp.lambdify(X, e, "numpy")(*at) ** 2).mean())) for name, e in by_hand.items()}
    found = {s.name: s.size for s in problem.shares}
    for name, size in sizes.items():
        assert found[name] == pytest.approx(size / max(sizes.values())), name
    inner = [sp.diff(P, X[1]) * sp.diff(D, X[1]), P * sp.diff(D, X[0], 2), P * sp.diff(D, X[1], 2)]
    first, second, third = (np.sqrt((sp.lambdify(X, e, "numpy")(*at) ** 2).mean()) for e in inner)
    assert found["w_2 in 1/10·∫ p |∇D|² dx"] == pytest.approx(first / max(second, third))


def test_fields_and_densities_are_exact_and_may_be_evaluated_outside():
    problem = manufactured(OBJECTIVES["R1"], generic(BOX), BOX)
    x = inside(BOX)
    for field in (problem.exact, problem.source, problem.boundary):
        assert assert_gradient(field, x, step=0.05) > 9
    for density in (problem.real, problem.fake):
        assert isinstance(density, Density)
        assert density.dim == 2
        assert torch.allclose(density.score(x), gradient(lambda z, d=density: d.density(z).log(), x), rtol=1e-12)
        with pytest.raises(Refusal, match="not sampled"):
            density.sample(3, torch.Generator())
    assert bool(problem.real.density(x + 2).isfinite().all())
    assert problem.reference is None
    second = problem.exact.derivative((1, 1))
    z = x.clone().requires_grad_()
    slope = problem.exact.gradient(z)[:, 0].sum()
    assert torch.allclose(torch.autograd.grad(slope, z)[0][:, 1], second(x), rtol=1e-12)
    with pytest.raises(Refusal, match=r"shape \(n, 2\)"):
        problem.exact(x[:, :1])


@pytest.mark.parametrize("domain", [LINE, BOX, BRICK, CIRCLE, TORUS, Torus((1.0, 2.0, 0.7)), Box((0, 0), (3, 1))], ids=str)
@pytest.mark.parametrize("seed", [0, *(pytest.param(k, marks=pytest.mark.full) for k in (1, 2, 7))])
def test_a_generic_function_is_accepted_whatever_the_seed(domain, seed):
    manufactured(OBJECTIVES["order 1"], generic(domain, seed), domain)
    assert generic(domain, seed) != generic(domain, seed + 1)


ONE, G = OBJECTIVES["order 1"], generic(BOX)
u, v = X[0], (X[1] + 1) / sp.Rational(3, 2)
REFUSED = {
    "even about the centre": (ONE, sp.cos(u + v - 1) + sp.cos(2 * u - v - sp.S.Half) + 2, "even about the centre"),
    "odd about the centre": (ONE, sp.sin(u + v - 1) + sp.sin(2 * u - v - sp.S.Half) + 2, "odd about the centre"),
    "exchange": (ONE, sp.exp(u + v) + sp.sin(u**2 + v**2) + u * v, "exchange of x1 and x2"),
    "reflection": (ONE, sp.exp(v) * sp.cos(u - sp.S.Half) + sp.sin(v + (u - sp.S.Half) ** 2), "even under reflection of x1"),
    "product": (ONE, sp.exp(u) * (1 + sp.sin(2 * v)), "not a product"),
    "sum": (ONE, sp.exp(u) + sp.sin(2 * v + 1), "not a sum"),
    "constant": (ONE, sp.Integer(3), "degree ≤ 3"),
    "one coordinate": (ONE, sp.exp(u) + sp.sin(3 * u), "degree ≤ 3"),
    "nearly one coordinate": (ONE, sp.exp(u) + sp.sin(3 * u) + sp.sin(v) / 1000, "independent of x2"),
    "nearly constant": (ONE, 1000 + G, "varies over the domain"),
    "zero at all faces": (ONE, u * (1 - u) * v * (1 - v) * sp.exp(u + 2 * v**2), "not 0 at the boundary|not a product"),
    "zero at one face": (ONE, u * G, "0 at the lower face of x1"),
    "zero at another face": (ONE, (1 - u) * G, "0 at the upper face of x1"),
    "polynomial": (ONE, u**3 + 2 * u * v**2 + v + 1 + u**2 * v, "degree 3 in x1"),
    "polynomial, order 2": (OBJECTIVES["order 2"], (1 + u + 2 * v + u * v / 3) ** 5 + u, "degree 5 in x1"),
    "small penalty": (Objective(WASSERSTEIN, GradientPenalty(1), 1e-5 * GradientPenalty(2)), G, "1/100000·∫ |∇^2 D|²"),
    "small derivative": (ONE, sp.sin(u + v / 20) + sp.exp(v / 30) * u + u * v / 9, "for D_22"),
    "small screening": (Objective(WASSERSTEIN, GradientPenalty(1), 1e-5 * GradientPenalty(0)), G, "for 1/100000·∫ |D|²"),
    "crossing": (Objective(WASSERSTEIN, GradientPenalty(1, centre=1)), G, "stays above the centre 1"),
    "one-sided crossing": (Objective(WASSERSTEIN, GradientPenalty(1, centre=1, one_sided=True)), G, "stays above"),
    "tiny centre": (Objective(WASSERSTEIN, GradientPenalty(1, centre=1e-4)), G + 4 * u, "its centre"),
    "foreign symbol": (ONE, sp.sin(sp.Symbol("x1") + 2 * u) + v, "coordinates"),
    "text": (ONE, "sin(x1)", "SymPy expression"),
    "infinite": (ONE, G + sp.log(u - sp.S.Half), "finite on the domain|real and finite"),
    "infinite at a face": (ONE, G + 1 / (u + 0 * v), r"D is finite up to the faces of the domain; got no number at \[0.0, "),
    "infinite within": (ONE, G + 1 / (u - sp.Rational(1, 3)), "D is finite up to the faces"),
    "a derivative infinite at a face": (
        ONE,
        G + sp.sqrt(u),
        "the source, with the derivatives of D .* is finite up to the faces",
    ),
    "a kink": (ONE, G + sp.Abs(u - sp.Rational(1, 3)), r"D is smooth; got .*with the kink Abs\(x1 - 1/3\)"),
    "a jump": (ONE, G + sp.Heaviside(u - sp.Rational(1, 3)), "D is smooth; got"),
    "a concave loss": (
        Objective(Loss(real=-(y**2), fake=y), GradientPenalty(1, over=p)),
        G,
        "convex at the values.*Scale D",
    ),
    "concave at some values": (
        Objective(NEYMAN_GAN, GradientPenalty(1, over=p)),
        2 * G,
        "convex at the values of D",
    ),
    "a slope that jumps": (Objective(HINGE, GradientPenalty(1, over=p)), G, "slope of the loss is continuous.*jumps at y = 1"),
    "no penalty": (Objective(WASSERSTEIN), G, "has a penalty"),
    "free parameter": (Objective(WASSERSTEIN, sp.Symbol("mu", positive=True) * GradientPenalty(1)), G, "got mu"),
    "no objective": (WASSERSTEIN, G, "takes an Objective"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_hide_a_fault_is_refused(name):
    objective, D, words = REFUSED[name]
    with pytest.raises(Refusal, match=words):
        manufactured(objective, D, BOX)


R1, R2 = Objective(WASSERSTEIN, 0.5 * GradientPenalty(1, over=p)), Objective(LEAST_SQUARES, 0.5 * GradientPenalty(1, over=q))
WEIGHT = 1 + sp.exp(u - v / 2) / 2
DATA = {
    "constant weight": (R1, {"p": sp.Integer(2)}, "the weight p varies"),
    "nearly constant weight": (R1, {"p": 2 + WEIGHT / 1000}, "the weight p varies"),
    "symmetric weight": (R2, {"q": 2 + sp.cos(u + v - 1)}, "the weight q has no symmetry"),
    "weight of one coordinate": (R1, {"p": 2 + sp.sin(u)}, "independent of x2"),
    "constant reaction": (
        Objective(LEAST_SQUARES, GradientPenalty(1)),
        {"p": 2 + 0 * u, "q": sp.Integer(1)},
        "coefficient of D",
    ),
    "equal": (ONE, {"p": WEIGHT, "q": WEIGHT}, "p and q differ"),
    "negative": (ONE, {"p": WEIGHT - 2}, "density p is positive"),
    "small": (ONE, {"p": WEIGHT / 10**5}, "reaction of p"),
    "foreign": (ONE, {"q": 2 + sp.sin(sp.Symbol("z"))}, r"coordinates\(2\) alone; got z"),
    "number": (ONE, {"q": 1.0}, "SymPy expression"),
    "a nu that is constant": (OBJECTIVES["interpolates"], {"nu": sp.Integer(1)}, "the weight nu varies"),
}


@pytest.mark.parametrize("name", DATA)
def test_data_that_would_hide_a_fault_are_refused(name):
    objective, densities, words = DATA[name]
    with pytest.raises(Refusal, match=words):
        manufactured(objective, G, BOX, **densities)


def test_a_centre_is_no_term_on_a_line_and_one_in_the_plane():
    pull = Objective(WASSERSTEIN, GradientPenalty(1, centre=0.2))
    (x,) = coordinates(1)
    line = manufactured(pull, 2 * x + sp.sin(x + sp.S.Half), LINE)
    assert not [s for s in line.shares if "centre" in s.name]
    plane = manufactured(pull, 3 * X[0] + X[1] + G / 2, BOX)
    assert len([s for s in plane.shares if "centre" in s.name]) == 2
    for problem in (line, plane):
        data = {"points": inside(problem.domain), "source": problem.source}
        assert assert_solves(problem.exact, pull, problem.real, problem.fake, **data, tolerance=1e-12) <= 1e-12


def test_given_densities_are_kept():
    problem = manufactured(R1, G, BOX, p=WEIGHT, q=2 + sp.sin(u - v))
    assert problem.densities == {p: WEIGHT, q: 2 + sp.sin(u - v)}
    left, right = problem.equation.at(G, WEIGHT, 2 + sp.sin(u - v), X)
    assert sp.expand(problem.source.expression - left + right) == 0


def test_faces_and_periods_are_looked_at():
    flat = u**2 * (1 - u) ** 2 * sp.exp(v + u) + sp.exp(2 * v) + sp.sin(v + u**2 * (1 - u) ** 2) + 1
    with pytest.raises(Refusal, match=r"natural datum against \(0, 0\) is not 0 at the ends of x1"):
        manufactured(ONE, flat, BOX)
    with pytest.raises(Refusal, match="normal derivative of order 1 is not 0 at the ends of x1"):
        manufactured(OBJECTIVES["order 2"], flat, Box(BOX.lower, BOX.upper, DIRICHLET))
    manufactured(ONE, flat, Box(BOX.lower, BOX.upper, DIRICHLET))
    with pytest.raises(Refusal, match="has the periods of the torus"):
        manufactured(ONE, sp.exp(sp.sin(2 * sp.pi * u)) + sp.sin(2 * sp.pi * (u + X[1])), TORUS)
    with pytest.raises(Refusal, match="p has the periods"):
        manufactured(ONE, generic(TORUS), TORUS, p=WEIGHT)
    with pytest.raises(Refusal, match="on a Box or a Torus"):
        manufactured(ONE, G, Space(2))
    with pytest.raises(Refusal, match="on a Box or a Torus"):
        generic(Space(2))
    with pytest.raises(Refusal, match=r"of dimension 1, 2 or 3; got \[0, 1\] × \[0, 1\] × \[0, 1\] × \[0, 1\]"):
        generic(Box((0,) * 4, (1,) * 4))
    with pytest.raises(Refusal, match="on a Box or a Torus of dimension 1, 2 or 3; got None"):
        manufactured(ONE, G, None)
    with pytest.raises(Refusal, match="seed of generic"):
        generic(BOX, -1)


def test_solvers_that_cannot_take_the_data_are_refused():
    problem = manufactured(ONE, G, BOX)
    with pytest.raises(Refusal, match="a dataclass"):
        problem.given_to(object())
    other = FiniteDifferences(BoxGrid((0.0, -1.0), (1.0, 1.0), (9, 9)))
    with pytest.raises(Refusal, match="the domain of the problem"):
        problem.given_to(other)

    @dataclass(frozen=True)
    class Bare:
        grid: BoxGrid

    with pytest.raises(Refusal, match="Bare, which takes no boundary or source"):
        problem.given_to(Bare(BoxGrid(BOX.lower, BOX.upper, (9, 9))))
    with pytest.raises(Refusal, match="faces of a Box"):
        manufactured(ONE, generic(TORUS), TORUS).within(NATURAL)


def test_sizes_are_given_or_read_off_the_grid_or_one_over_the_level():
    problem = manufactured(OBJECTIVES["order 1"], generic(LINE), LINE)
    assert problem.study(line, LEVELS).sizes == pytest.approx([1.2 / (n - 1) for n in LEVELS])
    assert problem.study(line, LEVELS, spacing=lambda n: 3 / n).sizes == pytest.approx([3 / n for n in LEVELS])

    @dataclass(frozen=True, eq=False)
    class Gridless(Line):
        def solve(self, *data, **more):
            return super().solve(*data, **more).__call__

    bare = problem.study(lambda n: Gridless(BoxGrid(LINE.lower, LINE.upper, (n,))), LEVELS)
    assert bare.sizes == pytest.approx([1 / n for n in LEVELS])
    with pytest.raises(AssertionError, match="exact here"):
        problem.study(lambda n: Exactly(problem.exact), LEVELS)


@dataclass(frozen=True, eq=False)
class Exactly:
    answer: object
    source: object = None
    boundary: object = None
    natural: tuple = ()

    def solve(self, *data, **more):
        return self.answer


def test_a_problem_is_frozen_and_made_anew():
    problem = manufactured(ONE, G, BOX)
    assert replace(problem, D=G + 1).exact.expression == G + 1
