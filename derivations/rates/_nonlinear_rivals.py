"""Rivals for nonlinear equations, and for losses without a penalty."""

from __future__ import annotations

from functools import partial

import torch

from derivations.rates._rivals import Contest, boxed, differences, inside, isotropic, made
from derivations.rates.finite_differences import CIRCLES, CLAMPED, MEAN, NATURAL, PLANE, ROOM, on_torus
from derivations.rates.nonlinear import TILT, about, curved
from gantheory.discriminators import FourierSeries, Pointwise, solve
from gantheory.discriminators.finite_elements import QUADRATIC
from gantheory.measures import Gaussian, Mixture
from gantheory.objectives import FORWARD_KL_GAN, LEAST_SQUARES, LOGISTIC, WASSERSTEIN, Box, Loss, Objective
from gantheory.symbolic import p, q

WIDE = Box((-0.8, -0.9), (1.1, 0.7), NATURAL)


def laws() -> tuple[Gaussian, Mixture]:
    """A Gaussian, and a mixture of two."""
    parts = (isotropic((-0.4, 0.5), 0.9), isotropic((0.6, -0.1), 1.2))
    return isotropic((0.3, -0.2), 0.8), Mixture(torch.tensor([0.3, 0.7], dtype=torch.float64), parts)


def unpenalised(name: str, loss: Loss) -> Contest:
    """A loss alone: its optimum in closed form, and Newton's method node by node."""
    objective = Objective(loss)
    rivals = {
        "Pointwise": lambda: solve(objective, *laws(), solver=Pointwise()),
        "FiniteDifferences": lambda: solve(objective, *laws(), solver=differences(WIDE, 49, None)),
    }
    return Contest(f"{name}, no penalty, R^2", objective, laws, inside(WIDE), 1e-6, rivals, free=False)


def nonlinear() -> tuple[Contest, ...]:
    """All of them."""
    torus = partial(made, domain=CIRCLES, tolerance=1e-4)
    plane = partial(boxed, ends=PLANE, finest=(64, 24), element=QUADRATIC, tolerance=5e-4)
    return (
        plane("logistic, m = 1, w = p, plane", curved(LOGISTIC, 0.3, 1, p), kind=NATURAL),
        plane("Kullback–Leibler, m = 1, w = (p+q)/2, plane", curved(FORWARD_KL_GAN, 0.3, 1, MEAN), kind=CLAMPED),
        boxed(
            "Kullback–Leibler, m = 1, w = q, space", curved(FORWARD_KL_GAN, 0.3, 1, q), ROOM, CLAMPED, (24, 8), QUADRATIC, 5e-4
        ),
        plane("least squares, (|∇D| − 1)₊², plane", about(LEAST_SQUARES, True), kind=NATURAL, more=TILT),
        plane("Wasserstein, (|∇D| − 1)², plane", about(WASSERSTEIN, False), kind=CLAMPED, more=TILT),
        torus(
            "logistic, m = 1, w = p, torus",
            curved(LOGISTIC, 0.003, 1, p),
            FiniteDifferences=on_torus(6, 64),
            FourierSeries=FourierSeries(CIRCLES, 16),
        ),
        torus(
            "Kullback–Leibler, m = 1, w = (p+q)/2, torus",
            curved(FORWARD_KL_GAN, 0.003, 1, MEAN),
            FiniteDifferences=on_torus(6, 64),
            FourierSeries=FourierSeries(CIRCLES, 16),
        ),
        unpenalised("logistic", LOGISTIC),
        unpenalised("least squares", LEAST_SQUARES),
    )
