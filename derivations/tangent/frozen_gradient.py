"""The frozen critic's gradient is half that of the MMD; so particles and wide generators descend it."""

from functools import cache, partial

import numpy as np
import sympy as sp
import torch

from derivations.tangent._routes import clouds, erf, kernels
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import KernelGradient
from gantheory.flows import ParticleFlow, TangentFlow
from gantheory.integration import integrate, rk4
from gantheory.kernels import ERF, RELU, tangent_kernel
from gantheory.measures import Empirical
from gantheory.metrics import mmd_squared
from gantheory.objectives import WASSERSTEIN, Objective

TIME = 1.7
NETWORKS = {1: (ERF, 1, 1.2, 0.6), 2: (RELU, 3, 1.0, 1.0), 3: (RELU, 2, 1.1, 0.4)}
GENERATOR = tangent_kernel(2, ERF, 1.1, 0.7)
ZERO = torch.zeros((), dtype=torch.float64)

tau, width, shift = sp.symbols("tau s c", positive=True)
x1, x2, y1 = sp.symbols("x1 x2 y1", real=True)
g11, g12, g22 = sp.symbols("g11 g12 g22", real=True)  # the generator's kernel at two latents


def k(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """A kernel that is neither radial nor zonal."""
    return sp.exp(-((a - b) ** 2) / (2 * width**2)) + (shift + a * b) ** 2


def square() -> sp.Expr:
    """MMD² of δ_{y1} and (δ_{x1} + δ_{x2})/2."""
    cross = k(y1, x1) + k(y1, x2)
    return k(y1, y1) - cross + (k(x1, x1) + 2 * k(x1, x2) + k(x2, x2)) / 4


def slope(place: sp.Expr) -> sp.Expr:
    """D′ at a place, D = τ (k(·, y1) − ½k(·, x1) − ½k(·, x2)) frozen."""
    z = sp.Symbol("z", real=True)
    return sp.diff(tau * (k(z, y1) - (k(z, x1) + k(z, x2)) / 2), z).subs(z, place)


def frozen(dim: int) -> ParticleFlow:
    """The particle flow of the linear loss."""
    activation, depth, weight, bias = NETWORKS[dim]
    solver = KernelGradient(tangent_kernel(depth, activation, weight, bias), TIME)
    return ParticleFlow(Objective(WASSERSTEIN), clouds(dim)[0], solver)


def velocity(dim: int) -> np.ndarray:
    """V of the first 3 of 8 particles of equal weight."""
    return frozen(dim)(ZERO, clouds(dim)[1].points)[:3].numpy()


def by_differences(dim: int) -> np.ndarray:
    """−(n τ/2) ∂MMD²/∂x_i by fourth-order central differences of the metric."""
    activation, depth, weight, bias = NETWORKS[dim]
    kernel = tangent_kernel(depth, activation, weight, bias)
    real, x = clouds(dim)[0], clouds(dim)[1].points
    found, h = np.zeros((3, dim)), 1e-3

    def at(i: int, a: int, s: float) -> float:
        moved = x.clone()
        moved[i, a] += s
        return mmd_squared(real, Empirical(moved), kernel)

    for i, a in np.ndindex(3, dim):
        near, far = at(i, a, h) - at(i, a, -h), at(i, a, 2 * h) - at(i, a, -2 * h)
        found[i, a] = (8 * near - far) / (12 * h)
    return -len(x) * TIME / 2 * found


HALF = Claim(
    name="frozen-gradient-is-half",
    says="Alternating training moves particles by the gradient of a frozen critic: with a linear loss exactly half of the "
    "gradient of t MMD², so that they follow the Wasserstein gradient flow of (t/2) MMD².",
    equation=r"\dot x_i = \nabla D_t(x_i) = -\frac{n t}{2}\,\nabla_{x_i} \mathrm{MMD}_k^2(p, q)",
    source="franceschi2022neural, alternating optimisation and the frozen critic",
    proof=(
        Step(
            "a datum, two particles, a kernel of no symmetry but its own",
            lambda: [slope(x1), slope(x2)],
            lambda: [-tau * sp.diff(square(), x) for x in (x1, x2)],
        ),
    ),
    witness=Agreement(
        tuple(
            Step(f"d = {d}: flow against differences of MMD²", partial(velocity, d), partial(by_differences, d), Rivals(1e-7))
            for d in NETWORKS
        )
    ),
)

STEP = 0.01


@cache
def path(dim: int, wide: bool) -> np.ndarray:
    """Positions at the times 0, h, …, 4h: of free particles, or of a wide generator's samples."""
    flow = TangentFlow(GENERATOR, frozen(dim), latents()) if wide else frozen(dim)
    times = [STEP * k for k in range(5)]
    return integrate(flow, clouds(dim)[1].points, times, method=rk4(STEP)).x.numpy()  # type: ignore[union-attr]


def latents() -> torch.Tensor:
    """8 latents in the plane."""
    return torch.from_numpy(np.random.default_rng(5).normal(size=(8, 2)))


@cache
def squares(dim: int, wide: bool) -> np.ndarray:
    """MMD² along the path, by arccosines or arcsines in NumPy where the network is of erf; by the metric else."""
    activation, depth, weight, bias = NETWORKS[dim]
    real, positions = clouds(dim)[0], path(dim, wide)
    if activation is not ERF:
        kernel = tangent_kernel(depth, activation, weight, bias)
        return np.array([mmd_squared(real, Empirical(torch.from_numpy(x)), kernel) for x in positions])
    found = []
    for x in positions:
        both, w = np.concatenate([real.points.numpy(), x]), np.concatenate([real.weights.numpy(), np.full(8, -1 / 8)])
        found.append(w @ kernels(erf, depth, weight, bias, both, both)[1] @ w)
    return np.array(found)


def rate(dim: int, wide: bool) -> float:
    """dMMD²/dt at 2h by fourth-order differences along the path."""
    a, b, _, c, d = squares(dim, wide)
    return float((a - 8 * b + 8 * c - d) / (12 * STEP))


def dissipated(dim: int, wide: bool) -> float:
    """−2/t mean|v|², or −(2/tn²) Σ_ij v_i·v_j k_g(z_i, z_j), v the slope of D, at 2h."""
    x = torch.from_numpy(path(dim, wide)[2])
    v = frozen(dim)(ZERO, x).numpy()
    if not wide:
        return float(-2 / TIME * (v**2).sum(1).mean())
    gram = kernels(erf, 2, 1.1, 0.7, latents().numpy(), latents().numpy())[1]
    return float(-2 / TIME / 64 * np.einsum("ia,ij,ja->", v, gram, v))


def chain(wide: bool) -> sp.Expr:
    """Σ ∂MMD²/∂x_i ẋ_i."""
    v1, v2 = slope(x1), slope(x2)
    moved = ((g11 * v1 + g12 * v2) / 2, (g12 * v1 + g22 * v2) / 2) if wide else (v1, v2)
    return sum(sp.diff(square(), x) * motion for x, motion in zip((x1, x2), moved, strict=True))


def energy(wide: bool) -> sp.Expr:
    """The dissipation of two particles."""
    v1, v2 = slope(x1), slope(x2)
    if wide:
        return -2 / tau * (g11 * v1**2 + 2 * g12 * v1 * v2 + g22 * v2**2) / 4
    return -2 / tau * (v1**2 + v2**2) / 2


def descents(dim: int, wide: bool) -> int:
    """How often MMD² falls along the path, of 4."""
    return int((np.diff(squares(dim, wide)) < 0).sum())


def dissipation(wide: bool) -> tuple[Step, ...]:
    """Rates and signs in three dimensions."""
    rates = [
        Step(f"d = {d}: along the path against v", partial(rate, d, wide), partial(dissipated, d, wide), Rivals(1e-6))
        for d in NETWORKS
    ]
    falls = [Step(f"d = {d}: it falls 4 times of 4", partial(descents, d, wide), lambda: 4, Rivals(1e-9)) for d in NETWORKS]
    return (*rates, *falls)


PARTICLES = Claim(
    name="particles-dissipate-mmd",
    says="Particles of the linear loss lower MMD² at the rate (2/t) E_q|∇D|² = 2t E_q|∇f|², f the witness.",
    equation=r"\frac{\mathrm{d}}{\mathrm{d}\ell}\,\mathrm{MMD}_k^2 = -\frac{2}{t}\,\mathbb{E}_q |\nabla D_t|^2",
    source="franceschi2022neural, dynamics of the generated law under the IPM loss",
    proof=(Step("the chain rule", partial(chain, False), partial(energy, False)),),
    witness=Agreement(dissipation(False)),
)

WIDE = Claim(
    name="wide-generators-dissipate-mmd",
    says="So do the samples of a generator of kernel k_g, at the rate (2/t n²) Σ ∇D(x_i)ᵀ k_g(z_i, z_j) ∇D(x_j) ≥ 0.",
    equation=r"\frac{\mathrm{d}}{\mathrm{d}\ell}\,\mathrm{MMD}_k^2"
    r" = -\frac{2}{t n^2} \sum_{i,j} \nabla D_t(x_i)^\top k_g(z_i, z_j) \nabla D_t(x_j)",
    source="franceschi2022neural, dynamics of the generated law under the IPM loss",
    proof=(Step("the chain rule with ẋ = k_g v/n", partial(chain, True), partial(energy, True)),),
    witness=Agreement(dissipation(True)),
)
