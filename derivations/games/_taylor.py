"""One step of a rule as a polynomial in its step h, on a nonlinear game of two numbers, in SymPy and without the package.

Polynomials in h, x, y over the rationals are kept in a sparse ring, where expanding them costs little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import sympy as sp
from sympy.polys.rings import PolyElement, ring

RING, h, x, y = ring("h, x, y", sp.QQ)
Vector = tuple[PolyElement, PolyElement]
Field = Callable[[Vector], Vector]
HALF, THIRD = sp.QQ(1, 2), sp.QQ(1, 3)


def velocity(z: Vector) -> Vector:
    """(−y(1 + x/2), x − x²y/3): rotation, curved as a Dirac-GAN is."""
    a, b = z
    return -b * (1 + a * HALF), a - a**2 * b * THIRD


def truncated(z: Vector, order: int) -> Vector:
    """Without powers of h above the order."""
    found = [RING.from_dict({m: c for m, c in part.iterterms() if m[0] <= order}) for part in z]
    return found[0], found[1]


def moved(z: Vector, by: Vector, factor: Any) -> Vector:
    """z + factor · by."""
    return z[0] + factor * by[0], z[1] + factor * by[1]


def coefficients(z: Vector, order: int) -> list[sp.Expr]:
    """Those of h¹ … h^order, of both coordinates, in x and y."""
    return [coefficient(part, k) for k in range(1, order + 1) for part in z]


def coefficient(part: PolyElement, power: int) -> sp.Expr:
    """That of h^power, in x and y."""
    return RING.from_dict({(0, *m[1:]): c for m, c in part.iterterms() if m[0] == power}).as_expr()


@cache
def exact(order: int) -> Vector:
    """The flow of ż = v(z) to h^order: Σ h^k/k! of the k-th Lie derivative of z."""
    v = velocity((x, y))
    total = derivative = (x, y)
    for k in range(1, order + 1):
        lie = [d.diff(x) * v[0] + d.diff(y) * v[1] for d in derivative]
        derivative = (lie[0], lie[1])
        total = moved(total, derivative, h**k * sp.QQ(1, int(sp.factorial(k))))
    return total


def runge_kutta(a: Sequence[Sequence[sp.Expr]], b: Sequence[sp.Expr], order: int) -> Vector:
    """Stages of the whole vector field."""
    return _stages(velocity, a, b, order)


def decoupled(a: Sequence[Sequence[sp.Expr]], b: Sequence[sp.Expr], order: int) -> Vector:
    """Stages of each coordinate with the other held: the first slot of one run, the second of another."""
    first = _stages(lambda z: (velocity(z)[0], RING.zero), a, b, order)
    second = _stages(lambda z: (RING.zero, velocity(z)[1]), a, b, order)
    return first[0], second[1]


def _stages(field: Field, a: Sequence[Sequence[sp.Expr]], b: Sequence[sp.Expr], order: int) -> Vector:
    stages: list[Vector] = []
    for row in (*a, b):
        inside: Vector = (x, y)
        for weight, k in zip(row, stages, strict=True):
            inside = truncated(moved(inside, k, h * sp.QQ.from_sympy(sp.sympify(weight))), order)
        if len(stages) < len(b):
            stages.append(truncated(field(inside), order))
    return inside
