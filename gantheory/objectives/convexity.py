"""The verdict on losses that are convex in D, and neither linear nor quadratic."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.domain import Boundary, Box, Domain, Torus
from gantheory.objectives.penalty import Term
from gantheory.objectives.standing import Posedness, Standing
from gantheory.symbolic import p, q, y

FAR = 10**4  # where the slopes of a convex loss have all but reached their limits
ADD = "Add a term of order 0 or 1."


def convex_verdict(reaction: sp.Expr, terms: Sequence[Term], domain: Domain) -> Posedness:
    """Convex and coercive along what has no penalty: a minimiser exists. Refused: a loss that SymPy cannot prove convex.

    The recession of J along a direction f without penalty is E_p[r(f)] + E_q[s(f)], r and s those of the two sides; it is
    positive for constants iff J grows at both ends, and for a polynomial unless p lies where f ≥ 0 and q where f ≤ 0.
    Source: rockafellar1970convex, theorem 27.1.
    """
    sides = [sp.expand(reaction).coeff(s) for s in (p, q)]
    if not all(monotone(side) for side in sides):
        need = "well_posedness judges losses that are linear, quadratic or convex in D"
        raise Refusal(need, f"the reaction {reaction}, of which SymPy cannot tell")
    up, down = (sum(sp.N(side.subs(y, end), 30) for side in sides) for end in (FAR, -FAR))
    held = isinstance(domain, Box) and domain.boundary is Boundary.DIRICHLET
    if not terms:
        reason = "the loss is convex: D* is finite only where both densities are positive"
        return Posedness(Standing.CONDITIONAL, reason, ("Add weight * GradientPenalty(order=1).",))
    lowest, top = (extreme(t.penalty.order for t in terms) for extreme in (min, max))
    if not (up > 0 > down) and lowest > 0 and not held:
        return Posedness(Standing.ILL_POSED, "along constants, which have no penalty, J does not grow at both ends", (ADD,))
    if any(t.penalty.centre != 0 and not t.penalty.one_sided for t in terms):
        reason = "a two-sided centred penalty is not convex: stationary points need not be minima, nor be unique"
        return Posedness(Standing.ILL_POSED, reason, ("Use one_sided=True, or centre=0.",))
    if not all(t.penalty.lebesgue for t in terms):
        reason = "J is convex, but its penalty vanishes where its weight does or the gradient is small: there D may run away"
        return Posedness(Standing.CONDITIONAL, reason, ("Add a term over 1 with centre 0.",))
    if lowest >= 2 and not held and not isinstance(domain, Torus):
        reason = f"J is convex; a minimiser exists if no polynomial of degree < {lowest} separates p from q"
        return Posedness(Standing.CONDITIONAL, reason, (ADD, "Use a loss that is curved on both sides, as least_squares is."))
    if 2 * top <= domain.dim:
        reason = (
            f"J is convex and coercive for densities; for samples, 2m ≤ n (m = {top}, n = {domain.dim}) lets D end in spikes"
        )
        return Posedness(Standing.CONDITIONAL, reason, (f"Use order ≥ {domain.dim // 2 + 1}, or densities.",))
    return Posedness(Standing.WELL_POSED, "J is convex, and it grows along everything that has no penalty")


def monotone(slope: sp.Expr) -> bool:
    """SymPy proves that the slope does not fall, jumps included."""
    rise = sp.expand(sp.diff(slope, y))
    jumps = [term for term in sp.Add.make_args(rise) if term.has(sp.DiracDelta)]
    smooth = sp.simplify(rise - sp.Add(*jumps))
    sizes = [sp.Mul(*(f for f in sp.Mul.make_args(term) if not f.has(sp.DiracDelta))) for term in jumps]
    upward = all(size.is_nonnegative and y not in size.free_symbols for size in sizes)
    return bool(upward and (smooth.is_nonnegative or sp.factor(smooth).is_nonnegative))
