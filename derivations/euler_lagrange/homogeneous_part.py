"""What may be added to a closed-form discriminator: not a slope, and more than polynomials of degree < m."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import GreensFunction, solve
from gantheory.measures import Empirical
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import coordinates, fundamental_solution, gradient_norm_squared, negative_laplacian, r

lam, t = sp.symbols("lambda t", positive=True)
slope = sp.Symbol("a", real=True)
x, z = sp.symbols("x z", real=True)
SOURCE = (1 - 2 * z) * (1 + z / 2) + sp.Rational(1, 12)  # p − q on [0, 1], of mass 0, with a first moment


def drift(side: int) -> sp.Expr:
    """∂_x of ∫ G(|x − z|) (p − q)(z) dz to the right (1) or left (−1) of the support, n = m = 1."""
    G = fundamental_solution(1, 1).subs(r, side * (x - z))
    return sp.integrate(sp.expand(sp.diff(G, x) * SOURCE), (z, 0, 1))


def momentum() -> sp.Expr:
    """a + ∫∫ ∂_x G(|x − z|) ρ(x) ρ(z) dx dz = a − ½∫((F_p − F_q)²)′ dx: no total force."""
    inner = sp.integrate(sp.expand(SOURCE.subs(z, t)), (t, 0, x))  # F_p − F_q
    return slope + sp.integrate(sp.expand(-inner * SOURCE.subs(z, x)), (x, 0, 1))


def velocity_at_rest() -> sp.Expr:
    """D′ at p = q for D = K ∗ (p − q)/2λ + ax."""
    return sp.diff(0 / lam + slope * x, x)


def rest_velocity() -> float:
    """max|∇D| of the package's discriminator for p = q."""
    points = torch.from_numpy(np.random.default_rng(2).normal(size=(11, 2)))
    D = solve(Objective(WASSERSTEIN, GradientPenalty(1)), Empirical(points), Empirical(points.clone()), solver=GreensFunction())
    where = torch.from_numpy(np.random.default_rng(3).normal(size=(7, 2))).requires_grad_(True)
    return float(torch.autograd.grad(D(where).sum(), where)[0].norm(dim=1).max())


def far_slope(distance: float) -> float:
    """|D′| of two clouds at a distance: 0 outside their support, for n = m = 1; plus 1."""
    rng = np.random.default_rng(4)
    real, fake = (Empirical(torch.from_numpy(rng.normal(m, 1, (k, 1)))) for m, k in ((0.0, 13), (0.6, 17)))
    D = solve(Objective(WASSERSTEIN, GradientPenalty(1)), real, fake, solver=GreensFunction())
    at = torch.tensor([[distance]], dtype=torch.float64)
    return 1 + float((D(at + 1) - D(at)).abs().max())


def harmonic(dim: int) -> list[sp.Expr]:
    """1 + Δ(x1² − x2²), and |∇²(x1² − x2²)|²."""
    X = coordinates(dim)
    f = X[0] ** 2 - X[1] ** 2
    return [1 + negative_laplacian(f, X), gradient_norm_squared(f, X, 2)]


def second_derivatives() -> float:
    """|∇²f| of f = x1² − x2² by differences: 0 for every f in P_1."""

    def f(u: float, v: float) -> float:
        return u**2 - v**2

    h = 0.1
    own = [(f(1 + h, 2) + f(1 - h, 2) - 2 * f(1, 2)) / h**2, (f(1, 2 + h) + f(1, 2 - h) - 2 * f(1, 2)) / h**2]
    return float(np.hypot(own[0], own[1]))


HOMOGENEOUS = Claim(
    name="homogeneous-part-vanishes",
    says="A slope a in D = K∗(p − q)/2λ + ⟨a, x⟩ moves particles with velocity a at p = q: only a = 0 rests, not every a.",
    equation=r"\nabla D\big|_{p=q} = a = 0, \qquad |\nabla K * (p-q)| \to 0 \text{ as } |x| \to \infty",
    source="asokan2023euler, lemma 3.2 and equation 13, where every finite a is called optimal",
    proof=(
        Step("outside the support K∗(p − q) has no slope (n = m = 1), right plus 1", lambda: 1 + drift(1), lambda: sp.S.One),
        Step("and left", lambda: 1 + drift(-1), lambda: sp.S.One),
        Step("the kernel part exerts no total force on p − q", momentum, lambda: slope),
        Step("at p = q the velocity is a", velocity_at_rest, lambda: slope),
    ),
    witness=(
        Agreement(
            (
                Step(
                    "the package's D is flat far from its data (n = m = 1), plus 1",
                    partial(far_slope, 9.0),
                    lambda: 1.0,
                    Rivals(1e-12),
                ),
            )
        ),
        Refutation(
            example="p = q, 11 points in the plane: max|∇D| with |a| = 1 as printed, and of the package",
            printed=lambda: 1.0,
            found=rest_velocity,
            margin=0.5,
        ),
    ),
)

HARMONIC = Claim(
    name="harmonic-is-not-affine",
    says="ker Δ^m holds all polyharmonic functions: x1² − x2² is harmonic and not in P_1; ker |∇^m D| is P_{m−1}.",
    equation=r"\Delta(x_1^2 - x_2^2) = 0, \qquad |\nabla^2 (x_1^2 - x_2^2)|^2 = 8",
    source="asokan2022bridging, the homogeneous solution, said to belong to P_1",
    proof=tuple(
        Step(f"n = {n}: Δf = 0 (plus 1), |∇²f|² = 8", partial(harmonic, n), lambda: [sp.S.One, sp.Integer(8)]) for n in (2, 3)
    ),
    witness=Refutation(
        example="f = x1² − x2² in the plane: |∇²f| would be 0 in P_1",
        printed=lambda: 0.0,
        found=second_derivatives,
    ),
)
