"""Mean divergence, separability and alignment of linear functionals of features."""

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from gantheory._errors import Refusal
from gantheory.measures import Empirical
from gantheory.metrics import direction_alignment, mean_divergence, mmd, separability, wasserstein

from .samples import F64, cloud, pair, seeded

MATRIX = torch.randn(3, 5, generator=seeded(7), dtype=F64)


def identity(x):
    return x


def features(x):
    """A smooth map R^d → R^5, far from linear."""
    return torch.tanh(x @ MATRIX[: x.shape[1]]) + 0.2 * x.square().sum(1, keepdim=True)


FEATURES = {"identity": identity, "five": features}
over_features = pytest.mark.parametrize("h", FEATURES.values(), ids=FEATURES)
over_dimensions = pytest.mark.parametrize("d", [1, 2, 3])


@over_features
@over_dimensions
def test_the_mean_divergence_is_the_mmd_of_its_features(h, d):
    real, fake = pair(d)
    found = mean_divergence(h, real, fake)
    assert found.value == pytest.approx(mmd(real, fake, lambda x, y: h(x) @ h(y).mT), rel=1e-7)
    assert found.direction.norm().item() == pytest.approx(1, rel=1e-14)
    omega = torch.randn(2000, len(found.gap), generator=seeded(1), dtype=F64)
    seen = (omega / omega.norm(dim=1, keepdim=True)) @ found.gap
    assert seen.max() <= found.value * (1 + 1e-14)
    assert (found.direction @ found.gap).item() == pytest.approx(found.value, rel=1e-14)


@over_features
@over_dimensions
def test_separability_is_the_gap_over_the_distance_of_slices(h, d):
    real, fake = pair(d)
    for seed in range(5):
        omega = torch.randn(len(h(real.points)[0]), generator=seeded(seed), dtype=F64)
        u, v = h(real.points) @ omega, h(fake.points) @ omega
        gap = (real.weights @ u - fake.weights @ v).item()
        expected = gap / wasserstein_distance(u, v, real.weights, fake.weights)
        assert separability(h, omega, real, fake) == pytest.approx(expected, rel=1e-10)
        assert separability(h, -3 * omega, real, fake) == pytest.approx(-expected, rel=1e-10)
        assert separability(h, omega, fake, real) == pytest.approx(-expected, rel=1e-10)


def test_separability_is_one_for_dominance_alone():
    fake = cloud(9, 2, 1)
    shifted = Empirical(fake.points + torch.tensor([0.01, 5.0], dtype=F64), fake.weights)
    first, second = torch.eye(2, dtype=F64)
    assert separability(identity, first, shifted, fake) == pytest.approx(1, abs=1e-12)
    assert separability(identity, -second, shifted, fake) == pytest.approx(-1, abs=1e-12)
    crossing = Empirical(fake.mean + 2 * (fake.points - fake.mean) + 0.01, fake.weights)
    assert 0 < separability(identity, first, crossing, fake) < 0.1


@over_features
def test_alignment_is_a_cosine(h):
    real, fake = pair(3)
    best = mean_divergence(h, real, fake).direction
    assert direction_alignment(h, 7 * best, real, fake) == pytest.approx(1, abs=1e-14)
    assert direction_alignment(h, -best, real, fake) == pytest.approx(-1, abs=1e-14)
    across = torch.randn(len(best), generator=seeded(2), dtype=F64)
    across -= (across @ best) * best
    assert abs(direction_alignment(h, across, real, fake)) < 1e-12
    assert direction_alignment(h, 3 * best + 4 * across / across.norm(), real, fake) == pytest.approx(0.6, rel=1e-12)


def test_one_feature_has_two_directions():
    real, fake = pair(1)
    sign = float(np.sign((real.mean - fake.mean).item()))
    assert direction_alignment(identity, torch.ones(1), real, fake) == sign
    assert mean_divergence(identity, real, fake).direction.item() == sign


@over_features
@over_dimensions
def test_the_chain_of_distances_holds(h, d):
    """FM* ≤ W1 of its slice ≤ W1 of the features."""
    real, fake = pair(d)
    found = mean_divergence(h, real, fake)
    images = [Empirical(h(z.points), z.weights) for z in (real, fake)]
    slices = [Empirical(z.points @ found.direction[:, None], z.weights) for z in images]
    assert found.value <= wasserstein(*slices, order=1) * (1 + 1e-12)
    assert wasserstein(*slices, order=1) <= wasserstein(*images, order=1) * (1 + 1e-12)


def test_networks_in_single_precision_are_read_without_a_graph():
    net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh())
    real, fake = (Empirical(z.points.float(), z.weights.float()) for z in pair(2))
    found = mean_divergence(net, real, fake)
    assert not found.gap.requires_grad
    expected = real.weights @ net(real.points) - fake.weights @ net(fake.points)
    torch.testing.assert_close(found.gap.float(), expected.detach())


def test_a_vanishing_gap_has_no_direction():
    real, _ = pair(2)
    shuffled = torch.randperm(len(real), generator=seeded(0))
    same = mean_divergence(identity, real, Empirical(real.points[shuffled], real.weights[shuffled]))
    assert same.vanishes
    assert same.value < 1e-14
    with pytest.raises(Refusal, match=r"direction ω\* = gap/\|gap\| needs features whose means differ; got .* where E\|h\|"):
        _ = same.direction
    apart = Empirical(real.points + 1e-9, real.weights)
    assert not mean_divergence(identity, apart, real).vanishes


X, Y = pair(2)
REFUSED = {
    "no gap": (lambda: direction_alignment(identity, torch.ones(2), X, X), "needs features whose means differ"),
    "zero direction": (lambda: separability(identity, torch.zeros(2), X, Y), "nonzero finite vector .*got length 0.0"),
    "NaN direction": (lambda: direction_alignment(identity, torch.full((2,), torch.nan), X, Y), "got length nan"),
    "dimensions": (lambda: mean_divergence(identity, X, pair(3)[0]), "one space; got dimensions 2 and 3"),
    "direction in R^3": (lambda: separability(identity, torch.ones(3), X, Y), "dimension 3 of the direction; got 2"),
    "alignment in R^3": (lambda: direction_alignment(identity, torch.ones(3), X, Y), "dimension 3 of the direction; got 2"),
    "equal slices": (lambda: separability(identity, torch.ones(2), X, X), "two different slices; got equal ones"),
    "one number each": (lambda: mean_divergence(lambda x: x[:, 0], X, Y), r"to \(n, D\); got shape \(7,\)"),
    "infinite": (lambda: mean_divergence(lambda x: x / 0, X, Y), "features are finite; got NaN or infinity"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_alignment_is_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()


def test_the_distance_is_never_exceeded():
    for seed in range(20):
        real, fake = cloud(5, 3, seed), cloud(6, 3, seed + 1, 0.2)
        assert mean_divergence(identity, real, fake).value <= wasserstein(real, fake, 1) * (1 + 1e-12)
