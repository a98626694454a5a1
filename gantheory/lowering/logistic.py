"""e^u/(1 + e^u) and log(1 + e^u) as functions of their own: written out they are inf/inf and inf for large u."""

from __future__ import annotations

from typing import Any

import sympy as sp


class Softplus(sp.Function):
    """log(1 + e^u)."""


class Sigmoid(sp.Function):
    """1/(1 + e^{−u})."""


def stable(expr: sp.Expr) -> sp.Expr:
    """The expression with log(1 + e^u) as Softplus(u), and e^{ju}/(1 + e^u)^k, 0 ≤ j ≤ k, as Sigmoid(u)^j Sigmoid(−u)^{k−j}."""
    if not expr.has(sp.exp):
        return expr
    found = expr.replace(_is_softplus, lambda f: Softplus(_one_plus_exponential(f.args[0])))
    for kind in (sp.Mul, sp.Pow):  # products first: a power alone would be rewritten inside them
        found = found.replace(lambda f, kind=kind: isinstance(f, kind) and bool(_denominators(f)), _as_sigmoids)
    return found


def _one_plus_exponential(expr: sp.Basic) -> Any:
    """u of 1 + e^u, or None."""
    rest = expr - 1 if isinstance(expr, sp.Add) else None
    return rest.args[0] if isinstance(rest, sp.exp) else None


def _is_softplus(expr: sp.Basic) -> bool:
    return isinstance(expr, sp.log) and bool(expr.free_symbols) and _one_plus_exponential(expr.args[0]) is not None


def _denominators(expr: sp.Expr) -> list[sp.Expr]:
    """The factors (1 + e^u)^{−k} with an integer k ≥ 1, u no constant."""
    powers = [f for f in sp.Mul.make_args(expr) if isinstance(f, sp.Pow) and f.exp.is_Integer and f.exp < 0]
    return [f for f in powers if f.free_symbols and _one_plus_exponential(f.base) is not None]


def _as_sigmoids(expr: sp.Expr) -> sp.Expr:
    """Exponents are added up first: e^a e^b is one exponential, however SymPy holds it."""
    below = _denominators(expr)
    factors = [f for f in sp.Mul.make_args(expr) if f not in below]
    grown = sp.expand(sp.Add(*(f.args[0] for f in factors if isinstance(f, sp.exp))))
    result = sp.Mul(*(f for f in factors if not isinstance(f, sp.exp)))
    for factor in below:
        u, k = _one_plus_exponential(factor.base), -int(factor.exp)
        ratio = sp.cancel(grown / u)
        j = int(ratio) if ratio.is_Integer and 0 < ratio <= k else 0
        grown = sp.expand(grown - j * u)
        result *= Sigmoid(u) ** j * Sigmoid(-u) ** (k - j)
    return result * sp.exp(grown)
