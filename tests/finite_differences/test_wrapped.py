"""On a torus finite differences wrap laws on Rⁿ as Fourier series do."""

import math
from itertools import product

import numpy as np
import pytest
import torch

from gantheory._errors import Refusal
from gantheory.discriminators import FiniteDifferences, FourierSeries, solve
from gantheory.discriminators.estimate import expectation
from gantheory.discriminators.wrapped import Wrapped
from gantheory.grids import TorusGrid
from gantheory.measures import Gaussian, Mixture
from gantheory.objectives import LEAST_SQUARES, LOGISTIC, WASSERSTEIN, GradientPenalty, Objective, Torus
from gantheory.symbolic import p, q, y
from tests.test_fourier_series import OnTorus

PERIODS = (2.6, 3.4)


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def oblong(dim, at, size):
    """A correlated Gaussian that spills over the edges."""
    root = tensor([[0.7, 0.2], [-0.1, 0.5]])[:dim, :dim] * size
    return Gaussian(tensor(at)[:dim], root @ root.T)


def laws(dim):
    """A Gaussian whose mean is some periods away, and a mixture on two edges."""
    parts = oblong(dim, (2.4, 0.3), 0.9), oblong(dim, (0.1, -9.9), 0.7)
    return oblong(dim, (7.7, 3.1), 1.0), Mixture(tensor([0.3, 0.7]), parts)


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize(
    ("loss", "over"),
    [(WASSERSTEIN, 1), (LEAST_SQUARES, p), (LOGISTIC, (p + q) / 2)],
    ids=["Wasserstein", "squares", "logistic"],
)
def test_both_solvers_wrap_a_law_around_the_torus(loss, over, dim):
    objective, sides = Objective(loss, 0.3 * GradientPenalty(1, over=over)), laws(dim)
    periods, x = PERIODS[:dim], 5 * torch.rand(40, dim, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    series = solve(objective, *sides, solver=FourierSeries(Torus(periods), (24, 24)[:dim]))
    gaps = []
    for n in (24, 48):
        grid = TorusGrid(periods, (n, n + n // 4)[:dim], (0.4, -0.3)[:dim])
        D = solve(objective, *sides, solver=FiniteDifferences(grid, accuracy=6))
        difference = (D(x) - series(x)).numpy()
        gaps.append(float(np.abs(difference - difference.mean() * loss.linear).max() / series(x).abs().max()))
    assert gaps[1] <= 2e-5
    assert gaps[1] <= gaps[0] / 20 or gaps[1] <= 1e-8


@pytest.mark.parametrize("dim", [1, 2])
def test_a_wrapped_law_is_the_sum_of_its_images_anywhere(dim):
    grid = TorusGrid(PERIODS[:dim], (30, 40)[:dim])
    x = 9 * torch.rand(50, dim, generator=torch.Generator().manual_seed(4), dtype=torch.float64) - 4
    for law in laws(dim):
        expected = sum(law.density(x + tensor(grid.periods) * tensor(k)) for k in product(range(-9, 10), repeat=dim))
        for known in (law, OnTorus(dim, law.density)):
            found = Wrapped.on(grid, known).density(x)
            assert float((found - expected).abs().max()) <= 1e-13 * float(expected.max())


def test_a_density_with_the_periods_is_taken_as_it_is():
    grid = TorusGrid(PERIODS, (12, 15))
    law = OnTorus(2, lambda x: 1 + 0.5 * torch.sin(2 * math.pi * (x[:, 0] / PERIODS[0] - x[:, 1] / PERIODS[1])))
    assert bool((Wrapped.on(grid, law).density(grid.nodes) == law.density(grid.nodes)).all())


def test_a_mean_over_a_grid_on_a_torus_is_that_of_the_wrapped_law():
    objective, (real, fake) = Objective(WASSERSTEIN, 0.3 * GradientPenalty(1)), laws(2)
    series = solve(objective, real, fake, solver=FourierSeries(Torus(PERIODS), 24))
    D = solve(objective, real, fake, solver=FiniteDifferences(TorusGrid(PERIODS, (48, 60)), accuracy=6))
    gap = [expectation(y, field, real) - expectation(y, field, fake) for field in (D, series)]
    assert gap[0] == pytest.approx(gap[1], rel=1e-5)


def test_a_tail_that_does_not_die_out_is_refused():
    law = OnTorus(1, lambda x: 1 / (math.pi * (1 + x[:, 0] ** 2)))
    with pytest.raises(Refusal, match="images die out; got a OnTorus whose last images still add"):
        solve(
            Objective(LEAST_SQUARES, GradientPenalty(1)),
            law,
            laws(1)[0],
            solver=FiniteDifferences(TorusGrid(PERIODS[:1], (20,))),
        )
