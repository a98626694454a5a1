"""Nonlinear equations, by Newton's method: every solver keeps the order that it has for linear ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any

import sympy as sp

from derivations.rates import fourier_series
from derivations.rates._cases import Case, rate
from derivations.rates.finite_differences import (
    CIRCLES,
    CLAMPED,
    LINE,
    MEAN,
    NATURAL,
    PLANE,
    ROOM,
    Ends,
    boxed,
    on_torus,
    stencils,
)
from derivations.rates.finite_elements import (
    HERMITE,
    LINEAR,
    MORLEY,
    QUADRATIC,
    beta,
    case,
    h,
    interpolation_error,
    midpoint,
)
from gantheory.claims import Step
from gantheory.discriminators import FiniteDifferences
from gantheory.grids import TorusGrid
from gantheory.objectives import (
    FORWARD_KL_GAN,
    LEAST_SQUARES,
    LOGISTIC,
    WASSERSTEIN,
    Boundary,
    GradientPenalty,
    Loss,
    Objective,
    Torus,
)
from gantheory.symbolic import coordinates, p, q, y

CIRCLE = Torus((1.3,))
K = sp.Symbol("K", positive=True)
g1, g2 = sp.symbols("g1 g2", real=True)
TILT = 2 * coordinates(2)[0] - 3 * coordinates(2)[1]  # keeps |∇D| above the centre 1


def curved(loss: Loss, weight: float, order: int, over: sp.Expr) -> Objective:
    """A loss under λ∫ w |∇^m D|²."""
    return Objective(loss, weight * GradientPenalty(order, over=over))


def about(loss: Loss, one_sided: bool) -> Objective:
    """A loss under λ∫ w (|∇D| − 1)², or of its positive part, w = (p + q)/2."""
    return Objective(loss, sp.Rational(3, 10) * GradientPenalty(1, over=MEAN, centre=1, one_sided=one_sided))


def differences(setting: str, objective: Objective, ends: Ends, kind: Boundary, counts: tuple = (8, 16, 32, 64)) -> Case:
    """Finite differences on a box."""
    return boxed(setting, objective, ends, kind, 2, 1e-3, counts, (3 * counts[-1] // 2,))


def circled(accuracy: int, domain: Torus, counts: tuple[int, ...], finer: tuple[int, ...]) -> Case:
    """Finite differences for the logistic loss under λ∫ p |∇D|² on a circle or a torus."""

    def solver(n: int) -> FiniteDifferences:
        return FiniteDifferences(TorusGrid(domain.periods, (n,)), accuracy=accuracy)

    make: Callable[[int], Any] = solver if domain.dim == 1 else partial(on_torus, accuracy)
    setting = f"logistic, m = 1, w = p, {'circle' if domain.dim == 1 else 'torus'}"
    objective = curved(LOGISTIC, 0.003, 1, p)
    return Case(f"finite differences, accuracy {accuracy}", setting, make, objective, domain, accuracy, 1e-2, counts, finer)


def tilted(straight: Case) -> Case:
    """The same with D so steep that |∇D| > 1 everywhere."""
    return replace(straight, more=TILT)


R1 = "logistic, m = 1, w = p, plane", curved(LOGISTIC, 0.3, 1, p), PLANE
KL = "Kullback–Leibler, m = 1, w = (p+q)/2, plane", curved(FORWARD_KL_GAN, 0.3, 1, MEAN), PLANE
ONE = "least squares, (|∇D| − 1)₊², plane", about(LEAST_SQUARES, True), PLANE
TWO = "Wasserstein, (|∇D| − 1)², plane", about(WASSERSTEIN, False), PLANE
SECOND = curved(LOGISTIC, 0.03, 2, p)

DIFFERENCES = (
    differences(*R1, NATURAL),
    differences(*KL, CLAMPED),
    differences("Kullback–Leibler, m = 1, w = q, space", curved(FORWARD_KL_GAN, 0.3, 1, q), ROOM, CLAMPED, (8, 12, 16, 24)),
    differences("logistic, m = 2, w = p, plane", SECOND, PLANE, NATURAL),
    tilted(differences(*ONE, NATURAL)),
    tilted(differences(*TWO, NATURAL)),
    circled(2, CIRCLES, (36, 48, 72, 96), (144, 216)),
)
HIGH = {
    4: (circled(4, CIRCLE, (48, 64, 96, 128, 192), (256,)),),
    6: (circled(6, CIRCLE, (48, 64, 96, 128, 192), ()),),
}
LINEAR_CASES = (
    case(LINEAR, *R1, NATURAL, (8, 16, 24, 32)),
    case(LINEAR, *KL, CLAMPED, (8, 16, 24, 32)),
    tilted(case(LINEAR, *ONE, NATURAL, (8, 16, 24, 32))),
)
QUADRATIC_CASES = (
    case(QUADRATIC, *R1, NATURAL, (8, 12, 16, 20)),
    tilted(case(QUADRATIC, *ONE, CLAMPED, (4, 8, 12, 16))),
    tilted(case(QUADRATIC, *TWO, NATURAL, (8, 12, 16, 20))),
)
SECOND_CASES = (
    case(HERMITE, "logistic, m = 2, w = p, line", SECOND, LINE, NATURAL, (4, 8, 16, 32)),
    case(MORLEY, "logistic, m = 2, w = p, plane", SECOND, PLANE, NATURAL, (8, 16, 24, 32)),
)
WAVES = tuple(
    Case("Fourier series", f"{name}, torus", fourier_series.solver, objective, CIRCLES, inf, 1e-2, (4, 6, 8, 10, 12), (14,))
    for name, objective in (
        ("logistic, m = 1, w = p", curved(LOGISTIC, 0.003, 1, p)),
        ("Kullback–Leibler, m = 1, w = (p+q)/2", curved(FORWARD_KL_GAN, 0.003, 1, MEAN)),
    )
)
CASES = (*DIFFERENCES, *HIGH[4], *HIGH[6], *LINEAR_CASES, *QUADRATIC_CASES, *SECOND_CASES, *WAVES)


def bend(loss: Loss) -> sp.Expr:
    """∂/∂y of the reaction p ℓ_real′ + q ℓ_fake′, which the package takes from the loss."""
    return sp.diff(loss.reaction, y)


def flux_jacobian() -> list[sp.Expr]:
    """Trace and determinant of ∂/∂g of (1 − K/|g|) g."""
    size = sp.sqrt(g1**2 + g2**2)
    J = sp.Matrix([(1 - K / size) * g for g in (g1, g2)]).jacobian([g1, g2])
    return [J.trace(), J.det()]


def of_eigenvalues() -> list[sp.Expr]:
    """Sum and product of 1 and 1 − K/|g|."""
    other = 1 - K / sp.sqrt(g1**2 + g2**2)
    return [1 + other, other]


MONOTONE = (
    Step("logistic: its reaction rises with D", partial(bend, LOGISTIC), lambda: (p + q) * sp.exp(y) / (1 + sp.exp(y)) ** 2),
    Step("Kullback–Leibler: the same", partial(bend, FORWARD_KL_GAN), lambda: q * sp.exp(y - 1)),
    Step("the flux (1 − K/|g|) g rises with g where |g| > K: eigenvalues 1 and 1 − K/|g|", flux_jacobian, of_eigenvalues),
)
EQUATION = (
    r"p\,\ell_{\mathrm{real}}'(D) + q\,\ell_{\mathrm{fake}}'(D) = 2\lambda\nabla\cdot(w\,(1 - K/|\nabla D|)\nabla D),"
    r"\qquad \|D_h - D\| = O(h^{%s})"
)
SOURCE = "leveque2007finite, chapter 2; derived: a stable linearisation keeps the order"
RATES = (
    rate(
        "rate-nonlinear-differences",
        "For curved losses and for centred penalties, one-sided or not, where |∇D| > K, finite differences keep order 2.",
        EQUATION % "2",
        SOURCE,
        (*MONOTONE, *stencils((1, 2))),
        DIFFERENCES,
    ),
    *(
        rate(
            f"rate-nonlinear-differences-accuracy-{a}",
            f"On tori, with stencils of accuracy {a}, finite differences keep order {a} for the logistic loss.",
            EQUATION % str(a),
            SOURCE,
            (MONOTONE[0], *stencils((1, a))),
            HIGH[a],
        )
        for a in (4, 6)
    ),
    *(
        rate(
            f"rate-nonlinear-elements-order-{order}",
            f"{says} order {order} in L² for curved losses{centred}.",
            EQUATION % str(order),
            "ciarlet2002finite, chapters 3 and 6; derived: a stable linearisation keeps the order",
            (*MONOTONE, Step(f"the interpolation error of x^{order} on a cell", *interpolation)),
            cases,
        )
        for order, says, centred, interpolation, cases in (
            (
                2,
                "Linear elements, and Morley's for m = 2, keep",
                " and for centred penalties where |∇D| > K",
                (partial(interpolation_error, (0, h), False, 2), partial(beta, 1, 1, 5)),
                (*LINEAR_CASES, SECOND_CASES[1]),
            ),
            (
                3,
                "Quadratic elements keep",
                " and for centred penalties where |∇D| > K",
                (partial(interpolation_error, (0, h / 2, h), False, 3), midpoint),
                QUADRATIC_CASES,
            ),
            (
                4,
                "Hermite's cubics keep",
                ", m = 2 on the line",
                (partial(interpolation_error, (0, h), True, 4), partial(beta, 2, 2, 9)),
                SECOND_CASES[:1],
            ),
        )
    ),
    rate(
        "rate-nonlinear-fourier-series",
        "On a torus the error of FourierSeries falls faster than any power of 1/M for curved losses, where D is analytic.",
        r"\|D_M - D\| = O(e^{-aM})",
        "trefethen2000spectral, chapter 4",
        (*MONOTONE[:2], *fourier_series.RATE.proof),
        WAVES,
    ),
)
