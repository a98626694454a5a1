"""assert_agree: two routes give the same values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp
from torch import Tensor

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory.claims import Outcome, Rivals, Standing
from gantheory.lowering import lower
from gantheory.symbolic import coordinates
from gantheory.testing.figures import drawn
from gantheory.testing.points import points_of, quasi_random
from gantheory.testing.telling import FAILED, failure

COUNT = 997  # points where none are given
Gauge = Callable[[np.ndarray], np.ndarray] | Sequence[sp.Expr]


def assert_agree(left: Any, right: Any, *, points: Tensor | None = None, gauge: Gauge | Any = (), digits: float = 6.0) -> float:
    """max|g(left) − g(right)| ≤ 10^{−digits} max|g(right)|; returns the digits to which they agree.

    left, right: two Fields, compared at the points (by default inside the box of a grid that one of them has), or two arrays
    of one shape. gauge g: a function of the values; or a null space, expressions in the coordinates whose span is taken out of
    left − right by least squares, as of `equation.null_space(domain)`. AssertionError holds both sides and a figure's path.
    """
    __tracebackhide__ = FAILED
    if not is_real(digits) or digits <= 0:
        raise Refusal("assert_agree asks for a positive number of digits", repr(digits))
    x = _points(left, right, points)
    a, b = _values(left, x), _values(right, x)
    if a.shape != b.shape or not a.size:
        raise Refusal("two sides that agree have one shape, and are not empty", f"{a.shape} and {b.shape}")
    if not callable(gauge):
        if not isinstance(gauge, Sequence) or not all(isinstance(f, sp.Expr) for f in gauge):
            need = "a gauge is a function of the values, or a null space: expressions in the coordinates"
            raise Refusal(need, repr(gauge), "Use equation.null_space(domain).")
        a = moved(a, b, tuple(gauge), x)
    outcome = _compared(a, b, digits, gauge if callable(gauge) else np.asarray)
    if not outcome.holds:
        says = f"two sides should agree to {digits:g} digits"
        raise AssertionError(failure(says, outcome, drawn("agree", outcome.left, outcome.right, says)))
    return float(outcome.digits or 0.0)


def moved(left: np.ndarray, right: np.ndarray, null_space: Sequence[sp.Expr], x: Tensor | None) -> np.ndarray:
    """left without the part of left − right in the span of the null space, at the points x, by least squares."""
    if not null_space:
        return left
    if x is None:
        raise Refusal("a null space is taken out at points", "arrays", "Pass points=, or a function of the values as gauge=.")
    basis = np.stack([lower(f, *coordinates(x.shape[1]))(*x.T).numpy() for f in null_space], 1)
    part, *_ = np.linalg.lstsq(basis, left - right, rcond=None)
    return left - basis @ part


def _compared(left: np.ndarray, right: np.ndarray, digits: float, gauge: Callable[[np.ndarray], np.ndarray]) -> Outcome:
    bad = [name for name, v in (("left", left), ("right", right)) if not np.isfinite(v).all()]
    if bad:
        return Outcome(Standing.FAILS, f"the {' and the '.join(bad)} side holds NaN or infinity", left, right)
    return Rivals(10.0**-digits, gauge).compare(left, right)


def _points(left: Any, right: Any, points: Tensor | None) -> Tensor | None:
    if points is not None:
        return points_of(points, "the points of assert_agree")
    if not (callable(left) or callable(right)):
        return None
    grids = [side.grid for side in (left, right) if hasattr(getattr(side, "grid", None), "lower")]
    if not grids:
        raise Refusal("two fields are compared at points", "points=None", "Pass points=, a float64 tensor of shape (n, d).")
    return quasi_random(grids[0].lower, grids[0].upper, COUNT)


def _values(side: Any, x: Tensor | None) -> np.ndarray:
    value = side(x) if callable(side) else side
    if isinstance(value, Tensor):
        value = value.detach().cpu().numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise Refusal("sides that are compared are real numbers", f"{array.dtype} of {type(side).__name__}")
    return np.atleast_1d(array.astype(float))
