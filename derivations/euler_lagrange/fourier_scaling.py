"""How the discriminator of a torus, and the mean of its squared slope, scale with the multiplier λ."""

from functools import partial

import numpy as np
import sympy as sp

from derivations.euler_lagrange.fourier_series import DENSITY, GRID, T, a, b, coefficients, lam, series, x
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective

c = sp.Symbol("c", positive=True)


def discriminator() -> sp.Expr:
    """D of DENSITY under λ∫D′²."""
    return series({j: coefficients(DENSITY, T, j) for j in (1, -1)}, T, lam)


def left_side(divisor: sp.Expr) -> sp.Expr:
    """2cλ(−D″) at D over the divisor: the left side for the multiplier cλ."""
    D = discriminator() / divisor
    left, _ = Objective(WASSERSTEIN, c * lam * GradientPenalty(1)).euler_lagrange().at(D, a, b, (x,))
    return sp.expand(sp.expand(left.doit()).rewrite(sp.cos))


def mean_squared_slope() -> sp.Expr:
    """(1/T) ∫₀^T D′² dx, by integration."""
    slope = sp.expand(sp.diff(discriminator(), x).rewrite(sp.cos))
    return sp.simplify(sp.integrate(sp.expand(slope**2), (x, 0, T)) / T)


def at_zero(weight: float) -> float:
    """D(0) of the toolkit for p − q = cos x on [0, 2π] under λ∫D′²."""
    period = 2 * sp.pi
    D = series({j: coefficients(sp.cos(x), period, j) for j in (1, -1)}, period, sp.nsimplify(weight))
    return float(sp.re(sp.N(D.subs(x, 0))))


def by_differences(weight: float) -> float:
    """D(0) for p − q = cos x from the matrix of −2λ d²/dx² on a periodic grid, with its symbol corrected for the spacing."""
    n, h = len(GRID), GRID[1]
    second = (np.roll(np.eye(n), 1, 0) + np.roll(np.eye(n), -1, 0) - 2 * np.eye(n)) / h**2
    exact = (h / 2 / np.sin(h / 2)) ** 2  # the second difference of cos x is −cos x over this
    D = np.linalg.lstsq(-2 * weight * second * exact, np.cos(GRID), rcond=None)[0]
    return float(D[0])


SCALING = Claim(
    name="fourier-scaling",
    says="The discriminator falls as 1/λ and the mean of its squared slope as 1/λ²; printed with 1/λ² for both, D is too "
    "small by the factor λ, and its squared slope would fall as 1/λ⁴.",
    equation=r"D = \frac{1}{\lambda}\sum_{k\ne0}\gamma_k\,e^{i\omega_k x},\qquad "
    r"\frac1T\int_0^T D'^2\,dx = \frac{1}{\lambda^2}\sum_{k\ne0}\omega_k^2\,|\gamma_k|^2",
    source="asokan2023euler, appendix C.3",
    proof=(
        Step("D/c solves the equation for cλ", partial(left_side, c), lambda: DENSITY),
        Step("D/c², as printed, solves it for (p − q)/c", partial(left_side, c**2), lambda: sp.expand(DENSITY / c)),
        Step(
            "mean D′² = Σ_{±1} ω²|γ|²/λ², γ = (a ∓ ib)/4ω²",
            mean_squared_slope,
            lambda: sp.expand(2 * (a**2 + b**2) / 16 / (2 * sp.pi / T) ** 2 / lam**2),
        ),
    ),
    witness=(
        Refutation(
            example="p − q = cos x on [0, 2π], λ = 2: D(0)", printed=lambda: 1 / (2 * 2.0**2), found=partial(at_zero, 2.0)
        ),
        Agreement(
            (
                Step(
                    "the series against a difference matrix", partial(at_zero, 2.0), partial(by_differences, 2.0), Rivals(1e-12)
                ),
            )
        ),
    ),
)
