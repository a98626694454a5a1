"""Laws of FiniteElements: exact on polynomials, gauge and moments, rivals, refusals."""

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.special import ndtr

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.discriminators import FiniteDifferences, Solver, solve
from gantheory.discriminators.boundary_data import NaturalDatum
from gantheory.discriminators.finite_elements import ARGYRIS, HERMITE, LINEAR, MORLEY, QUADRATIC, BoxMesh, FiniteElements
from gantheory.discriminators.finite_elements.assembled import Assembled
from gantheory.discriminators.finite_elements.rule import cells
from gantheory.discriminators.finite_elements.space import ElementSpace
from gantheory.grids import BoxGrid, direct
from gantheory.measures import Gaussian
from gantheory.objectives import HINGE, LEAST_SQUARES, WASSERSTEIN, Box, GradientPenalty, Loss, Objective
from gantheory.symbolic import nu, p, q, y
from tests.elements.cases import CURVED, DIRICHLET, LINEAR_LOSS, NATURAL, SUPPORTED, box
from tests.elements.manufactured import DISCRIMINATORS, Formula, Problem, X, coarse

x1, x2, x3 = X
CELLS = {1: (5,), 2: (4, 3), 3: (2, 2, 2)}
PATCHES = {
    LINEAR: {1: 2 * x1 - 1, 2: 2 * x1 - x2 / 3 - 1, 3: 2 * x1 - x2 / 3 + x3 - 1},
    QUADRATIC: {1: x1**2 - x1, 2: x1**2 - x1 * x2 - x2 / 3 - 1, 3: x1 * x2 - x3**2 + x1},
    HERMITE: {1: x1**3 - x1**2 + 1},
    MORLEY: {2: x1**2 - x1 * x2 + 2 * x2**2 - x1},
    ARGYRIS: {2: x1**5 - 2 * x1**2 * x2**3 + x1 * x2 - x2**4 + 1},
}
PATCHED = [(e, d, k) for e, by in PATCHES.items() for d in by for k in (DIRICHLET, NATURAL, SUPPORTED)]


def named(case):
    element, dim, kind = case
    return f"{element}, {dim}-D, {kind.value}"


@pytest.mark.parametrize(("element", "dim", "kind"), PATCHED, ids=map(named, PATCHED))
def test_polynomials_of_an_element_are_solved_exactly(element, dim, kind):
    """A polynomial density keeps every integral within the quadrature; the last weight is constant but for quintics."""
    m = element.order
    weight = 1 if element in (MORLEY, ARGYRIS) else q
    terms = [sp.Rational(2, 3) * GradientPenalty(0), sp.Rational(3, 4) * GradientPenalty(m, over=weight)]
    if element is not MORLEY and m == 2:
        terms.append(sp.Rational(1, 3) * GradientPenalty(1))
    densities = (1 + x1 / 7, sp.S(2) - x1 / 9, sp.S.One)
    domain = box(dim, kind)
    problem = Problem(Objective(WASSERSTEIN, *terms), domain, PATCHES[element][dim], densities)
    mesh = coarse(domain, CELLS[dim])
    D = problem.solved(mesh, element)
    x = torch.from_numpy(mesh.corners.mean(1))
    limit = 1e-12 if m == 1 else 1e-10
    assert (D(x) - problem.exact(x)).abs().max() <= limit
    assert (D.gradient(x) - gradient(problem.exact, x)).abs().max() <= 100 * limit
    assert D.stats["element"] == element.name
    assert D.stats["unknowns"] <= len(D.values)
    assert D.stats["residual"] <= 1e-11
    assert D.stats["iterations"] == 1


@pytest.mark.parametrize(("element", "dim"), [(LINEAR, 2), (QUADRATIC, 1), (HERMITE, 1), (MORLEY, 2), (ARGYRIS, 2)], ids=str)
def test_the_matrix_is_symmetric_and_not_negative(element, dim):
    problem = Problem(CURVED[element.order], box(dim, NATURAL), DISCRIMINATORS[dim])
    space = ElementSpace(coarse(problem.domain, CELLS[dim]), element)
    measures = tuple(Formula(e, dim) for e in problem.given)
    u = np.linspace(-1, 1, space.size)
    matrix = sum(f.tangent(u) for f in Assembled(space, problem.objective, measures, None, ()).forms).toarray()
    assert np.abs(matrix - matrix.T).max() <= 1e-13 * np.abs(matrix).max()
    root = 1 / np.sqrt(matrix.diagonal())
    assert np.linalg.eigvalsh(root[:, None] * matrix * root).min() > 0


@pytest.mark.parametrize(("element", "dim"), [(LINEAR, 1), (QUADRATIC, 2), (HERMITE, 1), (MORLEY, 2), (ARGYRIS, 2)], ids=str)
def test_the_gauge_is_orthogonal_to_the_null_space(element, dim):
    problem = Problem(LINEAR_LOSS[element.order], box(dim, NATURAL), DISCRIMINATORS[dim])
    D = problem.solved(coarse(problem.domain, CELLS[dim]), element)
    rule = cells(D.space, 12)
    value = rule.weights * rule.derivative(D.values, (0,) * dim)
    size = np.abs(value).sum()
    for f in [np.ones_like(value), *(rule.points[:, :, k] for k in range(dim if element.order == 2 else 0))]:
        assert abs((value * f).sum()) <= 1e-11 * size


@pytest.mark.parametrize(("element", "dim", "moment"), [(LINEAR, 2, "1"), (HERMITE, 1, "x₁"), (MORLEY, 2, "x₂")], ids=str)
def test_moments_that_disagree_are_named(element, dim, moment):
    problem = Problem(LINEAR_LOSS[element.order], box(dim, NATURAL), DISCRIMINATORS[dim])
    mesh = coarse(problem.domain, CELLS[dim])
    name = {"1": lambda x: 1 + 0 * x[:, 0], "x₁": lambda x: x[:, 0], "x₂": lambda x: x[:, 1]}[moment]

    def shift(x):
        return problem.source(x) + 0.01 * name(x)

    with pytest.raises(Refusal, match=f"vanishes against the null space; got .*against {moment}"):
        problem.solved(mesh, element, source=shift)


def normal(mean, variance):
    return Gaussian(torch.tensor([mean], dtype=torch.float64), torch.tensor([[variance]], dtype=torch.float64))


def test_densities_on_a_box_that_holds_them_need_no_source():
    """A pair of Gaussians on a natural interval against its flux in closed form: 2λ D′ = ∫ (q − p)."""
    real, fake, objective = normal(0.4, 0.5), normal(-0.3, 0.8), Objective(WASSERSTEIN, 2 * GradientPenalty())
    D = solve(objective, real, fake, solver=FiniteElements(BoxMesh.uniform(Box((-8,), (8.5,)), (160,)), QUADRATIC))
    x = torch.linspace(-7, 7, 45, dtype=torch.float64)[:, None]
    flux = ndtr((x[:, 0].numpy() + 0.3) / np.sqrt(0.8)) - ndtr((x[:, 0].numpy() - 0.4) / np.sqrt(0.5))
    assert np.abs(4 * D.gradient(x)[:, 0].numpy() - flux).max() <= 3e-3
    narrow = FiniteElements(BoxMesh.uniform(Box((-2,), (2,)), (40,)), QUADRATIC)
    with pytest.raises(Refusal, match="Use a box that holds both measures"):
        solve(objective, real, fake, solver=narrow)


RIVALS = [(LINEAR, 1, k) for k in (DIRICHLET, NATURAL)] + [(QUADRATIC, 2, k) for k in (DIRICHLET, NATURAL)]
RIVALS += [(HERMITE, 1, k) for k in (DIRICHLET, NATURAL, SUPPORTED)] + [(MORLEY, 2, k) for k in (DIRICHLET, NATURAL, SUPPORTED)]


@pytest.mark.parametrize(("element", "dim", "kind"), RIVALS, ids=map(named, RIVALS))
def test_finite_elements_agree_with_finite_differences(element, dim, kind):
    problem = Problem(CURVED[element.order], box(dim, kind), DISCRIMINATORS[dim])
    a = problem.solved(coarse(problem.domain, (24, 20)[:dim]), element)
    grid = BoxGrid(problem.domain.lower, problem.domain.upper, (41, 33)[:dim], kind)
    boundary = None if kind is NATURAL else problem.exact
    solver = FiniteDifferences(grid, boundary, source=problem.source, natural=problem.natural)
    real, fake, reference = (Formula(e, dim) for e in problem.given)
    b = solve(problem.objective, real, fake, solver=solver, reference=reference)
    x = grid.nodes
    assert (a(x) - b(x)).abs().max() <= 0.01 * b(x).abs().max()


LINE = BoxMesh.uniform(box(1, NATURAL), (6,))
GIVEN = BoxMesh.uniform(box(1, DIRICHLET), (6,))
PLANE = BoxMesh.uniform(box(2, DIRICHLET), (3, 3))
WGAN, LSGAN = Objective(WASSERSTEIN, GradientPenalty()), Objective(LEAST_SQUARES, GradientPenalty())


def zero(x):
    return 0 * x.sum(1)


def asked(objective, solver=None, real=None, fake=None):
    measures = real or normal(0.1, 1.0), fake or normal(0.0, 1.0)
    return lambda: solve(objective, *measures, solver=solver or FiniteElements(LINE))


def datum(at, against):
    return NaturalDatum(at, against, zero)


BAD = [
    (lambda: FiniteElements(LINE, boundary=zero), "takes no boundary data"),
    (asked(LSGAN, FiniteElements(GIVEN)), "takes boundary data; got boundary=None. Pass boundary="),
    (lambda: FiniteElements(LINE, MORLEY), "MORLEY is an element in 2-D; got a mesh in 1-D. Use HERMITE."),
    (
        asked(Objective(LEAST_SQUARES, GradientPenalty(2))),
        "LINEAR is for .* order 1; got .*HERMITE",
    ),
    (asked(LSGAN, FiniteElements(LINE, HERMITE)), "HERMITE is for .* order 2; got .*Use LINEAR or QUADRATIC"),
    (asked(Objective(LEAST_SQUARES)), "highest penalty has order 1"),
    (asked(Objective(LEAST_SQUARES, GradientPenalty(2, centre=1)), FiniteElements(LINE, HERMITE)), "centres K in penalties of"),
    (asked(Objective(HINGE, GradientPenalty())), "losses that are smooth in D"),
    (asked(Objective(Loss(real=-(y**2), fake=y), GradientPenalty())), "losses that are convex in D"),
    (asked(Objective(Loss(real=sp.Symbol("a") * y**2, fake=y), GradientPenalty())), "the loss with numbers"),
    (asked(Objective(LEAST_SQUARES, sp.Symbol("a", positive=True) * GradientPenalty())), "the weight λ as a number"),
    (asked(Objective(LEAST_SQUARES, GradientPenalty(over=nu))), "every symbol of the objective.*Pass reference="),
    (asked(Objective(LEAST_SQUARES, GradientPenalty(over=1 / q)), fake=Formula(X[0] - X[0], 1)), "w of a penalty is finite"),
    (asked(Objective(LEAST_SQUARES, GradientPenalty(over=q)), fake=Formula(0 * X[0], 1)), "positive diagonal"),
    (asked(LSGAN, real=Formula(sp.sqrt(X[0] - 9), 1)), "the density of real is finite"),
    (asked(LSGAN, FiniteElements(PLANE, boundary=zero)), "needs densities in 2-D here; got Gaussian of dimension 1"),
    (asked(LSGAN, FiniteElements(LINE, source=lambda x: x)), r"the source gives float64 of shape \(12,\)"),
    (asked(LSGAN, FiniteElements(LINE, source=lambda x: zero(x).float())), "the source gives float64"),
    (asked(LSGAN, FiniteElements(LINE, source=lambda x: zero(x) / 0)), "the source is finite"),
    (asked(LSGAN, FiniteElements(LINE, source=1.0)), "the source is a Field, from points .*; got 1.0"),
    (asked(Objective(LEAST_SQUARES, GradientPenalty(over=p)), real=Formula(X[0], 1)), "w of .* is finite and nowhere negative"),
    (asked(LSGAN, FiniteElements(GIVEN, boundary=lambda x: zero(x).float())), "a boundary field gives float64"),
    (asked(LSGAN, FiniteElements(GIVEN, boundary=lambda x: zero(x) / 0)), "a boundary field is finite"),
    (
        asked(LSGAN, FiniteElements(LINE, natural=(datum((0,), (1,)),))),
        r"of order 1 .*: at=\(0,\) against=\(0,\);",
    ),
    (asked(LSGAN, FiniteElements(LINE, natural=(datum((1,), (0,)),))), "belong to a natural condition"),
    (asked(LSGAN, FiniteElements(LINE, natural=(datum((0,), (0,)),) * 2)), "each natural condition has one datum"),
    (asked(LSGAN, FiniteElements(GIVEN, boundary=zero, natural=(datum((0,), (0,)),))), "on .*Dirichlet.*: none; got"),
    (asked(LSGAN, FiniteElements(BoxMesh.uniform(GIVEN.box, (1,)), boundary=zero)), "leaves something free inside its faces"),
]


@pytest.mark.parametrize(("make", "words"), BAD)
def test_what_finite_elements_cannot_solve_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()


def test_factors_beyond_memory_are_refused(monkeypatch):
    monkeypatch.setitem(direct.FACTORED, 2, 3)
    plane = [Gaussian(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))] * 2
    with pytest.raises(Refusal, match=r"solved by factors has at most 3 unknowns; got 4. Use a coarser mesh"):
        solve(LSGAN, *plane, solver=FiniteElements(PLANE, boundary=zero))


def test_second_derivatives_at_clamped_faces_are_needed_by_quintics_alone():
    class Sloped:
        def __call__(self, x):
            return x.sum(1)

        def gradient(self, x):
            return torch.ones_like(x)

    plane = [Gaussian(torch.tensor([m, 0.1], dtype=torch.float64), torch.eye(2, dtype=torch.float64)) for m in (0.3, -0.2)]
    objective = Objective(WASSERSTEIN, GradientPenalty(2))
    with pytest.raises(Refusal, match=r"ARGYRIS takes boundary data with second derivatives; got a Sloped.*Use MORLEY"):
        solve(objective, *plane, solver=FiniteElements(PLANE, ARGYRIS, Sloped()))
    assert solve(objective, *plane, solver=FiniteElements(PLANE, MORLEY, Sloped())).stats["iterations"] == 1


def test_an_element_field_is_a_field_inside_its_box():
    D = asked(LSGAN)()
    x = torch.tensor([[-0.7], [0.2]], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(D(x).sum(), x)
    assert torch.equal(slope, D.gradient(x).detach())
    assert isinstance(FiniteElements(LINE), Solver)
    for bad, words in (
        (x + 5, "inside its box"),
        (x * torch.nan, "inside its box"),
        (x.float(), "float64 on the CPU"),
        (torch.zeros(2, 2, dtype=torch.float64), r"points have shape \(n, 1\)"),
    ):
        with pytest.raises(Refusal, match=words):
            D(bad.detach())
    with pytest.raises(Refusal, match="a second derivative"):
        torch.autograd.grad(torch.autograd.grad(D(x).sum(), x, create_graph=True)[0].sum(), x)
