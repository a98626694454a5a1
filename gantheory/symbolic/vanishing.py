"""Does an expression vanish identically, is it real anywhere? Exactly for rational functions, else by digits at points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from mpmath import mp

PRIME = 2**521 - 1  # rational functions are compared modulo it
DIGITS = (30, 60)  # two precisions: where they agree, the value is known
AGREE = 1e-3
CANCELLED = 1000  # units in the last place of its greatest term, below which a sum is 0
SCALES = (sp.Rational(-1), sp.Rational(1), sp.Rational(-1, 500), sp.Rational(40), sp.Rational(-1000), sp.Rational(10**7))
STEEP = 20  # binary digits before the point, beyond which exp, erf and their like are not taken
HUGE = 10**7  # binary digits of a value, likewise
WHOLE = (sp.Add, sp.Mul, sp.Pow, sp.Rational, sp.Symbol)

CONTEXTS = tuple(mp.clone() for _ in DIGITS)
for _context, _digits in zip(CONTEXTS, DIGITS, strict=True):
    _context.dps = _digits

FUNCTIONS: dict[Any, str] = {
    f: f.__name__ for f in (sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh, sp.asin, sp.acos, sp.atan)
} | {sp.erf: "erf", sp.erfc: "erfc", sp.asinh: "asinh", sp.acosh: "acosh", sp.atanh: "atanh", sp.cot: "cot", sp.coth: "coth"}
CHOICES: dict[Any, Callable[..., Any]] = {sp.Max: max, sp.Min: min, sp.Abs: abs}


class Generic:
    """Values at generic points, each subexpression once; points honour the signs of their symbols.

    A rational function is taken exactly, modulo a prime of 521 bits. Any other expression counts as 0 at a point unless its
    values with 30 and with 60 digits agree to three.
    """

    def __init__(self, symbols: Sequence[sp.Symbol]) -> None:
        self._order = {s: i for i, s in enumerate(symbols)}
        self._residues: dict[sp.Expr, int | None] = {}
        self._values: tuple[tuple[dict[sp.Expr, Any], ...], ...] = tuple(({}, {}) for _ in SCALES)

    def vanishes(self, f: sp.Expr) -> bool:
        """f is 0 identically, or a real number other than 0 at none of the points."""
        residue = self._residue(f)
        return residue == 0 if residue is not None else not any(self._known(f, k) for k in range(len(SCALES)))

    def real(self, f: sp.Expr) -> bool:
        """f is a real number of less than HUGE digits at one point at least."""
        return self._residue(f) is not None or any(self._value(f, k, 0) is not None for k in range(len(SCALES)))

    def _known(self, f: sp.Expr, point: int) -> bool:
        low, high = (self._value(f, point, level) for level in (0, 1))
        return low is not None and high is not None and bool(high) and abs(low - high) <= AGREE * abs(high)

    def _residue(self, f: sp.Expr) -> int | None:
        """f modulo PRIME at one point; None where f is no rational function with rational coefficients."""
        if f not in self._residues:
            self._residues[f] = self._modular(f) if isinstance(f, WHOLE) else None
        return self._residues[f]

    def _modular(self, f: sp.Expr) -> int | None:
        if f.is_Symbol:
            return pow(3, 97 + self._place(f), PRIME)
        if f.is_Rational:
            return int(f.p) * pow(int(f.q), -1, PRIME) % PRIME
        if f.is_Pow:
            base = self._residue(f.base) if f.exp.is_Integer else None
            return None if base is None or (base == 0 and f.exp < 0) else pow(base, int(f.exp), PRIME)
        total = 0 if f.is_Add else 1
        for part in map(self._residue, f.args):
            if part is None:
                return None
            total = (total + part if f.is_Add else total * part) % PRIME
        return total

    def _place(self, symbol: sp.Symbol) -> int:
        return self._order.setdefault(symbol, len(self._order))

    def _at(self, symbol: sp.Symbol, point: int) -> sp.Rational:
        """Symbols of either order and of both signs, where they have them; over primes, so that no fraction is special."""
        i = self._place(symbol)
        size = SCALES[point] * sp.Integer(9) ** (i * (-1) ** (point // 2)) * sp.Rational(sp.prime(30 + i), sp.prime(33 + point))
        return (
            abs(size) if symbol.is_positive or symbol.is_nonnegative else -abs(size) if symbol.is_negative else size * (-1) ** i
        )

    def _value(self, f: sp.Expr, point: int, level: int) -> Any:
        """f at a point; None where it is not real, or too large to be taken."""
        known = self._values[point][level]
        if f not in known:
            known[f] = self._evaluated(f, point, level)
        return known[f]

    def _evaluated(self, f: sp.Expr, point: int, level: int) -> Any:
        context = CONTEXTS[level]
        if f.is_Symbol or f.is_Rational:
            exact = f if f.is_Rational else self._at(f, point)
            return context.mpf(int(exact.p)) / int(exact.q)
        if f in (sp.pi, sp.E):
            return +(context.pi if f is sp.pi else context.e)
        parts = [self._value(a, point, level) for a in f.args]
        if not parts or any(v is None for v in parts):
            return None
        try:
            value = _applied(f.func, parts, context)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        return value if isinstance(value, context.mpf) and (not value or abs(context.mag(value)) < HUGE) else None


def _applied(function: Any, parts: list[Any], context: Any) -> Any:
    """function(parts); None where it is not known or too steep."""
    if function is sp.Add:
        total = context.fsum(parts)
        return context.zero if abs(total) < CANCELLED * context.eps * max(map(abs, parts)) else total
    if function is sp.Mul:
        return context.fprod(parts)
    if function is sp.Pow:
        return parts[0] ** parts[1] if context.mag(parts[1]) <= STEEP else None
    if function in CHOICES:
        return CHOICES[function](*parts)
    name = FUNCTIONS.get(function)
    if name is None or (parts[0] and context.mag(parts[0]) > STEEP and name not in ("log", "atan", "asinh")):
        return None
    return getattr(context, name)(parts[0])
