"""Transport: plans are optimal by their dual, sorting agrees with plans."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from gantheory._errors import Refusal
from gantheory.transport import exact, plan, quantile_cost, wasserstein_cost


def cloud(n, d, seed, zeros=0):
    """n points with uneven masses of sum 1, the first few of them 0."""
    random = np.random.default_rng(seed)
    a = random.uniform(0.1, 3, n)
    a[:zeros] = 0
    return random.normal(size=(n, d)), a / a.sum()


PAIRS = {
    "n < m": (cloud(5, 2, 1), cloud(9, 2, 2)),
    "n > m": (cloud(12, 3, 3), cloud(4, 3, 4)),
    "n = m, equal masses": ((cloud(8, 2, 5)[0], np.full(8, 1 / 8)), (cloud(8, 2, 6)[0], np.full(8, 1 / 8))),
    "points of mass 0": (cloud(7, 2, 7, zeros=3), cloud(6, 2, 8, zeros=2)),
    "one point": (cloud(1, 2, 9), cloud(6, 2, 10)),
    "far from the origin": ((cloud(5, 2, 1)[0] + 1e8, cloud(5, 2, 1)[1]), (cloud(6, 2, 2)[0] + 1e8, cloud(6, 2, 2)[1])),
}
LINES = {
    "n < m": (cloud(5, 1, 11), cloud(9, 1, 12)),
    "n > m": (cloud(40, 1, 13), cloud(17, 1, 14)),
    "points of mass 0": (cloud(7, 1, 15, zeros=3), cloud(6, 1, 16, zeros=2)),
    "ties": ((np.array([[1.0], [0.0], [1.0]]), np.array([0.2, 0.3, 0.5])), cloud(4, 1, 17)),
    "one point": (cloud(1, 1, 18), cloud(3, 1, 19)),
}


def distances(x, y):
    return np.linalg.norm(x[:, None] - y[None], axis=-1)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_a_plan_has_its_marginals_and_the_value_of_its_dual(pair, order, scale):
    (x, a), (y, b) = pair
    cost = scale * distances(x, y) ** order
    matrix, u, v, value = plan(cost, a, b)
    assert (matrix >= 0).all()
    np.testing.assert_allclose(matrix.sum(1), a, atol=1e-14)
    np.testing.assert_allclose(matrix.sum(0), b, atol=1e-14)
    assert value == pytest.approx((matrix * cost).sum(), rel=1e-14)
    assert value == pytest.approx(a @ u + b @ v, rel=1e-12)
    assert (u[:, None] + v <= cost + 1e-13 * cost.max()).all()
    supported = matrix > 0
    np.testing.assert_allclose((u[:, None] + v)[supported], cost[supported], atol=1e-12 * cost.max())


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_a_plan_scales_with_mass_and_shifts_with_cost(pair):
    (x, a), (y, b) = pair
    cost = distances(x, y)
    base = plan(cost, a, b)
    assert plan(cost, 7 * a, 7 * b).value == pytest.approx(7 * base.value, rel=1e-12)
    assert plan(cost - 3, a, b).value == pytest.approx(base.value - 3, rel=1e-12)
    assert plan(cost.T, b, a).value == pytest.approx(base.value, rel=1e-12)


@pytest.mark.parametrize("order", [1, 1.5, 2, 3])
@pytest.mark.parametrize("pair", LINES.values(), ids=LINES)
def test_sorting_agrees_with_the_plan(pair, order):
    (x, a), (y, b) = pair
    cost = distances(x, y) ** order
    sorted_value = quantile_cost(x[:, 0], y[:, 0], a, b, order)
    assert sorted_value == pytest.approx(exact.ot.emd2(a, b, cost), rel=1e-12)
    assert sorted_value == pytest.approx(plan(cost, a, b).value, rel=1e-12)
    assert quantile_cost(x[:, 0], y[:, 0], 7 * a, 3 * b, order) == pytest.approx(sorted_value, rel=1e-12)


@pytest.mark.parametrize("pair", LINES.values(), ids=LINES)
def test_order_one_on_the_line_is_scipys(pair):
    (x, a), (y, b) = pair
    assert quantile_cost(x[:, 0], y[:, 0], a, b, 1) == pytest.approx(wasserstein_distance(x[:, 0], y[:, 0], a, b), rel=1e-12)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("pair", [*PAIRS.values(), *LINES.values()], ids=[*PAIRS, *(f"line, {name}" for name in LINES)])
def test_the_cost_is_the_least_over_plans(pair, order):
    (x, a), (y, b) = pair
    value = wasserstein_cost(x, y, a, b, order)
    assert value == pytest.approx(exact.ot.emd2(a, b, distances(x, y) ** order), rel=1e-9)
    assert value <= (np.outer(a, b) * distances(x, y) ** order).sum() * (1 + 1e-12)


def test_equal_laws_written_differently_cost_nothing_on_the_line():
    x, a = cloud(300, 1, 20)
    for copies in (2, 3, 7):
        order = np.random.default_rng(copies).permutation(300 * copies)
        y, b = np.repeat(x, copies, axis=0)[order], np.repeat(a, copies)[order] / copies
        assert quantile_cost(x[:, 0], y[:, 0], a, b, 2) == 0.0


def test_transport_on_the_line_takes_many_points():
    n, m = 200_000, 150_001
    x, y = (np.arange(k) / k + 1 / (2 * k) for k in (n, m))  # midpoints: both approximate the uniform law
    assert quantile_cost(x, y + 3, np.full(n, 1 / n), np.full(m, 1 / m), 2) == pytest.approx(9, rel=1e-10)


A = np.array([0.25, 0.75])
B = np.array([0.5, 0.25, 0.25])
C = np.ones((2, 3))
WIDE = np.full((3, 2), 1e200) * np.arange(3)[:, None]
REFUSED = {
    "masses differ": (lambda: plan(C, 2 * A, B), "the same mass; got 2 and 1. Divide each by its sum"),
    "negative mass": (lambda: plan(C, np.array([-1.0, 2.0]), B), "nonnegative and not all 0; got from -1 to 2"),
    "no mass": (lambda: plan(C, 0 * A, 0 * B), "not all 0; got from 0 to 0"),
    "NaN mass": (lambda: plan(C, A * np.nan, B), "masses are finite"),
    "NaN cost": (lambda: plan(C * np.nan, A, B), "costs are finite; got NaN or infinity"),
    "no points": (lambda: plan(np.ones((0, 3)), np.ones(0), B), r"got shapes \(0, 3\)"),
    "order 3": (lambda: wasserstein_cost(np.ones((2, 2)), np.ones((3, 2)), A, B, 3), "order 1 or 2; got 3"),
    "order 1/2": (lambda: quantile_cost(A, B, A, B, 0.5), "at least 1; got 0.5"),
    "no mass on the line": (lambda: quantile_cost(A, B, 0 * A, B, 1), "not all 0; got from 0 to 0"),
    "NaN on the line": (lambda: quantile_cost(A * np.nan, B, A, B, 1), "finite in float64; got nan"),
    "overflow": (lambda: wasserstein_cost(WIDE, WIDE, B, B, 2), "costs are finite.*Scale the points down"),
    "overflow on the line": (
        lambda: wasserstein_cost(WIDE[:, :1], -WIDE[:, :1], B, B, 2),
        r"\|x − y\|\^2 is finite in float64; got inf",
    ),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_plan_is_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()


def test_a_simplex_cut_short_is_refused(monkeypatch):
    monkeypatch.setattr(exact, "ITERATIONS", 3)
    (x, a), (y, b) = cloud(30, 2, 21), cloud(40, 2, 22)
    with pytest.raises(Refusal, match=r"ends within 3e\+00 pivots; got .*Use fewer points"):
        plan(distances(x, y), a, b)


def test_a_wrong_answer_of_the_simplex_is_refused(monkeypatch):
    right = exact.ot.emd

    def wrong(*arguments, **options):
        matrix, log = right(*arguments, **options)
        return matrix[:, ::-1], log

    monkeypatch.setattr(exact.ot, "emd", wrong)
    (x, a), (y, b) = PAIRS["n < m"]
    with pytest.raises(Refusal, match="values of plan and potentials agree; got a gap"):
        plan(distances(x, y), a, b)
