"""First and second variation of ∫ L(x, D, ∂D, ∂²D, …) dx, by brute force."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic.operators import MultiIndex, partial

Jet = dict[MultiIndex, sp.Expr]


def jet(lagrangian: sp.Expr, D: sp.Expr, x: Sequence[sp.Symbol]) -> Jet:
    """The derivatives α ↦ ∂^α D that the Lagrangian holds (α = 0 always among them)."""
    found: Jet = {(0,) * len(x): D}
    for derivative in lagrangian.atoms(sp.Derivative):
        if derivative.expr == D:
            counts = dict(derivative.variable_count)
            found[tuple(int(counts.get(xi, 0)) for xi in x)] = derivative
    return found


def expanded(lagrangian: sp.Expr, D: sp.Expr, x: Sequence[sp.Symbol]) -> tuple[sp.Expr, Jet, dict[sp.Expr, sp.Symbol]]:
    """L with every ∂^α D replaced by a symbol of its own, the jet, and the replacement."""
    if not isinstance(D, sp.core.function.AppliedUndef) or D.args != tuple(x):
        raise Refusal("the variation is taken in an unknown function of all coordinates, D(x1, …, xn)", D)
    lagrangian = sp.sympify(lagrangian, strict=True).doit()
    if lagrangian.has(sp.Integral, sp.Sum):
        raise Refusal("a Lagrangian is the integrand, without integrals", lagrangian, "Pass what stands under ∫ … dx alone.")
    derivatives = jet(lagrangian, D, x)
    names = {d: sp.Dummy("D" + "".join(map(str, a)), real=True) for a, d in derivatives.items()}
    flat = lagrangian.xreplace(names)
    if flat.has(D.func):
        raise Refusal(f"the Lagrangian may hold {D} and its derivatives only", f"{lagrangian}, where {D.func} stands elsewhere")
    return flat, derivatives, names


def first_variation(lagrangian: sp.Expr, D: sp.Expr, x: Sequence[sp.Symbol], at: sp.Expr | None = None) -> sp.Expr:
    """δF/δD = Σ_α (−1)^|α| ∂^α (∂L/∂(∂^α D)) for F[D] = ∫ L dx, with derivatives of any order.

    A null Lagrangian (a divergence) has the variation 0. at: an expression in x to take the variation at, in place of an
    unknown D; this is faster. Source: gelfand1963calculus, section 35 and 42.

    >>> x = sp.Symbol("x", real=True)
    >>> D = sp.Function("D", real=True)(x)
    >>> first_variation(D.diff(x) ** 2, D, (x,))
    -2*Derivative(D(x), (x, 2))
    """
    terms = ((-1) ** sum(alpha) * partial(slot, x, alpha) for alpha, slot in slots(lagrangian, D, x, at).items())
    return sp.Add(*terms).doit()


def slots(lagrangian: sp.Expr, D: sp.Expr, x: Sequence[sp.Symbol], at: sp.Expr | None = None) -> Jet:
    """α ↦ ∂L/∂(∂^α D), at D or at a given expression: δF[D; h] = ∫ Σ_α (∂L/∂(∂^α D)) ∂^α h dx."""
    flat, derivatives, names = expanded(lagrangian, D, x)
    place = {names[d]: d if at is None else partial(at, x, a) for a, d in derivatives.items()}
    return {alpha: sp.diff(flat, names[d]).xreplace(place) for alpha, d in derivatives.items()}


def legendre_form(lagrangian: sp.Expr, D: sp.Expr, x: Sequence[sp.Symbol], direction: Sequence[sp.Expr]) -> sp.Expr:
    """Σ_{|α|=|β|=m} ∂²L/∂(∂^α D)∂(∂^β D) ξ^{α+β}: the principal symbol of the linearised equation, m the highest order.

    A minimiser has it ≥ 0 for all ξ (Legendre, Hadamard); the equation is elliptic where it is > 0 for ξ ≠ 0.
    """
    flat, derivatives, names = expanded(lagrangian, D, x)
    top = max(map(sum, derivatives))
    waves = {names[d]: sp.Mul(*map(sp.Pow, direction, a)) for a, d in derivatives.items() if sum(a) == top}
    form = sp.Add(*(sp.diff(flat, u, v) * waves[u] * waves[v] for u in waves for v in waves))
    return form.xreplace({name: d for d, name in names.items()})


def second_variation(lagrangian: sp.Expr, D: sp.Expr, x: Sequence[sp.Symbol], h: sp.Expr) -> sp.Expr:
    """d²/dε² L(D + εh) at ε = 0: the integrand of the second variation, quadratic in h and its derivatives."""
    flat, derivatives, names = expanded(lagrangian, D, x)
    step = sp.Dummy("epsilon", real=True)
    moved = {names[d]: names[d] + step * partial(h, x, a) for a, d in derivatives.items()}
    quadratic = sp.diff(flat.xreplace(moved), step, 2).subs(step, 0)
    return quadratic.xreplace({name: d for d, name in names.items()})
