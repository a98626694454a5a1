"""Which divergence the generator of a GAN descends at the optimal discriminator; every force descends one."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad
from scipy.stats import norm
from torch.distributions import Normal, kl_divergence

from derivations.wasserstein.monoflow_table import POINTS, SMOOTH, by_hand, climbed, d, dp, dq, log_ratio_of, velocity
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.lowering import lower
from gantheory.objectives import (
    ARCSINH_FORCE,
    JENSEN_SHANNON,
    LOGISTIC,
    NON_SATURATING,
    NON_SATURATING_DIVERGENCE,
    Divergence,
    Loss,
)
from gantheory.symbolic import p, q, r, y

TWICE_JENSEN_SHANNON = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))
LAWS = (norm(0.2, 0.9), norm(-0.5, 1.3))


def descended(integrand: sp.Expr) -> sp.Expr:
    """−∇ ∂/∂q of an integrand in p and q."""
    variation = sp.diff(integrand, q)
    return -sp.factor(sp.diff(variation, p)) * dp - sp.factor(sp.diff(variation, q)) * dq


def split(integrand: sp.Expr) -> sp.Expr:
    """Logarithms of products as sums."""
    return sp.expand_log(sp.expand_log(integrand, force=True).replace(sp.log, lambda z: sp.log(sp.factor(z))), force=True)


def pulled(loss: Loss) -> np.ndarray:
    """−γ′(D) ∇D at D = log r, by autograd of the loss."""
    points = POINTS.clone().requires_grad_()
    (slope,) = torch.autograd.grad(lower(loss.generator, y)(log_ratio_of(points)).sum(), points)
    return -slope.numpy()


def integral(divergence: Divergence) -> float:
    """D_f between two normal laws by SciPy, from the package's integrand."""
    integrand = lower(divergence.divergence(p, q), p, q)

    def at(x: float) -> float:
        return float(integrand(*(torch.tensor(law.pdf(x), dtype=torch.float64) for law in LAWS)))

    return quad(at, -11, 11, epsabs=1e-10, epsrel=1e-10)[0]


def closed(reverse: float) -> float:
    """reverse · KL(q‖p) ∓ 2 JSD: the first by torch's closed form, the second as 2 log 2 and two entropies by NumPy."""
    real, fake = (Normal(torch.tensor(law.mean()).double(), torch.tensor(law.std()).double()) for law in LAWS)
    x, step = np.linspace(-11, 11, 4001, retstep=True)
    P, Q = (law.pdf(x) for law in LAWS)
    mixed = -((P + Q) * np.log((P + Q) / 2)).sum() * step
    twice = mixed - sum(law.entropy() for law in LAWS)
    return float(twice) if not reverse else float(kl_divergence(fake, real)) - float(twice)


def gan(name: str, says: str, loss: Loss, divergence: Divergence, integrand: sp.Expr, equation: str, reverse: float) -> Claim:
    """The claim that the loss descends the divergence whose integrand is written in p and q."""
    return Claim(
        name=name,
        says=says,
        equation=equation,
        source="yi2023monoflow, generator losses",
        proof=(
            Step("the loss descends the integrand", lambda: by_hand(loss.force(sp.exp(d))), partial(descended, integrand)),
            Step("Divergence writes the integrand", lambda: split(divergence.divergence(p, q)), lambda: split(integrand)),
        ),
        witness=Agreement(
            (
                Step("MonoFlow against autograd of the loss", partial(velocity, divergence), partial(pulled, loss), SMOOTH),
                Step("its value, two quadratures", partial(integral, divergence), partial(closed, reverse), Rivals(1e-8)),
            )
        ),
    )


SATURATING = gan(
    "gan-saturating-divergence",
    "At the optimal discriminator the saturating generator descends 2 JSD(p, q): its force is σ(log r).",
    LOGISTIC,
    JENSEN_SHANNON,
    TWICE_JENSEN_SHANNON,
    r"\frac{\delta}{\delta q} 2\,\mathrm{JSD}(p, q): \qquad \dot x = \sigma(\log r)\,\nabla \log r",
    0.0,
)
NON_SATURATED = gan(
    "gan-non-saturating-divergence",
    "At the optimal discriminator the non-saturating generator descends KL(q‖p) − 2 JSD(p, q): its force is 1 − σ(log r).",
    NON_SATURATING,
    NON_SATURATING_DIVERGENCE,
    q * sp.log(q / p) - TWICE_JENSEN_SHANNON,
    r"\frac{\delta}{\delta q}\left(\mathrm{KL}(q\|p) - 2\,\mathrm{JSD}(p, q)\right): "
    r"\qquad \dot x = (1 - \sigma(\log r))\,\nabla \log r",
    1.0,
)

s = sp.Symbol("s", positive=True)
C = sp.Function("C", positive=True)
GENERIC = sp.Integral((r - s) * C(s) / s**2, (s, 1, r))
AT = (0.08, 0.7, 1.6, 12.0)


def varied() -> list[float]:
    """f − r f′ of the arcsinh force, f = ∫ (r − s) C/s² and f′ = ∫ C/s² by SciPy."""
    force = lower(ARCSINH_FORCE, r)

    def pull(u: float) -> float:
        return float(force(torch.tensor(u, dtype=torch.float64))) / u**2

    f = [quad(lambda u, x=x: (x - u) * pull(u), 1, x, epsabs=1e-12)[0] for x in AT]
    return [value - x * quad(pull, 1, x, epsabs=1e-12)[0] for value, x in zip(f, AT, strict=True)]


EVERY = Claim(
    name="monoflow-every-force",
    says="Every positive force C(r) is the gradient flow of a convex f: f(r) = ∫₁^r (r − s) C(s)/s² ds has r² f″ = C.",
    equation=r"f(r) = \int_1^r (r - s)\,\frac{C(s)}{s^2}\,ds, \qquad r^2 f''(r) = C(r), \qquad f(1) = 0",
    source="yi2023monoflow, flows of f-divergences",
    proof=(
        Step("r² f″ = C for any C", lambda: r**2 * sp.diff(GENERIC, r, 2), lambda: C(r)),
        Step(
            "for C = r/(1 + r)² the integral is the f that Divergence takes back to C",
            lambda: Divergence(r * sp.log(r) - (1 + r) * sp.log((1 + r) / 2) + sp.Rational(1, 2) * (r - 1) ** 2).force,
            lambda: r / (1 + r) + r**2,
        ),
    ),
    witness=Agreement(
        (
            Step(
                "first variation by quadrature, −asinh log r",
                varied,
                lambda: [-np.arcsinh(np.log(x)) for x in AT],
                Rivals(1e-9),
            ),
        )
    ),
)

ARCSINH = Claim(
    name="monoflow-arcsinh",
    says="A generator that minimises −E_q[asinh D] at the logistic D moves particles with h′(d) = (1 + d²)^{−1/2}.",
    equation=r"h(d) = \operatorname{asinh} d, \qquad h'(d) = \frac{1}{\sqrt{1 + d^2}}",
    source="yi2023monoflow, the arcsinh loss",
    proof=(
        Step(
            "−γ′(D*) dD*/d log r at the optimal D*",
            Loss(real=LOGISTIC.real, fake=LOGISTIC.fake, generator=-sp.asinh(y)).force,
            lambda: ARCSINH_FORCE,
        ),
        Step("h′ is the derivative of h", lambda: sp.diff(sp.asinh(d), d), lambda: ARCSINH_FORCE.subs(r, sp.exp(d))),
    ),
    witness=Agreement(
        (
            Step(
                "MonoFlow against autograd of log(d + √(1 + d²))",
                partial(velocity, ARCSINH_FORCE),
                partial(climbed, sp.log(d + sp.sqrt(1 + d**2))),
                SMOOTH,
            ),
        )
    ),
)
