"""When the gap of means along a slice is its transport distance: dominance, its index, and which direction must dominate."""

from functools import cache, partial
from math import erf, exp, pi, sqrt

import numpy as np
import sympy as sp
import torch
from scipy.optimize import brentq
from scipy.stats import norm

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.measures import Empirical
from gantheory.metrics import max_sliced_wasserstein, mean_divergence, separability, sliced_wasserstein

ONE = torch.ones(1, dtype=torch.float64)
GAUSSIANS = ((0.7, 1.3, -0.2, 0.5), (0.1, 0.4, 0.6, 1.9), (1.0, 1.0, -0.5, 1.7))  # m₁, s₁ of data, m₀, s₀ of fakes

dm, z, xi, m1, m0 = sp.symbols("d_m z xi m1 m0", real=True)
ds, s1, s0 = sp.symbols("d_s s1 s0", positive=True)


def identity(x: torch.Tensor) -> torch.Tensor:
    """h = id."""
    return x


def legendre(low: float, high: float, count: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Nodes, and their weights times the normal density."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    x = (high - low) * nodes / 2 + (high + low) / 2
    return x, (high - low) / 2 * weights * np.exp(-(x**2) / 2) / sqrt(2 * pi)


def on_the_line(case: tuple[float, ...]) -> tuple[Empirical, Empirical]:
    """Two normal laws as the same weighted nodes, moved: monotone transport pairs them, and the kink is between panels."""
    a, s, b, t = case
    panels = legendre(-12, -(a - b) / (s - t)), legendre(-(a - b) / (s - t), 12)
    nodes, mass = (torch.from_numpy(np.concatenate(part)) for part in zip(*panels, strict=True))
    return Empirical((a + s * nodes)[:, None], mass), Empirical((b + t * nodes)[:, None], mass)


def folded(case: tuple[float, ...]) -> float:
    """|ds| √(2/π) exp(−dm²/2ds²) + dm (1 − 2Φ(−dm/|ds|))."""
    shift, spread = case[0] - case[2], abs(case[1] - case[3])
    return spread * sqrt(2 / pi) * exp(-(shift**2) / (2 * spread**2)) + shift * erf(shift / (spread * sqrt(2)))


def folded_integral() -> sp.Expr:
    """∫ |dm + ds z| φ(z) dz, split where the sign changes."""
    density = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    edge = -dm / ds
    right = sp.integrate((dm + ds * z) * density, (z, edge, sp.oo))
    return sp.expand(right - sp.integrate((dm + ds * z) * density, (z, -sp.oo, edge)))


def folded_symbol() -> sp.Expr:
    """The folded normal mean, Φ through erfc."""
    return sp.expand(ds * sp.sqrt(2 / sp.pi) * sp.exp(-(dm**2) / (2 * ds**2)) + dm * (1 - sp.erfc(dm / (ds * sp.sqrt(2)))))


THETA = torch.ones(1, 1, dtype=torch.float64)


def by_nodes(case: tuple[float, ...]) -> float:
    """W1 of the weighted nodes."""
    return sliced_wasserstein(*on_the_line(case), 1, directions=THETA).value


FOLDED = Claim(
    name="gaussian-slice-w1",
    says="W1 of two normal slices is the mean of a folded normal law.",
    equation=r"W_1 = |d_s|\sqrt{2/\pi}\,e^{-d_m^2/2d_s^2} + d_m\left(1-2\Phi(-d_m/|d_s|)\right)",
    source="takida2024san, for the slices; the formula is derived here",
    proof=(Step("∫|d_m + d_s z| φ(z) dz, d_s > 0", folded_integral, folded_symbol),),
    witness=Agreement(
        tuple(
            Step(
                f"case {k}: the sliced distance of weighted nodes",
                partial(by_nodes, c),
                partial(folded, c),
                Rivals(1e-10),
            )
            for k, c in enumerate(GAUSSIANS, 1)
        )
    ),
)


def crossing(case: tuple[float, ...]) -> float:
    """(m₀s₁ − m₁s₀)/(s₁ − s₀)."""
    a, s, b, t = case
    return (b * s - a * t) / (s - t)


def root(case: tuple[float, ...]) -> float:
    """Where SciPy's two distribution functions cross, off both tails."""
    a, s, b, t = case
    return brentq(lambda x: norm.cdf(x, a, s) - norm.cdf(x, b, t), -6.0, 6.0, xtol=1e-14)


def index_of_slice(case: tuple[float, ...]) -> float:
    """The separability index of the weighted nodes."""
    return separability(identity, ONE, *on_the_line(case))


def index_by_formula(case: tuple[float, ...]) -> float:
    """d_m/W1."""
    return (case[0] - case[2]) / folded(case)


CROSSING = Claim(
    name="gaussian-slice-crossing",
    says="The distribution functions of two normal slices cross once unless s₁ = s₀, so that only equal widths separate.",
    equation=r"F_1(\xi) = F_0(\xi) \iff \xi = \frac{m_0 s_1 - m_1 s_0}{s_1 - s_0},\qquad \mathrm{SI} = d_m/W_1 < 1",
    source="takida2024san, on separability; the crossing is derived here",
    proof=(
        Step(
            "the standardised difference is linear in ξ, with this root",
            lambda: (xi - m1) / s1 - (xi - m0) / s0,
            lambda: (1 / s1 - 1 / s0) * (xi - (m0 * s1 - m1 * s0) / (s1 - s0)),
        ),
        Step(
            "equal widths: W1 tends to d_m > 0",
            lambda: sp.limit(folded_symbol().subs(dm, 3), ds, 0, "+"),
            lambda: sp.Integer(3),
        ),
    ),
    witness=Agreement(
        (
            *(
                Step(f"case {k}: root of SciPy's functions", partial(root, c), partial(crossing, c), Rivals(1e-9))
                for k, c in enumerate(GAUSSIANS, 1)
            ),
            *(
                Step(
                    f"case {k}: the index of weighted nodes",
                    partial(index_of_slice, c),
                    partial(index_by_formula, c),
                    Rivals(1e-9),
                )
                for k, c in enumerate(GAUSSIANS, 1)
            ),
        )
    ),
)


def clouds(seed: int, shift: float = 0.3) -> tuple[Empirical, Empirical]:
    """12 and 7 weighted points in R³."""
    rng = np.random.default_rng(seed)
    draw = [(rng.normal(m, s, (n, 3)), rng.random(n)) for m, s, n in ((shift, 1.0, 12), (0.0, 1.3, 7))]
    return Empirical(*map(torch.from_numpy, draw[0])), Empirical(*map(torch.from_numpy, draw[1]))


def features(x: torch.Tensor) -> torch.Tensor:
    """h: R³ → R³, curved."""
    return torch.stack([x[:, 0].sin(), x[:, 1] * x[:, 2], x.square().sum(1)], 1)


OMEGA = np.array([0.6, -1.1, 0.4]) / sqrt(0.36 + 1.21 + 0.16)


def steps(seed: int, direction: np.ndarray = OMEGA) -> tuple[float, float, float]:
    """Gap, W1 and ∫(F_p − F_q)₊ of the slice, by its two step functions in NumPy."""
    (u, a), (v, b) = ((features(x.points).numpy() @ direction, x.weights.numpy()) for x in clouds(seed))
    edges = np.sort(np.concatenate([u, v]))
    levels = [(w[None] * (x[None] <= edges[:-1, None])).sum(1) for x, w in ((u, a), (v, b))]
    difference, width = levels[0] - levels[1], np.diff(edges)
    return float(a @ u - b @ v), float(width @ np.abs(difference)), float(width @ np.maximum(difference, 0))


def by_index(seed: int) -> float:
    """SI · W1 by the package."""
    real, fake = clouds(seed)
    u, v = (Empirical(features(x.points) @ torch.from_numpy(OMEGA)[:, None], x.weights) for x in (real, fake))
    W1 = sliced_wasserstein(u, v, 1, directions=THETA).value
    return separability(features, torch.from_numpy(OMEGA), real, fake) * W1


def by_areas(seed: int) -> float:
    """W1 − 2∫(F_p − F_q)₊."""
    _, W1, above = steps(seed)
    return W1 - 2 * above


def moments(side: int) -> sp.Expr:
    """E_p x − E_q x on [0, 1] by densities, and ∫(F_q − F_p) by distribution functions x + x(1−x)(α + βx)."""
    alpha, beta, gamma, delta, x = sp.symbols("alpha beta gamma delta x", real=True)
    F, G = x + x * (1 - x) * (alpha + beta * x), x + x * (1 - x) * (gamma + delta * x)
    integrand = x * sp.diff(F - G, x) if side == 0 else G - F
    return sp.integrate(sp.expand(integrand), (x, 0, 1))


DEFICIT = Claim(
    name="separability-deficit",
    says="The gap of means along a slice is its W1 minus twice the area where the data's distribution function lies above.",
    equation=r"\langle\omega,\mathbb{E}_p h-\mathbb{E}_q h\rangle = W_1 - 2\int (F_p-F_q)_+\,d\xi",
    source="takida2024san, on separability; the identity is derived here",
    proof=(
        Step("the gap is ∫(F_q − F_p), by parts", partial(moments, 0), partial(moments, 1)),
        Step("−a = |a| − 2a₊", lambda: -xi, lambda: sp.Abs(xi) - 2 * sp.Max(0, xi).rewrite(sp.Abs)),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"sample {k}: SI · W1 against step functions",
                partial(by_index, k),
                partial(by_areas, k),
                Rivals(1e-11),
            )
            for k in (1, 2, 3)
        )
    ),
)


def dominated(route: int, count: int = 40) -> list[float]:
    """1 + whether the slice separates, for clouds shifted by 0 to 4: by the index, and by both step functions."""
    found = []
    for k in range(count):
        rng = np.random.default_rng(k)
        fake, real = rng.normal(size=(6, 1)), rng.normal(size=(9, 1)) + k / 10
        if route == 0:
            pair = Empirical(torch.from_numpy(real)), Empirical(torch.from_numpy(fake))
            found.append(1.0 + (separability(identity, ONE, *pair) > 1 - 1e-12))
        else:
            edges = np.sort(np.concatenate([real, fake]).ravel())
            below = (real <= edges).mean(0) <= (fake <= edges).mean(0) + 1e-12
            found.append(1.0 + bool(below.all()))
    return found


DOMINANCE = Claim(
    name="separable-iff-dominance",
    says="The separability index is 1 exactly where the data dominate the fakes along the slice, in the first order.",
    equation=r"\mathrm{SI}(\omega) = 1 \iff F_p(\xi) \le F_q(\xi)\ \text{for all}\ \xi",
    source="takida2024san, on separability; the index is ours",
    proof=(
        Step(
            "1 − SI is 2∫(F_p − F_q)₊/W1: for an interval of overshoot e and one of deficit f",
            lambda: 1 - (s0 - s1) / (s0 + s1),
            lambda: 2 * s1 / (s0 + s1),
        ),
    ),
    witness=Agreement((Step("40 pairs of samples of 9 and 6", partial(dominated, 0), partial(dominated, 1), Rivals(1e-9)),)),
)


def product_nodes(mean: tuple[float, float], widths: tuple[float, float]) -> Empirical:
    """A normal law with a diagonal covariance as 32² weighted nodes, in panels on both sides of each axis."""
    x, w = (np.concatenate(part) for part in zip(legendre(-8, 0, 16), legendre(0, 8, 16), strict=True))
    grid = np.stack(np.meshgrid(x, x, indexing="ij"), -1).reshape(-1, 2) * widths + mean
    return Empirical(torch.from_numpy(grid), torch.from_numpy(np.outer(w, w).ravel()))


def best_gap() -> float:
    """FM* of N((1, 0), I) and N(0, diag(1, 25))."""
    return mean_divergence(identity, product_nodes((1.0, 0.0), (1.0, 1.0)), product_nodes((0.0, 0.0), (1.0, 5.0))).value


@cache
def best_slice() -> float:
    """max-SW1 of the same laws."""
    laws = product_nodes((1.0, 0.0), (1.0, 1.0)), product_nodes((0.0, 0.0), (1.0, 5.0))
    return max_sliced_wasserstein(*laws, 1, generator=torch.Generator().manual_seed(0), starts=2, steps=30).value


def first_index() -> float:
    """The separability index along e₁, which is ω*, with the same nodes on both sides."""
    first = torch.tensor([1.0, 0.0], dtype=torch.float64)
    return separability(identity, first, product_nodes((1.0, 0.0), (1.0, 1.0)), product_nodes((0.0, 0.0), (1.0, 5.0)))


MEAN_DIRECTION = Claim(
    name="separability-along-the-mean-gap",
    says="Dominance along the direction of the mean gap does not make FM* the largest W1 of slices: at 1 against 3.1915.",
    equation=r"F_p^{\omega^*} \le F_q^{\omega^*},\ \omega^*=\mathrm{argmax}\langle\omega,\mathrm{gap}\rangle"
    r"\ \not\Rightarrow\ \mathrm{FM}^* = \max_\omega W_1",
    source="takida2024san, separability read with the direction of the mean gap",
    proof=(
        Step(
            "N((1, 0), I), N(0, diag(1, 25)): W1 along e₂ is E|(1 − 5)z|",
            lambda: 2 * sp.integrate(4 * z * sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi), (z, 0, sp.oo)),
            lambda: 4 * sp.sqrt(2 / sp.pi),
        ),
        Step("the slices along e₁ are shifted by 1", lambda: sp.solve((xi - 1) - (xi - z), z)[0], lambda: sp.Integer(1)),
    ),
    witness=(
        Refutation("the two laws, h = id: FM* as printed, and max-ASW", best_gap, best_slice, 0.5),
        Agreement(
            (
                Step("FM* and the index along e₁", lambda: [best_gap(), first_index()], lambda: [1.0, 1.0], Rivals(1e-9)),
                Step("max-ASW of the nodes", best_slice, lambda: 4 * sqrt(2 / pi), Rivals(1e-4)),
            )
        ),
    ),
)


def separated(route: int) -> list[float]:
    """max-ASW and FM* for data that are fakes shifted along one direction, where ω* = argmax W1 dominates."""
    found = []
    for seed in (4, 5):
        _, fake = clouds(seed)
        real = Empirical(fake.points + torch.from_numpy(3 * OMEGA), fake.weights)
        if route == 0:
            generator = torch.Generator().manual_seed(seed)
            found.append(max_sliced_wasserstein(real, fake, 1, generator=generator, starts=4, steps=80).value)
        else:
            found.append(mean_divergence(identity, real, fake).value)
    return found


def sandwiched() -> float:
    """1 + how often SI = 1 at the direction of the largest W1 and yet FM* < max-ASW, over 12 shifted pairs."""
    broken = 0
    for seed in range(12):
        real, fake = clouds(seed, 0.5 * seed)
        best = max_sliced_wasserstein(real, fake, 1, generator=torch.Generator().manual_seed(seed), starts=2, steps=40)
        if separability(identity, best.direction, real, fake) > 1 - 1e-12:
            broken += mean_divergence(identity, real, fake).value < best.value * (1 - 1e-9)
    return 1.0 + broken


SEPARABLE = Claim(
    name="separability-along-the-best-slice",
    says="Dominance along the slice of largest W1 makes FM* the largest W1: the reading of separability that we implement.",
    equation=r"F_p^{\omega^*} \le F_q^{\omega^*},\ \omega^* = \mathrm{argmax}\,W_1"
    r"\ \Rightarrow\ \mathrm{FM}^* = \max_\omega W_1",
    source="takida2024san, separability read with the direction of the largest distance",
    proof=(
        Step(
            "W1 = gap along the dominating slice: no overshoot, of deficit f",
            lambda: sp.Abs(-s0) - 2 * sp.Max(0, -s0),
            lambda: s0,
        ),
        Step(
            "the gap along ω is at most |gap|: Lagrange's identity in the plane",
            lambda: (m1**2 + m0**2) * (dm**2 + xi**2) - (m1 * dm + m0 * xi) ** 2,
            lambda: (m1 * xi - m0 * dm) ** 2,
        ),
    ),
    witness=Agreement(
        (
            Step("shifted clouds: both distances", partial(separated, 0), partial(separated, 1), Rivals(1e-9)),
            Step("violations on 12 pairs, plus 1", sandwiched, lambda: 1.0, Rivals(1e-9)),
        )
    ),
)
