"""What the best slice of features sees: the gap of means, which is an MMD, and what bounds it."""

from functools import partial
from itertools import pairwise

import numpy as np
import sympy as sp
import torch
from scipy.optimize import minimize

from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.flows import MeanGapFlow
from gantheory.kernels import KernelExpansion
from gantheory.measures import Empirical
from gantheory.metrics import max_sliced_wasserstein, mean_divergence, mmd_squared, wasserstein

MATRIX = torch.from_numpy(np.random.default_rng(7).normal(size=(3, 4)))
ZERO = torch.zeros(())


def features(x: torch.Tensor) -> torch.Tensor:
    """h: R^d → R⁴, curved."""
    return torch.tanh(x @ MATRIX[: x.shape[1]]) + 0.2 * x.square().sum(1, keepdim=True)


def bounded(x: torch.Tensor) -> torch.Tensor:
    """h with Lip(h) = |MATRIX|, for tanh has slope at most 1."""
    return torch.tanh(x @ MATRIX[: x.shape[1]])


def clouds(dim: int, seed: int = 0) -> tuple[Empirical, Empirical]:
    """13 and 8 weighted points in R^d."""
    rng = np.random.default_rng(100 * dim + seed)
    draw = [(rng.normal(m, s, (n, dim)), rng.random(n)) for m, s, n in ((0.4, 1.0, 13), (-0.2, 1.5, 8))]
    return Empirical(*map(torch.from_numpy, draw[0])), Empirical(*map(torch.from_numpy, draw[1]))


def means(dim: int) -> np.ndarray:
    """E_p h − E_q h in NumPy."""
    parts = [(z.weights.numpy(), features(z.points).numpy()) for z in clouds(dim)]
    return parts[0][0] @ parts[0][1] - parts[1][0] @ parts[1][1]


def symbols(name: str, count: int) -> sp.Matrix:
    """A column of real symbols."""
    return sp.Matrix(sp.symbols(f"{name}1:{count + 1}", real=True))


def defect(dim: int) -> sp.Expr:
    """|ω|²|g|² − ⟨ω, g⟩²."""
    omega, g = symbols("w", dim), symbols("g", dim)
    return omega.dot(omega) * g.dot(g) - omega.dot(g) ** 2


def areas(dim: int) -> sp.Expr:
    """Σ_{i<j} (ω_i g_j − ω_j g_i)², which is 0 for parallel vectors alone."""
    omega, g = symbols("w", dim), symbols("g", dim)
    return sp.Add(*((omega[i] * g[j] - omega[j] * g[i]) ** 2 for j in range(dim) for i in range(j)))


def at_best(dim: int) -> sp.Expr:
    """⟨ω*, g⟩ at ω* = g/|g|."""
    g = symbols("g", dim)
    return (g / sp.sqrt(g.dot(g))).dot(g)


def by_ascent(dim: int) -> np.ndarray:
    """max ⟨ω, gap⟩ over |ω|² ≤ 1, and where, by sequential quadratic programming."""
    gap = means(dim)
    ball = {"type": "ineq", "fun": lambda w: 1 - w @ w, "jac": lambda w: -2 * w}
    start = {"x0": np.array([0.1, 0.2, -0.1, 0.3]), "jac": lambda w: -gap, "options": {"ftol": 1e-15, "maxiter": 500}}
    found = minimize(lambda w: -(w @ gap), method="SLSQP", constraints=[ball], **start)
    return np.append(found.x, -found.fun)


def by_package(dim: int) -> np.ndarray:
    """ω* and FM* by the metric."""
    found = mean_divergence(features, *clouds(dim))
    return np.append(found.direction.numpy(), found.value)


MEAN_DIVERGENCE = Claim(
    name="mean-divergence",
    says="The largest gap of means over unit directions of the features is the length of the gap, attained along it.",
    equation=r"\mathrm{FM}^*_h(p,q) = \max_{|\omega|=1}\langle\omega,\,\mathbb{E}_p h-\mathbb{E}_q h\rangle"
    r" = |\mathbb{E}_p h-\mathbb{E}_q h|",
    source="takida2024san, definition of the functional mean divergence",
    proof=(
        *(Step(f"D = {n}: Lagrange's identity", partial(defect, n), partial(areas, n)) for n in (2, 3, 4)),
        Step("D = 3: equality along the gap", partial(at_best, 3), lambda: sp.sqrt(symbols("g", 3).dot(symbols("g", 3)))),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"d = {d}: the metric against quadratic programming",
                partial(by_package, d),
                partial(by_ascent, d),
                Rivals(1e-6),
            )
            for d in (1, 2, 3)
        )
    ),
)


def small() -> tuple[list[sp.Expr], list[sp.Matrix], list[sp.Expr], list[sp.Matrix]]:
    """One and two weighted points with features in R²."""
    a, b = sp.symbols("a1:2", positive=True), sp.symbols("b1:3", positive=True)
    return list(a), [symbols("h", 2)], list(b), [symbols(f"k{i}", 2) for i in "xy"]


def small_gap() -> sp.Matrix:
    """Σ a h − Σ b k."""
    a, h, b, k = small()
    return sp.Matrix(
        [sum(w * z[i] for w, z in zip(a, h, strict=True)) - sum(w * z[i] for w, z in zip(b, k, strict=True)) for i in (0, 1)]
    )


def square_of_gap() -> sp.Expr:
    """|Σ a h − Σ b k|²."""
    return small_gap().dot(small_gap())


def square_by_kernel() -> sp.Expr:
    """Σ aa⟨h, h⟩ − 2 Σ ab⟨h, k⟩ + Σ bb⟨k, k⟩."""
    a, h, b, k = small()
    signed = [*zip(a, h, strict=True), *((-w, z) for w, z in zip(b, k, strict=True))]
    return sp.Add(*(v * w * x.dot(z) for v, x in signed for w, z in signed))


def gram(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """⟨h(x), h(z)⟩."""
    return features(x) @ features(z).mT


def square_by_metric(dim: int) -> float:
    """FM*²."""
    return mean_divergence(features, *clouds(dim)).value ** 2


def square_by_sums(dim: int) -> float:
    """MMD² of ⟨h, h⟩."""
    return mmd_squared(*clouds(dim), gram)


MMD_OF_FEATURES = Claim(
    name="mean-divergence-mmd",
    says="The functional mean divergence is the MMD of the kernel ⟨h(x), h(y)⟩.",
    equation=r"\mathrm{FM}^*_h(p,q)^2 = \mathrm{MMD}_k^2(p,q),\qquad k(x,y)=\langle h(x),h(y)\rangle",
    source="gretton2012kernel, lemma 6, with the features as feature map",
    proof=(Step("one and two weighted points, D = 2", square_of_gap, square_by_kernel),),
    witness=Agreement(
        tuple(
            Step(
                f"d = {d}: the metric against kernel sums",
                partial(square_by_metric, d),
                partial(square_by_sums, d),
                Rivals(1e-12),
            )
            for d in (1, 2, 3)
        )
    ),
)


class FeatureKernel:
    """k(x, z) = ⟨h(x), h(z)⟩, its gradient by hand."""

    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The Gram matrix."""
        return gram(x, y)

    def gradient(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """∇_x k."""
        M = MATRIX[: x.shape[1]]
        curved = torch.einsum("nD,dD,mD->nmd", 1 - torch.tanh(x @ M).square(), M, features(y))
        return curved + 0.4 * x[:, None] * features(y).sum(1)[None, :, None]


def witness_over_mmd(dim: int) -> np.ndarray:
    """Values and gradients of (E_p k − E_q k)/MMD as a kernel expansion."""
    real, fake = clouds(dim)
    fake = Empirical(fake.points)
    centres, weights = torch.cat([real.points, fake.points]), torch.cat([real.weights, -fake.weights])
    D = KernelExpansion(FeatureKernel(), centres, weights / mmd_squared(real, fake, gram) ** 0.5)
    return torch.cat([D(real.points), D.gradient(fake.points).flatten()]).numpy()


def slice_of_features(dim: int) -> np.ndarray:
    """Values of the flow's discriminator, and the flow's velocity."""
    real, fake = clouds(dim)
    flow = MeanGapFlow(real, features)
    return torch.cat([flow.discriminator(fake.points)(real.points), flow(ZERO, fake.points).flatten()]).numpy()


def witness_by_sums() -> sp.Expr:
    """Σ a⟨h, z⟩ − Σ b⟨k, z⟩."""
    a, h, b, k = small()
    z = symbols("z", 2)
    return sp.Add(*(w * x.dot(z) for w, x in zip(a, h, strict=True)), *(-w * x.dot(z) for w, x in zip(b, k, strict=True)))


WITNESS = Claim(
    name="mean-gap-witness",
    says="The direction-optimal SAN discriminator is the witness function of the kernel ⟨h, h⟩ divided by its MMD.",
    equation=r"\langle\omega^*,h(x)\rangle = \frac{\mathbb{E}_p k(x,\cdot)-\mathbb{E}_q k(x,\cdot)}{\mathrm{MMD}_k(p,q)}",
    source="gretton2012kernel, section 2.3",
    proof=(
        Step("|gap| ⟨ω*, z⟩ = ⟨gap, z⟩ is the witness", lambda: small_gap().dot(symbols("z", 2)), witness_by_sums),
        Step("|gap|² is the squared MMD", square_of_gap, square_by_kernel),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"d = {d}: flow and field against the kernel expansion",
                partial(slice_of_features, d),
                partial(witness_over_mmd, d),
                Rivals(1e-11),
            )
            for d in (1, 2, 3)
        )
    ),
)


def curve() -> tuple[sp.Expr, list[sp.Symbol], list[sp.Expr]]:
    """FM*²/2 for feature means (A, B) of the data and two particles on the line, h = (c x + x²/2, e x); FM* times v."""
    A, B, c, e = sp.symbols("A B c e", real=True)
    x = sp.symbols("x1:3", real=True)
    h = [lambda z: c * z + z**2 / 2, lambda z: e * z]
    gap = [mean - (f(x[0]) + f(x[1])) / 2 for mean, f in zip((A, B), h, strict=True)]
    return (gap[0] ** 2 + gap[1] ** 2) / 2, list(x), [gap[0] * sp.diff(h[0](z), z) + gap[1] * sp.diff(h[1](z), z) for z in x]


def along_flow() -> sp.Expr:
    """FM*² dFM*/dt = Σ ∂(FM*²/2)/∂x_i (FM* v_i)."""
    half, x, v = curve()
    return sp.Add(*(sp.diff(half, z) * w for z, w in zip(x, v, strict=True)))


def dissipation() -> sp.Expr:
    """−½ Σ (FM* v_i)²."""
    return -sp.Add(*(w**2 for w in curve()[2])) / 2


def slope_error(dim: int, h: float) -> float:
    """|central difference of FM* along the flow + E|v|²|/E|v|²."""
    real, fake = clouds(dim)
    v = MeanGapFlow(real, features)(ZERO, fake.points)
    ahead, behind = (mean_divergence(features, real, Empirical(fake.points + s * h * v)).value for s in (1, -1))
    rate = float(v.square().sum(1).mean())
    return abs((ahead - behind) / (2 * h) + rate) / rate


LEVELS = (0.04, 0.02, 0.01, 0.005)

DISSIPATION = Claim(
    name="mean-gap-dissipation",
    says="SAN with an optimal direction is the gradient flow of FM*: it falls at the mean square of the particles' speed.",
    equation=r"\frac{d}{dt}\mathrm{FM}^*_h(p,q_t) = -\int |\nabla\langle\omega^*,h\rangle|^2\,dq_t",
    source="takida2024san, direction optimality",
    proof=(Step("two particles on the line, D = 2, times FM*²", along_flow, dissipation),),
    witness=tuple(
        Convergence(partial(slope_error, d), LEVELS, 2, 1e-3, size="time step $h$", quantity="relative error of the slope")
        for d in (1, 2, 3)
    ),
)


def ordered(count: int = 6) -> list[float]:
    """1 + how often FM* ≤ max-ASW ≤ Lip(h) W1 is violated, by d."""
    found = []
    for dim in (1, 2, 3):
        lipschitz, violations = float(torch.linalg.matrix_norm(MATRIX[:dim], 2)), 0
        for seed in range(count // 3):
            real, fake = clouds(dim, seed)
            images = Empirical(bounded(real.points), real.weights), Empirical(bounded(fake.points), fake.weights)
            generator = torch.Generator().manual_seed(seed)
            largest = max_sliced_wasserstein(*images, 1, generator=generator, starts=2, steps=20).value
            chain = (mean_divergence(bounded, real, fake).value, largest, lipschitz * wasserstein(real, fake, 1))
            violations += sum(low > high * (1 + 1e-12) for low, high in pairwise(chain))
        found.append(1.0 + violations)
    return found


def tight(dim: int) -> list[float]:
    """FM*, max-ASW and 3 W1 for h = 3Qx, Q orthogonal, and data that are shifted fakes."""
    _, fake = clouds(dim)
    real = Empirical(fake.points + torch.arange(1.0, dim + 1, dtype=torch.float64), fake.weights)
    Q = torch.linalg.qr(MATRIX[:dim, :dim]).Q
    images = Empirical(3 * real.points @ Q, real.weights), Empirical(3 * fake.points @ Q, fake.weights)
    largest = max_sliced_wasserstein(*images, 1, generator=torch.Generator().manual_seed(0), starts=4).value
    return [mean_divergence(lambda x: 3 * x @ Q, real, fake).value, largest, 3 * wasserstein(real, fake, 1)]


def shift(dim: int) -> list[float]:
    """3 |shift|, three times."""
    return [3 * float(np.linalg.norm(np.arange(1, dim + 1)))] * 3


z = sp.Symbol("z", real=True)

CHAIN = Claim(
    name="mean-divergence-chain",
    says="FM* is at most max-ASW, and this at most Lip(h) W1; shifted laws under a similarity attain both.",
    equation=r"\mathrm{FM}^*_h(p,q) \le \max_{|\omega|=1} W_1(\langle\omega,h\rangle_\# p,\langle\omega,h\rangle_\# q)"
    r" \le \mathrm{Lip}(h)\,W_1(p,q)",
    source="chen2020augmented, for the distance of slices; the chain is derived here",
    proof=(
        Step(
            "E Z ≤ E|Z|: the deficit is twice the negative part",
            lambda: sp.Abs(z) - z,
            lambda: 2 * sp.Max(0, -z).rewrite(sp.Abs),
        ),
        Step("|⟨ω, u⟩| ≤ |ω||u|: Lagrange's identity", partial(defect, 3), partial(areas, 3)),
    ),
    witness=Agreement(
        (
            Step("violations on weighted clouds in d = 1, 2, 3, plus 1", ordered, lambda: [1.0, 1.0, 1.0], Rivals(1e-9)),
            *(Step(f"d = {d}: equality for a shift", partial(tight, d), partial(shift, d), Rivals(1e-10)) for d in (1, 2, 3)),
        )
    ),
)
