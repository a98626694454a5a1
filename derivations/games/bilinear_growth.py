"""How much each explicit method grows per step on the bilinear game, κ = strength · step."""

from collections.abc import Callable

import sympy as sp

from derivations.games._steps import ONE, K, Pair, complex_pair, growth_witness, kappa, root_steps, runge_kutta
from gantheory.claims import Claim
from gantheory.games import (
    consensus,
    extragradient,
    implicit_euler,
    implicit_midpoint,
    simultaneous,
    symplectic_adjustment,
    two_time_scales,
)
from gantheory.games.spectrum import Stepping
from gantheory.integration import FixedStep, heun, rk4, rk38

half, third, sixth, eighth = (sp.Rational(1, n) for n in (2, 3, 6, 8))
node = sp.Symbol("alpha", positive=True)
WEIGHT, RATES = 0.4, (0.5, 3.0)
ratio, rates = sp.Rational(4, 3), (sp.Rational(1, 2), sp.S(3))  # weight over step, and the rates, exactly
i = sp.I
STEP = 0.3
KUTTA = FixedStep("rk3", 3, STEP, a=((), (1 / 2,), (-1, 2)), b=(1 / 6, 2 / 3, 1 / 6), c=(0, 1 / 2, 1))


def growth_claim(
    name: str,
    says: str,
    equation: str,
    source: str,
    matrix: Callable[[], sp.Matrix],
    root: sp.Expr,
    method: Stepping,
) -> Claim:
    """ρ = |λ| for the complex pair λ, λ̄ of the step's matrix."""
    pair: Pair = complex_pair(root)
    return Claim(f"bilinear-{name}", says, equation, source, root_steps(matrix, lambda: pair, method), growth_witness(method))


METHODS = (
    growth_claim(
        "simultaneous",
        "Simultaneous descent spirals out on the bilinear game at every step: by √(1 + κ²).",
        r"\rho = \sqrt{1 + \kappa^2}",
        "mescheder2018which, simultaneous gradient descent",
        lambda: ONE + K,
        1 + i * kappa,
        simultaneous(STEP),
    ),
    growth_claim(
        "two-time-scales",
        "Two time scales alone never converge on the bilinear game: rates r₁, r₂ grow by √(1 + r₁r₂κ²).",
        r"\rho = \sqrt{1 + r_1 r_2 \kappa^2} > 1",
        "heusel2017gans, the update rule",
        lambda: ONE + sp.diag(*rates) * K,
        1 + i * kappa * sp.sqrt(rates[0] * rates[1]),
        two_time_scales(STEP, RATES),
    ),
    growth_claim(
        "runge-kutta-2",
        "Every explicit Runge–Kutta method of order 2 in two stages grows by √(1 + κ⁴/4), whatever its node.",
        r"\rho = \sqrt{1 + \kappa^4/4}",
        "hairer1996solving, section IV.2",
        lambda: runge_kutta(((), (node,)), (1 - 1 / (2 * node), 1 / (2 * node))),
        1 + i * kappa - kappa**2 / 2,
        heun(STEP),
    ),
    growth_claim(
        "runge-kutta-3",
        "Kutta's method of order 3 changes the radius by √(1 − κ⁴/12 + κ⁶/36).",
        r"\rho = \sqrt{1 - \kappa^4/12 + \kappa^6/36}",
        "hairer1996solving, section IV.2",
        lambda: runge_kutta(((), (half,), (-1, 2)), (sixth, 2 * third, sixth)),
        1 + i * kappa - kappa**2 / 2 - i * kappa**3 / 6,
        KUTTA,
    ),
    growth_claim(
        "runge-kutta-4",
        "The classic method of order 4, both players moved jointly, changes the radius by √(1 − κ⁶/72 + κ⁸/576).",
        r"\rho = \sqrt{1 - \kappa^6/72 + \kappa^8/576}",
        "qin2020training, RK4",
        lambda: runge_kutta(((), (half,), (0, half), (0, 0, 1)), (sixth, third, third, sixth)),
        1 + i * kappa - kappa**2 / 2 - i * kappa**3 / 6 + kappa**4 / 24,
        rk4(STEP),
    ),
    growth_claim(
        "three-eighths-rule",
        "Kutta's 3/8 rule changes the radius as the classic method of order 4 does.",
        r"\rho = \sqrt{1 - \kappa^6/72 + \kappa^8/576}",
        "hairer1996solving, section IV.2",
        lambda: runge_kutta(((), (third,), (-third, 1), (1, -1, 1)), (eighth, 3 * eighth, 3 * eighth, eighth)),
        1 + i * kappa - kappa**2 / 2 - i * kappa**3 / 6 + kappa**4 / 24,
        rk38(STEP),
    ),
    growth_claim(
        "extragradient",
        "Extragradient contracts the bilinear game by √(1 − κ² + κ⁴) per step.",
        r"\rho = \sqrt{1 - \kappa^2 + \kappa^4}",
        "korpelevich1976extragradient, the method",
        lambda: ONE + K * (ONE + K),
        1 + i * kappa - kappa**2,
        extragradient(STEP),
    ),
    growth_claim(
        "implicit-euler",
        "The proximal step contracts the bilinear game by 1/√(1 + κ²), for steps of every length.",
        r"\rho = 1/\sqrt{1 + \kappa^2}",
        "mokhtari2020unified, the proximal point method",
        lambda: (ONE - K).inv().applyfunc(sp.simplify),
        (1 + i * kappa) / (1 + kappa**2),
        implicit_euler(STEP),
    ),
    growth_claim(
        "implicit-midpoint",
        "The implicit midpoint rule keeps the radius on the bilinear game, for steps of every length.",
        r"\rho = 1",
        "hairer2006geometric, quadratic invariants",
        lambda: ((ONE - K / 2).inv() * (ONE + K / 2)).applyfunc(sp.simplify),
        (1 + i * kappa / 2) ** 2 / (1 + kappa**2 / 4),
        implicit_midpoint(STEP),
    ),
    growth_claim(
        "consensus",
        "Consensus of weight γ and step h changes the radius by √((1 − (γ/h)κ²)² + κ²).",
        r"\rho = \sqrt{\left(1 - \tfrac{\gamma}{h}\kappa^2\right)^2 + \kappa^2}",
        "mescheder2017numerics, consensus optimization",
        lambda: ONE + K - ratio * K.T * K,
        1 - ratio * kappa**2 + i * kappa,
        consensus(STEP, WEIGHT),
    ),
    growth_claim(
        "symplectic-adjustment",
        "Symplectic adjustment of weight λ is consensus of weight λ on the bilinear game, where A = J = −Jᵀ.",
        r"\rho = \sqrt{\left(1 - \tfrac{\lambda}{h}\kappa^2\right)^2 + \kappa^2}",
        "balduzzi2018mechanics, symplectic gradient adjustment",
        lambda: ONE + K + ratio * (K - K.T) / 2 * K,
        1 - ratio * kappa**2 + i * kappa,
        symplectic_adjustment(STEP, WEIGHT),
    ),
)
