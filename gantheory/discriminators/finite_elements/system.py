"""The discrete equation, and its solution by Newton's method with a line search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from scipy.linalg import qr
from scipy.sparse.linalg import splu

from gantheory._errors import Refusal
from gantheory.discriminators.finite_elements.forms import Centred, Expectation, Form

TOLERANCE = 1e-11  # of the residual, by the size of its parts: roundoff of a sum of thousands of terms
LEAST = 1e-100  # of those parts: below, there is nothing to solve
MOST = 60  # Newton steps
STEPS = tuple(0.5**k for k in range(12))  # of the line search
DAMPING = (0.0, 1e-8, 1e-6, 1e-4, 1e-2, 1.0)  # times the diagonal
STAGES = ((0.0, 1.0), (0.0, 0.25, 0.5, 0.75, 0.9, 1.0))  # of the centres, where the straight way fails


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

    @cached_property
    def centred(self) -> bool:
        """A penalty has a centre."""
        return any(isinstance(f, Centred) for f in self.forms)

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


@dataclass(frozen=True, eq=False)
class Solution:
    """Degrees of freedom, Newton's steps, and the residual by the size of its parts."""

    values: np.ndarray
    iterations: int
    residual: float


def solution(system: System) -> Solution:
    """D_h; a Refusal where Newton's method does not arrive."""
    system = system.compatible()
    for stages in STAGES if system.centred else ((1.0,),):
        found: Solution | None = Solution(system.held, 0, np.inf)
        for share in stages:
            if found is not None:
                found = newton(system.eased(share), found)
        if found is not None:
            return found
    need = f"Newton's method leaves a residual of at most {TOLERANCE:g} of its parts"
    given = f"none after {MOST} steps, with line search, damping and continuation"
    raise Refusal(need, given, "Refine the mesh, increase λ, or add a term with centre 0.")


def newton(system: System, start: Solution) -> Solution | None:
    """From the start to D_h; None where it stalls."""
    u, scale = start.values.copy(), system.scale
    for k in range(MOST):
        gap, tangent = system.residual(u), system.tangent(u)
        if not np.isfinite(gap).all() or not np.isfinite(tangent.data).all():
            return None
        size = float(np.linalg.norm(scale * gap) / max(float(np.linalg.norm(scale * system.parts(u))), LEAST))
        if size <= TOLERANCE:
            return Solution(u, start.iterations + k, size)
        moved = _step(system, u, gap, tangent)
        if moved is None:
            return None
        u = moved
    return None


def _step(system: System, u: np.ndarray, gap: np.ndarray, tangent: sparse.csc_matrix) -> np.ndarray | None:
    """A step along which |F| in units of the diagonal falls: damped by the diagonal only where Newton's own does not."""
    size = np.linalg.norm(system.scale * gap)
    for damping in DAMPING:
        move = direction(system, tangent, gap, u, damping)
        if move is None:
            continue
        for t in STEPS:
            trial = u.copy()
            trial[system.free] += t * move
            left = np.linalg.norm(system.scale * system.residual(trial))
            if left <= (1 - 1e-4 * t) * size:
                return trial
    return None


def direction(system: System, tangent: sparse.csc_matrix, gap: np.ndarray, u: np.ndarray, damping: float) -> np.ndarray | None:
    """d with (K + damping·diag) d = −gap and ∫ (u + d) f = 0 for each f of the null space; None where there is none.

    As the load is compatible, k of the equations follow from the others: k entries of d are held at 0 in their place, and an
    element of the null space is added afterwards.
    """
    scale, count = sparse.diags(system.scale), system.kernel.shape[1]
    matrix = (scale @ tangent @ scale + damping * sparse.identity(len(gap))).tocsc()
    right, found, rest = -system.scale * gap, np.zeros(len(gap)), np.ones(len(gap), dtype=bool)
    if count and damping == 0:
        kernel = system.kernel / system.scale[:, None]
        rest[qr(kernel.T, mode="r", pivoting=True)[1][:count]] = False
        matrix = matrix[rest][:, rest]
    inside = _solved(matrix, right[rest])
    if inside is None:
        return None
    found[rest] = inside
    move = system.scale * found
    if count:
        move -= system.kernel @ np.linalg.solve(system.moments.T @ system.kernel, system.moments.T @ (u + move))
    return move


def _solved(matrix: sparse.csc_matrix, right: np.ndarray) -> np.ndarray | None:
    """The solution by pivots on the diagonal, then by any."""
    found = _factored(matrix, right, 0.0)
    return _factored(matrix, right, 1.0) if found is None else found


def _factored(matrix: sparse.csc_matrix, right: np.ndarray, threshold: float) -> np.ndarray | None:
    """The solution by a sparse factorisation that pivots below the threshold; None where it is not backward stable."""
    ordering = "MMD_AT_PLUS_A" if threshold == 0 else "COLAMD"
    try:
        factors = splu(matrix, permc_spec=ordering, diag_pivot_thresh=threshold, options={"SymmetricMode": threshold == 0})
    except RuntimeError:  # singular
        return None
    found = factors.solve(right)
    if not np.isfinite(found).all():
        return None
    parts: Sequence[float] = abs(matrix) @ np.abs(found) + np.abs(right)
    left = np.linalg.norm(right - matrix @ found)
    return found if left <= 1e-8 * np.linalg.norm(parts) else None
