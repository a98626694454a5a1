"""MMD flows that are solved: two Diracs, the energy kernel on a line, the linear kernel."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import brentq
from scipy.special import expi

from derivations.wasserstein.monoflow_table import tensor
from gantheory.claims import Agreement, Claim, Convergence, Rivals, Roundoff, Step
from gantheory.flows import MMDFlow
from gantheory.integration import heun, integrate, rk4
from gantheory.kernels import Radial, gaussian
from gantheory.measures import Empirical
from gantheory.metrics import energy_distance, mmd_squared
from gantheory.symbolic import r

t, x, s, S = sp.symbols("t x s S", positive=True)
WIDTH = 0.7


def distance_to(time: float, start: float) -> float:
    """x(t) of the two Diracs, from t = (σ²/2)(Ei(S₀) − Ei(S)), by SciPy's Ei and a root finder."""
    first = start**2 / (2 * WIDTH**2)
    height = expi(first) - 2 * time / WIDTH**2
    logarithm = brentq(lambda u: expi(np.exp(u)) - height, -60, np.log(first), xtol=1e-14, rtol=1e-14)
    return float(WIDTH * np.sqrt(2 * np.exp(logarithm)))


TIMES = (0.4, 1.0, 2.0)


def flowed(start: float, dim: int) -> list[float]:
    """The distance of one particle to one datum along the flow; it moves on the line through both."""
    direction = tensor(np.arange(1, dim + 1) / np.linalg.norm(np.arange(1, dim + 1)))
    datum = tensor(np.full((1, dim), -0.3))
    flow = MMDFlow(gaussian(WIDTH), Empirical(datum))
    path = integrate(flow, datum + start * direction, [0, *TIMES], method=rk4(0.02))
    return [float((at - datum).norm()) for at in path.x[1:]]  # type: ignore[index]


DIRACS = Claim(
    name="mmd-two-diracs",
    says="One particle at distance x from one datum, Gaussian kernel: t = (σ²/2)(Ei(S₀) − Ei(S)), a stall of e^{x²/2σ²}.",
    equation=r"\dot x = -\frac{x}{\sigma^2}\,e^{-x^2/2\sigma^2}, \quad "
    r"t = \frac{\sigma^2}{2}\left(\mathrm{Ei}(S_0) - \mathrm{Ei}(S)\right)"
    r", \quad S = \frac{x^2}{2\sigma^2}",
    source="arbel2019maximum, the flow of particles",
    proof=(
        Step("ẋ = −f′(x) for f = k(·, x) − k(·, 0), the own part at rest", lambda: sp.diff(sp.exp(-(x**2) / (2 * s**2)), x),
             lambda: -x / s**2 * sp.exp(-(x**2) / (2 * s**2))),
        Step("dt/dS = 1/Ṡ, Ṡ = xẋ/σ² = −2S e^{−S}/σ²", lambda: sp.diff(-(s**2) / 2 * sp.Ei(S), S),
             lambda: (1 / (x / s**2 * -x / s**2 * sp.exp(-(x**2) / (2 * s**2)))).subs(x, s * sp.sqrt(2 * S))),
    ),
    witness=Agreement(
        tuple(
            Step(f"d = {dim}, x₀ = {start:g}: the flow against SciPy's Ei", partial(flowed, start, dim),
                 lambda start=start: [distance_to(time, start) for time in TIMES], Rivals(1e-8))  # type: ignore[misc]
            for start, dim in ((1.1, 1), (1.6, 2), (1.9, 3))
        )
    ),
)  # fmt: skip


@dataclass(frozen=True)
class UniformEmbedding:
    """x ↦ −E|x − U|, U ~ U(0, 1): −(x² − x + ½) inside, −|x − ½| outside."""

    def __call__(self, points: torch.Tensor) -> torch.Tensor:
        """The values."""
        u = points[:, 0]
        inside = (u - 0.5).abs() <= 0.5
        return -torch.where(inside, u**2 - u + 0.5, (u - 0.5).abs())

    def gradient(self, points: torch.Tensor) -> torch.Tensor:
        """1 − 2x inside."""
        return -((2 * points - 1).clamp(-1, 1))


LABELS = (np.arange(11) + 0.5) / 11
START = 0.5 + 0.4 * np.sin(np.pi * (LABELS - 0.5)) ** 3  # increasing, inside (0, 1)
ENERGY = Radial(-r, 1)


def error(step: float) -> float:
    """Heun's error at t = 1 against u + (Q₀ − u)e^{−2t}."""
    flow = MMDFlow(ENERGY, embedding=UniformEmbedding())
    found = integrate(flow, tensor(START[:, None]), [0, 1], method=heun(step)).final[:, 0].numpy()  # type: ignore[call-overload]
    exact = LABELS + (START - LABELS) * np.exp(-2)
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


QUANTILES = Claim(
    name="mmd-energy-to-uniform",
    says="Under the energy kernel −|x − y| and data U(0, 1) quantiles relax exponentially: Q_t(u) = u + (Q₀(u) − u) e^{−2t}.",
    equation=r"\partial_t Q_t(u) = 2\left(u - Q_t(u)\right), \qquad Q_t(u) = u + (Q_0(u) - u)\,e^{-2t}",
    source="szekely2013energy, the case of one dimension",
    proof=(
        Step("d/dx of E|x − U| on (0, 1) is 2x − 1, so that ẋ = (2u − 1) − (2x − 1)",
             lambda: sp.diff(sp.integrate(x - S, (S, 0, x)) + sp.integrate(S - x, (S, x, 1)), x), lambda: 2 * x - 1),
        Step("the formula solves Q̇ = 2(u − Q)", lambda: sp.diff(s + (x - s) * sp.exp(-2 * t), t),
             lambda: 2 * (s - (s + (x - s) * sp.exp(-2 * t)))),
    ),
    witness=Convergence(
        error, (0.1, 0.05, 0.025, 0.0125), 2, 1e-4, (0.00625,), size="step $h$", quantity="relative error of $Q$"
    ),
)  # fmt: skip


def clouds() -> tuple[Empirical, Empirical]:
    """13 and 8 weighted points on a line."""
    rng = np.random.default_rng(4)
    draws = [Empirical(tensor(rng.normal(m, w, (n, 1))), tensor(rng.random(n))) for m, w, n in ((0.2, 1.0, 13), (-0.4, 1.5, 8))]
    return draws[0], draws[1]


def steps_integrated() -> float:
    """2∫(F − G)² as a finite sum over the gaps of the pooled points, by NumPy."""
    (a, u), (b, v) = ((z.points[:, 0].numpy(), z.weights.numpy()) for z in clouds())
    pooled, signed = np.concatenate([a, b]), np.concatenate([u, -v])
    order = np.argsort(pooled)
    return float(2 * np.sum(np.cumsum(signed[order])[:-1] ** 2 * np.diff(pooled[order])))


F, G = sp.symbols("F G", positive=True)
_e, _w = sp.Rational(1, 3), sp.Rational(1, 4)


def pairwise() -> sp.Expr:
    """2E|X−Y| − E|X−X′| − E|Y−Y′| for X ~ U(0, 1), Y ~ U(x, x + s) with x + s < 1, by double integrals."""

    def mean(a: sp.Expr, b: sp.Expr) -> sp.Expr:
        """E|X − c| over U(0, 1), averaged over c ~ U(a, b)."""
        return sp.integrate(S**2 - S + sp.Rational(1, 2), (S, a, b)) / (b - a)

    return sp.expand(2 * mean(_e, _e + _w) - sp.Rational(1, 3) - _w / 3)


def squared_gap() -> sp.Expr:
    """2∫(F − G)² of the same laws."""
    pieces = ((S, 0, _e), (S - (S - _e) / _w, _e, _e + _w), (S - 1, _e + _w, 1))
    return 2 * sp.Add(*(sp.integrate(f**2, (S, low, high)) for f, low, high in pieces))


CUMULATIVE = Claim(
    name="mmd-energy-cumulative",
    says="On a line MMD² of the kernel −|x − y|, the energy distance, is 2∫(F − G)² dx.",
    equation=r"2\mathbb{E}|X - Y| - \mathbb{E}|X - X'| - \mathbb{E}|Y - Y'| = 2\int (F - G)^2\,dx",
    source="szekely2013energy, the case of one dimension",
    proof=(
        Step("E|X − Y| = ∫ F(1 − G) + G(1 − F), so that the integrands agree",
             lambda: 2 * (F * (1 - G) + G * (1 - F)) - 2 * F * (1 - F) - 2 * G * (1 - G), lambda: 2 * (F - G) ** 2),
        Step("U(0, 1) against U(1/3, 7/12): both sides by SymPy's integrals", pairwise, squared_gap),
    ),
    witness=Agreement(
        (
            Step("energy_distance", lambda: energy_distance(*clouds()), steps_integrated, Roundoff(10)),
            Step("mmd_squared of −|x − y|", lambda: mmd_squared(*clouds(), ENERGY), steps_integrated, Roundoff(10)),
        )
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Linear:
    """x·y: its MMD is the distance of the means."""

    def __call__(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """The Gram matrix."""
        return a @ b.mT

    def gradient(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """y."""
        return b[None].expand(len(a), *b.shape)


def cloud_and_data(dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Five particles, seven data."""
    rng = np.random.default_rng(dim)
    return rng.normal(0.5, 1.0, (5, dim)), rng.normal(-0.5, 1.0, (7, dim))


def carried(dim: int) -> np.ndarray:
    """The particles at t = 0.8 by the flow."""
    particles, data = cloud_and_data(dim)
    return integrate(MMDFlow(Linear(), Empirical(tensor(data))), tensor(particles), [0, 0.8], method=rk4(0.05)).final.numpy()  # type: ignore[union-attr]


def translated(dim: int) -> np.ndarray:
    """x_i − (1 − e^{−t})(m₀ − m): all by one vector."""
    particles, data = cloud_and_data(dim)
    return particles - (1 - np.exp(-0.8)) * (particles.mean(0) - data.mean(0))


x1, x2, y1, y2 = sp.symbols("x1 x2 y1 y2", real=True)
GAP = (x1 + 2 * x2) / 3 - (y1 + y2) / 2


def half_square() -> sp.Expr:
    """½ Σ s_a s_b z_a z_b over the pooled points z with signed weights s."""
    pooled = ((sp.Rational(1, 3), x1), (sp.Rational(2, 3), x2), (-sp.S.Half, y1), (-sp.S.Half, y2))
    return sp.Add(*(u * v * a * b for u, a in pooled for v, b in pooled)) / 2


def gap_squared() -> sp.Expr:
    """½|m₀ − m|²."""
    return GAP**2 / 2


LINEAR = Claim(
    name="mmd-linear-kernel",
    says="With k = x·y the flow translates all particles alike: m_t − m = e^{−t}(m₀ − m), the shape rests, F = F₀ e^{−2t}.",
    equation=r"m_t - m = e^{-t}(m_0 - m), \qquad x_i(t) - m_t = x_i(0) - m_0, \qquad F_t = e^{-2t} F_0",
    source="arbel2019maximum, the flow of particles",
    proof=(
        Step("½MMD² of weights (1/3, 2/3) against (1/2, 1/2) is half the square of the gap of means", half_square, gap_squared),
        Step("−(1/w_i)∂F/∂x_i is m − m₀ for both particles",
             lambda: [-3 * sp.diff(half_square(), x1), -sp.Rational(3, 2) * sp.diff(half_square(), x2)], lambda: [-GAP, -GAP]),
        Step("e^{−t} solves ṁ = −m, F falls twice as fast",
             lambda: [sp.diff(x * sp.exp(-t), t), sp.diff((x * sp.exp(-t)) ** 2 / 2, t)],
             lambda: [-x * sp.exp(-t), -((x * sp.exp(-t)) ** 2)]),
    ),
    witness=Agreement(
        tuple(Step(f"d = {dim}: the flow, a translation", partial(carried, dim), partial(translated, dim), Rivals(1e-6))
              for dim in (1, 2, 3))
    ),
)  # fmt: skip
