"""What finite width does to a kernel, fluctuations of order width^{−1/2}; and the kernel means of Gaussians."""

from functools import cache, partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import dblquad

from gantheory.claims import Agreement, Claim, Rivals, Statistical, Step
from gantheory.discriminators import KernelGradient, solve
from gantheory.kernels import RELU, Architecture, EmpiricalTangentKernel, Perceptron, gaussian, tangent_kernel
from gantheory.measures import Empirical, Gaussian
from gantheory.objectives import WASSERSTEIN, Objective

NETWORKS = 90
X, Y = np.array([0.9, -0.4, 0.3]), np.array([0.2, 0.7, -0.5])

width = sp.Symbol("W", positive=True, integer=True)
first, second = sp.symbols("m1 m2", positive=True)  # moments of one neuron's share


def independent(count: int) -> sp.Expr:
    """Var of the mean of `count` independent shares, expanded by their moments: E S² − (E S)²."""
    squares = count * second + count * (count - 1) * first**2
    return squares / count**2 - first**2


def angle_and_size() -> tuple[float, float]:
    """θ between the points, and |x||y|/d."""
    size = np.linalg.norm(X) * np.linalg.norm(Y)
    return float(np.arccos(X @ Y / size)), float(size / len(X))


def moment(power: int) -> float:
    """E s^power of one neuron's share s = φ(u)φ(v) + a² φ′(u)φ′(v) x·y/d, by quadrature in polar coordinates."""
    angle, size = angle_and_size()
    inner = size * np.cos(angle)
    fourth = {1: 1.0, 2: 3.0}  # E a² and E a⁴

    def share(r: float, psi: float) -> float:
        product = size * r**2 * np.cos(psi) * np.cos(psi - angle)
        value = product + fourth[1] * inner if power == 1 else product**2 + 2 * product * inner + fourth[2] * inner**2
        return value * r * np.exp(-(r**2) / 2) / (2 * np.pi)

    return float(dblquad(share, angle - np.pi / 2, np.pi / 2, 0, 12, epsabs=1e-11)[0])


@cache
def drawn(size: int) -> np.ndarray:
    """Tangent kernels of random networks of one hidden layer, no bias, at two points."""
    generator, x, y = torch.Generator().manual_seed(size), torch.from_numpy(X[None]), torch.from_numpy(Y[None])
    shape = Architecture(1, RELU)
    return np.array([EmpiricalTangentKernel(Perceptron(shape, 3, size, generator))(x, y).item() for _ in range(NETWORKS)])


def fluctuation(size: int) -> tuple[float, float]:
    """Width × mean squared deviation from the limit, and its standard error."""
    limit = tangent_kernel(1, RELU)(torch.from_numpy(X[None]), torch.from_numpy(Y[None])).item()
    squares = size * (drawn(size) - limit) ** 2
    return float(squares.mean()), float(squares.std(ddof=1) / NETWORKS**0.5)


WIDTH = Claim(
    name="finite-width-fluctuates-by-its-root",
    says="The tangent kernel of a random network of one hidden layer is a mean of independent shares of its neurons: it is the "
    "limit on average, and off it by C/√width, C² the variance of a share.",
    equation=r"\mathbb{E}\left(\hat\Theta - \Theta\right)^2 = \frac{\mathrm{Var}\,s}{\mathrm{width}}",
    source="jacot2018neural, the limit of infinite width, derived here",
    proof=(
        Step("the variance of the mean", lambda: independent(width), lambda: (second - first**2) / width),
        Step("four times the width, a quarter of it", lambda: independent(4 * width), lambda: independent(width) / 4),
    ),
    witness=Agreement(
        (
            Step(
                "the limit is the mean of a share, by quadrature",
                lambda: tangent_kernel(1, RELU)(torch.from_numpy(X[None]), torch.from_numpy(Y[None])).item(),
                partial(moment, 1),
                Rivals(1e-7),
            ),
            *(
                Step(
                    f"width {size}: {NETWORKS} networks against the variance by quadrature",
                    partial(fluctuation, size),
                    lambda: moment(2) - moment(1) ** 2,
                    Statistical(),
                )
                for size in (8, 64)
            ),
        )
    ),
)

s, v, m = sp.symbols("s v m", positive=True)
x, z = sp.symbols("x z", real=True)
KERNEL_WIDTH = 0.9
REAL, FAKE = (torch.tensor([0.4, -0.3]), 0.8), (torch.tensor([-0.5, 0.6]), 0.5)  # means and variances
SAMPLES = 20_000


def mean_of_kernel() -> sp.Expr:
    """E e^{−(x−Z)²/2s²}, Z ~ N(m, v), by SymPy's integral over the line."""
    exponent = -((x - z) ** 2) / (2 * s**2) - (z - m) ** 2 / (2 * v)
    rate = 1 / s**2 + 1 / v
    centre = (x / s**2 + m / v) / rate
    constant = sp.simplify((exponent + rate / 2 * (z - centre) ** 2).subs(z, 0))
    return sp.exp(constant) * sp.integrate(sp.exp(-rate * z**2 / 2), (z, -sp.oo, sp.oo)) / sp.sqrt(2 * sp.pi * v)


def population(at: np.ndarray, mean: torch.Tensor, variance: float) -> float:
    """E k(x, Y) for Y ~ N(mean, variance I) in the plane: the closed form."""
    total = KERNEL_WIDTH**2 + variance
    return float(KERNEL_WIDTH**2 / total * np.exp(-((at - mean.numpy()) ** 2).sum() / (2 * total)))


def clouds() -> tuple[torch.Tensor, torch.Tensor]:
    """Two large samples."""
    generator = torch.Generator().manual_seed(8)
    laws = (Gaussian(mean.double(), var * torch.eye(2, dtype=torch.float64)) for mean, var in (REAL, FAKE))
    first, second = (law.sample(SAMPLES, generator) for law in laws)
    return first, second


def critic(at: tuple[float, float]) -> tuple[float, float]:
    """D(x) on the samples, time 1, with its standard error."""
    place, (real, fake) = torch.tensor([at], dtype=torch.float64), clouds()
    kernel = gaussian(KERNEL_WIDTH)
    D = solve(Objective(WASSERSTEIN), Empirical(real), Empirical(fake), solver=KernelGradient(kernel, 1.0))
    spread = sum(float(kernel(place, cloud).var()) for cloud in (real, fake))
    return float(D(place)), (spread / SAMPLES) ** 0.5


def witness(at: tuple[float, float]) -> float:
    """E_p k − E_q k by the closed form."""
    return population(np.array(at), *REAL) - population(np.array(at), *FAKE)


def paired() -> tuple[float, float]:
    """Mean and standard error of k(X, X′) − k(X, Y) − k(X′, Y′) + k(Y, Y′) over independent quadruples."""
    real, fake = (cloud.unflatten(0, (2, -1)) for cloud in clouds())
    near = lambda a, b: torch.exp(-(a - b).square().sum(1) / (2 * KERNEL_WIDTH**2))  # noqa: E731
    h = near(real[0], real[1]) - near(real[0], fake[1]) - near(real[1], fake[0]) + near(fake[0], fake[1])
    return float(h.mean()), float(h.std()) / len(h) ** 0.5


def squared() -> float:
    """MMD² of the two laws: the closed form with v₁ + v₂ for v."""
    (m1, v1), (m2, v2) = REAL, FAKE
    pairs = ((m1, m1, 2 * v1, 1), (m1, m2, v1 + v2, -2), (m2, m2, 2 * v2, 1))
    return sum(factor * population(a.numpy(), b, variance) for a, b, variance, factor in pairs)


POPULATION = Claim(
    name="gaussian-kernel-means",
    says="A Gaussian kernel of width s has the mean (s²/(s²+v))^{d/2} e^{−|x−m|²/2(s²+v)} under N(m, vI): critic and MMD² of "
    "two Gaussians in closed form.",
    equation=r"\mathbb{E}\,k(x, Y) = \left(\frac{s^2}{s^2+v}\right)^{d/2} e^{-|x-m|^2/2(s^2+v)}",
    source="franceschi2022neural, population critics, derived here",
    proof=(
        Step(
            "in one dimension; in d dimensions it is a product",
            mean_of_kernel,
            lambda: s / sp.sqrt(s**2 + v) * sp.exp(-((x - m) ** 2) / (2 * (s**2 + v))),
        ),
    ),
    witness=Agreement(
        (
            *(
                Step(f"the critic of {SAMPLES} points each at {at}", partial(critic, at), partial(witness, at), Statistical())
                for at in ((0.1, 0.2), (-1.0, 0.4), (1.3, -0.8))
            ),
            Step("MMD² by independent quadruples", paired, squared, Statistical()),
        )
    ),
)
