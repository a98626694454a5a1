"""What solvers refuse, word for word: what a user reads is as fixed as a number."""

import pytest
import sympy as sp
import torch
from torch import nn

import gantheory as gt
from gantheory._errors import Refusal
from gantheory.discriminators.finite_elements import QUADRATIC, BoxMesh
from gantheory.discriminators.optimisers import Adam
from gantheory.discriminators.sampled_objective import sampled
from gantheory.grids import TorusGrid
from gantheory.objectives import (
    LEAST_SQUARES,
    WASSERSTEIN,
    Boundary,
    Box,
    GradientPenalty,
    Loss,
    Objective,
    Torus,
    screened_terms,
)
from gantheory.symbolic import formula, nu, p, r, y
from tests.test_refusals_of_values import unchecked  # noqa: F401  (a fixture: types as users have them)

F64 = torch.float64
POINTS = torch.randn(6, 2, generator=torch.Generator().manual_seed(0), dtype=F64)
TWICE = gt.Empirical(torch.cat([POINTS, POINTS]))
CLOSE = gt.Empirical(torch.cat([POINTS, POINTS + 1e-12]))
REAL, FAKE = (gt.Gaussian(torch.full((1,), c, dtype=F64), torch.eye(1, dtype=F64)) for c in (0.0, 1.0))
NATURAL = Box((0.0,), (1.0,), Boundary.NATURAL)
MESH = BoxMesh.uniform(NATURAL, (4,))
SQUARES = Objective(LEAST_SQUARES, GradientPenalty(1))
K = sp.Symbol("K", positive=True)


def grid(objective, **data):
    return gt.solve(objective, REAL, FAKE, solver=gt.FiniteDifferences(gt.BoxGrid.of(NATURAL, (9,)), **data))


def series(*terms, loss=LEAST_SQUARES):
    return gt.solve(Objective(loss, *terms), REAL, FAKE, solver=gt.FourierSeries(Torus((8.0,)), 8))


def constant(x):
    return torch.ones(len(x), dtype=x.dtype)


SAID = {
    "samples that all but coincide": (
        lambda: gt.solve(Objective(LEAST_SQUARES, *screened_terms(2, 1.0, 1e-18)), CLOSE, CLOSE, solver=gt.Collocation()),
        "the collocation system is positive definite; got one that is not, to rounding. Use a larger λ.",
    ),
    "Adam": (lambda: Adam(guard=0.0), "the guard ε of Adam is a number > 0 and finite; got 0.0."),
    "a concave loss": (
        lambda: grid(Objective(Loss(real=-(y**2), fake=y), GradientPenalty(1))),
        "FiniteDifferences takes losses that are convex in D; got E_p[-D²] + E_q[D].",
    ),
    "a conditional kernel": (
        lambda: gt.solve(Objective(LEAST_SQUARES), TWICE, TWICE, solver=gt.KernelGradient(gt.polyharmonic(1, 1), 1.0)),
        "KernelGradient needs a positive definite kernel; got one that is so on weights of vanishing moments only (order 1). "
        "Use screened(…) or gaussian(width).",
    ),
    "no mesh": (
        lambda: gt.FiniteElements("mesh"),
        "FiniteElements takes a BoxMesh and an element such as LINEAR; got str and LINEAR. Use BoxMesh.uniform.",
    ),
    "another order": (
        lambda: gt.solve(Objective(LEAST_SQUARES, GradientPenalty(2)), REAL, FAKE, solver=gt.FiniteElements(MESH, QUADRATIC)),
        "QUADRATIC is for objectives whose highest penalty has order 1; got E_p[(D - 1)²/2] + E_q[(D + 1)²/2] + "
        "1·∫ |∇^2 D|² dx. Use HERMITE.",
    ),
    "elements without a penalty": (
        lambda: gt.solve(Objective(LEAST_SQUARES), REAL, FAKE, solver=gt.FiniteElements(MESH, QUADRATIC)),
        "QUADRATIC is for objectives whose highest penalty has order 1; got E_p[(D - 1)²/2] + E_q[(D + 1)²/2]. "
        "Use Pointwise, or FiniteDifferences.",
    ),
    "data at natural faces": (
        lambda: gt.FiniteElements(MESH, boundary=constant),
        f"FiniteElements on [0, 1] (natural) takes no boundary data; got {constant}. Leave boundary= out.",
    ),
    "a divergence without a value": (
        lambda: gt.Divergence(sp.zoo * (r - 1)),
        "the f of a Divergence is real and finite; got zoo*(r - 1).",
    ),
    "overflow": (
        lambda: gt.tangent_kernel(1, gt.RELU)(1e200 * POINTS, 1e200 * POINTS),
        "a zonal kernel is finite on its points; got NaN or infinity. Scale the points, weight or bias down.",
    ),
    "a penalty pointwise": (
        lambda: gt.solve(SQUARES, REAL, FAKE, solver=gt.Pointwise()),
        "Pointwise solves objectives without a penalty; got E_p[(D - 1)²/2] + E_q[(D + 1)²/2] + 1·∫ |∇D|² dx. "
        "Use FourierSeries or FiniteDifferences.",
    ),
    "another head": (
        lambda: gt.SlicedDiscriminator(nn.Linear(2, 3), nn.Linear(3, 1)),
        "the head of a SlicedDiscriminator is a SlicedLinear; got a Linear.",
    ),
    "a centre without a number": (
        lambda: series(GradientPenalty(1), GradientPenalty(1, centre=K, one_sided=True)),
        "a solver needs the centre K as a number; got K. Substitute a number for each parameter.",
    ),
    "a one-sided penalty alone": (
        lambda: series(GradientPenalty(1, centre=1, one_sided=True), loss=WASSERSTEIN),
        "every wave is held by a penalty or by the loss; got a symbol that vanishes. Add a GradientPenalty with centre 0.",
    ),
    "a field that does not move": (
        lambda: sampled(Objective(LEAST_SQUARES, GradientPenalty(1, over=p)))(constant, (TWICE, TWICE, None)),
        "a gradient penalty needs a field that is differentiable in x; got function.",
    ),
    "a weight without its density": (
        lambda: grid(Objective(LEAST_SQUARES, GradientPenalty(1, over=nu))),
        "a solver needs every symbol of the objective as numbers; got nu. Pass reference= for nu, and numbers for parameters.",
    ),
    "natural data as text": (
        lambda: grid(SQUARES, natural="flux"),
        "natural= is a tuple of NaturalDatum; got 'flux'. Use (NaturalDatum(at, against, value),).",
    ),
    "a grid by name": (
        lambda: gt.FiniteDifferences("grid"),
        "FiniteDifferences works on a grid; got str. Use BoxGrid or TorusGrid.",
    ),
    "another accuracy": (
        lambda: gt.FiniteDifferences(TorusGrid((1.0,), (8,)), accuracy=3),
        "FiniteDifferences has accuracy 2, 4 or 6; got 3.",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_solver_says_what_it_needs_what_it_got_and_the_cure(case):
    wrong, words = SAID[case]
    with pytest.raises(Refusal) as refused:
        wrong()
    assert str(refused.value) == words


def test_a_long_exponent_is_cut_and_a_tower_of_powers_is_refused():
    with pytest.raises(Refusal, match=r"size ≤ 64; got 1{40}\. Write"):
        formula("y**" + "1" * 60, y)
    for deep in ("(" * 62 + "y" + "**1)" * 62, "y" + "**(1" * 62 + ")" * 62):
        with pytest.raises(Refusal, match="nests at most 60 levels"):
            formula(deep, y)


def test_natural_data_are_kept_whatever_sequence_they_come_in():
    assert gt.FiniteElements(MESH, natural=[]).natural == ()


def test_linear_elements_ask_a_boundary_field_for_values_alone():
    """A field of NumPy, which no autograd differentiates."""
    given = Box((0.0,), (1.0,), Boundary.DIRICHLET)
    solver = gt.FiniteElements(BoxMesh.uniform(given, (8,)), boundary=lambda x: torch.from_numpy(x.numpy()[:, 0] ** 2))
    D = gt.solve(SQUARES, REAL, FAKE, solver=solver)
    assert D(torch.tensor([[0.0], [1.0]], dtype=F64)).tolist() == [0.0, 1.0]


def test_a_fine_grid_does_not_mistake_rounding_for_a_moment():
    """30001 nodes: the error of quadrature is below that of sums."""
    wide = Box((-9.0,), (10.0,), Boundary.NATURAL)
    solver = gt.FiniteDifferences(gt.BoxGrid.of(wide, (30001,)))
    assert gt.solve(Objective(WASSERSTEIN, GradientPenalty(1)), REAL, FAKE, solver=solver).stats["solve"] == "DCT"
