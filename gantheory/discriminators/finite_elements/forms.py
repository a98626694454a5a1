"""The parts of the weak equation: what each gives against the test functions, and its derivative in D."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
import scipy.sparse as sparse
import torch

from gantheory.discriminators.finite_elements.rule import Rule
from gantheory.lowering import Lowered
from gantheory.symbolic import y
from gantheory.symbolic.operators import MultiIndex, multi_indices, multinomial

TINY = np.finfo(np.float64).tiny


@runtime_checkable
class Form(Protocol):
    """A part A(D)[h] of the weak equation, the slope of a part of J."""

    def value(self, u: np.ndarray) -> float:
        """That part of J."""
        ...

    def residual(self, u: np.ndarray) -> np.ndarray:
        """A(D_h)[φ_i] for each i."""
        ...

    def tangent(self, u: np.ndarray) -> sparse.csr_matrix:
        """dA(D_h)[φ_i] in the direction φ_j."""
        ...


@dataclass(frozen=True, eq=False)
class Quadratic:
    """2λ Σ_{|α|=m} (m!/α!) ∫ w ∂^α D ∂^α h."""

    rule: Rule
    weight: np.ndarray  # 2λ w at the points of the rule
    order: int

    @cached_property
    def _matrix(self) -> sparse.csr_matrix:
        alphas = multi_indices(self.order, self.rule.space.mesh.dim)
        return self.rule.matrix({(a, a): multinomial(a) * self.weight for a in alphas})

    def value(self, u: np.ndarray) -> float:
        """½ uᵀ K u."""
        return float(u @ (self._matrix @ u)) / 2

    def residual(self, u: np.ndarray) -> np.ndarray:
        """K u."""
        return self._matrix @ u

    def tangent(self, u: np.ndarray) -> sparse.csr_matrix:
        """K."""
        return self._matrix


@dataclass(frozen=True, eq=False)
class Centred:
    """2λ ∫ w (1 − K/|∇D|) ∇D·∇h; one-sided only where |∇D| > K. Where ∇D = 0 its direction counts as 0."""

    rule: Rule
    weight: np.ndarray  # 2λ w at the points of the rule
    centre: float
    one_sided: bool

    @cached_property
    def _axes(self) -> list[MultiIndex]:
        return list(multi_indices(1, self.rule.space.mesh.dim))

    def _slope(self, u: np.ndarray) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
        """∇D, K/|∇D|, and where the penalty acts."""
        slope = [self.rule.derivative(u, a) for a in self._axes]
        size = np.sqrt(sum(s * s for s in slope))
        active = (size > self.centre) | (not self.one_sided or self.centre == 0)
        return slope, np.divide(self.centre, size, out=np.zeros_like(size), where=size > TINY), active

    def value(self, u: np.ndarray) -> float:
        """λ ∫ w (|∇D| − K)², one-sided of its positive part."""
        slope, _, active = self._slope(u)
        size = np.sqrt(sum(s * s for s in slope))
        return float((self.rule.weights * self.weight * active * (size - self.centre) ** 2).sum()) / 2

    def residual(self, u: np.ndarray) -> np.ndarray:
        """The penalty's part of the equation."""
        slope, share, active = self._slope(u)
        flux = self.weight * active * (1 - share)
        return np.sum([self.rule.load(flux * s, a) for s, a in zip(slope, self._axes, strict=True)], axis=0)

    def tangent(self, u: np.ndarray) -> sparse.csr_matrix:
        """2λ ∫ w ((1 − K/|∇D|) I + K ∇D ∇Dᵀ/|∇D|³)."""
        slope, share, active = self._slope(u)
        square = np.maximum(sum(s * s for s in slope), TINY)
        densities = {}
        for i, (s, a) in enumerate(zip(slope, self._axes, strict=True)):
            for j, (t, b) in enumerate(zip(slope, self._axes, strict=True)):
                densities[a, b] = self.weight * active * ((1 - share) * (i == j) + share * s * t / square)
        return self.rule.matrix(densities)


@dataclass(frozen=True, eq=False)
class Expectation:
    """∫ ℓ′(D) h dμ: one side of the loss, μ by its density at the points of a rule, or by samples."""

    rule: Rule
    mass: np.ndarray  # the density at the points; 1 for samples, whose weights are the rule's
    loss: Lowered
    slope: Lowered
    curvature: Lowered

    @property
    def curved(self) -> bool:
        """ℓ″ depends on D."""
        return y in self.curvature.expr.free_symbols

    def _at(self, function: Lowered, u: np.ndarray) -> np.ndarray:
        values = torch.from_numpy(self.rule.derivative(u, self._value))
        return self.mass * function(values).numpy()

    @property
    def _value(self) -> MultiIndex:
        return (0,) * self.rule.space.mesh.dim

    def value(self, u: np.ndarray) -> float:
        """∫ ℓ(D) dμ."""
        return float((self.rule.weights * self._at(self.loss, u)).sum())

    def residual(self, u: np.ndarray) -> np.ndarray:
        """∫ ℓ′(D) φ_i dμ."""
        return self.rule.load(self._at(self.slope, u), self._value)

    def tangent(self, u: np.ndarray) -> sparse.csr_matrix:
        """∫ ℓ″(D) φ_i φ_j dμ."""
        return self.rule.matrix({(self._value, self._value): self._at(self.curvature, u)})
