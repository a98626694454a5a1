"""Where may the order of a penalty live? Existence of a minimiser, and variance of a sampled force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from gantheory.objectives.convexity import TWO_SIDED, convex_verdict
from gantheory.objectives.domain import Box, Domain, Space, Torus, pinned
from gantheory.objectives.penalty import Term
from gantheory.objectives.pieces import kinked, straight
from gantheory.objectives.standing import Posedness, Standing
from gantheory.symbolic import nu, p, q, y


def verdict(reaction: sp.Expr, terms: Sequence[Term], domain: Domain) -> Posedness:
    """The standing of an objective with the given reaction and terms. Source: derived; see derivations/moments.py."""
    held_by = [t for t in terms if t.penalty.centre == 0 and bounded_below(t.penalty.over)]
    if 0 < len(held_by) < len(terms) and all(t.penalty.centre == 0 or t.penalty.one_sided for t in terms):
        alone = verdict(reaction, held_by, domain)  # what is added to it is convex and ≥ 0
        if alone.standing is Standing.WELL_POSED:
            return alone
        if any(t.penalty.order == 0 for t in held_by):
            return _screened_one_sided(reaction, terms, domain)
    linear = straight(reaction)
    curvature = sp.S.Zero if linear else sp.nan if kinked(reaction) else sp.simplify(sp.diff(reaction, y))
    if not linear and (y in curvature.free_symbols or not curvature.is_positive):
        return convex_verdict(reaction, terms, domain)
    if not terms:
        return _without_penalty(linear, curvature)
    lowest = min(t.penalty.order for t in terms)
    held = lowest == 0 or pinned(domain)
    if linear and not held and sp.simplify(reaction.subs({p: 1, q: 1})) != 0:
        reason = "constants have no penalty, and the two sides of the loss do not balance: J falls without bound along them"
        return Posedness(Standing.ILL_POSED, reason, ("Use WASSERSTEIN.", "Add a term of order 0."))
    plain = all(t.penalty.centre == 0 and bounded_below(t.penalty.over) for t in terms)
    if linear and not plain and not held and lowest >= 2 and not isinstance(domain, Torus):
        return _unbounded(lowest, f"on {domain}")
    if any(t.penalty.centre != 0 for t in terms):
        return _centred(terms)
    if not plain:
        return _weighted(terms, linear) if linear or _curved_everywhere(curvature) else _half_curved(curvature)
    if not linear:
        return _quadratic(max(t.penalty.order for t in terms), domain, curvature)
    if isinstance(domain, Space):
        return _linear_in_space(terms, domain.dim)
    return _linear_bounded(terms, domain)


def _screened_one_sided(reaction: sp.Expr, terms: Sequence[Term], domain: Domain) -> Posedness:
    """∫ D² holds where a one-sided penalty does not act, and (t − K)₊² ≥ t²/2 − K² where it does: as with K = 0."""
    kept = [replace(t, penalty=replace(t.penalty, centre=sp.S.Zero)) for t in terms if bounded_below(t.penalty.over)]
    found = verdict(reaction, kept, domain)
    if found.standing is not Standing.WELL_POSED:
        return found
    return replace(found, reason="the term of order 0 makes J strictly convex; steep slopes cost as much as with K = 0")


def bounded_below(over: sp.Expr) -> bool:
    """The weight stays above a positive constant wherever p, q, nu vanish: 1, 1 + p, …"""
    return bool(over.subs({p: 0, q: 0, nu: 0}).is_positive)


def _curved_everywhere(curvature: sp.Expr) -> bool:
    """The loss is curved where either density is positive, not where one of them alone is."""
    return bool(curvature.subs(p, 0).is_positive and curvature.subs(q, 0).is_positive)


def _half_curved(curvature: sp.Expr) -> Posedness:
    where = " and ".join(sorted(str(s) for s in curvature.free_symbols & {p, q}))
    reason = f"the loss is curved only where {where} is positive: elsewhere J may fall without bound"
    return Posedness(Standing.CONDITIONAL, reason, ("Use a loss that is curved on both sides, as least_squares is.",))


def _without_penalty(linear: bool, curvature: sp.Expr) -> Posedness:
    if not linear and not _curved_everywhere(curvature):
        return _half_curved(curvature)
    if linear:
        cure = "Add weight * GradientPenalty(order=1)."
        return Posedness(Standing.ILL_POSED, "a linear loss without a penalty is unbounded below unless p = q", (cure,))
    return Posedness(Standing.WELL_POSED, "the loss is strictly convex: D is determined pointwise where p + q > 0")


def _centred(terms: Sequence[Term]) -> Posedness:
    if all(t.penalty.one_sided for t in terms if t.penalty.centre != 0):
        reason = "a one-sided penalty is convex but degenerate: D is free where |∇^m D| ≤ K"
        return Posedness(Standing.CONDITIONAL, reason, ("Add a term with centre 0.",))
    return TWO_SIDED


def _weighted(terms: Sequence[Term], linear: bool) -> Posedness:
    held = {s.name for t in terms for s in t.penalty.over.free_symbols if s in (p, q, nu)}
    weight = ", ".join(sorted(held))
    if not linear and all(t.penalty.order <= 1 for t in terms):
        return Posedness(
            Standing.WELL_POSED, f"the loss determines D where p + q > 0; the penalty over {weight} smooths it there"
        )
    reason = f"the penalty over {weight} acts only where that density is positive, and D is determined only there"
    if linear:
        reason += "; for m = 1, n = 1 the minimum is finite iff ∫ (F_p − F_q)²/w dx is"
    return Posedness(Standing.CONDITIONAL, reason, ("Use over=(p + q)/2, or over=1.",))


def _quadratic(m: int, domain: Domain, curvature: sp.Expr) -> Posedness:
    n = domain.dim
    if not _curved_everywhere(curvature):
        return _half_curved(curvature)
    if 2 * m > n:
        reason = (
            f"the loss controls polynomials of degree < {m} on the support of p + q, and 2m > n makes point values continuous"
        )
        return Posedness(Standing.WELL_POSED, reason)
    reason = (
        f"2m ≤ n (m = {m}, n = {n}): fine for densities; for samples the infimum 0 is not attained, D degenerates to spikes"
    )
    return Posedness(Standing.CONDITIONAL, reason, (f"Use order ≥ {n // 2 + 1}, or densities with FiniteDifferences.",))


def _linear_bounded(terms: Sequence[Term], domain: Box | Torus) -> Posedness:
    lowest, top, n = min(t.penalty.order for t in terms), max(t.penalty.order for t in terms), domain.dim
    local = f"; the kernel is as singular as in R^{n}: " + _tail(top, n) if 4 * top <= n + 2 else ""
    if isinstance(domain, Torus):
        reason = "on a torus only constants have no penalty, and p − q has mean 0: every order is fine"
    elif pinned(domain):
        reason = "D is given at the faces, which leaves no polynomial without penalty"
    elif lowest == 0:
        reason = "the term of order 0 leaves nothing without penalty"
    elif lowest == 1:
        reason = "only constants have no penalty, and p − q has mass 0"
    else:
        return _unbounded(lowest, f"on {domain}")
    return Posedness(Standing.WELL_POSED, reason + local)


def _moments(m: int) -> str:
    if m == 2:
        return "Match the moments of degree 1 of p and q, their means."
    return f"Match the moments of degrees 1 to {m - 1} of p and q, ∫ x^α (p − q) dx = 0 for 1 ≤ |α| ≤ {m - 1}."


def _unbounded(m: int, where: str, more: tuple[str, ...] = ()) -> Posedness:
    reason = f"{where} polynomials of degree < {m} have no penalty: J is unbounded below unless p − q annihilates them"
    cures = (_moments(m), f"Use screened_terms({m}, rate), which add terms of lower order.", *more)
    return Posedness(Standing.ILL_POSED, reason, cures)


def _between(low: int, high: int) -> str:
    return f"Use order {low}." if low == high else f"Use {low} ≤ order ≤ {high}."


def _linear_in_space(terms: Sequence[Term], n: int) -> Posedness:
    m = max(t.penalty.order for t in terms)
    lowest = min(t.penalty.order for t in terms)
    if m == 0:
        reason = "where the weight of the penalty vanishes, D is a multiple of p − q: samples have no density"
        return Posedness(Standing.CONDITIONAL, reason, ("Use densities.", "Use over=1."))
    if lowest == 0:
        if 4 * m > n + 2:
            return Posedness(Standing.WELL_POSED, "the term of order 0 screens the kernel: it is strictly positive definite")
        return Posedness(Standing.MARGINAL, "screened, but " + _tail(m, n), (f"Use order ≥ {(n + 2) // 4 + 1}.",))
    k = 2 * lowest - n
    if k >= 2:
        return _unbounded(lowest, f"in R^{n}, where 2m − n = {k} ≥ 2,", (_between(1, -(-n // 2)),))
    if lowest >= 2 and len(terms) > 1:
        reason = f"polynomials of degree < {lowest} have no penalty; the minimum exists with a constant polynomial part"
        return Posedness(Standing.CONDITIONAL, reason, (_moments(lowest),))
    if lowest >= 2:
        reason = f"polynomials of degree < {lowest} have no penalty; with a constant polynomial part the minimum is −MMD²/4λ"
        if 4 * m <= n + 2:
            reason += "; moreover " + _tail(m, n)
        return Posedness(Standing.CONDITIONAL, reason, ("GreensFunction takes the constant polynomial part.",))
    if 4 * m <= n + 2:
        low, high = (n + 2) // 4 + 1, -(-n // 2)
        usable = _between(low, high) if low <= high else "Use softening, and say so."
        return Posedness(Standing.MARGINAL, _tail(m, n), (usable,))
    return Posedness(
        Standing.WELL_POSED, f"only constants have no penalty (m = {m}, n = {n}), and a sampled force has finite variance"
    )


def _tail(m: int, n: int) -> str:
    """Why 4m ≤ n + 2 hurts: |∇G| ~ r^{−(n+1−2m)} near 0."""
    base = f"4m ≤ n + 2 (m = {m}, n = {n}): the variance of a sampled force is infinite"
    if 4 * m == n + 2:
        return base + ", logarithmically (tail index 2)"
    return base + f", its tail index is n/(n+1−2m) = {sp.Rational(n, n + 1 - 2 * m)}"
