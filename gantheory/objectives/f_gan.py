"""Variational losses of f-divergences: E_p[g(D)] − E_q[f*(g(D))], maximised by the discriminator."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.conjugate import collected, gathered, t
from gantheory.objectives.divergence import Divergence, alpha_divergence
from gantheory.objectives.loss import Loss
from gantheory.symbolic import r, refuse_foreign, y

_HALF_OCTAVES = 13  # outputs are checked at y = ±2^{k/2}, k from −13 to 13: up to ±90
_DIGITS = 80  # 1 − e^{−90} still differs from 1


def log_ratio_output(divergence: Divergence) -> sp.Expr:
    """g(y) = f′(e^y): the output whose optimum is D* = log r for every smooth f; its range is that of f′."""
    return _in_log_ratio(sp.diff(_smooth(divergence).generator, r))


def _in_log_ratio(expression: sp.Expr) -> sp.Expr:
    """The expression in r at r = e^y, its logarithms those of sums."""
    rest, logs = gathered(expression)
    terms = [rest, *(c * sp.log(a) for a, c in logs.items() if a != r)]
    return sp.Add(*(sp.powsimp(e.subs(r, sp.exp(y))) for e in terms)) + logs.get(r, sp.S.Zero).subs(r, sp.exp(y)) * y


def f_gan(divergence: Divergence, output: Any = None) -> Loss:
    """J[D] = −E_p[g(D)] + E_q[f*(g(D))], the generator minimising −E_q[f*(g(D))]: g(D*) = f′(r), force r² f″(r).

    output: g, increasing in gantheory's y, with values where f* is finite. By default y, where f* is finite and elementary
    everywhere, else f′(e^y), which needs no f* (f*(f′(e^y)) = e^y f′(e^y) − f(e^y)) and has D* = log r.
    divergence() of the loss is q f(p/q) exactly, whatever g. Source: nowozin2016fgan.

    >>> from gantheory.objectives import FORWARD_KL
    >>> print(f_gan(FORWARD_KL))
    E_p[-D] + E_q[exp(D - 1)]
    """
    f = _smooth(divergence).generator
    if output is None:
        return _plain(divergence) or _by_log_ratio(divergence)
    g = _checked(output)
    if sp.simplify(g - log_ratio_output(divergence)) == 0:
        return _by_log_ratio(divergence)
    if f.free_symbols - {r} or g.free_symbols - {y}:
        need = "an output g can be checked against the domain of f* for given numbers only"
        raise Refusal(need, f"f = {f} and g = {g}", "Leave output out, or substitute numbers.")
    _refuse_outside(divergence, g)
    return _loss(g, divergence.conjugate.subs(t, g))


def _smooth(divergence: Divergence) -> Divergence:
    if not isinstance(divergence, Divergence):
        raise Refusal("f_gan takes a Divergence", repr(divergence), "Use Divergence(f).")
    curvature = sp.diff(divergence.generator, r, 2)
    if curvature.has(sp.DiracDelta):
        need = "an f-GAN whose discriminator has a gradient needs f″ as a function"
        given = (
            f"f = {divergence.generator}, whose f″ is a delta: as in total variation, D* jumps where p = q, else is constant"
        )
        cure = "Use HINGE with a GradientPenalty, which estimates ∫|p − q| too, or a smooth f: JENSEN_SHANNON."
        raise Refusal(need, given, cure)
    return divergence


def _checked(output: Any) -> sp.Expr:
    if not isinstance(output, sp.Expr):
        given = f"the text {output!r}" if isinstance(output, str) else repr(output)
        raise Refusal("the output g of an f-GAN is a SymPy expression in y", given, "Use y from gantheory.")
    refuse_foreign(output, y)
    if not output.has(y):
        raise Refusal("the output g of an f-GAN depends on y", output)
    return output


def _loss(g: sp.Expr, on_fakes: sp.Expr) -> Loss:
    return Loss(real=_softplus(-g), fake=on_fakes, generator=-on_fakes)


def _softplus(expression: sp.Expr) -> sp.Expr:
    """log(1 + e^y) − y as log(1 + e^{−y})."""
    above, below = sp.log(1 + sp.exp(y)), sp.log(1 + sp.exp(-y))
    flat = sp.expand(expression)
    c = flat.coeff(above)
    return flat + c * (y - above + below) if c != 0 and flat.coeff(y) == -c else expression


def _by_log_ratio(divergence: Divergence) -> Loss:
    f = divergence.generator
    return _loss(log_ratio_output(divergence), collected(_in_log_ratio(r * sp.diff(f, r) - f), y))


def _plain(divergence: Divergence) -> Loss | None:
    """The loss with g = y; None where f* is not finite everywhere, or not elementary."""
    if divergence.generator.free_symbols - {r}:
        return None
    try:
        star = divergence.conjugate
        _refuse_outside(divergence, y)
    except Refusal:
        return None
    return None if star.has(sp.LambertW) else _loss(y, star.subs(t, y))


def _refuse_outside(divergence: Divergence, g: sp.Expr) -> None:
    """f* is real, finite and strictly convex at g(y), and g increases, on a scan of y."""
    star = divergence.conjugate
    bend, rise = sp.diff(star, t, 2), sp.diff(g, y)
    sizes = [sp.sqrt(2) ** k for k in range(-_HALF_OCTAVES, _HALF_OCTAVES + 1)]
    for point in [-s for s in reversed(sizes)] + [sp.S.Zero] + sizes:
        slope, value = (sp.N(e.subs(y, point), _DIGITS) for e in (rise, g))
        at = f"g = {g} at y = {sp.N(point, 3)}"
        if not (slope.is_real and slope > 0):
            raise Refusal("the output g of an f-GAN increases", at, "Leave output out.")
        finite = value.is_real and all(sp.N(e.subs(t, value), _DIGITS).is_real for e in (star, bend))
        if not finite or not sp.N(bend.subs(t, value), _DIGITS) > 0:
            need = f"the output g stays where f*(t) = {star} is finite and convex"
            raise Refusal(need, f"{at}, which is {sp.N(value, 3)}", f"Use g = {log_ratio_output(divergence)}.")


def alpha_gan(order: Any) -> Loss:
    """f_gan of the α-divergence: E_p[(1 − e^{(a−1)D})/(a−1)] + E_q[(e^{aD} − 1)/a] for a other than 0, 1 and 2.

    D* = log(p/q), force r^a; order is a number, or a symbol declared positive or real.
    """
    return f_gan(alpha_divergence(order))


_EXP = sp.exp(y)

FORWARD_KL_GAN = Loss(real=-y, fake=sp.exp(y - 1), generator=-sp.exp(y - 1))
"""−E_p[D] + E_q[e^{D−1}]: KL(p‖q), D* = 1 + log(p/q), force r."""

REVERSE_KL_GAN = Loss(real=1 / _EXP, fake=y - 1, generator=1 - y)
"""E_p[e^{−D}] + E_q[D − 1]: KL(q‖p), D* = log(p/q), force 1."""

PEARSON_GAN = Loss(real=-y, fake=y + y**2 / 4, generator=-y - y**2 / 4)
"""−E_p[D] + E_q[D + D²/4]: ∫(p − q)²/q, D* = 2(p − q)/q, force 2r²."""

NEYMAN_GAN = Loss(real=sp.exp(-2 * y) - 1, fake=2 - 2 / _EXP, generator=2 / _EXP - 2)
"""E_p[e^{−2D} − 1] + E_q[2 − 2e^{−D}]: ∫(p − q)²/p, D* = log(p/q), force 2/r."""

HELLINGER_GAN = Loss(real=sp.exp(-y / 2) - 1, fake=sp.exp(y / 2) - 1, generator=1 - sp.exp(y / 2))
"""E_p[e^{−D/2} − 1] + E_q[e^{D/2} − 1]: ∫(√p − √q)², D* = log(p/q), force √r/2."""

JENSEN_SHANNON_GAN = Loss(
    real=sp.log(1 + 1 / _EXP) - sp.log(2), fake=sp.log(1 + _EXP) - sp.log(2), generator=sp.log(2) - sp.log(1 + _EXP)
)
"""LOGISTIC less log 2 on each side: 2 JSD(p, q) without its constant, D* = log(p/q), force r/(1 + r)."""

JEFFREYS_GAN = Loss(real=1 / _EXP - y - 1, fake=_EXP + y - 1, generator=1 - y - _EXP)
"""E_p[e^{−D} − D − 1] + E_q[e^D + D − 1]: KL(p‖q) + KL(q‖p), D* = log(p/q), force 1 + r; its f* needs Lambert's W."""
