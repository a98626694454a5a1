"""The hinge loss: its optimum sits at a kink, estimates total variation, and moves no particle."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import linprog

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.lowering import lower
from gantheory.objectives import HINGE, TOTAL_VARIATION
from gantheory.symbolic import p, q, y

DENSITIES = ((0.3, 0.8), (1.7, 0.4), (0.05, 2.0), (1.1, 0.9))
gap = sp.Symbol("delta", positive=True)


def at(value: sp.Expr) -> sp.Expr:
    """p (1 − y)₊ + q (1 + y)₊ there."""
    return (p * HINGE.real + q * HINGE.fake).subs(y, value)


def found(expression: sp.Expr) -> list[float]:
    """The package's expression in p and q, in numbers."""
    values = lower(expression, p, q)(*torch.tensor(DENSITIES, dtype=torch.float64).T)
    return values.tolist()


def programmed(part: str) -> list[float]:
    """min p u + q v with u ≥ 1 − y, v ≥ 1 + y, u, v ≥ 0 as a linear programme: its y, or minus its value."""
    values = []
    for P, Q in DENSITIES:
        bounds = [(None, None), (0, None), (0, None)]
        answer = linprog([0, P, Q], A_ub=[[-1, -1, 0], [1, 0, -1]], b_ub=[-1, -1], bounds=bounds)
        values.append(float(answer.x[0]) if part == "optimum" else -float(answer.fun))
    return values


HINGED = Claim(
    name="hinge-optimum",
    says=(
        "The hinge loss has D* = sign(p − q) and the least value p + q − |p − q|: it estimates 2 total variation, "
        "and its D*, locally constant, moves no particle without a gradient penalty."
    ),
    equation=r"\min_y\, p\,(1 - y)_+ + q\,(1 + y)_+ = p + q - |p - q|, \qquad D^* = \operatorname{sign}(p - q)",
    source="lim2017geometric, the optimal discriminator",
    proof=(
        Step("Loss.optimum where p > q", lambda: HINGE.optimum().subs(p, q + gap), lambda: sp.S.One),
        Step("and where p < q", lambda: HINGE.optimum().subs(q, p + gap), lambda: -sp.S.One),
        Step("J at 1 is 2q, the value where p > q", partial(at, sp.S.One), lambda: p + q - (p - q)),
        Step("J at −1 is 2p, the value where p < q", partial(at, -sp.S.One), lambda: p + q - (q - p)),
        Step(
            "between the kinks J is straight from one to the other",
            lambda: at(1 - 2 * y**2 / (1 + y**2)),
            lambda: 2 * q + (2 * p - 2 * q) * y**2 / (1 + y**2),
        ),
        Step(
            "Loss.divergence is twice total variation less the masses",
            HINGE.divergence,
            lambda: 2 * TOTAL_VARIATION.divergence() - p - q,
        ),
    ),
    witness=Agreement(
        (
            Step("D* against a linear programme", lambda: found(HINGE.optimum()), partial(programmed, "optimum"), Rivals(1e-9)),
            Step("the value against it", lambda: found(HINGE.divergence()), partial(programmed, "value"), Rivals(1e-9)),
            Step(
                "twice total variation by NumPy",
                lambda: found(sp.expand(HINGE.divergence() + p + q)),
                lambda: np.abs(np.subtract(*np.array(DENSITIES).T)),
                Rivals(1e-12),
            ),
        )
    ),
)
