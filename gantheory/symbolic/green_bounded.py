"""Green's functions on bounded domains: an interval with three kinds of ends, the circle, the ball.

All are symmetric. Where the operator has a kernel, the source is δ less its projection on the kernel, and G is
orthogonal to it: the generalised Green's function. None of them flips a sign: the operator is (−Δ)^m.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic.green import fundamental_solution
from gantheory.symbolic.symbols import Scalar, positive_integer, r, scalars

_x, _s = sp.symbols("x s", real=True)


def _half(order: int) -> sp.Expr:
    """(−1)^m (s−x)^{2m−1}/(2(2m−1)!): the fundamental solution where x < s."""
    return (-1) ** order * (_s - _x) ** (2 * order - 1) / (2 * sp.factorial(2 * order - 1))


def _hermite(order: int, ends: tuple[Sequence[sp.Expr], Sequence[sp.Expr]]) -> sp.Expr:
    """The polynomial in x of degree < 2m with the given derivatives 0 … m−1 at 0 and at 1."""
    powers = [_x**j for j in range(2 * order)]
    rows = [[sp.diff(f, _x, k).subs(_x, end) for f in powers] for end in (0, 1) for k in range(order)]
    coefficients = sp.Matrix(rows).inv() * sp.Matrix([*ends[0], *ends[1]])
    return sp.Add(*(c * f for c, f in zip(coefficients, powers, strict=True)))


@cache
def _dirichlet(order: int) -> sp.Expr:
    """G(x, s) on [0, 1] for x ≤ s: the fundamental solution less its Hermite interpolant at the ends."""
    left, right = _half(order), -_half(order)
    at_zero, at_one = ([sp.diff(f, _x, k).subs(_x, end) for k in range(order)] for f, end in ((left, 0), (right, 1)))
    return sp.factor(left - _hermite(order, (at_zero, at_one)))


def _primitive(f: sp.Expr) -> sp.Expr:
    """∫₀^x f, f a polynomial."""
    return sp.Poly(f, _x).integrate(_x).as_expr()


@cache
def _neumann(order: int) -> sp.Expr:
    """G(x, s) on [0, 1] for x ≤ s: derivatives m … 2m−1 vanish at the ends, G is orthogonal to degree < m."""
    basis = [(2 * j + 1, sp.legendre(j, 2 * _x - 1)) for j in range(order)]  # (1/norm², polynomial)
    smooth = -((-1) ** order) * sp.Add(*(w * f * f.subs(_x, _s) for w, f in basis))
    for _ in range(2 * order):  # (−d²/dx²)^m takes it to −Σ e_j(x) e_j(s)
        smooth = _primitive(smooth)
    left = sp.expand(_half(order) + smooth)
    taylor = (sp.diff(left, _x, k).subs(_x, 0) * _x**k / sp.factorial(k) for k in range(order, 2 * order))
    smooth = sp.expand(smooth - sp.Add(*taylor))  # the ends at 0; those at 1 follow, as δ − projection has no moments
    left, right = sp.expand(_half(order) + smooth), sp.expand(smooth - _half(order))
    for w, f in basis:
        below, above = _primitive(left * f), _primitive(right * f)
        mean = sp.expand(below.subs(_x, _s) + above.subs(_x, 1) - above.subs(_x, _s))
        left, right = (sp.expand(part - w * f * mean) for part in (left, right))
    return left


def _on_interval(unit: sp.Expr, order: int, ends: tuple[Scalar, Scalar], x: sp.Expr, s: sp.Expr) -> sp.Expr:
    """L^{2m−1} G((x−a)/L, (s−a)/L), whose two halves are mirror images."""
    a, b = scalars(ends)
    if (b - a).is_positive is False:
        raise Refusal("an interval [a, b] has a < b", f"[{a}, {b}]")
    u, v = (x - a) / (b - a), (s - a) / (b - a)
    halves = (unit.subs({_x: first, _s: second}, simultaneous=True) for first, second in ((u, v), (v, u)))
    scale = (b - a) ** (2 * order - 1)
    return sp.Piecewise((scale * next(halves), x <= s), (scale * next(halves), True))


def dirichlet_solution(order: int, ends: tuple[Scalar, Scalar], x: sp.Expr, s: sp.Expr) -> sp.Expr:
    """G(x, s) on [a, b] with (−d²/dx²)^m G = δ_s and G = … = G^{(m−1)} = 0 at both ends.

    Source: boggio1905funzioni; for m = 1 it is (x−a)(b−s)/(b−a), x ≤ s.
    """
    return _on_interval(_dirichlet(positive_integer(order, "the order m of (−d²/dx²)^m")), order, ends, x, s)


def neumann_solution(order: int, ends: tuple[Scalar, Scalar], x: sp.Expr, s: sp.Expr) -> sp.Expr:
    """G(x, s) on [a, b] with natural ends G^{(m)} = … = G^{(2m−1)} = 0 and G orthogonal to polynomials of degree < m.

    (−d²/dx²)^m G = δ_s − Σ_{j<m} e_j(x) e_j(s), with e_j the orthonormal polynomials: a source is seen without its
    moments of degree < m, and must have none for the boundary problem to have a solution.
    """
    return _on_interval(_neumann(positive_integer(order, "the order m of (−d²/dx²)^m")), order, ends, x, s)


def circle_solution(order: int, period: Scalar) -> sp.Expr:
    """G(r) on a circle of length T, r in [0, T], with (−d²/dx²)^m G = δ − 1/T and mean 0.

    (−1)^{m+1} T^{2m−1} B_{2m}(r/T)/(2m)!, B the Bernoulli polynomials.

    >>> circle_solution(1, 1)
    r**2/2 - r/2 + 1/12
    """
    m, T = positive_integer(order, "the order m of (−d²/dx²)^m"), sp.sympify(period, strict=True)
    if T.is_positive is False:
        raise Refusal("a period is a length > 0", T)
    return sp.expand((-1) ** (m + 1) * T ** (2 * m - 1) * sp.bernoulli(2 * m, r / T) / sp.factorial(2 * m))


def periodic_solution(order: int, ends: tuple[Scalar, Scalar], x: sp.Expr, s: sp.Expr) -> sp.Expr:
    """G(x, s) on [a, b] with periodic ends: circle_solution at |x − s|."""
    a, b = scalars(ends)
    return _on_interval(circle_solution(order, 1).subs(r, _s - _x), order, (a, b), x, s)


def torus_coefficient(order: Scalar, wave_numbers: Sequence[Scalar], periods: Sequence[Scalar], rate: Scalar = 0) -> sp.Expr:
    """The coefficient of e^{iω·x} in G on a torus, ω_i = 2π k_i/T_i: 1/(T₁…Tₙ (κ² + |ω|²)^s).

    For κ = 0 the mode k = 0 is removed: (−Δ)^s G = δ − 1/(T₁…Tₙ). Every real order s > 0 is allowed, in every dimension.
    """
    k, T = scalars(wave_numbers), scalars(periods)
    if not k or len(k) != len(T):
        raise Refusal("a mode has one wave number for each period", f"{len(k)} wave numbers, {len(T)} periods")
    for value, name, fits in [(v, "a wave number is an integer", v.is_integer) for v in k] + [
        (v, "a period is a length > 0", v.is_positive) for v in (*T, sp.sympify(order, strict=True))
    ]:
        if fits is False:
            raise Refusal(name, value)
    kappa = sp.sympify(rate, strict=True)
    if kappa.is_negative:
        raise Refusal("the screening rate κ is ≥ 0", rate)
    frequency = sp.Add(*((2 * sp.pi * ki / Ti) ** 2 for ki, Ti in zip(k, T, strict=True)))
    coefficient = (
        1 / (sp.Mul(*T) * (kappa**2 + frequency) ** sp.sympify(order, strict=True))
        if frequency != 0 or kappa != 0
        else sp.S.Zero
    )
    if rate != 0 or any(ki.is_zero is False for ki in k):
        return coefficient
    if all(ki.is_zero for ki in k):
        return sp.S.Zero
    return sp.Piecewise((0, sp.And(*(sp.Eq(ki, 0) for ki in k))), (coefficient, True))


def ball_solution(radius: Scalar, x: Sequence[sp.Expr], s: Sequence[sp.Expr]) -> sp.Expr:
    """G(x, s) in the ball |x| < R of R^n with −ΔG = δ_s and G = 0 on the sphere; n is the number of coordinates.

    Φ(|x − s|) − Φ(|s| |x − s*|/R), s* = R² s/|s|² the image point; the second distance is √(|x|²|s|²/R² − 2x·s + R²), so
    that s = 0 needs no care. Source: evans2010partial, section 2.2.4.
    """
    if not len(x) or len(x) != len(s):
        raise Refusal("a point and a source have the same dimension", f"{len(x)} and {len(s)} coordinates")
    R = sp.sympify(radius, strict=True)
    if R.is_positive is False:
        raise Refusal("a radius is a length > 0", R)
    Phi = fundamental_solution(1, len(x))
    x2, s2, xs = (sp.Add(*(a * b for a, b in zip(*pair, strict=True))) for pair in ((x, x), (s, s), (x, s)))
    direct = sp.sqrt(sp.Add(*((a - b) ** 2 for a, b in zip(x, s, strict=True))))
    return Phi.subs(r, direct) - Phi.subs(r, sp.sqrt(x2 * s2 / R**2 - 2 * xs + R**2))
