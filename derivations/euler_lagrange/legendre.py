"""The Legendre condition of gradient penalties: where their equations are elliptic, and where WGAN-GP's is not."""

from functools import partial

import numpy as np
import sympy as sp

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import coordinates, legendre_form, p, q

lam, K = sp.symbols("lambda K", positive=True)
s = sp.Symbol("s", positive=True)  # |∇D|
theta = sp.Symbol("theta", real=True)
QUADRATIC = {(n, m): (lam * GradientPenalty(m, over=p),) for n, m in ((1, 1), (1, 3), (2, 1), (2, 2), (3, 1), (3, 2))}
TWO_SIDED = (lam * GradientPenalty(1, over=p, centre=K),)


def symbols(dim: int) -> tuple[sp.Symbol, ...]:
    """ξ."""
    return sp.symbols(f"xi1:{dim + 1}", real=True)


def by_force(dim: int, order: int) -> sp.Expr:
    """Σ ∂²L/∂(∂^α D)∂(∂^β D) ξ^{α+β} from the Lagrangian."""
    x = coordinates(dim)
    D = sp.Function("D", real=True)(*x)
    return legendre_form(Objective(WASSERSTEIN, *QUADRATIC[dim, order]).lagrangian(D, p, q, x), D, x, symbols(dim))


def by_formula(dim: int, order: int) -> sp.Expr:
    """2λw|ξ|^{2m}."""
    return sp.expand(2 * lam * p * sum(xi**2 for xi in symbols(dim)) ** order)


def centred_by_force(dim: int) -> sp.Expr:
    """The same for λp(|∇D| − K)² at D = s x1, ξ = (cos θ, sin θ, 0 …)."""
    x = coordinates(dim)
    D = sp.Function("D", real=True)(*x)
    form = legendre_form(Objective(WASSERSTEIN, *TWO_SIDED).lagrangian(D, p, q, x), D, x, turned(dim))
    return form.subs(D, s * x[0]).doit()


def turned(dim: int) -> list[sp.Expr]:
    """(cos θ, sin θ, 0 …)."""
    return [sp.cos(theta), sp.sin(theta), *[sp.S.Zero] * (dim - 2)]


def centred_by_formula() -> sp.Expr:
    """2λp(cos²θ + (1 − K/s) sin²θ): 1 along the gradient, φ = 1 − K/s across it."""
    return 2 * lam * p * (sp.cos(theta) ** 2 + (1 - K / s) * sp.sin(theta) ** 2)


def bound(dim: int) -> sp.Expr:
    """Λ(s) of the package."""
    return Objective(WASSERSTEIN, *TWO_SIDED).euler_lagrange().degeneracy(dim).bound


def curvature(angle: float, size: float) -> float:
    """The second difference of (|∇D + tξ| − 1)² in t: no formula of the symbol."""
    gradient, xi = size * np.array([0.6, 0.8]), np.array([np.cos(angle), np.sin(angle)])

    def value(t: float) -> float:
        return (float(np.linalg.norm(gradient + t * xi)) - 1) ** 2

    h = 1e-3
    return (16 * (value(h) + value(-h)) - (value(2 * h) + value(-2 * h)) - 30 * value(0)) / (12 * h**2)


def symbol_of_package(angle: float, size: float) -> float:
    """The principal symbol of (|∇D| − 1)² at the same gradient."""
    x = coordinates(2)
    equation = Objective(WASSERSTEIN, GradientPenalty(1, centre=1)).euler_lagrange()
    xi = [sp.Float(np.cos(angle)), sp.Float(np.sin(angle))]
    return float(equation.symbol(xi, size * (sp.Rational(3, 5) * x[0] + sp.Rational(4, 5) * x[1]), p, q, x).doit())


LEGENDRE = Claim(
    name="legendre-symbol",
    says="The principal symbol of a penalty λ∫w|∇^m D|² is 2λw|ξ|^{2m}: elliptic wherever w > 0.",
    equation=r"\sum_{|\alpha|=|\beta|=m} \frac{\partial^2 L}{\partial(\partial^\alpha D)\,\partial(\partial^\beta D)}"
    r"\,\xi^{\alpha+\beta} = 2\lambda w\,|\xi|^{2m}",
    source="gelfand1963calculus, section 25, the Legendre condition",
    proof=tuple(
        Step(f"n = {n}, m = {m}: from the Lagrangian", partial(by_force, n, m), partial(by_formula, n, m)) for n, m in QUADRATIC
    ),
    witness=Agreement(
        (
            Step(
                "R1 in the plane: the package's symbol at |ξ| = 1 against 2λw, w = 3, λ = 0.7",
                lambda: float(
                    Objective(WASSERSTEIN, 0.7 * GradientPenalty(1, over=p))
                    .euler_lagrange()
                    .symbol(
                        (sp.Rational(3, 5), sp.Rational(4, 5)), sp.Symbol("x1", real=True), sp.Integer(3), q, coordinates(2)
                    )
                ),
                lambda: 2 * 0.7 * 3.0,
                Rivals(1e-12),
            ),
        )
    ),
)

FOLD = Claim(
    name="gradient-penalty-is-not-elliptic",
    says="For n ≥ 2 the symbol of WGAN-GP is 2λw(cos²θ + (1 − K/|∇D|) sin²θ): negative across ∇D where |∇D| < K.",
    equation=r"2\lambda w\left(\cos^2\theta + \left(1 - \tfrac{K}{|\nabla D|}\right)\sin^2\theta\right)|\xi|^2",
    source="gulrajani2017improved, equation 3",
    proof=(
        *(Step(f"n = {n}: from the Lagrangian", partial(centred_by_force, n), centred_by_formula) for n in (2, 3)),
        Step(
            "its least value over θ is the package's bound",
            lambda: centred_by_formula().subs(theta, sp.pi / 2),
            partial(bound, 3),
        ),
        Step("in one dimension the bound is 2λw", partial(bound, 1), lambda: 2 * lam * p),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"|∇D| = {size}: second differences along ξ against the symbol",
                lambda size=size: np.array([curvature(a, size) for a in (0.3, 1.4, 2.5)]),  # type: ignore[misc]
                lambda size=size: np.array([symbol_of_package(a, size) for a in (0.3, 1.4, 2.5)]),  # type: ignore[misc]
                Rivals(1e-7),
            )
            for size in (0.5, 1.7)
        )
    ),
)
