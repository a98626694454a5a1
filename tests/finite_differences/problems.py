"""Manufactured problems: a generic D, generic densities, and the source and natural data that make D exact."""

from functools import cache

import numpy as np
import sympy as sp
import torch

from gantheory.discriminators import FiniteDifferences, solve
from gantheory.discriminators.boundary_data import NaturalDatum
from gantheory.grids import BoxGrid, TorusGrid
from gantheory.objectives import Boundary, GradientPenalty, Objective
from gantheory.symbolic import boundary_conditions, coordinates, nu, p, q

R = sp.Rational
LOWER, UPPER = (-0.7, 0.2, 0.1), (1.9, 1.3, 1.0)
PERIODS, ORIGIN = (R(13, 5), R(11, 10), R(9, 10)), (0.3, -0.1, 0.2)
TORUS = None  # in place of a Boundary


class Formula:
    """A SymPy expression as a density and as a Field."""

    def __init__(self, expression, dim):
        self.dim, self.expression = dim, expression
        x = coordinates(dim)
        tools = [{"DiracDelta": lambda z, k=0: 0 * z}, "numpy"]  # kinks lie between the points
        self._at = sp.lambdify(x, expression, tools)

    def density(self, x):
        return torch.from_numpy(np.broadcast_to(self._at(*x.numpy().T), (len(x),)).astype(float))

    __call__ = density

    def score(self, x):
        raise NotImplementedError

    def sample(self, n, generator):
        raise NotImplementedError


class Smooth:
    """A SymPy expression in torch: all derivatives by autograd."""

    def __init__(self, expression, dim):
        names = {name: getattr(torch, name) for name in ("exp", "sin", "cos", "log")}
        self._at = sp.lambdify(coordinates(dim), expression, [names, "math"])

    def __call__(self, x):
        return self._at(*x.T)


def bounded(x):
    """D on a box: not symmetric, not separable, not zero at any face; every derivative counts."""
    a, b = [R(7, 20), R(-1, 4), R(1, 5)], [R(13, 10), R(11, 10), R(9, 10)]
    phase = sum(bi * xi for bi, xi in zip(b, x, strict=False)) + R(1, 5)
    slope = sum(ai * xi for ai, xi in zip(a, x, strict=False))
    return sp.exp(slope) * sp.sin(phase) + sp.cos(x[0] - sum(x[1:]) * R(3, 5)) + 1


def steep(x):
    """D whose gradient keeps away from 0 on the box."""
    return bounded(x) + sum((k + 3) * xi for k, xi in enumerate(x)) + x[0] ** 3 / 3


def bent(x):
    """D on a line whose second and third derivatives keep away from 0."""
    return 3 * sp.exp(x[0]) + x[0] ** 4 / 60 + sp.sin(x[0] + R(1, 5)) / 3


def waving(x):
    """D with enough waves to stand well above rounding at accuracy 6."""
    return bounded(x) + sp.sin(sum((4 - k) * xi for k, xi in enumerate(x)) + 1) / 2


def density(x, k):
    """Positive and generic; its mass is nobody's concern here."""
    wave = sum(R(3 + i + k, 5) * (-1) ** i * xi for i, xi in enumerate(x))
    return 2 + R(k, 10) + sp.sin(wave + k) / 2 + x[0] / 10


def periodic(x):
    """D on the torus of PERIODS."""
    w = [2 * sp.pi * xi / t for xi, t in zip(x, PERIODS, strict=False)]
    skew = sp.cos(w[-1] - w[0]) / 3 if len(x) > 1 else 0
    return sp.exp(sp.sin(w[0] + 1) / 2 + skew) + sp.sin(sum(w)) / 2


def periodic_density(x, k):
    """Positive, on the same torus."""
    w = [2 * sp.pi * xi / t for xi, t in zip(x, PERIODS, strict=False)]
    return 2 + sp.sin(sum((-1) ** i * wi for i, wi in enumerate(w)) + k) / 2 + sp.cos(w[0] * (2 if len(x) == 1 else 1) + k) / 3


class Problem:
    """An objective, a boundary, D, the densities, and what they make of the equation."""

    def __init__(self, objective, boundary, dim, D=bounded):
        x = coordinates(dim)
        self.objective, self.boundary, self.dim = objective, boundary, dim
        made = periodic_density if boundary is TORUS else density
        self.D = periodic(x) if boundary is TORUS else D(x)
        P, Q, N = (made(x, k) for k in (1, 2, 3))
        # a one-sided penalty that acts everywhere is its two-sided form, without Heaviside's function in the source
        acting = Objective(objective.loss, *(t.weight * two_sided(t.penalty) for t in objective.terms))
        left, right = acting.euler_lagrange().at(self.D, P, Q, x, N)
        self.source = Formula(left - right, dim)
        self.densities = tuple(Formula(e, dim) for e in (P, Q, N))
        self.natural = () if boundary in (TORUS, Boundary.DIRICHLET) else tuple(self._natural(acting, (P, Q, N)))

    def _natural(self, objective, densities):
        x = coordinates(self.dim)
        u = sp.Function("D", real=True)(*x)
        at = dict(zip((p, q, nu), densities, strict=True))
        penalty = sp.Add(*(t.weight * t.penalty.integrand(u, x, t.penalty.over.subs(at)) for t in objective.terms))
        for c in boundary_conditions(penalty, u, x):
            places = tuple(x.index(s) for s in c.at)
            held = self.boundary is Boundary.SIMPLY_SUPPORTED and any(c.against[k] % 2 == 0 for k in places)
            if not held:
                yield NaturalDatum(places, c.against, Formula(c.expression.subs(u, self.D).doit(), self.dim))

    def grid(self, points):
        if self.boundary is TORUS:
            return TorusGrid(tuple(map(float, PERIODS[: self.dim])), points, ORIGIN[: self.dim])
        return BoxGrid(LOWER[: self.dim], UPPER[: self.dim], points, self.boundary)

    def field(self, grid, accuracy=2):
        """The discrete solution."""
        given = self.boundary in (Boundary.DIRICHLET, Boundary.SIMPLY_SUPPORTED)
        solver = FiniteDifferences(grid, Smooth(self.D, self.dim) if given else None, accuracy, self.source, self.natural)
        real, fake, reference = self.densities
        return solve(self.objective, real, fake, solver=solver, reference=reference)

    def error(self, field):
        """max |D_h − D|, the gauge of D_h fixed by that of D."""
        grid = field.grid
        gap = field.values.ravel() - Formula(self.D, self.dim)(grid.nodes).numpy()
        if "moments taken out" in field.stats:
            z = grid.nodes.numpy() - grid.nodes.numpy().mean(0)
            degrees = [[n.count(f"x{k + 1}") and int((n.split(f"x{k + 1}^")[1:] or ["1"])[0][0]) for k in range(self.dim)]
                       for n in field.stats["moments taken out"]]  # fmt: skip
            basis = np.stack([np.prod(z ** np.array(d), 1) for d in degrees], 1)
            gap = gap - basis @ np.linalg.lstsq(basis, gap, rcond=None)[0]
        return np.abs(gap).max()

    def errors(self, points, levels, accuracy=2):
        """On successive halvings of the spacing."""
        found = []
        for k in range(levels):
            finer = tuple(n * 2**k if self.boundary is TORUS else (n - 1) * 2**k + 1 for n in points)
            found.append(self.error(self.field(self.grid(finer), accuracy)))
        return found


def two_sided(penalty):
    return GradientPenalty(penalty.order, penalty.over, penalty.centre)


@cache
def problem(objective, boundary, dim, D=bounded):
    return Problem(objective, boundary, dim, D)


def slopes(errors):
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


def converges(errors, order):
    """The last two slopes within 0.1 of the order over at least 4 levels."""
    assert len(errors) >= 4
    assert np.abs(slopes(errors)[-2:] - order).max() <= 0.1, (errors, slopes(errors))
