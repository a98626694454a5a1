"""The foil: K generator steps on one frozen field go too far, by a law of their own."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.linalg import sqrtm
from torch import Tensor, nn

from derivations.wasserstein.persistent_distance import Shift
from derivations.wasserstein.persistent_steps import RATE, STEP, affine, cloud, eps, gam, outer_steps, problem, standardised
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import GradientDescent, Network
from gantheory.flows import CriticFlow, HeldTargets, HeldVelocities, Naive, Persistent, WassersteinFlow, transport_matrix
from gantheory.integration import Flow
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import moment_gaussian
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import nu

scale, ratio, speed = sp.symbols("a alpha u", positive=True)  # α: the scale of the data over that of the generator
SHIFT = np.array([1.2, -0.5, 0.4])
WEIGHT = 0.8


def descents(slope_at: sp.Expr, place: sp.Symbol, start: sp.Expr, repeats: int) -> sp.Expr:
    """K steps x ← x − γ · slope(x) from the start."""
    for _ in range(repeats):
        start = sp.expand(start - gam * slope_at.subs(place, start))
    return start


def climbed(repeats: int) -> sp.Expr:
    """b after K descents of E 2ε φ(z + b), φ(y) = −u y, from 0."""
    b, z = sp.symbols("b z", real=True)
    return descents(sp.diff(2 * eps * -speed * (z + b), b), b, sp.S.Zero, repeats)


def naive_scale(repeats: int) -> sp.Expr:
    """s after K descents of E 2ε φ(sz), φ(y) = ½(1 − α)y² the potential of the map y ↦ αy, from s = a; E z² = 1."""
    s = sp.Symbol("s", real=True)
    return descents(sp.diff(2 * eps * (1 - ratio) / 2 * s**2, s), s, scale, repeats)


def persistent_scale(repeats: int) -> sp.Expr:
    """s after K descents of E(ζ − sz)², ζ = (a + ε(α − 1)a) z."""
    s = sp.Symbol("s", real=True)
    return descents(sp.diff((scale + eps * (ratio - 1) * scale - s) ** 2, s), s, scale, repeats)


def held_scale(repeats: int) -> sp.Expr:
    """s after K descents of E 2ε · ½(T_i − s z_i)², the images T_i = αa z_i of the start held."""
    s = sp.Symbol("s", real=True)
    return descents(sp.diff(eps * (ratio * scale - s) ** 2, s), s, scale, repeats)


def added(repeats: int) -> sp.Expr:
    """2γεK u."""
    return 2 * gam * eps * repeats * speed


def multiplied(repeats: int) -> sp.Expr:
    """a (1 − 2γε(1 − α))^K."""
    return sp.expand(scale * (1 - 2 * gam * eps * (1 - ratio)) ** repeats)


def approached(repeats: int) -> sp.Expr:
    """a + (1 − (1 − 2γε)^K)(α − 1)a."""
    return sp.expand(scale + (1 - (1 - 2 * gam * eps) ** repeats) * (ratio - 1) * scale)


def translation(dim: int) -> tuple[Tensor, Empirical]:
    """9 points, and their translation by SHIFT."""
    x = torch.from_numpy(cloud(9, dim, 4))
    return x, Empirical(x + torch.from_numpy(SHIFT[:dim]))


def by_potential(kind: type, dim: int, repeats: int) -> np.ndarray:
    """The translation after one outer step along the W1 velocities, naively or persistently."""
    x, data = translation(dim)
    flow = WassersteinFlow(1, data)
    training = kind(Shift(dim), HeldVelocities(flow) if kind is Naive else flow, STEP, repeats, x)
    return outer_steps(training, 1).final[0].numpy()


def by_critic(repeats: int) -> float:
    """The same on a linear critic of WGAN-GP, trained to its optimum, on the line."""
    x, data = translation(1)
    module = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(module.weight)
    network = Network(module, 2, GradientDescent(1 / (2 * WEIGHT)))
    critic = CriticFlow(Objective(WASSERSTEIN, WEIGHT * GradientPenalty(over=nu, centre=1)), data, network)
    return float(outer_steps(Naive(Shift(1), critic, STEP, repeats, x), 1).final[0])


def direction(dim: int) -> np.ndarray:
    """c/|c|."""
    return SHIFT[:dim] / np.linalg.norm(SHIFT[:dim])


def added_by_hand(dim: int, repeats: int) -> np.ndarray:
    """2γεK c/|c|."""
    return 2 * RATE * STEP * repeats * direction(dim)


class NormalMap:
    """A flow with memory: frozen at samples, it is y ↦ T(y) − y with the optimal map T of their normal law to `real`."""

    def __init__(self, real: Gaussian) -> None:
        self.real = real

    def freeze(self, t: Tensor, state: Tensor, memory: tuple[Tensor, ...]) -> tuple[Flow, tuple[Tensor, ...]]:
        """The affine field, and no memory."""
        law = moment_gaussian(Empirical(state))
        A = transport_matrix(law, self.real)
        return (lambda s, y: self.real.mean + (y - law.mean) @ A.mT - y), ()


def normal_problem(dim: int) -> tuple[nn.Module, Gaussian, Tensor]:
    """An affine generator, the normal law of the data, and 7 + n standardised latents."""
    A, b, C, shift = problem(dim)
    goal = Gaussian(torch.from_numpy(shift), torch.from_numpy(C @ C.T))
    return affine(A, b), goal, torch.from_numpy(standardised(7 + dim, dim))


def matrix_after(kind: type, dim: int, repeats: int) -> np.ndarray:
    """A after one outer step of K on the field of the normal laws."""
    generator, goal, latents = normal_problem(dim)
    return outer_steps(kind(generator, NormalMap(goal), STEP, repeats, latents), 1).final[0].numpy()


def matrix_by_hand(dim: int, repeats: int) -> np.ndarray:
    """(I − 2γε(I − T))^K A with T by SciPy's matrix roots."""
    A, _, C, _ = problem(dim)
    S, end = A @ A.T, C @ C.T
    root = np.real(sqrtm(S))
    inverse = np.linalg.inv(root)
    T = inverse @ np.real(sqrtm(root @ end @ root)) @ inverse
    return np.linalg.matrix_power(np.eye(dim) - 2 * RATE * STEP * (np.eye(dim) - T), repeats) @ A


def held_plan(dim: int, repeats: int) -> np.ndarray:
    """A after one outer step of K with the sample plan frozen pair by pair."""
    A, b, C, shift = problem(dim)
    z = standardised(7 + dim, dim)
    flow = WassersteinFlow(2, Empirical(torch.from_numpy(z @ C.T + shift)))
    training = Naive(affine(A, b), HeldTargets(flow), STEP, repeats, torch.from_numpy(z))
    return outer_steps(training, 1).final[0].numpy()


def held_by_hand(dim: int, repeats: int) -> np.ndarray:
    """A + (1 − (1 − 2γε)^K)(A* − A)."""
    A, _, C, _ = problem(dim)
    return A + (1 - (1 - 2 * RATE * STEP) ** repeats) * (C - A)


def scale_after(kind: type, repeats: int, goal: float = 4.0) -> float:
    """The scale of a generator on the line after one outer step of K, from 1, the data at `goal`."""
    law = Gaussian(torch.zeros(1).double(), torch.full((1, 1), goal**2).double())
    latents = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
    flow = kind(affine(np.eye(1), np.zeros(1)), NormalMap(law), STEP, repeats, latents)
    return float(outer_steps(flow, 1).final[0])


TRANSLATED = Claim(
    name="naive-translation",
    says="In a constant field K naive steps move the generator by 2γεK, beyond every bound; K persistent ones by ε_K < ε.",
    equation=r"b_K = 2\gamma\epsilon K\,\frac{c}{|c|} \quad \text{against} \quad"
    r" \epsilon\left(1 - (1 - 2\gamma)^K\right)\frac{c}{|c|}",
    source="malik2024differential, naive repetition of the generator's step",
    proof=tuple(Step(f"K = {k}: descents", partial(climbed, k), partial(added, k)) for k in (1, 2, 5)),
    witness=Agreement(
        (
            *(
                Step(
                    f"R^{d}, K = {k}: W1 velocities held",
                    partial(by_potential, Naive, d, k),
                    partial(added_by_hand, d, k),
                    Rivals(1e-11),
                )
                for d, k in ((1, 3), (2, 10), (3, 25))
            ),
            Step(
                "R², K = 10: persistently",
                partial(by_potential, Persistent, 2, 10),
                lambda: STEP * (1 - (1 - 2 * RATE) ** 10) * direction(2),
                Rivals(1e-11),
            ),
            Step(
                "the line, K = 6: a critic of WGAN-GP, of slope 1 + Δ/2λ",
                partial(by_critic, 6),
                lambda: 2 * RATE * STEP * 6 * (1 + SHIFT[0] / (2 * WEIGHT)),
                Rivals(1e-11),
            ),
        )
    ),
)

SCALED = Claim(
    name="naive-gaussian-scale",
    says="In the frozen field of the optimal map T of normal laws K naive steps multiply A by (I − 2γε(I − T))^K.",
    equation=r"A_K = \left(I - 2\gamma\epsilon(I - T)\right)^K A_0",
    source="huang2024generative, the generator's update with samples that move on",
    proof=tuple(
        Step(
            f"K = {k}: descents on the line",
            partial(naive_scale, k),
            partial(multiplied, k),
        )
        for k in (1, 2, 4)
    ),
    witness=Agreement(
        tuple(
            Step(f"R^{d}, K = {k}", partial(matrix_after, Naive, d, k), partial(matrix_by_hand, d, k), Rivals(1e-10))
            for d, k in ((1, 4), (2, 3), (3, 8))
        )
    ),
)

EXCESS = Claim(
    name="naive-excess",
    says="Naive and persistent training part at the second step, by 4γ²ε a(α−1)(1 + ε(α−1)): growth overshoots.",
    equation=r"a_{\text{naive}} - a_{\text{persistent}} = 4\gamma^2\epsilon\, a(\alpha -"
    r" 1)\left(1 + \epsilon(\alpha - 1)\right), \quad K = 2",
    source="malik2024differential, naive repetition of the generator's step",
    proof=(
        Step(
            "K = 2: both descents",
            lambda: sp.factor(naive_scale(2) - persistent_scale(2)),
            lambda: 4 * gam**2 * eps * scale * (ratio - 1) * (1 + eps * (ratio - 1)),
        ),
        Step("K = 1: none", lambda: naive_scale(1), lambda: persistent_scale(1)),
    ),
    witness=(
        Agreement(
            (
                Step(
                    "α = 4, K = 2: two trainings",
                    lambda: scale_after(Naive, 2) - scale_after(Persistent, 2),
                    lambda: 4 * RATE**2 * STEP * 3 * (1 + STEP * 3),
                    Rivals(1e-10),
                ),
            )
        ),
        Refutation(
            "K naive steps are one longer persistent step? α = 4, K = 30: they pass the data at 4",
            lambda: scale_after(Naive, 30),
            lambda: scale_after(Persistent, 30),
        ),
    ),
)

HELD = Claim(
    name="naive-held-plan",
    says="With the plan frozen pair by pair instead, K naive steps go the fraction 1 − (1 − 2γε)^K of the whole way, not of ε.",
    equation=r"(A, b) \mapsto (A, b) + \left(1 - (1 - 2\gamma\epsilon)^K\right)\left((A^*, b^*) - (A, b)\right)",
    source="huang2024generative, the generator's update with samples that move on",
    proof=tuple(
        Step(
            f"K = {k}: descents on the line",
            partial(held_scale, k),
            partial(approached, k),
        )
        for k in (1, 2, 4)
    ),
    witness=Agreement(
        tuple(
            Step(f"R^{d}, K = {k}", partial(held_plan, d, k), partial(held_by_hand, d, k), Rivals(1e-10))
            for d, k in ((1, 4), (2, 3), (3, 8))
        )
    ),
)
