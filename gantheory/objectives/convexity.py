"""The verdict on losses that are convex in D, and neither linear nor quadratic."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.domain import Domain, Torus, pinned
from gantheory.objectives.penalty import Term
from gantheory.objectives.pieces import monotone
from gantheory.objectives.standing import Posedness, Standing
from gantheory.symbolic import line, p, q, y

FAR = 10**12  # where the slopes of a convex loss have all but reached their limits
ADD = "Add a term of order 0 or 1."
TWO_SIDED = Posedness(
    Standing.ILL_POSED,
    "a two-sided centred penalty is not convex: stationary points need not be minima, nor be unique",
    ("Use one_sided=True, or centre=0.",),
)


def convex_verdict(reaction: sp.Expr, terms: Sequence[Term], domain: Domain) -> Posedness:
    """Convex and coercive along what has no penalty: a minimiser exists. Refused: a loss not proved convex.

    J recedes along a direction f without penalty by E_p[r(f)] + E_q[s(f)], r(u) = u r_± and s(u) = u s_± for ±u > 0, where
    r_± and s_± are the slopes of the two sides at ±∞; a minimiser exists if that is positive for every f ≠ 0.
    Source: rockafellar1970convex, theorem 27.1.
    """
    sides = [sp.expand(reaction).coeff(s) for s in (p, q)]
    if reaction.free_symbols - {p, q, y}:
        need, given = "well_posedness of a curved loss needs numbers", f"the reaction {line(reaction)}"
        raise Refusal(need, given, "Substitute its parameters.")
    if not all(monotone(side) for side in sides):
        need = "well_posedness judges losses that are linear, quadratic or convex in D"
        raise Refusal(need, f"the reaction {line(reaction)}, which is not proved to be finite and to rise with D")
    ends = [tuple(sp.N(side.subs(y, end), 30) for end in (FAR, -FAR)) for side in sides]  # (r₊, r₋), (s₊, s₋)
    if not terms:
        reason = "the loss is convex: where one density vanishes, D* is finite only if the other side alone has a minimum"
        return Posedness(Standing.CONDITIONAL, reason, ("Add weight * GradientPenalty(order=1).",))
    lowest, top = (extreme(t.penalty.order for t in terms) for extreme in (min, max))
    held = lowest == 0 or pinned(domain)
    (r_up, r_down), (s_up, s_down) = ends
    if not held and not (r_up + s_up > 0 > r_down + s_down):
        return Posedness(Standing.ILL_POSED, "along constants, which have no penalty, J does not grow at both ends", (ADD,))
    if any(t.penalty.centre != 0 and not t.penalty.one_sided for t in terms):
        return TWO_SIDED
    if not all(t.penalty.lebesgue for t in terms):
        reason = "J is convex, but its penalty vanishes where its weight does or the gradient is small: there D may run away"
        return Posedness(Standing.CONDITIONAL, reason, ("Add a term over 1 with centre 0.",))
    free = lowest >= 2 and not held and not isinstance(domain, Torus)
    if free and not (r_up > 0 > r_down and s_up > 0 > s_down):
        return Posedness(Standing.CONDITIONAL, _along(lowest, *ends), (ADD, "Use a loss whose sides both grow at both ends."))
    if 2 * top <= domain.dim:
        reason = (
            f"J is convex and coercive for densities; for samples, 2m ≤ n (m = {top}, n = {domain.dim}) lets D end in spikes"
        )
        return Posedness(Standing.CONDITIONAL, reason, (f"Use order ≥ {domain.dim // 2 + 1}, or densities.",))
    return Posedness(Standing.WELL_POSED, "J is convex, and it grows along everything that has no penalty")


def _along(order: int, real: tuple[sp.Expr, sp.Expr], fake: tuple[sp.Expr, sp.Expr]) -> str:
    """What must not happen along polynomials of degree < m, which have no penalty."""
    start = f"J is convex; a minimiser exists if no polynomial f of degree < {order} "
    if abs(real[0]) < TINY and real[1] < 0 and abs(fake[1]) < TINY and fake[0] > 0:
        return start + "separates p from q (p where f ≥ 0, q where f ≤ 0)"
    slopes = ", ".join(f"{name} = {_shown(v)}" for name, v in zip(("r₊", "r₋", "s₊", "s₋"), (*real, *fake), strict=True))
    return start + f"has E_p[r(f)] + E_q[s(f)] ≤ 0, r and s the slopes of the sides at ±∞ ({slopes}) times f"


TINY = 1e-9  # a slope at FAR that stands for 0


def _shown(slope: sp.Expr) -> str:
    return "0" if abs(slope) < TINY else "∞" if slope > 1e9 else "−∞" if slope < -1e9 else f"{float(slope):.3g}"
