"""The Coulomb kernels: Δψ = C δ with C = 2 on the line and C < 0 beyond, and what was printed instead."""

from functools import partial

import sympy as sp
import torch
from scipy.integrate import quad
from scipy.special import exp1

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import GaussianOracle, solve
from gantheory.measures import Gaussian
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import flux, fundamental_solution, r, radial_laplacian, sphere_area

n = sp.Symbol("n", positive=True)
lam, s, t = sp.symbols("lambda s t", positive=True)
WEIGHT, WIDE, NARROW = 0.7, 1.0, 0.5  # λ, and the deviations of p and q
BY_HAND = [2, -2 * sp.pi, -4 * sp.pi, -4 * sp.pi**2, -8 * sp.pi**2, -4 * sp.pi**3]


def coulomb(dim: int) -> sp.Expr:
    """ψ: r, −log r, r^{2−n}."""
    return -sp.log(r) if dim == 2 else r if dim == 1 else r ** (2 - dim)


def symbolic_constant() -> sp.Expr:
    """C of r^{2−n} by its flux, for a symbolic n."""
    return -flux(r ** (2 - n), n)


def by_kernel(dim: int) -> sp.Expr:
    """−ψ/G at r = 2, with G the toolkit's kernel of −Δ (ψ and G differ by a factor)."""
    ratio = -coulomb(dim) / fundamental_solution(1, dim)
    return ratio.subs(r, 2)


def against_a_gaussian(dim: int) -> float:
    """∫ ψ Δ e^{−r²/2} dx by quadrature."""
    test = radial_laplacian(sp.exp(-(r**2) / 2), dim)
    integrand = sp.lambdify(r, coulomb(dim) * test * sphere_area(dim) * r ** (dim - 1), "numpy")
    return sum(quad(integrand, a, b, epsabs=1e-12, epsrel=1e-12)[0] for a, b in ((0, 1), (1, 4), (4, 9)))


CONSTANTS = Claim(
    name="coulomb-constants",
    says="Δψ = C_n δ with C₁ = 2, C₂ = −2π and C_n = −n(n−2)π^{n/2}/Γ(n/2+1) for n ≥ 3; printed is −1/C_n.",
    equation=r"\Delta\,r^{2-n} = -\frac{n(n-2)\,\pi^{n/2}}{\Gamma(n/2+1)}\,\delta,\qquad n \ge 3",
    source="asokan2022bridging, appendix A, which prints Γ(n/2+1)/(n(n−2)π^{n/2})",
    proof=(
        Step("n = 1 … 6, by flux", lambda: [-flux(coulomb(d), d) for d in range(1, 7)], lambda: list(map(sp.sympify, BY_HAND))),
        Step("symbolic n, by flux", symbolic_constant, lambda: -n * (n - 2) * sp.pi ** (n / 2) / sp.gamma(n / 2 + 1)),
        Step(
            "n = 1 … 6, against the toolkit's kernel",
            lambda: [by_kernel(d) for d in range(1, 7)],
            lambda: list(map(sp.sympify, BY_HAND)),
        ),
    ),
    witness=(
        Refutation(
            example="n = 3, the smallest n for which the formula is printed",
            printed=lambda: float(sp.gamma(sp.Rational(5, 2)) / (3 * sp.pi ** sp.Rational(3, 2))),
            found=partial(against_a_gaussian, 3),
        ),
        Agreement(
            tuple(
                Step(
                    f"n = {d}: ∫ψ Δe^(−r²/2) dx by quadrature",
                    partial(against_a_gaussian, d),
                    partial(lambda c: float(c), BY_HAND[d - 1]),
                    Rivals(1e-9),
                )
                for d in range(1, 7)
            )
        ),
    ),
)


def convolved(dim: int, width: sp.Expr) -> sp.Expr:
    """ψ * N(0, s² I) as a function of r."""
    z = r / (width * sp.sqrt(2))
    if dim == 1:
        return width * sp.sqrt(2 / sp.pi) * sp.exp(-(z**2)) + r * sp.erf(z)
    return -(sp.log(r) + sp.expint(1, z**2) / 2) if dim == 2 else sp.erf(z) / r


def density(dim: int, width: sp.Expr) -> sp.Expr:
    """N(0, s² I)."""
    return sp.exp(-(r**2) / (2 * width**2)) / (2 * sp.pi * width**2) ** sp.Rational(dim, 2)


def source(dim: int) -> sp.Expr:
    """2λ(−Δ) of (1/(2λ C_n)) (q − p)*ψ."""
    D = (convolved(dim, t) - convolved(dim, s)) / (2 * lam * BY_HAND[dim - 1])
    return sp.expand_func(-2 * lam * radial_laplacian(D, dim))


def as_printed(radius: float) -> float:
    """D = (1/2λ)(q − p)*ψ in the plane, as printed."""

    def potential(width: float) -> float:
        return -float(sp.log(radius)) - float(exp1(radius**2 / (2 * width**2))) / 2

    return (potential(NARROW) - potential(WIDE)) / (2 * WEIGHT)


def by_toolkit(radius: float) -> float:
    """The toolkit's discriminator of the same Gaussians, at the same place."""
    eye, zero = torch.eye(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    real, fake = Gaussian(zero, WIDE**2 * eye), Gaussian(zero, NARROW**2 * eye)
    D = solve(Objective(WASSERSTEIN, WEIGHT * GradientPenalty(1)), real, fake, solver=GaussianOracle())
    return float(D(torch.tensor([[radius, 0.0]], dtype=torch.float64)))


def printed_step() -> float:
    """D(1/2, 0) − D(2, 0)."""
    return as_printed(0.5) - as_printed(2.0)


def found_step() -> float:
    """The same with the toolkit."""
    return by_toolkit(0.5) - by_toolkit(2.0)


POTENTIAL_SIGN = Claim(
    name="coulomb-sign",
    says="The m = 1 discriminator is (1/(2λC_n))(q − p)*ψ; printed with + and without C_n it is low on data for n ≥ 2.",
    equation=r"D^* = \frac{1}{2\lambda\,C_n}\,(q-p) * \psi_n,\qquad C_1 = 2,\quad C_n < 0 \ (n \ge 2)",
    source="asokan2022bridging, theorem 3.1 and equations 6 and 7",
    proof=tuple(
        Step(
            f"n = {d}: 2λ(−Δ)D = p − q for two Gaussians",
            partial(source, d),
            partial(lambda d: density(d, s) - density(d, t), d),
        )
        for d in (1, 2, 3)
    ),
    witness=(
        Refutation(
            example="n = 2, p = N(0, I), q = N(0, I/4), λ = 0.7: D(1/2, 0) − D(2, 0), negative because the fakes are inside",
            printed=printed_step,
            found=found_step,
        ),
        Agreement(
            (
                Step(
                    "the toolkit's step is the printed one over C₂ = −2π",
                    found_step,
                    lambda: printed_step() / float(BY_HAND[1]),
                    Rivals(1e-11),
                ),
            )
        ),
    ),
)
