"""The flow of ½W2² on normal laws: its equation for (m, S), and what it dissipates."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.wasserstein.w2_distance import (
    EYE,
    IN_AXES,
    A,
    S,
    assigned,
    clouds,
    frechet,
    later_map,
    moved,
    normal_law,
    path,
    u,
)
from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.flows import BuresFlow, WassersteinFlow
from gantheory.integration import integrate, rk4
from gantheory.measures import Empirical, Gaussian

m0, m1, sigma = sp.symbols("m0 m1 sigma", positive=True)


def rate_of_solution() -> list[sp.Expr]:
    """d/dt C S C = −e^{−t} d/du C S C, u = e^{−t}, times det C, in the axes of A."""
    return [(-u * sp.diff(entry, u) * path(u).det()).subs(IN_AXES) for entry in moved(u)]


def rate_by_equation() -> list[sp.Expr]:
    """(A_t − I) S_t + S_t (A_t − I) with the later map A_t = A C⁻¹ = A adj C/det C, times det C, in the axes of A."""
    pull = (later_map() - path(u).det() * EYE) * moved(u)
    return list((pull + pull.T).subs(IN_AXES))


def rate_of_functional() -> sp.Expr:
    """dJ/dt by the chain rule, J = ½(tr S + tr B − 2f), f² = tr SB + 2 √(det S det B), B fixed, then B = ASA.

    Along Ṡ = (A − I)S + S(A − I); σ = √det S, so that √(det S det B) = σ √det B, and at B = ASA f = tr AS, √det B = σ det A.
    """
    B = sp.Matrix(2, 2, sp.symbols("b11 b12 b12 b22", real=True))
    s11, s12, s22 = S[0, 0], S[0, 1], S[1, 1]
    root_of_B = sp.Symbol("beta", positive=True)
    squared = (S * B).trace() + 2 * root_of_B * sp.sqrt(S.det())
    velocity = (A - EYE) * S + S * (A - EYE)
    rates = {s11: velocity[0, 0], s12: velocity[0, 1], s22: velocity[1, 1]}
    of_squared = sum(sp.diff(squared, z) * rate for z, rate in rates.items())
    of_squared = of_squared.subs(sp.sqrt(S.det()), sigma).subs(root_of_B, sigma * A.det())
    of_squared = of_squared.subs(dict(zip(B, A * S * A, strict=True)))
    return sp.cancel(velocity.trace() / 2 - of_squared / (2 * (A * S).trace()))


def squared_speed() -> sp.Expr:
    """−E|v|² = −tr (A − I)S(A − I) for v = (A − I)x, x ~ N(0, S)."""
    return sp.expand(-((A - EYE) * S * (A - EYE)).trace())


def rk4_error(step: float) -> float:
    """|S − S(1)|/|S(1)| in R³."""
    flow, start = BuresFlow(normal_law(3, 2, 0.8)), normal_law(3, 7)
    exact = flow.solution(start, 1.0).covariance
    found = integrate(flow, (start.mean, start.covariance), [0.0, 1.0], method=rk4(step)).final[1]
    return float(torch.linalg.matrix_norm(found - exact) / torch.linalg.matrix_norm(exact))


AT, GAP = 0.6, 3e-4


def slope_of_particles(dim: int) -> float:
    """(J(t + h) − J(t − h))/2h along particles, J by SciPy's assignment."""
    x, y = clouds(9, dim)
    times = [0.0, AT - GAP, AT + GAP]
    _, before, after = integrate(WassersteinFlow(2, Empirical(y)), x, times, method=rk4(0.03)).x
    return (assigned(after, y) ** 2 - assigned(before, y) ** 2) / (4 * GAP)


def power_of_particles(dim: int) -> float:
    """−mean |v|² at time t, by the flow's own velocity."""
    x, y = clouds(9, dim)
    flow = WassersteinFlow(2, Empirical(y))
    here = integrate(flow, x, [0.0, AT], method=rk4(0.03)).final
    return -float(torch.as_tensor(flow(torch.tensor(AT), here)).square().sum(1).mean())


def slope_of_laws() -> float:
    """(J(t + h) − J(t − h))/2h along (m, S) in R³, J by SciPy's matrix root."""
    flow, start = BuresFlow(normal_law(3, 2)), normal_law(3, 1)
    path = integrate(flow, (start.mean, start.covariance), [0.0, AT - GAP, AT + GAP], method=rk4(0.03)).x
    before, after = (frechet(Gaussian(path[0][k], path[1][k]), flow.real) for k in (1, 2))
    return (after**2 - before**2) / (4 * GAP)


EQUATION = Claim(
    name="w2-gaussian-flow",
    says="On normal laws the flow of ½W2² is ṁ = m₁ − m, Ṡ = (A − I)S + S(A − I), solved by S_t = C S₀ C.",
    equation=r"\dot S = (A - I)S + S(A - I), \quad S_t = C_t S_0 C_t, \quad C_t = e^{-t} I + (1 - e^{-t}) A_0",
    source="dowson1982frechet, the distance; huang2024generative, the flow",
    proof=(
        Step("C S C solves the equation, A the map from S_t (d = 2), times det C", rate_of_solution, rate_by_equation),
        Step("the mean", lambda: -u * sp.diff(m1 + u * (m0 - m1), u), lambda: m1 - (m1 + u * (m0 - m1))),
    ),
    witness=Convergence(
        rk4_error,
        (1 / 16, 1 / 32, 1 / 64),
        4,
        1e-5,
        (1 / 128,),
        size="step $h$",
        quantity="relative error of $S$",
        tolerance=0.1,
    ),
)

DISSIPATION = Claim(
    name="w2-dissipation",
    says="Along the flow J = ½W2² falls at the rate of the squared speed: dJ/dt = −E|v|² = −W2² = −2J.",
    equation=r"\frac{d}{dt} \tfrac12 W_2^2(\mu_t, \mu_d) = -\int |v_t|^2\, d\mu_t = -W_2^2(\mu_t, \mu_d)",
    source="ambrosio2008gradient, chapter 11",
    proof=(
        Step("normal laws in R²: the chain rule on the formula of the distance", rate_of_functional, squared_speed),
        Step(
            "the squared speed is the squared distance, tr S + tr ASA − 2 tr AS",
            squared_speed,
            lambda: -(S + A * S * A - 2 * A * S).trace(),
        ),
    ),
    witness=Agreement(
        (
            *(
                Step(f"particles in R^{d}", partial(slope_of_particles, d), partial(power_of_particles, d), Rivals(1e-6))
                for d in (1, 2)
            ),
            Step(
                "normal laws in R³",
                slope_of_laws,
                lambda: -float(np.exp(-2 * AT)) * frechet(normal_law(3, 1), normal_law(3, 2)) ** 2,
                Rivals(1e-6),
            ),
        )
    ),
)
