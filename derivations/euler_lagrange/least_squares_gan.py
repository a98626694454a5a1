"""Least squares with labels a (fakes), b (data), c (generator): its force, Pearson's divergence, and three misprints."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad
from scipy.stats import norm

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.lowering import Lowered, lower
from gantheory.objectives import Divergence, least_squares
from gantheory.symbolic import p, q, r, y

a, b, c = sp.symbols("a b c", real=True)
s = sp.Symbol("s", real=True)  # b − c, of either sign
dp, dq = sp.symbols("p' q'", real=True)  # the gradients of the densities along any direction
LABELS = (-1, 1, 0)
NUMBERS = (-1.2, 0.7, 0.3)
REAL, FAKE = norm(0.2, 0.9), norm(-0.5, 1.3)
POINTS = (-2.1, -0.4, 0.3, 1.9)


def by_hand(a: sp.Expr, b: sp.Expr, c: sp.Expr) -> sp.Expr:
    """C_LS = (b − a)((a − c) q + (b − c) p)/(p + q)³."""
    return (b - a) * ((a - c) * q + (b - c) * p) / (p + q) ** 3


def stationary_at(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """p (y − b) + q (y − a) at y = (b p + a q)/(p + q), above q: 0 + 1, so that a fault shows."""
    best = (b * p + a * q) / (p + q)
    return sp.factor(p * (best - b) + q * (best - a)) + 1


def along(expression: sp.Expr) -> sp.Expr:
    """∂_p p′ + ∂_q q′: the gradient of a function of the densities."""
    return sp.diff(expression, p) * dp + sp.diff(expression, q) * dq


def frozen(a: sp.Expr, b: sp.Expr, c: sp.Expr) -> sp.Expr:
    """(D* − c) ∇D* with D* found by SymPy: minus the velocity of a particle."""
    best = least_squares(a, b, c).optimum()
    return (best - c) * along(best)


def velocity(real: float, fake: float, slopes: tuple[float, float]) -> float:
    """−C_LS (q ∇p − p ∇q) in numbers."""
    low, high, goal = NUMBERS
    force = (high - low) * ((low - goal) * fake + (high - goal) * real) / (real + fake) ** 3
    return -force * (fake * slopes[0] - real * slopes[1])


def formula() -> list[float]:
    """At the points, by SciPy's densities and their scores."""
    values = []
    for x in POINTS:
        P, Q = REAL.pdf(x), FAKE.pdf(x)
        slopes = (-P * (x - REAL.mean()) / REAL.var(), -Q * (x - FAKE.mean()) / FAKE.var())
        values.append(velocity(P, Q, slopes))
    return values


def package() -> list[float]:
    """−∇ of the generator's loss at the optimum that the package finds, D frozen, by autograd."""
    loss = least_squares(*NUMBERS)
    best, gamma = lower(loss.optimum(), p, q), lower(loss.generator, y)
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    laws = (
        torch.distributions.Normal(torch.tensor(law.mean()).double(), torch.tensor(law.std()).double()) for law in (REAL, FAKE)
    )
    (pull,) = torch.autograd.grad(gamma(best(*(law.log_prob(x).exp() for law in laws))).sum(), x)
    return (-pull).tolist()


FORCE = Claim(
    name="least-squares-gan-force",
    says=(
        "With labels a on fakes, b on data and c for the generator, least squares has D* = (b p + a q)/(p + q) and moves "
        "particles with −(D* − c)∇D* = −C (q ∇p − p ∇q), C = (b − a)((a − c) q + (b − c) p)/(p + q)³, for all labels."
    ),
    equation=r"(D^* - c)\nabla D^* = \frac{(b - a)\,((a - c)\,q + (b - c)\,p)}{(p + q)^3}\,(q\nabla p - p\nabla q)",
    source="mao2017least, equation 2; asokan2023scores, appendix on least squares",
    proof=(
        Step("D* by hand is stationary", partial(stationary_at, a, b), lambda: sp.S.One),
        Step("Loss.optimum finds it", least_squares(a, b, c).optimum, lambda: (b * p + a * q) / (p + q)),
        Step("(D* − c)∇D*", partial(frozen, a, b, c), lambda: by_hand(a, b, c) * (q * dp - p * dq)),
        Step(
            "Loss.force is −C p q at q = 1",
            least_squares(a, b, c).force,
            lambda: (-by_hand(a, b, c) * p * q).subs({p: r, q: 1}),
        ),
        Step("labels (−1, 1, 0)", partial(by_hand, *LABELS), lambda: 2 * (p - q) / (p + q) ** 3),
        Step("labels (0, 1, 1)", partial(by_hand, 0, 1, 1), lambda: -q / (p + q) ** 3),
    ),
    witness=Agreement((Step("autograd of the lowered loss against the formula", package, formula, Rivals(1e-11)),)),
)


def value(low: sp.Expr, high: sp.Expr, goal: sp.Expr) -> sp.Expr:
    """½ (p + q)(D* − c)²: the integrand of the generator's objective over both laws, with its halves."""
    best = least_squares(low, high, goal).optimum()
    return (p + q) * (best - goal) ** 2 / 2


def pearson_between(u: sp.Expr, v: sp.Expr) -> sp.Expr:
    """(v − u)²/u: χ² of v from u, as an integrand."""
    return (v - u) ** 2 / u


def quadrature() -> list[float]:
    """½ E_p[(D* − c)²] + ½ E_q[(D* − c)²] by SciPy, with the optimum that the package finds; b − c = ±1."""
    found = []
    for low, high in ((-1, 1), (1, -1)):
        best = lower(least_squares(low, high, 0).optimum(), p, q)

        def at(x: float, best: Lowered = best) -> float:
            P, Q = REAL.pdf(x), FAKE.pdf(x)
            D = float(best(torch.tensor(P, dtype=torch.float64), torch.tensor(Q, dtype=torch.float64)))
            return (P + Q) * D**2 / 2

        found.append(quad(at, -11, 11, epsabs=1e-11, epsrel=1e-11)[0])
    return found


def half_pearson() -> list[float]:
    """½ χ²(p + q, 2q) = ½ ∫ (p − q)²/(p + q) by the trapezoidal rule."""
    x, step = np.linspace(-11, 11, 4001, retstep=True)
    P, Q = REAL.pdf(x), FAKE.pdf(x)
    return [float(((P - Q) ** 2 / (P + Q)).sum() * step / 2)] * 2


PEARSON = Claim(
    name="least-squares-gan-pearson-identity",
    says=(
        "If b − a = 2(b − c) and b − c = ±1, the least-squares objective of the generator over both laws, with its two ½, is "
        "at D* exactly ½ χ²(p + q, 2q) = ½ ∫(p − q)²/(p + q); for any b − c it carries (b − c)²."
    ),
    equation=r"\frac{1}{2}\mathbb{E}_p[(D^* - c)^2] + \frac{1}{2}\mathbb{E}_q[(D^* - c)^2] = "
    r"\frac{(b - c)^2}{2}\int\frac{(p - q)^2}{p + q}\,dx",
    source="mao2017least, relation to Pearson's divergence",
    proof=(
        Step("at b = c + s, a = c − s", lambda: value(c - s, c + s, c), lambda: s**2 * (p - q) ** 2 / (2 * (p + q))),
        Step("b − c = 1", lambda: value(c - 1, c + 1, c), lambda: pearson_between(p + q, 2 * q) / 2),
        Step("b − c = −1", lambda: value(c + 1, c - 1, c), lambda: pearson_between(p + q, 2 * q) / 2),
    ),
    witness=Agreement((Step("two quadratures between normal laws", quadrature, half_pearson, Rivals(1e-9)),)),
)

_TRIANGLE = Divergence((r - 1) ** 2 / (2 * (1 + r)))


def shifted(divergence: Divergence, x: float, bump: float = 1e-5) -> float:
    """−d/d log r of ∂(q f(p/q))/∂q at q = 1, both by differences: the force of the gradient flow."""
    f = lower(divergence.generator, r)

    def variation(ratio: float) -> float:
        def mass(fake: float) -> float:
            return fake * float(f(torch.tensor(ratio / fake, dtype=torch.float64)))

        return (mass(1 + bump) - mass(1 - bump)) / (2 * bump)

    h = 1e-2
    return -(variation(x * np.exp(h)) - variation(x * np.exp(-h))) / (2 * h)


def descended(x: float, h: float = 1e-3) -> float:
    """−d/d log r of ½ (D*)², D* = (r − 1)/(r + 1), by differences."""

    def gamma(ratio: float) -> float:
        return ((ratio - 1) / (ratio + 1)) ** 2 / 2

    return -(gamma(x * np.exp(h)) - gamma(x * np.exp(-h))) / (2 * h)


AT = (0.3, 1.7, 5.0)

FROZEN = Claim(
    name="least-squares-gan-frozen-critic",
    says=(
        "With labels (−1, 1, 0) a particle that sees D* frozen moves with C = 2r(1 − r)/(1 + r)³, away from the data where "
        "p > q; the gradient flow of the Pearson divergence ½ ∫(p − q)²/(p + q) has C = 4r²/(1 + r)³ > 0: "
        "equal values, other forces."
    ),
    equation=r"C_{\mathrm{frozen}} = \frac{2r(1 - r)}{(1 + r)^3}, \qquad r^2 f''(r) = \frac{4r^2}{(1 + r)^3}, \quad "
    r"f = \frac{(r - 1)^2}{2(1 + r)}",
    source="mao2017least, relation to Pearson's divergence, which speaks of the value at D* alone",
    proof=(
        Step("Loss.force at (−1, 1, 0)", least_squares(*LABELS).force, lambda: -r * sp.diff(((r - 1) / (r + 1)) ** 2 / 2, r)),
        Step("and by hand", least_squares(*LABELS).force, lambda: 2 * r * (1 - r) / (1 + r) ** 3),
        Step("the gradient flow, by brute force", lambda: _brute(_TRIANGLE.generator), lambda: 4 * r**2 / (1 + r) ** 3),
    ),
    witness=Agreement(
        (
            Step(
                "the frozen force by differences",
                lambda: [descended(x) for x in AT],
                lambda: [float(least_squares(*LABELS).force(sp.Float(x, 17))) for x in AT],
                Rivals(1e-5),
            ),
            Step(
                "the force of the flow by differences of q f(p/q)",
                lambda: [shifted(_TRIANGLE, x) for x in AT],
                lambda: [float(_TRIANGLE.force.subs(r, x)) for x in AT],
                Rivals(5e-4),
            ),
        )
    ),
)


def _brute(f: sp.Expr) -> sp.Expr:
    """−d/d log r of ∂(q f(p/q))/∂q at q = 1."""
    variation = sp.diff(q * f.subs(r, p / q), q).subs({p: r, q: 1})
    return sp.factor(-r * sp.diff(variation, r))


def coefficient(real: float, fake: float) -> float:
    """C with (D* − c)∇D* = C (q ∇p − p ∇q) at (−1, 1, 0), ∇q = 0 and ∇p = 1, by differences of the package's optimum."""
    best, h = lower(least_squares(*LABELS).optimum(), p, q), 1e-5

    def at(x: float) -> float:
        return float(best(torch.tensor(x, dtype=torch.float64), torch.tensor(fake, dtype=torch.float64))) ** 2 / 2

    return (at(real + h) - at(real - h)) / (2 * h) / fake


SOURCE = "asokan2023scores, appendix on least squares"
RIGHT = Step("(D* − c)∇D* at (−1, 1, 0)", partial(frozen, *LABELS), lambda: 2 * (p - q) / (p + q) ** 3 * (q * dp - p * dq))

DENOMINATOR = Claim(
    name="least-squares-gan-denominator",
    says="The least-squares coefficient has (p + q)³ below: finite; the printed q − p for p + q gives infinity at p = q.",
    equation=r"C_{LS} = \frac{2(p - q)}{(p + q)^3}, \quad \text{not over } (q - p)^3",
    source=SOURCE,
    proof=(RIGHT,),
    witness=Refutation(
        example="p = 1, q = 2, labels (−1, 1, 0)",
        printed=lambda: 2.0 * (1 - 2) / (2 - 1) ** 3,
        found=partial(coefficient, 1.0, 2.0),
        margin=0.5,
    ),
)

SIGN = Claim(
    name="least-squares-gan-slope-sign",
    says="∇D* = (b − a)(q ∇p − p ∇q)/(p + q)²: D* rises where the data get denser; the printed sign is the opposite.",
    equation=r"\nabla D^* = (b - a)\,\frac{q\nabla p - p\nabla q}{(p + q)^2}",
    source=SOURCE,
    proof=(
        Step(
            "by the quotient rule",
            lambda: along(least_squares(a, b).optimum()),
            lambda: (b - a) * (q * dp - p * dq) / (p + q) ** 2,
        ),
    ),
    witness=Refutation(
        example="p = q = 1, ∇p = 1, ∇q = 0, labels −1 and 1",
        printed=lambda: -2.0 / 4.0,
        found=lambda: float(along(least_squares(-1, 1).optimum()).subs({p: 1, q: 1, dp: 1, dq: 0})),
        margin=0.5,
    ),
)

ORDER = Claim(
    name="least-squares-gan-label-order",
    says=(
        "The labels of the coefficient 2(p − q)/(p + q)³, which changes sign where p = q, are (a, b, c) = (−1, 1, 0); "
        "the printed (−1, 0, 1) give −(p + 2q)/(p + q)³, which never does."
    ),
    equation=r"C_{LS}(-1, 1, 0) = \frac{2(p - q)}{(p + q)^3}, \qquad C_{LS}(-1, 0, 1) = -\frac{p + 2q}{(p + q)^3}",
    source=SOURCE,
    proof=(
        RIGHT,
        Step(
            "(D* − c)∇D* at (−1, 0, 1)",
            partial(frozen, -1, 0, 1),
            lambda: -(p + 2 * q) / (p + q) ** 3 * (q * dp - p * dq),
        ),
    ),
    witness=Refutation(
        example="p = q = 1",
        printed=lambda: -3.0 / 8.0,
        found=partial(coefficient, 1.0, 1.0),
        margin=0.5,
    ),
)
