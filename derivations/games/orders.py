"""Orders of integrators and updates, as methods for the differential equation of a game."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import solve_ivp
from torch.nn.functional import softplus

from derivations.games import _taylor as taylor
from gantheory.claims import Claim, Convergence, Step
from gantheory.games import (
    Game,
    alternating,
    decoupled,
    euler_heun,
    extragradient,
    implicit_euler,
    implicit_midpoint,
    optimistic,
    simultaneous,
)
from gantheory.games.spectrum import Stepping
from gantheory.integration import heun, integrate, rk4, rk38

HORIZON, START, WEIGHT = 2.0, (1.1, 0.6), 0.35
half, third, sixth, eighth = (sp.Rational(1, n) for n in (2, 3, 6, 8))
CLASSIC = (((), (half,), (0, half), (0, 0, 1)), (sixth, third, third, sixth))
THREE_EIGHTHS = (((), (third,), (-third, 1), (1, -1, 1)), (eighth, 3 * eighth, 3 * eighth, eighth))


def losses(theta: torch.Tensor, psi: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The Dirac-GAN of the logistic loss with a gradient penalty: D(x) = ψx, data at 0, a fake at θ."""
    D = (psi * theta).sum()
    return -softplus(D), softplus(D) + WEIGHT / 2 * psi.square().sum()


@cache
def truth() -> np.ndarray:
    """The solution at the horizon by SciPy's DOP853, from derivatives by hand."""

    def field(t: float, z: np.ndarray) -> list[float]:
        slope = 1 / (1 + np.exp(-z[0] * z[1]))
        return [slope * z[1], -slope * z[0] - WEIGHT * z[1]]

    return solve_ivp(field, (0, HORIZON), START, method="DOP853", rtol=1e-13, atol=1e-14).y[:, -1]


def error(make: Callable[[float], Stepping], step: float) -> float:
    """|z_N − z(T)|/|z(T)| at T = 2, z_N by the package."""
    start = torch.tensor(START, dtype=torch.float64)
    final = integrate(Game(losses, (1, 1)), start, [0.0, HORIZON], method=make(step)).final
    return float(np.linalg.norm(np.asarray(final) - truth()) / np.linalg.norm(truth()))


def order_claim(
    name: str,
    says: str,
    equation: str,
    source: str,
    step: Callable[[int], taylor.Vector],
    make: Callable[[float], Stepping],
    order: int,
) -> Claim:
    """The step agrees with the flow to h^order by Taylor; globally the error falls with that power and no other."""
    levels = (0.1, 0.05, 0.025) if order < 4 else (0.2, 0.1, 0.05)
    return Claim(
        f"order-{name}",
        says,
        equation,
        source,
        (
            Step(
                f"one step is the flow's Taylor polynomial up to h^{order}",
                lambda: taylor.coefficients(step(order), order),
                lambda: taylor.coefficients(taylor.exact(order), order),
            ),
        ),
        Convergence(
            partial(error, make),
            levels,
            order,
            2 * levels[-1] ** order,
            (levels[-1] / 2, levels[-1] / 4) if order < 4 else (levels[-1] / 2,),
            size="step $h$",
            quantity="relative error at $T = 2$",
        ),
    )


def forward(order: int) -> taylor.Vector:
    """z + h v(z)."""
    return taylor.runge_kutta(((),), (sp.S.One,), order)


def in_turn(order: int) -> taylor.Vector:
    """x first, y with the new x."""
    h, x, y = taylor.h, taylor.x, taylor.y
    new = x + h * taylor.velocity((x, y))[0]
    return taylor.truncated((new, y + h * taylor.velocity((new, y))[1]), order)


def implicit(theta: sp.Expr, order: int) -> taylor.Vector:
    """z⁺ = z + h v(z + θ(z⁺ − z)) by substituting it into itself: each pass is right to one power of h more."""
    z = after = (taylor.x, taylor.y)
    share = sp.QQ.from_sympy(sp.sympify(theta))
    for _ in range(order):
        middle = taylor.moved(taylor.moved(z, z, -share), after, share)
        after = taylor.truncated(taylor.moved(z, taylor.velocity(middle), taylor.h), order)
    return after


def extrapolated(order: int) -> taylor.Vector:
    """z + 2h v(z) − h v(z₋), z₋ the flow's state a step before."""
    h, z = taylor.h, (taylor.x, taylor.y)
    flow = taylor.exact(order)
    back = (flow[0].compose(h, -h), flow[1].compose(h, -h))
    ahead = taylor.moved(z, taylor.velocity(z), 2 * h)
    return taylor.truncated(taylor.moved(ahead, taylor.velocity(back), -h), order)


ORDERS = (
    order_claim(
        "simultaneous",
        "Simultaneous descent is Euler's method: order 1.",
        r"z_N - z(T) = O(h)",
        "hairer1993solving, Euler's method",
        forward,
        simultaneous,
        1,
    ),
    order_claim(
        "heun",
        "Heun's method with both players moved jointly has order 2.",
        r"z_N - z(T) = O(h^2)",
        "qin2020training, RK2",
        partial(taylor.runge_kutta, ((), (1,)), (half, half)),
        heun,
        2,
    ),
    order_claim(
        "runge-kutta-4",
        "The classic Runge–Kutta method with both players moved jointly has order 4.",
        r"z_N - z(T) = O(h^4)",
        "qin2020training, RK4",
        partial(taylor.runge_kutta, *CLASSIC),
        rk4,
        4,
    ),
    order_claim(
        "three-eighths-rule",
        "Kutta's 3/8 rule with both players moved jointly has order 4.",
        r"z_N - z(T) = O(h^4)",
        "hairer1993solving, the 3/8 rule",
        partial(taylor.runge_kutta, *THREE_EIGHTHS),
        rk38,
        4,
    ),
    order_claim(
        "extragradient",
        "Extragradient has order 1: it looks a whole step ahead, where the midpoint rule looks half a step.",
        r"z_N - z(T) = O(h)",
        "korpelevich1976extragradient, the method",
        partial(taylor.runge_kutta, ((), (1,)), (0, 1)),
        extragradient,
        1,
    ),
    order_claim(
        "optimistic",
        "Optimistic descent has order 1: its weights 2, −1 are not the 3/2, −1/2 of Adams and Bashforth.",
        r"z_N - z(T) = O(h)",
        "daskalakis2018training, optimistic mirror descent",
        extrapolated,
        optimistic,
        1,
    ),
    order_claim(
        "alternating",
        "Alternating descent is symplectic Euler: order 1.",
        r"z_N - z(T) = O(h)",
        "hairer2006geometric, symplectic Euler method",
        in_turn,
        alternating,
        1,
    ),
    order_claim(
        "implicit-euler",
        "The proximal step is implicit Euler: order 1.",
        r"z_N - z(T) = O(h)",
        "hairer1996solving, implicit Euler",
        partial(implicit, sp.S.One),
        implicit_euler,
        1,
    ),
    order_claim(
        "implicit-midpoint",
        "The implicit midpoint rule has order 2.",
        r"z_N - z(T) = O(h^2)",
        "hairer2006geometric, implicit midpoint rule",
        partial(implicit, half),
        implicit_midpoint,
        2,
    ),
    order_claim(
        "decoupled-stages",
        "With stages that hold the other player fixed, the classic tableau of order 4 has order 1.",
        r"z_N - z(T) = O(h)",
        "qin2020training, the published notebook",
        partial(taylor.decoupled, *CLASSIC),
        lambda step: decoupled(rk4(step)),
        1,
    ),
    order_claim(
        "euler-heun",
        "Heun's weights on the midpoint's node, as the published notebook has them, give order 1.",
        r"z_N - z(T) = O(h)",
        "qin2020training, the published notebook",
        partial(taylor.runge_kutta, ((), (half,)), (half, half)),
        euler_heun,
        1,
    ),
)
