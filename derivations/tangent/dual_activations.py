"""Dual activations in closed form, one claim each, and the kernels of the wide networks that are made of them."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import sympy as sp
import torch
from scipy.special import erf as scipy_erf

from derivations.tangent._routes import kernels, relu
from gantheory.claims import Agreement, Claim, Rivals, Roundoff, Statistical, Step
from gantheory.kernels import (
    ERF,
    RELU,
    SIGMOID_LIKE,
    Architecture,
    EmpiricalTangentKernel,
    Perceptron,
    erf_activation,
    gaussian_activation,
    nngp_kernel,
    rbf_activation,
    sine_activation,
    tangent_kernel,
)
from gantheory.kernels.tangent import Activation, Dual, area, gap, k11, k12, k22

a, b, weight, scale = sp.symbols("a b w s", positive=True)
c, number = sp.symbols("c z", real=True)
theta, psi = sp.symbols("theta psi", positive=True)
WHOLE = {k11: a, k22: b, k12: c, gap: a + b - 2 * c, area: a * b - c**2}
COVARIANCE = sp.Matrix([[a, c], [c, b]])
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(90)
Function = Callable[[np.ndarray], np.ndarray]


def by_hermite(f: Function, df: Function, depth: int, size: float, bias: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(Σ, Θ) of two points by a recursion whose expectations are sums over 90 × 90 Gauss–Hermite nodes."""
    U, V = np.meshgrid(NODES, NODES, indexing="ij")
    mass = np.outer(WEIGHTS, WEIGHTS) / (2 * np.pi)

    def mean(g: Function, one: float, two: float, cross: float) -> float:
        rest = np.sqrt(max(two - cross**2 / one, 0.0))
        return float((mass * g(np.sqrt(one) * U) * g(cross / np.sqrt(one) * U + rest * V)).sum())

    one, two, cross = (bias**2 + size**2 * u @ v / len(x) for u, v in ((x, x), (y, y), (x, y)))
    tangent = cross
    for _ in range(depth):
        slope = mean(df, one, two, cross)
        made = (mean(f, one, one, one), mean(f, two, two, two), mean(f, one, two, cross))
        one, two, cross = (bias**2 + size**2 * value for value in made)
        tangent = cross + size**2 * slope * tangent
    return np.array([cross, tangent])


def points(dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Two points."""
    rng = np.random.default_rng(30 + dim)
    return rng.normal(size=dim), rng.normal(0.4, 1.0, dim)


def by_package(activation: Activation, depth: int, dim: int) -> np.ndarray:
    """(Σ, Θ) of two points by the package; weight 1.2, bias 0.4."""
    x, y = (torch.from_numpy(z[None]) for z in points(dim))
    return np.array([make(depth, activation, 1.2, 0.4)(x, y).item() for make in (nngp_kernel, tangent_kernel)])


WIDTH, NETWORKS = 128, 30


@cache
def by_networks(activation: Any) -> tuple[float, float]:
    """Mean and standard error of the tangent kernel of random networks of depth 2 at two points."""
    x, y = (torch.from_numpy(z[None]) for z in points(3))
    generator, shape = torch.Generator().manual_seed(11), Architecture(2, activation, 1.2, 0.4)
    found = [EmpiricalTangentKernel(Perceptron(shape, 3, WIDTH, generator))(x, y).item() for _ in range(NETWORKS)]
    return float(np.mean(found)), float(np.std(found, ddof=1) / NETWORKS**0.5)


def recursion(activation: Activation, f: Function, df: Function) -> tuple[Step, ...]:
    """Depths 1 to 3 against Gauss–Hermite, and wide random networks against the package."""
    deterministic = [
        Step(
            f"depth {L}, d = {d}: (Σ, Θ) against Gauss–Hermite sums",
            partial(by_package, activation, L, d),
            partial(by_hermite, f, df, L, 1.2, 0.4, *points(d)),
            Rivals(1e-8),
        )
        for L, d in ((1, 1), (2, 2), (3, 3))
    ]
    return (*deterministic, sampled(activation))


def sampled(activation: Activation) -> Step:
    """The mean of random networks."""
    return Step(
        f"{NETWORKS} random networks of width {WIDTH}, depth 2",
        lambda: by_networks(activation),  # type: ignore[arg-type]
        lambda: float(by_package(activation, 2, 3)[1]),
        Statistical(),
    )


def by_arccosines(depth: int, dim: int) -> np.ndarray:
    """(Σ, Θ) of two points for ReLU, in NumPy."""
    x, y = (z[None] for z in points(dim))
    return np.array([k.item() for k in kernels(relu, depth, 1.2, 0.4, x, y)])


def price(activation: Dual) -> sp.Expr:
    """DΣ̂/dk12 with gap and area written out."""
    return sp.diff(activation.covariance.subs(WHOLE), c)


def quadrant(power: int) -> sp.Expr:
    """E φ(u)φ(v) for φ = max(0, ·), or E φ′φ′ for power 0, in polar coordinates, of which the radius gives 2 or 1."""
    angular = sp.cos(psi) * sp.cos(psi - theta) if power else sp.Integer(1)
    radius = sp.sqrt(a * b) * 2 if power else 1
    return radius * sp.integrate(angular, (psi, theta - sp.pi / 2, sp.pi / 2)) / (2 * sp.pi)


RECTIFIED = Claim(
    name="dual-relu",
    says="The dual of max(0, u) is (S + (π−θ) k12)/2π, its derivative's (π−θ)/2π, with S = √(k11 k22 − k12²) and θ the angle; "
    "the recursion gives covariance and tangent kernel of wide networks.",
    equation=r"\hat\Sigma = \frac{\sqrt{k_{11}k_{22}}}{2\pi}\left(\sin\theta + (\pi-\theta)\cos\theta\right),"
    r"\quad \dot\Sigma = \frac{\pi-\theta}{2\pi}",
    source="cho2009kernel, section 2",
    proof=(
        Step(
            "Σ̂ as an integral over the quadrant u, v > 0",
            partial(quadrant, 1),
            lambda: (sp.sqrt(a * b) * sp.sin(theta) + (sp.pi - theta) * sp.sqrt(a * b) * sp.cos(theta)) / (2 * sp.pi),
        ),
        Step("Σ̇ is the quadrant's mass", partial(quadrant, 0), lambda: (sp.pi - theta) / (2 * sp.pi)),
    ),
    witness=Agreement(
        (
            *(
                Step(
                    f"depth {L}, d = {d}: (Σ, Θ) against arccosines",
                    partial(by_package, RELU, L, d),
                    partial(by_arccosines, L, d),
                    Rivals(1e-12),
                )
                for L, d in ((1, 1), (2, 2), (4, 3))
            ),
            sampled(RELU),
        )
    ),
)


def logistic_like(v: np.ndarray) -> np.ndarray:
    """½ erf(v/2.402…) + ½."""
    return scipy_erf(v / 2.4020563531719796) / 2 + 0.5


def its_slope(v: np.ndarray) -> np.ndarray:
    """Its derivative."""
    return np.exp(-((v / 2.4020563531719796) ** 2)) / np.sqrt(np.pi) / 2.4020563531719796


ERROR = Claim(
    name="dual-erf",
    says="The dual of erf(u) is (2/π) arcsin(2k12/√((1+2k11)(1+2k22))); that of a erf(bu) + c follows.",
    equation=r"\hat\Sigma = \frac{2}{\pi}\arcsin\frac{2k_{12}}{\sqrt{(1+2k_{11})(1+2k_{22})}},"
    r"\quad \dot\Sigma = \frac{4/\pi}{\sqrt{(1+2k_{11})(1+2k_{22})-4k_{12}^2}}",
    source="williams1997computing, the sigmoidal network",
    proof=(
        Step(
            "dΣ̂/dk12 = E φ′(u)φ′(v) = (4/π)/√det(I + 2Σ), the mean of e^{−u²−v²}",
            lambda: price(ERF),
            lambda: 4 / sp.pi / sp.sqrt((sp.eye(2) + 2 * COVARIANCE).det()),
        ),
        Step("which the package's Σ̇ is", lambda: ERF.slope.subs(WHOLE), lambda: price(ERF)),
        Step(
            "and at k12 = 0, a erf(bu) + ¾ has Σ̂ = (E φ)² = 9/16",
            lambda: erf_activation(sp.Rational(2, 3), 2, sp.Rational(3, 4)).covariance.subs(WHOLE).subs(c, 0),
            lambda: sp.Rational(9, 16),
        ),
    ),
    witness=Agreement(
        (
            *recursion(ERF, scipy_erf, lambda v: 2 / np.sqrt(np.pi) * np.exp(-(v**2))),
            Step(
                "sigmoid-like, depth 2",
                partial(by_package, SIGMOID_LIKE, 2, 2),
                lambda: by_hermite(logistic_like, its_slope, 2, 1.2, 0.4, *points(2)),
                Rivals(1e-8),
            ),
        )
    ),
)


@cache
def cosine() -> sp.Expr:
    """E cos(sZ), Z standard normal, by SymPy's integral."""
    return sp.integrate(sp.cos(scale * number) * sp.exp(-(number**2) / 2), (number, -sp.oo, sp.oo)) / sp.sqrt(2 * sp.pi)


def wave(sign: int) -> sp.Expr:
    """E cos(u ± v): s² is the variance k11 + k22 ± 2 k12."""
    return cosine().subs(scale, sp.sqrt(a + b + sign * 2 * c))


WAVE = sine_activation(sp.Rational(4, 5), sp.Rational(13, 10), sp.Rational(2, 5))

SINE = Claim(
    name="dual-sine",
    says="The dual of sin(u) is half the difference of e^{−(k11+k22−2k12)/2} and e^{−(k11+k22+2k12)/2}; of cos half their sum.",
    equation=r"\hat\Sigma = \frac12\left(e^{-(k_{11}+k_{22}-2k_{12})/2} - \cos(2c)\,e^{-(k_{11}+k_{22}+2k_{12})/2}\right)",
    source="franceschi2022neural, the sine activation of its code, GAN(TK)²",
    proof=(
        Step(
            "E sin u sin v = ½(E cos(u−v) − E cos(u+v)), and E cos of a normal variable by its integral",
            lambda: sine_activation().covariance.subs(WHOLE),
            lambda: (wave(-1) - wave(1)) / 2,
        ),
        Step(
            "a phase π/2 gives the cosine: half the sum",
            lambda: sine_activation(1, 1, sp.pi / 2).covariance.subs(WHOLE),
            lambda: (wave(-1) + wave(1)) / 2,
        ),
        Step("Σ̇ = dΣ̂/dk12", lambda: WAVE.slope.subs(WHOLE), lambda: price(WAVE)),
        Step(
            "Σ̇ is the dual of the derivative, b² times that at the phase c + π/2",
            lambda: WAVE.slope.subs(WHOLE),
            lambda: sine_activation(sp.Rational(52, 50), sp.Rational(13, 10), sp.Rational(2, 5) + sp.pi / 2).covariance.subs(
                WHOLE
            ),
        ),
    ),
    witness=Agreement(recursion(WAVE, lambda v: 0.8 * np.sin(1.3 * v + 0.4), lambda v: 1.04 * np.cos(1.3 * v + 0.4))),
)


def bell() -> sp.Expr:
    """E e^{−3u²/10} by SymPy's integral."""
    rate = sp.Rational(3, 10) * a + sp.Rational(1, 2)
    return sp.integrate(sp.exp(-rate * number**2), (number, -sp.oo, sp.oo)) / sp.sqrt(2 * sp.pi)


BELL = gaussian_activation(sp.Rational(13, 10), sp.Rational(-3, 10))

GAUSSIAN = Claim(
    name="dual-gaussian",
    says="The dual of a e^{bu²}, b < 0, is a²/√det(I − 2bΣ).",
    equation=r"\hat\Sigma = \frac{a^2}{\sqrt{(1-2bk_{11})(1-2bk_{22}) - 4b^2k_{12}^2}}",
    source="novak2020neural, the Gaussian activation of its code",
    proof=(
        Step(
            "the mean of e^{bu²+bv²} is det(I − 2bΣ)^{−1/2}",
            lambda: BELL.covariance.subs(WHOLE),
            lambda: sp.Rational(169, 100) / sp.sqrt((sp.eye(2) + sp.Rational(6, 10) * COVARIANCE).det()),
        ),
        Step(
            "and by integrals: at k12 = 0, k11 = k22 it is (E φ)²; both squared",
            lambda: BELL.covariance.subs(WHOLE).subs({c: 0, b: a}) ** 2,
            lambda: sp.Rational(13, 10) ** 4 * bell() ** 4,
        ),
        Step("Σ̇ = dΣ̂/dk12", lambda: BELL.slope.subs(WHOLE), lambda: price(BELL)),
    ),
    witness=Agreement(recursion(BELL, lambda v: 1.3 * np.exp(-0.3 * v**2), lambda v: -0.78 * v * np.exp(-0.3 * v**2))),
)

GAMMA = 0.5


def features(dim: int) -> np.ndarray:
    """The covariance kernel of the configuration: one hidden layer, γ = ½, no bias."""
    rng = np.random.default_rng(dim)
    x, y = (torch.from_numpy(rng.normal(size=(n, dim))) for n in (9, 6))
    return nngp_kernel(1, rbf_activation(GAMMA))(x, y).numpy()


def squared_exponential(dim: int) -> np.ndarray:
    """E^{−|x−y|²/2d} in NumPy."""
    rng = np.random.default_rng(dim)
    x, y = (rng.normal(size=(n, dim)) for n in (9, 6))
    return np.exp(-((x[:, None] - y[None]) ** 2).sum(2) / (2 * dim))


def through_pair() -> sp.Expr:
    """Σ̂ on the first covariance, whose gap is |x−y|²/d."""
    return rbf_activation(sp.Rational(1, 2)).covariance.subs(gap, scale**2 / weight)


RBF = Claim(
    name="rbf-network",
    says="The covariance (not the tangent kernel) of one hidden layer of √2 sin(√(2γ)u + π/4), γ = ½, no bias, is the Gaussian "
    "kernel of width √d.",
    equation=r"k(x, y) = e^{-|x-y|^2/2d}",
    source="franceschi2022neural, the rbf configuration of its code, GAN(TK)²",
    proof=(
        Step("Σ̂ at gap |x−y|²/d", through_pair, lambda: sp.exp(-(scale**2) / (2 * weight))),
        Step(
            "the phase π/4 removes the second wave: 2 sin u sin v becomes cos(u−v)",
            lambda: rbf_activation(sp.Rational(1, 2)).covariance.subs(WHOLE),
            lambda: wave(-1),
        ),
    ),
    witness=Agreement(
        tuple(
            Step(f"d = {d}: nngp_kernel against NumPy", partial(features, d), partial(squared_exponential, d), Roundoff())
            for d in (1, 2, 5)
        )
    ),
)
