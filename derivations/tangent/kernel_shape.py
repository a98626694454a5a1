"""The shape of tangent kernels where it decides what particles do: homogeneity, rank, kinks, self-pairs."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.kernels import ERF, RELU, nngp_kernel, tangent_kernel

a, b, s, beta, length, distance = sp.symbols("a b s beta L delta", positive=True)
c = sp.Symbol("c", real=True)


def layer(k11: sp.Expr, k22: sp.Expr, k12: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Σ̂ and Σ̇ of max(0, u)."""
    angle = sp.acos(k12 / sp.sqrt(k11 * k22))
    size = sp.sqrt(k11 * k22)
    cosine = k12 / size
    return size / (2 * sp.pi) * (sp.sqrt(1 - cosine**2) + (sp.pi - angle) * cosine), (sp.pi - angle) / (2 * sp.pi)


def deep(k11: sp.Expr, k22: sp.Expr, k12: sp.Expr, depth: int) -> sp.Expr:
    """Θ of a rectified network without bias, weight 1."""
    tangent = k12
    for _ in range(depth):
        cross, slope = layer(k11, k22, k12)
        k11, k22, k12 = k11 / 2, k22 / 2, cross
        tangent = cross + slope * tangent
    return tangent


def multiple(depth: int) -> sp.Expr:
    """S Θ."""
    return s * deep(a, b, c, depth)


def draw(n: int, dim: int, seed: int = 0) -> torch.Tensor:
    """Generic points."""
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, dim)))


def stretched(dim: int, factor: float) -> np.ndarray:
    """K(αx, y) by the package."""
    return tangent_kernel(3, RELU, 1.3)(factor * draw(6, dim), draw(5, dim, 1)).numpy()


def scaled(dim: int, factor: float) -> np.ndarray:
    """α k(x, y), by the gradient and Euler's theorem: x·∇k(x, y) = k(x, y)."""
    x = draw(6, dim)
    return factor * (tangent_kernel(3, RELU, 1.3).gradient(x, draw(5, dim, 1)) * x[:, None]).sum(2).numpy()


HOMOGENEOUS = Claim(
    name="relu-without-bias-is-homogeneous",
    says="Without bias the tangent kernel of a rectified network has k(αx, y) = α k(x, y), α > 0: every critic is "
    "1-homogeneous, and its gradient is constant along rays.",
    equation=r"k(\alpha x, y) = \alpha\,k(x, y)",
    source="franceschi2022neural, the network without bias, derived here",
    proof=tuple(Step(f"depth {L}", partial(deep, s**2 * a, b, s * c, L), partial(multiple, L)) for L in (1, 2)),
    witness=Agreement(
        tuple(
            Step(f"d = {d}, α = {f:g}: Euler's theorem", partial(stretched, d, f), partial(scaled, d, f), Rivals(1e-12))
            for d, f in ((1, 0.03), (2, 7.0), (3, 400.0))
        )
    ),
)


def rank(bias: float) -> int:
    """The rank of the Gram matrix of 21 points of the line, singular values above 10⁻⁶ of the largest."""
    x = draw(21, 1, 3)
    return int(torch.linalg.matrix_rank(tangent_kernel(2, RELU, 1.0, bias)(x, x), rtol=1e-6 if bias == 0 else 1e-13))


def by_halves() -> np.ndarray:
    """Σ_± of x_± y_± (L+1)/2^L, plus what opposite signs share: the kernel in the features x₊ and x₋."""
    x = draw(21, 1, 3)[:, 0].numpy()
    up, down = np.maximum(x, 0), np.maximum(-x, 0)
    shared = float(deep(sp.S.One, sp.S.One, sp.S.NegativeOne, 2))
    return 3 / 4 * (np.outer(up, up) + np.outer(down, down)) + shared * (np.outer(up, down) + np.outer(down, up))


RANK = Claim(
    name="relu-without-bias-has-rank-two-on-the-line",
    says="On the line such a kernel spans x₊ and x₋ only: any Gram matrix has rank at most 2 (with a bias 21 points have rank "
    "21), so that its MMD sees E x₊ and E x₋, and the flow may stop at a wrong law.",
    equation=r"k(x, y) = \frac{L+1}{2^L}(x_+y_+ + x_-y_-) + \kappa_L (x_+y_- + x_-y_+)",
    source="franceschi2022neural, the network without bias, derived here",
    proof=tuple(
        Step(
            f"depth {L}: points of one sign share (L+1)/2^L |x||y|",
            partial(deep, a**2, b**2, a * b, L),
            partial(sp.Mul, sp.Rational(L + 1, 2**L), a * b),
        )
        for L in (1, 2)
    ),
    witness=Agreement(
        (
            Step("the Gram matrix by its two features", lambda: _gram(), by_halves, Rivals(1e-12)),
            Step("rank without bias", partial(rank, 0.0), lambda: np.linalg.matrix_rank(by_halves(), rtol=1e-6), Rivals(1e-9)),
            Step("rank with bias 1", partial(rank, 1.0), lambda: len(draw(21, 1, 3)), Rivals(1e-9)),
        )
    ),
)


def _gram() -> np.ndarray:
    x = draw(21, 1, 3)
    return tangent_kernel(2, RELU)(x, x).numpy()


def across(activation: object, make: object, offset: float, side: int) -> np.ndarray:
    """∇_x k at a point an offset to one side of y, across the ray through y; y in the plane."""
    y = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    normal = torch.tensor([[-0.5, 1.0]], dtype=torch.float64) / 1.25**0.5
    slope = make(1, activation).gradient(y + side * offset * normal, y)[0, 0]  # type: ignore[operator]
    return torch.stack([(slope * normal[0]).sum(), (slope * y[0]).sum()]).numpy()


def angular() -> sp.Expr:
    """D/dδ of Θ at δ → 0⁺ for x across y at the distance δ: θ = arctan(δ/|y|)."""
    angle = sp.atan(distance / length)
    size = length * sp.sqrt(length**2 + distance**2) / 2  # d = 2
    value = size / (2 * sp.pi) * (sp.sin(angle) + 2 * (sp.pi - angle) * sp.cos(angle))
    return sp.limit(sp.diff(value, distance), distance, 0, "+")


def secant(side: int) -> float:
    """(k(y + δn, y) − k(y, y))/δ at δ = 10⁻⁶, by values."""
    y = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    normal = torch.tensor([[-0.5, 1.0]], dtype=torch.float64) / 1.25**0.5
    kernel = tangent_kernel(1, RELU)
    return float(kernel(y + side * 1e-6 * normal, y) - kernel(y, y)) / 1e-6


def transverse(side: int) -> float:
    """The slope across the ray at 10⁻⁹."""
    return float(across(RELU, tangent_kernel, 1e-9, side)[0])


SIZE = 1.25**0.5
KINK = Claim(
    name="relu-tangent-kernel-has-a-kink",
    says="At x = y the tangent kernel of a rectified network has a kink: with one hidden layer and no bias its slopes across "
    "the ray of y are ∓|y|/2πd. Particles sit in the kinks of their critic. Its covariance has none.",
    equation=r"\partial_n^\pm k(x, y)|_{x=y} = \mp\frac{|y|}{2\pi d}",
    source="franceschi2022neural, the differentiability of the critic, derived here",
    proof=(Step("the one-sided limit of the derivative, d = 2", angular, lambda: -length / (4 * sp.pi)),),
    witness=Agreement(
        (
            *(
                Step(f"the gradient at 10⁻⁹ to the {name}", partial(transverse, side),
                     partial(np.multiply, -side / (4 * np.pi), SIZE), Rivals(1e-7))
                for name, side in (("left", 1), ("right", -1))
            ),
            *(
                Step(f"a secant of 10⁻⁶ to the {name}", partial(secant, side), lambda: -SIZE / (4 * np.pi), Rivals(1e-5))
                for name, side in (("left", 1), ("right", -1))
            ),
            Step("no kink of the covariance: slopes along n at both sides, plus that along y",
                 lambda: across(RELU, nngp_kernel, 1e-9, 1) + across(RELU, nngp_kernel, 0.0, 1),
                 lambda: across(RELU, nngp_kernel, 1e-9, -1) + across(RELU, nngp_kernel, 0.0, 1), Rivals(1e-7)),
        )
    ),
)  # fmt: skip


def dual(k11: sp.Expr, k22: sp.Expr, k12: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Σ̂ and Σ̇ of erf."""
    side = (1 + 2 * k11) * (1 + 2 * k22)
    return 2 / sp.pi * sp.asin(2 * k12 / sp.sqrt(side)), 4 / sp.pi / sp.sqrt(side - 4 * k12**2)


def smooth_slope() -> sp.Expr:
    """∂Θ/∂δ for x = y + δn at δ = 0: one hidden layer of erf, d = 2."""
    k11, k22, k12 = (length**2 + distance**2) / 2, length**2 / 2, length**2 / 2
    cross, slope = dual(k11, k22, k12)
    return sp.diff(cross + slope * k12, distance).subs(distance, 0)


def radial_slope() -> sp.Expr:
    """dΘ/dρ for x = (1 + ρ)y."""
    rho = sp.Symbol("rho", real=True)
    k11, k22, k12 = (1 + rho) ** 2 * length**2 / 2, length**2 / 2, (1 + rho) * length**2 / 2
    cross, slope = dual(k11, k22, k12)
    return sp.diff(cross + slope * k12, rho).subs(rho, 0)


def half_diagonal() -> sp.Expr:
    """½ dΘ(x, x)/dρ at x = (1 + ρ)y."""
    rho = sp.Symbol("rho", real=True)
    k = (1 + rho) ** 2 * length**2 / 2
    cross, slope = dual(k, k, k)
    return sp.diff(cross + slope * k, rho).subs(rho, 0) / 2


SMOOTH = Claim(
    name="erf-tangent-kernel-is-smooth",
    says="The tangent kernel of an erf network has no kink: its gradient at x = y is the same from every side, ½∇[k(x, x)].",
    equation=r"\nabla_1 k(x, x) = \tfrac12 \nabla_x\left[k(x, x)\right]",
    source="franceschi2022neural, the differentiability of the critic, derived here",
    proof=(
        Step("across the ray it is 0: 1 more is 1", lambda: smooth_slope() + 1, lambda: sp.Integer(1)),
        Step("along the ray it is half that of the diagonal", radial_slope, half_diagonal),
    ),
    witness=Agreement(
        (
            Step(
                "10⁻⁸ to both sides of y: the sum of the two gradients, along n and along y",
                lambda: across(ERF, tangent_kernel, 1e-8, 1)[1] + across(ERF, tangent_kernel, 1e-8, -1)[0],
                lambda: across(ERF, tangent_kernel, 1e-8, -1)[1] + across(ERF, tangent_kernel, 1e-8, 1)[0],
                Rivals(1e-6),
            ),
            Step(
                "along y against differences of the diagonal",
                lambda: across(ERF, tangent_kernel, 0.0, 1)[1],
                lambda: _radial(),
                Rivals(1e-8),
            ),
        )
    ),
)


def _radial() -> float:
    """½ d/dρ k(y + ρy, y + ρy) by central differences of fourth order."""
    y = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    k = lambda r: float(tangent_kernel(1, ERF)((1 + r) * y, (1 + r) * y))  # noqa: E731
    h = 1e-3
    return (8 * (k(h) - k(-h)) - (k(2 * h) - k(-2 * h))) / (24 * h)


def _own(depth: int, dim: int, bias: float) -> np.ndarray:
    x, found = draw(300, dim, 9), []
    kernel = tangent_kernel(depth, RELU, 1.0, bias)
    for i in range(0, 300, 30):
        part = x[i : i + 30]
        found.append(kernel.gradient(part, part)[range(30), range(30)])
    return torch.cat(found).numpy()


def diagonal(depth: int) -> sp.Expr:
    """DΘ(x, x)/dk11, k11 = |x|²/d, with a bias β."""
    k = beta**2 + a
    tangent = k
    for _ in range(depth):
        k = beta**2 + k / 2
        tangent = k + tangent / 2
    return sp.diff(tangent, a)


SELF = Claim(
    name="gradient-of-self-pairs",
    says="The pairs x = y, which every sum over particles contains, have the gradient ½∇[k(x, x)]: for rectified networks "
    "(L+1) x/(d 2^L) with any bias, x/4 for L = 3, d = 2; no NaN.",
    equation=r"\nabla_1 k(x, x) = \tfrac12 \nabla_x\left[k(x, x)\right] = \frac{L+1}{2^L}\,\frac{x}{d}",
    source="franceschi2022neural, the differentiability of the critic, derived here",
    proof=tuple(
        Step(f"depth {L}: dΘ(x, x)/d(|x|²/d)", partial(diagonal, L), partial(sp.Rational, L + 1, 2**L)) for L in (1, 2, 3, 4)
    ),
    witness=Agreement(
        tuple(
            Step(
                f"L = {L}, d = {d}, bias {bias:g}: 300 points",
                partial(_own, L, d, bias),
                partial(np.multiply, (L + 1) / (d * 2**L), draw(300, d, 9).numpy()),
                Rivals(1e-12),
            )
            for L, d, bias in ((3, 2, 0.0), (3, 2, 1.0), (1, 1, 0.5), (4, 3, 4.0))
        )
    ),
)
