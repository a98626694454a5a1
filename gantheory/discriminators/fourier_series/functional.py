"""The objective on trigonometric polynomials: integrals by the trapezoid rule, exact derivatives in the coefficients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
import torch

from gantheory.fourier import Lattice, from_grid, on_grid
from gantheory.lowering import Lowered
from gantheory.symbolic import multi_indices, multinomial

Side = tuple[Lowered, Lowered, Lowered]  # ℓ, ℓ′, ℓ″ in y


@dataclass(frozen=True, eq=False)
class Weighted:
    """λ ∫ w |∇^m D|², λ ∫ w (|∇D| − K)₊² with a centre; w on the grid."""

    scale: float
    order: int
    weight: np.ndarray
    centre: float = 0.0

    def density(self, square: np.ndarray) -> np.ndarray:
        """The integrand at |∇^m D|²."""
        return self.scale * self.weight * np.maximum(np.sqrt(square) - self.centre, 0) ** 2

    def factors(self, square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """2λw φ and 2λw K/|∇^m D|³, φ = 1 − K/|∇^m D|, where the penalty acts; 2λw and 0 without a centre."""
        whole = 2 * self.scale * self.weight
        if self.centre == 0:
            return whole, np.zeros_like(whole)
        size = np.sqrt(np.maximum(square, self.centre**2))
        acts = square > self.centre**2
        return whole * (1 - self.centre / size) * acts, whole * self.centre / size**3 * acts


@dataclass(frozen=True, eq=False)
class Functional:
    """J[D]/|T| for D = Σ c_k e^{iω·x}, and its derivatives, in the orthonormal real coordinates of D.

    diagonal: Σ 2λ|ω|^{2s} of the penalties without a weight. free: constants have no penalty and the loss does not see them.
    """

    lattice: Lattice
    densities: tuple[np.ndarray, np.ndarray]
    sides: tuple[Side, Side]
    source: np.ndarray
    diagonal: np.ndarray
    penalties: tuple[Weighted, ...]
    free: bool

    @property
    def points(self) -> tuple[int, ...]:
        """The grid of the trapezoid rule."""
        return self.source.shape

    @property
    def _zero(self) -> tuple[int, ...]:
        """The place of k = 0."""
        return (0, *self.lattice.modes[1:])

    def array(self, u: np.ndarray) -> np.ndarray:
        """c over the array of the lattice, the mean at k = 0."""
        n = self.lattice.size
        c = np.zeros(self.lattice.shape, dtype=complex)
        c[self.lattice.half] = (u[1 : n + 1] + 1j * u[n + 1 :]) / sqrt(2)
        c[self._zero] = u[0]
        return c

    def vector(self, mean: float, c: np.ndarray) -> np.ndarray:
        """Orthonormal coordinates: mean, √2 Re c_k, √2 Im c_k, so that |u|² is the mean of D²."""
        half = c[self.lattice.half] * sqrt(2)
        return np.concatenate([[0.0 if self.free else mean], half.real, half.imag])

    def values(self, u: np.ndarray, alpha: tuple[int, ...] | None = None) -> np.ndarray:
        """D, or ∂^α D, on the grid."""
        c = self.array(u)
        if alpha is not None and any(alpha):
            return on_grid(0.0, np.where(self.lattice.half, c * self._powers[alpha], 0), self.lattice, self.points)
        return on_grid(u[0], np.where(self.lattice.half, c, 0), self.lattice, self.points)

    def tested(self, values: np.ndarray, alpha: tuple[int, ...] | None = None) -> np.ndarray:
        """The coordinates of v ↦ mean of values · ∂^α v."""
        mean, c = from_grid(values, self.lattice)
        if alpha is not None and any(alpha):
            return self.vector(0.0, c * self._powers[alpha].conj())
        return self.vector(mean, c)

    @cached_property
    def _powers(self) -> dict[tuple[int, ...], np.ndarray]:
        """(iω)^α for each derivative in use."""
        orders = {term.order for term in self.penalties}
        axes = np.meshgrid(*self.lattice.frequencies, indexing="ij")
        found = (alpha for m in orders for alpha in multi_indices(m, self.lattice.dim))
        return {alpha: np.prod([(1j * w) ** a for w, a in zip(axes, alpha, strict=True)], axis=0) for alpha in found}

    @cached_property
    def spectrum(self) -> np.ndarray:
        """The diagonal in the coordinates."""
        half = self.diagonal[self.lattice.half]
        return np.concatenate([[self.diagonal[self._zero]], half, half])

    def _loss(self, D: np.ndarray, order: int) -> np.ndarray:
        """p ℓ_real^{(k)}(D) + q ℓ_fake^{(k)}(D)."""
        at = torch.from_numpy(D)
        return sum((w * side[order](at).numpy() for w, side in zip(self.densities, self.sides, strict=True)), np.zeros(()))

    def _derivatives(self, u: np.ndarray, term: Weighted) -> dict[tuple[int, ...], np.ndarray]:
        return {alpha: self.values(u, alpha) for alpha in multi_indices(term.order, self.lattice.dim)}

    def value(self, u: np.ndarray) -> tuple[float, float]:
        """J/|T|, and the sum of the sizes of what was added."""
        D = self.values(u)
        parts = [self._loss(D, 0), -self.source * D, *(t.density(_square(self._derivatives(u, t))) for t in self.penalties)]
        quadratic = float(self.spectrum @ u**2) / 2
        return sum(float(part.mean()) for part in parts) + quadratic, sum(np.abs(p).mean() for p in parts) + quadratic

    def residual(self, u: np.ndarray) -> np.ndarray:
        """dJ: the left side of the Euler–Lagrange equation less its right side, projected on the series."""
        found = self.spectrum * u + self.tested(self._loss(self.values(u), 1) - self.source)
        for term in self.penalties:
            slopes = self._derivatives(u, term)
            factor, _ = term.factors(_square(slopes))
            for alpha, slope in slopes.items():
                found += self.tested(float(multinomial(alpha)) * factor * slope, alpha)
        return found

    def scale(self, u: np.ndarray) -> np.ndarray:
        """The size of what the residual adds up, with the signs of no part."""
        at = torch.from_numpy(self.values(u))
        parts = [w * side[1](at).abs().numpy() for w, side in zip(self.densities, self.sides, strict=True)]
        return self.tested(parts[0] + parts[1] + np.abs(self.source))

    def hessian(self, u: np.ndarray) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
        """v ↦ d²J v, and the symbol of the nearest operator with constant coefficients."""
        bend = np.asarray(self._loss(self.values(u), 2))
        held = []
        symbol = self.spectrum + bend.mean()
        for term in self.penalties:
            slopes = self._derivatives(u, term)
            factor, across = term.factors(_square(slopes))
            held.append((slopes, factor, across))
            half = (self.lattice.square**term.order)[self.lattice.half]
            growth = np.concatenate([[float(term.order == 0)], half, half])
            symbol = symbol + growth * (factor.mean() + (across * _square(slopes)).mean() / self.lattice.dim)

        def product(v: np.ndarray) -> np.ndarray:
            found = self.spectrum * v + self.tested(bend * self.values(v))
            for slopes, factor, across in held:
                moved = {alpha: self.values(v, alpha) for alpha in slopes}
                along = across * _inner(slopes, moved)
                for alpha, slope in slopes.items():
                    found += self.tested(float(multinomial(alpha)) * (factor * moved[alpha] + along * slope), alpha)
            return found

        return product, symbol


Derivatives = dict[tuple[int, ...], np.ndarray]


def _inner(f: Derivatives, g: Derivatives) -> np.ndarray:
    """Σ_α (m!/α!) ∂^α f ∂^α g."""
    return sum((float(multinomial(alpha)) * f[alpha] * g[alpha] for alpha in f), np.zeros(()))


def _square(f: Derivatives) -> np.ndarray:
    """|∇^m f|²."""
    return _inner(f, f)
