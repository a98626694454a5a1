"""The eigenvalues of the Dirac-GAN at its equilibrium, for every loss and every regulariser."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import torch

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.games import (
    UNREGULARISED,
    Consensus,
    DiracGAN,
    GeneratorSlope,
    InstanceNoise,
    Regulariser,
    r1,
    r2,
    spectrum,
)
from gantheory.objectives import HINGE, LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN, Loss

t = sp.Symbol("t", real=True)
w = sp.Symbol("gamma", positive=True)


@dataclass(frozen=True)
class Setting:
    """A loss, and the f of mescheder2018which that belongs to it: the discriminator maximises f(ψθ) + f(0) there."""

    says: str
    loss: Loss
    f: sp.Expr

    @property
    def a(self) -> sp.Expr:
        """f′(0)."""
        return sp.diff(self.f, t).subs(t, 0)

    @property
    def b(self) -> sp.Expr:
        """f″(0)."""
        return sp.diff(self.f, t, 2).subs(t, 0)


SETTINGS = {
    "wasserstein": Setting("Wasserstein loss", WASSERSTEIN, t),
    "logistic": Setting("saturating logistic loss", LOGISTIC, -sp.log(1 + sp.exp(-t))),
    "non-saturating": Setting("non-saturating logistic loss", NON_SATURATING, -sp.log(1 + sp.exp(-t))),
    "least-squares": Setting("least squares loss", LEAST_SQUARES, -((1 - t) ** 2) / 2),
    "hinge": Setting("hinge loss", HINGE, -sp.Max(0, 1 - t)),
}


@dataclass(frozen=True)
class Row:
    """A regulariser as a function of its weight, the table's middle and square under the root, and numbers to try."""

    says: str
    regulariser: Callable[[Any], Regulariser]
    middle: Callable[[Any, Any, Any], Any]
    square: Callable[[Any, Any, Any], Any]
    equation: str
    source: str
    tried: tuple[float, ...]


WHICH = "mescheder2018which, sections 2 and 3"
R_EQUATION = r"\lambda_\pm = -\frac{\gamma}{2} \pm \sqrt{\frac{\gamma^2}{4} - f'(0)^2}"
ROWS = {
    "unregularised": Row(
        "without a regulariser the eigenvalues are ± i f′(0)",
        lambda g: UNREGULARISED,
        lambda g, a, b: 0 * g,
        lambda g, a, b: -(a**2) + 0 * g,
        r"\lambda_\pm = \pm i f'(0)",
        WHICH,
        (1.0,),
    ),
    "r1": Row(
        "R1 of weight γ gives −γ/2 ± √(γ²/4 − f′(0)²)",
        r1,
        lambda g, a, b: -g / 2,
        lambda g, a, b: g**2 / 4 - a**2,
        R_EQUATION,
        WHICH,
        (0.37, 2.9),
    ),
    "r2": Row(
        "R2 of weight γ gives −γ/2 ± √(γ²/4 − f′(0)²)",
        r2,
        lambda g, a, b: -g / 2,
        lambda g, a, b: g**2 / 4 - a**2,
        R_EQUATION,
        WHICH,
        (0.53, 2.3),
    ),
    "instance-noise": Row(
        "instance noise of deviation γ gives f″(0) γ² ± √(f″(0)² γ⁴ − f′(0)²)",
        InstanceNoise,
        lambda g, a, b: b * g**2,
        lambda g, a, b: b**2 * g**4 - a**2,
        r"\lambda_\pm = f''(0)\,\gamma^2 \pm \sqrt{f''(0)^2\gamma^4 - f'(0)^2}",
        WHICH,
        (0.7, 1.9),
    ),
    "consensus": Row(
        "consensus of weight γ gives −γ f′(0)² ± i f′(0)",
        Consensus,
        lambda g, a, b: -g * a**2,
        lambda g, a, b: -(a**2) + 0 * g,
        r"\lambda_\pm = -\gamma f'(0)^2 \pm i f'(0)",
        "mescheder2017numerics, section 4",
        (0.6, 1.7),
    ),
    "ode-gan": Row(
        "ODE-GAN's penalty of weight γ gives −γ f′(0)² ± f′(0) √(γ² f′(0)² − 1)",
        GeneratorSlope,
        lambda g, a, b: -g * a**2,
        lambda g, a, b: a**2 * (g**2 * a**2 - 1),
        r"\lambda_\pm = -\gamma f'(0)^2 \pm f'(0)\sqrt{\gamma^2 f'(0)^2 - 1}",
        "qin2020training, section 3",
        (0.45, 2.6),
    ),
}


def derived(setting: Setting, row: Row) -> list[sp.Expr]:
    """By the package, from the objective."""
    return list(DiracGAN(setting.loss, row.regulariser(w)).eigenvalues())


def tabled(setting: Setting, row: Row) -> list[sp.Expr]:
    """By the table, from f."""
    middle, root = (g(w, setting.a, setting.b) for g in (row.middle, row.square))
    return [middle - sp.sqrt(root), middle + sp.sqrt(root)]


def parts(values: np.ndarray) -> np.ndarray:
    """Real and imaginary parts, the largest real part first, then the largest imaginary part."""
    ordered = sorted(values, key=lambda v: (-round(v.real, 9), -v.imag))
    return np.array([[v.real, v.imag] for v in ordered])


def measured(setting: Setting, row: Row) -> np.ndarray:
    """By autograd of the game's losses."""
    games = [DiracGAN(setting.loss, row.regulariser(value)).game for value in row.tried]
    return np.stack([parts(spectrum(game, torch.zeros(2, dtype=torch.float64)).numpy()) for game in games])


def expected(setting: Setting, row: Row) -> np.ndarray:
    """The table in complex floats."""
    a, b = float(setting.a), float(setting.b)
    pairs = [(row.middle(g, a, b), np.sqrt(complex(row.square(g, a, b)))) for g in row.tried]
    return np.stack([parts(np.array([m - s, m + s])) for m, s in pairs])


def eigenvalue_claim(loss: str, regulariser: str) -> Claim:
    """One cell of the table."""
    setting, row = SETTINGS[loss], ROWS[regulariser]
    return Claim(
        name=f"dirac-{loss}-{regulariser}",
        says=f"Dirac-GAN, {setting.says}: {row.says}.",
        equation=row.equation,
        source=row.source,
        proof=(
            Step(
                "derived from the objective, against the table in f",
                partial(derived, setting, row),
                partial(tabled, setting, row),
            ),
        ),
        witness=Agreement(
            (
                Step(
                    f"spectrum of the game by autograd at γ = {', '.join(f'{g:g}' for g in row.tried)}, against the table",
                    partial(measured, setting, row),
                    partial(expected, setting, row),
                    Rivals(1e-8),
                ),
            )
        ),
    )


EIGENVALUES = tuple(eigenvalue_claim(loss, regulariser) for loss in SETTINGS for regulariser in ROWS)
