"""The measured rate: bands that hold the order, the asymptotic range and the floor found, laws of scale."""

from math import inf, nan, pi

import numpy as np
import pytest
from scipy import stats

from benchmarks.known_studies import ORDERS, known_studies
from gantheory._errors import Refusal
from gantheory.claims import Study
from gantheory.claims.ranges import Line
from gantheory.claims.rounding import Floor
from gantheory.plots import table_tex

H = tuple(0.3 / 2**k for k in range(7))


def study(error, sizes=H, **options):
    return Study(sizes, tuple(error(h) for h in sizes), **options)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_band_holds_the_order_in_95_percent_of_known_studies(seed):
    known = [(k, Study(k.sizes, k.errors).rate()) for k in known_studies(seed) if k.algebraic]
    told = [(k, rate) for k, rate in known if rate.conclusive]
    held = [rate.band[0] <= k.order <= rate.band[1] for k, rate in told]
    assert len(told) >= 0.75 * len(known)
    assert np.mean(held) >= 0.95
    assert np.median([rate.half_width for k, rate in told if len(k.sizes) >= 5]) <= 0.05
    for family in ("smooth", "rounding", "scatter", "small units", "lower order"):
        within = [h for h, (k, _) in zip(held, told, strict=True) if k.family == family]
        assert np.mean(within) >= 0.9, family


@pytest.mark.parametrize("p", ORDERS)
def test_a_power_is_found_and_all_levels_are_used(p):
    rate = study(lambda h: 3.7 * h**p).rate()
    assert rate.conclusive
    assert rate.slope == pytest.approx(p, abs=1e-9)
    assert rate.constant == pytest.approx(3.7, rel=1e-9)
    assert rate.used == tuple(range(7))
    assert rate.half_width <= 1e-6


def test_the_asymptotic_range_leaves_out_the_coarse_levels():
    rate = study(lambda h: h**2 * (1 + 300 * h**4)).rate()
    assert rate.conclusive
    assert rate.used[0] >= 2
    assert rate.used[-1] == 6
    assert rate.band[0] <= 2 <= rate.band[1]


def test_a_rate_does_not_depend_on_units():
    def error(h):
        return 0.4 * h**2 * (1 + 0.8 * h)

    a, b = study(error).rate(), Study(tuple(17 * h for h in H), tuple(1e-3 * error(h) for h in H)).rate()
    assert (b.slope, *b.band) == pytest.approx((a.slope, *a.band), abs=1e-9)
    assert (a.used, a.scattered) == (b.used, b.scattered)
    assert b.constant == pytest.approx(1e-3 * a.constant / 17**a.slope)


NOISE = (0.7, -1.3, 0.4, 1.1, -0.6, 0.9, -1.6)


def floored(level, growth=0, order=6):
    return Study(
        H, tuple(abs(0.5 * h**order * (1 + h) + level * z * (h / H[-1]) ** -growth) for h, z in zip(H, NOISE, strict=True))
    )


@pytest.mark.parametrize(("level", "growth"), [(2e-12, 0), (1e-13, 1), (3e-14, 0), (1e-14, 2)])
def test_the_floor_of_rounding_is_recognised_and_left_out(level, growth):
    study = floored(level, growth)
    rate = study.rate()
    assert rate.conclusive
    assert rate.floored == tuple(range(7 - len(rate.floored), 7))
    assert rate.floored
    assert not set(rate.used) & set(rate.floored)
    assert rate.band[0] <= 6 <= rate.band[1]
    assert 0.1 * level <= rate.floor <= 30 * level
    assert all(study.errors[i] >= 10 * rate.floor for i in rate.used)


def test_a_floored_study_tells_nothing():
    rate = floored(1e-12, order=12).rate()
    assert not rate.conclusive
    assert "clear of the floor" in rate.reason
    assert rate.used == ()


def test_a_large_floor_is_rounding_only_where_it_is_declared():
    guessed = floored(1e-5, order=4)
    assert not guessed.rate().conclusive or guessed.rate().slope < 3
    told = Study(guessed.sizes, guessed.errors, floor=1e-5).rate()
    assert told.conclusive or "clear of the floor" in told.reason
    assert told.floored == (3, 4, 5, 6) or len(told.floored) > 4
    fine = Study(H, tuple(h**2 + 1e-8 for h in H), floor=1e-8).rate()
    assert fine.conclusive
    assert fine.slope == pytest.approx(2, abs=0.01)
    assert fine.floored == ()


def test_a_floor_above_the_declared_one_is_seen():
    noisy = Study(H, tuple(h**4 + 4e-6 * abs(z) for h, z in zip(H, NOISE, strict=True)), floor=1e-6)
    assert noisy.rate().floor >= 2e-6
    assert all(noisy.errors[i] >= 2e-5 for i in noisy.rate().used)


def test_small_errors_that_fall_on_are_not_at_the_floor():
    rate = study(lambda h: 1e-15 * h**2 * abs(1 - 0.85 * (h / 0.3) ** 2)).rate()
    assert rate.floored == ()
    assert rate.conclusive
    assert rate.band[0] <= 2 <= rate.band[1]


def test_the_error_of_a_slope_is_students():
    g = np.random.default_rng(4)
    for n in (4, 7, 12):
        x, y = np.sort(g.normal(size=n)), g.normal(size=n)
        peer = stats.linregress(x, y)
        line = Line.through(x, y)
        assert line.coefficients == pytest.approx([peer.intercept, peer.slope])
        assert line.error() == pytest.approx(stats.t.ppf(0.9975, n - 2) * peer.stderr)
    alone = Line.through(x[:3], y[:3])
    assert alone.error() == pytest.approx(stats.t.ppf(0.975, 1) * stats.linregress(x[:3], y[:3]).stderr)
    assert alone.error(chosen=True) == pytest.approx(stats.t.ppf(0.9975, 1) * stats.linregress(x[:3], y[:3]).stderr)


def test_rounding_moves_a_slope_by_as_much_as_the_floor_says():
    g, e = np.random.default_rng(5), np.array(H) ** 3
    x, level = np.log(H), 1e-3 * e[-1]
    slopes = [np.polyfit(x, np.log(e + level * g.normal(size=7)), 1)[0] for _ in range(2000)]
    assert Floor(7, 7, level).drift(x, e) == pytest.approx(2 * np.std(slopes), rel=0.1)


def test_faster_than_any_power():
    sizes = tuple(1 / n for n in (4, 8, 12, 16, 20))
    rate = study(lambda h: 0.3 * np.exp(-1.1 / h), sizes).rate()
    assert not rate.conclusive
    assert rate.exponential == pytest.approx(1.1, rel=1e-6)
    assert "faster than any power" in rate.reason
    counts = (4, 8, 12, 16, 20, 24, 28, 32)
    rounding = dict(zip(counts, (0, 0, 0, 0, 0, 0.9e-12, 1.2e-12, 0.6e-12), strict=True))
    rate = study(lambda h: 0.3 * np.exp(-1.1 / h) + rounding[round(1 / h)], tuple(1 / n for n in counts)).rate()
    assert rate.exponential == pytest.approx(1.1, rel=0.1)
    assert rate.floored
    assert study(lambda h: h**2 * (1 + 5 * h)).rate().exponential is None
    assert study(lambda h: h**2 * (1 - 0.8 * h)).rate().exponential is None
    assert study(lambda h: h**2 * (1 - 2 * h), (0.3, 0.25, 0.2, 0.17, 0.14)).rate().exponential is None
    for b in (-2, -1, 0.5, 1):
        assert study(lambda h: h**b * np.exp(-0.7 / h), sizes).rate().exponential == pytest.approx(0.7, rel=1e-6)  # noqa: B023


def test_no_algebraic_study_is_taken_for_a_spectral_one():
    for seed in (6, 7):
        for known in known_studies(seed):
            exponential = Study(known.sizes, known.errors).rate().exponential
            assert exponential is None or known.family == "spectral", known
    assert study(lambda h: np.exp(1 / h - 10)).rate().exponential is None


def test_a_drift_that_does_not_die_out_is_inconclusive():
    rate = study(lambda h: h**2 + 0.02 * h).rate()
    assert not rate.conclusive
    assert "not settled" in rate.reason
    scattered = Study(H, tuple(h * s for h, s in zip(H, (1, 3, 0.4, 2, 0.5, 3, 0.3), strict=True))).rate()
    assert "scatter" in scattered.reason
    assert "only 2 levels" in Study((0.2, 0.1), (0.2, 0.1)).rate().reason
    assert "only 1 level," in Study((0.2,), (0.2,)).rate().reason


def test_refinement_need_not_be_by_two():
    sizes = (0.31, 0.2, 0.17, 0.09, 0.05)
    rate = study(lambda h: 2 * h**3 * (1 - 0.3 * h**2), sizes).rate()
    assert rate.band[0] <= 3 <= rate.band[1]
    assert rate.half_width <= 0.05


def test_rows_say_which_levels_are_in_the_fit():
    rows = floored(1e-12).fitted_rows()
    rate = floored(1e-12).rate()
    assert [row[:3] for row in rows] == floored(1e-12).rows()
    assert [i for i, row in enumerate(rows) if row[3] == "yes"] == list(rate.used)
    assert [i for i, row in enumerate(rows) if row[3] == "rounding"] == list(rate.floored)
    assert rate.floored
    assert study(lambda h: h**2 * (1 + 300 * h**4)).fitted_rows()[0][3] == "no"
    table = table_tex(rows, ["$h$", "error", "observed order", "in the fit"])
    assert table.count("& yes") == len(rate.used)


def test_a_rate_is_told_in_words():
    assert study(lambda h: h**2).rate().words == "observed order 2.000 (95 %: 2.000 to 2.000)"
    assert "no order: only 2 levels" in Study((0.2, 0.1), (0.2, 0.1)).rate().words
    sizes = tuple(1 / n for n in (4, 8, 12, 16, 20))
    assert study(lambda h: np.exp(-0.5 / h), sizes).rate().words == "faster than any power, like exp(−0.5/h)"


REFUSED = {
    "NaN": (lambda: Study((0.2, 0.1), (0.1, nan)), "positive finite errors; got error nan at size 0.1"),
    "infinite": (lambda: Study((0.2, 0.1), (inf, 0.1)), "error inf at size 0.2"),
    "negative": (lambda: Study((0.2, 0.1), (0.1, -0.1)), "error -0.1 at size 0.1"),
    "zero": (lambda: Study((0.2, 0.1), (0.1, 0.0)), "exactly 0 has no order"),
    "rising sizes": (lambda: Study((0.1, 0.2), (0.1, 0.2)), "fall from level to level"),
    "equal sizes": (lambda: Study((0.1, 0.1), (0.1, 0.2)), "Sort the levels"),
    "size zero": (lambda: Study((0.1, 0.0), (0.1, 0.2)), "sizes of a study are positive"),
    "size NaN": (lambda: Study((nan, 0.1), (0.1, 0.2)), "sizes of a study are positive"),
    "lengths": (lambda: Study((0.2, 0.1), (0.1,)), "1 errors for 2 sizes"),
    "empty": (lambda: Study((), ()), "sizes of a study"),
    "words": (lambda: Study((0.2, 0.1), ("a", 0.1)), "real numbers; got 'a'"),
    "complex": (lambda: Study((0.2, 0.1), (0.1, 1j * pi)), "real numbers"),
    "floor": (lambda: Study((0.2, 0.1), (0.1, 0.2), floor=0.0), "floor of a study"),
    "floor NaN": (lambda: Study((0.2, 0.1), (0.1, 0.2), floor=nan), "floor of a study"),
}


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_study_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()
