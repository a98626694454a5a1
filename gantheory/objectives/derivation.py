"""Everything that follows from an objective on a domain, gathered for a reader."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.domain import Domain, Space
from gantheory.objectives.equation import grouped
from gantheory.objectives.objective import Objective
from gantheory.objectives.penalty import screening
from gantheory.objectives.posedness import Posedness, Standing
from gantheory.symbolic import fundamental_solution, screened_solution, y

LISTED = 10  # elements of a null space beyond which they are counted, not listed


@dataclass(frozen=True)
class Derivation:
    """An objective, its equation, and what the equation asks for and allows."""

    objective: Objective
    domain: Domain

    @property
    def kernel(self) -> sp.Expr | None:
        """G(r) with D = (1/2λ) ∫ G(|x−y|) (p−q)(dy) + P; None where the equation has no such form."""
        found = screening(self.objective.terms)
        if found is None or not self.objective.loss.linear or not isinstance(self.domain, Space):
            return None
        _, order, rate = found
        return fundamental_solution(order, self.domain.dim) if rate == 0 else screened_solution(order, self.domain.dim, rate)

    @property
    def posedness(self) -> Posedness | None:
        """The verdict, or None where the toolkit has none for this loss."""
        try:
            return self.objective.euler_lagrange().well_posedness(self.domain)
        except Refusal:
            return None

    @property
    def _free_part(self) -> str:
        """What may be added to the closed form: a constant, where the verdict lets nothing else stand."""
        found = self.posedness
        if screening(self.objective.terms)[2] != 0:  # type: ignore[index]
            return ""
        return " + P(x)" if found is None or found.standing is Standing.ILL_POSED else " + c"

    def lines(self, latex: bool = False) -> list[tuple[str, str]]:
        """(heading, content) pairs, as text or as LaTeX."""
        equation = self.objective.euler_lagrange()
        show = sp.latex if latex else _plain
        basis = equation.null_space(self.domain)
        if len(basis) > LISTED:
            m = min(t.penalty.order for t in self.objective.terms)
            free = (
                rf"\text{{the {len(basis)} monomials of degree}} < {m}"
                if latex
                else f"the {len(basis)} monomials of degree < {m}"
            )
            moments = rf"\int x^\alpha\,(p-q)\,dx = 0,\ |\alpha| < {m}" if latex else f"∫ x^α (p − q) dx = 0 for |α| < {m}"
        else:
            free = ", ".join(map(show, basis)) or ("\\{0\\}" if latex else "only 0")
            moments = "; ".join(_vanishing(f, latex) for f in equation.compatibility(self.domain)) or _none(latex)
        rows = [
            ("functional", latex_functional(self.objective) if latex else f"J[D] = {self.objective}"),
            ("equation", equation.latex() if latex else str(equation)),
            ("null space", free),
            ("compatibility", moments),
        ]
        if self.kernel is not None:
            weight = screening(self.objective.terms)[0]  # type: ignore[index]
            closed = sp.latex(1 / (2 * weight)) if latex else f"{_plain(1 / (2 * weight))} ·"
            integral = r"\int G(|x-y|)\,(p-q)(y)\,dy" if latex else "∫ G(|x−y|) (p − q)(y) dy"
            integral += self._free_part
            rows += [("Green's function", f"G(r) = {show(self.kernel)}"), ("discriminator", f"D(x) = {closed} {integral}")]
        if self.posedness is not None and not latex:
            rows.append((f"on {self.domain}", str(self.posedness)))
        return rows


def latex_functional(objective: Objective) -> str:
    """J[D] as LaTeX."""
    D = sp.Symbol("D")
    real, fake = (sp.latex(e.subs(y, D)) for e in (objective.loss.real, objective.loss.fake))
    parts = [rf"J[D] = \mathbb{{E}}_p\left[{real}\right] + \mathbb{{E}}_q\left[{fake}\right]"]
    for t in objective.terms:
        m, over = t.penalty.order, t.penalty.over
        size = "D" if m == 0 else r"\nabla D" if m == 1 else rf"\nabla^{{{m}}} D"
        square = rf"|{size}|^2"
        if t.penalty.centre != 0:
            square = rf"\left(|{size}| - {sp.latex(t.penalty.centre)}\right){'_+' if t.penalty.one_sided else ''}^2"
        parts.append(rf"{grouped(t.weight, sp.latex)} \int {'' if over == 1 else grouped(over, sp.latex)} {square}\,dx")
    return " + ".join(parts)


def _plain(expression: sp.Expr) -> str:
    return sp.sstr(expression).replace("**", "^")


def _vanishing(f: sp.Expr, latex: bool) -> str:
    product = sp.factor(f)
    inside = f"({_plain(product)})" if product.is_Add else _plain(product)
    if latex:
        inside = rf"\left({sp.latex(product)}\right)" if product.is_Add else sp.latex(product)
        return rf"\int {inside}\,dx = 0"
    return f"∫ {inside} dx = 0"


def _none(latex: bool) -> str:
    return r"\text{none}" if latex else "none"
