"""The verdict on an order: right codes hold, wrong ones never, and what tells nothing is undecided with its reason."""

from math import inf, nan

import numpy as np
import pytest

from benchmarks.known_studies import known_studies
from gantheory.claims import Convergence, Order, Standing, Study, verify
from gantheory.claims.claim import Claim, Step
from gantheory.claims.exact import Exact

H = tuple(0.3 / 2**k for k in range(6))


def verdict(error, expected, sizes=H, tolerance=0.1, bound=inf, floor=None):
    return Order(bound, tolerance).compare(Study(sizes, tuple(error(h) for h in sizes), floor), expected)


@pytest.mark.parametrize("p", [0.5, 1, 2, 4, 6])
@pytest.mark.parametrize("shift", [-1, -0.5, -0.25, -0.15, 0, 0.15, 0.25, 0.5, 1])
def test_an_order_is_told_from_its_neighbours(p, shift):
    outcome = verdict(lambda h: 2 * h**p * (1 + 0.1 * h), p + shift)
    assert outcome.standing is (Standing.FAILS if shift else Standing.HOLDS), outcome.detail


def test_wrong_codes_never_hold_and_right_ones_never_fail_where_a_verdict_is_due():
    for known in known_studies(3):
        found = Order(inf).compare(Study(known.sizes, known.errors), known.claimed)
        assert known.right or not found.holds, (known, found.detail)
        assert not (known.due is Standing.HOLDS and found.standing is Standing.FAILS), (known, found.detail)


@pytest.mark.parametrize("level", [1e-3, 1e-6, 1e-9])
def test_a_plateau_above_rounding_never_holds(level):
    for levels in (4, 5, 6, 8, 10):
        sizes = tuple(0.3 / 2**k for k in range(levels))
        outcome = verdict(lambda h: h**2 + level, 2, sizes)
        if sizes[-1] ** 2 < 4 * level:
            assert not outcome.holds, outcome.detail
        if sizes[-3] ** 2 < level / 10:
            assert outcome.standing is Standing.FAILS


def test_a_slope_beyond_the_tolerance_does_not_hold_though_its_band_reaches_back():
    tried = 0
    for known in known_studies(5):
        study = Study(known.sizes, known.errors)
        rate = study.rate()
        if known.family == "scatter" and rate.conclusive and rate.scattered and rate.half_width > 0.06:
            wrong = rate.slope + 0.15
            if max(abs(s - wrong) for s in study.slopes[-2:]) > 0.1:
                tried += 1
                assert not Order(inf).compare(study, wrong).holds
    assert tried >= 5


def test_two_slopes_near_the_order_do_not_hold_where_the_band_is_broad():
    outcome = Order(inf).compare(Study((0.2, 0.14, 0.1), (1.7646e-5, 4.3683e-6, 1.1467e-6)), 4)
    assert outcome.standing is Standing.UNDECIDED
    assert "slopes 3.914, 3.975" in outcome.detail


@pytest.mark.parametrize("ratio", [2**0.5, 2])
@pytest.mark.parametrize("ahead", [1.02, 1.05, 1.2, 2, 3])
def test_a_change_of_sign_ahead_is_neither_failure_nor_spectral(ratio, ahead):
    for levels in (4, 5, 6):
        sizes = tuple(0.4 / ratio**k for k in range(levels))
        zero = sizes[-1] / ahead
        for claimed in (2, inf):
            assert verdict(lambda h: h**2 * abs(1 - h / zero), claimed, sizes).standing is Standing.UNDECIDED  # noqa: B023


def test_what_tells_nothing_is_undecided_with_its_reason():
    hook = verdict(lambda h: h**2 * (1 + 2 * h**0.5), 2)
    assert hook.standing is Standing.UNDECIDED
    assert "inconclusive" in verdict(lambda h: h**2 * (1 + 20 * h), 2).detail
    floored = verdict(lambda h: h**9 * 1e-6 + 1e-16, 9)
    assert floored.standing is Standing.UNDECIDED
    assert "clear of the floor" in floored.detail
    few = verdict(lambda h: h**2, 2, H[:2])
    assert few.standing is Standing.UNDECIDED
    assert "only 2 levels" in few.detail


def test_the_slopes_judged_are_those_above_the_floor():
    noise = dict(zip(H, (0.2, -0.9, 1.4, 0.8, -1.2, 0.5), strict=True))
    outcome = verdict(lambda h: abs(h**6 + 2e-14 * noise[h] * (0.3 / h) ** 2), 6, bound=1e-9)
    assert outcome.holds, outcome.detail
    assert "floor" in outcome.detail
    last = outcome.left.rate().used[-1]
    assert last < 5
    assert ", ".join(f"{s:.3f}" for s in outcome.left.slopes[last - 2 : last]) in outcome.detail


def test_scatter_is_judged_by_the_band():
    g = np.random.default_rng(9)
    sizes = tuple(0.4 / 2**k for k in range(10))
    noisy = {h: h**2 * np.exp(0.12 * g.normal()) for h in sizes}
    study = Study(sizes, tuple(noisy.values()))
    assert max(abs(s - 2) for s in study.slopes[-2:]) > 0.1
    assert Order(inf).compare(study, 2).holds
    for name, left, wrong in Order(inf).faults(study, 2):
        assert not Order(inf).compare(left, wrong).holds, name


def test_the_bound_is_judged():
    assert verdict(lambda h: h**2, 2, bound=1e-3).holds
    assert verdict(lambda h: h**2, 2, bound=1e-9).standing is Standing.FAILS
    assert "> 1e-09" in verdict(lambda h: h**2, 2, bound=1e-9).detail
    assert not verdict(lambda h: h**2, nan).holds


def test_spectral_convergence_is_an_infinite_order():
    sizes = tuple(1 / n for n in (4, 8, 12, 16, 20))
    assert verdict(lambda h: np.exp(-1 / h), inf, sizes).holds
    assert verdict(lambda h: np.exp(-1 / h), inf, sizes, bound=1e-30).standing is Standing.FAILS
    for p in (2, 4, 8, 16):
        assert not verdict(lambda h: np.exp(-1 / h), p, sizes).holds
        assert verdict(lambda h: h**p, inf, sizes).standing is Standing.FAILS  # noqa: B023
    study = Study(sizes, tuple(np.exp(-1 / h) for h in sizes))
    tried = list(Order(inf).faults(study, inf))
    assert len(tried) == 4
    assert not any(Order(inf).compare(left, wrong).holds for _, left, wrong in tried)


def claim(witness):
    return Claim("c", "s", "e", "k", (Step("0 = 0", lambda: 0, lambda: 0, Exact()),), witness)


def test_a_convergence_measures_and_nan_cannot_pass():
    rate = Convergence(lambda h: 3 * h**2, H[:4], 2, 1.0, H[4:])
    assert rate.measure().used == (0, 1, 2, 3)
    assert rate.measure(full=True).used == (0, 1, 2, 3, 4, 5)
    assert rate.measure().slope == pytest.approx(2)
    assert verify(claim(rate)).holds
    broken = verify(claim(Convergence(lambda h: nan if h < 0.1 else h**2, H, 2, 1.0)))
    assert broken.standing is Standing.FAILS
    assert "nan" in broken.summary
    spectral = Convergence(lambda h: np.exp(-1 / h), tuple(1 / n for n in (4, 8, 12, 16)), inf, 1.0)
    assert verify(claim(spectral)).holds
    assert spectral.steps(False)[0].says == "faster than any power in grid spacing $h$"
    assert verify(claim(Convergence(lambda h: h**2 * (1 + 20 * h), H, 2, 1.0))).standing is Standing.UNDECIDED
    known = Convergence(lambda h: h**4 + 1e-6 * (h < 0.02), H, 4, 1.0, floor=1e-6)
    assert known.measure().floor is not None
