"""How the direction moves, and which gap of means it follows."""

from functools import cache, partial
from math import exp, pi, sqrt

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad
from scipy.special import expit

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import Sliced, SlicedObjective
from gantheory.flows import DirectionFlow
from gantheory.integration import dopri5, integrate
from gantheory.objectives import LOGISTIC, NON_SATURATING, Loss
from gantheory.symbolic import y

RATE = 0.7
TIMES = (0.0, 0.3, 0.8, 1.7)
a, eta, g, t, a0 = sp.symbols("a eta g t a0", positive=True)


def turned() -> sp.Expr:
    """The rate of the angle: ω̇ = η(I − ωωᵀ)gap along the tangent, in the plane of ω and the gap."""
    omega, gap = sp.Matrix([sp.cos(a), sp.sin(a)]), sp.Matrix([g, 0])
    velocity = eta * (gap - omega * omega.dot(gap))
    return velocity.dot(omega.diff(a))


def solved(side: int) -> sp.Expr:
    """The rate of 2 atan(tan(a₀/2) e^{−ηgt}), and −ηg sin of it, both times 1 + tan²: rational in tan(a₀/2)."""
    T = sp.tan(a0 / 2) * sp.exp(-eta * g * t)
    if side == 0:
        return (1 + T**2) * sp.diff(2 * sp.atan(T), t)
    return -eta * g * 2 * T


def angles(dim: int) -> list[float]:
    """tan(a/2) along the flow, and |ω| at the end."""
    rng = np.random.default_rng(dim)
    gap, omega = torch.from_numpy(rng.normal(size=dim)), torch.from_numpy(rng.normal(size=dim))
    path = torch.as_tensor(integrate(DirectionFlow(gap, RATE), omega / omega.norm(), TIMES, method=dopri5(1e-11, 1e-12)).x)
    cosines = path @ gap / (gap.norm() * path.norm(dim=1))
    return [*torch.tan(torch.acos(cosines) / 2).tolist(), path[-1].norm().item()]


def formula(dim: int) -> list[float]:
    """tan(a₀/2) e^{−η|gap|t}, and 1, in NumPy."""
    rng = np.random.default_rng(dim)
    gap, omega = rng.normal(size=dim), rng.normal(size=dim)
    start = np.arccos(gap @ omega / np.linalg.norm(gap) / np.linalg.norm(omega))
    return [*(np.tan(start / 2) * np.exp(-RATE * np.linalg.norm(gap) * np.array(TIMES))), 1.0]


ANGLE = Claim(
    name="direction-angle",
    says="With features held, the angle between direction and gap closes as tan(a/2) falls exponentially.",
    equation=r"\dot\omega = \eta(I-\omega\omega^{\top})\,\mathrm{gap}"
    r"\ \Rightarrow\ \tan\tfrac{a(t)}{2} = \tan\tfrac{a_0}{2}\;e^{-\eta|\mathrm{gap}|t}",
    source="takida2024san, the second term of its objective as a flow; the solution is derived here",
    proof=(
        Step("the angle falls at η|gap| sin a", turned, lambda: -eta * g * sp.sin(a)),
        Step("the formula solves ȧ = −η|gap| sin a", partial(solved, 0), partial(solved, 1)),
    ),
    witness=Agreement(
        tuple(
            Step(f"D = {n}: the flow against the formula", partial(angles, n), partial(formula, n), Rivals(1e-8))
            for n in (2, 3, 7)
        )
    ),
)

MEAN, FACTOR = np.array([0.6, -0.4]), np.array([[1.1, 0.0], [0.5, 0.7]])
OMEGA, SCALE = np.array([0.8, 0.6]), 1.3


def nodes(mean: np.ndarray, factor: np.ndarray, count: int = 61) -> tuple[np.ndarray, np.ndarray]:
    """A normal law as weighted nodes of the trapezoidal rule, which converges exponentially for analytic integrands."""
    z = np.linspace(-9, 9, count)
    w = np.exp(-(z**2) / 2)
    grid = np.stack(np.meshgrid(z, z, indexing="ij"), -1).reshape(-1, 2)
    return grid @ factor.T + mean, np.outer(w, w).ravel() / w.sum() ** 2


def weighted_mean(
    objective: SlicedObjective, mean: np.ndarray, factor: np.ndarray, omega: np.ndarray, scale: float
) -> np.ndarray:
    """Σ shares · x by the package, f = scale⟨ω, x⟩."""
    x, w = map(torch.from_numpy, nodes(mean, factor))
    return (objective.shares(scale * (x @ torch.from_numpy(omega)), w) @ x).numpy()


def on_the_line(mean: float, deviation: float, sign: float) -> tuple[float, float]:
    """E r(f) and E r′(f) for f ~ N(mean, deviation²) and r = σ(sign · f), by SciPy's quadrature."""
    density = lambda z: exp(-z * z / 2) / sqrt(2 * pi)  # noqa: E731
    value = lambda z: expit(sign * (mean + deviation * z))  # noqa: E731
    first = quad(lambda z: density(z) * value(z), -12, 12, epsabs=1e-13)[0]
    return first, quad(lambda z: density(z) * sign * value(z) * (1 - value(z)), -12, 12, epsabs=1e-13)[0]


def by_shares(loss: Loss) -> np.ndarray:
    """The weighted mean of one law."""
    return weighted_mean(SlicedObjective(loss), MEAN, FACTOR, OMEGA, SCALE)


def by_stein(sign: float) -> np.ndarray:
    """m + s (E r′/E r) Σω."""
    S = FACTOR @ FACTOR.T
    r, slope = on_the_line(SCALE * OMEGA @ MEAN, SCALE * sqrt(OMEGA @ S @ OMEGA), sign)
    return MEAN + SCALE * slope / r * S @ OMEGA


def generating(side: int) -> list[sp.Expr]:
    """E[e^{⟨w, x⟩} x] as the gradient of the moment generating function, and (m + Σw) times that function."""
    w, m = (sp.Matrix(sp.symbols(f"{n}1:3", real=True)) for n in ("w", "m"))
    v1, v2, v3 = sp.symbols("v1:4", real=True)
    S = sp.Matrix([[v1, v2], [v2, v3]])
    M = sp.exp(w.dot(m) + (w.T * S * w)[0] / 2)
    return [sp.diff(M, v) for v in w] if side == 0 else list(M * (m + S * w))


STEIN = Claim(
    name="weighted-gap-stein",
    says="The r-weighted mean of a normal law is its mean, moved along Σω by the ratio of the means of r′ and r.",
    equation=r"\frac{\mathbb{E}[r(f)\,x]}{\mathbb{E}\,r(f)} = m + s\,\frac{\mathbb{E}\,r'(f)}{\mathbb{E}\,r(f)}\,\Sigma\omega,"
    r"\qquad f = s\langle\omega,x\rangle",
    source="takida2024san, the weights r of its objective; Stein's identity",
    proof=(Step("r = e^f, which generates the rest, d = 2", partial(generating, 0), partial(generating, 1)),),
    witness=Agreement(
        tuple(
            Step(
                f"{name}: shares on nodes against quadrature on the line",
                partial(by_shares, loss),
                partial(by_stein, sign),
                Rivals(1e-9),
            )
            for name, loss, sign in (("saturating", LOGISTIC, 1.0), ("non-saturating", NON_SATURATING, -1.0))
        )
    ),
)

GAP, WIDTHS, HALF = np.array([1.0, 3.0]), np.array([1.0, 5.0]), 0.5


@cache
def san(normalised: bool) -> SlicedObjective:
    """The non-saturating objective."""
    return SlicedObjective(NON_SATURATING, normalised=normalised)


def weighted_gap(normalised: bool, omega: np.ndarray, scale: float = HALF) -> np.ndarray:
    """The gap that the direction term of the package follows at ω, between N(±δ/2, diag(1, 25))."""
    objective, readings = san(normalised), []
    direction = torch.tensor(omega, requires_grad=True)
    for sign in (1, -1):
        x, w = map(torch.from_numpy, nodes(sign * GAP / 2, np.diag(WIDTHS)))
        readings.append((Sliced(scale * (x @ direction.detach()), x @ direction), w))
    loss = objective.discriminator(readings[0][0], readings[1][0], readings[0][1], readings[1][1])
    (slope,) = torch.autograd.grad(loss, direction)
    return -slope.numpy()


@cache
def fixed_point(normalised: bool) -> np.ndarray:
    """ω = gap(ω)/|gap(ω)| by damped iteration of the package's weighted gap."""
    omega = GAP / np.linalg.norm(GAP)
    for _ in range(30):
        moved = weighted_gap(normalised, omega)
        omega = omega + moved / np.linalg.norm(moved)
        omega /= np.linalg.norm(omega)
    return omega


def by_line() -> np.ndarray:
    """The same point for the normalised gap δ + cΣω, c from quadrature on the line, in NumPy."""
    S, omega = np.diag(WIDTHS**2), GAP / np.linalg.norm(GAP)
    for _ in range(30):
        deviation = HALF * sqrt(omega @ S @ omega)
        ratios = [np.divide(*on_the_line(k * HALF * omega @ GAP / 2, deviation, -1.0)[::-1]) for k in (1, -1)]
        gap = GAP + HALF * (ratios[0] - ratios[1]) * S @ omega
        omega = omega + gap / np.linalg.norm(gap)
        omega /= np.linalg.norm(omega)
    return omega


def reflected(loss_sign: int) -> sp.Expr:
    """r(y) + r(−y), simplified."""
    r = sp.diff(-(LOGISTIC if loss_sign > 0 else NON_SATURATING).generator, y)
    return sp.simplify(r + r.subs(y, -y))


FIXED_POINTS = Claim(
    name="weighted-gap-fixed-points",
    says="Normalised and un-normalised weights have different fixed directions: only the latter rests at the gap of means.",
    equation=r"\omega_{\text{un}} = \delta/|\delta|,\qquad \omega_{\text{norm}} \propto \delta + c(\omega_{\text{norm}})\,"
    r"\Sigma\,\omega_{\text{norm}}",
    source="shibuya2024bigvsan, whose code leaves the weights unnormalised",
    proof=(
        Step(
            "saturating: r(f) + r(−f) = 1, so that the un-normalised gap is E_p x", partial(reflected, 1), lambda: sp.Integer(1)
        ),
        Step("non-saturating: the same", partial(reflected, -1), lambda: sp.Integer(1)),
    ),
    witness=(
        Refutation(
            "N(±δ/2, diag(1, 25)), δ = (1, 3), s = ½: first component of ω, un-normalised and normalised",
            lambda: float(fixed_point(False)[0]),
            lambda: float(fixed_point(True)[0]),
            0.3,
        ),
        Agreement(
            (
                Step(
                    "un-normalised: half the gap of means, at a generic ω",
                    lambda: weighted_gap(False, OMEGA),
                    lambda: GAP / 2,
                    Rivals(1e-9),
                ),
                Step(
                    "normalised: the fixed point against quadrature on the line",
                    lambda: fixed_point(True),
                    by_line,
                    Rivals(1e-7),
                ),
            )
        ),
    ),
)
