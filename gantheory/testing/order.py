"""assert_order: an error falls with the expected slope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf
from typing import Any

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory.claims import Order, Standing, Study
from gantheory.claims.study import number
from gantheory.testing.figures import study_figure
from gantheory.testing.telling import FAILED, failure, level_table

LEAST = 4  # levels: three slopes, of which the last two count


def assert_order(
    error: Any,
    levels: Sequence[float] | None = None,
    expected: float | None = None,
    *,
    tolerance: float = 0.1,
    bound: float = inf,
    floor: float | None = None,
) -> None:
    """The rate of the study and its last two slopes are within the tolerance of `expected`, the last error is ≤ bound.

    error: a Study, or a function of the level. levels: sizes that decrease (spacings, steps), or counts ≥ 1 that increase,
    whose sizes are 1/count; four at least. expected: a slope, or infinity for spectral convergence. floor: the error that
    rounding leaves, where it is known. A study that tells no order fails, with the reason; so does an error that is 0, NaN or
    infinite. AssertionError holds the table of levels and the path of a figure.
    """
    __tracebackhide__ = FAILED
    if expected is None or not (is_real(expected) or expected == inf):
        raise Refusal("assert_order compares with an expected order, a number or infinity", repr(expected), "Pass expected=2.")
    if isinstance(error, Study) and (levels is not None or floor is not None):
        raise Refusal("a Study has its levels and its floor", "levels= or floor= beside it", "Leave them out.")
    judge = Order(bound, tolerance)  # refuses what is none, before anything is computed
    study = error if isinstance(error, Study) else _studied(error, None if levels is None else tuple(levels), floor)
    if len(study.sizes) < LEAST:
        raise Refusal(f"an order is read off at least {LEAST} levels", len(study.sizes), "Refine further.")
    outcome = judge.compare(study, expected)
    if not outcome.holds:
        doubt = ", and the study is inconclusive" if outcome.standing is Standing.UNDECIDED else ""
        says = f"the order should be {expected:g}{doubt}"
        raise AssertionError(failure(says, outcome, study_figure("order", study, float(expected), says)))


def sizes_of(levels: Sequence[float] | None) -> tuple[float, ...]:
    """The sizes of levels: themselves where they decrease, 1/level where they are counts ≥ 1 that increase."""
    need = "levels are positive sizes that decrease, or counts ≥ 1 that increase"
    values = tuple(levels) if levels is not None else ()
    if len(values) < LEAST or not all(is_real(v) and v > 0 for v in values):
        raise Refusal(f"{need}; at least {LEAST}", repr(levels), "Use levels=(0.1, 0.05, 0.025, 0.0125).")
    pairs = list(pairwise(values))
    if all(a > b for a, b in pairs):
        return tuple(map(float, values))
    if all(a < b for a, b in pairs) and values[0] >= 1:
        return tuple(1 / float(v) for v in values)
    raise Refusal(need, repr(levels), "Sort them from coarse to fine.")


def _studied(error: Callable[[float], float] | Any, levels: Sequence[float] | None, floor: float | None) -> Study:
    __tracebackhide__ = FAILED
    if not callable(error):
        raise Refusal("assert_order takes a Study, or a function level ↦ error with levels", type(error).__name__)
    sizes = sizes_of(levels)
    return measured(sizes, tuple(number(error(level)) for level in levels or ()), floor)


def measured(sizes: tuple[float, ...], errors: tuple[float, ...], floor: float | None = None) -> Study:
    """The Study; AssertionError where an error is 0, NaN or infinite, of which no order can be read."""
    __tracebackhide__ = FAILED
    bad = [e for e in errors if not 0 < e < inf]
    if bad:
        why = "the scheme is exact here: use a generic problem" if bad[0] == 0 else "the computation failed there"
        raise AssertionError(f"no order can be read off an error of {bad[0]}: {why}\n{level_table(sizes, errors)}")
    return Study(sizes, errors, floor)
