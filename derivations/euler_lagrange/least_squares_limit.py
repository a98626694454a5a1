"""Least squares under λ∫ w|D′|² on an interval tends to the mean of the labels like 1/λ, along the Wasserstein critic."""

from functools import partial

import numpy as np
import sympy as sp

from derivations.euler_lagrange.least_squares_interval import SOURCE, Case, a, b, equation, fake, lam, real, weight
from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective, least_squares
from gantheory.symbolic import coordinates, nu, y

(x,) = coordinates(1)
shift = sp.Symbol("s", real=True)
P, Q = sp.symbols("P Q", positive=True)
D, Fp, Fq, first, second = (sp.Function(name, real=True)(x) for name in ("D", "F_p", "F_q", "D_1", "D_2"))
TIGHT = 0.02
SIZES = tuple(1 / k for k in (8, 16, 32, 64, 128))
START = (b * P + a * Q) / (P + Q)


def powers() -> list[sp.Expr]:
    """The coefficients of λ⁰ and 1/λ in δJ/δD at s + D₁/λ + D₂/λ²."""
    found = sp.expand(equation(shift + first / lam + second / lam**2).doit())
    return [found.coeff(lam, -k) for k in range(2)]


def hierarchy() -> list[sp.Expr]:
    """p (s − b) + q (s − a) − 2(w D₁′)′ and (p + q) D₁ − 2(w D₂′)′."""
    bent = [sp.expand(2 * sp.diff(weight * d.diff(x), x)) for d in (first, second)]
    return [sp.expand(real * (shift - b) + fake * (shift - a)) - bent[0], sp.expand((real + fake) * first) - bent[1]]


def best_constant() -> sp.Expr:
    """The constant of least J, the laws having masses P and Q."""
    loss = least_squares(a, b)
    return sp.solve(sp.diff(P * loss.real + Q * loss.fake, y), y)[0]


def flux() -> sp.Expr:
    """w D₁′ = (b − a) PQ/2(P + Q) (F_q/Q − F_p/P)."""
    return (b - a) * P * Q / (2 * (P + Q)) * (Fq / Q - Fp / P)


def critic() -> sp.Expr:
    """The left side of the Wasserstein equation, λ = 1, at 2D₁/(b − a), P = Q = 1."""
    left, _ = Objective(WASSERSTEIN, GradientPenalty(1, over=nu)).euler_lagrange().at(D, real, fake, (x,), weight)
    return left.subs(D, sp.Integral(2 * flux().subs({P: 1, Q: 1}) / (b - a) / weight, x)).doit()


p1, q1 = (1 + 2 * x) / 2, (4 - 3 * x**2) / 3  # of mass 1 on [0, 1]


def by_integration() -> list[sp.Expr]:
    """(a + b)/2, and D₁ by two integrations for p₁, q₁ and w = 1, E_p D₁ + E_q D₁ = 0."""
    cumulated = [sp.integrate(side, (x, 0, x)) for side in (p1, q1)]
    D1 = sp.integrate(flux().subs({P: 1, Q: 1, Fp: cumulated[0], Fq: cumulated[1]}), x)
    return [(a + b) / 2, sp.expand(D1 - sp.integrate(sp.expand((p1 + q1) * D1), (x, 0, 1)) / 2)]


def by_coefficients() -> list[sp.Expr]:
    """The same from a quartic and a constant with unknown coefficients: equation, both ends, and that D₂ exists."""
    names = sp.symbols("c0:5")
    quartic = sum(c * x**k for k, c in enumerate(names))
    slope = sp.diff(quartic, x)
    conditions = sp.Poly(2 * sp.diff(slope, x) - p1 * (shift - b) - q1 * (shift - a), x).all_coeffs()
    conditions += [slope.subs(x, 0), slope.subs(x, 1), sp.integrate(sp.expand((p1 + q1) * quartic), (x, 0, 1))]
    found = sp.solve(conditions, [*names, shift], dict=True)[0]
    return [found[shift], sp.expand(quartic.subs(found))]


def made(size: float, masses: tuple[int, int] = (1, 1)) -> Case:
    """p₁ and q₁ on [0, 1], λ = size, w = 1."""
    return Case((masses[0] * p1, masses[1] * q1), (-0.7, 1.6), size, sp.S.One, (0.0, 1.0))


def predicted(n: int) -> np.ndarray:
    """D₁ at n + 1 nodes."""
    D1 = by_integration()[1].subs({a: sp.Float(-0.7), b: sp.Float(1.6)})
    return np.polyval([float(c) for c in sp.Poly(D1, x).all_coeffs()], np.linspace(0, 1, n + 1))


def from_the_mean(inverse: float) -> float:
    """max|D − (a + b)/2| at λ = 1/inverse, by finite differences."""
    return float(np.abs(made(1 / inverse).differences(1200) - 0.45).max())


def from_the_line(inverse: float) -> float:
    """max|D − (a + b)/2 − D₁/λ| by collocation."""
    return float(np.abs(made(1 / inverse).collocation(64) - 0.45 - inverse * predicted(64)).max())


LIMIT = Claim(
    name="least-squares-interval-limit",
    says=(
        "As λ → ∞, D = (bP + aQ)/(P + Q) + D₁/λ + O(1/λ²), P and Q the masses of p and q: (a + b)/2 for two laws, and then "
        "D₁ is (b − a)/2 times the Wasserstein critic under the same penalty, E_p D₁ + E_q D₁ = 0."
    ),
    equation=r"D = \frac{a + b}{2} + \frac{D_1}{\lambda} + O(\lambda^{-2}), \quad w D_1' = \frac{b - a}{4}\,(F_q - F_p)",
    source=SOURCE,
    proof=(
        Step("δJ/δD in powers of 1/λ", powers, hierarchy),
        Step("the constant for which the first has a solution is that of least J", best_constant, lambda: START),
        Step(
            "its solution",
            lambda: 2 * sp.diff(flux(), x),
            lambda: Fp.diff(x) * (START - b) + Fq.diff(x) * (START - a),
        ),
        Step("the Wasserstein critic", critic, lambda: Fp.diff(x) - Fq.diff(x)),
        Step("D₁ for two polynomials, by integration and by coefficients", by_integration, by_coefficients),
    ),
    witness=(
        Convergence(from_the_mean, SIZES, 1, 1e-2, tolerance=TIGHT, size=r"$1/\lambda$", quantity="distance from the mean"),
        Convergence(from_the_line, SIZES, 2, 1e-4, tolerance=TIGHT, size=r"$1/\lambda$", quantity="distance from the line"),
        Agreement(
            (
                Step(
                    "λD at λ = 2000 against D₁, both without their means",
                    lambda: 2000 * made(2000.0).differences(400),
                    partial(predicted, 400),
                    Rivals(2e-4, gauge=lambda d: d - d.mean()),
                ),
                Step(
                    "masses 2 and 3: the mean of D against (2b + 3a)/5",
                    lambda: made(1e5, (2, 3)).differences(100).mean(),
                    lambda: (2 * 1.6 - 3 * 0.7) / 5,
                    Rivals(1e-4),
                ),
            )
        ),
    ),
)
