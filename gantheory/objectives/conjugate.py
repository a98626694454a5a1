"""Convex conjugates, found by inverting f′ with direct algebra: powers, logarithms of fractions, Lambert's W."""

from __future__ import annotations

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic import r

t = sp.Symbol("t", real=True)  # a slope of f: the value of T in E_p[T] − E_q[f*(T)]

_RATIOS = tuple(sp.exp(sp.Rational(k, 2)) for k in (-7, -3, -1, 1, 4, 8))  # where an inverse is checked
_DIGITS = 40

Logs = dict[sp.Expr, sp.Expr]


def gathered(f: sp.Expr) -> tuple[sp.Expr, Logs]:
    """f = rest + Σ coefficient · log(argument), as (rest, argument ↦ coefficient); arguments are sums of integer content."""
    logs: Logs = {}
    rest = []
    for term in sp.Add.make_args(sp.expand(sp.expand_log(sp.expand(f), force=True))):
        factor = next((a for a in sp.Mul.make_args(term) if isinstance(a, sp.log) and a.has(r)), None)
        if factor is None:
            rest.append(sp.powsimp(sp.factor(term)))
            continue
        argument, number = _primitive(factor.args[0])
        logs[argument] = logs.get(argument, sp.S.Zero) + term / factor
        rest.append(term / factor * sp.log(number))
    logs = {a: sp.simplify(c) for a, c in logs.items()}
    whole = sp.Add(*rest)
    return sp.apart(sp.cancel(whole), r) if whole.is_rational_function(r) else whole, {a: c for a, c in logs.items() if c != 0}


def _primitive(argument: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """(a, c) with argument = c a."""
    number, whole = sp.factor(argument).as_independent(r, as_Add=False)
    return whole, number


def inverse_slope(f: sp.Expr) -> sp.Expr:
    """The r with f′(r) = t, as an expression in t; a Refusal where direct algebra finds none."""
    slope = sp.diff(f, r)
    found = [c for c in _candidates(*gathered(slope)) if _inverts(slope, c)]
    if not found:
        need = "the conjugate of f needs the inverse of f′ as a formula"
        raise Refusal(need, f"f′ = {sp.simplify(slope)}", "Use f_gan, whose output f′(e^y) needs no inverse.")
    return found[0]


def _candidates(rest: sp.Expr, logs: Logs) -> list[sp.Expr]:
    if not logs:
        return _of_power(rest) or _of_fraction(rest - t)
    first = next(iter(logs.values()))
    if not rest.has(r):
        fraction = sp.Mul(*(argument ** sp.cancel(c / first) for argument, c in logs.items()))
        return _of_fraction(fraction - sp.exp((t - rest) / first))
    return _of_lambert(rest, first) if set(logs) == {r} else []


def _of_power(slope: sp.Expr) -> list[sp.Expr]:
    """A + B r^k = t."""
    shift, term = slope.as_independent(r, as_Add=True)
    factor, power = term.as_independent(r, as_Add=False)
    base, exponent = power.as_base_exp()
    if base != r or exponent.has(r):
        return []
    return [sp.factor((t - shift) / factor) ** (1 / exponent)]


def _of_fraction(equation: sp.Expr) -> list[sp.Expr]:
    """A fraction in r of degree ≤ 2 that vanishes."""
    top = sp.numer(sp.together(equation))
    if not top.is_polynomial(r) or sp.degree(top, r) > 2:
        return []
    return [sp.powsimp(sp.factor(root)) for root in sp.roots(sp.Poly(top, r))]


def _of_lambert(rest: sp.Expr, c: sp.Expr) -> list[sp.Expr]:
    """c log r + A + B r^k = t: with b = kB/c, b r^k = W(b e^{k(t−A)/c})."""
    shift, term = rest.as_independent(r, as_Add=True)
    factor, power = term.as_independent(r, as_Add=False)
    base, k = power.as_base_exp()
    if base != r or k.has(r):
        return []
    b = k * factor / c
    return [(sp.LambertW(b * sp.exp(k * (t - shift) / c)) / b) ** (1 / k)]


def _inverts(slope: sp.Expr, candidate: sp.Expr) -> bool:
    """candidate(f′(r)) = r: at six ratios to 18 digits; proved by SymPy where f has parameters."""
    if slope.free_symbols - {r}:
        return bool(sp.simplify(sp.powdenest(sp.simplify(candidate.subs(t, slope)), force=True) - r) == 0)
    gaps = (candidate.subs(t, slope.subs(r, x).n(_DIGITS)).n(_DIGITS) / x.n(_DIGITS) - 1 for x in _RATIOS)
    return all(abs(gap) < sp.Float(10) ** -18 for gap in gaps)


def conjugate(f: sp.Expr) -> sp.Expr:
    """f*(t) = r f′(r) − f(r) at f′(r) = t, so that f*(f′(r)) = r f′(r) − f(r) and f*′ is the inverse of f′."""
    at, slope = inverse_slope(f), sp.diff(f, r)
    rest, logs = gathered(r * slope - f)
    middle = slope.subs(r, 1)
    body = rest.subs(r, at) + sp.Add(*(c.subs(r, at) * _positive_log(a.subs(r, at), middle) for a, c in logs.items()))
    body = body.replace(sp.Abs, lambda z: z if z.subs(t, middle).is_nonnegative else -z)
    shown = [_flattened(body, slope, sign) for sign in (1, -1)] + [body]
    found = next((c for c in shown if _conjugates(f, slope, c)), None)
    if found is None:
        raise Refusal("the conjugate of f is a formula that holds at six ratios", f"f = {f}", "Use f_gan, which needs none.")
    return found


def _flattened(body: sp.Expr, slope: sp.Expr, sign: int) -> sp.Expr:
    """Powers of powers undone as for positive t, or for negative t where the slope is negative."""
    size = sp.Dummy("size", positive=True)
    if sign > 0 and not slope.subs(r, 1).is_negative:
        return collected(sp.powdenest(body, force=True), t)
    moved = sp.powdenest(sp.powsimp(body.subs(t, sign * size)), force=True)
    return collected(moved, size).subs(size, sign * t)


def _conjugates(f: sp.Expr, slope: sp.Expr, star: sp.Expr) -> bool:
    """star(f′(r)) = r f′(r) − f(r): at six ratios to 18 digits; where f has parameters it is taken as derived."""
    if slope.free_symbols - {r}:
        return True
    for x in _RATIOS:
        at = slope.subs(r, x).n(_DIGITS)
        exact = (x * at - f.subs(r, x)).n(_DIGITS)
        gap = star.subs(t, at).n(_DIGITS) - exact
        if not gap.is_real or abs(gap) > sp.Float(10) ** -18 * (1 + abs(exact)):
            return False
    return True


def collected(body: sp.Expr, variable: sp.Symbol) -> sp.Expr:
    """Like terms in the variable once, with factored coefficients."""
    terms: Logs = {}
    for term in sp.Add.make_args(sp.expand(body, power_exp=False, power_base=False)):
        coefficient, dependent = sp.powsimp(term).as_independent(variable, as_Add=False)
        terms[dependent] = terms.get(dependent, sp.S.Zero) + coefficient
    return sp.powsimp(sp.Add(*(sp.factor(c) * d for d, c in terms.items())))


def _positive_log(argument: sp.Expr, middle: sp.Expr) -> sp.Expr:
    """log of a positive argument as Σ ± log of factors that are positive at t = f′(1)."""
    whole = sp.S.Zero
    for factor in sp.Mul.make_args(sp.factor(argument)):
        base, exponent = factor.as_base_exp()
        if isinstance(factor, sp.exp):
            whole += factor.args[0]
        elif isinstance(base, sp.LambertW):  # log W(z) = log z − W(z)
            whole += exponent * (_positive_log(base.args[0], middle) - base)
        elif not factor.is_number:
            whole += exponent * sp.log(base if base.subs(t, middle).is_nonnegative is not False else sp.expand(-base))
        else:
            whole += sp.log(abs(factor))
    return whole
