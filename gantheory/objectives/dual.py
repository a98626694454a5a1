"""The dual side of a Wasserstein objective: the least value of J, the critic's gap, and the multiplier of a constraint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from gantheory.objectives.domain import Box, Domain, Torus, pinned
from gantheory.objectives.equation import EulerLagrange
from gantheory.objectives.objective import Objective
from gantheory.objectives.posedness import Standing
from gantheory.symbolic import coordinates, line, nu, p, q, y

MMD = sp.Symbol("MMD", nonnegative=True)  # sqrt of ∫∫ G ρ ρ, ρ = p − q, G the kernel of the quadratic penalty for λ = 1
budget = sp.Symbol("c", positive=True)  # what the penalties may add up to; K₀|X| for a mean of |∇^m D|² over X


@dataclass(frozen=True)
class Dual:
    """min_D J = −MMD²/4λ for J = E_q D − E_p D + λ Q(D), Q a quadratic penalty; and max_λ (−MMD²/4λ − λ c).

    λ is the weight of the first term of highest order, Q = Σ (λ_i/λ) ∫ w_i|∇^{m_i}D|², and MMD = √⟨ρ, A^{−1}ρ⟩ the norm of
    ρ = p − q dual to Q = ⟨D, A D⟩. Values are None where there is no closed form; `reason` says why.
    Source: gretton2012kernel, section 2; derived, see derivations/multiplier.py.

    >>> from gantheory.objectives import WASSERSTEIN, GradientPenalty, Space
    >>> Dual(Objective(WASSERSTEIN, 3 * GradientPenalty(1)), Space(3)).value
    -MMD**2/12
    """

    objective: Objective
    domain: Domain

    @cached_property
    def reason(self) -> str:
        """Why there is no closed form; empty where there is one."""
        loss, terms = self.objective.loss, self.objective.terms
        if not loss.linear:
            return "the loss is curved in D: the least value is no quadratic form of p − q"
        if not terms:
            return "a linear loss without a penalty is unbounded below unless p = q"
        if not all(t.penalty.quadratic for t in terms):
            return "a penalty with a centre is not a quadratic form in D"
        if sp.simplify(loss.reaction.subs({p: 1, q: 1})) != 0:
            return "the two sides of the loss have different slopes: the least value is no norm of p − q"
        posed = self._equation.well_posedness(self.domain)
        return posed.reason if posed.standing is Standing.ILL_POSED else ""

    @property
    def condition(self) -> str:
        """What the closed form takes for granted: values 0 at given faces, the verdict's reason where it is CONDITIONAL."""
        posed = None if self.reason else self._equation.well_posedness(self.domain)
        if posed is None:
            return ""
        zero = ["the values given at the faces are 0"] if pinned(self.domain) else []
        return "; ".join(zero + ([] if posed.standing is Standing.WELL_POSED else [posed.reason]))

    @property
    def weight(self) -> sp.Expr | None:
        """λ: the weight of the first term of highest order."""
        terms = self.objective.terms
        return None if self.reason else max(terms, key=lambda t: t.penalty.order).weight

    @property
    def squared_norm(self) -> sp.Expr | None:
        """MMD²: ∫ (F_p − F_q)²/w dx for n = m = 1 on a line or a natural interval; otherwise the symbol, squared."""
        if self.reason:
            return None
        if not self._integrable:
            return MMD**2
        (x,) = coordinates(1)
        Fp, Fq = (sp.Function(name, real=True)(x) for name in ("F_p", "F_q"))
        densities = {s: sp.Function(s.name, positive=True)(x) for s in (p, q, nu)}
        whole = sp.Add(*(t.weight / self.weight * t.penalty.over for t in self.objective.terms)).subs(densities)
        ends = (-sp.oo, sp.oo) if not isinstance(self.domain, Box) else (self.domain.lower[0], self.domain.upper[0])
        return sp.Integral((Fp - Fq) ** 2 / whole, (x, *map(sp.nsimplify, ends)))

    @property
    def value(self) -> sp.Expr | None:
        """min_D J: −g² MMD²/4λ for a loss with ℓ_fake′ = −ℓ_real′ = g, plus its constants."""
        return self._of(lambda g, norm, lam: self._constant - g**2 * norm**2 / (4 * lam))

    @property
    def penalty(self) -> sp.Expr | None:
        """Q(D*) = g² MMD²/4λ²."""
        return self._of(lambda g, norm, lam: g**2 * norm**2 / (4 * lam**2))

    @property
    def gap(self) -> sp.Expr | None:
        """E_p D* − E_q D* = g MMD²/2λ."""
        return self._of(lambda g, norm, lam: g * norm**2 / (2 * lam))

    @property
    def multiplier(self) -> sp.Expr | None:
        """λ* = g MMD/(2√c): with it Q(D*) = c, and it maximises −g² MMD²/4λ − λ c."""
        return self._of(lambda g, norm, lam: sp.Abs(g) * norm / (2 * sp.sqrt(budget)))

    @property
    def constrained_gap(self) -> sp.Expr | None:
        """E_p D* − E_q D* at λ*: √c MMD, the greatest gap among critics with Q(D) ≤ c."""
        return self._of(lambda g, norm, lam: sp.sign(g) * sp.sqrt(budget) * norm)

    @property
    def _equation(self) -> EulerLagrange:
        return self.objective.euler_lagrange()

    @property
    def _constant(self) -> sp.Expr:
        return (self.objective.loss.real + self.objective.loss.fake).subs(y, 0)

    @property
    def _integrable(self) -> bool:
        """n = 1 with terms of order 1 and no constant of integration: D′ = (F_q − F_p)/2λw."""
        fixed = isinstance(self.domain, Torus) or pinned(self.domain)
        return self.domain.dim == 1 and not fixed and all(t.penalty.order == 1 for t in self.objective.terms)

    def _of(self, formula: Callable[[sp.Expr, sp.Expr, sp.Expr], sp.Expr]) -> sp.Expr | None:
        if self.reason:
            return None
        slope = sp.diff(self.objective.loss.fake, y)
        norm = MMD if not self._integrable else sp.sqrt(self.squared_norm)
        return formula(sp.simplify(slope), norm, self.weight)

    def __str__(self) -> str:
        if self.reason:
            return f"no closed form: {self.reason}"
        return f"min J = {line(self.value)}, λ* = {line(self.multiplier)}"
