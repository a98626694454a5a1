"""Derivatives with their terms gathered: what cancels shall cancel in SymPy, not in floating point."""

from __future__ import annotations

import sympy as sp

from gantheory.lowering.hyperbolic import freed, held
from gantheory.symbolic import bessel_elementary


def tidy(expr: sp.Expr) -> sp.Expr:
    """Like terms gathered, so that terms which cancel do so here and not in floating point.

    Exponentials are factors of their own: SymPy would read e^{−(a/b)r²} as the a-th power of e^{r²/b}, a of any size.
    """
    if expr.has(sp.besselk):
        return bessel_elementary(expr)
    if expr.has(sp.Heaviside) and (gated := _gated(expr)) is not None:
        return gated
    names = {e: sp.Dummy() for e in expr.atoms(sp.exp)}
    return freed(sp.factor(held(expr.xreplace(names)))).xreplace({dummy: e for e, dummy in names.items()})


def _gated(expr: sp.Expr) -> sp.Expr | None:
    """Max(0, u) = uH and H = Heaviside(u), H² = H, as one gate: SymPy sees no terms cancel between the two.

    None unless the expression is H times what is smooth for u > 0, with one u. DiracDelta is 0 almost everywhere.
    """
    parts = {g.args[0] for g in expr.atoms(sp.Heaviside)} | {a for g in expr.atoms(sp.Max) for a in g.args if a != 0}
    if len(parts) != 1 or any(len(g.args) != 2 or 0 not in g.args for g in expr.atoms(sp.Max)):
        return None
    (u,) = parts
    opened, shut = (_behind(expr, u, gate) for gate in (u, sp.S.Zero))
    if shut != 0:
        return None
    result, gate = sp.S.One, sp.Heaviside(u)
    for factor in sp.Mul.make_args(sp.factor(opened)):
        base, power = factor.as_base_exp()
        ratio = sp.cancel(base / u)
        if ratio.is_number and power.is_Integer and power > 0:
            factor, gate = (ratio * sp.Max(0, u)) ** power, sp.S.One
        result *= factor
    return result * gate


def _behind(expr: sp.Expr, u: sp.Expr, value: sp.Expr) -> sp.Expr:
    """The expression where u > 0 (value u) or where u < 0 (value 0)."""
    step = sp.Integer(value != 0)
    flat = expr.replace(sp.DiracDelta, lambda *_: sp.S.Zero)
    return flat.replace(sp.Max, lambda *_: value).replace(sp.Heaviside, lambda *_: step)
