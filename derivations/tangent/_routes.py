"""Routes without the package's code: kernels by arccosines in NumPy, gradient flows by SciPy's DOP853; and generic samples."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.integrate import solve_ivp

from gantheory.measures import Empirical

Array = np.ndarray
Dual = Callable[[Array, Array, Array], tuple[Array, Array]]


def relu(a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    """Σ̂ and Σ̇ of max(0, u) by the angle's arccosine."""
    size = np.sqrt(a * b)
    angle = np.arccos(np.clip(c / size, -1, 1))
    return size / (2 * np.pi) * (np.sin(angle) + (np.pi - angle) * np.cos(angle)), (np.pi - angle) / (2 * np.pi)


def erf(a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    """Σ̂ and Σ̇ of erf by arcsines."""
    value = 2 / np.pi * np.arcsin(2 * c / np.sqrt((1 + 2 * a) * (1 + 2 * b)))
    return value, 4 / np.pi / np.sqrt((1 + 2 * a) * (1 + 2 * b) - 4 * c**2)


def kernels(dual: Dual, depth: int, weight: float, bias: float, x: Array, y: Array) -> tuple[Array, Array]:
    """(Σ, Θ) on (n, d) and (m, d), every Dense with the same bias."""
    a, b, c = (bias**2 + weight**2 * s / x.shape[1] for s in ((x**2).sum(1)[:, None], (y**2).sum(1)[None], x @ y.T))
    tangent = c
    for _ in range(depth):
        (cross, slope), one, two = dual(a, b, c), dual(a, a, a)[0], dual(b, b, b)[0]
        a, b, c = (bias**2 + weight**2 * s for s in (one, two, cross))
        tangent = c + weight**2 * slope * tangent
    return c, tangent


def trained(
    kernel: Callable[[Array, Array], Array],
    both: Array,
    weights: Array,
    forces: Callable[[Array], Array],
    at: Array,
    time: float,
) -> Array:
    """D at other points after the time, from D = 0: DOP853 on the values at both sets."""
    gram, across, n = kernel(both, both), kernel(at, both), len(both)

    def flow(t: float, values: Array) -> Array:
        push = weights * forces(values[:n])
        return np.concatenate([gram @ push, across @ push])

    path = solve_ivp(flow, (0, time), np.zeros(n + len(at)), method="DOP853", rtol=1e-12, atol=1e-13)
    return path.y[n:, -1]


def clouds(dim: int, n: int = 5, m: int = 8) -> tuple[Empirical, Empirical]:
    """Data and fakes of unequal sizes and weights."""
    rng = np.random.default_rng(10 + dim)
    draw = [(rng.normal(shift, 1.0, (size, dim)), rng.uniform(0.4, 2.0, size)) for shift, size in ((0.6, n), (-0.2, m))]
    return Empirical(*map(torch.from_numpy, draw[0])), Empirical(*map(torch.from_numpy, draw[1]))


def elsewhere(dim: int, count: int = 6) -> torch.Tensor:
    """Points off both samples."""
    return torch.from_numpy(np.random.default_rng(77 + dim).normal(0.2, 1.5, (count, dim)))


def arrays(real: Empirical, fake: Empirical) -> tuple[Array, Array]:
    """Both samples as one array, the data first, and the weights of each side."""
    return torch.cat([real.points, fake.points]).numpy(), torch.cat([real.weights, fake.weights]).numpy()
