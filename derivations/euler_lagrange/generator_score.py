"""The score of generated points: ∇ log p(G(z)) = J^{−T}(∇ log N(z) − ∇ log|det J|), for any normal law of z."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import root
from torch.func import grad, jacrev

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step

z1, z2, m1, m2, x1, x2 = sp.symbols("z1 z2 m1 m2 x1 x2", real=True)
s1, s2 = sp.symbols("s1 s2", positive=True)
w = sp.Symbol("w", real=True)  # the covariance of z1 and z2, |w| < √(s1 s2)
MEAN, COVARIANCE = sp.Matrix([m1, m2]), sp.Matrix([[s1, w], [w, s2]])


def base(at: sp.Matrix) -> sp.Expr:
    """log N(z; μ, S) but for its constant."""
    away = at - MEAN
    return -(away.T * COVARIANCE.inv() * away)[0] / 2


def generator(at: sp.Matrix) -> sp.Matrix:
    """G(z) = (z₁ e^{z₂} + z₂², z₂): det J = e^{z₂} varies, and the inverse is a formula."""
    return sp.Matrix([at[0] * sp.exp(at[1]) + at[1] ** 2, at[1]])


def from_the_density() -> list[sp.Expr]:
    """∇_x of log N(G⁻¹(x)) − log det J, at x = G(z)."""
    inverse = sp.Matrix([(x1 - x2**2) * sp.exp(-x2), x2])
    density = base(inverse) - x2
    at = dict(zip((x1, x2), generator(sp.Matrix([z1, z2])), strict=True))
    return [sp.diff(density, x).subs(at) for x in (x1, x2)]


def by_formula() -> list[sp.Expr]:
    """J^{−T}(−S⁻¹(z − μ) − ∇ log|det J|)."""
    z = sp.Matrix([z1, z2])
    J = generator(z).jacobian(z)
    inner = -COVARIANCE.inv() * (z - MEAN) - sp.Matrix([sp.diff(sp.log(J.det()), v) for v in z])
    return list(J.inv().T * inner)


G = sp.Function("G", real=True)(z1)


def one_dimensional(mean: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """d/dx log p = (1/G′) d/dz (log N(z) − log G′) for any increasing G in one dimension."""
    slope = sp.diff(G, z1)
    return sp.diff(-((z1 - mean) ** 2) / (2 * variance) - sp.log(slope), z1) / slope


def written(mean: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """(−(z − μ)/s − G″/G′)/G′."""
    slope = sp.diff(G, z1)
    return (-(z1 - mean) / variance - sp.diff(G, z1, 2) / slope) / slope


A = torch.tensor([[1.1, 0.4, -0.2], [0.1, 0.9, 0.3], [-0.3, 0.2, 1.3]], dtype=torch.float64)
SHIFT = torch.tensor([0.3, -0.7, 0.5], dtype=torch.float64)
LAW = torch.distributions.MultivariateNormal(
    SHIFT, torch.tensor([[1.0, 0.2, 0.1], [0.2, 0.6, -0.1], [0.1, -0.1, 0.8]], dtype=torch.float64)
)
Z = torch.tensor([[0.2, -0.1, 0.9], [1.4, 0.3, -0.6]], dtype=torch.float64)


def network(z: torch.Tensor) -> torch.Tensor:
    """A z + 0.2 sin(A z): invertible, in R³."""
    h = A @ z
    return h + 0.2 * torch.sin(h)


def formula_in_numbers() -> np.ndarray:
    """The formula, its Jacobian and ∇ log|det J| by torch.func."""
    rows = []
    for z in Z:
        J = jacrev(network)(z)
        volume = grad(lambda v: torch.linalg.slogdet(jacrev(network)(v)).logabsdet)(z)
        rows.append(torch.linalg.solve(J.mT, torch.linalg.solve(LAW.covariance_matrix, SHIFT - z) - volume).numpy())
    return np.array(rows)


def log_density(x: np.ndarray) -> float:
    """log p(x) with G inverted by SciPy and its determinant by hand."""
    matrix, centre = A.numpy(), SHIFT.numpy()
    h = root(lambda v: v + 0.2 * np.sin(v) - x, x, tol=1e-14).x
    away = np.linalg.solve(matrix, h) - centre
    volume = np.log(1 + 0.2 * np.cos(h)).sum() + np.log(np.linalg.det(matrix))
    return float(-away @ np.linalg.inv(LAW.covariance_matrix.numpy()) @ away / 2 - volume)


def differenced(h: float = 1e-3) -> np.ndarray:
    """∇ log p by the five-point rule."""
    rows = []
    for z in Z:
        x = network(z).numpy()
        stencil = ((-2, 1), (-1, -8), (1, 8), (2, -1))
        rows.append([sum(c * log_density(x + j * h * e) for j, c in stencil) / (12 * h) for e in np.eye(3)])
    return np.array(rows)


SCORE = Claim(
    name="generator-score",
    says=(
        "For z ~ N(μ, S) and an invertible G, ∇ log p(G(z)) = J^{−T}(−S⁻¹(z − μ) − ∇ log|det J|); "
        "with −z for −S⁻¹(z − μ), as printed, it holds for N(0, I) alone."
    ),
    equation=r"\nabla \log p(G(z)) = J^{-T}\left(-S^{-1}(z - \mu) - \nabla_z \log|\det J|\right)",
    source="asokan2023scores, lemma on the score of a generator",
    proof=(
        Step("G = (z₁ e^{z₂} + z₂², z₂), from the density of x and from the formula", from_the_density, by_formula),
        Step("any increasing G in one dimension", partial(one_dimensional, m1, s1), partial(written, m1, s1)),
        Step(
            "N(0, 1) gives the printed form",
            partial(one_dimensional, sp.S.Zero, sp.S.One),
            partial(written, sp.S.Zero, sp.S.One),
        ),
    ),
    witness=(
        Agreement(
            (Step("in R³, torch.func against differences of the density", formula_in_numbers, differenced, Rivals(1e-7)),)
        ),
        Refutation(
            example="z ~ N(1, 1), G the identity, at z = 0",
            printed=lambda: 0.0,
            found=lambda: float(written(sp.S.One, sp.S.One).subs(G, z1).doit().subs(z1, 0)),
            margin=0.5,
        ),
    ),
)
