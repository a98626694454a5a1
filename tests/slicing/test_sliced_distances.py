"""Sliced distances: averages over lines with their errors, and largest lines that never fall below the gap of means."""

from math import inf, pi, sqrt

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from gantheory._errors import Refusal
from gantheory.directions import monotone_cost, orthonormal, sphere
from gantheory.measures import Empirical
from gantheory.metrics import max_sliced_wasserstein, sliced, sliced_wasserstein, wasserstein

from .samples import F64, cloud, even, pair, seeded

over_dimensions = pytest.mark.parametrize("d", [1, 2, 3])
over_orders = pytest.mark.parametrize("order", [1, 2])


@over_dimensions
@over_orders
def test_the_sliced_distance_is_the_mean_over_lines(d, order, monkeypatch):
    x, y = pair(d)
    theta = sphere(40, d, seeded(3))
    one = [Empirical(z.points @ t[:, None], z.weights) for t in theta for z in (x, y)]
    costs = np.array([wasserstein(a, b, order) ** order for a, b in zip(one[::2], one[1::2], strict=True)])
    found = sliced_wasserstein(x, y, order, directions=theta)
    assert found.value == pytest.approx(costs.mean() ** (1 / order), rel=1e-12)
    spread = costs.std(ddof=1) / sqrt(40)
    expected = spread if order == 1 else spread / (2 * found.value)
    assert found.standard_error == pytest.approx(expected, rel=1e-8, abs=1e-12)
    assert (found.directions, float(found)) == (40, found.value)
    monkeypatch.setattr(sliced, "TILE", 50)
    assert sliced_wasserstein(x, y, order, directions=theta).value == pytest.approx(found.value, rel=1e-14)


def test_the_distance_on_the_line_is_scipys():
    x, y = pair(1)
    expected = wasserstein_distance(x.points[:, 0], y.points[:, 0], x.weights, y.weights)
    assert sliced_wasserstein(x, y, 1, directions=sphere(3, 1, seeded(0))).value == pytest.approx(expected, rel=1e-12)
    assert max_sliced_wasserstein(x, y, 1, generator=seeded(0)).value == pytest.approx(expected, rel=1e-12)


@over_dimensions
@over_orders
def test_distances_are_ordered(d, order):
    x, y = pair(d)
    theta = orthonormal(30, d, seeded(4))
    mean, largest = sliced_wasserstein(x, y, order, directions=theta), max_sliced_wasserstein(x, y, order, generator=seeded(5))
    assert mean.value <= largest.value * (1 + 1e-12)
    assert largest.value <= wasserstein(x, y, order) * (1 + 1e-12)
    assert (x.mean - y.mean).norm().item() <= largest.value * (1 + 1e-12)
    u, v = (Empirical(z.points @ largest.direction[:, None], z.weights) for z in (x, y))
    assert wasserstein(u, v, order) == pytest.approx(largest.value, rel=1e-12)


@over_orders
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_largest_slice_is_found_in_the_plane(order, seed):
    """Against 20 000 angles: the best of them is below by their spacing squared."""
    x, y = cloud(13, 2, seed), cloud(8, 2, seed + 5, 0.3)
    angles = torch.arange(20_000, dtype=F64) * pi / 20_000
    theta = torch.stack([angles.cos(), angles.sin()], 1)
    u, v = (z.points @ theta.mT for z in (x, y))
    best = monotone_cost(u.mT.contiguous(), v.mT.contiguous(), x.weights, y.weights, order).max().item() ** (1 / order)
    found = max_sliced_wasserstein(x, y, order, generator=seeded(0)).value
    assert best * (1 - 1e-12) <= found <= best * (1 + 2e-4)


@pytest.mark.parametrize("d", [2, 3, 8])
def test_a_shift_is_found_whole(d):
    """W_p of a shift by s along θ is |θ·s|: SW2² = |s|²/d by orthonormal blocks, max-SW = |s|, attained along s."""
    x = cloud(9, d, 1)
    s = torch.arange(1, d + 1, dtype=F64) / 3
    y = Empirical(x.points - s, x.weights)
    mean = sliced_wasserstein(x, y, 2, directions=orthonormal(4 * d, d, seeded(0)))
    assert mean.value == pytest.approx(s.norm().item() / sqrt(d), rel=1e-12)
    largest = max_sliced_wasserstein(x, y, 2, generator=seeded(0))
    assert largest.value == pytest.approx(s.norm().item(), rel=1e-12)
    torch.testing.assert_close(largest.direction, s / s.norm(), rtol=1e-6, atol=1e-6)


def test_the_gap_of_means_is_always_a_candidate():
    """In R^40 random directions miss a shift by far: ascent from the gap itself does not."""
    x = even(cloud(50, 40, 1))
    y = Empirical(x.points + 3.0 / sqrt(40))
    lone = max_sliced_wasserstein(x, y, 1, generator=seeded(0), starts=1, steps=1)
    assert lone.value >= 3.0 * (1 - 1e-12)
    random = sliced_wasserstein(x, y, 1, directions=sphere(4000, 40, seeded(1)))
    assert random.value < 1.0


def test_the_standard_error_is_the_spread_of_repeats():
    x, y = pair(3)
    repeats = [sliced_wasserstein(x, y, 2, directions=sphere(25, 3, seeded(s))) for s in range(200)]
    spread = np.std([r.value for r in repeats], ddof=1)
    assert np.mean([r.standard_error for r in repeats]) == pytest.approx(spread, rel=4 / sqrt(2 * 199))


def test_equal_laws_and_one_direction():
    x, _ = pair(2)
    shuffled = torch.randperm(len(x), generator=seeded(0))
    same = sliced_wasserstein(x, Empirical(x.points[shuffled], x.weights[shuffled]), 2, directions=sphere(5, 2, seeded(1)))
    assert same.value < 1e-7
    assert sliced_wasserstein(x, x, 1, directions=sphere(5, 2, seeded(1))).value == 0
    assert sliced_wasserstein(x, x, 1, directions=sphere(5, 2, seeded(1))).standard_error == 0
    assert sliced_wasserstein(*pair(2), 2, directions=sphere(1, 2, seeded(1))).standard_error == inf


def test_far_clouds_and_single_precision_keep_their_digits():
    x, y = pair(2)
    theta = sphere(9, 2, seeded(1))
    far = [Empirical(z.points + 2.0**30, z.weights) for z in (x, y)]
    near = [Empirical(z.points - 2.0**30, z.weights) for z in far]
    for order in (1, 2):
        distance = lambda a, b, p=order: sliced_wasserstein(a, b, p, directions=theta).value  # noqa: E731
        assert distance(*far) == pytest.approx(distance(*near), rel=1e-13)
        narrow = [Empirical(z.points.float(), z.weights.float()) for z in (x, y)]
        assert distance(*narrow) == pytest.approx(distance(x, y), rel=1e-5)
    assert max_sliced_wasserstein(*narrow, generator=seeded(0)).direction.dtype == torch.float32


X, Y = pair(2)
THETA = sphere(3, 2, seeded(0))
REFUSED = {
    "order 3": (lambda: sliced_wasserstein(X, Y, 3, directions=THETA), "order 1 or 2; got order 3"),
    "order True": (lambda: sliced_wasserstein(X, Y, True, directions=THETA), "got order True"),
    "max, order 0": (lambda: max_sliced_wasserstein(X, Y, 0, generator=seeded(0)), "order 1 or 2; got order 0"),
    "dimensions": (lambda: sliced_wasserstein(X, pair(3)[0], 2, directions=THETA), "one space; got dimensions 2 and 3"),
    "directions": (lambda: sliced_wasserstein(X, Y, 2, directions=sphere(3, 3, seeded(0))), r"in R\^2; got shape \(3, 3\)"),
    "long": (lambda: sliced_wasserstein(X, Y, 2, directions=2 * THETA), "off 1 by 1. Divide each row by its length"),
    "no start": (lambda: max_sliced_wasserstein(X, Y, generator=seeded(0), starts=0), "number of starts is an integer ≥ 1"),
    "no step": (lambda: max_sliced_wasserstein(X, Y, generator=seeded(0), steps=0), "number of steps is an integer ≥ 1"),
    "overflow": (lambda: sliced_wasserstein(Empirical(X.points * 1e200), Y, 2, directions=THETA), "SW2 is finite in float64"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_slices_is_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()
