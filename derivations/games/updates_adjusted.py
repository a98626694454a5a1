"""What consensus and symplectic adjustment do to a rest point, and whom extragradient and optimism follow."""

from __future__ import annotations

from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.games import _taylor as taylor
from derivations.games.orders import extrapolated, implicit
from gantheory.claims import Agreement, Claim, Convergence, Rivals, Roundoff, Step
from gantheory.games import (
    Game,
    Update,
    consensus,
    extragradient,
    extrapolation_from_the_past,
    implicit_euler,
    optimistic,
    simultaneous,
    spectrum,
    symplectic_adjustment,
    update_matrix,
)

STEP, WEIGHT = 0.2, 0.35
REST = (0.3, -0.5, 0.8)
SLOPES = -np.array([[0.8, 1.3, -0.6], [-0.9, 0.4, 0.3], [1.7, 0.3, 1.4]])
gamma = sp.Symbol("gamma", positive=True)
z = sp.Matrix(sp.symbols("x y", real=True))
J = sp.Matrix(2, 2, sp.symbols("j1:5", real=True))
CURVES = sp.symbols("c1:7", real=True)
ORIGIN = {z[0]: 0, z[1]: 0}


def generic_velocity() -> sp.Matrix:
    """J z and generic terms of degree 2: a rest point at 0."""
    squares = sp.Matrix([z[0] ** 2, z[0] * z[1], z[1] ** 2])
    return J * z + sp.Matrix(2, 3, CURVES) * squares


def adjusted(factor: sp.Matrix) -> sp.Matrix:
    """The Jacobian at 0 of v + γ F(z) v, F the factor."""
    v = generic_velocity()
    return (v + gamma * factor * v).jacobian(z).subs(ORIGIN).expand()


def turning() -> sp.Matrix:
    """A(z), the antisymmetric part of the Jacobian."""
    return (generic_velocity().jacobian(z) - generic_velocity().jacobian(z).T) / 2


def losses(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Players of one and two numbers, at rest at REST with the Jacobian SLOPES, and curved."""
    u, s, t = x[0] - REST[0], y[0] - REST[1], y[1] - REST[2]
    first = 0.4 * u**2 + 1.3 * u * s - 0.6 * u * t + u**3 / 2 + u * s * t
    second = 0.2 * s**2 + 0.7 * t**2 + 0.3 * s * t - 0.9 * u * s + 1.7 * u * t + s**2 * t + u**2 * t
    return first, second


def rest() -> torch.Tensor:
    """The rest point."""
    return torch.tensor(REST, dtype=torch.float64)


def linearised(update: Update) -> np.ndarray:
    """(∂z⁺/∂z − 1)/h at the rest point, by autograd through the package's update."""
    return (update_matrix(update, Game(losses, (1, 2)), rest()).numpy() - np.eye(3)) / STEP


def eigenvalues(update: Update) -> np.ndarray:
    """Moduli of the eigenvalues of a step, in order."""
    return np.sort(abs(np.linalg.eigvals(update_matrix(update, Game(losses, (1, 2)), rest()).numpy())))


CONSENSUS = Claim(
    name="consensus-at-rest",
    says="At a rest point consensus turns the Jacobian J into J − γ JᵀJ: it damps all directions, by their speed squared.",
    equation=r"\nabla (v - \gamma J^\top v) = J - \gamma J^\top J \quad \mathrm{where}\ v = 0",
    source="mescheder2017numerics, consensus optimization",
    proof=(
        Step(
            "a generic velocity of degree 2 in two numbers",
            lambda: adjusted(-generic_velocity().jacobian(z).T),
            lambda: (J - gamma * J.T * J).expand(),
        ),
    ),
    witness=Agreement(
        (
            Step(
                "three numbers: the package's update by autograd against NumPy",
                partial(linearised, consensus(STEP, WEIGHT)),
                lambda: SLOPES - WEIGHT * SLOPES.T @ SLOPES,
                Rivals(1e-11),
            ),
            Step(
                "moduli of the step's eigenvalues against NumPy",
                partial(eigenvalues, consensus(STEP, WEIGHT)),
                lambda: np.sort(abs(1 + STEP * np.linalg.eigvals(SLOPES - WEIGHT * SLOPES.T @ SLOPES))),
                Rivals(1e-11),
            ),
        )
    ),
)

ADJUSTMENT = Claim(
    name="symplectic-adjustment-at-rest",
    says="At a rest point symplectic adjustment turns the Jacobian J into J + λ A J, A its antisymmetric part.",
    equation=r"\nabla (v + \lambda A v) = J + \lambda A J \quad \mathrm{where}\ v = 0,\ A = \tfrac12 (J - J^\top)",
    source="balduzzi2018mechanics, symplectic gradient adjustment",
    proof=(
        Step(
            "a generic velocity of degree 2 in two numbers",
            lambda: adjusted(turning()),
            lambda: (J + gamma * (J - J.T) / 2 * J).expand(),
        ),
    ),
    witness=Agreement(
        (
            Step(
                "three numbers: the package's update by autograd against NumPy",
                partial(linearised, symplectic_adjustment(STEP, WEIGHT)),
                lambda: SLOPES + WEIGHT * (SLOPES - SLOPES.T) / 2 @ SLOPES,
                Rivals(1e-11),
            ),
            Step(
                "the game's own eigenvalues, from which both start",
                lambda: np.abs(spectrum(Game(losses, (1, 2)), rest()).numpy()),
                lambda: np.abs(np.linalg.eigvals(SLOPES))[np.argsort(-np.linalg.eigvals(SLOPES).real)],
                Rivals(1e-11),
            ),
        )
    ),
)


def potential(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Both players have the same loss."""
    value = losses(x, y)[1] + torch.sin(x[0] * y[1])
    return value, value


def moved(update: Update) -> np.ndarray:
    """One step of the package in the potential game."""
    return update(Game(potential, (1, 2)), torch.tensor([0.7, -0.4, 1.1], dtype=torch.float64)).numpy()


POTENTIAL = Claim(
    name="symplectic-adjustment-of-a-potential",
    says="Where the players share one loss, the Jacobian is symmetric and symplectic adjustment changes nothing.",
    equation=r"v = -\nabla \phi \Rightarrow A = 0",
    source="balduzzi2018mechanics, potential games",
    proof=(
        Step(
            "the field v + γ A v of −∇φ for an unknown φ is −∇φ",
            lambda: [*potential_field()],
            lambda: [-sp.diff(sp.Function("phi")(*z), s) for s in z],
        ),
    ),
    witness=Agreement(
        (
            Step(
                "one step of the package, adjusted and not",
                partial(moved, symplectic_adjustment(STEP, WEIGHT)),
                partial(moved, simultaneous(STEP)),
                Roundoff(),
            ),
        )
    ),
)


def potential_field() -> sp.Matrix:
    """v + γ A v for v = −∇φ."""
    phi = sp.Function("phi")(*z)
    v = sp.Matrix([-sp.diff(phi, s) for s in z])
    return v + gamma * (v.jacobian(z) - v.jacobian(z).T) / 2 * v


def after_proximal(update: Update, step: float) -> float:
    """|z⁺ − prox(z)|, both by the package, from a state that the proximal step reaches from another."""
    game, before = Game(losses, (1, 2)), torch.tensor([0.7, -0.4, 1.1], dtype=torch.float64)
    proximal = implicit_euler(step)
    here = proximal(game, before)
    memory = (game.velocity(before),) if update.remembers else ()
    return float((update.advance_state(game, here, memory)[0] - proximal(game, here)).norm())


def proximal_claim(name: str, says: str, step, make) -> Claim:  # type: ignore[no-untyped-def]
    """The step and the proximal step have the same Taylor polynomial to h²."""
    return Claim(
        name,
        says,
        r"z_+ = \mathrm{prox}(z) + O(h^3)",
        "mokhtari2020unified, the proximal point view",
        (
            Step(
                "the coefficients of h and h²",
                lambda: taylor.coefficients(step(2), 2),
                lambda: taylor.coefficients(implicit(sp.S.One, 2), 2),
            ),
        ),
        Convergence(
            lambda h: after_proximal(make(h), h),
            (0.02, 0.01, 0.005),
            3,
            1e-4,
            (0.0025, 0.00125),
            size="step $h$",
            quantity="distance to the proximal step",
        ),
    )


PROXIMAL = (
    proximal_claim(
        "extragradient-is-nearly-proximal",
        "A step of extragradient is the proximal step up to h³, which is why it converges where simultaneous descent does not.",
        partial(taylor.runge_kutta, ((), (1,)), (0, 1)),
        extragradient,
    ),
    proximal_claim(
        "optimistic-is-nearly-proximal",
        "A step of optimistic descent is the proximal step up to h³, at the cost of one evaluation.",
        extrapolated,
        optimistic,
    ),
)


def middles(steps: int = 25) -> np.ndarray:
    """The points w of extrapolation from the past, by the package: z − h v(w₋) + … from the states and the memory."""
    game, state = Game(losses, (1, 2)), torch.tensor([0.7, -0.4, 1.1], dtype=torch.float64)
    memory: tuple[torch.Tensor, ...] = (game.velocity(state),)
    found = []
    for _ in range(steps):
        found.append(state + STEP * memory[0])
        state, memory = extrapolation_from_the_past(STEP).advance_state(game, state, memory)
    return torch.stack(found).numpy()


def optimists(steps: int = 25) -> np.ndarray:
    """Iterates of optimistic descent from the first point w, by the package."""
    game, start = Game(losses, (1, 2)), torch.tensor([0.7, -0.4, 1.1], dtype=torch.float64)
    memory: tuple[torch.Tensor, ...] = (game.velocity(start),)
    found = [start + STEP * memory[0]]
    for _ in range(steps - 1):
        state, memory = optimistic(STEP).advance_state(game, found[-1], memory)
        found.append(state)
    return torch.stack(found).numpy()


h, start, v0, v1 = sp.symbols("h z v0 v1", real=True)

PAST = Claim(
    name="extrapolation-from-the-past-is-optimistic",
    says="The points at which extrapolation from the past evaluates the velocity are iterates of optimistic descent.",
    equation=r"w_{n+1} = w_n + 2h\,v(w_n) - h\,v(w_{n-1})",
    source="gidel2019variational, extrapolation from the past",
    proof=(
        Step(
            "w₂ = z₁ + h v(w₁) with z₁ = z₀ + h v(w₁) and w₁ = z₀ + h v(w₀), the values v(w₀), v(w₁) unknown",
            lambda: (start + h * v1) + h * v1,
            lambda: (start + h * v0) + 2 * h * v1 - h * v0,
        ),
    ),
    witness=Agreement((Step("25 points on a nonlinear game, by both updates", middles, optimists, Rivals(1e-12)),)),
)
