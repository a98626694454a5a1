"""f-divergences as data: one convex expression, its first variation, and the force of its gradient flow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.conjugate import conjugate
from gantheory.objectives.penalty import exact
from gantheory.symbolic import line, p, q, r, refuse_foreign

_STEPS, _PER_UNIT, _DIGITS = 96, 8, 40  # where SymPy cannot prove convexity: chords between e^{−12} and e^{12}


@dataclass(frozen=True)
class Divergence:
    """D_f(p‖q) = E_q[f(p/q)], f convex on r > 0 with f(1) = 0: nonnegative, and 0 for p = q.

    generator: f, a SymPy expression in gantheory's r; other symbols are free parameters. f and f + c(r − 1) are the same
    divergence. Its gradient flow moves generated particles with ẋ = force · ∇ log r, r = p/q.

    >>> Divergence(r * sp.log(r)).force  # KL(p‖q)
    r
    """

    generator: sp.Expr

    def __post_init__(self) -> None:
        f = self.generator
        if not isinstance(f, sp.Expr):
            given = f"the text {f!r}" if isinstance(f, str) else repr(f)
            raise Refusal("a Divergence is a SymPy expression f in r", given, "Use r from gantheory.")
        refuse_foreign(f, r)
        if f.has(sp.I, sp.nan, sp.zoo, sp.oo):
            raise Refusal("the f of a Divergence is real and finite", f)
        at_one = sp.simplify(f.subs(r, 1))
        if at_one != 0:
            raise Refusal("the f of a Divergence has f(1) = 0", f"f(1) = {at_one} for {f}", "Subtract f(1).")
        if not self.convex:
            raise Refusal("the f of a Divergence is convex on r > 0", f, "Change its sign, if it is concave.")

    @property
    def convex(self) -> bool:
        """f″ ≥ 0: proved by SymPy, else read off chords on 193 points of (0, ∞). Refused where parameters leave it open."""
        curvature = sp.factor(sp.simplify(sp.diff(self.generator, r, 2)))
        if not curvature.has(sp.DiracDelta) and curvature.is_nonnegative is not None:
            return bool(curvature.is_nonnegative)
        if self.generator.free_symbols - {r}:
            need = "SymPy must see for all parameters that f″ ≥ 0"
            raise Refusal(need, f"f″ = {curvature}", "Declare them real or positive, or substitute numbers.")
        points = [sp.exp(sp.Rational(k, _PER_UNIT)).n(_DIGITS) for k in range(-_STEPS, _STEPS + 1)]
        values = [sp.N(self.generator, _DIGITS, subs={r: point}) for point in points]
        slopes = [(values[k + 1] - values[k]) / (points[k + 1] - points[k]) for k in range(len(points) - 1)]
        roundoff = sp.Float(10) ** (-_DIGITS // 2)
        return all(b - a >= -roundoff * (1 + abs(a)) for a, b in pairwise(slopes))

    @property
    def first_variation(self) -> sp.Expr:
        """δD_f/δq = ∂(q f(p/q))/∂q = f(r) − r f′(r), up to the constant that mass leaves free."""
        return sp.simplify(self.generator - r * sp.diff(self.generator, r))

    @property
    def force(self) -> sp.Expr:
        """C(r) = r² f″(r) = h′(log r), in r: the gradient flow of D_f is ẋ = C ∇ log r."""
        curvature = sp.diff(self.generator, r, 2)
        if curvature.has(sp.DiracDelta):
            need = "a gradient flow of D_f needs f″ as a function"
            given = f"f = {self.generator}, whose f″ is a delta at a kink, as in total variation"
            raise Refusal(need, given, "Use a smooth f; Jensen–Shannon is bounded too.")
        return sp.factor(sp.simplify(r**2 * curvature))

    @property
    def potential(self) -> sp.Expr:
        """h as an expression in r, with dh/d log r = force and h = 0 at r = 1: r f′(r) − f(r) − f′(1)."""
        h = -self.first_variation
        return sp.simplify(h - h.subs(r, 1))

    @property
    def conjugate(self) -> sp.Expr:
        """f*(t) = sup_r (r t − f(r)), in t: found by inverting f′, f*(f′(r)) = r f′(r) − f(r).

        The formula holds for t in the range of f′ on r > 0; above it f* = ∞, and below it f* = −f(0), where the formula may
        go on as the conjugate of f on all of R (Pearson: t + t²/4). A Refusal where f′ has no inverse that is found.
        """
        return conjugate(self.generator)

    def divergence(self, real: Any = p, fake: Any = q) -> sp.Expr:
        """The integrand q f(p/q), whose integral over space is D_f(p‖q)."""
        return fake * self.generator.subs(r, real / fake)

    def __str__(self) -> str:
        return f"E_q[{line(self.generator)}]"


def alpha_divergence(order: Any) -> Divergence:
    """f = (r^a − 1 − a(r − 1))/(a(a − 1)), whose force is r^a; a = 0 is KL(q‖p) and a = 1 is KL(p‖q), by limits.

    order: a, a number or a symbol other than 0 and 1. Source: yi2023monoflow.
    """
    a = exact(order, "the order of an alpha-divergence")
    if r in a.free_symbols:
        raise Refusal("the order of an alpha-divergence does not depend on r", a)
    if a == 0:
        return Divergence(r - 1 - sp.log(r))
    if a == 1:
        return Divergence(r * sp.log(r) - r + 1)
    return Divergence((r**a - 1 - a * (r - 1)) / (a * (a - 1)))


def shifted_force(shift: Any) -> sp.Expr:
    """σ(log r + C) = 1/(1 + e^{−C}/r): the saturating loss of a generator that sees its logits raised by C.

    Source: yi2023monoflow.
    """
    C = exact(shift, "the shift C of a logit")
    if r in C.free_symbols:
        raise Refusal("the shift C of a logit does not depend on r", C)
    return 1 / (1 + sp.exp(-C) / r)


_LOG = sp.log(r)
_TWICE_JS = r * _LOG - (r + 1) * sp.log((r + 1) / 2)

REVERSE_KL = Divergence(-_LOG)
"""KL(q‖p), force 1: particles follow ∇ log(p/q)."""

FORWARD_KL = Divergence(r * _LOG)
"""KL(p‖q), force r: maximum likelihood."""

JENSEN_SHANNON = Divergence(_TWICE_JS)
"""2 JSD(p, q) = KL(p‖(p+q)/2) + KL(q‖(p+q)/2), twice the usual one; force σ(log r): the saturating GAN."""

NON_SATURATING_DIVERGENCE = Divergence(-_LOG - _TWICE_JS)
"""KL(q‖p) − 2 JSD(p, q), force 1 − σ(log r): the non-saturating GAN."""

PEARSON = Divergence((r - 1) ** 2)
"""∫ (p − q)²/q, force 2r²."""

NEYMAN = Divergence((1 - r) ** 2 / r)
"""∫ (p − q)²/p, force 2/r."""

HELLINGER = Divergence((sp.sqrt(r) - 1) ** 2)
"""∫ (√p − √q)², force √r/2."""

JEFFREYS = Divergence((r - 1) * _LOG)
"""KL(p‖q) + KL(q‖p), force 1 + r."""

ARCSINH_FORCE = 1 / sp.sqrt(1 + _LOG**2)
"""(1 + (log r)²)^{−1/2}: the generator minimises −E_q[asinh D] at the logistic D. Its f has no elementary form."""

LEAST_SQUARES_FORCE = r / (1 + r) ** 3
"""σ(1 − σ)², σ = r/(1 + r): least squares with labels 0 and 1. Its f is r log(2r/(1 + r)) − 1/(2(1 + r)) + 1/4."""

TOTAL_VARIATION = Divergence(sp.Abs(r - 1) / 2)
"""½∫ |p − q|. No force and no f-GAN: f″ is a delta, D* = ±½ carries no gradient."""
