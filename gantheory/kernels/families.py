"""Kernels that bear names: fundamental solutions and the Gaussian."""

from __future__ import annotations

from math import isfinite

import sympy as sp

from gantheory._errors import Refusal
from gantheory.kernels.radial import Radial
from gantheory.symbolic import Scalar, conditional_order, fundamental_solution, r, riesz_solution, screened_solution

FLOAT_RANGE = 600.0  # |log c| up to which a constant and its products stay inside float64


def _normalised(solution: sp.Expr, positivity: int) -> Radial:
    """The solution as a kernel; its constant goes into log_scale where it leaves the float range, never its sign."""
    constant = sp.Mul(*(f for f in sp.Mul.make_args(solution) if not f.free_symbols))
    size = float(sp.log(abs(constant)).evalf())
    if abs(size) <= FLOAT_RANGE:
        return Radial(solution, positivity)
    return Radial(solution / abs(constant), positivity, log_scale=size)


def polyharmonic(order: int, dim: int) -> Radial:
    """The fundamental solution of (−Δ)^m in R^n, with positive spectrum |ω|^{−2m}.

    Source: gelfand1964generalized, chapter I, section 6.2; wendland2004scattered, section 8.4.
    """
    return _normalised(fundamental_solution(order, dim), conditional_order(order, dim))


def riesz(order: Scalar, dim: int) -> Radial:
    """The fundamental solution of (−Δ)^s in R^n for a real order s > 0. Source: gelfand1964generalized, chapter II, 3.3."""
    solution = riesz_solution(order, dim)
    return _normalised(solution, conditional_order(sp.nsimplify(order, rational=True), dim))


def screened(order: int, dim: int, rate: Scalar) -> Radial:
    """The fundamental solution of (κ²−Δ)^m in R^n: strictly positive definite, spectrum (κ² + |ω|²)^{−m}.

    rate: κ > 0, an inverse length. It is the cure where polyharmonic is ill-posed. Source: wendland2004scattered, 6.2.
    """
    if not isinstance(rate, sp.Expr) and not isfinite(rate):
        raise Refusal("the screening rate κ of a kernel is a positive number", rate)
    exact = sp.Rational(repr(float(rate))) if not isinstance(rate, sp.Expr | int) else sp.sympify(rate, strict=True)
    if not exact.is_number:
        raise Refusal("the screening rate κ of a kernel is a positive number", rate)
    return Radial(screened_solution(order, dim, exact), 0)


def gaussian(width: float) -> Radial:
    """exp(−r²/2σ²); width: σ > 0, a length."""
    if not (isfinite(width) and width > 0):
        raise Refusal("the width σ of a Gaussian kernel is a length > 0", width)
    return Radial(sp.exp(-(r**2) / (2 * sp.Rational(repr(float(width))) ** 2)), 0)


ENERGY = Radial(-r, 1)
"""−|x − y|, whose MMD² is the energy distance. Source: szekely2013energy."""
