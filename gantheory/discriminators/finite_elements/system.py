"""The discrete equation: its residual, its derivative, its units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sparse

from gantheory._errors import Refusal
from gantheory.discriminators.finite_elements.forms import Centred, Expectation, Form


@dataclass(frozen=True, eq=False)
class System:
    """Σ A(D_h)[φ_i] = load_i for the free i, D_h = held on the others, ∫ D_h f = 0 for each f of the null space.

    kernel: (N, k), the null space in degrees of freedom; moments: (N, k), ∫ φ_i f.
    """

    forms: tuple[Form, ...]
    load: np.ndarray
    held: np.ndarray
    free: np.ndarray
    kernel: np.ndarray
    moments: np.ndarray

    def residual(self, u: np.ndarray) -> np.ndarray:
        """What the equation leaves at the free degrees of freedom."""
        return (np.sum([f.residual(u) for f in self.forms], axis=0) - self.load)[self.free]

    def value(self, u: np.ndarray) -> tuple[float, float]:
        """J, and the sum of the sizes of its parts; ∞ outside the domain of the loss."""
        parts = [*(f.value(u) for f in self.forms), -float(self.load @ u)]
        return (sum(parts), sum(map(abs, parts))) if np.isfinite(parts).all() else (np.inf, np.inf)

    def tangent(self, u: np.ndarray) -> sparse.csc_matrix:
        """Its derivative there."""
        whole = self.forms[0].tangent(u)
        for form in self.forms[1:]:
            whole = whole + form.tangent(u)
        return whole[self.free][:, self.free].tocsc()

    def parts(self, u: np.ndarray) -> np.ndarray:
        """The sum of the sizes of what the residual adds up."""
        total = np.abs(self.load)
        for f in self.forms:
            total = total + (np.abs(f.residual(u)) if isinstance(f, Expectation) else abs(f.tangent(u)) @ np.abs(u))
        return total[self.free]

    def eased(self, share: float) -> System:
        """The system with the centres K of its penalties times the share."""
        forms = (replace(f, centre=share * f.centre) if isinstance(f, Centred) else f for f in self.forms)
        return replace(self, forms=tuple(forms))

    @property
    def centred(self) -> bool:
        """A penalty has a centre."""
        return any(isinstance(f, Centred) for f in self.forms)

    @property
    def linear(self) -> bool:
        """The residual is affine in D."""
        return not self.centred and not any(isinstance(f, Expectation) and f.curved for f in self.forms)

    @property
    def convex(self) -> bool:
        """No penalty has a centre and two sides."""
        return all(f.one_sided for f in self.forms if isinstance(f, Centred))

    @cached_property
    def scale(self) -> np.ndarray:
        """1/√K_ii of the penalties without centres: it gives every degree of freedom, value or slope, one unit."""
        penalties = (f for f in self.eased(0.0).forms if not isinstance(f, Expectation))
        diagonal = np.sum([f.tangent(self.held).diagonal() for f in penalties], axis=0)[self.free]
        most = diagonal.max(initial=0.0)
        if not 0 < most < np.inf:
            raise Refusal("the penalties have a positive diagonal", f"{most:.1e}", "Add a term with weight over 1.")
        return 1 / np.sqrt(np.where(diagonal > 0, diagonal, most))

    def compatible(self) -> System:
        """The load less the part that no D can balance: a rounding or quadrature error once the moments agree."""
        if self.kernel.shape[1] == 0:
            return self
        excess = np.linalg.solve(self.kernel.T @ self.moments, self.kernel.T @ -self.residual(self.held))
        return replace(self, load=self.load - self.moments @ excess)
