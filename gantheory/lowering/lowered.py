"""A lowered expression: its values, its derivatives by SymPy, and what holds at 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from math import isinf
from typing import Any

import sympy as sp
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.lowering.hyperbolic import slope
from gantheory.lowering.logistic import stable
from gantheory.lowering.near_zero import limit_at_zero
from gantheory.lowering.repair import Repaired, repaired
from gantheory.lowering.tidy import tidy
from gantheory.lowering.walk import Evaluation, walk
from gantheory.symbolic import bessel_elementary


@dataclass(frozen=True)
class Lowered:
    """f(*tensors) for an expression; at_zero[k] is what the k-th derivative gives at 0, None where it is refused.

    order counts the derivatives already taken. valid says where value and first derivative are the expression's own.
    """

    expr: sp.Expr
    symbols: tuple[sp.Symbol, ...]
    at_zero: tuple[float | None, ...] = ()
    order: int = 0
    name: str = field(default="", compare=False)

    @cached_property
    def _evaluation(self) -> Evaluation:
        return walk(stable(bessel_elementary(self.expr)), self.symbols)

    @cached_property
    def guarded(self) -> bool:
        """One nonnegative symbol: 0 is treated by limits."""
        return len(self.symbols) == 1 and bool(self.symbols[0].is_nonnegative)

    @cached_property
    def formula(self) -> Repaired:
        """What is evaluated: for one nonnegative symbol mended where it loses digits."""
        return repaired(self.expr, self.symbols[0], self._evaluation) if self.guarded else Repaired(self._evaluation)

    @property
    def valid(self) -> sp.Set:
        """[0, ∞) where value and gradient have limits at 0, (0, ∞) where a pair at distance 0 contributes 0 instead.

        Less what neither the formula nor what mends it evaluates to 8 eps (1 + |r φ′/φ|): arguments there are refused.
        """
        if not self.guarded:
            return sp.S.Reals
        both = (self, self.derivative)
        own = [limit_at_zero(f.expr, self.symbols[0]) is not None for f in both]
        whole = sp.Interval(0, sp.oo) if all(own) else sp.Interval.open(0, sp.oo)
        return whole - sp.Union(*(interval for f in both for interval in f.lost))

    @cached_property
    def lost(self) -> tuple[sp.Interval, ...]:
        """Where no digits are promised, and a value is refused."""
        ends = ((sp.Rational(a), sp.oo if isinf(b) else sp.Rational(b)) for a, b in self.formula.lost)
        return tuple(sp.Interval.open(*pair) for pair in ends)

    @cached_property
    def derivative(self) -> Lowered:
        """d/ds of a function of one symbol."""
        (symbol,) = self.symbols
        rise = tidy(slope(bessel_elementary(self.expr), symbol))
        return Lowered(rise, self.symbols, self.at_zero[1:], self.order + 1, self.name or str(self.expr))

    @cached_property
    def _zero(self) -> float | None:
        """What stands at 0; None where that is refused."""
        if self.at_zero:
            return self.at_zero[0]
        limit = limit_at_zero(self.expr, self.symbols[0])
        return limit if limit is not None or self.order >= 2 else 0.0

    @cached_property
    def _regular(self) -> bool:
        """The formula itself gives its limit at 0: no mask is needed."""
        at_zero = self.formula((torch.zeros(1, dtype=torch.float64),))
        if not isinstance(at_zero, Tensor):
            return True
        return self._zero is not None and float(at_zero) == self._zero

    def floor(self, dtype: torch.dtype) -> float:
        """Below it an argument counts as 0: the formula, or a part of it, leaves the range of the dtype."""
        return _smallest(self, dtype)

    def raw(self, *values: Tensor) -> Tensor:
        """The formula with its value at 0, in plain torch operations without a derivative of its own."""
        return plain(self, values[0].dtype)(*values)

    def __call__(self, *values: Tensor) -> Tensor:
        """The value; differentiable, in one symbol by SymPy's derivatives."""
        for v in values:
            if v.dtype not in (torch.float32, torch.float64):
                raise Refusal("lowered expressions act on float32 or float64 tensors", v.dtype, "Convert with .double().")
        if not self.guarded:
            return self.raw(*values)
        if self._zero is None and not values[0].is_meta and bool((values[0] < self.floor(values[0].dtype)).any()):
            raise Refusal(
                f"derivative {self.order} of {self.name or self.expr} is taken away from 0, where it has no limit",
                "a pair at distance 0",
                "Use softening, or keep the points apart.",
            )
        if self.formula.lost and not values[0].is_meta:
            self._refuse_lost(values[0])
        return _Differentiable.apply(values[0], self)

    def _refuse_lost(self, s: Tensor) -> None:
        for lower, upper in self.formula.lost:
            if bool((inside := (s > lower) & (s < upper)).any()):
                raise Refusal(
                    f"{self.name or self.expr}{', derivative ' * bool(self.order)}{self.order or ''} keeps its digits "
                    f"outside ({lower:.3g}, {upper:.3g}) only",
                    f"the argument {float(s[inside][0]):.3g}",
                    "Write it so that nothing cancels there, or keep to other arguments.",
                )


@cache
def plain(lowered: Lowered, dtype: torch.dtype) -> Callable[..., Tensor]:
    """The formula with its value at 0 as one closure of torch calls, fit for tracing by a compiler."""
    evaluation = lowered.formula.evaluation

    def formula(*values: Tensor) -> Tensor:
        result = evaluation(values)
        return result if isinstance(result, Tensor) else torch.full_like(values[0], result)

    if not lowered.guarded or lowered._regular:
        return formula
    at_zero, floor = lowered._zero or 0.0, _smallest(lowered, dtype)

    def masked(s: Tensor) -> Tensor:
        zero = s < floor
        return torch.where(zero, at_zero, formula(torch.where(zero, 1.0, s)))

    return masked


@cache
def _smallest(lowered: Lowered, dtype: torch.dtype) -> float:
    """The least power of two from which on the formula stays finite; the least normal number where none below 10⁻² does."""
    tiny = torch.finfo(dtype).tiny
    trial = tiny * torch.pow(torch.tensor(2.0, dtype=torch.float64), torch.arange(0, 120 if dtype == torch.float32 else 1000))
    values = lowered.formula((trial.to(dtype),))
    bad = torch.nonzero(~torch.isfinite(torch.as_tensor(values)))
    return float(trial[int(bad.max()) + 1]) if len(bad) and int(bad.max()) + 1 < len(trial) else tiny


class _Differentiable(torch.autograd.Function):
    """A lowered function of one symbol whose backward is its SymPy derivative, itself differentiable."""

    generate_vmap_rule = True

    @staticmethod
    def forward(s: Tensor, lowered: Lowered) -> Tensor:
        result = lowered.raw(s)
        return s.view_as(s) if result is s else result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Lowered], output: Tensor) -> None:
        ctx.save_for_backward(inputs[0])
        ctx.lowered = inputs[1]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (s,) = ctx.saved_tensors
        return gradients[0] * ctx.lowered.derivative(s), None


def lower(expr: sp.Expr, *symbols: sp.Symbol, at_zero: tuple[float | None, ...] = ()) -> Lowered:
    """The expression as a function of tensors, one for each symbol.

    at_zero overrides, for one nonnegative symbol, what value and derivatives give at 0 (None refuses there).
    Raises Refusal for free symbols that are not arguments, and for functions that torch does not have.

    >>> from gantheory.symbolic import r
    >>> lower(r**2 * sp.log(r), r)(torch.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    expr = sp.sympify(expr, strict=True)
    if not symbols or expr.free_symbols - set(symbols):
        raise Refusal("lower needs every free symbol as an argument", f"{expr} with arguments {symbols}")
    lowered = Lowered(expr, tuple(symbols), at_zero)
    _ = lowered._evaluation  # unknown functions are refused now, not later
    return lowered
