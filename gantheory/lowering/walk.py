"""A SymPy expression as a closure of torch calls: walked once, no text is ever run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import factorial, isfinite
from typing import Any, TypeAlias

import sympy as sp
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.lowering.bessel import bessel_k, bessel_values
from gantheory.lowering.forms import Expm1
from gantheory.lowering.logistic import Sigmoid, Softplus

Evaluation: TypeAlias = Callable[[tuple[Tensor, ...]], Any]


def _bessel(order: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Callable[[Any], Any]:
    """K_ν with its own derivative; bare where a Lowered supplies the derivative, so that a compiler can trace K₀ and K₁."""
    if not (order.is_number and order.is_real):
        raise Refusal("Bessel K is lowered at real orders that are numbers", f"K_{order}")
    index = abs(float(order))
    bare = index in (0, 1) and len(symbols) == 1 and bool(symbols[0].is_nonnegative)
    return partial(bessel_values if bare else bessel_k, index)


def _polygamma(order: int) -> Callable[[Any], Any]:
    """ψ⁽ᵏ⁾(z) = (−1)^{k+1} k! ζ(k+1, z): torch.polygamma(1, ·) keeps 9 digits only."""
    if order == 0:
        return torch.digamma
    return lambda z: (-1) ** (order + 1) * factorial(order) * torch.special.zeta(order + 1.0, z)


UNARY: dict[Any, Callable[[Any], Any]] = {
    sp.exp: torch.exp, sp.log: torch.log, sp.Abs: torch.abs, sp.sign: torch.sign, sp.erf: torch.erf, sp.erfc: torch.erfc,
    sp.sin: torch.sin, sp.cos: torch.cos, sp.tan: torch.tan, sp.sinh: torch.sinh, sp.cosh: torch.cosh, sp.tanh: torch.tanh,
    sp.asin: torch.asin, sp.acos: torch.acos, sp.atan: torch.atan, sp.loggamma: torch.lgamma,
    sp.Heaviside: lambda z: (torch.sign(z) + 1) / 2,  # torch.heaviside has no derivative
    Softplus: lambda z: -torch.nn.functional.logsigmoid(-z), Sigmoid: torch.sigmoid, Expm1: torch.expm1,
    sp.DiracDelta: torch.zeros_like,  # derivatives of kinks hold almost everywhere, as in autograd
}  # fmt: skip


def walk(expr: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Evaluation:
    """The expression as a closure; numbers are folded to Python floats of 17 digits first."""
    if not expr.free_symbols:
        number = sp.N(expr, 17)
        if not (number.is_real and isfinite(float(number))):
            raise Refusal("constants of a lowered expression are real and finite", expr)
        value = float(number)
        return lambda values: value
    if expr.is_Symbol:
        place = symbols.index(expr)
        return lambda values: values[place]
    if expr.func is sp.besselk:
        call, inner = _bessel(expr.args[0], symbols), walk(expr.args[1], symbols)
        return lambda values: call(inner(values))
    if expr.func is sp.log and expr.args[0].is_Add and expr.args[0].args[0] == 1:
        inner = walk(expr.args[0] - 1, symbols)  # log(1 + u) keeps the digits of a small u
        return lambda values: torch.log1p(inner(values))
    if expr.func is sp.polygamma and expr.args[0].is_Integer:
        call, inner = _polygamma(int(expr.args[0])), walk(expr.args[1], symbols)
        return lambda values: call(inner(values))
    if expr.is_Pow:
        base, exponent = expr.args
        return _power(base, exponent, symbols)
    if expr.func not in (sp.Add, sp.Mul, sp.Max, sp.Min, *UNARY):
        raise Refusal("lower knows sums, products, powers and the elementary functions", f"{expr.func.__name__} in {expr}")
    parts = [walk(a, symbols) for a in expr.args]
    if expr.is_Add:
        return lambda values: _fold(torch.add, [f(values) for f in parts])
    if expr.is_Mul:
        return lambda values: _fold(torch.mul, [f(values) for f in parts])
    if expr.func in (sp.Max, sp.Min):
        pick = torch.maximum if expr.func is sp.Max else torch.minimum
        return lambda values: _fold(lambda a, b: pick(a, torch.as_tensor(b).to(a)), [f(values) for f in parts])
    call = UNARY[expr.func]
    return lambda values: call(parts[0](values))


def _fold(call: Callable[[Any, Any], Any], parts: list[Any]) -> Any:
    """Numbers among themselves first, then the tensors."""
    numbers = [v for v in parts if not isinstance(v, Tensor)]
    result, *tensors = [v for v in parts if isinstance(v, Tensor)]
    for v in tensors:
        result = call(result, v)
    for v in numbers:
        result = call(result, v)
    return result


def _power(base: sp.Expr, exponent: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Evaluation:
    f = walk(base, symbols)
    simple = {sp.S.Half: torch.sqrt, -sp.S.Half: torch.rsqrt, sp.S.NegativeOne: torch.reciprocal, sp.Integer(2): torch.square}
    if exponent in simple:
        call = simple[exponent]
        return lambda values: call(f(values))
    g = walk(exponent, symbols)
    if exponent.is_Integer:
        whole = int(exponent)
        return lambda values: torch.pow(f(values), whole)
    return lambda values: torch.pow(f(values), g(values))
