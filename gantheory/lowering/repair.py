"""Formulas that lose digits, mended: by an equivalent form, by pieces fitted at many digits, or given up there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from math import inf, sqrt
from typing import Any

import sympy as sp
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.lowering.digits import ALLOWED, VISIBLE, arguments, errors, intervals, worst
from gantheory.lowering.exact import Exact, exact, has_logarithm
from gantheory.lowering.fit import fitted
from gantheory.lowering.forms import forms
from gantheory.lowering.piece import Piece
from gantheory.lowering.walk import Evaluation, walk

ENDS = 5  # intervals from 0 or to ∞ are given up after so many that were eight times longer
NARROW = 1.3  # and others where their ends have this ratio
BEYOND = (2, 7, 60, 500, 7000)  # times farther than digits were seen to be lost
NEAR, AMONG, FAR = (1e-10, 1e-13), (0.0137, 0.31, 1.73, 9.1, 61.0), (1e5, 1e7)
INSIDE = (1e-12, 1e-7, 1e-3, 0.03, 0.17, 0.41, 0.67, 0.83, 0.97)  # of the length of an interval


@dataclass(frozen=True, eq=False)
class Repaired:
    """A formula, the pieces that stand for it where it loses digits, and the intervals where nothing keeps them."""

    formula: Evaluation
    pieces: tuple[Form | Piece, ...] = ()
    lost: tuple[tuple[float, float], ...] = ()

    @cached_property
    def evaluation(self) -> Evaluation:
        """The formula and its pieces as one closure."""
        if not self.pieces:
            return self.formula
        formula = self.formula
        parts = [(p.lower, p.upper, p.upper if p.upper < inf else p.lower, p.formula) for p in self.pieces]

        def value(values: tuple[Tensor, ...]) -> Tensor:
            (s,) = values
            inside = [(s >= lower) & (s <= upper) for lower, upper, _, _ in parts]
            result = formula((torch.where(reduce(torch.logical_or, inside), 1.0, s),))
            result = result if isinstance(result, Tensor) else torch.full_like(s, result)
            for here, (_, _, anchor, part) in zip(inside, parts, strict=True):
                result = torch.where(here, part(torch.where(here, s, anchor)), result)
            return result

        return value

    def __call__(self, values: tuple[Tensor, ...]) -> Any:
        """The value; a number where the formula is one."""
        return self.evaluation(values)


@dataclass(frozen=True, eq=False)
class Form:
    """An equivalent formula on [lower, upper]."""

    lower: float
    upper: float
    own: Evaluation
    lost: Tensor

    def formula(self, r: Tensor) -> Tensor:
        """The value."""
        result = self.own((r,))
        return result if isinstance(result, Tensor) else torch.full_like(r, result)

    def keeps(self, lower: float, upper: float) -> bool:
        """No digits are lost in the interval, at arguments()."""
        x = arguments()
        return not bool((self.lost[(x >= lower) & (x <= upper)] > ALLOWED).any())


def repaired(expr: sp.Expr, symbol: sp.Symbol, own: Evaluation) -> Repaired:
    """The formula where it keeps its digits; else an equivalent form, or pieces fitted to expr at many digits."""
    lost = errors(own)
    if not intervals(lost):
        return Repaired(own)
    others = []
    for form in forms(expr, symbol):
        with suppress(Refusal):  # log(ab) = log a + log b is not real for negative ones
            evaluation = walk(form, (symbol,))
            others.append(Form(0.0, inf, evaluation, errors(evaluation)))
    return _Cover(own, lost, exact(expr, symbol), has_logarithm(expr, symbol), others).whole()


@dataclass(frozen=True, eq=False)
class _Cover:
    """What stands for a formula where it loses digits."""

    own: Evaluation
    bad: Tensor
    value: Exact
    logarithmic: bool
    forms: list[Form]
    pieces: list[Form | Piece] = field(default_factory=list)
    lost: list[tuple[float, float]] = field(default_factory=list)

    def whole(self) -> Repaired:
        """Forms that keep their digits everywhere first."""
        for form in self.forms:
            if not intervals(form.lost) and self._has_digits(form.formula, [*NEAR, *AMONG, *FAR]):
                return Repaired(form.own)
        found = intervals(self.bad)
        for k, (lower, upper) in enumerate(found):
            below = [lower / x for x in BEYOND] + [*NEAR] if k == 0 else []
            above = [upper * x for x in BEYOND] + [*FAR] if k == len(found) - 1 else []
            start = 0.0 if worst(self._own, self.value, below) > VISIBLE else lower
            end = inf if worst(self._own, self.value, above) > VISIBLE else upper
            self._interval(start, end, 0)
        return Repaired(self.own, tuple(self.pieces), _joined(self.lost))

    def _interval(self, lower: float, upper: float, depth: int) -> None:
        if 0 < lower < upper < inf and not self._loses(lower, upper, VISIBLE):
            return
        piece = self._piece(lower, upper)
        if piece is not None:
            self.pieces.append(piece)
        elif (upper < NARROW * lower) if 0 < lower < upper < inf else depth == ENDS:
            if self._loses(lower, upper, ALLOWED) or worst(self._own, self.value, _inside(lower, upper)) > ALLOWED:
                self.lost.append((lower, upper))
        else:
            middle, deeper = self._middle(lower, upper), depth + (lower > 0 or upper < inf)
            self._interval(lower, middle, deeper)
            self._interval(middle, upper, deeper)

    def _loses(self, lower: float, upper: float, most: float) -> bool:
        """The formula was seen to lose more in the interval."""
        x = arguments()
        return bool((self.bad[(x >= lower) & (x <= upper)] > most).any())

    def _middle(self, lower: float, upper: float) -> float:
        """Where to part an interval."""
        if lower == 0 and upper == inf:
            marked = arguments()[self.bad > ALLOWED]
            return sqrt(float(marked[0] * marked[-1]))
        return upper / 8 if lower == 0 else lower * 8 if upper == inf else sqrt(lower * upper)

    def _piece(self, lower: float, upper: float) -> Form | Piece | None:
        """The first form, or else the fit, that has its digits in both precisions."""
        at = _inside(lower, upper)
        candidates = [replace(form, lower=lower, upper=upper) for form in self.forms if form.keeps(lower, upper)]
        for form in candidates:
            if self._has_digits(form.formula, at):
                return form
        fit = fitted(self.value, self.logarithmic, lower, upper)
        return fit if fit is not None and self._has_digits(fit.formula, at) else None

    def _has_digits(self, piece: Callable[[Tensor], Tensor], at: list[float]) -> bool:
        return all(worst(piece, self.value, at, dtype) <= ALLOWED for dtype in (torch.float64, torch.float32))

    def _own(self, r: Tensor) -> Tensor:
        return torch.as_tensor(self.own((r,))).expand(r.shape)


def _joined(found: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Intervals in order, those that touch as one."""
    result: list[tuple[float, float]] = []
    for lower, upper in sorted(found):
        touching = result and lower <= result[-1][1]
        result[-1:] = [(result[-1][0], max(upper, result[-1][1]))] if touching else [*result[-1:], (lower, upper)]
    return tuple(result)


def _inside(lower: float, upper: float) -> list[float]:
    if upper == inf:
        return [lower / x for x in INSIDE[2:]]
    return [lower + (upper - lower) * x for x in INSIDE]
