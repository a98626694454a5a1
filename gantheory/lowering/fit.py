"""Polynomials fitted to an expression at many digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from math import inf
from typing import Any, TypeAlias

import mpmath

from gantheory.lowering.exact import DIGITS, Exact
from gantheory.lowering.piece import Piece, Term, centre

Part: TypeAlias = Callable[[Any], Any]
NODES = 40
TAIL = 6  # coefficients that have to be negligible, so that no gap between two of them passes for convergence
NEGLIGIBLE = 2.0**-58  # against the least value: a part of the roundoff 2⁻⁵³
CROSSING = 1e-3  # of the largest value counts as least: smaller ones belong to a zero, where the error is absolute
ROOTS = (1, 2, 3)
TWELFTHS = 12  # leading powers are multiples of 1/12, at most 12
NUMERIC = (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.NoConvergence, TypeError)


def fitted(value: Exact, logarithmic: bool, lower: float, upper: float) -> Piece | None:
    """The interpolant on [lower, upper] at Chebyshev's nodes; None where it does not converge."""
    ends = lower == 0 or upper == inf
    with mpmath.workdps(DIGITS):
        try:
            for parts in _splits(value, ends and logarithmic, upper):
                for root in ROOTS if ends else ROOTS[:1]:
                    terms = [_term(part, j, (lower, upper, root)) for j, part in enumerate(parts)]
                    if None not in terms:
                        return Piece(lower, upper, root, tuple(t for t in terms if t and t.coefficients))
        except NUMERIC:
            return None
    return None


def _splits(value: Exact, logarithmic: bool, upper: float) -> Iterator[list[Part]]:
    """The whole, and A and B of A + B log x; far out logarithms cancel more often than near 0."""
    whole: list[Part] = [lambda x: value(x, 0)]
    if not logarithmic:
        yield whole
        return
    yield from (whole, _parts(value)) if upper == inf else (_parts(value), whole)


def _parts(value: Exact) -> list[Part]:
    """A and B of A + B log x."""

    def first(x: Any) -> Any:
        return value(x, mpmath.log(x))

    return [first, lambda x: value(x, mpmath.log(x) - 1) - first(x)]


def _term(part: Part, logarithms: int, where: tuple[float, float, int]) -> Term | None:
    """The part divided by its leading power, as a polynomial; no coefficients where the part is 0."""
    lower, upper, root = where

    def moved(z: Any) -> Any:
        return part(z if upper < inf else 1 / z)

    power = _leading_power(moved) if lower == 0 or upper == inf else Fraction(0)
    if power is None:
        return Term(0.0, logarithms, ()) if moved(mpmath.mpf(1) / 7) == 0 else None
    exponent = mpmath.mpf(power.numerator) / power.denominator
    middle, half = centre(lower, upper, root)

    def smooth(t: Any) -> Any:
        z = (middle + half * t) ** root
        return moved(z) / z**exponent if power else moved(z)

    coefficients = _coefficients(smooth)
    return None if coefficients is None else Term(float(power), logarithms, coefficients)


def _leading_power(part: Part) -> Fraction | None:
    """a of z^a (c + …) as z → 0."""
    near, nearer = (abs(part(mpmath.mpf(10) ** k)) for k in (-14, -15))
    if not (near and nearer):
        return None
    power = mpmath.log10(near / nearer)
    found = Fraction(round(float(power) * TWELFTHS), TWELFTHS)
    return found if abs(power - float(found)) < 1e-3 and abs(found) <= TWELFTHS else None


def _coefficients(smooth: Part) -> tuple[float, ...] | None:
    """Of powers of t, from the coefficients of Chebyshev's polynomials."""
    cosines, polynomials = _tables()
    values = [smooth(cosines[2 * j + 1]) for j in range(NODES)]
    sizes = [abs(v) for v in values]
    if any(isinstance(v, mpmath.mpc) for v in values) or not max(sizes):
        return None
    series = [
        sum((v * cosines[k * (2 * j + 1) % (4 * NODES)] for j, v in enumerate(values)), mpmath.mpf(0)) * (2 if k else 1) / NODES
        for k in range(NODES)
    ]
    least = NEGLIGIBLE * max(min(sizes), CROSSING * max(sizes))
    if max(map(abs, series[-TAIL:])) > least:
        return None
    while len(series) > 1 and abs(series[-1]) <= least / TAIL:
        series.pop()
    powers = (sum(c * polynomials[k][i] for k, c in enumerate(series) if i <= k) for i in range(len(series)))
    return tuple(map(float, powers))


@cache
def _tables() -> tuple[list[Any], list[list[int]]]:
    """cos(πj/2N), and the coefficients of T_k."""
    polynomials = [[1], [0, 1]]
    for _ in range(2, NODES):
        doubled, before = [0, *(2 * c for c in polynomials[-1])], polynomials[-2]
        polynomials.append([c - (before[i] if i < len(before) else 0) for i, c in enumerate(doubled)])
    return [mpmath.cos(mpmath.pi * j / (2 * NODES)) for j in range(4 * NODES)], polynomials
