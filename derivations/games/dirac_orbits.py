"""The orbits of the Dirac-GAN: circles and their period, slow decay, and the cycles that training settles on."""

from functools import cache, partial
from math import pi, sqrt

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad
from scipy.special import iv

from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.games import (
    DiracField,
    DiracGAN,
    alternating,
    clipped,
    logistic_period,
    non_saturating_decay,
    psi,
    simultaneous,
    theta,
    wgan_gp,
    wgan_gp_cycle,
)
from gantheory.integration import dopri5, integrate, rk4
from gantheory.objectives import LOGISTIC, NON_SATURATING, WASSERSTEIN

phi, u = sp.symbols("phi u", real=True)
r, g, g0, h, A, time = sp.symbols("r gamma g_0 h A t", positive=True)


def state(*numbers: float) -> torch.Tensor:
    """(θ, ψ)."""
    return torch.tensor(numbers, dtype=torch.float64)


def turned(loss: object) -> tuple[sp.Expr, sp.Expr]:
    """(ṙ r, φ̇ r²) on the circle of radius r, by the package's velocity."""
    v = DiracGAN(loss).velocity  # type: ignore[arg-type]
    on = {theta: r * sp.cos(phi), psi: r * sp.sin(phi)}
    along, across = theta * v[0] + psi * v[1], theta * v[1] - psi * v[0]
    return along.subs(on), across.subs(on)


def slowness() -> sp.Expr:
    """1/|φ̇| on the circle."""
    return -(r**2) / turned(LOGISTIC)[1]


def even_moment(n: int) -> sp.Expr:
    """∫ (r² sin φ cos φ)^{2n}/(2n)! dφ over a turn: a term of the integral of e^{−u}."""
    return sp.integrate((r**2 * sp.sin(2 * phi) / 2) ** (2 * n), (phi, 0, 2 * sp.pi)) / sp.factorial(2 * n)


def bessel_term(n: int) -> sp.Expr:
    """2π (r²/4)^{2n}/(n!)²: the same term of 2π I₀(r²/2)."""
    return 2 * sp.pi * (r**2 / 4) ** (2 * n) / sp.factorial(n) ** 2


@cache
def measured_period(radius: float) -> float:
    """Twice the time after which the flow is opposite its start."""
    start = state(0.6 * radius, 0.8 * radius)
    guess = float(logistic_period(radius)) / 2
    end = torch.as_tensor(integrate(DiracGAN(LOGISTIC).field, start, (0.0, guess), method=dopri5(1e-11, 1e-13)).final)
    defect = torch.atan2(*(-end).flip(0)) - torch.atan2(*start.flip(0))  # of a motion that is clockwise
    speed = 1 / (1 + np.exp(-0.48 * radius**2))
    return 2 * (guess + float(defect) / speed)


def period_by_quadrature(radius: float) -> float:
    """∫ (1 + e^{−u}) dφ by SciPy."""
    return quad(lambda a: 1 + np.exp(-(radius**2) * np.sin(2 * a) / 2), 0, 2 * pi, epsabs=1e-13, epsrel=1e-13)[0]


PERIOD = Claim(
    name="dirac-logistic-period",
    says="The saturating logistic game turns on circles, once in the time 2π (1 + I₀(r²/2)); r² = 2 takes 14.2381118.",
    equation=r"T(r) = 2\pi\left(1 + I_0\left(\tfrac{r^2}{2}\right)\right)",
    source="mescheder2018which, section 2 (the period is derived here)",
    proof=(
        Step("1/|φ̇| = 1 + e^{−u}, u = θψ", slowness, lambda: 1 + sp.exp(-(r**2) * sp.sin(phi) * sp.cos(phi))),
        *(Step(f"term {n} of ∫ e^{{−u}} dφ and of 2π I₀", partial(even_moment, n), partial(bessel_term, n)) for n in range(5)),
    ),
    witness=Agreement(
        (
            Step("the flow at r² = 2", partial(measured_period, sqrt(2)), lambda: 2 * pi * (1 + iv(0, 1.0)), Rivals(1e-10)),
            Step(
                "the closed form at r = 1.9, against quadrature",
                lambda: float(logistic_period(1.9)),
                partial(period_by_quadrature, 1.9),
                Rivals(1e-11),
            ),
            Step("the number 14.2381118", lambda: float(logistic_period(sp.sqrt(2))), lambda: 14.2381118, Rivals(1e-8)),
        )
    ),
)


def circle_claim(name: str, loss: object, start: tuple[float, float]) -> Claim:
    """A game of zero sum between (θ, ψ) rests on no point but the equilibrium and keeps its distance to it."""

    def kept() -> float:
        field = DiracGAN(loss).field  # type: ignore[arg-type]
        return float(torch.as_tensor(integrate(field, state(*start), (0.0, 9.0), method=rk4(0.02)).final).norm())

    return Claim(
        name=f"dirac-circles-{name}",
        says=f"Unregularised, the saturating {name} game keeps θ² + ψ²: it circles the equilibrium for ever.",
        equation=r"\theta\dot\theta = -\psi\dot\psi",
        source="mescheder2018which, section 2",
        proof=(
            Step(
                "θ θ̇ = −ψ ψ̇",
                lambda: theta * DiracGAN(loss).velocity[0],  # type: ignore[arg-type]
                lambda: -psi * DiracGAN(loss).velocity[1],  # type: ignore[arg-type]
            ),
        ),
        witness=Agreement((Step("the radius after t = 9", kept, lambda: float(np.hypot(*start)), Rivals(1e-7)),)),
    )


CIRCLES = (circle_claim("wasserstein", WASSERSTEIN, (1.3, -0.4)), circle_claim("logistic", LOGISTIC, (0.9, 1.6)))

ANGLES = (torch.arange(8, dtype=torch.float64) + 0.3) * pi / 8


def decay_rate(radius: float) -> float:
    """|8 d(1/r²)/dt − 1| over one turn at the linear speed, averaged over eight angles."""
    start = radius * torch.stack([ANGLES.cos(), ANGLES.sin()], 1)
    turn = 4 * pi
    end = torch.as_tensor(integrate(DiracGAN(NON_SATURATING).field, start, (0.0, turn), method=rk4(turn / 640)).final)
    grown = (1 / end.square().sum(1) - 1 / radius**2).mean() / turn
    return abs(float(8 * grown) - 1)


def quartic_mean() -> sp.Expr:
    """The average over a circle of the leading term u²/2 of u tanh(u/2), twice: −d(r²)/dt."""
    leading = sp.series(u * sp.tanh(u / 2), u, 0, 3).removeO()
    return 2 * sp.integrate(leading.subs(u, r**2 * sp.sin(2 * phi) / 2), (phi, 0, 2 * sp.pi)) / (2 * sp.pi)


DECAY = Claim(
    name="dirac-non-saturating-decay",
    says="The unregularised non-saturating flow does converge, but sublinearly: r² approaches 8/(t + 8/r₀²).",
    equation=r"r^2(t) \sim \frac{8}{t + 8/r_0^2}",
    source="mescheder2018which, section 2 (the rate is derived here)",
    proof=(
        Step(
            "θθ̇ + ψψ̇ = −u tanh(u/2)",
            lambda: (theta * DiracGAN(NON_SATURATING).velocity[0] + psi * DiracGAN(NON_SATURATING).velocity[1]).rewrite(sp.exp),
            lambda: -(theta * psi * sp.tanh(theta * psi / 2)).rewrite(sp.exp),
        ),
        Step("averaged over a circle: d(r²)/dt = −r⁴/8", quartic_mean, lambda: r**4 / 8),
        Step(
            "the law solves that equation",
            lambda: sp.diff(non_saturating_decay(r, time), time),
            lambda: -(non_saturating_decay(r, time) ** 2) / 8,
        ),
    ),
    witness=Convergence(
        decay_rate,
        (0.2, 0.14, 0.1, 0.07),
        4,
        1e-5,
        size="radius $r_0$",
        quantity="relative error of $d(r^{-2})/dt = 1/8$",
    ),
)

STEPS = tuple(0.8 / 2 ** (k / 2) for k in range(5))
ITERATES = 1000


@cache
def cycle_errors() -> dict[float, float]:
    """|mean r²/(2h) − 1| of simultaneous descent for each step, all at once."""
    steps = torch.tensor(STEPS, dtype=torch.float64)
    field, update = DiracField(DiracGAN(NON_SATURATING).drift, steps=steps), simultaneous(1.0)
    z, squares = torch.cat([0.6 * torch.sqrt(2 * steps), 0.8 * torch.sqrt(2 * steps)]), []
    for _ in range(ITERATES):
        z = update(field, z)
        squares.append(z.square().reshape(2, -1).sum(0))
    kept = torch.stack(squares[ITERATES // 2 :])
    s = (torch.arange(len(kept), dtype=torch.float64) + 1) / (len(kept) + 1)
    window = torch.exp(-1 / (s * (1 - s)))
    mean = (window / window.sum()) @ kept
    return {step: abs(float(m / (2 * step)) - 1) for step, m in zip(STEPS, mean, strict=True)}


def squared_growth() -> sp.Expr:
    """The average over a small circle of (|w⁺|² − |w|²)/h for the non-saturating loss, to the orders r⁴ and r²h."""
    v = DiracGAN(NON_SATURATING).velocity
    drift = sp.series(sp.simplify((theta * v[0] + psi * v[1]).subs(theta, u / psi)), u, 0, 3).removeO()
    speed = sum(sp.diff(part, s).subs({theta: 0, psi: 0}) ** 2 * s**2 for part, s in zip(v, (psi, theta), strict=True))
    whole = 2 * drift.subs(u, theta * psi) + h * speed
    on = whole.subs({theta: r * sp.cos(phi), psi: r * sp.sin(phi)}, simultaneous=True)
    return sp.expand(sp.integrate(sp.expand(on), (phi, 0, 2 * sp.pi)) / (2 * sp.pi))


NS_CYCLE = Claim(
    name="dirac-non-saturating-cycle",
    says="Simultaneous descent on the unregularised non-saturating game ends on a cycle of mean square radius 2h.",
    equation=r"\overline{r^2} = 2h\left(1 + O(h^2)\right)",
    source="mescheder2018which, section 2 (the cycle is derived here)",
    proof=(
        Step(
            "averaged growth of r² over a step, divided by h",
            squared_growth,
            lambda: -(r**4) / 8 + h * r**2 / 4,
        ),
    ),
    witness=Convergence(
        lambda h: cycle_errors()[h], STEPS[2:], 2, 5e-3, size="step $h$", quantity="relative error of $\\overline{r^2} = 2h$"
    ),
)


def half_turn(weight: sp.Expr, centre: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """(θ, ψ) for ψ > 0 from (−A, 0): θ = γg₀ − (A + γg₀) e^{−γt/2} (cos ωt + (γ/2ω) sin ωt)."""
    omega = sp.sqrt(1 - weight**2 / 4)
    wave = sp.cos(omega * time) + weight / (2 * omega) * sp.sin(omega * time)
    position = weight * centre - (A + weight * centre) * sp.exp(-weight * time / 2) * wave
    return position, sp.diff(position, time)


WEIGHT = sp.Rational(6, 5)  # ω = 4/5


def on_the_upper_side() -> list[sp.Expr]:
    """The package's velocity along the half turn, ψ > 0."""
    path = half_turn(WEIGHT, g0)
    v = DiracGAN(WASSERSTEIN, wgan_gp(WEIGHT, g0)).velocity
    above = [part.subs(sp.Abs(psi), psi).subs(sp.sign(psi), 1) for part in v]
    return [sp.expand(part.subs({theta: path[0], psi: path[1]}, simultaneous=True)) for part in above]


def slopes() -> list[sp.Expr]:
    """The derivatives of the half turn."""
    return [sp.expand(sp.diff(part, time)) for part in half_turn(WEIGHT, g0)]


def returned() -> sp.Expr:
    """θ after the half turn, from the cycle's own amplitude."""
    omega = sp.sqrt(1 - g**2 / 4)
    q = sp.exp(-g * sp.pi / (2 * omega))
    return (g * g0 + (A + g * g0) * q).subs(A, wgan_gp_cycle(g, g0)).rewrite(sp.exp)


@cache
def measured_cycle(weight: float, centre: float) -> float:
    """|θ| at the end of the half turn that starts on the cycle."""
    field = DiracGAN(WASSERSTEIN, wgan_gp(weight, centre)).field
    half = pi / sqrt(1 - weight**2 / 4)
    start = state(-float(wgan_gp_cycle(weight, centre)), 1e-300)
    return float(torch.as_tensor(integrate(field, start, (0.0, half), method=rk4(half / 300)).final)[0])


def reached_cycle(weight: float, centre: float) -> float:
    """|θ| at ψ = 0 after many half turns from (1, 1), by the exact return map in floats."""
    q, amplitude = np.exp(-weight * pi / (2 * sqrt(1 - weight**2 / 4))), 1.0
    for _ in range(60):
        amplitude = weight * centre + (amplitude + weight * centre) * q
    return amplitude


GP_CYCLE = Claim(
    name="dirac-wgan-gp-cycle",
    says="WGAN-GP does not converge: with γ/2 (|ψ| − g₀)² and γ < 2 it ends on a cycle of amplitude γg₀ coth(γπ/4ω).",
    equation=r"\max|\theta| = \gamma g_0 \coth\frac{\gamma\pi}{4\omega}, \quad \omega = \sqrt{1 - \gamma^2/4}",
    source="mescheder2018which, section 3 (the amplitude is derived here)",
    proof=(
        Step("the half turn solves the game's equations for ψ > 0, γ = 6/5", on_the_upper_side, slopes),
        Step("it carries −A to A", returned, lambda: wgan_gp_cycle(g, g0).rewrite(sp.exp)),
        Step("γ → 0: 4g₀/π", lambda: sp.limit(wgan_gp_cycle(g, g0), g, 0), lambda: 4 * g0 / sp.pi),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"γ = {weight}, g₀ = {centre}: the flow's half turn against the return map iterated from elsewhere",
                partial(measured_cycle, weight, centre),
                partial(reached_cycle, weight, centre),
                Rivals(1e-8),
            )
            for weight, centre in ((0.7, 1.0), (1.3, 0.8))
        )
    ),
)

BOUND = 0.7


def clipping_error(step: float) -> float:
    """max |r − c| over a half turn after the discriminator has left its bound."""
    times = torch.linspace(0.5, 3.5, 61, dtype=torch.float64)
    path = integrate(
        DiracGAN(WASSERSTEIN).field, state(0.3, -0.65), torch.cat([state(0.0), times]), method=clipped(alternating(step), BOUND)
    )
    return float((torch.as_tensor(path.x)[1:].norm(dim=1) - BOUND).abs().max())


CLIPPING = Claim(
    name="dirac-wgan-clipping",
    says="Clipping |ψ| ≤ c does not converge either: from outside the circle of radius c the players slide along the bound to "
    "θ = 0, leave it there and stay on that circle; inside they keep their own.",
    equation=r"\theta^2 + \psi^2 = c^2",
    source="mescheder2018which, section 3",
    proof=(
        Step(
            "inside the bound θθ̇ = −ψψ̇",
            lambda: theta * DiracGAN(WASSERSTEIN).velocity[0],
            lambda: -psi * DiracGAN(WASSERSTEIN).velocity[1],
        ),
        Step(
            "at the bound ψ̇ turns inwards at θ = 0: the radius there",
            lambda: sp.sqrt(sp.solve(DiracGAN(WASSERSTEIN).velocity[1], theta)[0] ** 2 + r**2),
            lambda: r,
        ),
    ),
    witness=Convergence(clipping_error, (0.01, 0.005, 0.0025), 1, 1e-2, size="step $h$", quantity="$\\max|r - c|$"),
)
