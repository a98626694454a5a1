"""Every way to solve finds what sparse factors find, and is chosen where it pays."""

import numpy as np
import pytest
import scipy.sparse as sparse
import torch

import gantheory.grids.linear as linear
import gantheory.grids.multigrid as multigrid_module
from gantheory._errors import Refusal
from gantheory.discriminators import FiniteDifferences, solve
from gantheory.grids import BoxGrid, Energy, Penalty, Problem, TensorGrid, TorusGrid, body_load, diagonalised, essential, solved
from gantheory.grids.iterative import Rough, conjugate_gradients, iterated
from gantheory.grids.linear import by_factors, by_iteration, by_multigrid
from gantheory.grids.load import trapezoid
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, Boundary, GradientPenalty, Objective
from gantheory.symbolic import coordinates, nu, p, q
from tests.finite_differences.problems import LOWER, UPPER, Formula, density, periodic_density

EPS = np.finfo(float).eps


def weight(x):
    return np.exp(1.5 * np.sin(x @ np.array([2.0, -3.0, 1.0])[: x.shape[1]]))


def source(x):
    return np.cos(x @ np.array([1.0, 2.0, 3.0])[: x.shape[1]])


def jet(x, axis, order):
    return np.sin(x.sum(1) + order * np.pi / 2)


def made(points, boundary=Boundary.DIRICHLET, mass=0.0, density=weight, grid=None):
    """−∇·(w∇D) + mass D = f; on natural faces and tori without mass the source has mean 0."""
    dim = len(points)
    if grid is None and boundary is None:
        grid = TorusGrid((1.3, 0.9, 1.1)[:dim], points)
    elif grid is None:
        grid = BoxGrid(LOWER[:dim], UPPER[:dim], points, boundary)
    lines = grid.lines(1)
    values = source(grid.nodes.numpy()).reshape(points)
    volume = body_load(lines, np.ones(points))
    values = values - (values * volume).sum() / volume.sum()
    penalties = (Penalty(1, 0.7, density), *([Penalty(0, 0.5, mass)] if mass else []))
    held = essential(grid, lines, 1, jet)
    return Problem(grid, Energy(lines, penalties), held, lambda rule: body_load(lines, values, rule))


def aligned(problem, u):
    """On the grid, gauged."""
    return problem.null_space.gauged(problem.essential.values(u))


@pytest.fixture
def everything_large(monkeypatch):
    monkeypatch.setattr(linear, "large", lambda energy: True)
    monkeypatch.setattr("gantheory.grids.iterative.large", lambda energy: True)


CASES = [(p, b, m) for p in ((23,), (17, 14), (9, 8, 7)) for b in (*Boundary, None) for m in (0.0, 0.3)]


@pytest.mark.parametrize(("points", "boundary", "mass"), CASES)
def test_conjugate_gradients_find_what_factors_find(points, boundary, mass, everything_large):
    problem = made(points, boundary, mass)
    load = problem.load(trapezoid)
    expected, facts = by_factors(problem, load)
    assert facts["solve"] == "sparse LU"
    energy = problem.energy
    mean = linear.mean_transforms(energy, boundary)
    names = {Boundary.NATURAL: "a DCT", None: "an FFT"}
    for found, facts, name in (
        (*by_iteration(problem, load, mean), f"CG with {names.get(boundary, 'a DST')} preconditioner"),
        (*by_multigrid(problem, load), "multigrid CG"),
    ):
        gap = aligned(problem, found) - aligned(problem, expected)
        assert np.abs(gap).max() <= 1e-10 * np.abs(aligned(problem, expected)).max()
        assert facts["solve"] == name
        assert facts["residual"] <= 1e-10
        assert 1 <= facts["iterations"] <= 60
    assert solved(problem)[1]["solve"] == f"CG with {names.get(boundary, 'a DST')} preconditioner"


def test_iterations_do_not_grow_with_refinement_nor_with_the_contrast_of_a_smooth_weight(everything_large):
    counts = []
    for amplitude in (0.5, 2.0, 4.0):  # contrasts 3, 50 and 3000
        for points in ((33, 25), (65, 49)):
            problem = made(points, density=lambda x, a=amplitude: np.exp(a * np.sin(x @ np.array([2.0, -3.0]))))
            counts.append(solved(problem)[1]["iterations"])
    assert max(counts) <= 30
    assert max(abs(a - b) for a, b in zip(counts[::2], counts[1::2], strict=True)) <= 2


def test_a_rough_weight_goes_to_multigrid(everything_large):
    """A weight that jumps by 10⁴ from node to node defeats the transform at its mean."""
    problem = made((65, 49), density=lambda x: np.where(np.sin(40 * x[:, 0]) * np.sin(50 * x[:, 1]) > 0, 1e4, 1.0))
    values, facts = solved(problem)
    assert facts["solve"] == "multigrid CG"
    expected, _ = by_factors(problem, problem.load(trapezoid))
    assert np.abs(values - problem.inside(problem.essential.values(expected))).max() <= 1e-8 * np.abs(expected).max()


def test_without_pyamg_multigrid_is_refused_by_its_extra(everything_large, monkeypatch):
    monkeypatch.setattr(multigrid_module, "pyamg", None)
    problem = made((33, 25))
    with pytest.raises(Refusal, match=r"needs pyamg; .*pip install 'gantheory\[fast\]'"):
        by_multigrid(problem, problem.load(trapezoid))


def test_large_problems_are_not_factorised(monkeypatch):
    monkeypatch.setattr("gantheory.grids.iterative.SPACE", 400)
    monkeypatch.setattr("gantheory.grids.iterative.PLANE", 200)
    assert solved(made((9, 8, 7)))[1]["solve"] == "CG with a DST preconditioner"
    assert solved(made((17, 14)))[1]["solve"] == "CG with a DST preconditioner"
    graded = TensorGrid(tuple(np.linspace(0, 1, k) ** 1.2 for k in (17, 14)))
    assert solved(made((17, 14), grid=graded))[1]["solve"] == "multigrid CG"
    monkeypatch.undo()
    assert solved(made((9, 8, 7)))[1]["solve"] == "sparse LU"


def test_conjugate_gradients_stop_and_say_so():
    matrix = sparse.diags(np.logspace(0, 8, 50)).tocsr()
    with pytest.raises(Rough, match="after 5 iterations"):
        conjugate_gradients(lambda u: matrix @ u, lambda r: r, np.ones(50), 1e-11, 5)
    u, spent = conjugate_gradients(lambda u: matrix @ u, lambda r: r / matrix.diagonal(), np.ones(50), 1e-11, 5)
    assert spent == 1
    assert np.abs(matrix @ u - 1).max() <= 100 * EPS
    zero, facts = iterated(lambda u: 0 * u, lambda u: u, lambda r: r, 7)
    assert not zero.any()
    assert facts == {"iterations": 0, "residual": 0.0}


@pytest.mark.parametrize("accuracy", [2, 4, 6])
@pytest.mark.parametrize("points", [(15,), (14, 15), (13, 15, 14)])
def test_fast_diagonalisation_solves_the_kronecker_sum(points, accuracy):
    """Against numpy.kron of findiff's own one-dimensional matrices."""
    dim, layers = len(points), accuracy // 2
    grid = BoxGrid(LOWER[:dim], UPPER[:dim], points)
    rng = np.random.default_rng(2)
    f, known = rng.normal(size=points), rng.normal(size=points)
    found = diagonalised(grid, accuracy, (0.7, 0.4), f, known)
    total = 0.4 * np.eye(f.size)
    for axis in range(dim):
        total -= 0.7 * grid.derivative(axis, 2, accuracy).toarray()
    inner = grid.inner(layers)
    expected = known.ravel().copy()
    right = f.ravel()[inner] - total[inner][:, ~inner] @ expected[~inner]
    expected[inner] = np.linalg.solve(total[inner][:, inner], right)
    assert np.abs(found.ravel() - expected).max() <= 1e-11 * np.abs(expected).max()


def densities(dim):
    return tuple(Formula(density(coordinates(dim), k), dim) for k in (1, 2, 3))


CHOICES = {  # name ↦ boundary, accuracy, objective, solve
    "constant, given": (Boundary.DIRICHLET, 2, Objective(WASSERSTEIN, GradientPenalty(1)), "DST"),
    "constant, given, 4": (Boundary.DIRICHLET, 4, Objective(WASSERSTEIN, GradientPenalty(1)), "fast diagonalisation"),
    "variable, given, 4": (Boundary.DIRICHLET, 4, Objective(WASSERSTEIN, GradientPenalty(1, over=p + q)), "sparse LU"),
    "screened, supported": (
        Boundary.SIMPLY_SUPPORTED,
        2,
        Objective(WASSERSTEIN, GradientPenalty(2), GradientPenalty(1), GradientPenalty(0)),
        "DST",
    ),
    "screened, natural": (Boundary.NATURAL, 2, Objective(WASSERSTEIN, GradientPenalty(1), GradientPenalty(0)), "DCT"),
    "clamped": (Boundary.DIRICHLET, 2, Objective(WASSERSTEIN, GradientPenalty(2)), "sparse LU"),
    "curved loss": (Boundary.NATURAL, 2, Objective(LEAST_SQUARES, GradientPenalty(1)), "sparse LU"),
    "variable": (Boundary.DIRICHLET, 2, Objective(WASSERSTEIN, GradientPenalty(1, over=p + q)), "sparse LU"),
    "torus": (None, 6, Objective(WASSERSTEIN, GradientPenalty(3), GradientPenalty(0)), "FFT"),
    "torus, variable": (None, 4, Objective(LEAST_SQUARES, GradientPenalty(2, over=nu)), "CG with an FFT preconditioner"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_the_solve_is_chosen_by_the_equation_and_reported(case):
    boundary, accuracy, objective, name = CHOICES[case]
    points = (13, 14)
    grid = TorusGrid((2.6, 1.1), points) if boundary is None else BoxGrid(LOWER[:2], UPPER[:2], points, boundary)
    field = None if boundary in (None, Boundary.NATURAL) else (lambda x: torch.sin(x).sum(1))
    real, fake, reference = densities(2)
    if boundary is None:  # on a torus densities are periodic
        real, fake, reference = (Formula(periodic_density(coordinates(2), k), 2) for k in (1, 2, 3))
    stats = solve(objective, real, fake, solver=FiniteDifferences(grid, field, accuracy), reference=reference).stats
    assert stats["solve"] == name
    assert (stats["solver"], stats["accuracy"]) == ("FiniteDifferences", accuracy)
