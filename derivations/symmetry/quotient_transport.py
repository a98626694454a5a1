"""Transport between averaged measures: the cost is the least one over the orbit, or its soft minimum."""

from functools import partial
from itertools import permutations

import numpy as np
import sympy as sp
import torch
from scipy.optimize import linprog
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from derivations.symmetry._shared import GROUPS, X, Y, cloud, exact, moved, orbits, square
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.groups import Group
from gantheory.measures import Empirical, symmetrised_measure
from gantheory.metrics import entropic_quotient_cost, orbit_cost, quotient_wasserstein, wasserstein
from gantheory.transport import entropic_cost

NAMES = {"C4": 2, "D3": 2, "S3": 3, "Z2 on the line": 1}
HALF = sp.Rational(1, 2)
RATIONAL = (
    [(sp.Rational(1, 3), sp.Integer(2)), (sp.Integer(-1), HALF)],
    [(sp.Rational(5, 4), sp.Rational(1, 5)), (sp.Rational(-2, 3), sp.Rational(-7, 4))],
)


def all_pairs(name: str) -> list[sp.Expr]:
    """|T x − T' y|² for every pair of elements."""
    return [square(moved(S), moved(T, Y)) for S in exact(name) for T in exact(name)]


def by_quotient(name: str) -> list[sp.Expr]:
    """|x − T⁻¹T' y|² for the same pairs, T⁻¹T' read off the package's table."""
    group, T = GROUPS[name], exact(name)
    places = group.table[group.inverses].flatten().tolist()
    return [square(X, moved(T[k], Y)) for k in places]


def cheapest(costs: list[list[sp.Expr]]) -> sp.Expr:
    """min over permutations of the mean cost: transport between equal masses, by Birkhoff's theorem."""
    totals = [sp.Add(*(costs[i][j] for i, j in enumerate(order))) / len(costs) for order in permutations(range(len(costs)))]
    return min(totals, key=lambda total: float(total))


def distance(order: int, x: tuple, y: tuple) -> sp.Expr:
    """|x − y|^p."""
    return square(x, y) ** sp.Rational(order, 2)


def between_orbits(order: int) -> sp.Expr:
    """W_p^p between the half-turn orbits of two rational points each, over all 24 permutations."""
    x, y = ([z for a, b in points for z in ((a, b), (-a, -b))] for points in RATIONAL)
    return cheapest([[distance(order, a, b) for b in y] for a in x])


def between_points(order: int) -> sp.Expr:
    """The same with the cost min(|x − y|^p, |x + y|^p), over 2 permutations."""
    x, y = RATIONAL
    both = [[(distance(order, a, b), distance(order, a, (-b[0], -b[1]))) for b in y] for a in x]
    return cheapest([[min(pair, key=lambda c: float(c)) for pair in row] for row in both])


def samples(name: str) -> tuple[Empirical, Empirical]:
    """4 and 5 weighted points."""
    return cloud(4, NAMES[name], 5), cloud(5, NAMES[name], 6, -0.4)


def by_package(name: str, order: int) -> float:
    """W_p from the least cost over the orbit."""
    return quotient_wasserstein(*samples(name), GROUPS[name], order)


def by_orbits(name: str, order: int) -> float:
    """W_p between the orbit clouds, by the package's plan of all images."""
    x, y = (symmetrised_measure(m, GROUPS[name]) for m in samples(name))
    return wasserstein(x, y, order)


def by_programme(name: str, order: int) -> float:
    """The same by SciPy's linear programme."""
    (x, a), (y, b) = (orbits(m, GROUPS[name]) for m in samples(name))
    n, m = len(x), len(y)
    sums = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    found = linprog(cdist(x, y).ravel() ** order, A_eq=sums[:-1], b_eq=np.concatenate([a, b])[:-1], method="highs")
    return found.fun ** (1 / order)


def transport_claim(order: int) -> Claim:
    """The claim for W_p."""
    routes = [(f"{n}: plan of all images", by_orbits, n, 1e-10) for n in NAMES]
    routes += [(f"{n}: SciPy's programme", by_programme, n, 1e-8) for n in ("C4", "S3", "Z2 on the line")]
    return Claim(
        name=f"quotient-transport-{order}",
        says=f"W{order} between averaged measures is transport of the measures at the least cost over the orbit.",
        equation=rf"W_{order}(S^\Sigma[P], S^\Sigma[Q])^{order} = "
        rf"\min_\pi \int \min_\sigma |x - T_\sigma y|^{order}\,d\pi(x,y)",
        source="chen2023sample, on the fundamental domain",
        proof=(
            *(Step(f"{n}: distances of images", partial(all_pairs, n), partial(by_quotient, n)) for n in ("C4", "D3")),
            Step("two points each under the half turn", partial(between_orbits, order), partial(between_points, order)),
        ),
        witness=Agreement(
            tuple(Step(what, partial(by_package, n, order), partial(side, n, order), Rivals(t)) for what, side, n, t in routes)
        ),
    )


TRANSPORT = tuple(transport_claim(order) for order in (1, 2))

A, B, eps = sp.symbols("A B epsilon", positive=True)  # e^{−c/ε} of the two images
COSTS = -eps * sp.log(A), -eps * sp.log(B)
SHARE = A / (A + B)


def soft_minimum() -> sp.Expr:
    """−ε log ½(e^{−c₁/ε} + e^{−c₂/ε})."""
    return -eps * sp.log((A + B) / 2)


def between_two_orbits(share: sp.Expr = SHARE) -> sp.Expr:
    """Σ P c + ε KL(P | uniform) on 2 × 2 images, the share of the first cost being split along the diagonal."""
    entries = [(share / 2, COSTS[0])] * 2 + [((1 - share) / 2, COSTS[1])] * 2
    return sp.expand_log(sp.Add(*(P * c + eps * P * sp.log(4 * P) for P, c in entries)), force=True)


def stationary() -> sp.Expr:
    """d/d(share) there, plus ε: the share is the minimiser of a convex function."""
    share = sp.Symbol("pi", positive=True)
    slope = COSTS[0] - COSTS[1] + eps * sp.log(share) - eps * sp.log(1 - share)
    return sp.logcombine(sp.simplify(slope.subs(share, SHARE)), force=True) + eps


def soft(name: str, order: int) -> float:
    """Entropic transport with the soft minimum, by the package."""
    return entropic_quotient_cost(*samples(name), GROUPS[name], order, 0.5)


def sinkhorn(name: str, order: int) -> float:
    """Entropic transport between the orbit clouds, by our own iteration in the logarithmic domain."""
    (x, a), (y, b) = (orbits(m, GROUPS[name]) for m in samples(name))
    c, v = -(cdist(x, y) ** order) / 0.5, np.zeros(len(b))
    for _ in range(400):
        u = -logsumexp(c + v, axis=1, b=b)
        v = -logsumexp(c + u[:, None], axis=0, b=a[:, None])
    return float(0.5 * (a @ u + b @ v))


SOFT = Claim(
    name="entropic-soft-minimum",
    says="Entropic transport between averaged measures is entropic transport at the soft minimum of the cost over the orbit.",
    equation=r"c_\varepsilon(x,y) = -\varepsilon\log\frac{1}{|\Sigma|}\sum_\sigma e^{-c(x,T_\sigma y)/\varepsilon}",
    source="birrell2022structure, invariant discriminators",
    proof=(
        Step("two images: 2 × 2 plan, closed form", between_two_orbits, soft_minimum),
        Step("the share of an image is stationary", stationary, lambda: eps),
    ),
    witness=Agreement(
        tuple(
            Step(f"{n}, p = {p}: Sinkhorn on orbits", partial(soft, n, p), partial(sinkhorn, n, p), Rivals(1e-9))
            for n, p in (("C4", 1), ("D3", 2), ("S3", 2), ("Z2 on the line", 1))
        )
    ),
)


def hard() -> float:
    """Entropic transport with the least cost over the orbit."""
    x, y = samples("C4")
    return entropic_cost(orbit_cost(x, y, GROUPS["C4"], 2), x.weights.numpy(), y.weights.numpy(), 0.5)


HARD = Claim(
    name="entropic-hard-minimum",
    says="With an entropic term the least cost over the orbit is wrong: equal images each take a share, and lower the value.",
    equation=r"\min_\sigma c(x,T_\sigma y) \neq -\varepsilon\log\frac{1}{|\Sigma|}\sum_\sigma e^{-c(x,T_\sigma y)/\varepsilon}",
    source="birrell2022structure, invariant discriminators",
    proof=(
        Step(
            "an image infinitely dear costs ε log 2",
            lambda: sp.limit(soft_minimum(), B, 0) - COSTS[0],
            lambda: eps * sp.log(2),
        ),
    ),
    witness=Refutation("C4, 4 and 5 points, ε = 0.5, squared distance", hard, partial(sinkhorn, "C4", 2), margin=0.05),
)

STRETCH = sp.Matrix([[0, 2], [HALF, 0]])
LOW, HIGH = sp.Matrix([0, 1]), sp.Matrix([0, 2])


def stretched_primal() -> sp.Expr:
    """W1 between the two orbits, over both permutations."""
    x, y = ([tuple(z), tuple(STRETCH * z)] for z in (LOW, HIGH))
    return cheapest([[distance(1, a, b) for b in y] for a in x])


def stretched_dual() -> sp.Expr:
    """E_Q γ − E_P γ over the Lipschitz constant of γ, which is 0 on the first orbit, and 1 and 2 on the second."""
    gamma = {(0, 1): 0, (2, 0): 0, (0, 2): 1, (4, 0): 2}
    slopes = [sp.Abs(gamma[x] - gamma[y]) / distance(1, x, y) for x in gamma for y in gamma if x != y]
    return sp.Rational(sum(gamma.values()), 2) / max(slopes, key=float)


def dual_by_package() -> float:
    """D^Γ(S[Q] | S[P]): W1 between the averaged measures, the package's group declared as not isometric."""
    group = Group(torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 2.0], [0.5, 0.0]]], dtype=torch.float64), isometric=False)
    points = (Empirical(torch.tensor([[0.0, z]], dtype=torch.float64)) for z in (1.0, 2.0))
    low, high = (symmetrised_measure(m, group) for m in points)
    return wasserstein(low, high, 1)


def invariant_by_programme() -> float:
    """max b − a over fields with the value a on the first orbit, b on the second, and Lipschitz constant 1."""
    pairs = cdist([[0.0, 1.0], [2.0, 0.0]], [[0.0, 2.0], [4.0, 0.0]])
    rows = np.array([[-1.0, 1.0], [1.0, -1.0]])
    bounds = [(0.0, 0.0), (None, None)]
    return -linprog([1.0, -1.0], A_ub=rows, b_ub=np.full(2, pairs.min()), bounds=bounds, method="highs").fun


NOT_ISOMETRIC = Claim(
    name="action-that-stretches",
    says="For an action that is no isometry the invariant 1-Lipschitz fields see less than the averaged measures differ by.",
    equation=r"T(x_1,x_2) = (2x_2, x_1/2):\quad D^{\Gamma_\Sigma^{inv}}(Q|P) = 1 < \frac{3}{2}"
    r" = D^\Gamma(S^\Sigma[Q]|S^\Sigma[P])",
    source="birrell2022structure, invariant discriminators",
    proof=(
        Step("T is an involution", lambda: list(STRETCH * STRETCH + sp.ones(2, 2)), lambda: list(sp.eye(2) + sp.ones(2, 2))),
        Step("W1 of the averaged measures by both permutations, by a potential", stretched_primal, stretched_dual),
    ),
    witness=Refutation("one orbit through (0,1), one through (0,2)", dual_by_package, invariant_by_programme, margin=0.3),
)
