"""FiniteDifferences: the Euler–Lagrange equation on a grid, with findiff's stencils and Dirichlet data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.grid_field import GridField
from gantheory.discriminators.reading import number
from gantheory.grids import BoxGrid, dirichlet_solve, divergence_form
from gantheory.lowering import lower
from gantheory.measures import Density, Measure
from gantheory.objectives import Objective, Term
from gantheory.symbolic import nu, p, q, y


@dataclass(frozen=True, eq=False)
class FiniteDifferences:
    """Σ λ_i (−1)^m 2 ∂^m(w_i ∂^m D) = −(p ℓ_real′ + q ℓ_fake′)(D) at the inner nodes, D = boundary at the outer layers.

    boundary: a Field that gives D on order − 1 + accuracy/2 layers of nodes (two for accuracy 4 and order 1, so that every
    stencil is central). accuracy: 2 or 4. Accepts losses up to quadratic in D; order ≤ 1 in 1-D and 2-D, order 2 in 1-D,
    any weight w(p, q, nu). Everything else is refused.
    """

    grid: BoxGrid
    boundary: Field
    accuracy: int = 2

    def __post_init__(self) -> None:
        if self.accuracy not in (2, 4):
            raise Refusal("FiniteDifferences has accuracy 2 or 4", self.accuracy)
        if self.grid.dim > 2:
            raise Refusal(
                "FiniteDifferences works in 1-D and 2-D", f"a grid of dimension {self.grid.dim}", "Use GreensFunction."
            )

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> GridField:
        """The discriminator as a GridField; real, fake (and reference, for nu) have densities."""
        inner = self.grid.inner(self._top_order(objective) - 1 + self.accuracy // 2)
        densities = self._densities(real, fake, reference)
        constant, linear = self._reaction(objective, densities)
        matrix = sparse.diags(linear)
        for term in objective.terms:
            matrix = matrix + self._operator(term, densities)
        known = self.boundary(self.grid.nodes).detach().numpy()
        if known.dtype != np.float64 or known.shape != inner.shape:
            given = f"{known.dtype} of shape {known.shape}"
            raise Refusal(f"the boundary field gives float64 values of shape {inner.shape} on the grid", given)
        if not np.isfinite(known).all():
            raise Refusal("the boundary field is finite on the grid", "NaN or inf")
        values = dirichlet_solve(matrix.tocsr(), -constant, known, inner)
        facts = {"solver": "FiniteDifferences", "accuracy": self.accuracy, "unknowns": int(inner.sum())}
        return GridField(self.grid, values.reshape(self.grid.points), facts)

    def _top_order(self, objective: Objective) -> int:
        """The highest order, if every term is one that the stencils hold."""
        orders = [t.penalty.order for t in objective.terms]
        top = max(orders, default=0)
        if top == 0 or top > 2 or (top == 2 and self.grid.dim > 1):
            need = "FiniteDifferences takes order 1 in 1-D and 2-D and order 2 in 1-D"
            raise Refusal(need, f"{objective} in {self.grid.dim}-D", "Use GreensFunction or Collocation on samples.")
        if not all(t.penalty.quadratic for t in objective.terms):
            raise Refusal("FiniteDifferences takes penalties with centre 0, whose equation is linear", objective)
        return top

    def _densities(self, real: Measure, fake: Measure, reference: Measure | None) -> dict[sp.Symbol, np.ndarray]:
        found: dict[sp.Symbol, np.ndarray] = {}
        for symbol, measure in ((p, real), (q, fake), (nu, reference)):
            if measure is None:
                continue
            if not isinstance(measure, Density) or measure.dim != self.grid.dim:
                given = f"{type(measure).__name__} of dimension {measure.dim}"
                raise Refusal(f"FiniteDifferences needs densities in {self.grid.dim}-D", given, "Use a Gaussian or a Mixture.")
            found[symbol] = measure.density(self.grid.nodes).numpy()
        return found

    def _on_grid(self, expression: sp.Expr, densities: dict[sp.Symbol, np.ndarray]) -> np.ndarray:
        """A formula in p, q, nu at the nodes."""
        missing = expression.free_symbols - set(densities)
        if missing:
            cure = "Pass reference= for nu, and numbers for parameters."
            raise Refusal("a solver needs every symbol of the objective as numbers", ", ".join(map(str, missing)), cure)
        symbols = tuple(densities)
        return lower(expression, *symbols)(*(torch.from_numpy(densities[s]) for s in symbols)).numpy()

    def _reaction(self, objective: Objective, densities: dict[sp.Symbol, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """c₀, c₁ with p ℓ_real′(y) + q ℓ_fake′(y) = c₀ + c₁ y."""
        reaction = sp.expand(objective.loss.reaction)
        if not reaction.is_polynomial(y) or sp.degree(reaction, y) > 1:
            raise Refusal("FiniteDifferences takes losses up to quadratic in D", objective.loss)
        slopes = [reaction.coeff(y, k) for k in (0, 1)]
        if not slopes[1].is_nonnegative:
            raise Refusal("FiniteDifferences takes losses that are convex in D", objective.loss)
        constant, linear = (self._on_grid(c, densities) for c in slopes)
        return constant, linear

    def _operator(self, term: Term, densities: dict[sp.Symbol, np.ndarray]) -> sparse.csr_matrix:
        scale = 2 * number(term.weight, "the weight λ")
        weight = self._on_grid(term.penalty.over, densities)
        if term.penalty.order == 0:
            return sparse.diags(scale * weight).tocsr()
        return scale * divergence_form(self.grid, weight.reshape(self.grid.points), term.penalty.order, self.accuracy)
