"""The gradient flow of ½SW2²: its means, its isotropic laws, its covariances."""

from functools import partial
from math import exp, sqrt

import numpy as np
import sympy as sp
import torch
from scipy.optimize import linear_sum_assignment

from gantheory.claims import Agreement, Claim, Rivals, Statistical, Step
from gantheory.directions import orthonormal, sphere
from gantheory.flows import GaussianSlicedFlow, SlicedWassersteinFlow
from gantheory.integration import euler, integrate, rk4
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import max_sliced_wasserstein, sliced_wasserstein

ZERO = torch.zeros((), dtype=torch.float64)
h, t, m, n, sigma, tau = sp.symbols("h t m n sigma tau", positive=True)


def seeded(seed: int) -> torch.Generator:
    """A generator of directions."""
    return torch.Generator().manual_seed(seed)


def clouds(dim: int, seed: int = 0) -> tuple[Empirical, torch.Tensor]:
    """11 weighted data and 6 particles in R^d."""
    rng = np.random.default_rng(10 * dim + seed)
    real = Empirical(torch.from_numpy(rng.normal(0.4, 1.0, (11, dim))), torch.from_numpy(rng.random(11)))
    return real, torch.from_numpy(rng.normal(-0.3, 1.6, (6, dim)))


# The gradient


def one_line(side: int) -> list[sp.Expr]:
    """−2 ∂F/∂x_i for two particles of order kept on one line in the plane; and −θ(θ·x_i − y_i)."""
    angle = sp.Symbol("theta", real=True)
    theta = sp.Matrix([sp.cos(angle), sp.sin(angle)])
    x, y = [sp.Matrix(sp.symbols(f"x{i}1:3", real=True)) for i in "ab"], sp.symbols("y1:3", real=True)
    if side == 0:
        F = sp.Add(*((theta.dot(p) - q) ** 2 for p, q in zip(x, y, strict=True))) / 4
        return [-2 * sp.diff(F, v) for p in x for v in p]
    return [-w * (theta.dot(p) - q) for p, q in zip(x, y, strict=True) for w in theta]


def velocity(dim: int) -> np.ndarray:
    """The flow's velocity towards equally weighted data of the same number."""
    real, x = clouds(dim)
    return SlicedWassersteinFlow(Empirical(real.points[:6]), sphere(5, dim, seeded(1)))(ZERO, x).numpy()


def by_assignment(dim: int) -> np.ndarray:
    """−mean θ(θ·x_i − θ·y_{π(i)}), π by SciPy's assignment on each line."""
    real, x = clouds(dim)
    y, theta, z = real.points[:6].numpy(), sphere(5, dim, seeded(1)).numpy(), x.numpy()
    total = np.zeros_like(z)
    for direction in theta:
        u, v = z @ direction, y @ direction
        _, goal = linear_sum_assignment((u[:, None] - v) ** 2)
        total -= np.outer(u - v[goal], direction) / len(theta)
    return total


def descent(dim: int) -> float:
    """dF/dt along the flow towards weighted data, by central differences of the metric."""
    real, x = clouds(dim)
    theta = sphere(5, dim, seeded(1))
    v = SlicedWassersteinFlow(real, theta)(ZERO, x)
    F = [sliced_wasserstein(real, Empirical(x + s * 1e-6 * v), 2, directions=theta).value ** 2 / 2 for s in (1, -1)]
    return (F[0] - F[1]) / 2e-6


def minus_speed(dim: int) -> float:
    """−mean |v|²."""
    real, x = clouds(dim)
    return -float(SlicedWassersteinFlow(real, sphere(5, dim, seeded(1)))(ZERO, x).square().sum(1).mean())


GRADIENT = Claim(
    name="sliced-flow-gradient",
    says="Moving each particle by its mean sorted displacement over the lines is the gradient flow of half the squared SW2.",
    equation=r"\dot x_i = -\,\overline{\theta\,(\theta\cdot x_i - T_\theta(\theta\cdot x_i))}"
    r" = -n\,\nabla_{x_i}\tfrac12\mathrm{SW}_2^2",
    source="bonneel2015sliced, section 3",
    proof=(Step("two particles, one line in the plane", partial(one_line, 0), partial(one_line, 1)),),
    witness=Agreement(
        (
            *(
                Step(
                    f"d = {d}: sorting against SciPy's assignment",
                    partial(velocity, d),
                    partial(by_assignment, d),
                    Rivals(1e-12),
                )
                for d in (1, 2, 3)
            ),
            *(
                Step(f"d = {d}: weighted data, dF/dt = −mean|v|²", partial(descent, d), partial(minus_speed, d), Rivals(1e-6))
                for d in (1, 2, 3)
            ),
        )
    ),
)


# The mean


def resolved(dim: int) -> list[sp.Expr]:
    """mean θ(θ·g) over an orthonormal set: a rotation by an angle, in the plane, and one about e₁ after it, in space."""
    a, b = sp.symbols("a b", real=True)
    Q = sp.Matrix([[sp.cos(a), -sp.sin(a)], [sp.sin(a), sp.cos(a)]])
    if dim == 3:
        tilt = sp.Matrix([[1, 0, 0], [0, sp.cos(b), -sp.sin(b)], [0, sp.sin(b), sp.cos(b)]])
        Q = sp.diag(Q, 1) * tilt
    g = sp.Matrix(sp.symbols(f"g1:{dim + 1}", real=True))
    rows = [Q[i, :] for i in range(dim)]
    total = [sp.Add(*(row[k] * (row * g)[0] for row in rows)) / dim for k in range(dim)]
    return [sp.simplify(v) for v in total]


def shared_out(dim: int) -> list[sp.Expr]:
    """g/d."""
    return [v / dim for v in sp.symbols(f"g1:{dim + 1}", real=True)]


def iterated(k: int) -> sp.Expr:
    """k steps of g ← g − h g/m, m the dimension, expanded."""
    g = sp.Integer(1)
    for _ in range(k):
        g = sp.expand(g - h * g / m)
    return g


def means(dim: int, step: float = 0.3, count: int = 4) -> np.ndarray:
    """The mean of the particles after each of 4 Euler steps."""
    real, x = clouds(dim)
    flow = SlicedWassersteinFlow(real, orthonormal(2 * dim, dim, seeded(2)))
    path = integrate(flow, x, step * torch.arange(count + 1, dtype=torch.float64), method=euler(step))
    return path.x.mean(1).numpy()  # type: ignore[union-attr]


def geometric(dim: int, step: float = 0.3, count: int = 4) -> np.ndarray:
    """m* + (1 − h/d)^k (m₀ − m*)."""
    real, x = clouds(dim)
    goal = real.weights.numpy() @ real.points.numpy()
    return goal + (1 - step / dim) ** np.arange(count + 1)[:, None] * (x.numpy().mean(0) - goal)


EULER_MEAN = Claim(
    name="sliced-flow-mean",
    says="Over orthonormal sets of directions each Euler step closes the gap of means by the factor 1 − h/d, exactly.",
    equation=r"m_k - m^* = (1-h/d)^k\,(m_0-m^*),\qquad \overline{\theta\theta^{\top}} = I/d",
    source="bonneel2015sliced, section 3; derived here",
    proof=(
        *(
            Step(
                f"d = {d}: an orthonormal set resolves the identity",
                partial(resolved, d),
                partial(shared_out, d),
            )
            for d in (2, 3)
        ),
        Step("three steps", partial(iterated, 3), lambda: (1 - h / m) ** 3),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"d = {d}: 6 particles, 11 weighted data, 2d directions",
                partial(means, d),
                partial(geometric, d),
                Rivals(1e-12),
            )
            for d in (1, 2, 3, 5)
        )
    ),
)


# Isotropic laws


def ball(dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Weighted nodes of mean 0 and covariance I without any symmetry: whitened random points."""
    rng = np.random.default_rng(dim)
    z, w = rng.normal(size=(4 * dim + 3, dim)), rng.random(4 * dim + 3)
    w /= w.sum()
    z -= w @ z
    z = np.linalg.solve(np.linalg.cholesky((w[:, None] * z).T @ z), z.T).T
    return torch.from_numpy(z), torch.from_numpy(w)


MEANS = {d: (np.linspace(0.3, 1.1, d), np.linspace(-0.5, 0.2, d)) for d in (1, 2, 3, 4)}
WIDTHS = (1.7, 0.6)


def isotropic(dim: int) -> tuple[Empirical, Empirical]:
    """The nodes moved to two means and widths: both laws have the moments of N(m, s²I), and every slice pairs the nodes."""
    z, w = ball(dim)
    real, fake = (Empirical(torch.from_numpy(c) + s * z, w) for c, s in zip(MEANS[dim], WIDTHS, strict=True))
    return real, fake


def slices(dim: int) -> list[float]:
    """SW2² over orthonormal directions, and max-SW2²."""
    pair = isotropic(dim)
    mean = sliced_wasserstein(*pair, 2, directions=orthonormal(3 * dim, dim, seeded(0))).value
    return [mean**2, max_sliced_wasserstein(*pair, 2, generator=seeded(1), starts=4).value ** 2]


def closed(dim: int) -> list[float]:
    """|dm|²/d + ds² and |dm|² + ds²."""
    shift, spread = MEANS[dim][0] - MEANS[dim][1], WIDTHS[0] - WIDTHS[1]
    return [float(shift @ shift) / dim + spread**2, float(shift @ shift) + spread**2]


def averaged(dim: int) -> sp.Expr:
    """The mean of (θ·g)² + ds² over the sphere by integration, g along a generic direction."""
    a, b = sp.symbols("a b", real=True)
    g = sp.symbols(f"g1:{dim + 1}", real=True)
    if dim == 2:
        total = sp.integrate(sp.expand((g[0] * sp.cos(a) + g[1] * sp.sin(a)) ** 2), (a, 0, 2 * sp.pi)) / (2 * sp.pi)
        return total + (sigma - tau) ** 2
    dot = g[0] * sp.sin(b) * sp.cos(a) + g[1] * sp.sin(b) * sp.sin(a) + g[2] * sp.cos(b)
    inner = sp.integrate(sp.expand(dot**2), (a, 0, 2 * sp.pi))
    return sp.integrate(sp.expand(inner * sp.sin(b)), (b, 0, sp.pi)) / (4 * sp.pi) + (sigma - tau) ** 2


def shared(dim: int) -> sp.Expr:
    """|g|²/d + ds²."""
    g = sp.symbols(f"g1:{dim + 1}", real=True)
    return sp.Add(*(v**2 for v in g)) / dim + (sigma - tau) ** 2


ISOTROPIC = Claim(
    name="sliced-isotropic-distance",
    says="Between isotropic normal laws slicing divides the squared distance of the means by d, and that of the widths by 1.",
    equation=r"\mathrm{SW}_2^2 = |d_m|^2/d + d_s^2,\qquad \max_\theta W_2^2 = |d_m|^2 + d_s^2",
    source="bonneel2015sliced, section 3, and deshpande2019max, for the distances; the formulas are derived here",
    proof=tuple(Step(f"d = {d}: the mean over the sphere", partial(averaged, d), partial(shared, d)) for d in (2, 3)),
    witness=Agreement(
        tuple(
            Step(f"d = {d}: both distances of nodes with these moments", partial(slices, d), partial(closed, d), Rivals(1e-9))
            for d in (1, 2, 3, 4)
        )
    ),
)


def decay(side: int) -> list[sp.Expr]:
    """F′ along ṁ = −(m − n)/d, σ̇ = −(σ − τ)/d, and −2F/d; σ̇ from Ṡ = −(AS + SA) with A = (1 − τ/σ)I/d."""
    d = sp.Symbol("d", positive=True)
    F = ((m - n) ** 2 / d + (sigma - tau) ** 2) / 2
    if side == 0:
        S_rate = -2 * (1 - tau / sigma) / d * sigma**2
        widening = S_rate / (2 * sigma)
        return [sp.diff(F, m) * (-(m - n) / d) + sp.diff(F, sigma) * widening, widening]
    return [-2 * F / d, -(sigma - tau) / d]


TIMES = (0.0, 0.5, 1.5)


def halves(dim: int) -> np.ndarray:
    """F of the particles along the flow, by the metric; the particles are equally weighted isotropic nodes."""
    rng = np.random.default_rng(dim)
    points = rng.normal(size=(4 * dim + 3, dim))
    points -= points.mean(0)
    z = torch.from_numpy(np.linalg.solve(np.linalg.cholesky(points.T @ points / len(points)), points.T).T.copy())
    real, x = (torch.from_numpy(c) + s * z for c, s in zip(MEANS[dim], WIDTHS, strict=True))
    theta = orthonormal(2 * dim, dim, seeded(3))
    path = integrate(SlicedWassersteinFlow(Empirical(real), theta), x, TIMES, method=rk4(0.05))
    return np.array([sliced_wasserstein(Empirical(real), Empirical(p), 2, directions=theta).value ** 2 / 2 for p in path.x])


def normals(dim: int) -> np.ndarray:
    """F of normal laws along their flow, by |dm|²/d + ds²."""
    (goal, start), eye = map(torch.from_numpy, MEANS[dim]), torch.eye(dim, dtype=torch.float64)
    flow = GaussianSlicedFlow(Gaussian(goal, WIDTHS[0] ** 2 * eye), orthonormal(2 * dim, dim, seeded(3)))
    mean, S = integrate(flow, (start, WIDTHS[1] ** 2 * eye), TIMES, method=rk4(0.05)).x
    width = S.diagonal(dim1=1, dim2=2).mean(1).sqrt()
    return (((mean - goal).square().sum(1) / dim + (width - WIDTHS[0]) ** 2) / 2).numpy()


def exponential(dim: int) -> np.ndarray:
    """F₀ e^{−2t/d}."""
    return closed(dim)[0] / 2 * np.array([exp(-2 * time / dim) for time in TIMES])


DECAY = Claim(
    name="sliced-isotropic-decay",
    says="Between isotropic laws half the squared SW2 falls as e^{−2t/d} along its gradient flow, means and widths alike.",
    equation=r"\dot m = -(m-m^*)/d,\quad \dot s = -(s-s^*)/d\ \Rightarrow\ F(t) = F(0)\,e^{-2t/d}",
    source="bonneel2015sliced, section 3; derived here",
    proof=(Step("F′ = −2F/d, and ṡ from the covariances", partial(decay, 0), partial(decay, 1)),),
    witness=Agreement(
        tuple(
            Step(f"d = {d}, {name}", partial(route, d), partial(exponential, d), Rivals(1e-6))
            for d in (1, 2, 3)
            for name, route in (("particles", halves), ("normal laws", normals))
        )
    ),
)


# Covariances


def covariance_rate(side: int) -> list[sp.Expr]:
    """E[(x−m)vᵀ + v(x−m)ᵀ] for v = −A(x − m) by moments, d = 2; and −(AS + SA)."""
    A = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"A{min(i, j)}{max(i, j)}", real=True))
    S = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"S{min(i, j)}{max(i, j)}", real=True))
    if side == 0:
        return [-sum(A[j, k] * S[i, k] + A[i, k] * S[k, j] for k in (0, 1)) for i in (0, 1) for j in (0, 1)]
    return list(-(A * S + S * A))


def line_map(side: int) -> list[sp.Expr]:
    """The slope −½∂/∂v of ½(√w − √v)² in v = θᵀSθ, times −2·2: 1 − √(w/v), by SymPy and by hand."""
    v, w = sp.symbols("v w", positive=True)
    return [2 * sp.diff((sp.sqrt(w) - sp.sqrt(v)) ** 2 / 2, v)] if side == 0 else [1 - sp.sqrt(w / v)]


GOAL = Gaussian(torch.tensor([0.5, -1.0], dtype=torch.float64), torch.tensor([[0.6, -0.3], [-0.3, 2.0]], dtype=torch.float64))
START = Gaussian(torch.zeros(2, dtype=torch.float64), torch.tensor([[1.0, 0.4], [0.4, 0.5]], dtype=torch.float64))


def covariance_velocity() -> np.ndarray:
    """Ṡ by the package."""
    flow = GaussianSlicedFlow(GOAL, sphere(9, 2, seeded(4)))
    return flow(ZERO, (START.mean, START.covariance))[1].numpy()


def entry(i: int, j: int) -> float:
    """Of Ṡ."""
    return float(covariance_velocity()[i, j])


def by_differences() -> np.ndarray:
    """−2(GS + SG), G = ∂F/∂S by central differences of F(S) = ½ mean (√θᵀS*θ − √θᵀSθ)² in NumPy."""
    theta, S, goal = sphere(9, 2, seeded(4)).numpy(), START.covariance.numpy(), GOAL.covariance.numpy()

    def F(C: np.ndarray) -> float:
        return (
            float(
                np.mean(
                    (np.sqrt(np.einsum("ki,ij,kj->k", theta, goal, theta)) - np.sqrt(np.einsum("ki,ij,kj->k", theta, C, theta)))
                    ** 2
                )
            )
            / 2
        )

    G = np.zeros((2, 2))
    for i, j in ((0, 0), (0, 1), (1, 1)):
        E = np.zeros((2, 2))
        E[i, j] = E[j, i] = 1e-5
        G[i, j] = G[j, i] = (F(S + E) - F(S - E)) / 2e-5 / (1 if i == j else 2)
    return -2 * (G @ S + S @ G)


def sampled(i: int, j: int, count: int = 1500, repeats: int = 8) -> tuple[float, float]:
    """The same entry of E[(x−m)vᵀ + v(x−m)ᵀ] for samples of both laws under the particle flow, with its standard error."""
    found, g = [], seeded(5)
    for _ in range(repeats):
        x = START.sample(count, g)
        v = SlicedWassersteinFlow(Empirical(GOAL.sample(count, g)), sphere(9, 2, seeded(4)))(ZERO, x)
        found.append(float((x[:, i] - x[:, i].mean()) @ v[:, j] + (x[:, j] - x[:, j].mean()) @ v[:, i]) / count)
    return float(np.mean(found)), float(np.std(found, ddof=1)) / sqrt(repeats)


COVARIANCE = Claim(
    name="sliced-flow-covariance",
    says="Under the sliced flow a normal law stays normal: its covariance moves by −(AS + SA), the gradient flow of F in S.",
    equation=r"\dot S = -(AS+SA),\qquad A ="
    r" \overline{\theta\theta^{\top}\left(1-\sqrt{\theta^{\top}S^*\theta\,/\,\theta^{\top}S\theta}\right)}",
    source="bonneel2015sliced, section 3; derived here",
    proof=(
        Step("a linear velocity moves the covariance so", partial(covariance_rate, 0), partial(covariance_rate, 1)),
        Step("one line: the slope of the distance is the slope of its map less 1", partial(line_map, 0), partial(line_map, 1)),
    ),
    witness=Agreement(
        (
            Step("Ṡ against differences of F in NumPy", covariance_velocity, by_differences, Rivals(1e-7)),
            *(
                Step(
                    f"entry {i + 1}{j + 1}: samples under the particle flow",
                    partial(sampled, i, j),
                    partial(entry, i, j),
                    Statistical(),
                )
                for i, j in ((0, 0), (0, 1), (1, 1))
            ),
        )
    ),
)
