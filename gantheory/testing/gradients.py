"""assert_gradient: a closed gradient is the derivative of its field."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory._types import Field, gradient
from gantheory.testing.figures import sides_figure
from gantheory.testing.points import points_of
from gantheory.testing.telling import FAILED, both, level_table

LEVELS = 9  # steps, each half of the one before
ROUNDOFF = 100.0  # times eps · max|D| / step: what a central difference of rounded values may be off by


def assert_gradient(D: Field | Any, x: Float[Tensor, "n d"], *, step: float = 0.1) -> float:
    """D.gradient(x) (autograd's where D has none) is what central differences tend to, with order 2; returns the digits.

    The differences at steps h, h/2, …, h/2⁸ are extrapolated (Richardson), and the extrapolated value may differ from the
    gradient by its own uncertainty only: the change of the last extrapolation, and roundoff 100 eps max|D|/h. The errors
    themselves must fall with a slope ≥ 1.9 until roundoff. D is evaluated at distance ≤ `step` from x along the axes.
    """
    __tracebackhide__ = FAILED
    if not is_real(step) or step <= 0:
        raise Refusal("the step of assert_gradient is a positive number", repr(step))
    points = points_of(x, "the points of assert_gradient")
    if not callable(D):
        raise Refusal("assert_gradient takes a Field, from points (n, d) to n values", repr(D))
    closed = gradient(D, points).detach()
    if closed.shape != points.shape:
        raise AssertionError(f"the gradient at points {tuple(points.shape)} has shape {tuple(closed.shape)}")
    steps = [step / 2**k for k in range(LEVELS)]
    rows = [_central(lambda z: D(z).detach(), points, h) for h in steps]
    values = D(points).detach()
    if not all(bool(v.isfinite().all()) for v in (closed, values, *rows)):
        raise AssertionError("the field, its gradient and its central differences should be finite\n" + both(closed, rows[-1]))
    scale = max(float(closed.abs().max()), max(float(r.abs().max()) for r in rows)) or 1.0
    errors = [float((r - closed).abs().max()) for r in rows]
    noise = [ROUNDOFF * float(np.finfo(float).eps) * float(values.abs().max()) / h for h in steps]
    best, uncertain = _extrapolated(rows, noise)
    gap = (best - closed).abs()
    excess = torch.nan_to_num(gap - uncertain, nan=float("inf"))
    table = level_table(steps, errors)
    if not bool((excess <= 0).all()):
        says = "the gradient should be what central differences tend to"
        where = divmod(int(excess.argmax()), points.shape[1])
        reason = f"differs by {float(gap[where]):.3g} at point {points[where[0]].tolist()} along axis {where[1]}"
        figure = sides_figure("gradient", closed.numpy().ravel(), best.numpy().ravel(), says)
        sides = both(closed.numpy(), best.numpy())
        raise AssertionError(f"{says}\n{sides}\n  {reason}\n{table}\n  figure {figure}")
    _of_order_two(steps, errors, noise, table)
    worst = float(gap.max()) / scale
    return float(-np.log10(worst)) if worst > 0 else 16.0


def _of_order_two(steps: list[float], errors: list[float], noise: list[float], table: str) -> None:
    __tracebackhide__ = FAILED
    above = [(h, e) for h, e, n in zip(steps, errors, noise, strict=True) if e > 10 * n]
    slopes = [float(np.log2(e / f)) for (_, e), (_, f) in pairwise(above)]
    if any(not s >= 1.9 for s in slopes[-2:]):
        raise AssertionError(f"central differences should tend to the gradient with order 2: is D smooth there?\n{table}")


def _central(f: Callable[[Tensor], Tensor], x: Tensor, h: float) -> Tensor:
    """(f(x + h e_k) − f(x − h e_k)) / 2h for each axis."""
    shifts = h * torch.eye(x.shape[1], dtype=x.dtype)
    return torch.stack([(f(x + s) - f(x - s)) / (2 * h) for s in shifts], 1)


def _extrapolated(rows: list[Tensor], noise: list[float]) -> tuple[Tensor, Tensor]:
    """The entry of Richardson's table (in h²) of least uncertainty, and that uncertainty, at each point and axis."""
    table = [rows[0]]
    best, least = rows[0], torch.full_like(rows[0], float("inf"))
    for k, row in enumerate(rows[1:], start=1):
        fresh = [row]
        for j, old in enumerate(table, start=1):
            fresh.append(fresh[-1] + (fresh[-1] - old) / (4**j - 1))
            change = torch.maximum((fresh[-1] - fresh[-2]).abs(), (fresh[-1] - old).abs()) + noise[k]
            better = change < least
            best, least = torch.where(better, fresh[-1], best), torch.where(better, change, least)
        table = fresh
    return best, least
