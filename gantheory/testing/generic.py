"""Generic functions on a domain: no symmetry, no polynomial, nothing that is zero at the boundary."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import sympy as sp

from gantheory._checks import whole
from gantheory._errors import Refusal
from gantheory.objectives import Box, Torus
from gantheory.symbolic import coordinates

Place = Box | Torus


def generic(domain: Place | Any, seed: int | Any = 0) -> sp.Expr:
    """A smooth D in the coordinates of the domain: sine, cosine and exponential of generic linear forms, periodic on a torus.

    Its coefficients are quotients of primes that the seed picks.

    >>> generic(Box((0,), (1,)))
    exp(19*x1/22) + sin(13*x1/7 + 31/19) + cos(51*x1/26 + 23/17)/2
    """
    whole(seed, 0, "the seed of generic")
    t, number = scaled(domain), _quotients(seed)
    if isinstance(domain, Torus):
        first, *others = _waves(t, number)
        return sp.exp(sp.sin(first) / 2) + sp.cos(2 * first + sp.Rational(3, 4)) / 2 + sp.Add(*map(sp.sin, others)) / 2
    forms = [_form(t, signs, number) for signs in ((1, 1, -1), (-1, 1, 1), (1, -1, 1))]
    wave = sp.cos(sp.Rational(3, 2) * forms[2] + next(number))
    return sp.sin(forms[0] + next(number)) + sp.exp(-forms[1] / 2) + wave / 2


def generic_density(domain: Place, seed: int) -> sp.Expr:
    """A positive p in the coordinates: on a torus of mass 1, on a box of mean about 1."""
    t, number = scaled(domain), _quotients(5 * seed + 3)
    if isinstance(domain, Torus):
        waves = _waves(t, number)
        first = waves[seed % len(waves)]
        volume = sp.Mul(*map(rational, domain.periods))
        return (1 + sp.sin(first) / 2 + sp.cos(2 * first + sp.Rational(3, 4)) / 3) / volume
    first, second = (_form(t, signs, number) for signs in ((1, -1, 1), (1, 1, -1)))
    return sp.exp(sp.Rational(3, 5) * sp.sin(2 * first + next(number)) + (-1) ** seed * second / 5)


def scaled(domain: Place | Any) -> tuple[sp.Expr, ...]:
    """(x − lower)/(mean side) on a box, so that derivatives along all axes are of one size; x/period on a torus. Exact."""
    if not isinstance(domain, Box | Torus) or domain.dim > 3:
        need = "a manufactured problem lives on a Box or a Torus of dimension 1, 2 or 3"
        raise Refusal(need, f"{domain}", "Use Box(lower, upper).")
    x = coordinates(domain.dim)
    if isinstance(domain, Torus):
        return tuple(xi / rational(period) for xi, period in zip(x, domain.periods, strict=True))
    low, high = (tuple(map(rational, end)) for end in (domain.lower, domain.upper))
    side = sp.Add(*high, *(-a for a in low)) / domain.dim
    return tuple((xi - a) / side for xi, a in zip(x, low, strict=True))


def rational(value: float) -> sp.Rational:
    """The float as the shortest decimal that gives it."""
    return sp.Rational(repr(float(value)))


def _quotients(seed: int) -> Iterator[sp.Rational]:
    """Quotients of primes between 1 and 2, no two alike."""
    return (sp.Rational(sp.prime(k + 1 + k % 3), sp.prime(k)) for k in count(4 + seed))


def _form(t: tuple[sp.Expr, ...], signs: tuple[int, ...], number: Iterator[sp.Rational]) -> sp.Expr:
    return sp.Add(*(sign * next(number) * ti for ti, sign in zip(t, signs, strict=False)))


def _waves(t: tuple[sp.Expr, ...], number: Iterator[sp.Rational]) -> list[sp.Expr]:
    """2π κ·t + φ for as many independent κ as there are coordinates, whole and without a 0.

    A function of one of them and of its double, with phases that no shift removes, is symmetric about no point.
    """
    table = ((1, 2, -1), (2, -1, 1), (-1, 1, 2))
    return [2 * sp.pi * sp.Add(*(k * ti for k, ti in zip(row, t, strict=False))) + next(number) for row in table[: len(t)]]
