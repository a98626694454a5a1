"""A discrete objective as a function of the free values: value, slope, curvature, and how far each is rounded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sparse

from gantheory.grids.essential import Essential
from gantheory.grids.summands import Centred, Summand

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Functional:
    """J(u) = Σ summands(E u + d); held: the unknowns that stand for a null space, at 0."""

    summands: tuple[Summand, ...]
    essential: Essential
    convex: bool
    held: np.ndarray

    @cached_property
    def _E(self) -> sparse.csr_matrix:
        return self.essential.matrix

    def _D(self, u: np.ndarray) -> np.ndarray:
        return self.essential.values(u).ravel()

    def value(self, u: np.ndarray) -> float:
        """J, ∞ outside the domain of the loss."""
        with np.errstate(all="ignore"):
            found = sum(s.value(self._D(u)) for s in self.summands)
        return found if np.isfinite(found) else np.inf

    def slope(self, u: np.ndarray) -> np.ndarray:
        """∇J."""
        with np.errstate(all="ignore"):
            D = self._D(u)
            found = self._E.T @ sum(s.slope(D) for s in self.summands)
        found[self.held] = 0
        return found

    def balance(self, u: np.ndarray) -> float:
        """|∇J| relative to what cancels in it, between summands or, as p ℓ_real′ and q ℓ_fake′, within one."""
        with np.errstate(all="ignore"):
            D = self._D(u)
            largest = max(float((abs(self._E).T @ s.parts(D)).max(initial=0)) for s in self.summands)
        return float(np.abs(self.slope(u)).max(initial=0)) / largest if largest > 0 else 0.0

    def noise(self, u: np.ndarray) -> float:
        """The rounding error of J."""
        with np.errstate(all="ignore"):
            return 100 * EPS * sum(abs(s.value(self._D(u))) for s in self.summands)

    def curvature(self, u: np.ndarray) -> sparse.csr_matrix:
        """∇²J."""
        with np.errstate(all="ignore"):
            D = self._D(u)
            H = sum((s.curvature(D) for s in self.summands), sparse.csr_matrix((len(D), len(D))))
        return (self._E.T @ H @ self._E).tocsr()

    @cached_property
    def damper(self) -> sparse.csr_matrix | None:
        """∇² of the one-sided penalties without their centres; None where there are none."""
        bare = tuple(replace(s, centre=0.0) for s in self.summands if isinstance(s, Centred) and s.one_sided)
        return replace(self, summands=bare).curvature(np.zeros(self.essential.count)) if bare else None

    def merit(self, u: np.ndarray) -> float:
        """What a step must lower: J, or ½|∇J|²."""
        return self.value(u) if self.convex else float(self.slope(u) @ self.slope(u)) / 2
