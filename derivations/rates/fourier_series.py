"""FourierSeries: an error that falls faster than any power of the number of modes."""

from __future__ import annotations

from math import inf

import sympy as sp

from derivations.rates._cases import Case, rate
from gantheory.claims import Step
from gantheory.discriminators import FourierSeries
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, GradientPenalty, Objective, Torus
from gantheory.symbolic import p

CIRCLES = Torus((1.3, 0.9))
a = sp.Symbol("a", positive=True)
M = sp.Symbol("M", integer=True, positive=True)


def solver(modes: int) -> FourierSeries:
    """With so many waves along each axis."""
    return FourierSeries(CIRCLES, modes)


def case(setting: str, objective: Objective, counts: tuple[int, ...], finer: tuple[int, ...], bound: float) -> Case:
    """On the torus; the size is 1/M."""
    return Case("Fourier series", f"{setting}, torus", solver, objective, CIRCLES, inf, bound, counts, finer)


CASES = (
    case("Wasserstein, m = 1, w = 1", Objective(WASSERSTEIN, 0.3 * GradientPenalty(1)), (4, 6, 8, 10, 12), (14,), 1e-3),
    case("Wasserstein, m = 2, w = 1", Objective(WASSERSTEIN, 0.3 * GradientPenalty(2)), (4, 6, 8, 10, 12), (14,), 1e-3),
    case(
        "least squares, m = 1, w = p",
        Objective(LEAST_SQUARES, 0.003 * GradientPenalty(1, over=p)),
        (4, 6, 8, 10, 12),
        (14,),
        1e-2,
    ),
)


def tail(cut: sp.Expr) -> sp.Expr:
    """2 e^{−a(M+1)}/(1 − e^{−a})."""
    return 2 * sp.exp(-a * (cut + 1)) / (1 - sp.exp(-a))


def first_term() -> sp.Expr:
    """What the tail beyond M has more than that beyond M + 1: |k| = M + 1."""
    return sp.exp(-a * (M + 1)) + sp.exp(-a * (M + 1))


RATE = rate(
    "rate-fourier-series",
    "On a torus the error of FourierSeries falls like e^{−aM} where D is analytic: faster than any power of 1/M.",
    r"\|D_M - D\|_\infty \le 2\sum_{k>M} C e^{-ak} = \frac{2C\,e^{-a(M+1)}}{1 - e^{-a}}",
    "trefethen2000spectral, chapter 4",
    (
        Step("the tail loses its first two terms as M grows by 1", lambda: tail(M) - tail(M + 1), first_term),
        Step("and vanishes at infinity", lambda: sp.limit(tail(M), M, sp.oo) + 1, lambda: sp.S.One),
    ),
    CASES,
)
