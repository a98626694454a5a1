"""What an invariant discriminator cannot see, and what too large a group costs."""

from functools import partial
from math import pi, sin, tan

import numpy as np
import sympy as sp
import torch

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.groups import cyclic
from gantheory.measures import Empirical, symmetrised_measure
from gantheory.metrics import quotient_wasserstein, wasserstein

n, k = sp.symbols("n k", integer=True, positive=True)
a, theta = sp.symbols("alpha theta", positive=True)
RADIUS, SIZES = 1.7, (3, 4, 8, 13)


def ring(count: int) -> Empirical:
    """`count` equal points on the circle of radius RADIUS, by NumPy."""
    angles = 2 * np.pi * np.arange(count) / count
    return Empirical(torch.from_numpy(RADIUS * np.stack([np.cos(angles), np.sin(angles)], 1)))


def point() -> Empirical:
    """All mass on the first of them."""
    return Empirical(torch.tensor([[RADIUS, 0.0]], dtype=torch.float64))


def chord() -> sp.Expr:
    """|1 − e^{2iα}|²."""
    return sp.expand((1 - sp.cos(2 * a)) ** 2 + sp.sin(2 * a) ** 2)


def term() -> sp.Expr:
    """2 sin(θ/2) sin(kθ): a term of the sum, times 2 sin(θ/2)."""
    return 2 * sp.sin(theta / 2) * sp.sin(k * theta)


def telescope() -> sp.Expr:
    """cos((k − ½)θ) − cos((k + ½)θ)."""
    half = sp.Rational(1, 2)
    return sp.expand_trig(sp.cos(k * theta - half * theta) - sp.cos(k * theta + half * theta))


def ends() -> sp.Expr:
    """What is left of the sum over k = 0 … n−1 at θ = π/n, over sin(θ/2)."""
    angle = sp.pi / n
    return (sp.cos(angle / 2) - sp.expand_trig(sp.cos(sp.pi - angle / 2))) / (2 * sp.sin(angle / 2))


def mean_chord(count: int) -> sp.Expr:
    """(1/n) Σ |1 − ω^k| from coordinates."""
    angles = [2 * sp.pi * i / count for i in range(count)]
    return sp.Add(*(sp.sqrt((1 - sp.cos(t)) ** 2 + sp.sin(t) ** 2) for t in angles)) / count


def to_a_point(count: int) -> float:
    """W1 between the ring and one of its points, by a plan."""
    return wasserstein(ring(count), point(), 1)


def by_cotangent(count: int) -> float:
    """(2R/n) cot(π/2n)."""
    return 2 * RADIUS / (count * tan(pi / (2 * count)))


def unseen(count: int) -> float:
    """1 + W1 between the averages of both."""
    return 1 + quotient_wasserstein(ring(count), point(), cyclic(count), 1)


COLLAPSE = Claim(
    name="ring-collapse",
    says="A generator that puts n modes of a ring on one of them is at W1 = (2R/n) cot(π/2n) from the data, and at 0 for "
    "invariant discriminators.",
    equation=r"W_1 = \frac{2R}{n}\cot\frac{\pi}{2n},\quad W_1(S^\Sigma[Q], S^\Sigma[P]) = 0",
    source="birrell2022structure, equivariant generators",
    proof=(
        Step("a chord is 2 sin α", chord, lambda: sp.expand_trig(4 * sp.sin(a) ** 2)),
        Step("the sines telescope", lambda: sp.expand_trig(term()), telescope),
        Step("their ends at θ = π/n", ends, lambda: sp.cos(sp.pi / (2 * n)) / sp.sin(sp.pi / (2 * n))),
        Step("n = 4 from coordinates", partial(mean_chord, 4), lambda: (1 + sp.sqrt(2)) / 2),
    ),
    witness=Agreement(
        (
            *(Step(f"n = {m}: W1 by a plan", partial(to_a_point, m), partial(by_cotangent, m), Rivals(1e-12)) for m in SIZES),
            *(Step(f"n = {m}: 1 + W1 of the averaged measures", partial(unseen, m), lambda: 1.0, Rivals(1e-12)) for m in SIZES),
        )
    ),
)


def to_data(count: int) -> sp.Expr:
    """E_{S[Q]} u − E_Q u for the 1-Lipschitz u = distance to Q, a ring of n points; S[Q] has 2n: the dual value."""
    angles = [sp.pi * i / count for i in range(2 * count)]
    squares = [[2 - 2 * sp.cos(s - t) for t in angles[::2]] for s in angles]
    return sp.Add(*(sp.sqrt(min(row, key=float)) for row in squares)) / (2 * count)


def moved_half(count: int) -> sp.Expr:
    """Half of the mass moves to the next point: the cost of that plan."""
    return sp.sqrt(2 - 2 * sp.cos(sp.pi / count)) / 2


def to_the_average(count: int) -> float:
    """W1 between the ring of n and its average over C_2n, by a plan."""
    return wasserstein(ring(count), symmetrised_measure(ring(count), cyclic(2 * count)), 1)


def half_a_chord(count: int) -> float:
    """R sin(π/2n)."""
    return RADIUS * sin(pi / (2 * count))


OVERSIZED = Claim(
    name="oversized-group",
    says="Averaging a ring of n modes over C_2n, a group too large, leaves a bias W1 = R sin(π/2n) that no data remove.",
    equation=r"W_1(Q, S^{C_{2n}}[Q]) = R\sin\frac{\pi}{2n}",
    source="birrell2022structure, equivariant generators",
    proof=(
        *(Step(f"n = {m}: a potential, a plan", partial(to_data, m), partial(moved_half, m)) for m in (3, 4, 6)),
        Step(
            "half a chord",
            lambda: sp.expand_trig((2 - 2 * sp.cos(2 * a)) / 4),
            lambda: sp.sin(a) ** 2,
        ),
    ),
    witness=Agreement(
        tuple(
            Step(f"n = {m}: W1 by a plan", partial(to_the_average, m), partial(half_a_chord, m), Rivals(1e-12)) for m in SIZES
        )
    ),
)

QUARTER = sp.Matrix([[0, -1], [1, 0]])

NO_DIVERGENCE = Claim(
    name="invariant-divergence-separates",
    says="On all laws an invariant discriminator gives no divergence: it is 0 between the ring and one of its points.",
    equation=r"D^{\Gamma_\Sigma^{inv}}(Q|P) = 0 \not\Rightarrow Q = P,\quad \text{only}\ S^\Sigma[Q] = S^\Sigma[P]",
    source="birrell2022structure, invariant discriminators",
    proof=(
        Step(
            "the orbit of one mode is the ring",
            lambda: [e for i in range(4) for e in QUARTER**i * sp.Matrix([1, 0])],
            lambda: [f(sp.pi * i / 2) for i in range(4) for f in (sp.cos, sp.sin)],
        ),
    ),
    witness=Refutation(
        "C4: W1 of the averaged laws, W1 of the laws",
        lambda: unseen(4) - 1,
        partial(to_a_point, 4),
        margin=0.5,
    ),
)
