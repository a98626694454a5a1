"""Finite-difference weights: findiff's, solved in rationals where the offsets are."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp
from findiff import coefficients


def central(order: int, accuracy: int) -> tuple[Fraction, ...]:
    """The order + accuracy − 1 offsets of a central stencil, in spacings: whole for even orders, half for odd ones."""
    if order == 0:
        return (Fraction(0),)
    half = Fraction(order + accuracy - 2, 2)
    return tuple(j - half for j in range(order + accuracy - 1))


@cache
def stencil(order: int, offsets: tuple[Fraction, ...]) -> np.ndarray:
    """c with Σ_j c_j f(offset_j) = f^(order)(0) for every polynomial f of degree < len(offsets); exact, then rounded once."""
    if len(offsets) == 1:
        return np.ones(1)
    exact = [sp.Rational(o.numerator, o.denominator) for o in offsets]
    found = np.array([float(c) for c in coefficients(order, offsets=exact, symbolic=True)["coefficients"]])
    found.flags.writeable = False
    return found


def stencil_at(order: int, place: float, nodes: np.ndarray) -> np.ndarray:
    """The same for the derivative at a place among arbitrary nodes; offsets are scaled to the width of the stencil."""
    width = float(np.ptp(nodes))
    found = coefficients(order, offsets=list((nodes - place) / width))["coefficients"]
    return np.asarray(found) / width**order
