"""Energies that decrease along the Dirac-GAN's flow: why R1 converges from everywhere, not only nearby."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.games.dirac_steps import SATURATING
from gantheory.claims import Agreement, Claim, Roundoff, Step
from gantheory.games import DiracGAN, psi, r1, theta
from gantheory.objectives import NON_SATURATING, Loss

w = sp.Symbol("gamma", positive=True)
STATES = torch.tensor([[1.3, -0.4], [0.7, 2.1], [-1.9, 0.6], [0.2, 0.3]], dtype=torch.float64)


def rate(loss: Loss, weight: sp.Expr | float | None) -> sp.Expr:
    """θθ̇ + ψψ̇ by the package."""
    v = (DiracGAN(loss) if weight is None else DiracGAN(loss, r1(weight))).velocity
    return sp.expand(theta * v[0] + psi * v[1])


def measured(loss: Loss, weight: float | None) -> np.ndarray:
    """⟨z, v(z)⟩ by autograd of the game's losses."""
    dirac = DiracGAN(loss) if weight is None else DiracGAN(loss, r1(weight))
    return (STATES * dirac.game.velocity(STATES)).sum(1).numpy()


def in_numpy(tanh: bool, weight: float) -> np.ndarray:
    """−u tanh(u/2) − γψ², the first term for the non-saturating loss only."""
    x, p = STATES.numpy().T
    return -weight * p**2 - (x * p * np.tanh(x * p / 2) if tanh else 0)


LYAPUNOV = tuple(
    Claim(
        name=f"dirac-energy-r1-{name}",
        says=f"With R1, E = (θ² + ψ²)/2 falls at the rate γψ² everywhere ({name}, saturating): it converges from any start.",
        equation=r"\dot E = -\gamma\psi^2",
        source="mescheder2018which, section 3 (the energy is derived here)",
        proof=(Step("θθ̇ + ψψ̇", partial(rate, loss, w), lambda: -w * psi**2),),
        witness=Agreement(
            (Step("four states, γ = 0.7", partial(measured, loss, 0.7), partial(in_numpy, False, 0.7), Roundoff(10.0)),)
        ),
    )
    for name, loss in SATURATING.items()
)


def hyperbolic(weight: sp.Expr | int) -> sp.Expr:
    """−u tanh(u/2) − γψ² with exponentials."""
    return (-theta * psi * sp.tanh(theta * psi / 2)).rewrite(sp.exp) - weight * psi**2


NON_SATURATING_ENERGY = tuple(
    Claim(
        name=name,
        says=says,
        equation=equation,
        source="mescheder2018which, section 3 (the energy is derived here)",
        proof=(Step("θθ̇ + ψψ̇", partial(rate, NON_SATURATING, symbol), partial(hyperbolic, symbol or 0)),),
        witness=Agreement(
            (
                Step(
                    "four states",
                    partial(measured, NON_SATURATING, number),
                    partial(in_numpy, True, number or 0.0),
                    Roundoff(10.0),
                ),
            )
        ),
    )
    for name, says, equation, symbol, number in (
        (
            "dirac-energy-non-saturating",
            "The unregularised non-saturating flow loses E = (θ² + ψ²)/2 at the rate u tanh(u/2), u = θψ: it converges.",
            r"\dot E = -u\tanh\frac{u}{2}",
            None,
            None,
        ),
        (
            "dirac-energy-r1-non-saturating",
            "With R1 the non-saturating flow loses E at the rate u tanh(u/2) + γψ².",
            r"\dot E = -u\tanh\frac{u}{2} - \gamma\psi^2",
            w,
            0.7,
        ),
    )
)
