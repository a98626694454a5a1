"""Learning rates, critical weights and the kinship of regularisers on the Dirac-GAN."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import torch

from derivations.games.dirac_eigenvalues import SETTINGS, parts, w
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.games import (
    Consensus,
    DiracGAN,
    GeneratorSlope,
    InstanceNoise,
    Regulariser,
    consensus,
    psi,
    r1,
    spectrum,
    symplectic_adjustment,
    theta,
    two_time_scales,
    update_matrix,
)
from gantheory.objectives import LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN, Loss

STEP = 0.05
slow, fast = sp.symbols("eta_g eta_d", positive=True)
ORIGIN = torch.zeros(2, dtype=torch.float64)


def by_rates(weight: float | None, rates: tuple[float, float]) -> np.ndarray:
    """(μ − 1)/h for the eigenvalues μ of one step of two_time_scales on the logistic game, R1 of the weight or none."""
    dirac = DiracGAN(LOGISTIC, r1(weight)) if weight else DiracGAN(LOGISTIC)
    matrix = update_matrix(two_time_scales(STEP, rates), dirac.game, ORIGIN)
    return parts((np.linalg.eigvals(matrix.numpy()) - 1) / STEP)


def table_of_rates(weight: float, rates: tuple[float, float]) -> np.ndarray:
    """−η_d γ/2 ± √(η_d² γ²/4 − η_g η_d a²) with a = ½."""
    (g, d), a = rates, 0.5
    middle, root = -d * weight / 2, np.sqrt(complex(d**2 * weight**2 / 4 - g * d * a**2))
    return parts(np.array([middle + root, middle - root]))


def scaled(alone: bool) -> list[sp.Expr]:
    """By the package."""
    return list((DiracGAN(LOGISTIC) if alone else DiracGAN(LOGISTIC, r1(w))).eigenvalues((slow, fast)))


def by_hand(alone: bool) -> list[sp.Expr]:
    """The formula with a = ½."""
    weight = 0 if alone else w
    middle, root = -fast * weight / 2, sp.sqrt(fast**2 * weight**2 / 4 - slow * fast / 4)
    return [middle - root, middle + root]


TIME_SCALES = Claim(
    name="dirac-two-time-scales",
    says="Two learning rates alone only change the speed of rotation: the eigenvalues are ± i f′(0) √(η_g η_d).",
    equation=r"\lambda_\pm = \pm i f'(0)\sqrt{\eta_g\eta_d}",
    source="mescheder2018which, section 2",
    proof=(Step("eigenvalues of diag(η_g, η_d) v′", partial(scaled, True), partial(by_hand, True)),),
    witness=Agreement(
        (
            Step(
                "rates 0.4 and 1.7, from the matrix of a step of the update",
                partial(by_rates, None, (0.4, 1.7)),
                partial(table_of_rates, 0.0, (0.4, 1.7)),
                Rivals(1e-8),
            ),
        )
    ),
)

TIME_SCALES_R1 = Claim(
    name="dirac-two-time-scales-r1",
    says="With R1 the discriminator's rate multiplies the damping: −η_d γ/2 ± √(η_d²γ²/4 − η_g η_d f′(0)²).",
    equation=r"\lambda_\pm = -\frac{\eta_d\gamma}{2} \pm \sqrt{\frac{\eta_d^2\gamma^2}{4} - \eta_g\eta_d f'(0)^2}",
    source="mescheder2018which, section 3",
    proof=(Step("eigenvalues of diag(η_g, η_d) v′", partial(scaled, False), partial(by_hand, False)),),
    witness=Agreement(
        tuple(
            Step(
                f"γ = {g}, rates {rates[0]} and {rates[1]}, from the matrix of a step of the update",
                partial(by_rates, g, rates),
                partial(table_of_rates, g, rates),
                Rivals(1e-8),
            )
            for g, rates in ((0.3, (0.4, 1.7)), (1.4, (1.3, 2.1)))
        )
    ),
)


def adjusted(loss: Loss) -> list[sp.Expr]:
    """The eigenvalues of J + w A J, A = (J − Jᵀ)/2, J by the package."""
    J = DiracGAN(loss).jacobian()
    M = J + w * (J - J.T) / 2 * J
    root = sp.sqrt(sp.expand(M.trace() ** 2 / 4 - M.det()))
    return [M.trace() / 2 - root, M.trace() / 2 + root]


def halves() -> list[sp.Expr]:
    """−w/4 ± i/2."""
    return [-w / 4 - sp.I / 2, -w / 4 + sp.I / 2]


def unit_consensus() -> list[sp.Expr]:
    """The eigenvalues of consensus on the Wasserstein game."""
    return list(DiracGAN(WASSERSTEIN, Consensus(w)).eigenvalues())


def by_adjustment(weight: float) -> np.ndarray:
    """(μ − 1)/h of the update symplectic_adjustment."""
    matrix = update_matrix(symplectic_adjustment(STEP, weight), DiracGAN(NON_SATURATING).game, ORIGIN)
    return parts((np.linalg.eigvals(matrix.numpy()) - 1) / STEP)


ADJUSTMENT = Claim(
    name="dirac-symplectic-adjustment",
    says="Symplectic gradient adjustment of weight λ gives −λ f′(0)² ± i f′(0), as consensus optimisation does.",
    equation=r"\lambda_\pm = -\lambda f'(0)^2 \pm i f'(0)",
    source="balduzzi2018mechanics, section 3",
    proof=(
        Step("eigenvalues of J + λAJ with f′(0) = ½", partial(adjusted, LOGISTIC), halves),
        Step("those of consensus, f′(0) = 1", partial(adjusted, WASSERSTEIN), unit_consensus),
    ),
    witness=Agreement(
        (
            Step(
                "λ = 0.9, from the matrix of a step of the update",
                partial(by_adjustment, 0.9),
                lambda: np.array([[-0.225, 0.5], [-0.225, -0.5]]),
                Rivals(1e-8),
            ),
        )
    ),
)


def adjusted_field() -> list[sp.Expr]:
    """v − w Jᵀv from the velocity of the game without a regulariser, least squares."""
    v = sp.Matrix(DiracGAN(LEAST_SQUARES).velocity)
    return list((v - w * v.jacobian([theta, psi]).T * v).applyfunc(sp.expand))


def regularised_field() -> list[sp.Expr]:
    """The velocity of the players who both pay for speed."""
    return [sp.expand(v) for v in DiracGAN(LEAST_SQUARES, Consensus(w)).velocity]


def by_update() -> np.ndarray:
    """(z⁺ − z)/h of the update consensus, logistic loss."""
    z = torch.tensor([0.8, -1.3], dtype=torch.float64)
    return ((consensus(STEP, 0.6)(DiracGAN(LOGISTIC).game, z) - z) / STEP).numpy()


def by_game() -> np.ndarray:
    """The velocity of the regularised game."""
    return DiracGAN(LOGISTIC, Consensus(0.6)).game.velocity(torch.tensor([0.8, -1.3], dtype=torch.float64)).numpy()


CONSENSUS = Claim(
    name="dirac-consensus-is-a-game",
    says="Consensus optimisation, v − γ Jᵀv, is the game in which both players add (γ/2)|v|² to their losses.",
    equation=r"v - \gamma J^\top v = -\left(\partial_\theta\left(\ell_G + \tfrac{\gamma}{2}|v|^2\right), "
    r"\partial_\psi\left(\ell_D + \tfrac{\gamma}{2}|v|^2\right)\right)",
    source="mescheder2017numerics, section 4",
    proof=(Step("least squares, everywhere", adjusted_field, regularised_field),),
    witness=Agreement((Step("the update against the regularised game, logistic", by_update, by_game, Rivals(1e-12)),)),
)


def both_spectra(weight: float) -> tuple[np.ndarray, np.ndarray]:
    """ODE-GAN's penalty, and R1 of weight 2λa², on the logistic game."""
    games = (DiracGAN(LOGISTIC, GeneratorSlope(weight)).game, DiracGAN(LOGISTIC, r1(weight / 2)).game)
    first, second = (parts(spectrum(game, ORIGIN).numpy()) for game in games)
    return first, second


ODE_GAN = Claim(
    name="dirac-ode-gan-is-r1",
    says="At the equilibrium ODE-GAN's penalty of weight λ acts as R1 of weight 2λ f′(0)².",
    equation=r"\gamma = 2\lambda f'(0)^2",
    source="qin2020training, section 3",
    proof=tuple(
        Step(
            f"Jacobians, {SETTINGS[name].says}",
            lambda s=SETTINGS[name]: list(DiracGAN(s.loss, GeneratorSlope(w)).jacobian()),  # type: ignore[misc]
            lambda s=SETTINGS[name]: list(DiracGAN(s.loss, r1(2 * w * s.a**2)).jacobian()),  # type: ignore[misc]
        )
        for name in ("wasserstein", "logistic", "least-squares")
    ),
    witness=Agreement(
        (Step("spectra by autograd, λ = 1.3", lambda: both_spectra(1.3)[0], lambda: both_spectra(1.3)[1], Rivals(1e-8)),)
    ),
)


MINUS_ONE = np.array([[-1.0, 0.0], [-1.0, 0.0]])  # real and imaginary parts


def critical_claim(
    name: str, says: str, equation: str, regulariser: Callable[[Any], Regulariser], formula: sp.Expr, at: float
) -> Claim:
    """Rotation ends at a weight where the two eigenvalues are one; least squares, a = 1 and b = −1."""
    merged = DiracGAN(LEAST_SQUARES, regulariser(at))

    def found() -> np.ndarray:
        return parts(spectrum(merged.game, ORIGIN).numpy())

    return Claim(
        name=name,
        says=says,
        equation=equation,
        source="mescheder2018which, section 3",
        proof=tuple(
            Step(
                f"the weight at which the eigenvalues meet, {SETTINGS[s].says}",
                lambda s=SETTINGS[s]: list(DiracGAN(s.loss, regulariser(w)).critical(w)),  # type: ignore[misc]
                lambda s=SETTINGS[s]: [formula.subs({A: s.a, B: abs(s.b)})],  # type: ignore[misc]
            )
            for s in ("logistic", "non-saturating", "least-squares")
        ),
        witness=Agreement((Step("both are −1 at the critical weight, least squares", found, lambda: MINUS_ONE, Rivals(1e-5)),)),
    )


A, B = sp.symbols("a b", positive=True)
CRITICAL = (
    critical_claim(
        "dirac-critical-r1",
        "R1 stops the rotation at γ = 2f′(0).",
        r"\gamma_* = 2 f'(0)",
        r1,
        2 * A,
        2.0,
    ),
    critical_claim(
        "dirac-critical-instance-noise",
        "Instance noise stops the rotation at the variance s² = f′(0)/|f″(0)|.",
        r"s_*^2 = \frac{f'(0)}{|f''(0)|}",
        InstanceNoise,
        sp.sqrt(A / B),
        1.0,
    ),
    critical_claim(
        "dirac-critical-ode-gan",
        "ODE-GAN's penalty stops the rotation at λ = 1/f′(0).",
        r"\lambda_* = \frac{1}{f'(0)}",
        GeneratorSlope,
        1 / A,
        1.0,
    ),
)
