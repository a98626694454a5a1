"""Every f-GAN moves its particles down its own divergence: g(D*) = f′(r), and the force is r² f″(r)."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import brentq

from gantheory import objectives
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.lowering import lower
from gantheory.objectives import Divergence, Loss, alpha_divergence, alpha_gan, f_gan, t
from gantheory.symbolic import p, q, r, y

a = sp.Symbol("a", positive=True)
log2 = sp.log(2)
RATIOS = (0.08, 0.7, 1.0, 2.3, 11.0)
DENSITY = 0.6  # q; the forces do not depend on it


def conjugate_at_slope(star: sp.Expr, f: sp.Expr) -> sp.Expr:
    """f*(f′(r))."""
    at = sp.powsimp(sp.simplify(star.subs(t, sp.simplify(sp.diff(f, r)))))
    return at.replace(sp.Pow, lambda base, exponent: base ** sp.factor(exponent))


def gain(f: sp.Expr) -> sp.Expr:
    """r f′(r) − f(r), the value of r t − f(r) where its slope in r vanishes."""
    return r * sp.diff(f, r) - f


def slope_at(star: sp.Expr, g: sp.Expr, best: sp.Expr) -> sp.Expr:
    """g′(y) (q f*′(g(y)) − p) + p at y = D*, p = r q: what J's slope leaves of p g′ when the optimum is right."""
    return (q * sp.diff(star, t).subs(t, g)).subs(y, best)


def pushed(star: sp.Expr, g: sp.Expr, best: sp.Expr) -> sp.Expr:
    """r d/dr of f*(g(D*)): the force of a generator that maximises f*(g(D)), by the chain rule."""
    return sp.diff(star, t).subs(t, g).subs(y, best) * sp.diff(g, y).subs(y, best) * r * sp.diff(best, r)


def found_optimum(loss: Loss) -> sp.Expr:
    """What Loss.optimum finds, at p = r q."""
    return sp.expand_log(loss.optimum().subs(p, r * q))


def slope(side: sp.Expr, at: float) -> float:
    """The derivative of one side of a loss, by autograd of the lowered expression."""
    point = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    (value,) = torch.autograd.grad(lower(side, y)(point), point)
    return float(value)


def stationary(loss: Loss, ratio: float) -> float:
    """The root of p ℓ_real′ + q ℓ_fake′, by bracketing, with no formula for it."""
    real, fake = (partial(slope, side) for side in (loss.real, loss.fake))
    return brentq(lambda at: DENSITY * (ratio * real(at) + fake(at)), -9.0, 25.0, xtol=1e-14, rtol=1e-14)


def roots(loss: Loss) -> list[float]:
    """At each ratio."""
    return [stationary(loss, x) for x in RATIOS]


def differenced(loss: Loss, h: float = 1e-2) -> list[float]:
    """−dγ(D*)/d log r by the five-point rule along the roots."""
    gamma = lower(loss.generator, y)

    def at(x: float) -> float:
        return float(gamma(torch.tensor(stationary(loss, x), dtype=torch.float64)))

    stencil = ((-2, 1), (-1, -8), (1, 8), (2, -1))
    return [-sum(c * at(x * np.exp(k * h)) for k, c in stencil) / (12 * h) for x in RATIOS]


def numbers(expression: sp.Expr) -> np.ndarray:
    """An expression in r at the ratios, by NumPy."""
    return sp.lambdify(r, expression, "numpy")(np.array(RATIOS)) * np.ones(len(RATIOS))


def row(
    name: str,
    title: str,
    divergence: Divergence,
    loss: Loss,
    at: dict,
    f: sp.Expr,
    star: sp.Expr,
    g: sp.Expr,
    best: sp.Expr,
    force: sp.Expr,
) -> Claim:
    """The claim for f with f*, g, D* and C typed by hand; `at` gives numbers to free parameters in the witness."""
    number = Loss(*(side.subs(at) for side in (loss.real, loss.fake, loss.generator)))
    C = sp.sstr(force).replace("**", "^")
    return Claim(
        name=f"f-gan-{name}",
        says=f"The f-GAN of {title} has g(D*) = f′(r) and moves particles with C(r) = r² f″(r) = {C}.",
        equation=rf"f = {sp.latex(f)}, \quad f^*(t) = {sp.latex(star)}, \quad "
        rf"D^* = {sp.latex(best)}, \quad C = {sp.latex(force)}",
        source="nowozin2016fgan, section 2; asokan2023scores, table of f-divergences",
        proof=(
            Step("f*(f′(r)) = r f′(r) − f(r) for f* by hand", partial(conjugate_at_slope, star, f), partial(gain, f)),
            Step(
                "Divergence.conjugate finds it",
                lambda: conjugate_at_slope(divergence.conjugate, f),
                partial(conjugate_at_slope, star, f),
            ),
            Step("p g′ = q f*′(g) g′ at D*", partial(slope_at, star, g, best), lambda: r * q),
            Step("Loss.optimum finds D*", partial(found_optimum, loss), lambda: best),
            Step("the chain rule at D* gives r² f″", partial(pushed, star, g, best), lambda: r**2 * sp.diff(f, r, 2)),
            Step("Loss.force finds C", loss.force, lambda: force),
            Step("the value at D* is q f(p/q)", loss.divergence, lambda: sp.expand_log(q * f.subs(r, p / q))),
        ),
        witness=Agreement(
            (
                Step(
                    "D* by bracketing, with no formula", partial(roots, number), partial(numbers, best.subs(at)), Rivals(1e-9)
                ),
                Step(
                    "C by differences of γ along it",
                    partial(differenced, number),
                    partial(numbers, force.subs(at)),
                    Rivals(1e-6),
                ),
            )
        ),
    )


LOG, E = sp.log(r), sp.exp(y)
_js = r * LOG - (r + 1) * sp.log((r + 1) / 2)
_alpha = (r**a - 1 - a * (r - 1)) / (a * (a - 1))
_lambert = sp.LambertW(sp.exp(1 - t))
o = objectives

ROWS = (
    row("forward-kl", "KL(p‖q)", o.FORWARD_KL, o.FORWARD_KL_GAN, {}, r * LOG, sp.exp(t - 1), y, 1 + LOG, r),
    row("reverse-kl", "KL(q‖p)", o.REVERSE_KL, o.REVERSE_KL_GAN, {}, -LOG, -1 - sp.log(-t), -1 / E, LOG, sp.S.One),
    row("pearson", "Pearson's χ²", o.PEARSON, o.PEARSON_GAN, {}, (r - 1) ** 2, t + t**2 / 4, y, 2 * (r - 1), 2 * r**2),
    row(
        *("neyman", "Neyman's χ²", o.NEYMAN, o.NEYMAN_GAN, {}, (1 - r) ** 2 / r),
        *(2 - 2 * sp.sqrt(1 - t), 1 - 1 / E**2, LOG, 2 / r),
    ),
    row(
        *("hellinger", "∫ (√p − √q)²", o.HELLINGER, f_gan(o.HELLINGER, 1 - 1 / E), {}, (sp.sqrt(r) - 1) ** 2),
        *(t / (1 - t), 1 - 1 / E, LOG / 2, sp.sqrt(r) / 2),
    ),
    row(
        *("jensen-shannon", "2 JSD(p, q)", o.JENSEN_SHANNON, o.JENSEN_SHANNON_GAN, {}, _js),
        *(-sp.log(2 - sp.exp(t)), log2 - sp.log(1 + 1 / E), LOG, r / (1 + r)),
    ),
    row(
        *("alpha", "any α-divergence", alpha_divergence(a), alpha_gan(a), {a: sp.Rational(3, 10)}, _alpha),
        *(((1 + (a - 1) * t) ** (a / (a - 1)) - 1) / a, (E ** (a - 1) - 1) / (a - 1), LOG, r**a),
    ),
)


def by_identity(f: sp.Expr) -> list[sp.Expr]:
    """The two sides of a loss whose output is f′(e^y): −f′ and r f′ − f at r = e^y; no f* is needed."""
    return [e.subs(r, E) for e in (-sp.diff(f, r), gain(f))]


_jeffreys = (r - 1) * LOG

JEFFREYS = Claim(
    name="f-gan-jeffreys",
    says=(
        "The f-GAN of KL(p‖q) + KL(q‖p) needs Lambert's W for f*, and none at the output f′(e^y): then J is "
        "E_p[e^{−D} − D − 1] + E_q[e^D + D − 1], D* = log r and C(r) = 1 + r."
    ),
    equation=r"f = (r - 1)\log r, \quad f^*(t) = t - 2 + W(e^{1-t}) + \frac{1}{W(e^{1-t})}, \quad "
    r"D^* = \log r, \quad C = 1 + r",
    source="nowozin2016fgan, section 2",
    proof=(
        Step(
            "Divergence.conjugate finds f*",
            lambda: o.JEFFREYS.conjugate.subs(t, 1 - y),
            lambda: (t - 2 + _lambert + 1 / _lambert).subs(t, 1 - y),
        ),
        Step(
            "w = 1/r solves w e^w = e^{1−t} at t = f′(r)", lambda: sp.exp(1 / r) / r, lambda: sp.exp(1 - sp.diff(_jeffreys, r))
        ),
        Step(
            "t − 2 + w + 1/w there is r f′(r) − f(r)",
            lambda: sp.diff(_jeffreys, r) - 2 + 1 / r + r,
            partial(gain, _jeffreys),
        ),
        Step(
            "the loss at the output f′(e^y)",
            lambda: [o.JEFFREYS_GAN.real, o.JEFFREYS_GAN.fake],
            partial(by_identity, _jeffreys),
        ),
        Step("Loss.optimum finds D*", partial(found_optimum, o.JEFFREYS_GAN), lambda: LOG),
        Step("Loss.force is r² f″", o.JEFFREYS_GAN.force, lambda: r**2 * sp.diff(_jeffreys, r, 2)),
        Step("the value at D* is q f(p/q)", o.JEFFREYS_GAN.divergence, lambda: sp.expand_log(q * _jeffreys.subs(r, p / q))),
    ),
    witness=Agreement(
        (
            Step("D* by bracketing", partial(roots, o.JEFFREYS_GAN), partial(numbers, LOG), Rivals(1e-9)),
            Step("C by differences of γ along it", partial(differenced, o.JEFFREYS_GAN), partial(numbers, 1 + r), Rivals(1e-6)),
            Step(
                "f* at t by the supremum over a scan of r",
                lambda: [_supremum(s) for s in (-1.5, 0.2, 2.4)],
                lambda: [float(o.JEFFREYS.conjugate.subs(t, s)) for s in (-1.5, 0.2, 2.4)],
                Rivals(1e-6),
            ),
        )
    ),
)


def _supremum(s: float) -> float:
    """sup_r (r s − (r − 1) log r) by NumPy."""
    ratios = np.exp(np.linspace(-4, 4, 400_001))
    return float(np.max(ratios * s - (ratios - 1) * np.log(ratios)))


def climbed(loss: Loss) -> sp.Expr:
    """r d/dr of −γ(log r): the optimal D of the logistic loss is log r."""
    return -r * sp.diff(loss.generator.subs(y, LOG), r)


SATURATING = Claim(
    name="f-gan-saturating-coefficient",
    says="The saturating GAN moves particles with C(r) = r/(1 + r) ≤ 1; r²/(r + 1), as printed, would be r times that.",
    equation=r"C(r) = r\,\frac{d}{dr}\log(1 + r) = \frac{r}{1 + r} \neq \frac{r^2}{r + 1}",
    source="asokan2023scores, table of f-divergences, row SGAN",
    proof=(
        Step("the slope of log(1 + e^D) along D* = log r", partial(climbed, o.LOGISTIC), lambda: r / (1 + r)),
        Step("r² f″ of 2 JSD", lambda: r**2 * sp.diff(_js, r, 2), lambda: r / (1 + r)),
    ),
    witness=Refutation(
        example="a point with p = 2q",
        printed=lambda: 2.0**2 / (2.0 + 1.0),
        found=lambda: float(o.LOGISTIC.force(sp.Integer(2))),
        margin=0.4,
    ),
)

PEARSON_SLOPE = Claim(
    name="f-gan-pearson-slope",
    says="The optimal Pearson discriminator D* = 2(r − 1) has dD*/d log r = 2r, not r as printed: C = r · 2r = 2r².",
    equation=r"D^* = 2(r - 1), \qquad \frac{dD^*}{d\log r} = 2r, \qquad C(r) = 2r^2",
    source="asokan2023scores, text on Pearson's divergence",
    proof=(
        Step("Loss.optimum, differentiated", lambda: r * sp.diff(found_optimum(o.PEARSON_GAN), r), lambda: 2 * r),
        Step("and C = r dD*/d log r is r² f″", lambda: r * 2 * r, lambda: r**2 * sp.diff((r - 1) ** 2, r, 2)),
    ),
    witness=Refutation(
        example="a point with p = q",
        printed=lambda: 1.0,
        found=lambda: (stationary(o.PEARSON_GAN, 1.001) - stationary(o.PEARSON_GAN, 0.999)) / np.log(1.001 / 0.999),
        margin=0.4,
    ),
)
