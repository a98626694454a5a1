"""Problems whose discriminator is known: source, boundary and natural data from a SymPy formula."""

from dataclasses import dataclass, field

import numpy as np
import sympy as sp
import torch

from gantheory.discriminators import solve
from gantheory.discriminators.boundary_data import NaturalDatum
from gantheory.discriminators.finite_elements import BoxMesh, FiniteElements
from gantheory.discriminators.finite_elements.rule import cells
from gantheory.objectives import Box
from gantheory.symbolic import coordinates

TORCH = {name: getattr(torch, name) for name in ("exp", "sin", "cos", "log", "sqrt", "tanh")}
TORCH |= {
    "step": lambda x: (x > 0).double(),
    "signum": torch.sign,
    "size": torch.abs,
    "Max": lambda a, b: torch.clamp(b, min=a),
}


def function(expression, dim):
    """A formula in x1 … xn as a Field, differentiable by autograd."""
    smooth = sp.sympify(expression).replace(sp.Heaviside, lambda a, *_: sp.Function("step")(a))
    smooth = smooth.replace(sp.sign, sp.Function("signum")).replace(sp.Abs, sp.Function("size"))
    raw = sp.lambdify(coordinates(dim), smooth, modules=[TORCH, "math"])

    def value(x):
        return raw(*x.unbind(1)) + 0 * x.sum(1)

    return value


@dataclass(frozen=True, eq=False)
class Formula:
    """A density by its formula."""

    expression: sp.Expr
    dim: int

    def density(self, x):
        return function(self.expression, self.dim)(x)

    def score(self, x):
        raise AssertionError("no solver needs it")

    def sample(self, n, generator):
        raise AssertionError("no solver needs it")


X = coordinates(3)
x1, x2, x3 = X
DENSITIES = {  # p, q, nu: positive, and no symmetry
    1: (sp.exp(-((x1 - 0.3) ** 2)), 1 / (1 + (x1 + 0.4) ** 2), 1 + sp.sin(x1) / 3),
    2: (
        sp.exp(-((x1 - 0.3) ** 2) - (x2 + 0.2) ** 2 / 2 + x1 * x2 / 5),
        1 / (2 + (x1 + 0.4) ** 2 + x2),
        1 + sp.sin(x1 + 2 * x2) / 3,
    ),
    3: (
        sp.exp(-((x1 - 0.3) ** 2) - (x2 + 0.2) ** 2 / 2 + x1 * x2 / 5 - x3 / 2),
        1 / (2 + (x1 + 0.4) ** 2 + x2 + x3 / 3),
        1 + sp.sin(x1 + 2 * x2 - x3) / 3,
    ),
}
DISCRIMINATORS = {
    1: sp.exp(x1 / 2) + sp.sin(2 * x1 + 0.3),
    2: sp.exp(x1 / 2 - x2 / 3) + sp.sin(1.4 * x1 + 0.9 * x2 + 0.3) + x1 * x2 / 3,
    3: sp.exp(x1 / 2 - x2 / 3 + x3 / 4) + sp.sin(1.2 * x1 + 0.8 * x2 - x3) + x1 * x2 / 3,
}
BOX = {1: ((-1.1,), (1.7,)), 2: ((-0.6, -0.4), (0.7, 0.6)), 3: ((-0.6, -0.4, 0.1), (0.7, 0.6, 1.2))}


@dataclass(frozen=True, eq=False)
class Problem:
    """An objective on a box whose discriminator is a formula."""

    objective: object
    domain: Box
    D: sp.Expr
    densities: tuple = field(default=())

    @property
    def dim(self):
        return self.domain.dim

    @property
    def given(self):
        return self.densities or DENSITIES[self.dim]

    @property
    def x(self):
        return coordinates(self.dim)

    @property
    def exact(self):
        return function(self.D, self.dim)

    @property
    def source(self):
        p, q, nu = self.given
        left, right = self.objective.euler_lagrange().at(self.D, p, q, self.x, nu)
        return function(left - right, self.dim)

    @property
    def natural(self):
        """The value of every natural condition at D, sharp ones of a simply supported box included."""
        held = self.domain.boundary.value == "simply supported"
        names = {"D": self.D, **dict(zip(("p", "q", "nu"), self.given, strict=True))}
        found = []
        for c in self.objective.euler_lagrange().boundary_conditions(self.domain):
            if held and (len(c.at) > 1 or sum(c.against) % 2 == 0):
                continue
            functions = {f: names[f.func.__name__] for f in c.expression.atoms(sp.core.function.AppliedUndef)}
            at = tuple(self.x.index(s) for s in c.at)
            found.append(NaturalDatum(at, c.against, function(c.expression.subs(functions).doit(), self.dim)))
        return tuple(found)

    def solved(self, mesh, element, **changed):
        given = {
            "source": self.source,
            "natural": self.natural,
            "boundary": None if self.domain.boundary.value == "natural" else self.exact,
        }
        solver = FiniteElements(mesh, element, **(given | changed))
        real, fake, reference = (Formula(e, self.dim) for e in self.given)
        return solve(self.objective, real, fake, solver=solver, reference=reference)

    def error(self, field, gauge=False):
        """The L² norm of D_h − D by the quadrature of the mesh; gauge: up to polynomials of degree < m."""
        rule = cells(field.space, 2 * field.space.element.degree + 2)
        points, root = torch.from_numpy(rule.points.reshape(-1, self.dim)), torch.from_numpy(rule.weights.ravel()).sqrt()
        value = torch.from_numpy(rule.derivative(field.values, (0,) * self.dim).ravel())
        gap = root * (value - self.exact(points))
        if gauge:
            m = self.objective.terms[-1].penalty.order
            basis = root[:, None] * torch.cat([torch.ones_like(points[:, :1]), *([points] if m > 1 else [])], 1)
            gap = gap - basis @ torch.linalg.lstsq(basis, gap[:, None]).solution[:, 0]
        return float(gap.norm())


def coarse(domain, cells, seed=5):
    """A mesh without symmetry: graded axes, perturbed inner vertices."""
    nodes = []
    for k, (a, b, count) in enumerate(zip(domain.lower, domain.upper, cells, strict=True)):
        s = np.linspace(0, 1, count + 1)
        t = s + (0.12 + 0.05 * k) * s * (1 - s)
        nodes.append(a + (b - a) * t)
        nodes[-1][[0, -1]] = a, b
    return BoxMesh.graded(domain, nodes).perturbed(0.1, torch.Generator().manual_seed(seed))


def bent(domain, cells):
    """A mesh of n × … cells under a smooth map of the box onto itself that couples the axes."""
    mesh, side = BoxMesh.uniform(domain, cells), np.subtract(domain.upper, domain.lower)
    s = (mesh.vertices - domain.lower) / side
    bump = np.prod(4 * s * (1 - s), axis=1) * np.sin(3 * s.sum(1) + 0.4)
    moved = mesh.vertices + 0.12 * bump[:, None] * side * np.array([1.0, -0.8, 0.6])[: domain.dim]
    return BoxMesh(domain, np.where(mesh.at_end.any(1)[:, None], mesh.vertices, moved), mesh.simplices)


def slopes(errors):
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


def study(problem, element, cells, levels, gauge=False):
    """The errors on a mesh and its refinements; in 3-D on bent meshes of twice as many cells, whose shapes stay alike."""
    errors, mesh = [], coarse(problem.domain, cells)
    for level in range(levels):
        if problem.dim == 3:
            mesh = bent(problem.domain, [2**level * k for k in cells])
        elif level:
            mesh = mesh.refined()
        errors.append(problem.error(problem.solved(mesh, element), gauge))
    return errors
