"""Objectives with every solver that takes them, and what the others say: data for the matrix of rivals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import sympy as sp
import torch
from torch import Tensor

from derivations.rates._cases import problem
from derivations.rates.finite_differences import Ends, on_box
from derivations.rates.finite_elements import on_mesh
from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators import (
    Collocation,
    FiniteDifferences,
    FiniteElements,
    FourierSeries,
    GaussianOracle,
    GreensFunction,
    Pointwise,
    solve,
)
from gantheory.discriminators.finite_elements import HERMITE, LINEAR, QUADRATIC, BoxMesh
from gantheory.grids import BoxGrid
from gantheory.measures import Density, Empirical, Gaussian, Measure
from gantheory.objectives import Boundary, Box, Objective, Torus

Make = Callable[[], Field]
NAMES = (
    "FiniteDifferences",
    "FiniteElements",
    "FourierSeries",
    "GreensFunction",
    "Collocation",
    "Pointwise",
    "GaussianOracle",
)


@dataclass(frozen=True, eq=False)
class Contest:
    """One objective on one domain: solvers that accept it, by name, as callables that solve; and where they are compared.

    tolerance: relative to the largest value. free: a constant is taken out of each side first, where the equation leaves it.
    """

    name: str
    objective: Objective
    sides: Callable[[], tuple[Measure, Measure]]
    places: Tensor
    tolerance: float
    rivals: Mapping[str, Make]
    free: bool = True

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """What each rival finds at the places."""
        found = {}
        for name, make in self.rivals.items():
            v = make()(self.places).detach().numpy()
            found[name] = v - v.mean() if self.free else v
        return found

    def digits(self, name: str, other: str) -> float:
        """To how many digits two rivals agree."""
        a, b = self.values[name], self.values[other]
        gap = float(np.abs(a - b).max() / np.abs(b).max())
        return -np.log10(gap) if gap > 0 else 16.0

    def refusal(self, name: str) -> str:
        """What a solver says that does not take this objective and these measures; "" where it does."""
        try:
            real, fake = self.sides()
            solve(self.objective, real, fake, solver=standard(name, real.dim))
        except Refusal as refusal:
            return str(refusal)
        return ""


def standard(name: str, dim: int) -> Any:
    """The solver of that name as one would first try it, in n dimensions."""
    lower, upper = (-2.0,) * dim, (2.0,) * dim
    cells = (8,) * dim
    box = Box(lower, upper, Boundary.NATURAL)
    known: dict[str, Callable[[], Any]] = {
        "FiniteDifferences": lambda: FiniteDifferences(BoxGrid(lower, upper, cells, Boundary.NATURAL)),
        "FiniteElements": lambda: FiniteElements(BoxMesh.uniform(box, cells), LINEAR),
        "FourierSeries": lambda: FourierSeries(Torus((4.0,) * dim), 8),
        "GreensFunction": GreensFunction,
        "Collocation": Collocation,
        "Pointwise": Pointwise,
        "GaussianOracle": GaussianOracle,
    }
    return known[name]()


def isotropic(mean: tuple[float, ...], deviation: float) -> Gaussian:
    """N(mean, s² I)."""
    identity = torch.eye(len(mean), dtype=torch.float64)
    return Gaussian(torch.tensor(mean, dtype=torch.float64), deviation**2 * identity)


def quadrature(law: Gaussian, count: int) -> Empirical:
    """The Gauss–Hermite rule of an isotropic Gaussian as a weighted sample."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    axes = np.meshgrid(*[nodes] * law.dim, indexing="ij")
    mass = np.prod(np.meshgrid(*[weights] * law.dim, indexing="ij"), axis=0)
    points = law.mean + law.factor.diagonal() * torch.from_numpy(np.stack([a.ravel() for a in axes], 1))
    return Empirical(points, torch.from_numpy(mass.ravel()))


def spread(law: Density, reach: float, count: int) -> Empirical:
    """The trapezoid rule of a density on the line as a weighted sample."""
    x = torch.linspace(-reach, reach, count, dtype=torch.float64)[:, None]
    return Empirical(x, law.density(x))


def inside(box: Box, count: int = 61) -> Tensor:
    """Points of a box away from its faces, from Kronecker's sequence."""
    steps = torch.sqrt(torch.tensor([2.0, 3.0, 5.0], dtype=torch.float64))[: box.dim]
    t = torch.remainder(torch.arange(1, count + 1, dtype=torch.float64)[:, None] * steps, 1)
    low, high = (torch.tensor(end, dtype=torch.float64) for end in (box.lower, box.upper))
    return low + (high - low) * (0.1 + 0.8 * t)


def differences(box: Box, points: int, boundary: Field | None, accuracy: int = 2) -> FiniteDifferences:
    """FiniteDifferences on the box, so many points along its longest side."""
    sides = np.subtract(box.upper, box.lower)
    counts = tuple(int(c) for c in np.rint(sides / sides.max() * (points - 1)) + 1)
    return FiniteDifferences(BoxGrid.of(box, counts), boundary, accuracy)


def elements(box: Box, cells: int, boundary: Field, element: Any = QUADRATIC) -> FiniteElements:
    """FiniteElements on the box, so many cells along its longest side."""
    sides = np.subtract(box.upper, box.lower)
    counts = tuple(int(c) for c in np.rint(sides / sides.max() * cells))
    return FiniteElements(BoxMesh.uniform(box, counts), element, boundary)


def hermite(nodes: np.ndarray) -> FiniteElements:
    """Hermite's cubics with these nodes and natural ends."""
    box = Box((float(nodes[0]),), (float(nodes[-1]),), Boundary.NATURAL)
    return FiniteElements(BoxMesh.graded(box, [nodes]), HERMITE)


def made(name: str, objective: Objective, domain: Any, tolerance: float, more: sp.Expr = sp.S.Zero, **solvers: Any) -> Contest:
    """A manufactured problem, more added to its generic D, given to every solver; a linear loss on a torus leaves c free."""

    def solved(solver: Any) -> Any:
        return problem(objective, domain, 2, more=more).solve(solver)

    def sides() -> tuple[Any, Any]:
        whole = problem(objective, domain, 2, more=more)
        return whole.real, whole.fake

    box = domain if isinstance(domain, Box) else Box((0.0,) * domain.dim, domain.periods)
    rivals = {k: partial(solved, solver) for k, solver in solvers.items()}
    free = isinstance(domain, Torus) and objective.loss.linear
    return Contest(name, objective, sides, inside(box), tolerance, rivals, free=free)


def boxed(
    name: str,
    objective: Objective,
    ends: Ends,
    kind: Any,
    finest: tuple[int, int],
    element: Any,
    tolerance: float,
    more: sp.Expr = sp.S.Zero,
) -> Contest:
    """Finite differences and finite elements on a box."""
    pair = {"FiniteDifferences": on_box(ends, kind)(finest[0]), "FiniteElements": on_mesh(element, ends, kind)(finest[1])}
    return made(f"{name}, {kind.value}", objective, Box(*ends, kind), tolerance, more, **pair)
