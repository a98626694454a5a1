"""Equivalent forms of an expression, in which other terms cancel: near 0 by what is small, far out by what decays."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy as sp

from gantheory.lowering.logistic import Sigmoid, Softplus, stable

LARGEST = 400  # operations of a form: beyond, it has more roundoff than it saves
OUT = 50  # where signs and growth far out are read off


class Expm1(sp.Function):
    """e^u − 1."""


NEAR: dict[type, Callable[[sp.Expr], sp.Expr]] = {
    sp.exp: lambda u: 1 + Expm1(u),
    sp.cosh: lambda u: 1 + 2 * sp.sinh(u / 2) ** 2,
    sp.cos: lambda u: 1 - 2 * sp.sin(u / 2) ** 2,
    sp.erfc: lambda u: 1 - sp.erf(u),
}
FAR: dict[type, Callable[[sp.Expr], sp.Expr]] = {
    sp.erf: lambda u: 1 - sp.erfc(u),
    sp.tanh: lambda u: 1 - 2 * Sigmoid(-2 * u),
    sp.atan: lambda u: sp.pi / 2 - sp.atan(1 / u),
    Softplus: lambda u: u + Softplus(-u),
}


def forms(expr: sp.Expr, symbol: sp.Symbol) -> Iterator[sp.Expr]:
    """The expression with terms that cancel exactly, written out; in the last one no exponential grows."""
    known = stable(expr)
    near = known.replace(_is_general_power, lambda f: sp.exp(f.exp * sp.log(f.base)))
    for changed in (sp.expand(_changed(near, NEAR)), sp.expand(_changed(known, FAR)), _decaying(expr, symbol)):
        if changed.count_ops() <= LARGEST:
            yield changed


def _changed(expr: sp.Expr, table: dict[type, Callable[[sp.Expr], sp.Expr]]) -> sp.Expr:
    for kind, form in table.items():
        expr = expr.replace(kind, form)
    return expr


def _is_general_power(expr: sp.Basic) -> bool:
    """b^e of a variable e, and (1 + u)^a but for squares and the like, as exponentials of logarithms."""
    if not isinstance(expr, sp.Pow) or isinstance(expr, sp.exp):
        return False
    fraction = expr.exp.is_number and not (expr.exp.is_Integer and expr.exp > 0)
    return not expr.exp.is_number or (fraction and expr.base.is_Add and expr.base.args[0] == 1)


def _decaying(expr: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """Every e^{ku} with u → ∞ as w^{−k}, w = e^{−u}, and fractions reduced: nothing overflows that does not have to."""
    written = expr.replace(lambda f: isinstance(f, (sp.sinh, sp.cosh, sp.tanh)), lambda f: f.rewrite(sp.exp))
    names, logarithms, meanings = _names(written, symbol)
    named = written.xreplace(names)
    parted = named.replace(sp.log, lambda a: sp.expand_log(sp.log(sp.factor(a)), force=True)).xreplace(logarithms)
    return (sp.expand(parted) if parted.has(sp.log) else sp.factor(parted)).xreplace(meanings)


def _names(expr: sp.Expr, symbol: sp.Symbol) -> tuple[dict[sp.Expr, sp.Expr], ...]:
    """e^{ku} ↦ w^{−k}, log w ↦ −u and w ↦ e^{−u}, for every u that grows."""
    rates: dict[sp.Expr, list[sp.Expr]] = {}
    for e in expr.atoms(sp.exp):
        rate, u = e.args[0].as_coeff_Mul()
        if rate.is_Rational and u.free_symbols == {symbol}:
            rates.setdefault(u, []).append(rate)
    names: dict[sp.Expr, sp.Expr] = {}
    logarithms: dict[sp.Expr, sp.Expr] = {}
    meanings: dict[sp.Expr, sp.Expr] = {}
    for u, found in rates.items():
        unit = sp.gcd_list([abs(k) for k in found]) * (1 if sp.N(u.subs(symbol, OUT)) > 0 else -1)
        w = sp.Dummy(positive=True)
        names |= {sp.exp(k * u): w ** (-k / unit) for k in found}
        logarithms[sp.log(w)], meanings[w] = -unit * u, sp.exp(-unit * u)
    return names, logarithms, meanings
