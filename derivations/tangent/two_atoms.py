"""One datum, one particle, a Gaussian kernel: critics and forces in closed form, for five losses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad, solve_ivp
from scipy.special import expi, wrightomega

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import KernelGradient
from gantheory.flows import ParticleFlow
from gantheory.integration import dopri5, integrate
from gantheory.kernels import gaussian
from gantheory.measures import Empirical
from gantheory.objectives import HINGE, LOGISTIC, NON_SATURATING, WASSERSTEIN, Loss, Objective
from gantheory.symbolic import y

WIDTH, TIME = 1.3, 2.0
WHOLE = Loss(real=(y - 1) ** 2, fake=(y + 1) ** 2, generator=y**2)
ZERO = torch.zeros((), dtype=torch.float64)

t, sigma, x, w, positive = sp.symbols("t sigma x w s", positive=True)
kappa = sp.exp(-(x**2) / (2 * sigma**2))
q = 1 - kappa


def sigmoid(value: float) -> float:
    """1/(1 + e^{−v})."""
    return float(1 / (1 + np.exp(-value)))


@dataclass(frozen=True)
class Row:
    """One loss: E = D_t at the datum = −D_t at the particle, and the factor F of the force −F (E/q) κ x/σ².

    height and pull are the table's numbers, functions of qt; steps prove that E solves E′ = q (−ℓ_real′(E)), E(0) = 0.
    """

    name: str
    loss: Loss
    words: str
    height: Callable[[float], float]
    pull: Callable[[float], float]
    equation: str
    steps: tuple[Step, ...]


def rate(loss: Loss, value: sp.Expr) -> sp.Expr:
    """−ℓ_real′ at a value of D: what drives E, over q."""
    return -sp.diff(loss.real, y).subs(y, value)


def grows(loss: Loss, height: Callable[[sp.Expr], sp.Expr]) -> tuple[Step, ...]:
    """E(qt) has dE/d(qt) = −ℓ_real′(E), and E(0) = 0."""
    return (
        Step("E′ = q (−ℓ_real′(E))", lambda: sp.diff(height(t), t), lambda: rate(loss, height(t))),
        Step("E begins at 0: E + 1 = 1", lambda: height(t).subs(t, 0) + 1, lambda: sp.Integer(1)),
    )


def logarithmic(loss: Loss) -> tuple[Step, ...]:
    """u = s − W(e^s), s = qt + 1, by w = W(e^s): s = w + log w, u = log w."""
    return (
        Step(
            "with w = e^u, s = w + log w: du/ds = −ℓ_real′(u)",
            lambda: sp.diff(sp.log(w), w) / sp.diff(w + sp.log(w), w),
            lambda: sp.simplify(rate(loss, sp.log(w))),
        ),
        Step("u = 0 at w = 1, which is s = 1", lambda: (w + sp.log(w)).subs(w, 1), lambda: sp.Integer(1)),
    )


def stops() -> tuple[Step, ...]:
    """E = min(qt, 1): the push is 1 below the margin and 0 above it."""
    return (
        Step("E′ = q below the margin", lambda: rate(HINGE, 1 - positive), lambda: sp.diff(t, t)),
        Step("E′ = 0 above it: E′ + 1 = 1", lambda: rate(HINGE, 1 + positive) + 1, lambda: sp.Integer(1)),
    )


def force(loss: Loss, height: sp.Expr) -> sp.Expr:
    """−γ′(D) D′ at the particle, D = (E/q)(k(·, 0) − k(·, x)), by SymPy."""
    z = sp.Symbol("z", real=True)
    D = height / q * (sp.exp(-(z**2) / (2 * sigma**2)) - sp.exp(-((z - x) ** 2) / (2 * sigma**2)))
    return -sp.diff(loss.generator, y).subs(y, -height) * sp.diff(D, z).subs(z, x)


def lambert(s: float) -> float:
    """U = s + 1 − W(e^{s+1}), by Wright's ω, which takes no exponential."""
    return float(s + 1 - wrightomega(s + 1).real)


E = sp.Symbol("E", positive=True)
ROWS = (
    Row("ipm", WASSERSTEIN, "the linear loss", lambda s: s, lambda E: 1.0, "E = qt", grows(WASSERSTEIN, lambda s: s)),
    Row(
        "least-squares", WHOLE, "LSGAN(−1, 1, 0), whose generator aims at 0", lambda s: -np.expm1(-2 * s), lambda E: 2 * E,
        "E = 1 - e^{-2qt}", grows(WHOLE, lambda s: 1 - sp.exp(-2 * s)),
    ),
    Row(
        "non-saturating", NON_SATURATING, "the non-saturating loss", lambert, lambda E: sigmoid(E),
        "E = qt + 1 - W(e^{qt+1})", logarithmic(NON_SATURATING),
    ),
    Row(
        "saturating", LOGISTIC, "the saturating loss", lambert, lambda E: sigmoid(-E), "E = qt + 1 - W(e^{qt+1})",
        logarithmic(LOGISTIC),
    ),
    Row("hinge", HINGE, "the hinge loss", lambda s: min(s, 1.0), lambda E: 1.0, r"E = \min(qt, 1)", stops()),
)  # fmt: skip
FACTORS = {
    "ipm": sp.Integer(1), "least-squares": 2 * E, "non-saturating": 1 / (1 + sp.exp(-E)),
    "saturating": 1 / (1 + sp.exp(E)), "hinge": sp.Integer(1),
}  # fmt: skip
PLACES = {1: (0.9,), 2: (1.1, -0.8), 3: (0.5, 2.1, -1.4)}  # the particle, for a datum at 0


def at_work(row: Row, dim: int) -> np.ndarray:
    """(D(0), D(x), velocity of the particle) by ParticleFlow and KernelGradient."""
    here, origin = torch.tensor([PLACES[dim]], dtype=torch.float64), torch.zeros(1, dim, dtype=torch.float64)
    flow = ParticleFlow(
        Objective(row.loss), Empirical(origin), KernelGradient(gaussian(WIDTH), TIME, method=dopri5(1e-10, 1e-12))
    )
    D = flow.discriminator(here)
    return torch.cat([D(origin), D(here), flow(ZERO, here)[0]]).numpy()


def in_table(row: Row, dim: int) -> np.ndarray:
    """The same by the table."""
    here = np.array(PLACES[dim])
    k = np.exp(-(here @ here) / (2 * WIDTH**2))
    height = row.height((1 - k) * TIME)
    velocity = -row.pull(height) * height / (1 - k) * k * here / WIDTH**2
    return np.array([height, -height, *velocity])


def claim(row: Row) -> Claim:
    """The row as a claim."""
    return Claim(
        name=f"two-atoms-{row.name}",
        says=f"Data at 0, one particle at x, a Gaussian kernel, q = 1 − k(x, 0): the critic of {row.words} has "
        "D(0) = −D(x) = E in closed form, and so has the particle's velocity.",
        equation=row.equation + r",\quad \dot x = -\gamma'(-E)\,\frac{E}{q}\,\left(-\frac{\kappa x}{\sigma^2}\right)",
        source="franceschi2022neural, closed forms of two atoms, derived here",
        proof=(
            *row.steps,
            Step(
                "the velocity: −γ′(−E) (E/q) times the slope of the kernel",
                lambda: sp.simplify(force(row.loss, E)),
                lambda: sp.simplify(-FACTORS[row.name] * E / q * kappa * x / sigma**2),
            ),
        ),
        witness=Agreement(
            tuple(
                Step(
                    f"d = {d}: flow and solver against the table",
                    partial(at_work, row, d),
                    partial(in_table, row, d),
                    Rivals(1e-7),
                )
                for d in PLACES
            )
        ),
    )


TWO_ATOMS = tuple(claim(row) for row in ROWS)

ETA = 0.7
start, end = sp.symbols("x0 x1", positive=True)


def hitting(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """Σ²/(2ητ) (Ei(a²/2σ²) − Ei(b²/2σ²))."""
    return sigma**2 / (2 * t) * (sp.Ei(a**2 / (2 * sigma**2)) - sp.Ei(b**2 / (2 * sigma**2)))


def reached() -> np.ndarray:
    """The particle after the predicted time, started at 2: ParticleFlow with the generator −ηy."""
    slow = Loss(-y, y, generator=-sp.Rational(7, 10) * y)
    flow = ParticleFlow(
        Objective(slow), Empirical(torch.zeros(1, 1, dtype=torch.float64)), KernelGradient(gaussian(WIDTH), TIME)
    )
    time = WIDTH**2 / (2 * ETA * TIME) * (expi(4 / (2 * WIDTH**2)) - expi(0.01 / (2 * WIDTH**2)))
    path = integrate(flow, torch.full((1, 1), 2.0, dtype=torch.float64), [0.0, float(time)], method=dopri5(1e-10, 1e-12))
    return path.final.numpy().ravel()  # type: ignore[union-attr]


def by_quadrature() -> float:
    """∫ dx/|v| from 0.1 to 2."""
    return float(
        quad(lambda z: WIDTH**2 / (ETA * TIME * z) * np.exp(z**2 / (2 * WIDTH**2)), 0.1, 2.0, epsabs=0, epsrel=1e-12)[0]
    )


HITTING = Claim(
    name="ipm-hitting-time",
    says="Under a linear loss the particle goes from x₀ to x₁ in the time σ²/(2ητ) (Ei(x₀²/2σ²) − Ei(x₁²/2σ²)), 4.61079298 for "
    "σ = 1.3, τ = 2, η = 0.7 from 2 to 0.1.",
    equation=r"t = \frac{\sigma^2}{2\eta\tau}"
    r"\left(\mathrm{Ei}\frac{x_0^2}{2\sigma^2} - \mathrm{Ei}\frac{x_1^2}{2\sigma^2}\right)",
    source="franceschi2022neural, closed forms of two atoms, derived here",
    proof=(
        Step(
            "dt/dx₁ is 1 over the velocity −ητ κ x₁/σ²",
            lambda: sp.diff(hitting(start, end), end),
            lambda: 1 / (-t * end / sigma**2 * sp.exp(-(end**2) / (2 * sigma**2))),
        ),
    ),
    witness=Agreement(
        (
            Step("the flow after that time against x₁", reached, lambda: np.array([0.1]), Rivals(1e-6)),
            Step(
                "the formula against quadrature",
                lambda: float(hitting(sp.Integer(2), sp.Rational(1, 10)).subs({t: ETA * TIME, sigma: WIDTH}).evalf()),
                by_quadrature,
                Rivals(1e-9),
            ),
        )
    ),
)


def law() -> sp.Expr:
    """ẋ of least squares, E = 1 − e^{−2qt}, η = 1."""
    height = 1 - sp.exp(-2 * q * t)
    return -2 * height**2 / q * kappa * x / sigma**2


def leading() -> sp.Expr:
    """The term of ẋ in x³, by the limit of ẋ/x³."""
    s = sp.Symbol("s", positive=True)  # x²/2σ²
    body = (1 - sp.exp(-2 * t * (1 - sp.exp(-s)))) ** 2 / (1 - sp.exp(-s)) * sp.exp(-s)
    return -2 * sp.limit(body / s, s, 0) / (2 * sigma**2) / sigma**2


@cache
def decayed() -> np.ndarray:
    """The particle at 10, 10³ and 10⁵ by the flow, η = 0.7."""
    slow = Loss(WHOLE.real, WHOLE.fake, generator=sp.Rational(7, 10) * y**2)
    flow = ParticleFlow(
        Objective(slow), Empirical(torch.zeros(1, 1, dtype=torch.float64)), KernelGradient(gaussian(WIDTH), TIME)
    )
    path = integrate(flow, torch.ones(1, 1, dtype=torch.float64), [0.0, 10.0, 1e3, 1e5], method=dopri5(1e-6, 1e-9))
    return path.x[1:, 0, 0].numpy()  # type: ignore[union-attr, call-overload]


def by_scipy() -> np.ndarray:
    """The same by the scalar law and Radau."""

    def velocity(_: float, z: np.ndarray) -> np.ndarray:
        gap = -np.expm1(-(z**2) / (2 * WIDTH**2))
        return -2 * ETA * np.expm1(-2 * TIME * gap) ** 2 / gap * (1 - gap) * z / WIDTH**2

    return solve_ivp(velocity, (0, 1e5), [1.0], method="Radau", t_eval=[10.0, 1e3, 1e5], rtol=1e-9, atol=1e-13).y[0]


def asymptote(time: sp.Expr) -> sp.Expr:
    """(8ητ² t/σ⁴)^{−½}, η = 1."""
    return (8 * t**2 * time / sigma**4) ** sp.Rational(-1, 2)


DECAY = Claim(
    name="least-squares-algebraic-decay",
    says="Under LSGAN(−1, 1, 0) the particle nears the datum like (8ητ²t/σ⁴)^{−1/2} only, for its force vanishes like x³: "
    "x(10⁵) = 0.001129195 for σ = 1.3, τ = 2, η = 0.7, x(0) = 1.",
    equation=r"\dot x \approx -\frac{4\eta\tau^2}{\sigma^4} x^3,\qquad x(t) \sim \left(8\eta\tau^2 t/\sigma^4\right)^{-1/2}",
    source="franceschi2022neural, closed forms of two atoms, derived here",
    proof=(
        Step("the leading coefficient of ẋ at 0 is −4τ²/σ⁴", leading, lambda: -4 * t**2 / sigma**4),
        Step(
            "the asymptote solves ẋ = −4τ²x³/σ⁴",
            lambda: sp.diff(asymptote(w), w),
            lambda: -4 * t**2 * asymptote(w) ** 3 / sigma**4,
        ),
    ),
    witness=Agreement(
        (
            Step("the flow against Radau on the scalar law", decayed, by_scipy, Rivals(1e-4)),
            Step("its end against the number", lambda: decayed()[-1:], lambda: np.array([0.001129195]), Rivals(1e-5)),
            Step(
                "its end against the asymptote",
                lambda: decayed()[-1:],
                lambda: np.array([float(asymptote(w).subs({w: 1e5 * ETA, t: TIME, sigma: WIDTH}))]),
                Rivals(1e-4),
            ),
        )
    ),
)
MASSES = (0.3, 0.7)


def lonely() -> np.ndarray:
    """D at two data of unequal mass, so far from all else that each is alone, at the times 2.3 and 900."""
    real = Empirical(torch.tensor([[0.0], [1e3]], dtype=torch.float64), torch.tensor(MASSES, dtype=torch.float64))
    fake = Empirical(torch.tensor([[-1e3]], dtype=torch.float64))
    found = [
        KernelGradient(gaussian(1.0), time, method=dopri5(1e-11, 1e-12)).solve(Objective(LOGISTIC), real, fake)(real.points)
        for time in (2.3, 900.0)
    ]
    return torch.cat(found).numpy()


ALONE = Claim(
    name="logistic-critic-of-one-atom",
    says="zt + 1 − W(e^{zt+1}) solves u′ = z σ(−u), u(0) = 0: an atom of mass z that meets no other has this logit, which "
    "grows like log zt; with Wright's ω no exponential overflows.",
    equation=r"u = zt + 1 - W\left(e^{zt+1}\right),\quad u' = z\,\sigma(-u)",
    source="franceschi2022neural, the logistic loss, derived here",
    proof=logarithmic(LOGISTIC),
    witness=Agreement(
        (
            Step(
                "KernelGradient with masses 0.3, 0.7 at t = 2.3, 900 against Wright's ω",
                lonely,
                lambda: np.array([lambert(z * s) for s in (2.3, 900.0) for z in MASSES]),
                Rivals(1e-10),
            ),
        )
    ),
)
