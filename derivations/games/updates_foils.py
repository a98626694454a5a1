"""The published notebook of ODE-GAN against what it names: stages that do not see each other, and a tableau of order 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import log2

import numpy as np
import sympy as sp
import torch

from derivations.games import _taylor as taylor
from derivations.games._steps import MATRIX, ONE, STEP, K, growth_witness, kappa, root_steps
from derivations.games.orders import CLASSIC, THREE_EIGHTHS, error, half
from gantheory.claims import Agreement, Claim, Refutation, Roundoff, Step
from gantheory.games import Update, bilinear_game, bilinear_growth, decoupled, euler_heun, growth_factor, simultaneous
from gantheory.games.spectrum import Stepping
from gantheory.integration import FixedStep, heun, rk4, rk38

i = sp.I
MEASURED = 1.0  # κ at which growth is compared


def decoupled_matrix(a: Sequence[Sequence[sp.Expr]], b: Sequence[sp.Expr]) -> sp.Matrix:
    """Each row by its own stages: inside them the player's own coordinate has moved, the other has not."""
    rows = []
    for player in (0, 1):
        stages: list[sp.Matrix] = []
        for row in (*a, b):
            inside = ONE.copy()
            inside[player, :] = ONE.row(player) + sum((w * k for w, k in zip(row, stages, strict=True)), sp.zeros(1, 2))
            stages.append(K.row(player) * inside)
        rows.append(inside.row(player))
    return sp.Matrix.vstack(*rows)


def measured(method: Stepping) -> float:
    """The spectral radius of the package's step at κ = 1."""
    return growth_factor(method, bilinear_game(MEASURED / method.step), torch.zeros(2, dtype=torch.float64))


def slope(make: Callable[[float], Stepping]) -> float:
    """The observed order on the Dirac-GAN between the steps 1/20 and 1/40."""
    return log2(error(make, 1 / 20) / error(make, 1 / 40))


def stepped(make: Callable[[float], Stepping]) -> np.ndarray:
    """One step of the package from a generic state of 2 and 3 numbers."""
    z = torch.tensor([0.3, -1.1, 0.7, 0.2, -0.4], dtype=torch.float64)
    return np.asarray(make(STEP)(bilinear_game(torch.tensor(MATRIX, dtype=torch.float64)), z))  # type: ignore[operator]


def apart(make: Callable[[float], FixedStep], step: float) -> Update:
    """The stages of each player by themselves."""
    return decoupled(make(step))


EULER = Claim(
    name="bilinear-decoupled-stages",
    says="Stages that hold the other player fixed make every Runge–Kutta method Euler's on the bilinear game.",
    equation=r"\rho = \sqrt{1 + \kappa^2}",
    source="qin2020training, the published notebook",
    proof=(
        *root_steps(lambda: decoupled_matrix(*CLASSIC), lambda: (1 + i * kappa, 1 - i * kappa), decoupled(rk4(STEP))),
        Step("the classic tableau: the matrix of a step", lambda: decoupled_matrix(*CLASSIC), lambda: ONE + K),
        Step("the 3/8 rule: the matrix of a step", lambda: decoupled_matrix(*THREE_EIGHTHS), lambda: ONE + K),
    ),
    witness=(
        growth_witness(decoupled(rk4(STEP))),
        Agreement(
            tuple(
                Step(
                    f"{name}: a decoupled step is a simultaneous one, to roundoff",
                    partial(stepped, partial(apart, make)),
                    partial(stepped, simultaneous),
                    Roundoff(),
                )
                for name, make in (("classic", rk4), ("3/8", rk38), ("Heun", heun))
            )
        ),
    ),
)


def missing() -> list[sp.Expr]:
    """½ ∂v₁/∂y v₂ and ½ ∂v₂/∂x v₁."""
    x, y = sp.symbols("x y")
    v = (-y * (1 + x / 2), x - x**2 * y / 3)
    return [sp.expand(sp.diff(v[0], y) * v[1] / 2), sp.expand(sp.diff(v[1], x) * v[0] / 2)]


DECOUPLED = Claim(
    name="notebook-runge-kutta-4",
    says="The notebook's RK4 holds one player fixed in the other's stages: on the bilinear game at κ = 1 it grows by √2, "
    "where RK4 contracts.",
    equation=r"\sqrt{1 + \kappa^2} \ne \sqrt{1 - \kappa^6/72 + \kappa^8/576}",
    source="qin2020training, the published notebook",
    proof=(
        Step(
            "h² of the decoupled step lacks what each velocity owes to the other's motion",
            lambda: [taylor.coefficient(a - b, 2) for a, b in zip(taylor.exact(2), taylor.decoupled(*CLASSIC, 2), strict=True)],
            missing,
        ),
    ),
    witness=(
        Refutation(
            "growth per step of the bilinear game at κ = 1",
            lambda: float(bilinear_growth(rk4(1.0), 1)),
            partial(measured, decoupled(rk4(STEP))),
        ),
        Refutation("order on the Dirac-GAN", lambda: 4.0, partial(slope, partial(apart, rk4)), 0.5),
    ),
)


TABLEAU = Claim(
    name="notebook-euler-heun",
    says="The notebook's euler_heun puts Heun's weights on the midpoint's node: order 1, and on the bilinear game half of "
    "Euler's excess κ² remains.",
    equation=r"b_1 c_1 + b_2 c_2 = \tfrac14 \ne \tfrac12",
    source="qin2020training, the published notebook",
    proof=(
        Step(
            "h² of a step is half of the flow's",
            lambda: [2 * c for c in taylor.coefficients(taylor.runge_kutta(((), (half,)), (half, half), 2), 2)[2:]],
            lambda: taylor.coefficients(taylor.exact(2), 2)[2:],
        ),
        Step(
            "growth on the bilinear game",
            lambda: bilinear_growth(euler_heun(STEP), kappa) ** 2,
            lambda: sp.expand((1 + i * kappa - kappa**2 / 4) * (1 - i * kappa - kappa**2 / 4)),
        ),
    ),
    witness=(
        Refutation("order on the Dirac-GAN", lambda: 2.0, lambda: slope(euler_heun), 0.25),
        Refutation(
            "growth per step of the bilinear game at κ = 1",
            lambda: float(bilinear_growth(heun(1.0), 1)),
            partial(measured, euler_heun(STEP)),
        ),
        growth_witness(euler_heun(STEP)),
    ),
)
