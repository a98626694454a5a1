"""assert_order: an error falls with the expected slope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory.claims import Order, Study
from gantheory.testing.figures import study_figure
from gantheory.testing.telling import FAILED, failure, level_table

LEAST = 4  # levels: three slopes, of which the last two count


def assert_order(
    error: Any,
    levels: Sequence[float] | None = None,
    expected: float | None = None,
    *,
    tolerance: float = 0.1,
    bound: float = float("inf"),
) -> None:
    """The last two slopes of log error over log size are within the tolerance of `expected`, the last error ≤ bound.

    error: a Study, or a function of the level. levels: sizes that decrease (spacings, steps), or counts ≥ 1 that increase,
    whose sizes are 1/count; four at least. An error that is 0, NaN or infinite is a failure, never a pass. AssertionError
    holds the table of levels and the path of a figure.
    """
    __tracebackhide__ = FAILED
    if expected is None or not is_real(expected):
        raise Refusal("assert_order compares with an expected order, a finite number", repr(expected), "Pass expected=2.")
    study = error if isinstance(error, Study) else _studied(error, levels)
    if isinstance(error, Study) and levels is not None:
        raise Refusal("a Study has its levels", "levels= beside it", "Leave levels= out.")
    if len(study.sizes) < LEAST:
        raise Refusal(f"an order is read off at least {LEAST} levels", len(study.sizes), "Refine further.")
    outcome = Order(bound, tolerance).compare(study, expected)
    if not outcome.holds:
        says = f"the order should be {expected:g}"
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


def _studied(error: Callable[[float], float] | Any, levels: Sequence[float] | None) -> Study:
    __tracebackhide__ = FAILED
    if not callable(error):
        raise Refusal("assert_order takes a Study, or a function level ↦ error with levels", type(error).__name__)
    sizes = sizes_of(levels)
    errors = tuple(float(error(level)) for level in levels or ())
    return measured(sizes, errors)


def measured(sizes: tuple[float, ...], errors: tuple[float, ...]) -> Study:
    """The Study; AssertionError where an error is 0, NaN or infinite, of which no order can be read."""
    __tracebackhide__ = FAILED
    bad = [e for e in errors if not 0 < e < float("inf")]
    if bad:
        why = "the scheme is exact here: use a generic problem" if bad[0] == 0 else "the computation failed there"
        raise AssertionError(f"no order can be read off an error of {bad[0]}: {why}\n{level_table(sizes, errors)}")
    return Study(sizes, errors)
