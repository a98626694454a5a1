"""SAN between two points cycles; with an optimal direction it arrives, at unit speed."""

from functools import partial
from math import cos, exp, pi, sin, sqrt

import numpy as np
import sympy as sp
import torch
from scipy.integrate import solve_ivp

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.flows import DiracSAN, MeanGapFlow
from gantheory.integration import dopri5, euler, integrate, rk4
from gantheory.measures import Empirical

RATE = 0.6
alpha, beta = sp.symbols("alpha beta", real=True)
rho, phi, eta = sp.symbols("rho varphi eta", positive=True)


def polar() -> tuple[sp.Expr, sp.Expr]:
    """ρ̇ and φ̇ of gap = ρ(cos β, sin β), ω = (cos α, sin α), φ = β − α, from ṁ = ω and ω̇ = η(I − ωωᵀ)gap."""
    gap, omega = rho * sp.Matrix([sp.cos(beta), sp.sin(beta)]), sp.Matrix([sp.cos(alpha), sp.sin(alpha)])
    moving, turning = -omega, eta * (gap - omega * omega.dot(gap))
    beta_rate = (gap[0] * moving[1] - gap[1] * moving[0]) / rho**2
    alpha_rate = omega[0] * turning[1] - omega[1] * turning[0]
    rates = gap.dot(moving) / rho, beta_rate - alpha_rate
    return tuple(sp.simplify(r.subs(beta, alpha + phi)) for r in rates)  # type: ignore[return-value]


FIELD = (-sp.cos(phi), sp.sin(phi) * (1 / rho - eta * rho))


def along(f: sp.Expr) -> sp.Expr:
    """df/dt along the polar field."""
    return sp.expand(sp.diff(f, rho) * FIELD[0] + sp.diff(f, phi) * FIELD[1])


def started(dim: int) -> tuple[DiracSAN, tuple[torch.Tensor, torch.Tensor]]:
    """A target, a fake point and a direction in R^dim."""
    rng = np.random.default_rng(dim)
    omega = rng.normal(size=dim)
    start = torch.from_numpy(rng.normal(size=dim)), torch.from_numpy(omega / np.linalg.norm(omega))
    return DiracSAN(torch.from_numpy(rng.normal(size=dim)), RATE), start


TIMES = (0.0, 1.0, 2.0, 4.0)


def invariants(dim: int) -> np.ndarray:
    """I along the flow."""
    flow, start = started(dim)
    return flow.invariant(tuple(integrate(flow, start, TIMES, method=dopri5(1e-10, 1e-11)).x)).numpy()


def at_start(dim: int) -> np.ndarray:
    """ρ sin φ e^{−ηρ²/2} at the start by NumPy, four times."""
    flow, (m, omega) = started(dim)
    gap, direction = (flow.target - m).numpy(), omega.numpy()
    across = sqrt(gap @ gap - (gap @ direction) ** 2)
    return np.full(len(TIMES), across * exp(-RATE / 2 * float(gap @ gap)))


def distances(dim: int) -> np.ndarray:
    """ρ along the flow."""
    flow, start = started(dim)
    m, _ = integrate(flow, start, TIMES, method=dopri5(1e-10, 1e-11)).x
    return (m - flow.target).norm(dim=1).numpy()


def by_scipy(dim: int) -> np.ndarray:
    """ρ by SciPy's DOP853 on the polar equations."""
    flow, (m, omega) = started(dim)
    gap = (flow.target - m).numpy()
    size = np.linalg.norm(gap)
    angle = np.arccos(gap @ omega.numpy() / size)
    field = lambda t, z: [-cos(z[1]), sin(z[1]) * (1 / z[0] - RATE * z[0])]  # noqa: E731
    return solve_ivp(field, (0, TIMES[-1]), [size, angle], method="DOP853", t_eval=TIMES, rtol=1e-12, atol=1e-13).y[0]


INVARIANT = Claim(
    name="dirac-san-invariant",
    says="SAN between two points keeps ρ sin φ e^{−ηρ²/2}: simultaneous descent cycles and never reaches its target.",
    equation=r"\dot m=\omega,\ \dot\omega=\eta(I-\omega\omega^{\top})(m^*-m)\ \Rightarrow\ "
    r"\frac{d}{dt}\left(\rho\,\sin\varphi\;e^{-\eta\rho^2/2}\right)=0",
    source="takida2024san, its objective between two points; derived here",
    proof=(
        Step("in polar form", polar, lambda: FIELD),
        Step("log(ρ sin φ) and ηρ²/2 grow alike", lambda: along(sp.log(rho * sp.sin(phi))), lambda: along(eta * rho**2 / 2)),
    ),
    witness=Agreement(
        (
            *(Step(f"d = {d}: I along the flow", partial(invariants, d), partial(at_start, d), Rivals(1e-8)) for d in (2, 5)),
            *(
                Step(f"d = {d}: ρ against SciPy's polar solution", partial(distances, d), partial(by_scipy, d), Rivals(1e-8))
                for d in (3,)
            ),
        )
    ),
)


def characteristic() -> list[sp.Expr]:
    """Coefficients of det(λ − J) at (1/√η, π/2)."""
    J = sp.Matrix(FIELD).jacobian([rho, phi]).subs({phi: sp.pi / 2, rho: 1 / sp.sqrt(eta)})
    return [sp.simplify(c) for c in J.charpoly().all_coeffs()]


def measured_period(rate: float, amplitude: float = 1e-3) -> float:
    """The time from the first crossing of ρ = 1/√η to the third, by cubic interpolation."""
    flow = DiracSAN(torch.tensor([0.3, -0.2], dtype=torch.float64), rate)
    start = (flow.target - torch.tensor([flow.radius * (1 + amplitude), 0.0]), torch.tensor([0.0, 1.0], dtype=torch.float64))
    t = torch.linspace(0, 2.8 * pi / sqrt(2 * rate), 131, dtype=torch.float64)
    m, _ = integrate(flow, start, t, method=rk4(float(t[1]))).x
    height = ((m - flow.target).norm(dim=1) - flow.radius).numpy()
    crossings = []
    for i in np.flatnonzero(height[1:-2] * height[2:-1] < 0) + 1:
        roots = np.roots(np.polyfit(np.arange(-1, 3), height[i - 1 : i + 3], 3))
        inside = roots[(abs(roots.imag) < 1e-9) & (roots.real >= 0) & (roots.real <= 1)].real[0]
        crossings.append(float(t[i]) + inside * float(t[1]))
    return crossings[2] - crossings[0]


def period(rate: float) -> float:
    """2π/√(2η)."""
    return 2 * pi / sqrt(2 * rate)


PERIOD = Claim(
    name="dirac-san-period",
    says="Near its circle of radius 1/√η the distance of SAN's fake point oscillates with the period 2π/√(2η).",
    equation=r"T = \frac{2\pi}{\sqrt{2\eta}}",
    source="takida2024san, its objective between two points; derived here",
    proof=(Step("the linearised field has eigenvalues ±i√(2η)", characteristic, lambda: [1, 0, 2 * eta]),),
    witness=Agreement(
        tuple(
            Step(
                f"η = {rate}: from the first crossing to the third",
                partial(measured_period, rate),
                partial(period, rate),
                Rivals(1e-5),
            )
            for rate in (0.5, 3.0)
        )
    ),
)


def norm_rate(dim: int) -> sp.Expr:
    """|δ| times d|δ|/dt for δ̇ = −δ/|δ|."""
    delta = sp.Matrix(sp.symbols(f"d1:{dim + 1}", real=True))
    size = sp.sqrt(delta.dot(delta))
    return size * sp.Add(*(sp.diff(size, v) * (-v / size) for v in delta))


def gap_length(dim: int) -> sp.Expr:
    """−|δ|."""
    delta = sp.Matrix(sp.symbols(f"d1:{dim + 1}", real=True))
    return -sp.sqrt(delta.dot(delta))


def transported(dim: int) -> tuple[Empirical, torch.Tensor, float]:
    """Weighted data, particles, and the length of the gap of means."""
    rng = np.random.default_rng(dim)
    real = Empirical(torch.from_numpy(rng.normal(0.5, 1.0, (9, dim))), torch.from_numpy(rng.random(9)))
    x = torch.from_numpy(rng.normal(-0.7, 2.0, (5, dim)))
    return real, x, float(np.linalg.norm(real.weights.numpy() @ real.points.numpy() - x.numpy().mean(0)))


def gaps(dim: int) -> np.ndarray:
    """|gap| at 0, 0.3 T and 0.9 T, T = |gap|, by Euler's method."""
    real, x, T = transported(dim)
    path = integrate(MeanGapFlow(real, lambda z: z), x, [0.0, 0.3 * T, 0.9 * T], method=euler(0.01 * T))
    return np.array([float((real.mean - z.mean(0)).norm()) for z in path.x])


def remaining(dim: int) -> np.ndarray:
    """T, 0.7 T and 0.1 T."""
    return transported(dim)[2] * np.array([1.0, 0.7, 0.1])


def extinction(dim: int) -> float:
    """1 + how many steps after the 100th the gap needs to fall below one step, and how often it rises above it later."""
    real, x, T = transported(dim)
    times = torch.linspace(0, 1.2 * T, 121, dtype=torch.float64)
    path = integrate(MeanGapFlow(real, lambda z: z), x, times, method=euler(0.01 * T))
    within = [(real.mean - z.mean(0)).norm() <= 0.01 * T * (1 + 1e-9) for z in path.x]
    first = within.index(True)
    return 1.0 + max(0, abs(first - 100) - 2) + sum(not w for w in within[first:])


EXTINCTION = Claim(
    name="mean-gap-extinction",
    says="With an optimal direction and h = id all particles move at unit speed until the means meet, at t = |δ₀|.",
    equation=r"|\delta(t)| = |\delta_0| - t\quad (t \le |\delta_0|)",
    source="takida2024san, direction optimality; derived here",
    proof=tuple(Step(f"d = {d}: |δ| d|δ|/dt = −|δ|", partial(norm_rate, d), partial(gap_length, d)) for d in (2, 3)),
    witness=Agreement(
        (
            *(
                Step(
                    f"d = {d}: the gap at 0, 0.3 T, 0.9 T",
                    partial(gaps, d),
                    partial(remaining, d),
                    Rivals(1e-10),
                )
                for d in (1, 2, 3)
            ),
            *(
                Step(
                    f"d = {d}: met within 2 steps of T, then held to a step; violations plus 1",
                    partial(extinction, d),
                    lambda: 1.0,
                    Rivals(1e-9),
                )
                for d in (1, 2, 3)
            ),
        )
    ),
)
