"""The constants of the polyharmonic kernels depend on order and dimension, their logarithms on the dimension alone."""

from functools import partial
from itertools import product

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import GreensFunction, solve
from gantheory.measures import Empirical
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import flux, power_laplacian, r, radial_laplacian, riesz_solution, sphere_area

n = sp.Symbol("n", positive=True)
CASES = list(product((1, 2, 3, 4), (1, 2, 3)))  # (n, m)
BY_HAND = [2, 12, 240, 2 * sp.pi, 8 * sp.pi, 128 * sp.pi, -4 * sp.pi, -8 * sp.pi, -96 * sp.pi]
BY_HAND += [-4 * sp.pi**2, -8 * sp.pi**2, -64 * sp.pi**2]


def unnormalised(dim: int, order: int) -> sp.Expr:
    """ψ = r^{2m−n}, with log r for even n ≤ 2m."""
    return r ** (2 * order - dim) * (sp.log(r) if dim % 2 == 0 and dim <= 2 * order else 1)


def mass(dim: int, order: int) -> sp.Expr:
    """C with Δ^m ψ = C δ: the flux of ∇Δ^{m−1} ψ."""
    return -flux(radial_laplacian(unnormalised(dim, order), dim, order - 1), dim)


def against_a_gaussian(dim: int, order: int) -> float:
    """∫ ψ Δ^m e^{−r²/2} dx by quadrature."""
    test = radial_laplacian(sp.exp(-(r**2) / 2), dim, order)
    integrand = sp.lambdify(r, unnormalised(dim, order) * test * sphere_area(dim) * r ** (dim - 1), "numpy")
    return sum(quad(integrand, a, b, epsabs=1e-12, epsrel=1e-12)[0] for a, b in ((0, 1), (1, 4), (4, 9), (9, 16)))


CONSTANT_OF_ORDER_AND_DIMENSION = Claim(
    name="polyharmonic-constant",
    says="The constant of r^k depends on order and dimension, not on k alone as printed: Δr = 2δ in R, Δ²r = −8πδ in R³.",
    equation=r"\Delta^m r^{2m-n} = C(m,n)\,\delta,\qquad C(1,1) = 2,\quad C(2,3) = -8\pi",
    source="asokan2022lsgans, theorem 2.1 and appendix B, which let the constant depend on k alone",
    proof=(
        Step(
            "C(m, n) for n ≤ 4, m ≤ 3, by the flux of ∇Δ^{m−1}ψ",
            lambda: [mass(*c) for c in CASES],
            lambda: list(map(sp.sympify, BY_HAND)),
        ),
    ),
    witness=(
        Refutation(
            example="k = 1: the constant of the line, used in R³ with m = 2",
            printed=lambda: float(mass(1, 1)),
            found=partial(against_a_gaussian, 3, 2),
        ),
        Agreement(
            tuple(
                Step(
                    f"n = {d}, m = {m}: ∫ψ Δ^m e^(−r²/2) dx by quadrature",
                    partial(against_a_gaussian, d, m),
                    partial(lambda c: float(mass(*c)), (d, m)),
                    Rivals(1e-9),
                )
                for d, m in ((1, 1), (3, 2), (2, 2), (4, 3))
            )
        ),
    ),
)


def even_sum(order: int) -> sp.Expr:
    """Δ^m r^{2m−n} away from 0, for a symbolic n."""
    return power_laplacian(2 * order - n, n, order)


def odd_sum(order: int) -> sp.Expr:
    """Δ^m r^k away from 0 for k + n = 2m − 1, where m is the printed ⌈(k+n)/2⌉."""
    return power_laplacian(2 * order - 1 - n, n, order)


def odd_sum_by_hand(order: int) -> sp.Expr:
    """(n−1) r^{−n−1}, and (3−n)(n−1) r^{−n−1} for m = 2: no δ at 0 and a source all around it."""
    return {1: 1, 2: 3 - n}[order] * (n - 1) * r ** (-n - 1)


def biharmonic_in_the_plane(step: float = 0.01) -> float:
    """Δ² |x| at (1, 0) by the 13-point stencil, extrapolated once."""

    def stencil(h: float) -> float:
        i, j = np.meshgrid(np.arange(-2, 3), np.arange(-2, 3), indexing="ij")
        u = np.hypot(1 + h * i, h * j)
        weights = np.zeros((5, 5))
        for (a, b), w in {(0, 0): 20, (1, 0): -8, (1, 1): 2, (2, 0): 1}.items():
            for s, t in {(a, b), (-a, -b), (b, a), (-b, -a), (a, -b), (-a, b), (b, -a), (-b, a)}:
                weights[2 + s, 2 + t] = w
        return float((weights * u).sum() / h**4)

    return (4 * stencil(step) - stencil(2 * step)) / 3


LOGARITHMS_ONLY_IN_EVEN_DIMENSIONS = Claim(
    name="polyharmonic-parity",
    says="r^k belongs to an integer order m = (k+n)/2 only if k + n is even, and has a logarithm only for even n; printed for "
    "every k, with log for every even k. In the plane r is of order 3/2: −r/2π.",
    equation=r"n = 2:\quad \Delta^2 r = r^{-3},\qquad (-\Delta)^{3/2}\left(-\frac{r}{2\pi}\right) = \delta",
    source="asokan2022lsgans, theorem 2.1, which takes m = ⌈(k+n)/2⌉ for any k",
    proof=(
        Step(
            "k + n = 2m, symbolic n: no source for r > 0", lambda: [even_sum(m) for m in (1, 2, 3, 4)], lambda: [sp.S.Zero] * 4
        ),
        Step(
            "k + n = 2m − 1, symbolic n: a source for r > 0",
            lambda: [odd_sum(m) for m in (1, 2)],
            lambda: [odd_sum_by_hand(m) for m in (1, 2)],
        ),
        Step(
            "r² log r on the line has (r² log r)⁗ = −2/r²", lambda: radial_laplacian(r**2 * sp.log(r), 1, 2), lambda: -2 / r**2
        ),
        Step("the order of −r/2π in the plane is 3/2", lambda: riesz_solution(sp.Rational(3, 2), 2), lambda: -r / (2 * sp.pi)),
    ),
    witness=(
        Refutation(
            example="n = 2, k = 1, printed m = 2: Δ²r at r = 1",
            printed=lambda: 0.0,
            found=biharmonic_in_the_plane,
        ),
        Agreement(
            (Step("Δ²|x| at r = 1 by a 13-point stencil, against 1", biharmonic_in_the_plane, lambda: 1.0, Rivals(1e-5)),)
        ),
    ),
)


WEIGHT = 0.7


def two_points() -> tuple[Empirical, Empirical]:
    """p = δ₀ and q = δ₁ on the line."""
    one, zero = torch.ones(1, 1, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    return Empirical(zero, one[:, 0]), Empirical(one, one[:, 0])


def printed_gap() -> float:
    """E_p D − E_q D with D = ((−1)^{m+1}/2λ)(q − p)*|x|, as printed."""
    D = [(abs(z - 1) - abs(z)) / (2 * WEIGHT) for z in (0.0, 1.0)]
    return D[0] - D[1]


def found_gap() -> float:
    """The same with the toolkit's discriminator."""
    real, fake = two_points()
    D = solve(Objective(WASSERSTEIN, WEIGHT * GradientPenalty(1)), real, fake, solver=GreensFunction())
    return float(D(real.points) - D(fake.points))


def second_derivative() -> sp.Expr:
    """2λ(−D″) for D = (1/2λ C)(q − p)*|x| and C = 2, with smooth P″ = p and Q″ = q: |x| * p = 2P up to a linear function."""
    x, weight = sp.Symbol("x", real=True), sp.Symbol("lambda", positive=True)
    P, Q = (sp.Function(name, real=True)(x) for name in "PQ")
    D = (2 * Q - 2 * P) / (2 * weight * mass(1, 1))
    left, _ = Objective(WASSERSTEIN, weight * GradientPenalty(1)).euler_lagrange().at(D, P.diff(x, 2), Q.diff(x, 2), (x,))
    return left.doit() - (P - Q).diff(x, 2)


NORMALISED_KERNEL = Claim(
    name="normalised-kernel",
    says="The discriminator is ((−1)^m/2λC)(p − q)*ψ with Δ^m ψ = Cδ; printed without 1/C it is C times too large, "
    "and of the wrong sign where C < 0.",
    equation=r"D^* = \frac{(-1)^m}{2\lambda\,C(m,n)}\,(p-q) * \psi,\qquad \Delta^m\psi = C(m,n)\,\delta",
    source="asokan2023data, theorem on the optimal discriminator",
    proof=(
        Step("n = m = 1: the equation holds with C = 2", second_derivative, lambda: sp.S.Zero),
        Step(
            "(−1)^m ψ/C has flux 1 under (−Δ)^m, n ≤ 4, m ≤ 3",
            lambda: [
                flux((-1) ** (m - 1) * radial_laplacian((-1) ** m * unnormalised(d, m) / c, d, m - 1), d)
                for (d, m), c in zip(CASES, BY_HAND, strict=True)
            ],
            lambda: [sp.S.One] * len(CASES),
        ),
    ),
    witness=(
        Refutation(example="n = m = 1, p = δ₀, q = δ₁, λ = 0.7: E_p D − E_q D", printed=printed_gap, found=found_gap),
        Agreement((Step("the gap of two points is |0 − 1|/2λ", found_gap, lambda: 1 / (2 * WEIGHT), Rivals(1e-12)),)),
    ),
)
