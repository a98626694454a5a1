"""Nested iteration on meshes: where a one-sided penalty is idle in a part of the box, Newton's steps do not grow in number."""

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory.discriminators import solve
from gantheory.discriminators.finite_elements import LINEAR, QUADRATIC, BoxMesh, FiniteElements
from gantheory.discriminators.finite_elements.assembled import Assembled
from gantheory.discriminators.finite_elements.boundary_values import Freedoms
from gantheory.discriminators.finite_elements.space import ElementSpace
from gantheory.discriminators.finite_elements.system import System
from gantheory.measures import Gaussian
from gantheory.objectives import LEAST_SQUARES, LOGISTIC, Box, GradientPenalty, Objective
from gantheory.symbolic import nu, p, q
from tests.elements.cases import NATURAL, box
from tests.elements.manufactured import DENSITIES, Formula, X, function

R = sp.Rational
MEANS = torch.tensor([[0.3, -0.2], [-0.4, 0.1]], dtype=torch.float64)


def solved(element, loss, dim, n):
    penalty = GradientPenalty(1, over=(p + q) / 2, centre=R(1, 2), one_sided=True)
    real, fake = (Gaussian(m[:dim], s * torch.eye(dim, dtype=torch.float64)) for m, s in zip(MEANS, (0.64, 1.21), strict=True))
    solver = FiniteElements(BoxMesh.uniform(box(dim, NATURAL), [n, 3 * n // 4][:dim]), element)
    return solve(Objective(loss, R(1, 50) * penalty), real, fake, solver=solver)


@pytest.mark.parametrize(
    ("element", "dim", "cells"), [(LINEAR, 1, (24, 48, 96, 192)), (QUADRATIC, 1, (24, 48, 96)), (LINEAR, 2, (12, 24, 48))]
)
@pytest.mark.parametrize("loss", [LEAST_SQUARES, LOGISTIC])
def test_steps_do_not_grow_with_the_mesh_where_a_penalty_is_idle(loss, element, dim, cells):
    found = [solved(element, loss, dim, n) for n in cells]
    counts = [D.stats["iterations"] for D in found]
    assert max(counts) <= min(20, 1.5 * counts[0] + 3)
    assert all(len(D.stats["iterations on coarser meshes"]) >= 1 for D in found[1:])
    assert all(D.stats["residual"] <= 1e-11 for D in found)


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("dim", [1, 2])
def test_the_residual_is_the_slope_of_the_objective(dim, one_sided):
    terms = GradientPenalty(1, over=nu, centre=R(3, 2), one_sided=one_sided), R(1, 3) * GradientPenalty(1, over=q)
    freedoms = Freedoms(ElementSpace(BoxMesh.uniform(box(dim, NATURAL), [7, 5][:dim]), QUADRATIC))
    measures = tuple(Formula(e, dim) for e in DENSITIES[dim])
    parts = Assembled(freedoms.space, Objective(LOGISTIC, *terms), measures, function(X[0] ** 2, dim), ())
    size = freedoms.space.size
    none = np.zeros((size, 0))
    system = System(parts.forms, parts.load(4), np.zeros(size), np.arange(size), none, none)
    rng = np.random.default_rng(5)
    u, h, t = rng.normal(size=size), rng.normal(size=size), 1e-5
    slope = (system.value(u + t * h)[0] - system.value(u - t * h)[0]) / (2 * t)
    assert abs(system.residual(u) @ h - slope) <= 1e-7 * system.parts(u) @ np.abs(h)


@pytest.mark.parametrize("cells", [(14,), (14, 9), (6, 5, 4)])
def test_a_coarser_mesh_has_cells_twice_as_long(cells):
    dim = len(cells)
    mesh = BoxMesh.uniform(box(dim, NATURAL), cells)
    moved = mesh.perturbed(0.1, torch.Generator().manual_seed(1))
    for fine in (mesh, moved):
        coarse = fine.coarsened()
        assert coarse.box == fine.box
        assert 0.5 <= len(fine.simplices) / len(coarse.simplices) / 2**dim <= 2
    nodes = np.linspace(0, 1, 9) ** 2
    graded = BoxMesh.graded(Box((0.0,), (1.0,)), [nodes])
    assert np.array_equal(np.sort(graded.coarsened().vertices[:, 0]), nodes[::2])
