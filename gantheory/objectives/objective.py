"""J[D] = E_p[ℓ_real(D)] + E_q[ℓ_fake(D)] + Σ λ_i ∫ w_i |∇^{m_i} D|² dx, minimised over D."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.equation import EulerLagrange, substitution
from gantheory.objectives.loss import Loss
from gantheory.objectives.penalty import GradientPenalty, Term
from gantheory.symbolic import second_variation, y


@dataclass(frozen=True, init=False)
class Objective:
    """A loss and penalties; D is large on data. A bare GradientPenalty counts with weight 1."""

    loss: Loss
    terms: tuple[Term, ...]

    def __init__(self, loss: Loss, *terms: Term | GradientPenalty) -> None:
        if not isinstance(loss, Loss):
            raise Refusal("an Objective starts with a Loss", repr(loss), "Use Loss(real=…, fake=…).")
        whole = tuple(Term(sp.Integer(1), t) if isinstance(t, GradientPenalty) else t for t in terms)
        for t in whole:
            if not isinstance(t, Term):
                raise Refusal("an Objective takes weight * GradientPenalty(…) as terms", repr(t))
        if whole and max(t.penalty.order for t in whole) == 0:
            raise Refusal(
                "a term of order 0, ∫ w D² dx, stands beside a term of order ≥ 1",
                "order 0 alone",
                "Add GradientPenalty(1), or use the loss alone.",
            )
        object.__setattr__(self, "loss", loss)
        object.__setattr__(self, "terms", whole)

    def lagrangian(self, D: sp.Expr, p: sp.Expr, q: sp.Expr, x: Sequence[sp.Symbol], nu: sp.Expr | None = None) -> sp.Expr:
        """The integrand of J: p ℓ_real(D) + q ℓ_fake(D) + Σ λ_i w_i |∇^{m_i} D|²."""
        densities = substitution(p, q, nu, self.terms)
        losses = p * self.loss.real.subs(y, D) + q * self.loss.fake.subs(y, D)
        return losses + sp.Add(*(t.weight * t.penalty.integrand(D, x, t.penalty.over.subs(densities)) for t in self.terms))

    def euler_lagrange(self) -> EulerLagrange:
        """δJ/δD = 0 in structured form."""
        return EulerLagrange(self.loss.reaction, self.terms)

    def second_variation(
        self, D: sp.Expr, h: sp.Expr, p: sp.Expr, q: sp.Expr, x: Sequence[sp.Symbol], nu: sp.Expr | None = None
    ) -> sp.Expr:
        """d²/dε² of the integrand at D + εh, ε = 0: nonnegative for all h where J is convex (Legendre)."""
        return second_variation(self.lagrangian(D, p, q, x, nu), D, x, h)

    def __str__(self) -> str:
        return " + ".join([str(self.loss), *map(str, self.terms)])
