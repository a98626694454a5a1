"""An expression of one symbol at a number, to many digits: what the lowered one is measured by, and fitted to."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import Any, TypeAlias

import mpmath
import sympy as sp

DIGITS = 120  # eight orders that cancel at 10⁻¹² leave 24
ASCENDING = 400  # K_n by ascending series, of which e^{2z} cancels; beyond, mpmath sums the asymptotic one at once
Exact: TypeAlias = Callable[[Any, Any], Any]

UNARY: dict[Any, Callable[[Any], Any]] = {
    sp.exp: mpmath.exp, sp.Abs: abs, sp.sign: mpmath.sign, sp.erf: mpmath.erf, sp.erfc: mpmath.erfc,
    sp.sin: mpmath.sin, sp.cos: mpmath.cos, sp.tan: mpmath.tan, sp.sinh: mpmath.sinh, sp.cosh: mpmath.cosh,
    sp.tanh: mpmath.tanh, sp.asin: mpmath.asin, sp.acos: mpmath.acos, sp.atan: mpmath.atan, sp.loggamma: mpmath.loggamma,
    sp.Heaviside: lambda z: (mpmath.sign(z) + 1) / 2, sp.DiracDelta: lambda z: mpmath.mpf(0),
}  # fmt: skip


def exact(expr: sp.Expr, symbol: sp.Symbol) -> Exact:
    """(x, g) ↦ the value at x, with log x − g in place of log x: g = 0 gives the function's own.

    With g = log x − L the symbol's logarithm is a variable L of its own, also within K₀, K₁, …, whose factors are analytic.
    """
    if not expr.free_symbols:
        number = mpmath.mpmathify(sp.N(expr, DIGITS))
        return lambda x, g: number
    if expr == symbol:
        return lambda x, g: x
    if expr.func is sp.besselk:
        return _bessel(expr.args[0], expr.args[1], symbol)
    if expr.func is sp.log:
        inner, power = exact(expr.args[0], symbol), _power(expr.args[0], symbol)
        return lambda x, g: mpmath.log(inner(x, g)) - power * g
    if expr.func is sp.polygamma:
        order, inner = int(expr.args[0]), exact(expr.args[1], symbol)
        return lambda x, g: mpmath.polygamma(order, inner(x, g))
    if expr.is_Pow and expr.exp.is_Integer:
        whole, inner = int(expr.exp), exact(expr.base, symbol)
        return lambda x, g: inner(x, g) ** whole
    parts = [exact(a, symbol) for a in expr.args]
    gathered = {sp.Add: mpmath.fsum, sp.Mul: prod, sp.Max: max, sp.Min: min, sp.Pow: lambda v: mpmath.power(*v)}
    if expr.func in gathered:
        call = gathered[expr.func]
        return lambda x, g: call([f(x, g) for f in parts])
    single = UNARY[expr.func]
    return lambda x, g: single(parts[0](x, g))


def has_logarithm(expr: sp.Expr, symbol: sp.Symbol) -> bool:
    """log of a power of the symbol, or K_n of an integer n, occurs."""
    return any(_power(f.args[-1], symbol) for f in expr.atoms(sp.log, sp.besselk))


def _power(expr: sp.Expr, symbol: sp.Symbol) -> Any:
    """k where the expression is x^k times what has no factor x."""
    powers = (f.as_base_exp() for f in sp.Mul.make_args(expr))
    found = sum((e for b, e in powers if b == symbol and e.is_number), sp.S.Zero)
    return mpmath.mpmathify(sp.N(found, DIGITS))


def _bessel(order: sp.Expr, argument: sp.Expr, symbol: sp.Symbol) -> Exact:
    """K_n(z) = (−1)^{n+1} log(z/2) I_n(z) + …, the rest free of logarithms."""
    index, inner = mpmath.mpmathify(sp.N(order, DIGITS)), exact(argument, symbol)
    power = _power(argument, symbol) * (-1) ** int(order) if order.is_Integer else 0

    def value(x: Any, g: Any) -> Any:
        z = inner(x, g)
        if not order.is_Integer or z > ASCENDING:
            return mpmath.besselk(index, z) + (power * g * mpmath.besseli(index, z) if power and g else 0)
        with mpmath.extradps(int(z)):
            return _whole_order(abs(int(order)), z, power * g)

    return value


def _whole_order(n: int, z: Any, gap: Any) -> Any:
    """K_n + gap I_n, by K_{n+1} = K_{n−1} + (2n/z) K_n and I_{n+1} = I_{n−1} − (2n/z) I_n."""
    (before, here), (other, last) = _first_orders(z, mpmath.mp.prec)
    for k in range(1, n):
        before, here = here, before + 2 * k / z * here
        other, last = last, other - 2 * k / z * last
    return here + gap * last if n else before + gap * other


@lru_cache(maxsize=1000)
def _first_orders(z: Any, precision: int) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """(K₀, K₁) and (I₀, I₁): K₀ = Σ_k (H_k − γ − log(z/2)) (z/2)^{2k}/k!², I₀K₁ + I₁K₀ = 1/z.

    mpmath has a whole order as a limit of others, which is slow.
    """
    square, term, harmonic = (z / 2) ** 2, mpmath.mpf(1), -mpmath.euler - mpmath.log(z / 2)
    k0, i0, i1, k = harmonic, mpmath.mpf(1), z / 2, 0
    while term > mpmath.eps:
        k += 1
        term, harmonic = term * square / k**2, harmonic + mpmath.mpf(1) / k
        k0, i0, i1 = k0 + harmonic * term, i0 + term, i1 + term * z / (2 * k + 2)
    return (k0, (1 / z - i1 * k0) / i0), (i0, i1)
