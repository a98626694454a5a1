"""The slope of WGAN-GP and WGAN-LP critics in one dimension, and the normalisation of a critic by its sampled slope."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.measures import Empirical
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import coordinates, nu, p, q

lam, K = sp.symbols("lambda K", positive=True)
(x,) = coordinates(1)
WEIGHT, CENTRE = 0.7, 1.3
# F_q − F_p and ν as unknown functions of one sign: s = ±1 times a positive function
rise = sp.Function("f", positive=True)(x)
density = sp.Function("nu", positive=True)(x)


def penalty(one_sided: bool) -> GradientPenalty:
    """(|D′| − K)², or its positive part, over ν."""
    return GradientPenalty(1, over=nu, centre=K, one_sided=one_sided)


def slope(sign: int) -> sp.Expr:
    """(F_q − F_p)/2λν + K sgn(F_q − F_p)."""
    return sign * (rise / (2 * lam * density) + K)


def flux(sign: int, one_sided: bool) -> sp.Expr:
    """∂L/∂D′ of the penalty at that slope: its divergence is the equation, so that it equals F_q − F_p up to a constant."""
    D, u = sp.Function("D", real=True)(x), sp.Dummy("u", real=True)
    size = sp.Dummy("s", positive=True)
    L = Objective(WASSERSTEIN, lam * penalty(one_sided)).lagrangian(D, p, q, (x,), density).subs(D.diff(x), u)
    L = L.subs(u, sign * size)  # |D′| = s
    found = sp.diff(L, size) * sign
    return sp.simplify(
        found.subs(size, sign * slope(sign)).replace(sp.Heaviside, lambda e, *_: sp.S.One if e.is_positive else e)
    )


def source(sign: int) -> sp.Expr:
    """F_q − F_p."""
    return sign * rise


def least(one_sided: bool) -> np.ndarray:
    """Minimisers u of λν(|u| − K)²(₊) − f u for eight f and ν by scanning 2·10⁶ values, no derivative taken."""
    found, u = [], np.linspace(-12, 12, 2_000_001)
    excess = np.abs(u) - CENTRE
    square = np.maximum(excess, 0) ** 2 if one_sided else excess**2
    for f, v in VALUES:
        found.append(u[np.argmin(WEIGHT * v * square - f * u)])
    return np.array(found)


VALUES = ((0.5, 1.1), (-0.3, 0.4), (2.0, 0.7), (-4.1, 0.9))


def by_formula() -> np.ndarray:
    """The closed form."""
    return np.array([f / (2 * WEIGHT * v) + CENTRE * np.sign(f) for f, v in VALUES])


def mean_over_both(count: int, others: int) -> sp.Expr:
    """λ with mean |∇D/λ|² = 1 for D of constant slope g, over `count` real and `others` fake points."""
    g = sp.Symbol("g", positive=True)
    return sp.sqrt(sp.Add(*[g**2] * (count + others)) / (count + others))


def scale(divisor: int) -> float:
    """√(Σ|∇D|²/divisor) over 8 real and 8 fake points for D = 3x1 − 4x2: the weight by which the code divides."""
    rng = np.random.default_rng(3)
    sides = [Empirical(torch.from_numpy(rng.normal(size=(8, 2)))) for _ in range(2)]
    points = torch.cat([s.points for s in sides]).requires_grad_(True)
    (gradient,) = torch.autograd.grad((3 * points[:, 0] - 4 * points[:, 1]).sum(), points)
    return float((gradient.square().sum() / divisor).sqrt())


def claim(one_sided: bool, name: str, says: str, equation: str, origin: str) -> Claim:
    """One of the two centred penalties."""
    return Claim(
        name=name,
        says=says,
        equation=equation,
        source=origin,
        proof=tuple(
            Step(
                f"where F_q − F_p {'>' if sign > 0 else '<'} 0: the flux of the penalty at this slope",
                partial(flux, sign, one_sided),
                partial(source, sign),
            )
            for sign in (1, -1)
        ),
        witness=Agreement((Step("pointwise minimisation by a scan", partial(least, one_sided), by_formula, Rivals(1e-4)),)),
    )


GP = claim(
    False,
    "gp-slope-between-laws",
    "In one dimension WGAN-GP has D′ = (F_q − F_p)/2λν + K sgn(F_q − F_p) where F_q ≠ F_p.",
    r"D' = \frac{F_q - F_p}{2\lambda\nu} + K\,\mathrm{sgn}(F_q - F_p)",
    "gulrajani2017improved, equation 3; derived",
)
LP = claim(
    True,
    "lp-slope-between-laws",
    "In one dimension WGAN-LP has the same slope as WGAN-GP where F_q ≠ F_p: (F_q − F_p)/2λν + K sgn(F_q − F_p).",
    r"D' = \frac{F_q - F_p}{2\lambda\nu} + K\,\mathrm{sgn}(F_q - F_p), \qquad F_q \ne F_p",
    "petzka2018regularization, the penalty of WGAN-LP; derived",
)
NORMALISED = Claim(
    name="sampled-slope-is-a-mean",
    says="λ with mean|∇D/λ|² = 1 over N real and N fake points divides their sum by 2N; the code divides by N: √2 too large.",
    equation=r"\lambda^2 = \frac{1}{2N}\left(\sum_{i=1}^{N}|\nabla D(x_i)|^2 + \sum_{i=1}^{N}|\nabla D(y_i)|^2\right)",
    source="asokan2023euler, the public code of the paper, find_and_divide_lambda",
    proof=tuple(
        Step(f"N = {n}: a critic of slope g has λ = g", partial(mean_over_both, n, n), lambda: sp.Symbol("g", positive=True))
        for n in (1, 5)
    ),
    witness=Refutation(
        example="D = 3x1 − 4x2, of slope 5, at 8 + 8 points: the sum over both batches divided by 8",
        printed=partial(scale, 8),
        found=partial(scale, 16),
        margin=0.2,
    ),
)
