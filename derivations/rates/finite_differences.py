"""FiniteDifferences: orders 2, 4, 6 for m = 1; 2, 4 for m = 2; 2 for m = 3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import factorial

import numpy as np
import sympy as sp

from derivations.rates._cases import Case, rate
from gantheory.claims import Step
from gantheory.discriminators import FiniteDifferences
from gantheory.grids import BoxGrid, TensorGrid, TorusGrid, central, stencil
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, Boundary, Box, GradientPenalty, Objective, Torus
from gantheory.symbolic import p, q

Ends = tuple[tuple[float, ...], tuple[float, ...]]
LINE, PLANE, ROOM = (((-0.4, 0.3, -0.2)[:d], (0.9, 1.3, 0.6)[:d]) for d in (1, 2, 3))
CIRCLES = Torus((1.3, 0.9))
SHARE = (Fraction(1), Fraction(3, 4), Fraction(1, 2))  # of the cells of the first axis
NATURAL, CLAMPED, SUPPORTED = Boundary.NATURAL, Boundary.DIRICHLET, Boundary.SIMPLY_SUPPORTED
KINDS = (NATURAL, CLAMPED, SUPPORTED)


def counted(n: int, dim: int) -> tuple[int, ...]:
    """Cells along each axis."""
    return tuple(int(n * share) for share in SHARE[:dim])


def on_box(ends: Ends, boundary: Boundary, accuracy: int = 2) -> Callable[[int], FiniteDifferences]:
    """n ↦ the solver on the box."""
    lower, upper = ends

    def solver(n: int) -> FiniteDifferences:
        points = tuple(k + 1 for k in counted(n, len(lower)))
        return FiniteDifferences(BoxGrid(lower, upper, points, boundary), accuracy=accuracy)

    return solver


def on_torus(accuracy: int, n: int) -> FiniteDifferences:
    """The solver on the torus."""
    return FiniteDifferences(TorusGrid(CIRCLES.periods, counted(n, 2)), accuracy=accuracy)


def graded(n: int) -> FiniteDifferences:
    """The solver on nodes t + sin(2πt)/9 of [0, 1], scaled to the box: the smallest cell is a fifth of the largest."""
    axes = []
    for low, high, cells in zip(*PLANE, counted(n, 2), strict=True):
        t = np.linspace(0, 1, cells + 1)
        axes.append(low + (high - low) * (t + np.sin(2 * np.pi * t) / 9))
    return FiniteDifferences(TensorGrid(tuple(axes), NATURAL))


def squares(weight: float, order: int, over: sp.Expr = sp.S.One) -> Objective:
    """Least squares under λ∫ w |∇^m D|²."""
    return Objective(LEAST_SQUARES, weight * GradientPenalty(order, over=over))


def linear(weight: float, order: int, over: sp.Expr = sp.S.One) -> Objective:
    """The Wasserstein loss under λ∫ w |∇^m D|²."""
    return Objective(WASSERSTEIN, weight * GradientPenalty(order, over=over))


def weights(order: int, accuracy: int) -> list[sp.Rational]:
    """The central stencil of the toolkit, its floats read as the fractions that they stand for."""
    found = stencil(order, central(order, accuracy))
    return [sp.Rational(f.numerator, f.denominator) for f in (Fraction(c).limit_denominator(10**6) for c in found)]


def independent(order: int, accuracy: int) -> list[sp.Rational]:
    """The same by Fornberg's recursion, as SymPy has it."""
    offsets = [sp.Rational(o.numerator, o.denominator) for o in central(order, accuracy)]
    return sp.finite_diff_weights(order, offsets, 0)[order][-1]


def leading(order: int, accuracy: int) -> sp.Rational:
    """Σ c_j o_j^{k+a}/(k+a)!: the factor of h^a f^{(k+a)} in the error of ∂^k."""
    power = order + accuracy
    offsets = [sp.Rational(o.numerator, o.denominator) for o in central(order, accuracy)]
    return sum(c * o**power for c, o in zip(weights(order, accuracy), offsets, strict=True)) / sp.factorial(power)


def closed(order: int, accuracy: int) -> sp.Rational:
    """k/24 for accuracy 2; for accuracy 2s: ±((2s−1)!!)²/(4^s (2s+1)!) half-way, k = 1, and ±2(s!)²/(2s+2)! at nodes, k = 2."""
    s = accuracy // 2
    if accuracy == 2:
        return sp.Rational(order, 24)
    if order == 1:
        return (-1) ** (s + 1) * sp.factorial2(2 * s - 1) ** 2 / (4**s * sp.factorial(2 * s + 1))
    return sp.Rational((-1) ** (s + 1) * 2 * factorial(s) ** 2, factorial(2 * s + 2))


def stencils(*pairs: tuple[int, int]) -> tuple[Step, ...]:
    """The stencils of these orders and accuracies are Fornberg's, with these leading errors."""
    found = []
    for order, accuracy in pairs:
        what = f"the stencil of ∂^{order}, accuracy {accuracy}"
        found.append(Step(what, partial(weights, order, accuracy), partial(independent, order, accuracy)))
        found.append(Step(f"{what}: its leading error", partial(leading, order, accuracy), partial(closed, order, accuracy)))
    return tuple(found)


MEAN = (p + q) / 2
SCHEME = "finite differences"
EQUATION = r"\|D_h - D\| = O(h^a),\qquad \delta_h^k f = f^{(k)} + c_{k,a}\,h^a f^{(k+a)} + \dots"


def boxed(
    setting: str,
    objective: Objective,
    ends: Ends,
    boundary: Boundary,
    accuracy: int,
    bound: float,
    counts: tuple[int, ...] = (12, 24, 48, 96),
    finer: tuple[int, ...] = (144,),
) -> Case:
    """A case on a box; its setting says the boundary."""
    words = {NATURAL: "natural", CLAMPED: "given", SUPPORTED: "simply supported"}[boundary]
    solver, box = on_box(ends, boundary, accuracy), Box(*ends, boundary)
    scheme, where = f"{SCHEME}, accuracy {accuracy}", f"{setting}, {words}"
    return Case(scheme, where, solver, objective, box, accuracy, bound, counts, finer)


def circled(objective: Objective, accuracy: int, bound: float, counts: tuple, finer: tuple) -> Case:
    """A case on the torus."""
    scheme, solver = f"{SCHEME}, accuracy {accuracy}", partial(on_torus, accuracy)
    return Case(scheme, "least squares, m = 1, w = p, torus", solver, objective, CIRCLES, accuracy, bound, counts, finer)


GRADED = Case(
    f"{SCHEME}, accuracy 2",
    "least squares, m = 1, w = p, graded, natural",
    graded,
    squares(0.3, 1, p),
    Box(*PLANE, NATURAL),
    2,
    1e-3,
)
ORDER_1 = (
    *(boxed("least squares, m = 1, w = (p+q)/2, plane", squares(0.3, 1, MEAN), PLANE, k, 2, 1e-3) for k in (NATURAL, CLAMPED)),
    boxed("Wasserstein, m = 1, w = p, line", linear(0.3, 1, p), LINE, NATURAL, 2, 1e-3),
    boxed("Wasserstein, m = 1, w = 1, plane", linear(0.3, 1), PLANE, NATURAL, 2, 1e-3),
    boxed("Wasserstein, m = 1, w = q, space", linear(0.3, 1, q), ROOM, CLAMPED, 2, 1e-3, counts=(12, 16, 24, 32), finer=(48,)),
    GRADED,
    circled(squares(0.003, 1, p), 2, 1e-2, (36, 72, 144, 216), (288,)),
)
ORDER_1_HIGH = {
    a: (
        boxed("Wasserstein, m = 1, w = 1, plane", linear(0.3, 1), PLANE, CLAMPED, a, 1e-7, (16, 20, 24, 32), (40,)),
        *(
            (boxed("Wasserstein, m = 1, w = 1, space", linear(0.3, 1), ROOM, CLAMPED, a, 1e-6, counts=(12, 16, 20, 24)),)
            if a == 4
            else ()
        ),
        circled(squares(0.003, 1, p), a, 1e-4, (72, 96, 120, 144), (192,)),
    )
    for a in (4, 6)
}
ORDER_2 = (
    *(boxed("least squares, m = 2, w = (p+q)/2, plane", squares(0.03, 2, MEAN), PLANE, k, 2, 1e-3) for k in KINDS),
    boxed("Wasserstein, m = 2, w = p, line", linear(0.03, 2, p), LINE, CLAMPED, 2, 1e-3),
    boxed("Wasserstein, m = 2, w = 1, space", linear(0.3, 2), ROOM, CLAMPED, 2, 1e-3, (20, 24, 28, 32), (36, 40)),
)
ORDER_2_HIGH = (
    boxed("Wasserstein, m = 2, w = p, line", linear(0.3, 2, p), LINE, CLAMPED, 4, 1e-6, (16, 24, 32, 48), (64,)),
    boxed("least squares, m = 2, w = p, plane", squares(0.03, 2, p), PLANE, CLAMPED, 4, 1e-6, (16, 24, 32, 48), (64,)),
    replace(boxed("Wasserstein, m = 2, w = 1, plane", linear(0.3, 2), PLANE, CLAMPED, 4, 1e-5, (32, 48, 64, 96), ()), waves=2),
)
ORDER_3 = (
    *(boxed("least squares, m = 3, w = p, line", squares(0.003, 3, p), LINE, k, 2, 1e-2) for k in KINDS),
    boxed(
        "least squares, m = 3, w = 1, plane", squares(0.003, 3), PLANE, CLAMPED, 2, 1e-2, counts=(16, 24, 32, 48), finer=(64,)
    ),
)
CASES = (*ORDER_1, *ORDER_1_HIGH[4], *ORDER_1_HIGH[6], *ORDER_2, *ORDER_2_HIGH, *ORDER_3)
SOURCE = "leveque2007finite, chapters 1 and 2; derived"

FIRST = (
    rate(
        "rate-differences-order-1-accuracy-2",
        "Finite differences that minimise the discrete objective converge at order 2 for m = 1, with any weight and boundary.",
        EQUATION,
        SOURCE,
        stencils((1, 2), (2, 2)),
        ORDER_1,
    ),
    *(
        rate(
            f"rate-differences-order-1-accuracy-{a}",
            f"With stencils of accuracy {a} they converge at order {a} for m = 1: on boxes with D known beyond, and on tori.",
            EQUATION,
            SOURCE,
            stencils((1, a), (2, a)),
            ORDER_1_HIGH[a],
        )
        for a in (4, 6)
    ),
)
SECOND = (
    rate(
        "rate-differences-order-2-accuracy-2",
        "For m = 2 they converge at order 2: clamped, simply supported, and natural with its condition at corners.",
        EQUATION,
        SOURCE,
        stencils((2, 2), (1, 2)),
        ORDER_2,
    ),
    rate(
        "rate-differences-order-2-accuracy-4",
        "With stencils of accuracy 4 they converge at order 4 for m = 2 on lines and in the plane, D known beyond the faces.",
        EQUATION,
        SOURCE,
        stencils((2, 4)),
        ORDER_2_HIGH,
    ),
)
THIRD = rate(
    "rate-differences-order-3-accuracy-2",
    "For m = 3 they converge at order 2 with each of the three boundaries.",
    EQUATION,
    SOURCE,
    stencils((3, 2), (2, 2), (1, 2)),
    ORDER_3,
)
