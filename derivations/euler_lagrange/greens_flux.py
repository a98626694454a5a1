"""The fundamental solution of (−Δ)^m: a unit source at the origin and nothing elsewhere."""

from functools import partial
from itertools import product

import numpy as np
import sympy as sp
from scipy.integrate import quad

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.symbolic import flux, fundamental_solution, r, radial_laplacian, sphere_area

CASES = list(product(range(1, 9), range(1, 7)))


def total_flux(dim: int, order: int) -> sp.Expr:
    """What flows out of a sphere along −∇(−Δ)^{m−1} G."""
    G = fundamental_solution(order, dim)
    return flux((-1) ** (order - 1) * radial_laplacian(G, dim, order - 1), dim)


def away_from_zero(dim: int, order: int) -> sp.Expr:
    """(−Δ)^m G for r > 0."""
    return (-1) ** order * radial_laplacian(fundamental_solution(order, dim), dim, order)


def against_a_gaussian(dim: int, order: int) -> float:
    """∫ G (−Δ)^m e^{−r²/2} dx by quadrature: the source at the origin sees e⁰."""
    test = (-1) ** order * radial_laplacian(sp.exp(-(r**2) / 2), dim, order)
    integrand = sp.lambdify(r, fundamental_solution(order, dim) * test * sphere_area(dim) * r ** (dim - 1), "numpy")
    pieces = (quad(integrand, a, b, epsabs=1e-13, epsrel=1e-12)[0] for a, b in ((0, 1), (1, 4), (4, 9), (9, 16)))
    return float(np.sum(list(pieces)))


GREENS_FLUX = Claim(
    name="greens-function-flux",
    says="The fundamental solution of (−Δ)^m has flux 1 through every sphere and no source away from the origin.",
    equation=r"(-\Delta)^m G = \delta,\quad G = \frac{\Gamma(n/2-m)}{4^m\pi^{n/2}\Gamma(m)}\,r^{2m-n}"
    r"\ \text{or}\ \frac{(-1)^{m-n/2+1}}{2^{2m-1}\pi^{n/2}(m-1)!\,(m-n/2)!}\,r^{2m-n}\log r",
    source="gelfand1964generalized, chapter I, section 6.2",
    proof=(
        Step("flux 1, n ≤ 8, m ≤ 6", lambda: [total_flux(*c) for c in CASES], lambda: [sp.S.One] * len(CASES)),
        Step(
            "no source for r > 0, n ≤ 8, m ≤ 6", lambda: [away_from_zero(*c) for c in CASES], lambda: [sp.S.Zero] * len(CASES)
        ),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"n = {n}, m = {m}: ∫ G (−Δ)^m e^(−r²/2) dx by quadrature, against 1",
                partial(against_a_gaussian, n, m),
                lambda: 1.0,
                Rivals(1e-10),
            )
            for n, m in [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (4, 1), (4, 2), (4, 3), (5, 2), (6, 4)]
        )
    ),
)
