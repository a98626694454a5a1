"""The variation of ∫|∇^m D|² is 2(−Δ)^m D, with multinomial weights and not without."""

from functools import partial
from itertools import product

import numpy as np
import sympy as sp

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.symbolic import (
    coordinates,
    first_variation,
    gradient_norm_squared,
    multi_indices,
    multinomial,
    negative_laplacian,
)
from gantheory.symbolic import partial as derivative


def unknown(dim: int) -> tuple[tuple[sp.Symbol, ...], sp.Expr]:
    """Coordinates and an unknown function of them."""
    x = coordinates(dim)
    return x, sp.Function("D", real=True)(*x)


def coefficients(linear: sp.Expr) -> sp.Expr:
    """A linear expression in derivatives of D with a symbol for each: equal as polynomials iff equal for all D."""
    return linear.xreplace({d: sp.Symbol(str(d.variable_count), real=True) for d in linear.atoms(sp.Derivative)})


def by_force(dim: int, order: int) -> sp.Expr:
    """The variation of ∫|∇^m D|², summed over every derivative in the Lagrangian."""
    x, D = unknown(dim)
    return coefficients(first_variation(gradient_norm_squared(D, x, order), D, x))


def by_formula(dim: int, order: int) -> sp.Expr:
    """2(−Δ)^m D."""
    x, D = unknown(dim)
    return coefficients(2 * negative_laplacian(D, x, order))


def unweighted() -> sp.Expr:
    """The variation of Σ_{|α|=2} (∂^α D)² in the plane, without the factor 2 of the mixed derivative."""
    x, D = unknown(2)
    return first_variation(sp.Add(*(derivative(D, x, a) ** 2 for a in multi_indices(2, 2))), D, x)


def unweighted_by_formula() -> sp.Expr:
    """2Δ²D − 2D_{1122}."""
    x, D = unknown(2)
    return 2 * negative_laplacian(D, x, 2) - 2 * sp.diff(D, x[0], 2, x[1], 2)


POINTS = 24
MODES = np.fft.fftfreq(POINTS, 1 / POINTS)


def spectral(values: np.ndarray, symbol: np.ndarray) -> np.ndarray:
    """The Fourier multiplier applied on the torus."""
    return np.fft.ifft2(symbol * np.fft.fft2(values)).real


def torus_fields() -> tuple[np.ndarray, np.ndarray]:
    """Two trigonometric polynomials on [0, 2π]², without any symmetry."""
    s, t = np.meshgrid(*[np.arange(POINTS) * 2 * np.pi / POINTS] * 2, indexing="ij")
    D = np.sin(s + 0.3) * np.cos(2 * t - 0.7) + 0.4 * np.cos(3 * s - t) + 0.2 * np.sin(2 * t)
    h = np.cos(s + 0.1) * np.cos(2 * t) + 0.7 * np.sin(3 * s - t + 0.5) - 0.3 * np.cos(2 * t + 0.2)
    return D, h


def penalty(values: np.ndarray, order: int) -> float:
    """∫|∇^m D|² on the torus, one derivative at a time."""
    i, j = np.meshgrid(1j * MODES, 1j * MODES, indexing="ij")
    parts = (multinomial(a) * spectral(values, i ** a[0] * j ** a[1]) ** 2 for a in multi_indices(order, 2))
    return float(sum(parts).mean())  # type: ignore[union-attr]


def difference_quotient(order: int) -> float:
    """(J(D + h) − J(D − h))/2 for the quadratic J: its derivative at D along h, without any formula."""
    D, h = torus_fields()
    return (penalty(D + h, order) - penalty(D - h, order)) / 2


def pairing(order: int) -> float:
    """∫ 2(−Δ)^m D · h with the symbol |ω|^{2m}."""
    D, h = torus_fields()
    i, j = np.meshgrid(MODES, MODES, indexing="ij")
    return float((2 * spectral(D, (i**2 + j**2) ** order) * h).mean())


CASES = [*product((1, 2, 3), (1, 2, 3)), (1, 4), (2, 4), (4, 1), (4, 2)]

GRADIENT_NORM = Claim(
    name="gradient-norm-variation",
    says="The first variation of ∫|∇^m D|² dx, with multinomial weights, is 2(−Δ)^m D.",
    equation=r"\frac{\delta}{\delta D}\int |\nabla^m D|^2\,dx = 2(-\Delta)^m D",
    source="asokan2022lsgans, equations 6 and 7",
    proof=(
        *(Step(f"n = {n}, m = {m}: brute force", partial(by_force, n, m), partial(by_formula, n, m)) for n, m in CASES),
        Step("without the weights 2D_1122 is missing (n = m = 2)", unweighted, unweighted_by_formula),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"m = {m}: difference quotient of the penalty, against 2(−Δ)^m by its Fourier symbol",
                partial(difference_quotient, m),
                partial(pairing, m),
                Rivals(1e-11),
            )
            for m in (1, 2, 3)
        )
    ),
)
