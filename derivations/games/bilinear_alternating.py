"""Alternating descent on the bilinear game: it turns on an ellipse, and its running average finds the equilibrium."""

from functools import cache, partial

import numpy as np
import sympy as sp
import torch

from derivations.games._steps import (
    MATRIX,
    ONE,
    START,
    STEP,
    branch,
    growth_witness,
    invariants,
    kappa,
    of_roots,
    squared_modulus,
)
from gantheory.claims import Agreement, Claim, Rivals, Roundoff, Step
from gantheory.games import Game, alternating, bilinear_game, bilinear_growth

x, y = sp.symbols("x y", real=True)
angle = sp.Symbol("s", positive=True)
COUNTS = (1, 3)
METHOD = alternating(STEP)


def turns(counts: tuple[int, int] = (1, 1)) -> sp.Matrix:
    """x moves n₁ times, then y n₂ times with the new x."""
    first, second = ONE.copy(), ONE.copy()
    first[0, 1], second[1, 0] = -counts[0] * kappa, counts[1] * kappa
    return (second * first).expand()


def unit_pair() -> tuple[sp.Expr, sp.Expr]:
    """e^{±2is}."""
    return sp.exp(2 * sp.I * angle), sp.exp(-2 * sp.I * angle)


def at_turn(expr: sp.Expr, product: int = 1) -> sp.Expr:
    """With κ√(n₁n₂) = 2 sin s, for κ√(n₁n₂) < 2."""
    return expr.subs(kappa, 2 * sp.sin(angle) / sp.sqrt(product))


def beyond(expr: sp.Expr) -> sp.Expr:
    """With κ = 2 cosh s, for κ > 2."""
    return expr.subs(kappa, sp.exp(angle) + sp.exp(-angle))


def form(matrix: sp.Matrix) -> sp.Matrix:
    """MᵀQM for Q(x, y) = x² + y² − κxy."""
    Q = sp.Matrix([[1, -kappa / 2], [-kappa / 2, 1]])
    return (matrix.T * Q * matrix).expand()


def path(game: Game, start: torch.Tensor, steps: int) -> np.ndarray:
    """The package's iterates, one after each step."""
    states = [start]
    for _ in range(steps):
        states.append(METHOD(game, states[-1]))
    return torch.stack(states).numpy()


def quadratic(z: np.ndarray, k: float) -> np.ndarray:
    """x² + y² − κxy along iterates."""
    return z[:, 0] ** 2 + z[:, 1] ** 2 - k * z[:, 0] * z[:, 1]


def held(k: float) -> np.ndarray:
    """The invariant along 400 iterates of the package, in units of its first value."""
    z = path(bilinear_game(k / STEP), torch.tensor(START, dtype=torch.float64), 400)
    return quadratic(z, k) / quadratic(z, k)[0]


def one_step() -> np.ndarray:
    """|x|² + |y|² − h⟨x, Cy⟩ after one step, players of 2 and 3 numbers."""
    return of_payoff(path(bilinear_game(torch.tensor(MATRIX, dtype=torch.float64)), generic(), 1)[1])


def of_payoff(z: np.ndarray) -> np.ndarray:
    """|x|² + |y|² − h⟨x, Cy⟩."""
    return z @ z - STEP * z[:2] @ np.array(MATRIX) @ z[2:]


def generic() -> torch.Tensor:
    """A state of 5 numbers."""
    return torch.tensor([0.3, -1.1, 0.7, 0.2, -0.4], dtype=torch.float64)


GROWTH = Claim(
    name="bilinear-alternating",
    says="Alternating descent neither grows nor decays on the bilinear game for κ < 2, and grows beyond.",
    equation=r"\rho = 1 \ (\kappa \le 2), \quad \rho = \tfrac{\kappa^2}{2} - 1"
    r" + \sqrt{\left(\tfrac{\kappa^2}{2} - 1\right)^2 - 1} \ (\kappa > 2)",
    source="mescheder2018which, alternating gradient descent",
    proof=(
        Step(
            "κ = 2 sin s: the eigenvalues are exp(±2is)",
            lambda: [at_turn(e) for e in invariants(turns())],
            lambda: of_roots(unit_pair()),
        ),
        Step(
            "κ = 2 sin s: their modulus is the law",
            lambda: squared_modulus(unit_pair()[0]),
            lambda: branch(bilinear_growth(METHOD, kappa), 0) ** 2,
        ),
        Step(
            "κ = 2 cosh s: the eigenvalues are −exp(±2s)",
            lambda: [beyond(e) for e in invariants(turns())],
            lambda: of_roots((-sp.exp(2 * angle), -sp.exp(-2 * angle))),
        ),
        Step(
            "κ = 2 cosh s: the law solves ρ + 1/ρ = κ² − 2",
            lambda: sp.radsimp((lambda rho: rho + 1 / rho)(branch(bilinear_growth(METHOD, kappa), 1))),
            lambda: kappa**2 - 2,
        ),
    ),
    witness=growth_witness(METHOD, (0.17, 0.83, 1.4, 1.9, 2.3, 3.1)),
)

SEVERAL = Claim(
    name="bilinear-alternating-counts",
    says="With n₁ and n₂ steps in turn, alternating descent stays bounded for √(n₁n₂) κ < 2: extra steps cost step length.",
    equation=r"\rho = 1 \iff \sqrt{n_1 n_2}\,\kappa \le 2",
    source="mescheder2018which, alternating gradient descent",
    proof=(
        Step(
            "√(n₁n₂) κ = 2 sin s: the eigenvalues are exp(±2is)",
            lambda: [at_turn(e, 3) for e in invariants(turns(COUNTS))],
            lambda: of_roots(unit_pair()),
        ),
        Step(
            "their modulus is the law",
            lambda: squared_modulus(unit_pair()[0]),
            lambda: branch(bilinear_growth(alternating(STEP, COUNTS), kappa), 0) ** 2,
        ),
    ),
    witness=growth_witness(alternating(STEP, COUNTS), (0.17, 0.6, 1.1, 1.3, 2.0)),
)

ELLIPSE = Claim(
    name="bilinear-alternating-invariant",
    says="Alternating descent keeps x² + y² − κxy exactly: for κ < 2 its iterates stay on an ellipse.",
    equation=r"x_+^2 + y_+^2 - \kappa x_+ y_+ = x^2 + y^2 - \kappa x y",
    source="hairer2006geometric, symplectic Euler method",
    proof=(Step("MᵀQM = Q", lambda: form(turns()), lambda: form(ONE)),),
    witness=Agreement(
        (
            *(
                Step(
                    f"κ = {k}: the form along 400 of the package's iterates",
                    partial(held, k),
                    partial(np.ones, 401),
                    Rivals(1e-12),
                )
                for k in (0.7, 1.9)
            ),
            Step(
                "players of 2 and 3 numbers: one step keeps |x|² + |y|² − h⟨x, Cy⟩",
                one_step,
                lambda: of_payoff(np.asarray(generic())),
                Roundoff(),
            ),
        )
    ),
)


def double_root(steps: int) -> sp.Matrix:
    """(−1)ⁿ (1 + n N), N = [[−2, 2], [−2, 2]]."""
    return (-1) ** steps * (ONE + steps * sp.Matrix([[-2, 2], [-2, 2]]))


EDGE = Claim(
    name="bilinear-alternating-edge",
    says="At κ = 2 alternating descent has ρ = 1 and yet runs away, linearly in the number of steps.",
    equation=r"\kappa = 2: \quad z_n = (-1)^n (1 + nN) z_0, \quad N^2 = 0",
    source="mescheder2018which, alternating gradient descent",
    proof=(
        Step("5 steps multiplied out", lambda: (turns().subs(kappa, 2)) ** 5, lambda: double_root(5)),
        Step(
            "one step more adds N: the induction",
            lambda: turns().subs(kappa, 2) * (ONE + sp.Symbol("n") * sp.Matrix([[-2, 2], [-2, 2]])),
            lambda: -(ONE + (sp.Symbol("n") + 1) * sp.Matrix([[-2, 2], [-2, 2]])),
        ),
    ),
    witness=Agreement(
        (
            Step(
                "the package's 300th iterate",
                lambda: path(bilinear_game(2 / STEP), torch.tensor(START, dtype=torch.float64), 300)[-1],
                lambda: np.array(double_root(300), dtype=float) @ np.array(START),
                Rivals(1e-9),
            ),
        )
    ),
)


@cache
def summed(k: float) -> tuple[np.ndarray, np.ndarray]:
    """(iterates, running sums z_0 + … + z_{N−1}) of the package, N = 1 … 600."""
    z = path(bilinear_game(k / STEP), torch.tensor(START, dtype=torch.float64), 600)
    return z, np.cumsum(z[:-1], 0)


def sum_sizes(k: float) -> np.ndarray:
    """1 + Q(N · average)^½, since the size itself comes near 0."""
    return 1 + np.sqrt(quadratic(summed(k)[1], k))


def chord_sizes(k: float) -> np.ndarray:
    """1 + Q(z_N − z_0)^½/κ, from the iterates alone."""
    z, _ = summed(k)
    return 1 + np.sqrt(quadratic(z[1:] - z[0], k).clip(0)) / k


def largest_sum(k: float) -> float:
    """max over N of Q(N · average)^½."""
    return float(np.sqrt(quadratic(summed(k)[1], k)).max())


def bound(k: float) -> float:
    """(2/κ) Q(z_0)^½."""
    return float(2 / k * np.sqrt(quadratic(np.array([START]), k)[0]))


AVERAGE = Claim(
    name="bilinear-alternating-average",
    says="The running average of alternating descent converges to the equilibrium like 1/N: N times it stays within "
    "(2/κ) √((2+κ)/(2−κ)) |z₀|.",
    equation=r"N \left|\bar z_N\right| \le \frac{2}{\kappa} \sqrt{\frac{2+\kappa}{2-\kappa}} \left|z_0\right|",
    source="gidel2019variational, averaging",
    proof=(
        Step(
            "(M − 1)ᵀ Q (M − 1) = κ² Q: in the norm of Q, M − 1 is κ times an isometry",
            lambda: form(turns() - ONE),
            lambda: kappa**2 * form(ONE),
        ),
        Step(
            "z_N − z_0 = (M − 1) (z_0 + … + z_{N−1}), N = 4",
            lambda: (turns() ** 4 - ONE).expand(),
            lambda: ((turns() - ONE) * (ONE + turns() + turns() ** 2 + turns() ** 3)).expand(),
        ),
        Step(
            "the eigenvalues of Q are 1 ± κ/2, which compares its norm with |z|",
            lambda: x**2 + y**2 - kappa * x * y,
            lambda: (1 - kappa / 2) * (x + y) ** 2 / 2 + (1 + kappa / 2) * (x - y) ** 2 / 2,
        ),
    ),
    witness=Agreement(
        (
            Step(
                "κ = 0.7: every running sum against the chord it must be",
                partial(sum_sizes, 0.7),
                partial(chord_sizes, 0.7),
                Rivals(1e-9),
            ),
            Step(
                "κ = 0.7: the largest sum reaches the bound, in the norm of Q",
                partial(largest_sum, 0.7),
                partial(bound, 0.7),
                Rivals(1e-4),
            ),
        )
    ),
)
