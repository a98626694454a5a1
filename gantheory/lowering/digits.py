"""How many digits a formula keeps: its error over eps (|φ| + |r φ′|)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import inf, isfinite
from typing import Any

import mpmath
import torch
from torch import Tensor

from gantheory.lowering.exact import DIGITS, Exact
from gantheory.lowering.fit import NUMERIC
from gantheory.lowering.walk import Evaluation

OCTAVES = (-27, 14)  # below 2⁻²⁷ float32 and float64 alike see no more of 1 + r
PER_OCTAVE = 8
ALLOWED = 5.0  # of the 8 that are promised: the worst argument is not among those tried
VISIBLE, WIDER = 2.5, 3  # such errors beside larger ones belong to them, and some that luck has hidden
STEP = 2.0**-20  # relative, of the difference that stands for r φ′
GAP = 4 * PER_OCTAVE  # a shorter run of arguments without an error is luck
SETTLED = 1e-20  # relative, of what is taken for exact
TINY, HUGE = 2.0**24 * torch.finfo(torch.float32).tiny, torch.finfo(torch.float32).max


def arguments() -> Tensor:
    """Eight of float32 in every octave, at no regular places."""
    k = torch.arange(PER_OCTAVE * OCTAVES[0], PER_OCTAVE * OCTAVES[1] + 1, dtype=torch.float64, device="cpu")
    return (2 ** (k / PER_OCTAVE) * (1 + 0.1 * torch.sin(k * k))).float()


def errors(evaluation: Evaluation) -> Tensor:
    """What float32 loses against float64 at arguments(); NaN where the two cannot be compared.

    Cancellation multiplies either roundoff by the same factor, so that this tells of float64 too.
    """
    x = arguments()
    below, exact, above = (_values(evaluation, x.double() * c) for c in (1 - STEP, 1.0, 1 + STEP))
    found = _values(evaluation, x).double()
    scale = exact.abs() + (above - below).abs() / (2 * STEP)
    comparable = (exact.abs() > TINY) & (exact.abs() < HUGE)
    lost = torch.where(found.isfinite(), (found - exact).abs() / (torch.finfo(torch.float32).eps * scale), torch.inf)
    return torch.where(comparable, lost, torch.nan)


def intervals(lost: Tensor) -> list[tuple[float, float]]:
    """Where errors() exceed what is allowed, as far as they are VISIBLE and WIDER; what cannot be compared is filled."""
    x, visible = arguments().tolist(), torch.nonzero(lost > VISIBLE)[:, 0].tolist()
    known = (~lost.isnan()).long().cumsum(0).tolist()
    cuts = [k + 1 for k, (i, j) in enumerate(pairwise(visible)) if known[j] - known[i] > GAP]
    runs = [visible[i:j] for i, j in pairwise([0, *cuts, len(visible)])]
    return [(x[run[0]] / WIDER, x[run[-1]] * WIDER) for run in runs if len(run) > 1 and bool((lost[run] > ALLOWED).any())]


def worst(evaluation: Callable[[Tensor], Tensor], value: Exact, at: list[float], dtype: torch.dtype = torch.float64) -> float:
    """max |found − exact| / eps (|φ| + |r φ′|); ∞ for what is not finite, 0 out of the dtype's range."""
    x = torch.tensor(at, dtype=dtype, device="cpu")
    limits, eps = torch.finfo(dtype), torch.finfo(dtype).eps
    result = 0.0
    with mpmath.workdps(DIGITS):
        for point, found in zip(x.tolist(), evaluation(x).tolist(), strict=True):
            number = mpmath.mpf(point)
            try:
                exact, rise, rough = value(number, 0), _rise(value, number), _rough(value, number)
            except NUMERIC:
                continue
            known = isinstance(exact, mpmath.mpf) and abs(exact - rough) <= SETTLED * abs(exact)
            if known and 2**24 * limits.tiny < abs(exact) < limits.max:
                error = float(abs(found - exact) / (eps * (abs(exact) + abs(rise)))) if isfinite(found) else inf
                result = max(result, error)
    return result


def _rise(value: Exact, number: Any) -> Any:
    step = mpmath.mpf(10) ** (-DIGITS // 4)
    return (value(number * (1 + step), 0) - value(number * (1 - step), 0)) / (2 * step)


def _rough(value: Exact, number: Any) -> Any:
    """With fewer digits: where that differs, more than DIGITS cancel."""
    with mpmath.workdps(DIGITS - 30):
        return value(number, 0)


def _values(evaluation: Evaluation, x: Tensor) -> Tensor:
    result = evaluation((x,))
    return result if isinstance(result, Tensor) else torch.full_like(x, result)
