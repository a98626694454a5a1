"""Everything that follows from an objective on a domain, gathered for a reader."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives import checks
from gantheory.objectives.dissipated import dissipation
from gantheory.objectives.domain import Box, Domain, Space
from gantheory.objectives.dual import MMD, Dual, budget
from gantheory.objectives.equation import EulerLagrange, grouped
from gantheory.objectives.formats import Derived, aligned, as_markdown
from gantheory.objectives.objective import Objective
from gantheory.objectives.pointwise import pointwise
from gantheory.objectives.posedness import Posedness, Standing
from gantheory.objectives.screened import screening
from gantheory.objectives.wording import ends, given, latex_functional, monomials, named, sentence, vanishing, vanishing_latex
from gantheory.symbolic import fundamental_solution, line, screened_solution, y

LISTED = 10  # elements of a null space, or conditions, beyond which they are counted, not listed
LONG = 400  # operations in them, likewise
NOTHING = "a term of order 0, boundary data or a curved loss, which leave nothing free"
_AGAINST = "the right side against each element of the null space"


@dataclass(frozen=True)
class Derivation:
    """An objective, its equation, and what the equation asks for and allows; in notebooks it shows itself."""

    objective: Objective
    domain: Domain

    @cached_property
    def equation(self) -> EulerLagrange:
        """The Euler–Lagrange equation."""
        return self.objective.euler_lagrange()

    @cached_property
    def kernel(self) -> sp.Expr | None:
        """G(r) with D = (1/2λ) ∫ G(|x−y|) (p−q)(dy) + P; None where the equation has no such form."""
        found = screening(self.objective.terms)
        if found is None or not self.objective.loss.linear or not isinstance(self.domain, Space):
            return None
        _, order, rate = found
        return fundamental_solution(order, self.domain.dim) if rate == 0 else screened_solution(order, self.domain.dim, rate)

    @cached_property
    def _judged(self) -> Posedness | Refusal:
        """The verdict, or why there is none."""
        try:
            return self.equation.well_posedness(self.domain)
        except Refusal as refusal:
            return refusal

    @property
    def posedness(self) -> Posedness | None:
        """The verdict, or None where the toolkit has none for this loss."""
        return self._judged if isinstance(self._judged, Posedness) else None

    def lines(self) -> tuple[Derived, ...]:
        """What follows, in the order in which one asks; `checked` where another route was gone when this was called."""
        found = [
            self._functional(),
            self._equation(),
            *self._degeneracy(),
            *self._boundary(),
            *self._free(),
            *pointwise(self.objective.loss),
        ]
        return tuple([*found, *self._solution(), *self._dual(), *self._dissipation(), self._verdict()])

    def _functional(self) -> Derived:
        return Derived("functional", f"J[D] = {self.objective}", latex_functional(self.objective), "definition")

    def _equation(self) -> Derived:
        route = checks.equation(self.objective, self.domain.dim)
        reason = route or "the structure of the penalty, whose variation is checked by brute force for orders ≤ 4"
        return Derived("equation", str(self.equation), self.equation.latex(), reason, bool(route))

    def _degeneracy(self) -> list[Derived]:
        if not self.objective.terms:
            return []
        found = self.equation.degeneracy(self.domain.dim)
        route = "the principal symbol of the equation linearised at D"
        return [Derived("ellipticity", found.reason, "", route)]

    def _boundary(self) -> list[Derived]:
        if not isinstance(self.domain, Box) or not self.objective.terms:
            return []
        held = given(self.domain.boundary, max(t.penalty.order for t in self.objective.terms))
        found = self.equation.boundary_conditions(self.domain)
        if not found:
            return [Derived("boundary", held, "", "definition")]
        route = "the variation, integrated by parts axis by axis"
        start = f"{held}; " if held else ""
        if len(found) > LISTED or sum(sp.count_ops(c.expression) for c in found) > LONG:
            return [Derived("boundary", f"{start}{len(found)} natural conditions on faces, edges and corners", "", route)]
        text = start + "; ".join(f"{line(c.expression)} = 0 at {ends(c.at, line)}" for c in found)
        rows = [rf"{sp.latex(c.expression)} = 0\ \text{{at }} {ends(c.at, sp.latex)}" for c in found]
        latex = r",\quad ".join(([sentence(held)] if held else []) + rows)
        return [Derived("boundary", text, latex, route)]

    def _free(self) -> list[Derived]:
        basis = self.equation.null_space(self.domain)
        route = checks.null_space(self.objective, self.domain, basis)
        if len(basis) > LISTED:
            m = min(t.penalty.order for t in self.objective.terms)
            free = Derived("null space", f"the {len(basis)} monomials of degree < {m}", monomials(len(basis), m), route, True)
            moments = rf"\int x^\alpha\,(p-q)\,dx = 0,\ |\alpha| < {m}"
            asked = Derived("compatibility", f"∫ x^α (p − q) dx = 0 for |α| < {m}", moments, _AGAINST)
            return [free, asked]
        text, latex = ", ".join(map(line, basis)) or "only 0", ", ".join(map(sp.latex, basis)) or r"\{0\}"
        free = Derived("null space", text, latex, route or NOTHING, bool(route))
        conditions = self.equation.compatibility(self.domain)
        text = "; ".join(vanishing(f) for f in conditions) or "none"
        latex = r";\ ".join(vanishing_latex(f) for f in conditions) or r"\text{none}"
        return [free, Derived("compatibility", text, latex, _AGAINST)]

    def _solution(self) -> list[Derived]:
        if self.kernel is None:
            return []
        weight, order, rate = screening(self.objective.terms)  # type: ignore[misc]
        route = checks.kernel(self.kernel, order, self.domain.dim, rate)
        free = "" if rate != 0 else " + P(x)" if self._ill else " + c"
        text = f"D(x) = {line(1 / (2 * weight))} · ∫ G(|x−y|) (p − q)(y) dy{free}"
        latex = rf"D(x) = {sp.latex(1 / (2 * weight))} \int G(|x-y|)\,(p-q)(y)\,dy{free}"
        reason = route or "the integral representation of wendland2004scattered, theorem 6.13"
        kernel = Derived(
            "Green's function", f"G(r) = {line(self.kernel)}", f"G(r) = {sp.latex(self.kernel)}", reason, bool(route)
        )
        return [kernel, Derived("discriminator", text, latex, "superposition of the Green's function")]

    @property
    def _ill(self) -> bool:
        return self.posedness is None or self.posedness.standing is Standing.ILL_POSED

    def _dual(self) -> list[Derived]:
        dual = Dual(self.objective, self.domain)
        if dual.value is None or dual.multiplier is None:
            return []
        value, best, loss = dual.value, dual.multiplier, self.objective.loss
        norm = MMD if dual.squared_norm == MMD**2 else sp.Symbol("N", positive=True)
        whole = {sp.sqrt(dual.squared_norm): norm, dual.squared_norm: norm**2}  # type: ignore[dict-item]
        start = (loss.real + loss.fake).subs(y, 0)
        route = checks.duality(
            (value - start).subs(whole),
            best.subs(whole),
            norm,
            sp.diff(loss.fake, y),
            dual.weight,
            budget,  # type: ignore[arg-type]
        )
        held = f"{route}; {dual.condition}" if dual.condition else route
        text = f"λ* = {line(best)}, where the penalty is held at c"
        return [
            Derived(
                "least value", f"min J = {line(value)}, MMD² = ∬ G (p − q)(p − q)", rf"\min_D J = {named(value)}", held, True
            ),
            Derived("multiplier", text, rf"\lambda^* = {named(best)}", route, True),
        ]

    def _dissipation(self) -> list[Derived]:
        try:
            found = dissipation(self.objective)
        except Refusal:
            return []
        rate = found.rate.subs(y, sp.Symbol("D"))
        tex = "-" if rate == -1 else grouped(rate, sp.latex) + r"\,"
        dots = r" + \dots" if found.moving else ""
        latex = rf"\frac{{d}}{{dt}}\left(-\min_D J\right) = \mathbb{{E}}_q\left[{tex}|\nabla D|^2\right]{dots}"
        return [Derived("dissipation", str(found), latex, "the envelope theorem along ẋ = −γ′(D)∇D")]

    def _verdict(self) -> Derived:
        found = self._judged
        if isinstance(found, Refusal):
            route = "the cases of well_posedness, none of which applies"
            return Derived("verdict", f"on {self.domain}: none; {found}", "", route)
        straight = self.objective.loss.linear or self.objective.loss.quadratic
        route = (
            "order, dimension and null space; see derivations/euler_lagrange/moments.py"
            if straight
            else "convexity and recession"
        )
        return Derived("verdict", f"on {self.domain}: {found}", "", route)

    def _repr_latex_(self) -> str:
        return aligned(self.lines())

    def _repr_markdown_(self) -> str:
        return as_markdown(self.lines())
