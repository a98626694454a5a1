"""The Legendre condition of penalties: the principal symbol of the linearised equation, and where it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from gantheory.objectives.penalty import GradientPenalty, Term
from gantheory.objectives.posedness import bounded_below
from gantheory.symbolic import gradient_norm_squared, line, multi_indices, multinomial, partial, y

size = sp.Symbol("s", positive=True)  # |∇^m D|


@dataclass(frozen=True)
class Degeneracy:
    """The equation is elliptic where bound > 0.

    bound: Λ(s) with principal symbol ≥ Λ(s) |ξ|^{2m} at |∇^m D| = s, in s, p, q, nu; for m = 1 its least value over |ξ| = 1.
    """

    bound: sp.Expr
    reason: str

    def __str__(self) -> str:
        return f"{self.reason} (symbol ≥ Λ |ξ|^2m, Λ = {line(self.bound)})"


def principal_symbol(
    reaction: sp.Expr,
    terms: Sequence[Term],
    direction: Sequence[sp.Expr],
    D: sp.Expr,
    densities: Mapping[sp.Symbol, sp.Expr],
    x: Sequence[sp.Symbol],
) -> sp.Expr:
    """Σ 2λ w (φ |ξ|^{2m} + K (∇^m D : ξ^{⊗m})²/|∇^m D|³) over the terms of highest order; without terms, ∂_D reaction."""
    if not terms:
        return sp.diff(reaction, D).subs(densities)
    return sp.Add(*(t.weight * t.penalty.over.subs(densities) * _form(t.penalty, direction, D, x) for t in _highest(terms)))


def _highest(terms: Sequence[Term]) -> list[Term]:
    top = max(t.penalty.order for t in terms)
    return [t for t in terms if t.penalty.order == top]


def _form(penalty: GradientPenalty, direction: Sequence[sp.Expr], D: sp.Expr, x: Sequence[sp.Symbol]) -> sp.Expr:
    """d²/dε² of |∇^m D|² along ε ξ^{⊗m}, or of its centred forms."""
    m, K = penalty.order, penalty.centre
    whole = sp.Add(*(xi**2 for xi in direction)) ** m
    if K == 0:
        return 2 * whole
    s = sp.sqrt(gradient_norm_squared(D, x, m))
    along = sp.Add(*(multinomial(a) * partial(D, x, a) * sp.Mul(*map(sp.Pow, direction, a)) for a in multi_indices(m, len(x))))
    form = 2 * ((1 - K / s) * whole + K * along**2 / s**3)
    return form * sp.Heaviside(s - K) if penalty.one_sided else form


def degeneracy(reaction: sp.Expr, terms: Sequence[Term], dim: int) -> Degeneracy:
    """Λ(s), and a sentence that says where it is not positive. Source: derived; see derivations/legendre.py."""
    if not terms:
        return Degeneracy(sp.diff(reaction, y), "without a penalty the equation holds pointwise")
    top = _highest(terms)
    m = top[0].penalty.order
    bound = sp.Add(*(2 * t.weight * t.penalty.over * _least(t.penalty, dim) for t in top))
    found = [f"its weight {t.penalty.over} vanishes" for t in top if not bounded_below(t.penalty.over)]
    name = "|∇D|" if m == 1 else f"|∇^{m}D|"
    found += [f"{name} ≤ {t.penalty.centre}" for t in top if t.penalty.one_sided and t.penalty.centre != 0]
    folds = [t.penalty.centre for t in top if t.penalty.centre != 0 and not t.penalty.one_sided]
    held = any(t.penalty.quadratic and bounded_below(t.penalty.over) for t in top)
    if held and not folds:
        return Degeneracy(bound, "elliptic everywhere")
    words = ["degenerate where " + " and ".join(found)] if found and not held else []
    words += [_fold(name, K, m, dim) for K in folds]
    return Degeneracy(bound, "; ".join(words))


def _least(penalty: GradientPenalty, dim: int) -> sp.Expr:
    """The least of φ + K cos²/s over directions: φ = 1 − K/s where one is orthogonal to ∇^m D, 1 where n = 1."""
    K = penalty.centre
    if K == 0:
        return sp.S.One
    if dim == 1:
        return sp.Heaviside(size - K, 0) if penalty.one_sided else sp.S.One
    return sp.Max(0, 1 - K / size) if penalty.one_sided else 1 - K / size


def _fold(name: str, centre: sp.Expr, order: int, dim: int) -> str:
    """What a two-sided centred penalty does for small gradients."""
    if dim == 1:
        return f"elliptic where {name} > 0; at 0 the penalty about {centre} has a concave kink: no minimiser has that slope"
    fails = "negative across the gradient" if order == 1 else "negative along every ξ with ∇^m D : ξ^m = 0"
    return f"not elliptic where {name} < {centre}: the penalty alone has a symbol there that is {fails}"
