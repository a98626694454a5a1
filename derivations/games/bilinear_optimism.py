"""Optimistic descent on the bilinear game: growth, its best step, and the last iterate of a published example."""

from functools import cache, partial

import numpy as np
import sympy as sp
import torch

from derivations.games._steps import STEP, branch, growth_witness, kappa, observed, of_roots, squared_modulus
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.games import Game, bilinear_growth, extrapolation_from_the_past, optimistic
from gantheory.integration import integrate

i = sp.I
gap = sp.Symbol("g", positive=True)
MEAN, RATE, STEPS = (3.0, 4.0), 0.1, 1000


def companion() -> sp.Matrix:
    """(z, z₋) ↦ (z⁺, z) for the eigenvalue iκ of K: z⁺ = z + 2iκ z − iκ z₋."""
    return sp.Matrix([[1 + 2 * i * kappa, -i * kappa], [1, 0]])


def past() -> sp.Matrix:
    """(z, w₋) ↦ (z⁺, w) with w = z + iκ w₋ and z⁺ = z + iκ w."""
    return sp.Matrix([[1 + i * kappa, (i * kappa) ** 2], [1, i * kappa]])


def invariants(matrix: sp.Matrix, value: sp.Expr) -> list[sp.Expr]:
    """Trace and determinant at κ = value."""
    return [sp.expand(e.subs(kappa, value)) for e in (matrix.trace(), matrix.det())]


SLOW = sp.sqrt(1 - gap**2) / 2  # κ < ½, where √(1 − 4κ²) = g
FAST = sp.sqrt(1 + gap**2) / 2  # κ > ½, where √(4κ² − 1) = g
SLOW_PAIR = ((1 + 2 * i * SLOW + gap) / 2, (1 + 2 * i * SLOW - gap) / 2)
FAST_PAIR = ((1 + i * (2 * FAST + gap)) / 2, (1 + i * (2 * FAST - gap)) / 2)


def modulus(root: sp.Expr) -> sp.Expr:
    """|λ|², for κ = FAST; a real and an imaginary part, since g > 0."""
    return sp.expand(sp.Rational(1, 4) + (sp.expand((root - sp.Rational(1, 2)) / i)) ** 2)


def law(index: int, value: sp.Expr) -> sp.Expr:
    """ρ² of the package, in one of its two cases."""
    return sp.powdenest(branch(bilinear_growth(optimistic(STEP), kappa), index).subs(kappa, value) ** 2, force=True)


def slow_modulus(root: sp.Expr) -> sp.Expr:
    """|λ|² for κ = SLOW: real part (1 + g)/2, imaginary part κ."""
    return sp.expand(((1 + gap) / 2) ** 2 + sp.expand((root - (1 + gap) / 2) / i) ** 2)


def memory_claim(name: str, says: str, source: str, matrix: sp.Matrix, method) -> Claim:  # type: ignore[no-untyped-def]
    """The growth of an update with memory, in both cases."""
    return Claim(
        name,
        says,
        r"\rho^2 = \tfrac{1 + \sqrt{1-4\kappa^2}}{2} \ (\kappa \le \tfrac12), \quad"
        r"\rho^2 = \tfrac14 + \left(\kappa + \tfrac12\sqrt{4\kappa^2-1}\right)^2 \ (\kappa > \tfrac12)",
        source,
        (
            Step("κ ≤ ½: the eigenvalues", lambda: invariants(matrix, SLOW), lambda: of_roots(SLOW_PAIR)),
            Step("κ ≤ ½: the law", lambda: slow_modulus(SLOW_PAIR[0]), lambda: law(0, SLOW)),
            Step("κ > ½: the eigenvalues", lambda: invariants(matrix, FAST), lambda: of_roots(FAST_PAIR)),
            Step("κ > ½: the law", lambda: modulus(FAST_PAIR[0]), lambda: sp.expand(law(1, FAST))),
        ),
        growth_witness(method),
    )


GROWTH = memory_claim(
    "bilinear-optimistic",
    "Optimistic descent contracts the bilinear game for κ < 1/√3, by √((1 + √(1 − 4κ²))/2) up to κ = ½.",
    "daskalakis2018training, optimistic mirror descent",
    companion(),
    optimistic(STEP),
)

PAST = memory_claim(
    "bilinear-extrapolation-from-the-past",
    "Extrapolation from the past grows on the bilinear game as optimistic descent does.",
    "gidel2019variational, extrapolation from the past",
    past(),
    extrapolation_from_the_past(STEP),
)

BEST = Claim(
    name="bilinear-optimistic-best",
    says="Optimistic descent is fastest at κ = ½, where ρ = 1/√2 and the double eigenvalue (1 + i)/2 has one eigenvector only.",
    equation=r"\min_\kappa \rho = \rho(\tfrac12) = 1/\sqrt{2}",
    source="daskalakis2018training, optimistic mirror descent",
    proof=(
        Step(
            "κ = ½: both roots are (1 + i)/2",
            lambda: invariants(companion(), sp.Rational(1, 2)),
            lambda: of_roots(((1 + i) / 2, (1 + i) / 2)),
        ),
        Step("κ ≤ ½: ρ² is ½ plus g/2 ≥ 0", lambda: 2 * law(0, SLOW), lambda: 1 + gap),
        Step(
            "κ > ½: ρ² is ½ plus κ-increasing terms g²/2 + κg ≥ 0",
            lambda: sp.expand(law(1, FAST)),
            lambda: sp.Rational(1, 2) + gap**2 / 2 + FAST * gap,
        ),
        Step(
            "κ = ½: the matrix is no multiple of the identity: its eigenspace has dimension 1",
            lambda: (companion().subs(kappa, sp.Rational(1, 2)) - (1 + i) / 2 * sp.eye(2)).rank(),
            lambda: sp.S.One,
        ),
    ),
    witness=Agreement(
        (
            Step(
                "κ = ½: the package's iterates, to half the digits, since the root is double",
                partial(observed, optimistic(STEP), (0.5,)),
                lambda: np.array([np.sqrt(0.5)]),
                Rivals(1e-7),
            ),
        )
    ),
)


def losses(theta: torch.Tensor, w: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """⟨w, v − θ⟩: θ descends and w ascends."""
    payoff = w @ (torch.tensor(MEAN, dtype=torch.float64) - theta)
    return payoff, -payoff


@cache
def learned() -> np.ndarray:
    """The errors of (θ, w) after 500 and after 1000 steps of the package."""
    start = torch.tensor([1.7, 1.7, 1.4, 1.4], dtype=torch.float64)
    path = integrate(Game(losses, (2, 2)), start, [0.0, STEPS * RATE / 2, STEPS * RATE], method=optimistic(RATE))
    return np.asarray(path.x)[1:] - np.array([*MEAN, 0, 0])


def recurrence(steps: int = STEPS) -> np.ndarray:
    """The same by powers of the companion's roots: u_n = α λ₁ⁿ + β λ₂ⁿ in the complex coordinate (θ − v) + i w."""
    u0 = np.array([1.7, 1.7]) - np.array(MEAN) - 1j * np.array([1.4, 1.4])
    roots = np.roots([1, -(1 + 2j * RATE), 1j * RATE])
    u1 = (1 + 1j * RATE) * u0
    alpha, beta = np.linalg.solve(np.vander(roots, 2, increasing=True).T, np.array([u0, u1]))
    u = alpha * roots[0] ** steps + beta * roots[1] ** steps
    return np.concatenate([u.real, -u.imag])


EXAMPLE = Claim(
    name="optimistic-last-iterate",
    says="On ⟨w, v − θ⟩ with v = (3, 4) and step 0.1 the last iterate of optimistic descent converges, by 0.994936 a step.",
    equation=r"\rho(0.1)^2 = \tfrac12\left(1 + \sqrt{0.96}\right)",
    source="daskalakis2018training, learning the mean of a Gaussian",
    proof=(
        Step(
            "the rate at κ = 1/10 from the larger root",
            lambda: bilinear_growth(optimistic(RATE), sp.Rational(1, 10)) ** 2,
            lambda: squared_modulus((1 + i / 5 + sp.sqrt(sp.Rational(24, 25))) / 2),
        ),
    ),
    witness=Agreement(
        (
            Step(
                "the error after 1000 steps against powers of the roots",
                lambda: learned()[1],
                recurrence,
                Rivals(1e-9),
            ),
            Step(
                "its decay from step 500 to step 1000, per step",
                lambda: (np.linalg.norm(learned()[1]) / np.linalg.norm(learned()[0])) ** (2 / STEPS),
                lambda: 0.994936,
                Rivals(1e-6),
            ),
        )
    ),
)
