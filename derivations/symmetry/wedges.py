"""Distances in a chamber and in a wedge; moments that an average over the group removes."""

from functools import partial
from itertools import permutations

import numpy as np
import sympy as sp
import torch
from scipy.spatial.distance import cdist

from derivations.symmetry._shared import GROUPS, cloud, exact
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.groups import dihedral, folded, symmetrised
from gantheory.measures import Empirical, symmetrised_measure
from gantheory.metrics import orbit_cost, quotient_wasserstein, wasserstein

p = sp.symbols("p0:3", nonnegative=True)
q = sp.symbols("q0:3", nonnegative=True)


def images(name: str) -> list[sp.Matrix]:
    """The elements of D4, or of S3."""
    if name == "D4":
        return list(exact("D4"))
    return [sp.Matrix(3, 3, lambda i, j, c=c: int(c[i] == j)) for c in permutations(range(3))]


def inside(name: str, gaps: tuple) -> sp.Matrix:
    """A point of the chamber: x1 ≥ x2 ≥ 0 for D4, x1 ≥ x2 ≥ x3 for S3 (their common shift cancels), by its gaps ≥ 0."""
    a, b, _ = gaps
    return sp.Matrix([a + b, b]) if name == "D4" else sp.Matrix([a + b, b, 0])


def saved(name: str) -> list[sp.Expr]:
    """½(|x − T y|² − |x − y|²) = x·(y − T y)."""
    x, y = inside(name, p), inside(name, q)
    return [sp.expand(((x - T * y).dot(x - T * y) - (x - y).dot(x - y)) / 2) for T in images(name)]


def nonnegative_part(name: str) -> list[sp.Expr]:
    """The terms of x·(y − T y) in the gaps whose coefficients are nonnegative."""
    x, y = inside(name, p), inside(name, q)
    gaps = (*p[:2], *q[:2])
    terms = [sp.Poly((x.T * (y - T * y))[0], *gaps).terms() for T in images(name)]
    return [sp.Add(*(c * sp.prod(g**e for g, e in zip(gaps, m, strict=True)) for m, c in t if c > 0)) for t in terms]


def least_cost(name: str, dim: int) -> np.ndarray:
    """min over the orbit of |x − T y|, for points folded by the package."""
    group = GROUPS[name]
    x, y = (Empirical(folded(cloud(m, dim, s).points, group)) for m, s in ((6, 1), (8, 2)))
    return orbit_cost(x, y, group, 1)


def euclidean(name: str, dim: int) -> np.ndarray:
    """|x − y| between the images in the chamber, found by NumPy."""
    chosen = []
    for m, s in ((6, 1), (8, 2)):
        x = cloud(m, dim, s).points.numpy()
        if name == "S3":
            chosen.append(-np.sort(-x, 1))
        else:
            period = np.pi / (4 if name == "D4" else 3)
            angle = np.abs((np.arctan2(x[:, 1], x[:, 0]) + period) % (2 * period) - period)
            chosen.append(np.hypot(*x.T)[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1))
    return cdist(*chosen)


def averaged_transport() -> float:
    """W1 between the averaged measures under D4."""
    return quotient_wasserstein(cloud(5, 2, 1), cloud(7, 2, 2, -0.3), dihedral(4), 1)


def folded_transport() -> float:
    """W1 in the chamber between the folded measures."""
    measures = (cloud(5, 2, 1), cloud(7, 2, 2, -0.3))
    x, y = (Empirical(folded(m.points, dihedral(4)), m.weights) for m in measures)
    return wasserstein(x, y, 1)


CHAMBER = Claim(
    name="chamber-distance",
    says="In a chamber of a reflection group the distance of orbits is the distance of points, so that W1 of averaged laws is "
    "ordinary W1 in the chamber.",
    equation=r"x, y \in C:\quad \min_\sigma |x - T_\sigma y| = |x - y|",
    source="chen2023sample, on the fundamental domain",
    proof=tuple(
        Step(f"{n}: x·(y − T y) is its terms of positive sign", partial(saved, n), partial(nonnegative_part, n))
        for n in ("D4", "S3")
    ),
    witness=Agreement(
        (
            *(
                Step(f"{n}: folded points", partial(least_cost, n, d), partial(euclidean, n, d), Rivals(1e-12))
                for n, d in (("D4", 2), ("D3", 2), ("S3", 3))
            ),
            Step("D4: W1 of averaged and of folded measures", averaged_transport, folded_transport, Rivals(1e-11)),
        )
    ),
)

ACROSS = np.array([[1.0, 0.05]]), np.array([[0.05, 1.0]])


def turned_gap() -> sp.Expr:
    """|x − T y|² for x = (1, ε), y = (ε, 1) and the turn by −90°."""
    e = sp.Symbol("epsilon", positive=True)
    gap = sp.Matrix([1, e]) - exact("C4")[3] * sp.Matrix([e, 1])
    return sp.expand(gap.dot(gap))


def across() -> float:
    """The distance of the two orbits by the package."""
    x, y = (Empirical(torch.from_numpy(point)) for point in ACROSS)
    return quotient_wasserstein(x, y, GROUPS["C4"], 1)


WEDGE = Claim(
    name="wedge-distance",
    says="In the wedge of a rotation group the distance of points is not that of orbits: the edges are glued to a cone.",
    equation=r"x, y \in \{0 \le \arg x < \pi/2\}:\quad \min_\sigma |x - T_\sigma y| < |x - y|\ \text{in general}",
    source="chen2023sample, on the fundamental domain",
    proof=(
        Step(
            "C4: (1, ε) and (ε, 1): the turned point is at distance 2ε",
            turned_gap,
            lambda: 4 * sp.Symbol("epsilon", positive=True) ** 2,
        ),
    ),
    witness=Refutation(
        "C4, the points (1, 0.05) and (0.05, 1) of the wedge",
        lambda: float(cdist(*ACROSS)[0, 0]),
        across,
        margin=0.5,
    ),
)

LINEAR = np.array([0.8, -1.3])


def averaged_linear(name: str) -> np.ndarray:
    """1 + S[⟨ω, x⟩] by the package, at generic points."""
    field = symmetrised(lambda x: x @ torch.from_numpy(LINEAR), GROUPS[name])
    return 1 + field(cloud(6, 2, 4).points).numpy()


FEATURES = Claim(
    name="linear-features-vanish",
    says="Linear features vanish when they are averaged over a group without fixed directions: their mean gap is always 0.",
    equation=r"\frac{1}{|\Sigma|}\sum_\sigma \langle\omega, T_\sigma x\rangle = 0",
    source="birrell2022structure, invariant discriminators",
    proof=tuple(
        Step(
            f"{n}: the other elements sum to −I",
            partial(lambda n: list(sum(exact(n)[1:], sp.zeros(2, 2)) - sp.ones(2, 2)), n),
            lambda: list(-sp.eye(2) - sp.ones(2, 2)),
        )
        for n in ("C3", "C4", "D3", "D4")
    ),
    witness=Agreement(
        tuple(
            Step(f"{n}: 1 + S[⟨ω, x⟩]", partial(averaged_linear, n), lambda: np.ones(6), Rivals(1e-13))
            for n in ("C3", "C4", "C8", "D4")
        )
    ),
)

C = sp.Matrix(2, 2, sp.symbols("c11 c12 c12 c22", real=True))


def averaged_matrix(name: str) -> list[sp.Expr]:
    """The mean of T C Tᵀ."""
    return list(
        (sum((T * C * T.T for T in exact(name)), sp.zeros(2, 2)) / len(exact(name))).applyfunc(sp.expand) + sp.ones(2, 2)
    )


def averaged_covariance(name: str) -> np.ndarray:
    """The covariance of the averaged measure by the package, plus ones."""
    return symmetrised_measure(cloud(7, 2, 5), GROUPS[name]).covariance.numpy() + 1


def from_second_moment() -> np.ndarray:
    """½ Σ w |x|² I plus ones, by NumPy on the sample."""
    sample = cloud(7, 2, 5)
    return (sample.weights.numpy() @ (sample.points.numpy() ** 2).sum(1)) / 2 * np.eye(2) + 1


ISOTROPIC = Claim(
    name="symmetric-covariance",
    says="A law of the plane that C_n keeps, n ≥ 3, has mean 0 and covariance ½E|x|² I.",
    equation=r"\frac{1}{|\Sigma|}\sum_\sigma T_\sigma C T_\sigma^\top = \frac{\mathrm{tr}\,C}{2}\,I",
    source="birrell2022structure, invariant discriminators",
    proof=tuple(
        Step(
            f"{n}: the mean of T C Tᵀ",
            partial(averaged_matrix, n),
            lambda: list(C.trace() / 2 * sp.eye(2) + sp.ones(2, 2)),
        )
        for n in ("C3", "C4", "D3")
    ),
    witness=Agreement(
        tuple(
            Step(f"{n}: covariance of the orbits", partial(averaged_covariance, n), from_second_moment, Rivals(1e-13))
            for n in ("C3", "C4", "C8", "D4")
        )
    ),
)
