"""Laws of meshes and of piecewise polynomials: filling, finding, reproducing, and scikit-fem as a rival."""

import sys
from itertools import combinations, product

import numpy as np
import pytest
import skfem
import torch

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.discriminators.finite_elements import ARGYRIS, HERMITE, LINEAR, MORLEY, QUADRATIC, BoxMesh
from gantheory.discriminators.finite_elements.boundary_values import Freedoms
from gantheory.discriminators.finite_elements.place import places
from gantheory.discriminators.finite_elements.rule import cells, face, scattered
from gantheory.discriminators.finite_elements.space import ElementSpace
from gantheory.objectives import Boundary, Box
from tests.elements.cases import DIRICHLET, NATURAL, SUPPORTED, box
from tests.elements.manufactured import bent, coarse

CELLS = {1: (5,), 2: (4, 3), 3: (3, 2, 2)}
ELEMENTS = [
    *((LINEAR, d) for d in (1, 2, 3)),
    *((QUADRATIC, d) for d in (1, 2, 3)),
    *((HERMITE, 1), (MORLEY, 2), (ARGYRIS, 2)),
]


def within(domain, count, seed):
    """Points of the box, some on faces and corners."""
    low, high = (torch.tensor(end, dtype=torch.float64) for end in (domain.lower, domain.upper))
    u = torch.rand(count, domain.dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    u[: count // 8, 0], u[count // 8 : count // 4, -1], u[0], u[1] = 0, 1, 0, 1
    return torch.where(u == 1, high, low + u * (high - low))


def polynomial(degree, dim):
    """A generic polynomial of that degree, of all its monomials."""
    c = torch.linspace(0.7, 1.3, dim, dtype=torch.float64)

    def value(x):
        return ((x @ c + 0.3) ** degree) - (0.4 * x[:, 0] - 0.2) ** degree + 0.5 * x.sum(1) - 1.1

    return value


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_refinement_keeps_the_box_and_the_shapes(dim):
    mesh = coarse(box(dim, NATURAL), CELLS[dim])
    quality = [shape(mesh)]
    for _ in range(2):
        fine = mesh.refined()
        assert len(fine.simplices) == 2**dim * len(mesh.simplices)
        mesh = fine
        quality.append(shape(mesh))
    assert min(quality) >= 0.9 * quality[0]


def shape(mesh):
    """The least volume/diameter^d over the simplices."""
    pairs = list(combinations(range(mesh.dim + 1), 2))
    longest = np.max([np.linalg.norm(mesh.corners[:, i] - mesh.corners[:, j], axis=1) for i, j in pairs], axis=0)
    return (mesh.volumes / longest**mesh.dim).min()


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_every_point_is_found_in_a_simplex_that_holds_it(dim):
    mesh = coarse(box(dim, NATURAL), CELLS[dim]).refined()
    points = np.concatenate([within(mesh.box, 200, 1).numpy(), mesh.vertices])
    found = places(mesh, points)
    offset = points - mesh.corners[found, 0]
    rest = np.einsum("njd,nd->nj", mesh.barycentric_slopes[found], offset)
    rest[:, 0] += 1
    assert rest.min() >= -1e-12


def test_points_are_found_in_meshes_of_needles():
    nodes = [np.concatenate([[0], np.geomspace(1e-6, 1, 12)]), np.linspace(0, 1, 4)]
    mesh = BoxMesh.graded(Box((0, 0), (1, 1)), nodes)
    points = np.random.default_rng(0).random((300, 2)) ** [6, 1]
    rest = np.einsum(
        "njd,nd->nj", mesh.barycentric_slopes[places(mesh, points)], points - mesh.corners[places(mesh, points), 0]
    )
    rest[:, 0] += 1
    assert rest.min() >= -1e-9


@pytest.mark.parametrize(("element", "dim"), ELEMENTS, ids=str)
def test_an_element_reproduces_its_polynomials(element, dim):
    space = ElementSpace(coarse(box(dim, NATURAL), CELLS[dim]), element)
    f = polynomial(element.degree, dim)
    u = Freedoms(space).values(f, np.ones(space.size, dtype=bool))
    x = within(space.mesh.box, 60, 3)
    rule = scattered(space, x.numpy(), np.ones(len(x)))
    assert np.abs(rule.derivative(u, (0,) * dim)[:, 0] - f(x).numpy()).max() <= 1e-11
    slope = gradient(f, x).numpy()
    for k in range(dim):
        beta = tuple(int(i == k) for i in range(dim))
        assert np.abs(rule.derivative(u, beta)[:, 0] - slope[:, k]).max() <= 1e-10


def test_the_quintic_basis_keeps_its_digits_far_from_the_origin():
    shifted = Box((1000.0, -500.0), (1001.0, -499.0))
    space = ElementSpace(BoxMesh.uniform(shifted, (16, 16)).perturbed(0.1, torch.Generator().manual_seed(0)), ARGYRIS)

    def f(x):
        s, t = x[:, 0] - 1000.3, x[:, 1] + 499.6
        return s**5 - 2 * s**2 * t**3 + t - s

    u = Freedoms(space).values(f, np.ones(space.size, dtype=bool))
    x = within(shifted, 50, 2)
    found = scattered(space, x.numpy(), np.ones(50)).derivative(u, (0, 0))[:, 0]
    assert np.abs(found - f(x).numpy()).max() <= 1e-11


@pytest.mark.parametrize(("element", "dim"), ELEMENTS, ids=str)
def test_the_basis_is_scikit_fem_s(element, dim):
    mesh = coarse(box(dim, NATURAL), CELLS[dim])
    space = ElementSpace(mesh, element)
    rival = skfem.Basis(mesh.topology, element.on(dim), intorder=2)
    points = np.asarray(rival.global_coordinates()).transpose(1, 2, 0)
    ours = space.basis(np.arange(len(points)), points, (0,) * dim)
    theirs = np.stack([np.asarray(phi[0]) for phi in rival.basis], 1)
    normal = [i for i, jet in enumerate(space.jets) if jet is None]  # ours may point the other way
    signs = np.ones(ours.shape[:2])
    signs[:, normal] = np.sign((ours * theirs).sum(2))[:, normal]
    assert np.array_equal(space.unknowns, rival.element_dofs.T)
    assert np.abs(ours - signs[:, :, None] * theirs).max() <= 1e-8 * np.abs(theirs).max()


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_quadrature_is_exact_up_to_its_degree_and_positive(dim):
    mesh = bent(box(dim, NATURAL), CELLS[dim])
    f, exact = polynomial(5, dim), on_box(polynomial(5, dim), mesh.box)
    for degree, agrees in ((5, True), (2, False)):
        rule = cells(ElementSpace(mesh, LINEAR), degree)
        assert rule.weights.min() > 0
        found = float(torch.from_numpy(rule.weights.ravel()) @ f(torch.from_numpy(rule.points.reshape(-1, dim))))
        assert (abs(found - exact) <= 1e-12 * abs(exact)) == agrees
    total = sum(face(ElementSpace(mesh, LINEAR), k, end, 3).weights.sum() for k in range(dim) for end in ends(mesh.box, k))
    sides = np.subtract(mesh.box.upper, mesh.box.lower)
    assert total == pytest.approx(2 * sum(np.prod(np.delete(sides, k)) for k in range(dim)), rel=1e-12)


def on_box(f, domain):
    """∫ f over the box by three Gauss points on each axis."""
    at, weights = np.polynomial.legendre.leggauss(3)
    low, side = np.array(domain.lower), np.subtract(domain.upper, domain.lower)
    points = low + side * (np.array(list(product(at, repeat=domain.dim))) + 1) / 2
    masses = [np.prod(w) for w in product(weights / 2, repeat=domain.dim)]
    return float(np.prod(side) * (np.array(masses) @ f(torch.from_numpy(points)).numpy()))


def ends(domain, k):
    return domain.lower[k], domain.upper[k]


FIXED = [  # element, dim, boundary, how many degrees of freedom the faces of a mesh of 3 × 2 cells fix
    (LINEAR, 2, DIRICHLET, 10),
    (QUADRATIC, 2, DIRICHLET, 20),
    (QUADRATIC, 2, SUPPORTED, 20),
    (HERMITE, 1, DIRICHLET, 4),
    (HERMITE, 1, SUPPORTED, 2),
    (MORLEY, 2, DIRICHLET, 10 + 10),  # values at vertices, normal slopes at midpoints
    (MORLEY, 2, SUPPORTED, 10),
    (ARGYRIS, 2, DIRICHLET, 10 + 4 * 6 + 6 * 5),  # all 6 at corners; u, u_n, u_t, u_nt, u_tt at the others
    (ARGYRIS, 2, SUPPORTED, 4 * 5 + 6 * 3),  # all but u_xy at corners; u, u_t, u_tt at the others
    (ARGYRIS, 2, NATURAL, 0),
]


@pytest.mark.parametrize(("element", "dim", "kind", "count"), FIXED, ids=str)
def test_the_faces_fix_what_their_data_give(element, dim, kind, count):
    space = ElementSpace(coarse(box(dim, kind), (3, 2)[:dim]), element)
    assert Freedoms(space).fixed(element.order).sum() == count


SQUARE = Box((0, 0), (1, 1))
SIMPLICES = np.array([[0, 1, 2], [1, 2, 3]])
VERTICES = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
BAD = [
    (lambda: BoxMesh(Box((0,) * 4, (1,) * 4), VERTICES, SIMPLICES), "fills a Box of dimension 1, 2 or 3"),
    (lambda: BoxMesh(SQUARE, VERTICES[:, :1], SIMPLICES), "vertices \\(N, 2\\) and simplices \\(M, 3\\)"),
    (lambda: BoxMesh(SQUARE, VERTICES, SIMPLICES[:1]), "each is a corner of a simplex"),
    (lambda: BoxMesh(SQUARE, VERTICES * [[1, 1], [1, 1], [1, 1], [1, np.nan]], SIMPLICES), "vertices of a BoxMesh are finite"),
    (lambda: BoxMesh(SQUARE, VERTICES, np.array([[0, 1, 2], [0, 1, 3]])), "fill .* without overlap"),
    (lambda: BoxMesh(SQUARE, VERTICES * [[1, 1], [1, 1], [1, 1], [1, 0.9]], SIMPLICES), "fill .* without overlap"),
    (lambda: BoxMesh.uniform(SQUARE, (3,)), "a number of cells for each axis"),
    (lambda: BoxMesh.uniform(SQUARE, 3), "a Box and a number of cells for each axis; got .*, 3"),
    (lambda: BoxMesh.uniform(None, (3, 3)), "a Box and a number of cells for each axis; got None"),
    (lambda: BoxMesh.graded(SQUARE, None), "nodes for each axis; got .*None"),
    (lambda: BoxMesh.graded(SQUARE, ["ab", [0, 1]]), "made of real numbers; got an array of <U2"),
    (lambda: BoxMesh(SQUARE, [[0, 0], [1]], SIMPLICES), "made of real numbers; got an array of object"),
    (lambda: BoxMesh(SQUARE, VERTICES, SIMPLICES + 0.5), "made of whole numbers; got an array of float64"),
    (lambda: BoxMesh.uniform(SQUARE, (3, 0)), "a number of cells is an integer ≥ 1"),
    (lambda: BoxMesh.graded(SQUARE, [[0, 1]]), "nodes for each axis"),
    (lambda: BoxMesh.graded(SQUARE, [[0, 1], [0, 0.7, 0.6, 1]]), "nodes increase from 0 to 1"),
    (lambda: BoxMesh.graded(SQUARE, [[0, 1], [0, 0.7]]), "nodes increase from 0 to 1"),
    (lambda: BoxMesh.graded(SQUARE, [[0, 1], [0, np.nan, 1]]), "nodes increase from 0 to 1"),
    (lambda: BoxMesh.uniform(SQUARE, (2, 2)).perturbed(0.3, torch.Generator()), "0 ≤ amount < 1/4; got 0.3"),
    (lambda: HERMITE.on(2), "HERMITE is an element in 1-D; got a mesh in 2-D. Use MORLEY or ARGYRIS."),
    (lambda: MORLEY.on(3), "MORLEY is an element in 2-D; got a mesh in 3-D. Use GreensFunction"),
]


@pytest.mark.parametrize(("make", "words"), BAD)
def test_a_mesh_that_does_not_fill_its_box_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()


def test_the_corners_of_a_simplex_come_in_order():
    mesh = BoxMesh(SQUARE, VERTICES, SIMPLICES[:, ::-1])
    assert np.array_equal(mesh.simplices, BoxMesh(SQUARE, VERTICES, SIMPLICES).simplices)
    assert (np.diff(mesh.simplices, axis=1) > 0).all()


def test_a_perturbation_is_drawn_from_its_generator():
    once, again, other = (
        BoxMesh.uniform(SQUARE, (3, 3)).perturbed(0.2, torch.Generator().manual_seed(k)).vertices for k in (1, 1, 2)
    )
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_a_mesh_says_what_holds_at_its_faces():
    assert BoxMesh.uniform(box(2, SUPPORTED), (2, 3)).refined().box.boundary is Boundary.SIMPLY_SUPPORTED


def test_without_scikit_fem_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skfem", None)
    with pytest.raises(Refusal, match=r"FiniteElements needs scikit-fem.*pip install 'gantheory\[fem\]'"):
        BoxMesh.uniform(SQUARE, (2, 2))
