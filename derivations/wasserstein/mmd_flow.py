"""The gradient flow of ½MMD²: what it dissipates, what one Euler step does, and what noise injection blurs."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.wasserstein.monoflow_table import tensor
from gantheory.claims import Agreement, Claim, Convergence, Rivals, Statistical, Step
from gantheory.flows import MMDFlow, gaussian_embedding
from gantheory.integration import integrate, rk4
from gantheory.kernels import Kernel, Radial, gaussian
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import mmd_squared
from gantheory.symbolic import coordinates, r

POINTS, DATA = coordinates(4), sp.symbols("y1:3", real=True)
X, Y = ((POINTS[:2], POINTS[2:]), ((DATA[0], DATA[1]), (sp.Rational(1, 3), -sp.Rational(2, 5))))
W, V = (sp.Rational(2, 7), sp.Rational(5, 7)), (sp.Rational(3, 5), sp.Rational(2, 5))


def energy(k: sp.Expr) -> sp.Expr:
    """½MMD² of two weighted particles and two data in the plane, k an expression in the squared distance r."""
    points, signed = X + Y, W + tuple(-v for v in V)
    pairs = [(a, b) for a in range(4) for b in range(4)]
    return sp.Add(*(signed[a] * signed[b] * _at(k, points[a], points[b]) for a, b in pairs)) / 2


def _at(k: sp.Expr, u: tuple[sp.Expr, ...], v: tuple[sp.Expr, ...]) -> sp.Expr:
    return k.subs(r, sp.expand(sp.Add(*((s - t) ** 2 for s, t in zip(u, v, strict=True)))))


def steepness(k: sp.Expr) -> list[sp.Expr]:
    """∂F/∂x_i by brute force, one coordinate of each particle."""
    return [sp.diff(energy(k), z) for z in (POINTS[0], POINTS[3])]


def witnessed(k: sp.Expr) -> list[sp.Expr]:
    """w_i ∇f(x_i), ∇f(x) = Σ_j w_j 2k′(|x − x_j|²)(x − x_j) − Σ_j v_j 2k′(|x − y_j|²)(x − y_j), so that dF/dt = −Σ w_i|∇f|²."""
    slope = 2 * sp.diff(k, r)
    sources = [*zip(W, X, strict=True), *((-v, z) for v, z in zip(V, Y, strict=True))]
    rows = zip(W, X, (0, 1), strict=True)
    return [w * sp.Add(*(m * _at(slope, x, z) * (x[axis] - z[axis]) for m, z in sources)) for w, x, axis in rows]


@dataclass(frozen=True)
class Polynomial:
    """(1 + x·y)²: a kernel that is no function of the distance."""

    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The Gram matrix."""
        return (1 + x @ y.mT) ** 2

    def gradient(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """2(1 + x·y) y."""
        return 2 * (1 + x @ y.mT)[..., None] * y[None]


def clouds(dim: int) -> tuple[tuple[torch.Tensor, torch.Tensor], Empirical]:
    """Six weighted particles and nine weighted data."""
    rng = np.random.default_rng(dim)
    state = tensor(rng.normal(0.4, 1.0, (6, dim))), tensor(rng.dirichlet(np.ones(6)))
    return state, Empirical(tensor(rng.normal(-0.3, 0.8, (9, dim))), tensor(rng.random(9)))


STEP = 2e-3


def falling(kernel: Kernel, dim: int) -> float:
    """d/dt ½MMD² along the integrated flow, by a five-point difference of the metric."""
    state, data = clouds(dim)
    flow, moments = MMDFlow(kernel, data), np.array([-2.0, -1.0, 1.0, 2.0])
    states = [integrate(flow, state, [0, float(m) * STEP], method=rk4(STEP)).final for m in moments]
    values = [0.5 * mmd_squared(Empirical(*s), data, kernel) for s in states]
    return float(np.dot([1, -8, 8, -1], values) / (12 * STEP))


def dissipation(slope: object, dim: int) -> float:
    """−Σ w_i|∇f(x_i)|² by NumPy; slope(x, y) is ∇_x k."""
    (x, w), data = clouds(dim)
    a, b, u, v = (part.numpy() for part in (x, data.points, w, data.weights))
    gradient = np.einsum("ijk,j->ik", slope(a, a), u) - np.einsum("ijk,j->ik", slope(a, b), v)  # type: ignore[operator]
    return float(-u @ np.sum(gradient**2, 1))


def _gaussian_slope(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    gap = a[:, None] - b[None]
    return -gap / 0.64 * np.exp(-np.sum(gap**2, -1, keepdims=True) / 1.28)


def _distance_slope(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    gap = a[:, None] - b[None]
    size = np.linalg.norm(gap, axis=-1, keepdims=True)
    return -np.divide(gap, size, out=np.zeros_like(gap), where=size > 0)


def _polynomial_slope(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 2 * (1 + a @ b.T)[..., None] * b[None]


_c = sp.Symbol("c", positive=True)
DISSIPATION = Claim(
    name="mmd-dissipation",
    says="The flow ẋ = −∇f, f = E_μ k − E_p k, is the gradient flow of F = ½MMD²: dF/dt = −E_μ|∇f|².",
    equation=r"F(\mu) = \tfrac12 \mathrm{MMD}^2(\mu, p), \qquad \dot x = -\nabla f(x), \qquad "
    r"\frac{dF}{dt} = -\mathbb{E}_\mu |\nabla f|^2",
    source="arbel2019maximum, the dissipation along the flow",
    proof=tuple(
        Step(f"∂F/∂x_i = w_i ∇f(x_i) in the plane, {name}", partial(steepness, k), partial(witnessed, k))
        for name, k in (("Gaussian kernel", sp.exp(-r / (2 * _c))), ("inverse multiquadric", (_c + r) ** -sp.Rational(1, 2)))
    ),
    witness=Agreement(
        tuple(
            Step(
                f"d = {dim}, {name}: the metric along the flow",
                partial(falling, k, dim),
                partial(dissipation, slope, dim),
                Rivals(1e-6),
            )
            for name, k, slope, dim in (
                ("Gaussian kernel", gaussian(0.8), _gaussian_slope, 1),
                ("Gaussian kernel", gaussian(0.8), _gaussian_slope, 3),
                ("−|x − y|", Radial(-r, 1), _distance_slope, 2),
                ("(1 + x·y)²", Polynomial(), _polynomial_slope, 2),
            )
        )
    ),
)

s, g, L, u = sp.symbols("s g L u", positive=True)
WIDTH = 0.8


def descent_parts(step: float, seed: int) -> tuple[float, float, float]:
    """F before, F after one Euler step of the flow, and E|∇f|², for a random cloud."""
    rng = np.random.default_rng(seed)
    dim, n = 1 + seed % 3, 3 + seed % 5
    x, data = tensor(rng.normal(0.5, 1.0, (n, dim))), Empirical(tensor(rng.normal(0.0, 0.7, (7, dim))))
    kernel = gaussian(WIDTH)
    v = MMDFlow(kernel, data)(tensor(0.0), x)
    before, after = (0.5 * mmd_squared(Empirical(z), data, kernel) for z in (x, x + step * v))
    return before, after, float(v.square().sum(1).mean())


def violations() -> float:
    """1 + how often one Euler step misses the bound, over steps up to 2/(3L) and clouds in 1, 2 and 3 dimensions."""
    count = 0
    for seed in range(24):
        step = (0.05, 0.3, 2 / 3)[seed % 3] * WIDTH**2
        before, after, square = descent_parts(step, seed)
        count += after - before > -step * (1 - 1.5 * step / WIDTH**2) * square + 1e-15
    return 1.0 + count


def first_order(step: float) -> float:
    """|1 − (F_n − F_{n+1})/(h E|∇f|²)|: what the leading term leaves out."""
    before, after, square = descent_parts(step, 4)
    return abs(1 - (before - after) / (step * square))


DESCENT = Claim(
    name="mmd-euler-descent",
    says="One Euler step of size h changes ½MMD² by at most −h(1 − 3hL/2) E|∇f|², L = 1/σ² for the Gaussian kernel.",
    equation=r"F_{n+1} - F_n \leq -h\left(1 - \tfrac{3}{2} h L\right) \mathbb{E}_{\mu_n}|\nabla f_n|^2, \qquad L = \sigma^{-2}",
    source="arbel2019maximum, descent of the forward Euler scheme",
    proof=(
        Step("∇f moves by at most 3L u h |∇f| on the way: the remainder", lambda: sp.integrate(3 * L * g**2 * u, (u, 0, 1)),
             lambda: sp.Rational(3, 2) * L * g**2),
        Step("|φ″| of the Gaussian profile at its stationary points 0 and √3 σ: the first is L",
             lambda: [sp.diff(sp.exp(-(r**2) / (2 * s**2)), r, 2).subs(r, at) for at in (0, sp.sqrt(3) * s)],
             lambda: [-1 / s**2, 2 * sp.exp(-sp.Rational(3, 2)) / s**2]),
    ),
    witness=(
        Agreement((Step("1 + violations over 24 clouds", violations, lambda: 1.0, Rivals(1e-9)),)),
        Convergence(first_order, (0.02, 0.01, 0.005, 0.0025), 1, 1e-2, (0.00125,), size="step $h$",
                    quantity=r"$|1 - (F_n - F_{n+1})/(h\,\mathrm{E}|\nabla f|^2)|$"),
    ),
)  # fmt: skip

m, x, z, t = sp.symbols("m x z t", real=True)


def averaged() -> list[sp.Expr]:
    """Exponent and squared factor of exp(−(x − z)²/2s²) N(z; m, g²), to be integrated over z."""
    return [sp.expand(-((x - z) ** 2) / (2 * s**2) - (z - m) ** 2 / (2 * g**2)), 1 / (2 * sp.pi * g**2)]


def completed() -> list[sp.Expr]:
    """Those of the closed form at x times a normal density in z, whose integral is 1."""
    centre, variance = (g**2 * x + s**2 * m) / (g**2 + s**2), s**2 * g**2 / (g**2 + s**2)
    exponent = -((x - m) ** 2) / (2 * (s**2 + g**2)) - (z - centre) ** 2 / (2 * variance)
    return [sp.expand(sp.cancel(exponent)), sp.cancel(s**2 / (s**2 + g**2) / (2 * sp.pi * variance))]


SQUARE = Step("in one dimension: completing the square in z", averaged, completed)


def law(dim: int) -> Gaussian:
    """A generic normal law."""
    rng = np.random.default_rng(dim + 5)
    A = np.eye(dim) + 0.3 * rng.normal(size=(dim, dim))
    return Gaussian(tensor(rng.normal(size=dim)), tensor(A @ A.T))


def places(dim: int) -> torch.Tensor:
    """Five particles."""
    return tensor(np.random.default_rng(dim).normal(size=(5, dim)))


def from_embedding(dim: int) -> np.ndarray:
    """The velocity with the closed form in place of data."""
    flow = MMDFlow(gaussian(1.7), embedding=gaussian_embedding(1.7, law(dim)))
    return flow(tensor(0.0), places(dim)).numpy()


def from_nodes(dim: int) -> np.ndarray:
    """The velocity toward Gauss–Hermite points of the same law, which count as weighted data."""
    p, (z1, w1) = law(dim), np.polynomial.hermite_e.hermegauss(24)
    nodes = np.stack(np.meshgrid(*[z1] * dim, indexing="ij"), -1).reshape(-1, dim)
    weights = np.stack(np.meshgrid(*[w1] * dim, indexing="ij"), -1).reshape(-1, dim).prod(1)
    data = Empirical(p.mean + tensor(nodes) @ p.factor.mT, tensor(weights))
    return MMDFlow(gaussian(1.7), data)(tensor(0.0), places(dim)).numpy()


EMBEDDING = Claim(
    name="mmd-gaussian-embedding",
    says="The Gaussian kernel of width σ, averaged over N(m, C), is (2π)^{d/2} σ^d times the density of N(m, C + σ²I).",
    equation=r"\mathbb{E}\,e^{-|x - Y|^2/2\sigma^2} = \frac{\sigma^d}{\sqrt{\det(C + \sigma^2 I)}}"
    r"\, e^{-\frac12 (x - m)^\top (C + \sigma^2 I)^{-1} (x - m)}",
    source="gretton2012kernel, mean embeddings",
    proof=(SQUARE,),
    witness=Agreement(
        tuple(
            Step(f"d = {dim}: velocities, by quadrature", partial(from_embedding, dim), partial(from_nodes, dim), Rivals(1e-6))
            for dim in (1, 2, 3)
        )
    ),
)

LEVEL, DRAWS = 0.9, 1500


def noisy_mean() -> tuple[float, float]:
    """The mean pull on particles at one place, at distance 3σ from one datum, over their noises, with its standard error."""
    flow = MMDFlow(gaussian(WIDTH), Empirical(tensor([[0.0, 0.0]]))).noisy(LEVEL, seed=3)
    start = tensor([[3 * WIDTH, 0.0]]).repeat(DRAWS, 1)
    pulls = flow.freeze(tensor(0.0), start, ())[0](tensor(0.0), start)[:, 0]
    return float(pulls.mean()), float(pulls.std() / DRAWS**0.5)


def blurred_pull() -> float:
    """−∇ of the blurred witness: where they stand the particles' part is 0, the datum pulls with a wider kernel."""
    wide = WIDTH**2 + LEVEL**2
    return float(-3 * WIDTH / wide * (WIDTH**2 / wide) * np.exp(-9 * WIDTH**2 / (2 * wide)))


NOISE = Claim(
    name="mmd-noise-blurs",
    says="Noise injection of level b pulls, in the mean, like the kernel blurred by N(0, b²I), which reaches further than σ.",
    equation=r"\mathbb{E}_U \nabla f(x + bU) = \nabla\left(f * N(0, b^2 I)\right)(x), \qquad "
    r"e^{-r^2/2\sigma^2} * N(0, b^2 I) = \left(\tfrac{\sigma^2}{\sigma^2 + b^2}\right)^{d/2} e^{-r^2/2(\sigma^2 + b^2)}",
    source="arbel2019maximum, noise injection",
    proof=(SQUARE,),
    witness=Agreement((Step("draws of the flow at 3σ against the formula", noisy_mean, blurred_pull, Statistical()),)),
)
