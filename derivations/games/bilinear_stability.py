"""For which steps each method stays bounded on the bilinear game, and which step is best."""

from collections.abc import Callable
from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import brentq, minimize_scalar

from derivations.games._steps import STEP, branch, kappa
from derivations.games.bilinear_growth import KUTTA, WEIGHT, ratio
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.games import (
    bilinear_game,
    bilinear_growth,
    consensus,
    extragradient,
    growth_factor,
    optimistic,
    stable_range,
    symplectic_adjustment,
)
from gantheory.games.spectrum import Stepping
from gantheory.integration import rk4


def growth(method: Stepping, k: float) -> float:
    """The spectral radius of the package's step, by autograd."""
    return growth_factor(method, bilinear_game(k / method.step), torch.zeros(2, dtype=torch.float64))


def crossing(method: Stepping, end: float) -> float:
    """Where the measured growth crosses 1, near the end, by bisection."""
    return brentq(lambda k: growth(method, k) - 1, 0.8 * end, 1.3 * end, xtol=1e-13)


def stated(method: Stepping) -> float:
    """The end of the range that the package states."""
    return float(stable_range(method).sup)


def range_claim(name: str, says: str, source: str, end: sp.Expr, squared: Callable[[], sp.Expr], method: Stepping) -> Claim:
    """ρ² − 1 vanishes at the end, is negative before it and positive beyond: as a product, by `squared`."""
    return Claim(
        f"bilinear-range-{name}",
        says,
        rf"\rho < 1 \iff \kappa < {sp.latex(end)}",
        source,
        (
            Step("ρ² − 1 as a product", lambda: bilinear_growth(method, kappa) ** 2 - 1, lambda: sp.expand(squared())),
            Step("the end of the range that the package states", lambda: stable_range(method).sup, lambda: end),
        ),
        Agreement(
            (
                Step(
                    "where the measured growth crosses 1 against the end of the range",
                    partial(crossing, method, float(end)),
                    partial(stated, method),
                    Rivals(1e-9),
                ),
            )
        ),
    )


RANGES = (
    range_claim(
        "extragradient",
        "Extragradient converges on the bilinear game if and only if κ < 1.",
        "korpelevich1976extragradient, the step below 1/L",
        sp.S.One,
        lambda: kappa**2 * (kappa**2 - 1),
        extragradient(STEP),
    ),
    range_claim(
        "runge-kutta-3",
        "Runge–Kutta methods of order 3 in three stages converge on the bilinear game if and only if κ < √3.",
        "hairer1996solving, section IV.2",
        sp.sqrt(3),
        lambda: kappa**4 * (kappa**2 - 3) / 36,
        KUTTA,
    ),
    range_claim(
        "runge-kutta-4",
        "The classic method of order 4, moved jointly, converges on the bilinear game if and only if κ < 2√2.",
        "qin2020training, RK4",
        2 * sp.sqrt(2),
        lambda: kappa**6 * (kappa**2 - 8) / 576,
        rk4(STEP),
    ),
    range_claim(
        "consensus",
        "Consensus converges on the bilinear game if and only if κ < √(2γ/h − 1) h/γ; for no step if γ ≤ h/2.",
        "mescheder2017numerics, consensus optimization",
        sp.sqrt(2 * ratio - 1) / ratio,
        lambda: kappa**2 * (ratio**2 * kappa**2 - (2 * ratio - 1)),
        consensus(STEP, WEIGHT),
    ),
    range_claim(
        "symplectic-adjustment",
        "Symplectic adjustment converges on the bilinear game if and only if κ < √(2λ/h − 1) h/λ.",
        "balduzzi2018mechanics, symplectic gradient adjustment",
        sp.sqrt(2 * ratio - 1) / ratio,
        lambda: kappa**2 * (ratio**2 * kappa**2 - (2 * ratio - 1)),
        symplectic_adjustment(STEP, WEIGHT),
    ),
)

OPTIMISTIC = Claim(
    name="bilinear-range-optimistic",
    says="Optimistic descent converges on the bilinear game if and only if κ < 1/√3.",
    equation=r"\rho < 1 \iff \kappa < \frac{1}{\sqrt{3}}",
    source="daskalakis2018training, optimistic mirror descent",
    proof=(
        Step(
            "beyond ½ the law's square rises with κ: its derivative is that of (κ + ½√(4κ²−1))², a product of positive terms",
            lambda: sp.diff(branch(bilinear_growth(optimistic(STEP), kappa), 1) ** 2, kappa),
            lambda: (2 * kappa + sp.sqrt(4 * kappa**2 - 1)) ** 2 / sp.sqrt(4 * kappa**2 - 1),
        ),
        Step("ρ = 1 at κ = 1/√3", lambda: bilinear_growth(optimistic(STEP), 1 / sp.sqrt(3)), lambda: sp.S.One),
        Step(
            "the end of the range that the package states",
            lambda: stable_range(optimistic(STEP)).sup,
            lambda: 1 / sp.sqrt(3),
        ),
    ),
    witness=Agreement(
        (
            Step(
                "where the measured growth crosses 1 against the end of the range",
                partial(crossing, optimistic(STEP), 3**-0.5),
                partial(stated, optimistic(STEP)),
                Rivals(1e-9),
            ),
        )
    ),
)


def slowest_growth() -> np.ndarray:
    """(argmin, min) of the measured growth of extragradient, by Brent's method on its square."""

    def square(k: float) -> float:
        return growth(extragradient(STEP), k) ** 2

    found = minimize_scalar(square, bounds=(0.3, 0.95), method="bounded", options={"xatol": 1e-9})
    return np.array([found.x, np.sqrt(found.fun)])


BEST = Claim(
    name="bilinear-extragradient-best",
    says="Extragradient is fastest on the bilinear game at κ = 1/√2, by √3/2 a step: no step contracts faster.",
    equation=r"\min_\kappa \rho = \rho(1/\sqrt{2}) = \sqrt{3}/2",
    source="korpelevich1976extragradient, the method",
    proof=(
        Step(
            "ρ² as a square plus ¾",
            lambda: sp.expand(bilinear_growth(extragradient(STEP), kappa) ** 2),
            lambda: sp.expand((kappa**2 - sp.Rational(1, 2)) ** 2 + sp.Rational(3, 4)),
        ),
    ),
    witness=Agreement(
        (
            Step(
                "the smallest measured growth and where it is; a flat minimum, known to √eps",
                slowest_growth,
                lambda: np.array([np.sqrt(0.5), np.sqrt(0.75)]),
                Rivals(1e-6),
            ),
        )
    ),
)
