"""Functions of y with kinks as smooth pieces between their break points; what rises piece by piece."""

from __future__ import annotations

from functools import reduce
from itertools import combinations, pairwise
from typing import TypeAlias

import sympy as sp
from sympy.core.relational import Relational

from gantheory.symbolic import y

KINKS = (sp.Max, sp.Min, sp.Abs, sp.Piecewise, sp.Heaviside, sp.sign)
JUMPS = (sp.Piecewise, sp.Heaviside, sp.sign)  # the kinks at which a value may jump

Piece: TypeAlias = tuple[sp.Expr, sp.Expr, sp.Expr]  # (a, b, f): f is smooth on the open interval (a, b)
SAME = sp.Float(10) ** -30  # two algebraic numbers closer than this are one
_DIGITS = 50


def kinked(expression: sp.Expr) -> bool:
    """The expression has kinks in y."""
    return any(part.has(y) for part in expression.atoms(*KINKS))


def straight(reaction: sp.Expr) -> bool:
    """The slope of a loss does not change with y: SymPy calls the slope of a Piecewise of constants 0, jumps and all."""
    if not kinked(reaction):
        return bool(sp.simplify(sp.diff(reaction, y)) == 0)
    found = pieces(reaction)
    return found is not None and len({sp.simplify(part) for _, _, part in found}) == 1 and not found[0][2].has(y)


def pieces(f: sp.Expr) -> list[Piece] | None:
    """f between its break points, from −∞ to ∞; None where they are not found: gaps that are no polynomials of numbers."""
    f = f.xreplace({x: sp.Rational(str(x)) for x in f.atoms(sp.Float)})
    found: list[Piece] = [(-sp.oo, sp.oo, f)]
    while any(kinked(part) for _, _, part in found):
        split: list[Piece] = []
        for low, high, part in found:
            halves = _split(low, high, part)
            if halves is None:
                return None
            split += halves
        found = split
    return found


def _split(low: sp.Expr, high: sp.Expr, part: sp.Expr) -> list[Piece] | None:
    """The innermost kinks of one piece undone, between the zeros of what they compare."""
    nodes = [node for node in part.atoms(*KINKS) if node.has(y) and not any(kinked(a) for a in _parts(node))]
    points: set[sp.Expr] = set()
    for gap in (g for node in nodes for g in _gaps(node)):
        roots = zeros(gap)
        if roots is None:
            return None
        points |= {root for root in roots if _between(root, low, high)}
    ends = [low, *_ordered(points), high]
    return [(a, b, part.xreplace({node: _at(node, inside(a, b)) for node in nodes})) for a, b in pairwise(ends)]


def _parts(node: sp.Expr) -> list[sp.Expr]:
    """What a kink is made of, as expressions."""
    if not isinstance(node, sp.Piecewise):
        return [a for a in node.args if isinstance(a, sp.Expr)]
    return [e for e, _ in node.args] + [side for r in node.atoms(Relational) for side in r.args]


def _gaps(node: sp.Expr) -> list[sp.Expr]:
    """What changes sign where the kink is."""
    if isinstance(node, sp.Max | sp.Min):
        return [a - b for a, b in combinations(node.args, 2)]
    if isinstance(node, sp.Piecewise):
        return [r.lhs - r.rhs for r in node.atoms(Relational)]
    return [node.args[0]]


def _at(node: sp.Expr, point: sp.Expr) -> sp.Expr:
    """The smooth expression that the kink is around a point."""
    if isinstance(node, sp.Piecewise):
        return next(e for e, holds in node.args if holds.subs(y, point) == sp.true)
    if isinstance(node, sp.Max | sp.Min):
        better = (lambda a, b: a > b) if isinstance(node, sp.Max) else (lambda a, b: a < b)
        return reduce(lambda a, b: a if better(value(a, point), value(b, point)) else b, node.args)
    upward = bool(value(node.args[0], point) > 0)
    if isinstance(node, sp.Heaviside):
        return sp.Integer(int(upward))
    side = sp.Integer(1 if upward else -1)
    return side if isinstance(node, sp.sign) else side * node.args[0]


def value(f: sp.Expr, point: sp.Expr) -> sp.Expr:
    """f(point) to 50 digits."""
    return sp.N(f.subs(y, point), _DIGITS)


def inside(low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """A point of the open interval."""
    if low == -sp.oo:
        return sp.Integer(0) if high == sp.oo else high - 1
    return low + 1 if high == sp.oo else (low + high) / 2


def _between(point: sp.Expr, low: sp.Expr, high: sp.Expr) -> bool:
    return bool(sp.N(point - low, _DIGITS) > SAME and sp.N(high - point, _DIGITS) > SAME)


def _ordered(points: set[sp.Expr]) -> list[sp.Expr]:
    ordered: list[sp.Expr] = []
    for point in sorted(points, key=lambda c: sp.N(c, _DIGITS)):
        if not ordered or sp.N(point - ordered[-1], _DIGITS) > SAME:
            ordered.append(point)
    return ordered


def zeros(gap: sp.Expr) -> list[sp.Expr] | None:
    """The real zeros in y of a polynomial of numbers; none where the sign is known; None where they are not found."""
    if not gap.has(y) or gap.is_positive or gap.is_negative:
        return []
    whole = sp.Poly(gap, y) if gap.is_polynomial(y) else None
    if whole is None or whole.free_symbols_in_domain:
        return None
    if whole.degree() == 1:
        return [-whole.nth(0) / whole.nth(1)]
    return sp.real_roots(whole) if whole.domain.is_ZZ or whole.domain.is_QQ else None


def jumps(f: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]] | None:
    """(point, f(point+) − f(point−)) at every break point, to 50 digits; None where the pieces are not found."""
    found = pieces(f)
    if found is None:
        return None
    return [(c, value(right, c) - value(left, c)) for (_, c, left), (_, _, right) in pairwise(found)]


def monotone(slope: sp.Expr) -> bool:
    """The slope is proved to be finite and not to fall: on each smooth piece, and at each jump."""
    if slope.has(sp.DiracDelta) or (found := pieces(slope)) is None:
        return False
    steps = jumps(slope) or []
    return all(step.is_real and step > -SAME for _, step in steps) and all(
        _finite(part, low, high) and _nonnegative(sp.diff(part, y), low, high) for low, high, part in found
    )


def _finite(part: sp.Expr, low: sp.Expr, high: sp.Expr) -> bool:
    """Proved to have no pole and no logarithm of what is not positive."""
    if part.has(sp.tan, sp.cot) or not all(log.args[0].is_positive for log in part.atoms(sp.log) if log.has(y)):
        return False
    for power in part.atoms(sp.Pow):
        if power.base.has(y) and power.exp.is_negative and power.base.is_zero is not False:
            roots = zeros(power.base)
            if roots is None or any(_between(c, low, high) for c in roots):
                return False
    return True


def _nonnegative(rise: sp.Expr, low: sp.Expr, high: sp.Expr) -> bool:
    """rise ≥ 0 on (low, high): by SymPy, by the zeros of a rational function, or by SymPy after a shift to t > 0."""
    rise = sp.simplify(rise)
    if rise.is_nonnegative or sp.factor(rise).is_nonnegative:
        return True
    if rise.is_rational_function(y):
        return _nonnegative_fraction(rise, low, high)
    t = sp.Dummy("t", positive=True)
    shifted = sp.simplify(rise.subs(y, _along(t, low, high)))
    return bool(shifted.is_nonnegative or sp.factor(shifted).is_nonnegative)


def _along(t: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """The interval as t runs from 0 to ∞."""
    if low == -sp.oo:
        return y if high == sp.oo else high - t
    return low + t if high == sp.oo else (low + high * t) / (1 + t)


def _nonnegative_fraction(rise: sp.Expr, low: sp.Expr, high: sp.Expr) -> bool:
    roots = [zeros(part) for part in sp.fraction(sp.together(rise))]
    if None in roots:
        return False
    between = {c for found in roots for c in found or () if _between(c, low, high)}
    ends = [low, *_ordered(between), high]
    return all(value(rise, inside(a, b)) >= 0 for a, b in pairwise(ends))
