"""The Euler–Lagrange equation of an objective: any loss above it, any solver below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.domain import Box, Domain, Torus, pinned
from gantheory.objectives.ellipticity import Degeneracy, degeneracy, principal_symbol
from gantheory.objectives.penalty import Term
from gantheory.objectives.pieces import straight
from gantheory.objectives.posedness import Posedness, verdict
from gantheory.symbolic import (
    BoundaryCondition,
    boundary_conditions,
    coordinates,
    line,
    nu,
    p,
    polynomials,
    positive_integer,
    q,
    y,
)


@dataclass(frozen=True)
class EulerLagrange:
    """Σ_i λ_i δ/δD ∫ w_i|∇^{m_i}D|² dx = −(p ℓ_real′(D) + q ℓ_fake′(D)).

    reaction: p ℓ_real′(y) + q ℓ_fake′(y), in the symbols p, q, y. terms: the penalties with their weights.
    """

    reaction: sp.Expr
    terms: tuple[Term, ...]

    def at(
        self, D: sp.Expr, p: sp.Expr, q: sp.Expr, x: Sequence[sp.Symbol], nu: sp.Expr | None = None
    ) -> tuple[sp.Expr, sp.Expr]:
        """The left and the right side for given D, p, q (and nu), expressions in the coordinates x."""
        densities = substitution(p, q, nu, self.terms)
        left = sp.Add(*(t.weight * t.penalty.variation(D, x, t.penalty.over.subs(densities)) for t in self.terms))
        return left, -self.reaction.subs(densities).subs(y, D)

    def latex(self) -> str:
        """The equation as LaTeX, in D, p, q."""
        left = " ".join(_latex_term(t, first=i == 0) for i, t in enumerate(self.terms)) or "0"
        return f"{left} = {_side(self.reaction, sp.latex)}"

    def __str__(self) -> str:
        left = " + ".join(_text_term(t) for t in self.terms) or "0"
        return f"{left} = {_side(self.reaction, line)}"

    def boundary_conditions(self, domain: Domain) -> tuple[BoundaryCondition, ...]:
        """What the variation leaves to vanish at the boundary of a Box, in D(x…), p(x…), q(x…), nu(x…).

        On its faces, and at the edges and corners from order 2 on: without w D_12 = 0 at the corners of a rectangle
        D = x1 x2 passes for a minimiser. What meets a normal derivative that is given is no condition: nothing is left
        with Dirichlet data, the odd normal derivatives of simply supported faces are. Empty where there is no boundary.
        """
        m = max((t.penalty.order for t in self.terms), default=0)
        if not isinstance(domain, Box) or len(given := domain.boundary.given(m)) == m:
            return ()
        x = coordinates(domain.dim)
        D = sp.Function("D", real=True)(*x)
        densities = {s: sp.Function(s.name, positive=True)(*x) for s in (p, q, nu)}
        penalty = sp.Add(*(t.weight * t.penalty.integrand(D, x, t.penalty.over.subs(densities)) for t in self.terms))
        found = boundary_conditions(penalty, D, x)
        return tuple(c for c in found if all(j not in given for xi, j in zip(x, c.against, strict=True) if xi in c.at))

    def symbol(
        self,
        direction: Sequence[sp.Expr],
        D: sp.Expr,
        p: sp.Expr,
        q: sp.Expr,
        x: Sequence[sp.Symbol],
        nu: sp.Expr | None = None,
    ) -> sp.Expr:
        """Σ 2λ w (φ |ξ|^{2m} + K (∇^m D : ξ^{⊗m})²/|∇^m D|³): the principal symbol of the equation linearised at D."""
        return principal_symbol(self.reaction.subs(y, D), self.terms, direction, D, substitution(p, q, nu, self.terms), x)

    def degeneracy(self, dim: int) -> Degeneracy:
        """Where the equation in R^n is not elliptic: the least principal symbol at |∇^m D| = s, and the reason."""
        return degeneracy(self.reaction, self.terms, positive_integer(dim, "a dimension"))

    def null_space(self, domain: Domain) -> tuple[sp.Expr, ...]:
        """A basis of what may be added to D without changing the penalties (nor a linear loss's equation).

        Polynomials of degree < m on Space and a natural Box, constants on a Torus; nothing where D is given at the faces,
        under a term of order 0, or when the loss itself is curved in D.
        """
        return polynomials(self._free_below(domain), coordinates(domain.dim))

    def nullity(self, domain: Domain) -> int:
        """How many elements that basis has, C(n+m−1, n) for polynomials, without listing them."""
        return comb(domain.dim + self._free_below(domain) - 1, domain.dim)

    def _free_below(self, domain: Domain) -> int:
        """The degree below which polynomials are free: 0 where none are."""
        lowest = min((t.penalty.order for t in self.terms), default=0)
        if not straight(self.reaction) or lowest == 0 or pinned(domain):
            return 0
        return 1 if isinstance(domain, Torus) else lowest

    def compatibility(self, domain: Domain) -> tuple[sp.Expr, ...]:
        """The integrands whose integrals over the domain must vanish: the reaction times each null-space element."""
        return tuple(sp.expand(-self.reaction * f) for f in self.null_space(domain))

    def well_posedness(self, domain: Domain) -> Posedness:
        """Is there a minimiser, and does a sampled one have a usable force? The verdict, its reason, its cures."""
        return verdict(self.reaction, self.terms, domain)


def substitution(p_: sp.Expr, q_: sp.Expr, nu_: sp.Expr | None, terms: Sequence[Term]) -> dict[sp.Symbol, sp.Expr]:
    """p, q, nu ↦ their expressions; a Refusal where a term is over nu and none was given."""
    if nu_ is None and any(nu in t.penalty.over.free_symbols for t in terms):
        raise Refusal("a penalty over nu needs the reference density", "nu=None", "Pass nu= (reference= to a solver).")
    return {p: p_, q: q_} | ({} if nu_ is None else {nu: nu_})


def _side(reaction: sp.Expr, show: Callable[[sp.Expr], str]) -> str:
    """−reaction with p and q taken out, D for y."""
    D = sp.Symbol("D")
    parts = sp.collect(sp.expand(-reaction.subs(y, D)), (p, q), evaluate=False)
    factors = [(s, sp.factor(parts[s])) for s in (p, q) if s in parts]
    rest = sp.Add(*(k * v for k, v in parts.items() if k not in (p, q)))
    whole = [s * f for s, f in factors] + ([rest] if rest != 0 else [])
    return " + ".join(show(f) for f in whole).replace("+ -", "- ") or "0"


def _factor(term: Term, show: Callable[[sp.Expr], str], space: str) -> str:
    """2λ in front of an operator; nothing where it is 1."""
    return "" if 2 * term.weight == 1 else grouped(2 * term.weight, show) + space


def grouped(expression: sp.Expr, show: Callable[[sp.Expr], str]) -> str:
    """A sum in parentheses, anything else as it is."""
    return f"({show(expression)})" if expression.is_Add else show(expression)


def _latex_term(term: Term, first: bool) -> str:
    penalty, m = term.penalty, term.penalty.order
    factor, sign = _factor(term, sp.latex, r"\,"), "" if first else "+"
    over = "" if penalty.over == 1 else grouped(penalty.over, sp.latex) + r"\,"
    if m == 0:
        return f"{sign}{factor}{over}D"
    if penalty.lebesgue:
        return rf"{sign}{factor}(-\Delta){_power(m)} D"
    if m % 2:
        sign = "-"
    power, inner = _power(m), over
    if penalty.centre != 0:
        size = rf"|\nabla{power} D|"
        inner += rf"\left(1 - {sp.latex(penalty.centre)}/{size}\right){'_+' if penalty.one_sided else ''}"
    return rf"{sign}{factor}\nabla{power}\cdot\left({inner}\nabla{power} D\right)"


def _power(m: int) -> str:
    return "" if m == 1 else f"^{{{m}}}"


def _text_term(term: Term) -> str:
    penalty, m = term.penalty, term.penalty.order
    factor = _factor(term, line, " ")
    over = "" if penalty.over == 1 else grouped(penalty.over, line) + " "
    power = "" if m == 1 else f"^{m}"
    if m == 0:
        return f"{factor}{over}D"
    if penalty.lebesgue:
        return f"{factor}(−Δ){power} D"
    if penalty.centre != 0:
        over += f"(1 − {line(penalty.centre)}/|∇{power}D|){'₊' if penalty.one_sided else ''} "
    return f"{'−' if m % 2 else ''}{factor}∇{power}·({over}∇{power}D)"
