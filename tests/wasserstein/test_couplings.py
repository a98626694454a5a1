"""Plans as parts: marginals, optimality, and what the monotone plan is."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog

from gantheory._errors import Refusal
from gantheory.transport import Couplings, ExactPlans, SortedPlans, quantile_pairs, wasserstein_cost

SIZES = [(1, 1), (1, 4), (3, 2), (5, 7), (11, 11), (13, 5)]


def cloud(n, d, seed, zeros=0):
    random = np.random.default_rng(seed)
    a = random.uniform(0.1, 3, n)
    a[:zeros] = 0
    return random.normal(size=(n, d)), a / a.sum()


def cost(x, y, order):
    return np.linalg.norm(x[:, None] - y[None], axis=-1) ** order


def least(c, a, b):
    """The linear programme by SciPy's HiGHS."""
    n, m = c.shape
    rows, columns = np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))
    found = linprog(c.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([a, b]), bounds=(0, None))
    return found.fun


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_exact_plans_are_optimal(n, m, d, order):
    (x, a), (y, b) = cloud(n, d, n), cloud(m, d, 50 + m)
    P = ExactPlans().coupling(x, a, y, b, order)
    assert P.shape == (n, m)
    assert (P >= 0).all()
    np.testing.assert_allclose(P.sum(1), a, atol=1e-14)
    np.testing.assert_allclose(P.sum(0), b, atol=1e-14)
    assert (P * cost(x, y, order)).sum() == pytest.approx(least(cost(x, y, order), a, b), rel=1e-9)
    assert np.count_nonzero(P > 1e-13) <= n + m - 1


@pytest.mark.parametrize("d", [1, 2])
def test_equal_masses_give_the_assignment(d):
    x, y = cloud(9, d, 1)[0], cloud(9, d, 2)[0]
    equal = np.full(9, 1 / 9)
    _, columns = linear_sum_assignment(cost(x, y, 2))
    P = ExactPlans().coupling(x, equal, y, equal, 2)
    np.testing.assert_allclose(P, np.eye(9)[columns] / 9, atol=1e-15)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_sorted_plans_are_those_of_the_line(n, m):
    (x, a), (y, b) = cloud(n, 1, n), cloud(m, 1, 50 + m)
    P = SortedPlans().coupling(x, a, y, b, 1)
    np.testing.assert_array_equal(P, SortedPlans().coupling(x, a, y, b, 2))
    np.testing.assert_array_equal(P, ExactPlans().coupling(x, a, y, b, 1))
    i, j = P[np.argsort(x[:, 0])][:, np.argsort(y[:, 0])].nonzero()
    assert (np.diff(i) >= 0).all()
    assert (np.diff(j) >= 0).all()


def test_pairs_of_quantiles_by_hand():
    """x = 3, 1 with masses 1/4, 3/4; y = 0, 5 with masses 1/2, 1/2: 1 ↦ 0 (1/2), 1 ↦ 5 (1/4), 3 ↦ 5 (1/4)."""
    i, j, mass = quantile_pairs(np.array([3.0, 1.0]), np.array([0.0, 5.0]), np.array([1.0, 3.0]), np.array([2.0, 2.0]))
    assert i.tolist() == [1, 1, 0]
    assert j.tolist() == [0, 1, 1]
    np.testing.assert_allclose(mass, [0.5, 0.25, 0.25], rtol=1e-15)


@pytest.mark.parametrize("d", [1, 2])
def test_masses_scale_and_points_without_mass_are_left_out(d):
    (x, a), (y, b) = cloud(7, d, 3, zeros=2), cloud(6, d, 4, zeros=1)
    P = ExactPlans().coupling(x, a, y, b, 2)
    assert (P[:2] == 0).all()
    assert (P[:, :1] == 0).all()
    np.testing.assert_allclose(ExactPlans().coupling(x, 7 * a, y, 7 * b, 2), 7 * P, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("d", [1, 3])
def test_plan_and_cost_agree(d, order):
    (x, a), (y, b) = cloud(8, d, 5), cloud(11, d, 6)
    P = ExactPlans().coupling(x, a, y, b, order)
    assert (P * cost(x, y, order)).sum() == pytest.approx(wasserstein_cost(x, y, a, b, order), rel=1e-12)


def test_both_are_couplings():
    assert isinstance(ExactPlans(), Couplings)
    assert isinstance(SortedPlans(), Couplings)
    assert not isinstance(wasserstein_cost, Couplings)


ONE, TWO, HALF = np.zeros((2, 1)), np.zeros((2, 2)), np.array([0.5, 0.5])
REFUSED = {
    "the plane, sorted": (
        lambda: SortedPlans().coupling(TWO, HALF, TWO, HALF, 1),
        r"SortedPlans couple points of the line; got points in dimension 2\. Use ExactPlans\(\)",
    ),
    "order 3": (lambda: ExactPlans().coupling(TWO, HALF, TWO, HALF, 3), "order 1 or 2; got 3"),
    "order 0, sorted": (lambda: SortedPlans().coupling(ONE, HALF, ONE, HALF, 0), "order 1 or 2; got 0"),
    "order True": (lambda: SortedPlans().coupling(ONE, HALF, ONE, HALF, True), "order 1 or 2; got True"),
    "NaN on the line": (lambda: ExactPlans().coupling(ONE * np.nan, HALF, ONE, HALF, 1), "points of a plan are finite"),
    "NaN in the plane": (lambda: ExactPlans().coupling(TWO * np.nan, HALF, TWO, HALF, 1), "costs are finite"),
    "no mass": (lambda: SortedPlans().coupling(ONE, 0 * HALF, ONE, HALF, 1), "not all 0"),
    "negative mass": (lambda: ExactPlans().coupling(TWO, HALF - 1, TWO, HALF, 1), "nonnegative"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_coupling_is_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()
