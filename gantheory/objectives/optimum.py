"""The pointwise minimiser of p ℓ_real(y) + q ℓ_fake(y): by direct algebra where it is smooth, at kinks where it is straight."""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.pieces import KINKS, kinked
from gantheory.symbolic import p, q, y

_DENSITIES = (
    (sp.Rational(3, 7), sp.Rational(5, 11)),
    (sp.Rational(13, 8), sp.Rational(2, 9)),
    (sp.Rational(1, 17), sp.Rational(9, 4)),
)
_AWAY = tuple(sign * sp.Rational(2) ** k for sign in (-1, 1) for k in (-6, -2, 0, 2, 4))  # where the optimum must not be beaten
_DIGITS = 30
_NEED = "the pointwise optimum is a single minimum that SymPy can find"


@cache
def minimiser(integrand: sp.Expr) -> sp.Expr:
    """argmin over y of an integrand in y, p, q and free parameters; a Refusal where it is not a single formula."""
    if kinked(integrand):
        return _at_kinks(integrand)
    slope = sp.diff(integrand, y)
    found = [root for root in _roots(slope) if _minimal(integrand, root)]
    if len(found) != 1:
        raise Refusal(_NEED, f"{found or 'none'} for {integrand}")
    if not found[0].has(sp.log):
        return sp.factor(found[0])
    shift, logs = sp.expand(sp.expand_log(found[0])).as_independent(p, q, as_Add=True)
    scale, whole = logs.as_content_primitive()
    return shift + scale * sp.logcombine(whole)


def _minimal(integrand: sp.Expr, root: sp.Expr) -> bool:
    """Curved upwards there for all p, q, and below ten other values of y at three pairs (p, q)."""
    curvature = sp.simplify(sp.diff(integrand, y, 2).subs(y, root))
    if curvature.is_positive is False or (curvature.is_positive is None and curvature.free_symbols - {p, q}):
        return False
    parameters = sorted(integrand.free_symbols - {p, q, y}, key=str)
    fixed = {s: _number(s, i) for i, s in enumerate(parameters)}
    for pair in _DENSITIES:
        at = dict(zip((p, q), pair, strict=True)) | fixed
        best, bend = (sp.N(e.subs(at), _DIGITS) for e in (root, curvature))
        if not best.is_real or not bend > 0:
            return False
        values = [sp.N(integrand.subs(at).subs(y, best + shift), _DIGITS) for shift in (sp.S.Zero, *_AWAY)]
        if not values[0].is_real or any(v.is_real and v < values[0] for v in values[1:]):
            return False
    return True


def _number(symbol: sp.Symbol, index: int) -> sp.Expr:
    """A generic number that honours the sign of the symbol."""
    value = sp.Rational(sp.prime(index + 3), sp.prime(index + 2)) - sp.Rational(1, 7)
    return -value if symbol.is_negative or (symbol.is_positive is None and index % 2) else value


def _roots(slope: sp.Expr) -> list[sp.Expr]:
    """The zeros of the slope: of powers e^{ky} alone, of a polynomial, or what SymPy's solve finds."""
    top = sp.numer(sp.together(slope))
    terms = [term for term in sp.Add.make_args(sp.expand(top)) if term != 0]
    rates = [_rate(term) for term in terms]
    if top.has(sp.exp) and None not in rates:
        return _of_exponentials([sp.powsimp(term.subs(y, 0)) for term in terms], [k for k in rates if k is not None])
    if top.is_polynomial(y):
        return [root for root in _of_polynomial(sp.Poly(top, y)) if root.is_real is not False]
    try:
        return [sp.sympify(root, strict=True) for root in sp.solve(top, y)]
    except (NotImplementedError, RecursionError):
        return []


def _of_polynomial(whole: sp.Poly) -> list[sp.Expr]:
    """Zeros of each factor that is quadratic or binomial; Cardano's formulas help no reader, and their signs take minutes."""
    found: list[sp.Expr] = []
    for factor, _ in sp.factor_list(whole)[1]:
        if factor.degree() > 2 and len(factor.terms()) > 2:
            raise Refusal(_NEED, f"a slope of degree {factor.degree()} in y", "Solve for D at numbers p and q instead.")
        if factor.degree() % 2 and len(factor.terms()) == 2 and factor.degree() > 2:
            lead, rest = factor.LC(), factor.TC()
            found.append(_real_root(sp.factor(-rest / lead), factor.degree()))
        else:
            found += list(sp.roots(factor))
    return found


def _real_root(value: sp.Expr, degree: int) -> sp.Expr:
    """The real root of odd degree."""
    return sp.sign(value) * sp.Abs(value) ** sp.Rational(1, degree)


def _rate(term: sp.Expr) -> sp.Expr | None:
    """k where the term is c e^{ky}, 0 where it holds no y; None elsewhere."""
    rate = sp.simplify(sp.diff(term, y) / term)
    return None if rate.has(y) else rate


def _of_exponentials(coefficients: list[sp.Expr], rates: list[sp.Expr]) -> list[sp.Expr]:
    """Σ c e^{ky} = 0, after like powers are gathered: two terms directly, more as a polynomial in a power of e^y."""
    powers: dict[sp.Expr, sp.Expr] = {}
    for c, k in zip(coefficients, rates, strict=True):
        powers[k] = powers.get(k, sp.S.Zero) + c
    powers = {k: c for k, c in ((k, sp.factor(c)) for k, c in powers.items()) if c != 0}
    if len(powers) == 2:
        (k, c), (other, d) = powers.items()
        ratio = sp.factor(-c / d)
        return [] if ratio.is_positive is False else [sp.log(ratio) / sp.factor(other - k)]
    if not powers or not all(k.is_Rational for k in powers):
        return []
    unit = sp.Rational(sp.gcd(list(powers)))
    lowest = min(powers)
    u = sp.Dummy("u", positive=True)
    polynomial = sp.factor(sp.Add(*(c * u ** ((k - lowest) / unit) for k, c in powers.items())))
    return [sp.log(sp.factor(root)) / unit for root in sp.roots(sp.Poly(polynomial, u)) if root.is_positive is not False]


def kinks(integrand: sp.Expr) -> tuple[tuple[sp.Expr, ...], tuple[sp.Expr, ...]]:
    """The kinks of an integrand that is straight between them, in order, and its slopes: one more than kinks."""
    if any(part.has(y) for part in integrand.atoms(*(set(KINKS) - {sp.Max, sp.Min, sp.Abs}))):
        raise Refusal(_NEED, f"kinks of a kind that is not read, in {integrand}", "Write them with Max, Min or Abs.")
    points: set[sp.Expr] = set()
    for part in integrand.atoms(sp.Max, sp.Min):
        points |= {root for a, b in combinations(part.args, 2) for root in _crossing(a - b, integrand)}
    for part in integrand.atoms(sp.Abs):
        points |= set(_crossing(part.args[0], integrand))
    ordered = tuple(_sorted(points, integrand))
    ends = (ordered[0] - 2, *ordered, ordered[-1] + 2)
    slopes = [[_slope(integrand, a + (b - a) * part) for part in _INSIDE] for a, b in pairwise(ends)]
    if any(sp.expand(s - t) != 0 for s, t in slopes):
        raise Refusal(_NEED, f"{integrand}, with kinks, yet not straight between them")
    return ordered, tuple(sp.expand(s) for s, _ in slopes)


_INSIDE = (sp.Rational(1, 3), sp.Rational(3, 4))


def _crossing(gap: sp.Expr, integrand: sp.Expr) -> list[sp.Expr]:
    """Where a linear function of y vanishes."""
    slope = sp.diff(gap, y)
    if slope.has(y):
        raise Refusal(_NEED, f"a kink at {gap} = 0, which is not linear in y, in {integrand}")
    return [] if slope == 0 else [sp.expand(-gap.subs(y, 0) / slope)]


def _sorted(points: set[sp.Expr], integrand: sp.Expr) -> list[sp.Expr]:
    ordered: list[sp.Expr] = []
    for point in sorted(points, key=str):
        gaps = [(point - other).is_positive for other in ordered]
        if None in gaps:
            raise Refusal(
                _NEED, f"kinks at {sorted(points, key=str)} whose order is open, in {integrand}", "Declare parameters positive."
            )
        ordered.insert(sum(map(bool, gaps)), point)
    return ordered


def _slope(integrand: sp.Expr, at: sp.Expr) -> sp.Expr:
    slope = sp.diff(integrand, y).subs(y, at)
    if slope.has(*KINKS, sp.DiracDelta):
        raise Refusal(_NEED, f"a slope {slope} whose sign is open, of {integrand}", "Declare parameters positive.")
    return slope


def _at_kinks(integrand: sp.Expr) -> sp.Expr:
    """½(first + last kink) − ½ Σ (length of a piece) · sign(its slope): the first kink after which the slope is positive."""
    points, slopes = kinks(integrand)
    if not (slopes[0].is_negative and slopes[-1].is_positive):
        raise Refusal(_NEED, f"{integrand}, which has no least value for some p and q")
    middle = (points[0] + points[-1]) / 2
    steps = ((b - a) / 2 * sp.sign(-s) for (a, b), s in zip(pairwise(points), slopes[1:-1], strict=True))
    return middle + sp.Add(*steps)


def least_at_kinks(integrand: sp.Expr) -> sp.Expr:
    """The least value of such an integrand; two kinks give ½(u + v − |u − v|)."""
    points, _ = kinks(integrand)
    values = [sp.expand(integrand.subs(y, point)) for point in points]
    least = values[0]
    for value in values[1:]:
        least = (least + value - sp.Abs(least - value)) / 2
    return sp.simplify(least)
