"""Richardson extrapolation: exact for one power, Simpson from the trapezia, equivariant, an index that bounds the error."""

from math import inf, nan

import numpy as np
import pytest

from gantheory._errors import Refusal
from gantheory.claims import Order, Refinement

UNEVEN = (0.31, 0.2, 0.17, 0.09)
EVEN = tuple(0.3 / 2**k for k in range(5))
LIMIT, SLOPE = np.array([1.7, -0.4, 0.0]), np.array([0.8, 0.3, -1.1])


def refined(sizes, p, correction=0.0):
    return Refinement(sizes, [LIMIT + SLOPE * h**p * (1 + correction * h) for h in sizes])


@pytest.mark.parametrize("p", [0.5, 1, 2, 3.7, 6])
@pytest.mark.parametrize("sizes", [UNEVEN, EVEN], ids=["uneven", "even"])
def test_one_power_is_extrapolated_exactly(p, sizes):
    study = refined(sizes, p)
    found = study.extrapolation()
    assert found.order == pytest.approx(p, abs=1e-5)
    assert found.orders == pytest.approx((p,) * (len(sizes) - 2), abs=1e-5)
    assert np.abs(found.limit - LIMIT).max() <= 1e-9
    given = study.extrapolation(order=p)
    assert np.abs(given.limit - LIMIT).max() <= 1e-13
    error = np.abs(study.values[-1] - LIMIT)
    assert np.allclose(given.index, 1.25 * error, rtol=1e-3, atol=1e-15)
    assert study.study().slopes == pytest.approx((p,) * (len(sizes) - 2), abs=1e-4)
    assert study.study().errors[0] == pytest.approx(np.sqrt(np.mean(SLOPE**2)) * sizes[0] ** p, rel=1e-3)


def trapezia(n):
    return np.trapezoid(np.exp(np.linspace(0.2, 1.5, n + 1)), dx=1.3 / n)


def test_trapezia_extrapolate_to_simpson():
    """S(h) = (4 T(h) − T(2h))/3, an identity of quadrature."""
    n = 6
    values = np.exp(np.linspace(0.2, 1.5, 2 * n + 1))
    simpson = 1.3 / (6 * n) * (values[0] + 4 * values[1::2].sum() + 2 * values[2:-1:2].sum() + values[-1])
    found = Refinement((1 / n, 1 / (2 * n)), (trapezia(n), trapezia(2 * n))).extrapolation(order=2)
    assert float(found.limit) == pytest.approx(simpson, rel=1e-14)
    assert found.index == pytest.approx(3 * abs(trapezia(2 * n) - simpson), rel=1e-12)


def test_the_limit_converges_faster_than_the_values():
    exact, sizes = np.exp(1.5) - np.exp(0.2), tuple(1 / n for n in (4, 8, 16, 32, 64))
    values = [trapezia(n) for n in (4, 8, 16, 32, 64)]
    for k in (3, 4, 5):
        found = Refinement(sizes[:k], values[:k]).extrapolation()
        assert abs(found.limit - exact) <= 0.02 * abs(values[k - 1] - exact)
        assert abs(values[k - 1] - exact) <= found.index
    assert Order(inf).compare(Refinement(sizes, values).study(), 2).holds
    assert not Order(inf).compare(Refinement(sizes, values).study(), 4).holds


def test_an_assumed_order_above_the_observed_one_does_not_narrow_the_index():
    study = refined(EVEN, 2)
    assert (study.extrapolation(order=4).index >= 0.999 * study.extrapolation().index).all()
    assert np.abs(study.values[-1] - LIMIT).max() <= study.extrapolation(order=4).index.max()


def test_units_and_offset_go_through():
    a = refined(UNEVEN, 2, 0.3)
    b = Refinement(tuple(5 * h for h in UNEVEN), [-2 * v + 0.25 for v in a.values])
    one, two = a.extrapolation(), b.extrapolation()
    assert two.order == pytest.approx(one.order, abs=1e-9)
    assert np.allclose(two.limit, -2 * one.limit + 0.25, rtol=1e-9)
    assert np.allclose(two.index, 2 * one.index, rtol=1e-9)


def test_the_index_bounds_the_error_in_95_percent_of_known_cases():
    g = np.random.default_rng(6)
    held, refused = [], 0
    for _ in range(300):
        p, q, a = g.choice([1, 2, 3, 4]), g.choice([1, 2]), g.uniform(-0.3, 0.3)
        sizes = g.uniform(0.1, 0.5) / g.choice([2, 2, 1.5]) ** np.arange(g.integers(3, 6))
        c, f = g.normal(size=(2, 3))
        values = [f + c * h**p * (1 + a * (h / sizes[0]) ** q) for h in sizes]
        try:
            found = Refinement(tuple(sizes), values).extrapolation()
        except Refusal:  # the coarse changes do not fall yet
            refused += 1
            continue
        held.append(bool((np.abs(values[-1] - f) <= found.index).all()))
    assert refused <= 6
    assert np.mean(held) >= 0.95


REFUSED = {
    "one grid": (lambda: Refinement((0.1,), (1.0,)), "two or more sizes"),
    "counts": (lambda: Refinement((0.2, 0.1), (1.0, 2.0, 3.0)), r"shape \(3,\) for 2 sizes"),
    "empty": (lambda: Refinement((0.2, 0.1), ([], [])), "two or more sizes"),
    "NaN": (lambda: Refinement((0.2, 0.1), (1.0, nan)), "NaN or infinity at size 0.1"),
    "shapes": (lambda: Refinement((0.2, 0.1), ([1.0, 2.0], [3.0])), "arrays of one shape"),
    "complex": (lambda: Refinement((0.2, 0.1), (1.0, 1j)), "arrays of one shape"),
    "rising": (lambda: Refinement((0.1, 0.2), (1.0, 2.0)), "fall from level to level"),
    "two grids": (lambda: Refinement((0.2, 0.1), (1.0, 2.0)).extrapolation(), "Pass order="),
    "order": (lambda: Refinement((0.2, 0.1), (1.0, 2.0)).extrapolation(order=0), "number between 0 and 64; got 0"),
    "order NaN": (lambda: Refinement((0.2, 0.1), (1.0, 2.0)).extrapolation(order=nan), "number between 0"),
    "turn": (lambda: Refinement(EVEN[:3], (1.0, 2.0, 1.5)).extrapolation(), "a turn at sizes 0.3, 0.15, 0.075"),
    "growth": (lambda: Refinement(EVEN[:3], (1.0, 2.0, 3.5)).extrapolation(), "their changes fall"),
    "rounding": (lambda: Refinement(EVEN[:3], (1.0, 1.0 + 1e-15, 1.0 + 2e-15)).extrapolation(), "rounding only at size 0.15"),
    "rounding, order given": (lambda: Refinement((0.2, 0.1), (1.0, 1.0)).extrapolation(order=2), "rounding only"),
}


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_limit_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()
