"""What the flow of generated particles along an optimal critic dissipates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.equation import grouped, substitution
from gantheory.objectives.loss import Loss
from gantheory.objectives.objective import Objective
from gantheory.objectives.penalty import Term
from gantheory.symbolic import line, nu, p, q, r, y


@dataclass(frozen=True)
class Dissipation:
    """d/dt (−min_D J) = E_q[ℓ_fake′(D) γ′(D) |∇D|²] along ẋ = −γ′(D)∇D, D optimal at all times.

    rate: ℓ_fake′(y) γ′(y), what multiplies |∇D|². Where a penalty's weight depends on q, it moves with the particles and adds
    Σ λ E_q[γ′(D) ∇D·∇(∂_q w |∇^m D|²)], which has no sign. Source: derived (envelope theorem); see derivations/dissipation.py.
    """

    loss: Loss
    moving: tuple[Term, ...]

    @property
    def rate(self) -> sp.Expr:
        """ℓ_fake′(y) γ′(y)."""
        return sp.factor(sp.diff(self.loss.fake, y) * sp.diff(self.loss.generator, y))

    @property
    def everywhere(self) -> bool:
        """SymPy proves that the rate is ≤ 0 for every real y, and nothing is added to it."""
        return not self.moving and _nonpositive(self.rate)

    @property
    def at_optimum(self) -> bool | None:
        """The rate is ≤ 0 at the pointwise optimum for all p, q > 0 (no penalty); None where there is no optimum."""
        try:
            best = self.loss.optimum().subs(p, r * q)
        except Refusal:
            return None
        return _nonpositive(sp.factor(sp.simplify(self.rate.subs(y, best))))

    @property
    def says(self) -> str:
        """One sentence: does −min J fall?"""
        if self.moving:
            listed = ", ".join(str(t.penalty) for t in self.moving)
            return f"−min J need not fall: the weight of {listed} moves with q and adds a term without a sign"
        if self.everywhere:
            return "−min J falls: the rate is ≤ 0 for every value of D"
        if self.at_optimum:
            return "−min J falls at values of D that the loss alone would give; the rate has no sign at others"
        return "−min J rises where the rate is positive"

    def integrand(self, D: sp.Expr, p: sp.Expr, q: sp.Expr, x: Sequence[sp.Symbol]) -> sp.Expr:
        """The integrand of d/dt (−min J) at an optimal D, with the terms of weights that move."""
        gradient = [sp.diff(D, xi) for xi in x]
        steps = [sp.diff(self.loss.generator, y).subs(y, D) * g for g in gradient]
        whole = sp.diff(self.loss.fake, y).subs(y, D) * sp.Add(*(a * b for a, b in zip(steps, gradient, strict=True)))
        for t in self.moving:
            slope = sp.diff(t.penalty.over, _q).subs(substitution(p, q, None, self.moving))
            square = t.weight * t.penalty.integrand(D, x, slope)
            whole += sp.Add(*(step * sp.diff(square, xi) for step, xi in zip(steps, x, strict=True)))
        return q * whole

    def __str__(self) -> str:
        D = sp.Symbol("D")
        rate = self.rate.subs(y, D)
        factor = "−" if rate == -1 else f"{grouped(rate, line)} "
        return f"d/dt (−min J) = E_q[{factor}|∇D|²]{' + …' if self.moving else ''}; {self.says}"


_q = q  # the symbol, where an argument is named q


def dissipation(objective: Objective) -> Dissipation:
    """The rate at which −min_D J falls along the flow of generated particles."""
    if any(nu in t.penalty.over.free_symbols for t in objective.terms):
        raise Refusal(
            "the dissipated quantity needs penalties whose weight is a formula in p and q",
            "a penalty over nu, the law of interpolates, which moves with q in no closed form",
            "Use over=1, p, q or (p + q)/2.",
        )
    return Dissipation(objective.loss, tuple(t for t in objective.terms if q in t.penalty.over.free_symbols))


def _nonpositive(rate: sp.Expr) -> bool:
    """Proved by the signs of its factors (steps are ≥ 0), or for a polynomial by its real roots."""
    rate = rate.replace(sp.Heaviside, lambda *_: sp.Dummy("step", nonnegative=True))
    if rate.is_nonpositive or sp.simplify(rate).is_nonpositive:
        return True
    if not rate.is_polynomial(y) or rate.free_symbols - {y}:
        return False
    return bool(sp.solveset(rate > 0, y, sp.S.Reals) is sp.S.EmptySet)
