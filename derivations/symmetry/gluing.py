"""Wedges of rotation groups: their edges are glued to one another; they are no mirrors and have no images."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.symmetry._shared import GROUPS, X, average, cloud, exact, polynomial
from derivations.symmetry._squares import cells, glued, mirrored, solved
from gantheory import gradient
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import GreensFunction, solve
from gantheory.measures import symmetrised_measure
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective

COUNT = 20
OBJECTIVE = Objective(WASSERSTEIN, 0.4 * GradientPenalty(1))
t = sp.Symbol("t", positive=True)


def on_edge(first: bool) -> list[sp.Expr]:
    """S[f] and its slope into the wedge on one edge of the quarter, out of it on the other, f a generic quintic, C4."""
    f = average(polynomial(5), exact("C4"))
    edge = {X[0]: 0, X[1]: t} if first else {X[0]: t, X[1]: 0}
    slope = sp.diff(f, X[0]) if first else -sp.diff(f, X[1])
    return [sp.expand(f.subs(edge)), sp.expand(slope.subs(edge))]


def weight(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """ρ, invariant under quarter turns and no reflection."""
    return 1 + 0.4 * (x**2 + y**2) + 0.5 * x * y * (x**2 - y**2)


def load(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A blob averaged over the quarter turns."""
    turned = ((x, y), (-y, x), (-x, -y), (y, -x))
    return np.sum([np.exp(-((a - 0.75) ** 2) / 0.02 - (b - 0.15) ** 2 / 0.01) for a, b in turned], 0)


def whole() -> np.ndarray:
    """The positive quarter of the solution on the whole square."""
    x, y = cells(2 * COUNT, -1.0)
    return solved(weight(x, y), load(x, y), 1 / COUNT, None)[COUNT:, COUNT:]


def on_quarter(near: np.ndarray) -> np.ndarray:
    """The solution on the quarter with these cells across its near sides."""
    x, y = cells(COUNT, 0.0)
    return solved(weight(x, y), load(x, y), 1 / COUNT, near)


def on_wedge(name: str, first: bool) -> np.ndarray:
    """The package's discriminator of averaged samples on the first edge of the wedge, or on the edge turned back."""
    group = GROUPS[name]
    real, fake = (symmetrised_measure(m, group) for m in (cloud(5, 2, 1), cloud(7, 2, 2, -0.3)))
    D = solve(OBJECTIVE, real, fake, solver=GreensFunction())
    ray = torch.linspace(0.3, 2.0, 9, dtype=torch.float64)[:, None] * torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    angle = 2 * np.pi / group.order
    T = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], dtype=torch.float64)
    slope = gradient(D, ray)[:, 1] if first else gradient(D, ray @ T.T) @ T[:, 1]
    return torch.cat([D(ray if first else ray @ T.T), slope]).numpy()


GLUING = Claim(
    name="wedge-gluing",
    says="On the wedge of a rotation group the invariant solution takes equal values and equal slopes at the glued edges, and "
    "these conditions give the whole.",
    equation=r"u(x) = u(Tx),\quad \partial_\nu u(x) = \partial_{T\nu} u(Tx)\ \text{for}\ x\ \text{on an edge}",
    source="birrell2022structure, invariant discriminators",
    proof=(Step("C4: value and slope on both edges, generic quintic", partial(on_edge, True), partial(on_edge, False)),),
    witness=Agreement(
        (
            Step("glued quarter and whole square", lambda: on_quarter(glued(COUNT)), whole, Rivals(1e-10)),
            *(
                Step(
                    f"{n}: the discriminator on both edges",
                    partial(on_wedge, n, True),
                    partial(on_wedge, n, False),
                    Rivals(1e-11),
                )
                for n in ("C3", "C4", "C8")
            ),
        )
    ),
)


def harmonic_slope() -> sp.Expr:
    """∂_1 of Im (x1 + i x2)⁴/4, which C4 keeps, on the edge x1 = 0."""
    f = sp.im(sp.expand((X[0] + sp.I * X[1]) ** 4)) / 4
    return sp.expand(sp.diff(f, X[0]).subs({X[0]: 0, X[1]: t}))


NO_MIRRORS = Claim(
    name="rotation-wedge-neumann",
    says="The Neumann condition on the edges of a rotation group's wedge is wrong: invariant fields have flux through them.",
    equation=r"u\circ T = u\ \text{for}\ C_4\ \not\Rightarrow\ \partial_n u = 0:\quad \mathrm{Im}(x_1 + ix_2)^4",
    source="birrell2022structure, invariant discriminators",
    proof=(
        Step("the slope of an invariant field on an edge", harmonic_slope, lambda: -(t**3)),
        Step(
            "that field is invariant",
            lambda: average(X[0] ** 3 * X[1] - X[0] * X[1] ** 3, exact("C4")),
            lambda: X[0] ** 3 * X[1] - X[0] * X[1] ** 3,
        ),
    ),
    witness=(
        Refutation(
            "quarter square, C4: u beside the blob with Neumann edges, and on the whole square",
            lambda: float(on_quarter(mirrored(COUNT))[1, COUNT - 4]),
            lambda: float(whole()[1, COUNT - 4]),
            margin=0.1,
        ),
        Refutation(
            "C3, images: 1 + the mean |flux| through an edge if it were a mirror, and as found, over |∇D|",
            lambda: 1.0,
            lambda: 1.0 + _edge_flux(),
            margin=0.05,
        ),
    ),
)


def _edge_flux() -> float:
    """mean |∂_2 D| / mean |∂_1 D| on the edge x2 = 0 of the wedge of C3."""
    half = on_wedge("C3", True)[9:]
    group = GROUPS["C3"]
    real, fake = (symmetrised_measure(m, group) for m in (cloud(5, 2, 1), cloud(7, 2, 2, -0.3)))
    ray = torch.linspace(0.3, 2.0, 9, dtype=torch.float64)[:, None] * torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    along = solve(OBJECTIVE, real, fake, solver=GreensFunction())
    return float(np.abs(half).mean() / gradient(along, ray)[:, 0].abs().mean())
