"""Rotation beside attraction: how long a step the eigenvalues −a ± iw allow."""

import numpy as np
import sympy as sp
import torch
from scipy.optimize import brentq

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.games import Game, growth_factor, simultaneous, spectrum, stability_function
from gantheory.integration import euler, heun, rk4

a, w, h = sp.symbols("a w h", positive=True)
CASES = ((0.1, 5.0), (0.1, 0.7), (0.8, 2.0), (1.5, 0.4))
ROOT = -a + sp.I * w


def damped(attraction: float, rotation: float) -> Game:
    """ẋ = −ax − wy, ẏ = wx − ay."""
    return Game(
        lambda x, y: (
            (attraction / 2 * x * x + rotation * x * y).sum(),
            (attraction / 2 * y * y - rotation * x * y).sum(),
        ),
        (1, 1),
    )


def rest() -> torch.Tensor:
    """The equilibrium."""
    return torch.zeros(2, dtype=torch.float64)


def longest(make, attraction: float, rotation: float, upto: float) -> float:  # type: ignore[no-untyped-def]
    """The step at which the package's method begins to grow, by bisection on the spectral radius of a step."""
    game = damped(attraction, rotation)
    return brentq(lambda s: growth_factor(make(s), game, rest()) - 1, 1e-4 * upto, upto, xtol=1e-14)


def squared(method) -> sp.Expr:  # type: ignore[no-untyped-def]
    """|R(hλ)|² for λ = −a + iw."""
    z = sp.Symbol("z")
    R = stability_function(method, z).subs(z, h * ROOT)
    return sp.expand(sp.expand(R) * sp.expand(sp.conjugate(R)))


EULER = Claim(
    name="rotation-shortens-the-step",
    says="For eigenvalues −a ± iw simultaneous descent converges if and only if h < 2a/(a² + w²): rotation shortens the step.",
    equation=r"h^* = \frac{2a}{a^2 + w^2}",
    source="qin2020training, the discretisation of rotation",
    proof=(
        Step("|1 + hλ|² − 1 as a product", lambda: squared(euler(1.0)) - 1, lambda: sp.expand(h * (h * (a**2 + w**2) - 2 * a))),
    ),
    witness=Agreement(
        (
            Step(
                "the eigenvalues of the game, by autograd",
                lambda: np.array([[v.real, abs(v.imag)] for c in CASES for v in spectrum(damped(*c), rest()).tolist()]),
                lambda: np.array([[-c[0], c[1]] for c in CASES for _ in range(2)]),
                Rivals(1e-12),
            ),
            Step(
                "the longest step by bisection on the package's update",
                lambda: np.array([longest(simultaneous, *c, upto=5) for c in CASES]),
                lambda: np.array([2 * p / (p**2 + q**2) for p, q in CASES]),
                Rivals(1e-9),
            ),
        )
    ),
)


def boundary(order: int, attraction: float, rotation: float, upto: float) -> float:
    """The smallest h with |1 + hλ + … + (hλ)^p/p!| = 1, by NumPy's roots of the polynomial in h."""
    root = complex(-attraction, rotation)
    R = np.array([root**j / np.prod(range(1, j + 1)) for j in range(order + 1)])[::-1]
    square = np.polymul(R, R.conj()).real
    square[-1] -= 1
    found = np.roots(square)
    real = found[abs(found.imag) < 1e-9 * abs(found)].real
    return float(min(s for s in real if 1e-3 * upto < s <= upto))


def step_claim(name: str, says: str, equation: str, make, order: int) -> Claim:  # type: ignore[no-untyped-def]
    """The longest step of a joint Runge–Kutta method under strong rotation."""
    exponential = sum((h * ROOT) ** j / sp.factorial(j) for j in range(order + 1))
    return Claim(
        name,
        says,
        equation,
        "qin2020training, the order of the integrator",
        (
            Step(
                "|R(hλ)|² is that of the Taylor polynomial of exp",
                lambda: squared(make(1.0)),
                lambda: sp.expand(sp.expand(exponential) * sp.expand(sp.conjugate(exponential))),
            ),
        ),
        Agreement(
            (
                Step(
                    "the longest step by bisection on the package's method against roots of a polynomial by NumPy",
                    lambda: np.array([longest(make, *c, upto=u) for c, u in SPANS]),
                    lambda: np.array([boundary(order, *c, upto=u) for c, u in SPANS]),
                    Rivals(1e-9),
                ),
            )
        ),
    )


SPANS = (((0.1, 5.0), 0.7), ((0.8, 2.0), 1.6))

HEUN = step_claim(
    "rotation-heun",
    "Heun's method moved jointly takes 14 times simultaneous descent's longest step at −0.1 ± 5i: h < 0.1137.",
    r"\left|1 + h\lambda + \tfrac12 (h\lambda)^2\right| < 1",
    heun,
    2,
)
RK4 = step_claim(
    "rotation-runge-kutta-4",
    "The classic method of order 4 moved jointly takes 71 times simultaneous descent's longest step at −0.1 ± 5i: h < 0.573.",
    r"\left|1 + h\lambda + \tfrac12 (h\lambda)^2 + \tfrac16 (h\lambda)^3 + \tfrac1{24} (h\lambda)^4\right| < 1",
    rk4,
    4,
)
