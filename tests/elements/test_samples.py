"""Laws of samples as loads: splines that are in the space exactly, and Green's function as a rival."""

import pytest
import torch

from gantheory._errors import Refusal
from gantheory.discriminators import Collocation, GreensFunction, solve
from gantheory.discriminators.finite_elements import HERMITE, LINEAR, MORLEY, QUADRATIC, BoxMesh, FiniteElements
from gantheory.measures import Empirical
from gantheory.objectives import LEAST_SQUARES, LOGISTIC, WASSERSTEIN, Boundary, Box, GradientPenalty, Objective, least_squares
from gantheory.symbolic import p


def empirical(n, d, seed, shift=0.0):
    g = torch.Generator().manual_seed(seed)
    points = torch.randn(n, d, generator=g, dtype=torch.float64) * 0.6 + shift
    return Empirical(points, torch.rand(n, generator=g, dtype=torch.float64) + 0.2)


def knotted(lower, upper, *measures, boundary=Boundary.NATURAL):
    """A mesh of the interval whose nodes hold every sample."""
    nodes = torch.cat([m.points[:, 0] for m in measures]).sort().values
    ends = torch.tensor([lower, upper], dtype=torch.float64)
    return BoxMesh.graded(Box((lower,), (upper,), boundary), [torch.cat([ends[:1], nodes, ends[1:]]).numpy()])


EPS = torch.finfo(torch.float64).eps
REAL, FAKE = empirical(13, 1, 1, 0.2), empirical(8, 1, 2, -0.3)
X = torch.linspace(-3.9, 4.2, 173, dtype=torch.float64)[:, None]
SPLINES = [(LINEAR, 1, 1.0), (LINEAR, 1, 0.05), (HERMITE, 2, 1.0), (HERMITE, 2, 0.003)]


@pytest.mark.parametrize(("element", "order", "weight"), SPLINES, ids=str)
def test_smoothing_splines_are_solved_exactly(element, order, weight):
    """Piecewise polynomials of degree 2m − 1 with knots at the samples minimise on the line and on every natural box."""
    objective = Objective(least_squares(0.2, 1.1, 0.7), weight * GradientPenalty(order))
    mesh = knotted(-4, 4.5, REAL, FAKE)
    limit = 100 * EPS * weight * float(mesh.volumes.min()) ** (1 - 2 * order)  # roundoff of the stiffest entry, to unit data
    D = solve(objective, REAL, FAKE, solver=FiniteElements(mesh, element))
    spline = solve(objective, REAL, FAKE, solver=Collocation())
    assert (D(X) - spline(X)).abs().max() <= max(limit, 1e-12)
    inner = X[(X[:, 0] - torch.cat([REAL.points, FAKE.points])).abs().min(0).values > 1e-6]
    assert (D.gradient(inner) - spline.gradient(inner)).abs().max() <= 10 * max(limit, 1e-12)


def test_the_spline_is_approached_where_samples_lie_between_nodes():
    objective = Objective(LEAST_SQUARES, 0.01 * GradientPenalty(2))
    spline = solve(objective, REAL, FAKE, solver=Collocation())
    gaps = []
    for count in (40, 320):
        D = solve(objective, REAL, FAKE, solver=FiniteElements(BoxMesh.uniform(Box((-4,), (4.5,)), (count,)), HERMITE))
        gaps.append(float((D(X) - spline(X)).abs().max()))
    assert gaps[0] <= 1e-2
    assert gaps[1] <= gaps[0] / 256  # more than two orders: third derivatives jump at the samples; 640 cells are at roundoff


def test_point_masses_of_a_linear_loss_give_green_s_function():
    objective = Objective(WASSERSTEIN, 0.7 * GradientPenalty())
    D = solve(objective, REAL, FAKE, solver=FiniteElements(knotted(-4, 4.5, REAL, FAKE), LINEAR))
    gap = D(X) - solve(objective, REAL, FAKE, solver=GreensFunction())(X)
    assert (gap - gap.mean()).abs().max() <= 1e-12


def test_point_masses_in_the_plane_give_green_s_function_away_from_them():
    real, fake = (empirical(n, 2, n, s).points.clamp(-0.8, 0.8) for n, s in ((5, 0.2), (4, -0.2)))
    objective = Objective(WASSERSTEIN, GradientPenalty())
    green = solve(objective, Empirical(real), Empirical(fake), solver=GreensFunction())
    mesh = BoxMesh.uniform(Box((-1.1, -1.2), (1.2, 1.1), Boundary.DIRICHLET), (32, 30))
    D = solve(objective, Empirical(real), Empirical(fake), solver=FiniteElements(mesh, QUADRATIC, green))
    x = torch.rand(400, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 - 1
    x = x[torch.cdist(x, torch.cat([real, fake])).min(1).values > 0.25]
    assert len(x) > 50
    assert (D(x) - green(x)).abs().max() <= 0.01 * green(x).abs().max()


def asked(objective, solver, real=REAL, fake=FAKE):
    return lambda: solve(objective, real, fake, solver=solver)


LINE, PLANE = BoxMesh.uniform(Box((-4,), (4.5,)), (9,)), BoxMesh.uniform(Box((-4, -4), (4, 4)), (5, 5))
FLAT = [empirical(7, 2, 3), empirical(5, 2, 4)]
BAD = [
    (
        asked(Objective(WASSERSTEIN, GradientPenalty(2)), FiniteElements(LINE, HERMITE)),
        "against the null space; got .* against x₁",
    ),
    (
        asked(Objective(LEAST_SQUARES, GradientPenalty()), FiniteElements(PLANE), *FLAT),
        "samples under a curved loss need 2m > n",
    ),
    (
        asked(Objective(LEAST_SQUARES, GradientPenalty(over=p)), FiniteElements(LINE)),
        "needs densities in 1-D here; got Empirical",
    ),
    (asked(Objective(LEAST_SQUARES, GradientPenalty(2)), FiniteElements(PLANE, MORLEY)), r"float64 .* in 2-D; got .*\(13, 1\)"),
    (
        asked(Objective(LOGISTIC, GradientPenalty()), FiniteElements(BoxMesh.uniform(Box((-1,), (1,)), (4,)))),
        r"samples inside \[-1, 1\]",
    ),
    (
        asked(Objective(LOGISTIC, GradientPenalty()), FiniteElements(LINE), Empirical(REAL.points.float())),
        "samples in float64 on the CPU",
    ),
]


@pytest.mark.parametrize(("make", "words"), BAD)
def test_samples_that_do_not_fit_are_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()
