"""One step of each method on the bilinear game as a matrix, from the method's definition, in SymPy and without the package.

ẋ = −cy, ẏ = cx with κ = c · step: h ∂v/∂z is K = κ · (quarter turn). Each rule gives z⁺ as a matrix times z.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import sympy as sp
import torch

from gantheory.claims import Agreement, Rivals, Step
from gantheory.games import bilinear_game, bilinear_growth, growth_factor, measured_growth
from gantheory.games.spectrum import Stepping

kappa = sp.Symbol("kappa", positive=True)
ONE = sp.eye(2)
TURN = sp.Matrix([[0, -1], [1, 0]])
K = kappa * TURN
STEP = 0.3  # of the package's methods in the witnesses: κ/STEP is the strength of the game, which is not 1
KAPPAS = (0.17, 0.45, 0.83, 1.4, 2.3)
START = (0.8, -0.5)
MATRIX = ((0.5, -1.0, 2.0), (1.5, 0.25, -0.75))
Pair = tuple[sp.Expr, sp.Expr]


def runge_kutta(a: Sequence[Sequence[sp.Expr]], b: Sequence[sp.Expr]) -> sp.Matrix:
    """1 + Σ b_i k_i with k_i = K (1 + Σ a_ij k_j): the stages, one after another."""
    stages: list[sp.Matrix] = []
    for row in a:
        inside = sum((w * k for w, k in zip(row, stages, strict=True)), ONE)
        stages.append((K * inside).expand())
    return sum((w * k for w, k in zip(b, stages, strict=True)), ONE).expand()


def invariants(matrix: sp.Matrix) -> list[sp.Expr]:
    """Trace and determinant."""
    return [matrix.trace(), sp.expand(matrix.det())]


def of_roots(pair: Pair) -> list[sp.Expr]:
    """Sum and product."""
    return [pair[0] + pair[1], sp.expand(pair[0] * pair[1])]


def squared_modulus(root: sp.Expr) -> sp.Expr:
    """|λ|²."""
    return sp.expand(root * sp.conjugate(root))


def branch(expr: sp.Expr, index: int) -> sp.Expr:
    """The index-th case of a law that has cases."""
    return expr.args[index][0]


def complex_pair(root: sp.Expr) -> Pair:
    """λ and its conjugate."""
    return root, sp.conjugate(root)


def root_steps(matrix: Callable[[], sp.Matrix], pair: Callable[[], Pair], method: Stepping) -> tuple[Step, ...]:
    """The proof: the pair has the trace and determinant of the step, and the package's law is its modulus."""
    return (
        Step(
            "the eigenvalues have the trace and the determinant of the step's matrix",
            lambda: invariants(matrix()),
            lambda: of_roots(pair()),
        ),
        Step(
            "the squared modulus of an eigenvalue is the law's square",
            lambda: squared_modulus(pair()[0]),
            lambda: bilinear_growth(method, kappa) ** 2,
        ),
    )


def laws(method: Stepping, kappas: Sequence[float]) -> np.ndarray:
    """ρ by the law."""
    return np.array([float(bilinear_growth(method, k)) for k in kappas])


def observed(method: Stepping, kappas: Sequence[float]) -> np.ndarray:
    """ρ read off 12 iterates of the package's method from a generic start."""
    start = torch.tensor(START, dtype=torch.float64)
    return np.array([measured_growth(method, bilinear_game(k / method.step), start, 12) for k in kappas])


def of_matrix(method: Stepping) -> float:
    """The spectral radius of a step, by autograd, for players of 2 and 3 numbers with the payoff ⟨x, C y⟩."""
    C = torch.tensor(MATRIX, dtype=torch.float64)
    return growth_factor(method, bilinear_game(C), torch.zeros(5, dtype=torch.float64))


def of_singular_values(method: Stepping) -> float:
    """The largest of the laws at κ = step · σ, σ the singular values of C by NumPy, and at κ = 0."""
    return max(laws(method, [*(method.step * np.linalg.svd(np.array(MATRIX))[1]), 0]))


def growth_witness(method: Stepping, kappas: Sequence[float] = KAPPAS) -> Agreement:
    """Iterates and the derivative of a step against the law."""
    return Agreement(
        (
            Step(
                "growth of the package's iterates against the law",
                partial(observed, method, kappas),
                partial(laws, method, kappas),
                Rivals(1e-9),
            ),
            Step(
                "players of 2 and 3 numbers: the step's spectral radius against the law at singular values",
                partial(of_matrix, method),
                partial(of_singular_values, method),
                Rivals(1e-9),
            ),
        )
    )
