"""The energy of a polyharmonic spline, the sign of its ridge, and its side condition."""

from functools import partial
from itertools import pairwise

import numpy as np
import sympy as sp
import torch
from scipy.interpolate import RBFInterpolator

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import Collocation, solve
from gantheory.measures import Empirical
from gantheory.objectives import GradientPenalty, Objective, least_squares
from gantheory.symbolic import fundamental_solution, polynomials, r

x = sp.Symbol("x", real=True)
lam = sp.Symbol("lambda", positive=True)
CENTRES = (sp.Integer(0), sp.Rational(1, 2), sp.Rational(7, 5), sp.Rational(9, 4), sp.Integer(3))
WEIGHT = sp.Rational(2, 7)
LABELS = tuple(map(sp.Rational, (-1, 1, 1, -1, 2)))


def constant(order: int) -> sp.Expr:
    """C = 1/c with D = Σ w |x − c_i|^k solved by c: (−1)^m/C is the factor of r^k in the fundamental solution, n = 1."""
    return (-1) ** order * r ** (2 * order - 1) / fundamental_solution(order, 1)


def admissible(order: int) -> tuple[sp.Matrix, sp.Matrix, sp.Matrix]:
    """A_ij = |c_i − c_j|^k, B of the monomials of degree < m, and weights w with Bᵀw = 0, at m + 2 centres."""
    nodes = CENTRES[: order + 2]
    A = sp.Matrix(len(nodes), len(nodes), lambda i, j: abs(nodes[i] - nodes[j]) ** (2 * order - 1))
    B = sp.Matrix([[f.subs(x, c) for f in polynomials(order, (x,))] for c in nodes])
    first, second = B.T.nullspace()
    return A, B, first + 2 * second


def spline_energy(order: int) -> sp.Expr:
    """∫|D^{(m)}|² of D = Σ w_i |x − c_i|^k, interval by interval between its centres; beyond them D^{(m)} = 0."""
    nodes = CENTRES[: order + 2]
    _, _, w = admissible(order)
    total = sp.S.Zero
    for lower, upper in pairwise(nodes):
        D = sum(wi * sp.sign((lower + upper) / 2 - c) * (x - c) ** (2 * order - 1) for wi, c in zip(w, nodes, strict=True))
        total += sp.integrate(sp.expand(sp.diff(D, x, order) ** 2), (x, lower, upper))
    return total


def quadratic_form(order: int) -> sp.Expr:
    """(−1)^m C wᵀ A w."""
    A, _, w = admissible(order)
    return (-1) ** order * constant(order) * (w.T * A * w)[0]


def printed_form(order: int) -> float:
    """C wᵀ A w."""
    A, _, w = admissible(order)
    return float(constant(order) * (w.T * A * w)[0])


def solution(order: int, sign: int = 1, weight: sp.Expr = sp.S.One) -> tuple[sp.Matrix, sp.Matrix]:
    """w, v of [[A + ρI, B], [Bᵀ, 0]] with ρ = sign · (−1)^m λ C."""
    A, B, _ = admissible(order)
    N, L = B.shape
    ridge = sign * (-1) ** order * weight * constant(order)
    system = sp.Matrix(sp.BlockMatrix([[A + ridge * sp.eye(N), B], [B.T, sp.zeros(L, L)]]))
    both = system.LUsolve(sp.Matrix([*LABELS[:N], *[0] * L]))
    return both[:N, :], both[N:, :]


def objective_at(order: int, sign: int, weight: sp.Expr) -> sp.Expr:
    """Σ (D(c_i) − y_i)² + λ∫|D^{(m)}|² at the solution of the system with that sign of the ridge."""
    A, B, _ = admissible(order)
    w, v = solution(order, sign, weight)
    residual = A * w + B * v - sp.Matrix(LABELS[: len(w)])
    return (residual.T * residual)[0] + weight * (-1) ** order * constant(order) * (w.T * A * w)[0]


def gradient_at(order: int) -> list[sp.Expr]:
    """1 + the gradient of J in (Zu, v), w = Zu on {Bᵀw = 0}, at the solution: J is stationary there."""
    A, B, _ = admissible(order)
    w, v = solution(order, 1, WEIGHT)
    Z = sp.Matrix.hstack(*B.T.nullspace())
    residual = A * w + B * v - sp.Matrix(LABELS[: len(w)])
    inner = 2 * Z.T * (A * residual + (-1) ** order * WEIGHT * constant(order) * A * w)
    return [sp.S.One + e for e in (*inner, *(2 * B.T * residual))]


def ones(count: int) -> list[sp.Expr]:
    """1, as often as there are unknowns."""
    return [sp.S.One] * count


def reduced_sign(order: int, sign: int) -> list[sp.Expr]:
    """The leading minors of Zᵀ((−1)^m C A + sign λC² I)Z, each divided by its absolute value, for λ = 1/1000."""
    A, B, _ = admissible(order)
    Z = sp.Matrix.hstack(*B.T.nullspace())
    C = constant(order)
    reduced = Z.T * ((-1) ** order * C * A + sign * C**2 * sp.Rational(1, 1000) * sp.eye(A.rows)) * Z
    return [sp.sign(reduced[:k, :k].det()) for k in range(1, reduced.rows + 1)]


def unconstrained_minimum() -> float:
    """|Bᵀw| of the least-norm solution of Aw + Bv = y at λ = 0, n = m = 1, three centres: what the equation alone leaves."""
    A, B, _ = admissible(1)
    both = np.linalg.lstsq(np.array(A.row_join(B), float), np.array(LABELS[:3], float), rcond=None)[0]
    return float(abs(np.array(B, float).T @ both[:3])[0])


def moment_of_equations(order: int) -> list[sp.Expr]:
    """Bᵀ of (Aw + Bv − y + ρw), which vanishes, minus Bᵀ(Aw + Bv − y), which vanishes: stationarity in w and in v."""
    A, B, _ = admissible(order)
    N, L = B.shape
    w, v = sp.Matrix(sp.symbols(f"w1:{N + 1}")), sp.Matrix(sp.symbols(f"v1:{L + 1}"))
    y = sp.Matrix(sp.symbols(f"y1:{N + 1}"))
    rho = (-1) ** order * lam * constant(order)
    stationary = A * (A * w + B * v - y + rho * w)  # vanishes; A is regular
    return list((B.T * (A.inv() * stationary - (A * w + B * v - y))).applyfunc(sp.expand))


def moment_of_weights(order: int) -> list[sp.Expr]:
    """ρ Bᵀ w."""
    _, B, _ = admissible(order)
    w = sp.Matrix(sp.symbols(f"w1:{B.rows + 1}"))
    return list(((-1) ** order * lam * constant(order) * B.T * w).applyfunc(sp.expand))


def by_collocation() -> np.ndarray:
    """D of ½E_p[(D−1)²] + ½E_q[(D+1)²] + λ∫|D″|², n = 2, at 13 + 13 points."""
    rng = np.random.default_rng(5)
    sides = [Empirical(torch.from_numpy(rng.normal(mean, 1, (13, 2)))) for mean in (0.4, -0.5)]
    D = solve(Objective(least_squares(-1, 1), 0.02 * GradientPenalty(2)), *sides, solver=Collocation())
    return D(torch.from_numpy(np.random.default_rng(6).normal(size=(17, 2)))).numpy()


def by_scipy() -> np.ndarray:
    """SciPy's thin-plate spline with the ridge 2N λC, C = 8π, N = 13."""
    rng = np.random.default_rng(5)
    points = np.concatenate([rng.normal(mean, 1, (13, 2)) for mean in (0.4, -0.5)])
    labels = np.repeat([1.0, -1.0], 13)
    spline = RBFInterpolator(points, labels, kernel="thin_plate_spline", smoothing=2 * 13 * 0.02 * 8 * np.pi, degree=1)
    return spline(np.random.default_rng(6).normal(size=(17, 2)))


ENERGY_OF_A_SPLINE = Claim(
    name="spline-energy-sign",
    says="∫|∇^m D|² = (−1)^m C wᵀAw for D = Σ w_i ψ(|x − c_i|) with Bᵀw = 0; printed without (−1)^m it is negative for odd m.",
    equation=r"\int |\nabla^m D|^2\,dx = (-1)^m\, C\, w^{\top} A w, \qquad B^{\top} w = 0",
    source="asokan2022lsgans, equations 12, 13 and 14, where the sign is lost",
    proof=tuple(
        Step(f"n = 1, m = {m}: integrated between {m + 2} centres", partial(spline_energy, m), partial(quadratic_form, m))
        for m in (1, 2, 3)
    ),
    witness=Refutation(
        example="n = m = 1, three centres 0, 1/2, 7/5: C wᵀAw is negative, an energy is not",
        printed=partial(printed_form, 1),
        found=lambda: float(spline_energy(1)),
    ),
)

RIDGE = Claim(
    name="ridge-sign",
    says="The ridge of Poly-LSGAN is (−1)^m λC, of the sign of A on Bᵀw = 0; with the other sign J is larger.",
    equation=r"\begin{pmatrix} A + (-1)^m \lambda C I & B \\ B^{\top} & 0 \end{pmatrix} \begin{pmatrix} w \\ v \end{pmatrix}"
    r" = \begin{pmatrix} y \\ 0 \end{pmatrix}",
    source="asokan2022lsgans, theorem on the optimal discriminator",
    proof=(
        *(
            Step(f"n = 1, m = {m}: J is stationary at the solution", partial(gradient_at, m), partial(ones, m + 2))
            for m in (1, 2)
        ),
        *(
            Step(f"n = 1, m = {m}: all leading minors are positive", partial(reduced_sign, m, 1), lambda: [sp.S.One] * 2)
            for m in (1, 2)
        ),
    ),
    witness=(
        Agreement((Step("n = m = 2: collocation against SciPy's smoothing", by_collocation, by_scipy, Rivals(1e-9)),)),
        Refutation(
            example="n = 1, m = 1, λ = 1/10, three centres: J at the solution with the other sign of the ridge",
            printed=lambda: float(objective_at(1, -1, sp.Rational(1, 10))),
            found=lambda: float(objective_at(1, 1, sp.Rational(1, 10))),
        ),
    ),
)

SIDE_CONDITION = Claim(
    name="side-condition-of-interpolation",
    says="Bᵀw = 0 follows from stationarity for λ > 0, as ρBᵀw = 0; at λ = 0 it must be imposed, though printed as following.",
    equation=r"A(Aw + Bv - y + \rho w) = 0,\; B^{\top}(Aw + Bv - y) = 0 \;\Rightarrow\; \rho\, B^{\top} w = 0",
    source="asokan2022lsgans, appendix B, where it follows from the derivative in v",
    proof=tuple(
        Step(f"n = 1, m = {m}: both equations give ρBᵀw", partial(moment_of_equations, m), partial(moment_of_weights, m))
        for m in (1, 2)
    ),
    witness=Refutation(
        example="n = m = 1, λ = 0, three centres, y = (−1, 1, 1): the stationary (w, v) of least norm has |Bᵀw| > 0",
        printed=lambda: 0.0,
        found=unconstrained_minimum,
    ),
)
