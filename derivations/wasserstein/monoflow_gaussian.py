"""The reverse-KL flow of a normal law in closed form: an Ornstein–Uhlenbeck process without its noise."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.linalg import expm
from torch.distributions import Normal, kl_divergence

from derivations.wasserstein.monoflow_table import tensor
from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.flows import AffineMonoFlow, MonoFlow
from gantheory.integration import heun, integrate, rk4
from gantheory.measures import Gaussian
from gantheory.objectives import REVERSE_KL

x, m0 = sp.symbols("x m0", real=True)
t, s0, u = sp.symbols("t s0 u", positive=True)
MEAN, VARIANCE = m0 * u, 1 + (s0**2 - 1) * u**2  # u = e^{−t}, so that d/dt = −u d/du and every side is rational
STANDARD = Gaussian(tensor([0.0]), tensor([[1.0]]))
START = (1.3, 0.4)  # m0 and s0 of the witnesses


def log_law() -> sp.Expr:
    """log q of N(m(t), s²(t))."""
    return -((x - MEAN) ** 2) / (2 * VARIANCE) - sp.log(2 * sp.pi * VARIANCE) / 2


def transported() -> sp.Expr:
    """−(q v)′/q for v = −x − (log q)′, the velocity towards N(0, 1)."""
    slope = sp.diff(log_law(), x)
    v = -x - slope
    return sp.factor(-sp.diff(v, x) - v * slope)


def aged(F: sp.Expr) -> sp.Expr:
    """dF/dt."""
    return sp.factor(-u * sp.diff(F, u))


def error(step: float) -> float:
    """Heun's error on (m, s²) at t = 1, relative, against the closed form."""
    flow = AffineMonoFlow(REVERSE_KL, STANDARD, nodes=2)
    law = flow.law(integrate(flow, (tensor(START[:1]), tensor([[START[1]]])), [0, 1], method=heun(step)).final)  # type: ignore[arg-type]
    exact = [float(part.subs({m0: START[0], s0: sp.Float(START[1]), u: sp.exp(-1)})) for part in (MEAN, VARIANCE)]
    return float(np.hypot(float(law.mean) - exact[0], float(law.covariance) - exact[1]) / np.hypot(exact[0], exact[1]))


KL_FLOW = Claim(
    name="monoflow-kl-gaussian",
    says="With data N(0, 1) the reverse-KL flow keeps N(m, s²) normal: m = m₀ e^{−t} and s² = 1 + (s₀² − 1) e^{−2t}.",
    equation=r"m(t) = m_0 e^{-t}, \qquad s^2(t) = 1 + (s_0^2 - 1)\,e^{-2t}",
    source="yi2023monoflow, the flow of the reverse KL divergence",
    proof=(
        Step("∂ₜ log q = −(q v)′/q: the law solves the continuity equation", lambda: aged(log_law()), transported),
        Step("it starts at N(m₀, s₀²)", lambda: [sp.expand(part.subs(u, 1)) for part in (MEAN, VARIANCE)], lambda: [m0, s0**2]),
    ),
    witness=Convergence(
        error, (0.2, 0.1, 0.05, 0.025), 2, 1e-3, (0.0125,), size="step $h$", quantity="relative error of $(m, s^2)$"
    ),
)

KL = (s0**2 + m0**2 - 1 - sp.log(s0**2)) / 2


def lifted() -> sp.Expr:
    """e^{2t} KL(N(m(t), s²(t))‖N(0, 1))."""
    return KL.subs({m0: MEAN, s0: sp.sqrt(VARIANCE)}, simultaneous=True) / u**2


def flowed_kl(mean: float, deviation: float, times: tuple[float, ...]) -> list[float]:
    """KL along the flow of the package, by torch's closed form."""
    flow = AffineMonoFlow(REVERSE_KL, STANDARD, nodes=2)
    path = integrate(flow, (tensor([mean]), tensor([[deviation]])), [0.0, *times], method=rk4(0.1))
    laws = [Normal(b[0], A[0, 0].abs()) for b, A in zip(*path.x, strict=True)]
    return [float(kl_divergence(law, Normal(tensor(0.0), tensor(1.0)))) for law in laws]


def violations() -> float:
    """1 + how often KL(t) exceeds e^{−2t} KL(0), over starts on both sides of the target."""
    times = (0.1, 0.5, 1.5)
    starts = ((0.0, 0.3), (0.8, 0.7), (0.3, 1.9))
    bound = np.exp(-2 * np.array((0.0, *times))) * (1 + 1e-6)
    return 1.0 + sum(int(np.sum(np.array(v) > bound * v[0])) for v in (flowed_kl(m, s, times) for m, s in starts))


DECAY = Claim(
    name="monoflow-kl-decay",
    says="KL(t) ≤ e^{−2t} KL(0) for data N(0, 1): e^{2t} KL falls at e^{2t} (log s² − 1 + 1/s²) ≥ 0, which is 0 for s = 1.",
    equation=r"\frac{d}{dt}\left(e^{2t}\,\mathrm{KL}\right) = -e^{2t}\left(\log s^2 - 1 + s^{-2}\right) \leq 0",
    source="yi2023monoflow, the flow of the reverse KL divergence",
    proof=(
        Step(
            "d/dt e^{2t} KL along the flow",
            lambda: aged(lifted()),
            lambda: -(sp.log(VARIANCE) - 1 + 1 / VARIANCE) / u**2,
        ),
        Step("log u − 1 + 1/u has slope (u − 1)/u², so its least value is 0 at u = 1",
             lambda: sp.diff(sp.log(s0) - 1 + 1 / s0, s0), lambda: (s0 - 1) / s0**2),
    ),
    witness=Agreement(
        (
            Step("the bound is reached by translations", partial(flowed_kl, 1.3, 1.0, (0.5, 1.0, 2.0)),
                 lambda: [0.845 * np.exp(-2 * s) for s in (0.0, 0.5, 1.0, 2.0)], Rivals(1e-5)),
            Step("1 + violations over three starts", violations, lambda: 1.0, Rivals(1e-9)),
        )
    ),
)  # fmt: skip

a, b, c, e = sp.symbols("a b c e", real=True)
rates = sp.symbols("l1 l2", positive=True)


def moved() -> list[sp.Expr]:
    """d(AAᵀ)/dt with Ȧ = E[v zᵀ], v = −P(Az) + (AAᵀ)^{−1} A z, z ~ N(0, I), P diagonal."""
    A, P = sp.Matrix([[a, b], [c, e]]), sp.diag(*rates)
    slope = -P * A + (A * A.T).inv() * A
    return list((slope * A.T + A * slope.T).applyfunc(sp.cancel))


def relaxed() -> list[sp.Expr]:
    """2I − PS − SP, S = AAᵀ."""
    S = sp.Matrix([[a**2 + b**2, a * c + b * e], [a * c + b * e, c**2 + e**2]])
    return list(2 * sp.eye(2) - sp.diag(*rates) * S - S * sp.diag(*rates))


def solution_moved() -> list[sp.Expr]:
    """d/dt of S_ij = δ_ij/λ_i + K_ij e^{−(λ_i + λ_j)t}."""
    return [sp.diff(entry, t) for entry in _entries()]


def _entries() -> list[sp.Expr]:
    K = [[a, b], [b, c]]
    pairs = [(i, j) for i in range(2) for j in range(2)]
    return [(1 / rates[i] if i == j else 0) + K[i][j] * sp.exp(-(rates[i] + rates[j]) * t) for i, j in pairs]


def solution_relaxed() -> list[sp.Expr]:
    """2δ_ij − (λ_i + λ_j) S_ij."""
    S = sp.Matrix(2, 2, _entries())
    return list(2 * sp.eye(2) - sp.diag(*rates) * S - S * sp.diag(*rates))


def problem(dim: int) -> tuple[Gaussian, tuple[torch.Tensor, torch.Tensor]]:
    """Generic data and a generic affine generator."""
    rng = np.random.default_rng(dim)
    L, A = (np.eye(dim) + 0.15 * rng.normal(size=(dim, dim)) for _ in range(2))
    return Gaussian(tensor(rng.normal(size=dim)), tensor(L @ L.T)), (tensor(rng.normal(size=dim)), tensor(A))


def by_flow(dim: int) -> np.ndarray:
    """(m, S) at t = 0.7 by the affine flow."""
    real, start = problem(dim)
    flow = AffineMonoFlow(REVERSE_KL, real, nodes=2)
    law = flow.law(integrate(flow, start, [0, 0.7], method=rk4(0.02)).final)  # type: ignore[arg-type]
    return np.concatenate([law.mean.numpy(), law.covariance.numpy().ravel()])


def by_exponential(dim: int, time: float = 0.7) -> np.ndarray:
    """The same by SciPy's matrix exponential."""
    real, (shift, A) = problem(dim)
    m1, S1 = real.mean.numpy(), real.covariance.numpy()
    E = expm(-time * np.linalg.inv(S1))
    return np.concatenate([m1 + E @ (shift.numpy() - m1), (S1 + E @ ((A @ A.mT).numpy() - S1) @ E).ravel()])


def particles() -> np.ndarray:
    """Five particles that follow MonoFlow, their law given by the matrix exponential."""
    real, (shift, A) = problem(2)

    def velocity(time: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        both = tensor(by_exponential(2, float(time)))
        S = both[2:].reshape(2, 2)
        return MonoFlow(REVERSE_KL, real).velocity(points, Gaussian(both[:2], (S + S.mT) / 2))

    return integrate(velocity, shift + _latent() @ A.mT, [0, 0.7], method=rk4(0.035)).final.numpy()  # type: ignore[union-attr]


def generated() -> np.ndarray:
    """The same points as A(t) z + b(t)."""
    real, start = problem(2)
    shift, A = integrate(AffineMonoFlow(REVERSE_KL, real, nodes=2), start, [0, 0.7], method=rk4(0.035)).final
    return (shift + _latent() @ A.mT).numpy()


def _latent() -> torch.Tensor:
    return tensor(np.random.default_rng(9).normal(size=(5, 2)))


RELAXATION = Claim(
    name="monoflow-kl-relaxation",
    says="With data N(m₁, S₁) the reverse-KL flow relaxes m by e^{−Pt} and S by e^{−Pt} on both sides, P = S₁^{−1}.",
    equation=r"S(t) = S_1 + e^{-S_1^{-1} t}\,(S_0 - S_1)\,e^{-S_1^{-1} t}, \qquad \dot S = 2I - S_1^{-1} S - S S_1^{-1}",
    source="yi2023monoflow, the flow of the reverse KL divergence",
    proof=(
        Step("the affine generator moves AAᵀ by 2I − PS − SP", moved, relaxed),
        Step("the formula solves that equation, P diagonal", solution_moved, solution_relaxed),
    ),
    witness=Agreement(
        (
            *(Step(f"d = {dim}: the flow, SciPy's expm", partial(by_flow, dim), partial(by_exponential, dim), Rivals(1e-6))
              for dim in (1, 2, 3)),
            Step("particles of MonoFlow against the generator", particles, generated, Rivals(1e-6)),
        )
    ),
)  # fmt: skip
