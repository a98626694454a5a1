"""FiniteElements: in L² order 2 for linear and Morley's elements, 3 for quadratic ones, 4 for Hermite's, 6 for Argyris'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import sympy as sp

from derivations.rates._cases import Case, rate
from derivations.rates.finite_differences import (
    CLAMPED,
    LINE,
    MEAN,
    NATURAL,
    PLANE,
    ROOM,
    SUPPORTED,
    Ends,
    counted,
    linear,
    squares,
)
from gantheory.claims import Step
from gantheory.discriminators import FiniteElements
from gantheory.discriminators.finite_elements import ARGYRIS, HERMITE, LINEAR, MORLEY, QUADRATIC, BoxMesh, Element
from gantheory.objectives import Boundary, Box, Objective
from gantheory.symbolic import p, q

h, x = sp.symbols("h x", positive=True)
NAMES = {LINEAR: "linear", QUADRATIC: "quadratic", HERMITE: "Hermite", MORLEY: "Morley", ARGYRIS: "Argyris"}
ORDERS = {LINEAR: 2, QUADRATIC: 3, HERMITE: 4, MORLEY: 2, ARGYRIS: 6}


def on_mesh(element: Element, ends: Ends, boundary: Boundary) -> Callable[[int], FiniteElements]:
    """n ↦ the solver on the box cut into simplices."""
    box = Box(*ends, boundary)
    return lambda n: FiniteElements(BoxMesh.uniform(box, counted(n, box.dim)), element)


def case(element: Element, setting: str, objective: Objective, ends: Ends, boundary: Boundary, counts: tuple[int, ...]) -> Case:
    """A case, with one finer count where the error stays clear of rounding."""
    words = {NATURAL: "natural", CLAMPED: "given", SUPPORTED: "simply supported"}[boundary]
    solver, box = on_mesh(element, ends, boundary), Box(*ends, boundary)
    finer = () if element in (HERMITE, ARGYRIS) else (3 * counts[-1] // 2,)
    return Case(
        f"finite elements, {NAMES[element]}",
        f"{setting}, {words}",
        solver,
        objective,
        box,
        ORDERS[element],
        1e-2,
        counts,
        finer,
    )


def interpolation_error(nodes: Sequence[sp.Expr], slopes: bool, power: int) -> sp.Expr:
    """∫₀^h (x^k − its interpolant)² dx, the interpolant of values (and slopes) at the nodes found by SymPy."""
    count = len(nodes) * (2 if slopes else 1)
    names = sp.symbols(f"c0:{count}")
    u = sum(c * x**j for j, c in enumerate(names))
    conditions = [(u - x**power).subs(x, at) for at in nodes]
    if slopes:
        conditions += [sp.diff(u - x**power, x).subs(x, at) for at in nodes]
    found = u.subs(sp.solve(conditions, names, dict=True)[0])
    return sp.integrate(sp.expand((x**power - found) ** 2), (x, 0, h))


def beta(a: int, b: int, power: int) -> sp.Expr:
    """∫₀^h x^{2a} (h − x)^{2b} dx = h^{2a+2b+1} B(2a+1, 2b+1), with 2a + 2b + 1 = power."""
    return h**power * sp.gamma(2 * a + 1) * sp.gamma(2 * b + 1) / sp.gamma(2 * a + 2 * b + 2)


def midpoint() -> sp.Expr:
    """∫₀^h x² (x − h/2)² (x − h)² dx = h⁷ ∫_{−1/2}^{1/2} s² (s² − ¼)² ds."""
    s = sp.Symbol("s")
    return h**7 * sp.integrate(sp.expand(s**2 * (s**2 - sp.Rational(1, 4)) ** 2), (s, -sp.S.Half, sp.S.Half))


def morley_defect(power: tuple[int, int]) -> list[sp.Expr]:
    """The quadratic with the values of x^a y^b at the corners of the unit triangle and its mean normal slopes on the edges."""
    u, v, t = sp.symbols("u v t")
    names = sp.symbols("c0:6")
    basis = (1, u, v, u**2, u * v, v**2)
    f, guess = u ** power[0] * v ** power[1], sum(c * b for c, b in zip(names, basis, strict=True))
    gap = guess - f
    edges = (((t, 0), (0, -1)), ((0, t), (-1, 0)), ((1 - t, t), (1, 1)))
    conditions = [gap.subs({u: a, v: b}, simultaneous=True) for a, b in ((0, 0), (1, 0), (0, 1))]
    for (a, b), (n, m) in edges:
        slope = (n * sp.diff(gap, u) + m * sp.diff(gap, v)).subs({u: a, v: b}, simultaneous=True)
        conditions.append(sp.integrate(sp.expand(slope), (t, 0, 1)))
    found = sp.solve(conditions, names, dict=True)[0]
    return [sp.expand(guess.subs(found)).coeff(u, i).coeff(v, j) for i in range(3) for j in range(3 - i)]


def monomial(power: tuple[int, int]) -> list[int]:
    """Its coefficients."""
    return [int((i, j) == power) for i in range(3) for j in range(3 - i)]


LINEAR_CASES = (
    case(LINEAR, "least squares, m = 1, w = (p+q)/2, plane", squares(0.3, 1, MEAN), PLANE, NATURAL, (16, 24, 32, 48)),
    case(LINEAR, "Wasserstein, m = 1, w = p, plane", linear(0.3, 1, p), PLANE, CLAMPED, (8, 16, 32, 64)),
    case(LINEAR, "Wasserstein, m = 1, w = q, space", linear(0.3, 1, q), ROOM, CLAMPED, (8, 12, 16, 24)),
)
QUADRATIC_CASES = (
    case(QUADRATIC, "least squares, m = 1, w = (p+q)/2, plane", squares(0.3, 1, MEAN), PLANE, NATURAL, (4, 8, 16, 32)),
    case(QUADRATIC, "Wasserstein, m = 1, w = p, line", linear(0.3, 1, p), LINE, NATURAL, (8, 16, 32, 64)),
)
HERMITE_CASES = tuple(
    case(HERMITE, "least squares, m = 2, w = p, line", squares(0.03, 2, p), LINE, kind, (4, 8, 16, 32))
    for kind in (NATURAL, CLAMPED, SUPPORTED)
)
MORLEY_CASES = tuple(
    case(MORLEY, "least squares, m = 2, w = (p+q)/2, plane", squares(0.03, 2, MEAN), PLANE, kind, (8, 16, 32, 48))
    for kind in (NATURAL, CLAMPED, SUPPORTED)
)
ARGYRIS_CASES = (
    replace(
        case(ARGYRIS, "least squares, m = 2, w = p, plane", squares(1e-4, 2, p), PLANE, NATURAL, (16, 24, 32, 48)), waves=3
    ),
)
CASES = (*LINEAR_CASES, *QUADRATIC_CASES, *HERMITE_CASES, *MORLEY_CASES, *ARGYRIS_CASES)
EQUATION = r"\|D_h - D\|_{L^2} = O(h^{%d})"
SOURCE = "ciarlet2002finite, chapters 3 and 6; derived in one dimension"

RATES = (
    rate(
        "rate-elements-linear",
        "Linear elements converge at order 2 in L² for m = 1, as their interpolants do.",
        EQUATION % 2,
        SOURCE,
        (Step("the interpolation error of x²", partial(interpolation_error, (0, h), False, 2), partial(beta, 1, 1, 5)),),
        LINEAR_CASES,
    ),
    rate(
        "rate-elements-quadratic",
        "Quadratic elements converge at order 3 in L² for m = 1.",
        EQUATION % 3,
        SOURCE,
        (Step("the interpolation error of x³", partial(interpolation_error, (0, h / 2, h), False, 3), midpoint),),
        QUADRATIC_CASES,
    ),
    rate(
        "rate-elements-hermite",
        "Hermite's cubics converge at order 4 in L² for m = 2 on the line, with each of the three boundaries.",
        EQUATION % 4,
        SOURCE,
        (Step("the interpolation error of x⁴", partial(interpolation_error, (0, h), True, 4), partial(beta, 2, 2, 9)),),
        HERMITE_CASES,
    ),
    rate(
        "rate-elements-morley",
        "Morley's element, which is not even continuous, converges at order 2 in L² for m = 2 in the plane.",
        EQUATION % 2,
        SOURCE,
        tuple(
            Step(f"its interpolant of x^{a} y^{b} is exact", partial(morley_defect, (a, b)), partial(monomial, (a, b)))
            for a, b in ((2, 0), (1, 1), (0, 2))
        ),
        MORLEY_CASES,
    ),
    rate(
        "rate-elements-argyris",
        "Argyris' quintics converge at order 6 in L² for m = 2 in the plane.",
        EQUATION % 6,
        SOURCE,
        (
            Step("21 values fix a quintic of two variables", lambda: sp.binomial(7, 2), lambda: sp.Integer(3 * 6 + 3)),
            Step(
                "Hermite's quintic on an edge: the error of x⁶ with two derivatives",
                lambda: sp.integrate(sp.expand((x**3 * (x - h) ** 3) ** 2), (x, 0, h)),
                partial(beta, 3, 3, 13),
            ),
        ),
        ARGYRIS_CASES,
    ),
)
