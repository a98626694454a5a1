"""Metrics: what every distance between measures obeys, and what each one is."""

from functools import partial
from math import inf, pi, sqrt

import pytest
import torch
from scipy.stats import energy_distance as scipy_energy

from gantheory._errors import Refusal
from gantheory.kernels import ENERGY
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import discrepancy, energy_distance, gaussian_wasserstein, mmd, mmd_squared, moment_gaussian, wasserstein

F64 = torch.float64


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def cloud(n, d, seed, shift=0.0):
    """n points with uneven weights."""
    g = seeded(seed)
    points = torch.randn(n, d, generator=g, dtype=F64) * (1 + 0.2 * seed) + shift
    return Empirical(points, torch.rand(n, generator=g, dtype=F64) + 0.1)


def gaussian_kernel(x, y):
    return torch.exp(-((x[:, None] - y) ** 2).sum(-1) / 2)


def distance_kernel(x, y):
    return (x[:, None] - y).norm(dim=-1)


def root_energy(x, y):
    return sqrt(energy_distance(x, y))


METRICS = {
    "W1": partial(wasserstein, order=1),
    "W2": partial(wasserstein, order=2),
    "MMD": partial(mmd, kernel=gaussian_kernel),
    "energy": root_energy,
    "moments": lambda x, y: gaussian_wasserstein(moment_gaussian(x), moment_gaussian(y)),
}
HOMOGENEOUS = {"W1": 1, "W2": 1, "energy": 0.5, "moments": 1}
ROOT = 2e-7  # a root of roundoff: what distances of equal laws come to
PAIRS = {d: (cloud(7, d, 1), cloud(11, d, 2, 0.7)) for d in (1, 2, 3)}
over_metrics = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
over_pairs = pytest.mark.parametrize(("x", "y"), PAIRS.values(), ids=[f"d = {d}" for d in PAIRS])


@over_pairs
@over_metrics
def test_a_metric_is_symmetric_and_vanishes_on_equal_laws(metric, x, y):
    assert metric(x, y) == pytest.approx(metric(y, x), rel=1e-12)
    assert metric(x, y) > 0.1
    assert metric(x, x) <= 1e-8


@over_pairs
def test_the_energy_kernel_is_minus_the_distance_whose_discrepancy_is_the_energy_distance(x, y):
    assert mmd_squared(x, y, ENERGY) == pytest.approx(energy_distance(x, y), rel=1e-12)
    assert torch.equal(ENERGY(x.points, y.points) <= 0, torch.ones(7, 11, dtype=torch.bool))


@pytest.mark.parametrize("d", [1, 2])
@over_metrics
def test_the_triangle_inequality_holds(metric, d):
    clouds = [cloud(5 + 2 * s, d, s, shift=0.3 * s) for s in range(5)]
    between = [[metric(x, y) for y in clouds] for x in clouds]
    for i, j, k in torch.cartesian_prod(*[torch.arange(5)] * 3).tolist():
        assert between[i][k] <= between[i][j] + between[j][k] + ROOT


@over_pairs
@over_metrics
def test_the_order_of_points_does_not_matter(metric, x, y):
    order = torch.randperm(len(x), generator=seeded(3))
    assert metric(Empirical(x.points[order], x.weights[order]), y) == pytest.approx(metric(x, y), rel=1e-12)


@over_pairs
@over_metrics
def test_splitting_a_point_changes_nothing(metric, x, y):
    half = x.weights.clone()
    half[0] /= 2
    split = Empirical(torch.cat([x.points, x.points[:1]]), torch.cat([half, half[:1]]))
    assert metric(split, y) == pytest.approx(metric(x, y), rel=1e-12)
    assert metric(split, x) <= ROOT


@over_pairs
@over_metrics
def test_a_common_rotation_and_shift_change_nothing(metric, x, y):
    rotation = torch.linalg.qr(torch.randn(x.dim, x.dim, generator=seeded(4), dtype=F64)).Q
    moved = (Empirical(z.points @ rotation + 1e3, z.weights) for z in (x, y))
    assert metric(*moved) == pytest.approx(metric(x, y), rel=1e-10)


@over_pairs
@pytest.mark.parametrize("name", HOMOGENEOUS)
def test_distances_scale_with_the_points(name, x, y):
    scaled = (Empirical(-3 * z.points, z.weights) for z in (x, y))
    assert METRICS[name](*scaled) == pytest.approx(3 ** HOMOGENEOUS[name] * METRICS[name](x, y), rel=1e-10)


@over_pairs
@pytest.mark.parametrize("name", ["W1", "W2", "moments"])
def test_transport_by_a_shift_costs_its_length(name, x, y):
    for z in (x, y):
        shift = torch.arange(1, z.dim + 1, dtype=F64) / 7
        assert METRICS[name](z, Empirical(z.points + shift, z.weights)) == pytest.approx(shift.norm().item(), rel=1e-10)


@over_pairs
def test_transport_distances_are_ordered(x, y):
    mean = (x.mean - y.mean).norm().item()
    assert mean <= wasserstein(x, y, 1) <= wasserstein(x, y, 2)
    assert METRICS["moments"](x, y) <= wasserstein(x, y, 2)  # Gelbrich's bound


@over_metrics
def test_single_precision_is_widened_not_mixed(metric):
    x, y = PAIRS[2]
    narrow = [Empirical(z.points.float(), z.weights.float()) for z in (x, y)]
    wide = [Empirical(z.points.double(), z.weights.double()) for z in narrow]
    assert metric(*narrow) == pytest.approx(metric(*wide), rel=1e-13)
    assert metric(*narrow) == pytest.approx(metric(x, y), rel=1e-5)


# Normal laws


def covariance(d, seed):
    A = torch.randn(d, d, generator=seeded(seed), dtype=F64)
    return A @ A.mT + 0.1 * torch.eye(d, dtype=F64)


def root(A):
    values, vectors = torch.linalg.eigh(A)
    return (vectors * values.sqrt()) @ vectors.mT


@pytest.mark.parametrize("d", [1, 2, 5])
def test_normal_laws_are_as_far_as_dowson_and_landau_say(d):
    A, B = covariance(d, 1), covariance(d, 2)
    m, n = torch.randn(2, d, generator=seeded(3), dtype=F64)
    square = (m - n).square().sum() + (A + B - 2 * root(root(A) @ B @ root(A))).trace()
    assert gaussian_wasserstein(Gaussian(m, A), Gaussian(n, B)) == pytest.approx(sqrt(square), rel=1e-12)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_near_normal_laws_lose_no_digits(d):
    m, A = torch.zeros(d, dtype=F64), covariance(d, 1)
    assert gaussian_wasserstein(Gaussian(m, A), Gaussian(m, A.clone())) == 0.0
    for eps in (1e-3, 1e-6, 1e-9):
        expected = eps * sqrt(A.trace())
        assert gaussian_wasserstein(Gaussian(m, A), Gaussian(m, (1 + eps) ** 2 * A)) == pytest.approx(expected, rel=1e-5)


def test_normal_laws_on_the_line_agree_with_their_quantiles():
    x, y = (Gaussian(torch.tensor([m], dtype=F64), torch.tensor([[s**2]], dtype=F64)) for m, s in ((0.2, 0.5), (1.0, 2.0)))
    assert gaussian_wasserstein(x, y) == pytest.approx(sqrt(0.8**2 + 1.5**2), rel=1e-12)
    levels = (torch.arange(200_000, dtype=F64) + 0.5) / 200_000
    quantiles = (Empirical(z.mean + z.factor[0, 0] * sqrt(2) * torch.erfinv(2 * levels - 1)[:, None]) for z in (x, y))
    assert wasserstein(*quantiles) == pytest.approx(gaussian_wasserstein(x, y), rel=1e-4)  # the tails beyond 1/n


def test_the_optimal_map_between_normal_laws_costs_their_distance():
    A, B = covariance(3, 4), covariance(3, 5)
    inverse = torch.linalg.inv(root(A))
    x = torch.randn(60, 3, generator=seeded(6), dtype=F64)
    cloud_x = Empirical(x)
    T = inverse @ root(root(A) @ B @ root(A)) @ inverse  # symmetric positive: the gradient of a convex function
    whitened = torch.linalg.solve_triangular(moment_gaussian(cloud_x).factor, (x - cloud_x.mean).mT, upper=False).mT
    law_x = Empirical(whitened @ root(A))
    law_y = Empirical(law_x.points @ T + 1.0)
    expected = gaussian_wasserstein(moment_gaussian(law_x), moment_gaussian(law_y))
    torch.testing.assert_close(moment_gaussian(law_y).covariance, B)
    assert wasserstein(law_x, law_y) == pytest.approx(expected, rel=1e-10)


def test_the_normal_law_of_a_cloud_has_its_moments():
    x = cloud(9, 3, 1)
    law = moment_gaussian(x)
    torch.testing.assert_close(law.mean, x.mean)
    torch.testing.assert_close(law.covariance, x.covariance)


# Kernels


@over_pairs
def test_mmd_is_the_quadratic_form_of_the_signed_measure(x, y, monkeypatch):
    monkeypatch.setattr(discrepancy, "TILE", 4)
    points, signed = torch.cat([x.points, y.points]), torch.cat([x.weights, -y.weights])
    expected = (signed @ gaussian_kernel(points, points) @ signed).item()
    assert mmd_squared(x, y, gaussian_kernel) == pytest.approx(expected, rel=1e-10)
    assert mmd(x, y, gaussian_kernel) == pytest.approx(sqrt(expected), rel=1e-10)


@over_pairs
def test_energy_distance_is_its_definition(x, y, monkeypatch):
    monkeypatch.setattr(discrepancy, "TILE", 4)
    xy, xx, yy = (u.weights @ distance_kernel(u.points, v.points) @ v.weights for u, v in ((x, y), (x, x), (y, y)))
    assert energy_distance(x, y) == pytest.approx((2 * xy - xx - yy).item(), rel=1e-12)


def test_energy_distance_on_the_line_is_the_square_of_scipys():
    x, y = PAIRS[1]
    expected = scipy_energy(x.points[:, 0], y.points[:, 0], x.weights, y.weights) ** 2
    assert energy_distance(x, y) == pytest.approx(expected, rel=1e-10)


def test_the_unbiased_square_omits_pairs_of_equal_indices(monkeypatch):
    monkeypatch.setattr(discrepancy, "TILE", 4)
    x, y = Empirical(PAIRS[2][0].points), Empirical(PAIRS[2][1].points)
    xx, xy, yy = (gaussian_kernel(u.points, v.points) for u, v in ((x, x), (x, y), (y, y)))
    within = ((k.sum() - k.trace()).item() / (len(k) * (len(k) - 1)) for k in (xx, yy))
    assert mmd_squared(x, y, gaussian_kernel, unbiased=True) == pytest.approx(sum(within) - 2 * xy.mean().item(), rel=1e-10)
    same = (xx.sum() - xx.trace()).item() / 42 - xx.mean().item()
    assert mmd_squared(x, x, gaussian_kernel, unbiased=True) == pytest.approx(2 * same, rel=1e-10)  # the cross term keeps i = j


@pytest.mark.parametrize(("shift", "kind"), [(0.0, "equal laws"), (1.0, "shifted laws")])
def test_the_unbiased_square_has_the_right_mean(shift, kind):
    """Of N(0, I) and N(shift·e₁, I): MMD² in closed form, for the Gaussian kernel of width 1 in d = 2."""
    g = seeded(8)
    exact = 2 / 3 * (1 - torch.tensor(-(shift**2) / 6).exp().item())  # E k(X, Y) = exp(−shift²/6) / 3, and double it
    values, biased = [], []
    for _ in range(400):
        x, y = torch.randn(6, 2, generator=g, dtype=F64), torch.randn(9, 2, generator=g, dtype=F64)
        y[:, 0] += shift
        values.append(mmd_squared(Empirical(x), Empirical(y), gaussian_kernel, unbiased=True))
        biased.append(mmd_squared(Empirical(x), Empirical(y), gaussian_kernel))
    error = torch.tensor(values).std().item() / 20
    assert abs(sum(values) / 400 - exact) < 4 * error
    assert sum(biased) / 400 - exact > 4 * error
    assert kind == "shifted laws" or min(values) < 0


def test_the_unbiased_energy_distance_of_equal_normal_laws_averages_zero():
    g = seeded(9)
    values = [
        energy_distance(*(Empirical(torch.randn(n, 1, generator=g, dtype=F64)) for n in (6, 9)), unbiased=True)
        for _ in range(400)
    ]
    assert abs(sum(values) / 400) < 4 * torch.tensor(values).std().item() / 20


def test_energy_distance_has_its_closed_form_on_the_line():
    levels = (torch.arange(1000, dtype=F64) + 0.5) / 1000
    x = Empirical(sqrt(2) * torch.erfinv(2 * levels - 1)[:, None])
    y = Empirical(torch.zeros(1, 1, dtype=F64))
    assert energy_distance(x, y) == pytest.approx((2 * sqrt(2) - 2) / sqrt(pi), rel=1e-2)  # 2E|X| − E|X − X′|


def test_a_kernel_infinite_at_zero_has_an_unbiased_square_only():
    x, y = Empirical(PAIRS[2][0].points), Empirical(PAIRS[2][1].points)
    assert torch.tensor(mmd_squared(x, y, lambda u, v: 1 / distance_kernel(u, v), unbiased=True)).isfinite()
    with pytest.raises(Refusal, match="MMD² is finite in float64; got"):
        mmd_squared(x, y, lambda u, v: 1 / distance_kernel(u, v))


def test_far_clouds_keep_their_digits():
    x, y = PAIRS[2]
    far = [Empirical(z.points + 2.0**30, z.weights) for z in (x, y)]
    near = [Empirical(z.points - 2.0**30, z.weights) for z in far]  # the same rounding of the points, and no offset
    for metric in METRICS.values():
        assert metric(*far) == pytest.approx(metric(*near), rel=1e-6)
    for metric in (METRICS["W1"], METRICS["W2"], energy_distance):
        assert metric(*far) == pytest.approx(metric(*near), rel=1e-13)


X, Y = PAIRS[2]
LINE = PAIRS[1][0]
HUGE = Empirical(X.points * 5e307)
EVEN = Empirical(X.points)
REFUSED = {
    "order 3": (lambda: wasserstein(X, Y, 3), "W1 and W2: order 1 or 2; got order 3"),
    "order 0": (lambda: wasserstein(X, Y, 0), "got order 0"),
    "W2, dimensions": (lambda: wasserstein(X, LINE), "one space; got dimensions 2 and 1"),
    "MMD, dimensions": (lambda: mmd(LINE, Y, gaussian_kernel), "got dimensions 1 and 2"),
    "energy, dimensions": (lambda: energy_distance(X, LINE), "got dimensions 2 and 1"),
    "normal, dimensions": (lambda: gaussian_wasserstein(moment_gaussian(X), moment_gaussian(LINE)), "dimensions 2 and 1"),
    "singular": (lambda: moment_gaussian(Empirical(X.points[:2])), "positive definite; got .*Use more points than dimensions"),
    "indefinite kernel": (lambda: mmd(X, Y, distance_kernel), "positive definite kernel; got MMD² = -.*its negative, perhaps"),
    "unbiased root": (lambda: mmd(X, Y, gaussian_kernel, unbiased=True), "unbiased square may be negative.*Use mmd_squared"),
    "unbiased, weights": (lambda: energy_distance(X, EVEN, unbiased=True), "equal weights; got weights from .*Resample"),
    "unbiased, one point": (
        lambda: energy_distance(EVEN, Empirical(X.points[:1]), unbiased=True),
        "at least 2 points; got 1",
    ),
    "W2, overflow": (lambda: wasserstein(HUGE, X), "costs are finite.*Scale the points down"),
    "energy, overflow": (lambda: energy_distance(HUGE, X), "MMD² is finite.*Scale the points down"),
    "infinite kernel": (lambda: mmd(X, Y, lambda u, v: gaussian_kernel(u, v) * inf), "MMD² is finite in float64; got nan"),
    "one row": (
        lambda: mmd(X, Y, lambda u, v: gaussian_kernel(u, v)[0]),
        r"maps \(n d\), \(m d\) to \(n m\); got \(7,\) for n = 7",
    ),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_distance_is_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()
