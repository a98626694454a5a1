"""E|x − Y|^b for a Gaussian Y: the moments behind every exact Poly-WGAN discriminator between Gaussians."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad
from scipy.stats import ncx2

from gantheory.claims import Agreement, Claim, Rivals, Statistical, Step
from gantheory.discriminators.gaussian_oracle import Potential
from gantheory.symbolic import r, radial_laplacian, sphere_area

s = sp.Symbol("s", positive=True)
d = sp.Symbol("d", positive=True)  # |x − E Y|
n = sp.Symbol("n", positive=True)
b = sp.Symbol("b", positive=True)
k = sp.Symbol("k", integer=True, nonnegative=True)
CASES = ((1, 1), (1, 3), (2, 1), (3, -1), (3, 1), (5, -3), (4, -2))  # (n, b)
MEAN, DEVIATION = (0.4, -0.7, 1.1, 0.2, -0.3), 0.8


def front(power: sp.Expr, dim: sp.Expr) -> sp.Expr:
    """(2s²)^{b/2} Γ((n+b)/2)/Γ(n/2)."""
    half, whole = sp.sympify(power) / 2, sp.sympify(dim) / 2
    return (2 * s**2) ** half * sp.gamma(whole + half) / sp.gamma(whole)


def coefficient(power: sp.Expr, index: sp.Expr) -> sp.Expr:
    """Of d^{2k} in (2s²)^{b/2} Γ((n+b)/2)/Γ(n/2) ₁F₁(−b/2; n/2; −d²/2s²)."""
    rising = sp.gamma(index - power / 2) / sp.gamma(-power / 2) * sp.gamma(n / 2) / sp.gamma(n / 2 + index)
    return front(power, n) * rising / sp.gamma(index + 1) * (-1 / (2 * s**2)) ** index


def laplacian_term() -> sp.Expr:
    """The coefficient of d^{2k} in Δ E|x−Y|^b over that in E|x−Y|^{b−2}: Δ d^{2k+2} = (2k+2)(2k+n) d^{2k}."""
    ratio = coefficient(b, k + 1) * (2 * k + 2) * (2 * k + n) / coefficient(b - 2, k)
    return sp.simplify(sp.gammasimp(sp.simplify(ratio)))


def power_rule() -> sp.Expr:
    """b(b+n−2): Δ|x|^b over |x|^{b−2}, by the toolkit's radial Laplacian."""
    return sp.simplify(radial_laplacian(r**b, n) / r ** (b - 2))


def at_the_mean(dim: int, power: int) -> sp.Expr:
    """E|Y|^b at d = 0: an integral over the radius."""
    density = sp.exp(-(r**2) / (2 * s**2)) / (2 * sp.pi * s**2) ** sp.Rational(dim, 2)
    return sp.simplify(sp.integrate(sphere_area(dim) * r ** (dim - 1 + power) * density, (r, 0, sp.oo)))


def coulomb() -> sp.Expr:
    """erf(d/(s√2))/d of the formula at n = 3, b = −1."""
    return sp.hyperexpand(front(-1, 3) * sp.hyper((sp.S.Half,), (sp.Rational(3, 2),), -(d**2) / (2 * s**2)))


def potential(dim: int, power: int) -> Potential:
    """x ↦ E|x − Y|^b of the package."""
    return Potential(torch.tensor(MEAN[:dim], dtype=torch.float64), DEVIATION, 1.0, power)


def places(dim: int) -> torch.Tensor:
    """Seven points, near and far."""
    return torch.from_numpy(np.random.default_rng(dim).normal(0.5, 2.0, (7, dim)))


def of_package(dim: int, power: int) -> np.ndarray:
    """Its values there."""
    return potential(dim, power)(places(dim)).numpy()


def noncentral(dim: int, power: int) -> np.ndarray:
    """The mean of (s²χ)^{b/2}, χ noncentral with |x−m|²/s²: SciPy's density, adaptive quadrature."""
    gaps = (places(dim) - torch.tensor(MEAN[:dim], dtype=torch.float64)).norm(dim=1).numpy() / DEVIATION

    def mean(gap: float) -> float:
        def integrand(z: float) -> float:  # χ = z², which removes the root at 0
            return float(2 * z * ncx2.pdf(z**2, dim, gap**2) * (DEVIATION * z) ** power)

        return sum(quad(integrand, a, c, epsabs=1e-13, epsrel=1e-12)[0] for a, c in ((1e-12, gap + 1), (gap + 1, gap + 14)))

    return np.array([mean(g) for g in gaps])


def sampled(dim: int, power: int) -> tuple[float, float]:
    """Mean and standard error over 40 000 draws, at the first place; 2|b| < n keeps the variance finite."""
    y = np.array(MEAN[:dim]) + DEVIATION * np.random.default_rng(17).normal(size=(40_000, dim))
    values = np.linalg.norm(places(dim).numpy()[0] - y, axis=1) ** power
    return float(values.mean()), float(values.std() / np.sqrt(len(values)))


MOMENTS = Claim(
    name="gaussian-moments",
    says=(
        "For Y ~ N(m, s²I) in R^n and b > −n, E|x−Y|^b = (2s²)^{b/2} Γ((n+b)/2)/Γ(n/2) ₁F₁(−b/2; n/2; −|x−m|²/2s²); "
        "for n = 3, b = −1 it is erf(d/(s√2))/d."
    ),
    equation=r"\mathbb{E}|x-Y|^b = (2s^2)^{b/2}\,\frac{\Gamma(\frac{n+b}{2})}{\Gamma(\frac n2)}\,"
    r"{}_1F_1\!\left(-\tfrac b2;\tfrac n2;-\tfrac{|x-m|^2}{2s^2}\right)",
    source="asokan2023data, section 3, whose critics they give; derived",
    proof=(
        Step("every coefficient obeys Δ E|x−Y|^b = b(b+n−2) E|x−Y|^{b−2}, n, b and k symbols", laplacian_term, power_rule),
        *(
            Step(
                f"at x = m, n = {dim}, b = {power}, by integration",
                partial(at_the_mean, dim, power),
                partial(front, power, dim),
            )
            for dim, power in CASES
        ),
        Step("n = 3, b = −1 is Coulomb's", coulomb, lambda: sp.erf(d / (s * sp.sqrt(2))) / d),
    ),
    witness=Agreement(
        (
            *(
                Step(
                    f"n = {dim}, b = {power}: the package against noncentral χ² quadrature",
                    partial(of_package, dim, power),
                    partial(noncentral, dim, power),
                    Rivals(1e-8),
                )
                for dim, power in CASES
            ),
            *(
                Step(
                    f"n = {dim}, b = {power}: a Monte-Carlo mean",
                    partial(sampled, dim, power),
                    partial(lambda dim, power: float(of_package(dim, power)[0]), dim, power),
                    Statistical(),
                )
                for dim, power in ((3, -1), (3, 1), (5, -2))
            ),
        )
    ),
)
