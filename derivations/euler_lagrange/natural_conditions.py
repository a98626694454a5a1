"""What a penalised discriminator satisfies at the boundary of a box, and at its corners, when nothing is imposed there."""

from functools import cache, partial
from itertools import product

import numpy as np
import sympy as sp
from numpy.polynomial import legendre

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.objectives import WASSERSTEIN, Box, GradientPenalty, Objective
from gantheory.symbolic import BoundaryCondition, coordinates, multi_indices, multinomial, p, polynomials

lam = sp.Symbol("lambda", positive=True)
WEIGHT = 0.03  # λ of the witnesses, beside ½∫(D − f)²
DEGREE = 13  # of the polynomials in each coordinate


def polynomial(x: tuple[sp.Symbol, ...], seed: int, degree: int) -> sp.Expr:
    """A polynomial of full degree, no two coefficients alike."""
    terms = polynomials(degree + 1, x)
    return sp.Add(*(sp.Rational(sp.prime(seed + i), sp.prime(seed + 2 * i + 3)) * t for i, t in enumerate(terms)))


def conditions(dim: int, order: int, over: sp.Expr = sp.S.One) -> tuple[BoundaryCondition, ...]:
    """Those that the package derives for λ∫ w|∇^m D|² on a box."""
    equation = Objective(WASSERSTEIN, lam * GradientPenalty(order, over=over)).euler_lagrange()
    return equation.boundary_conditions(Box((0.0,) * dim, (1.0,) * dim))


def fields(dim: int, order: int) -> tuple[tuple[sp.Symbol, ...], sp.Expr, sp.Expr, sp.Expr]:
    """Coordinates, D, a direction h and a weight, all polynomials that vanish nowhere in particular."""
    x = coordinates(dim)
    return x, polynomial(x, 3, 2 * order), polynomial(x, 8, order), polynomial(x, 5, 1)


def integral(f: sp.Expr, x: tuple[sp.Symbol, ...]) -> sp.Expr:
    """Over the unit box: Σ c Π 1/(k_i + 1) for a polynomial Σ c x^k."""
    if not x:
        return f
    return sp.Add(*(c / sp.prod(k + 1 for k in powers) for powers, c in sp.Poly(f, *x).terms()))


def by_difference(dim: int, order: int) -> sp.Expr:
    """(J[D + h] − J[D − h])/2 of the quadratic J = λ∫ w|∇^m D|²: its variation along h, without any calculus."""
    x, D, h, w = fields(dim, order)
    term = lam * GradientPenalty(order, over=p)
    sides = [term.weight * term.penalty.integrand(D + s * h, x, w) for s in (1, -1)]
    return integral((sides[0] - sides[1]).doit() / 2, x)


def by_parts(dim: int, order: int) -> sp.Expr:
    """∫ EL·h and the boundary terms, over faces, edges and corners."""
    x, D, h, w = fields(dim, order)
    left, _ = Objective(WASSERSTEIN, lam * GradientPenalty(order, over=p)).euler_lagrange().at(D, w, w, x)
    total = integral(left * h, x)
    unknown = {sp.Function("D", real=True)(*x): D, sp.Function("p", positive=True)(*x): w}
    for c in conditions(dim, order, p):
        test = h
        for xi, k in zip(x, c.against, strict=True):
            test = sp.diff(test, xi, k)
        density = c.expression.subs(unknown).doit() * test
        free = tuple(xi for xi in x if xi not in c.at)
        for ends in product((0, 1), repeat=len(c.at)):
            sign = (-1) ** ends.count(0)
            total += sign * integral(density.subs(dict(zip(c.at, ends, strict=True))), free)
    return total


def on_an_interval(order: int) -> list[sp.Expr]:
    """The package's conditions for m on [0, 1]."""
    return [c.expression for c in conditions(1, order)]


def highest_derivatives(order: int) -> list[sp.Expr]:
    """2λ(−1)^{m−j−1} D^{(2m−j−1)}, j = 0 … m − 1."""
    (x,) = coordinates(1)
    D = sp.Function("D", real=True)(x)
    return [2 * lam * (-1) ** (order - j - 1) * D.diff(x, 2 * order - j - 1) for j in range(order)]


def on_a_rectangle() -> list[sp.Expr]:
    """The package's conditions for m = 2, along x1, along x2, and at the corners."""
    return [c.expression for c in conditions(2, 2)]


def plate() -> list[sp.Expr]:
    """−2λ(∂_n ΔD + ∂_s D_ns) and 2λ D_nn on the faces of x1, then of x2; 4λ D_12 at the corners."""
    x = coordinates(2)
    D = sp.Function("D", real=True)(*x)
    rows = []
    for n, s in (x, x[::-1]):
        shear = sp.diff(D.diff(n, 2) + D.diff(s, 2), n) + sp.diff(D.diff(n, s), s)
        rows += [-2 * lam * shear, 2 * lam * D.diff(n, 2)]
    return [*rows, 4 * lam * D.diff(*x)]


def saddle() -> list[sp.Expr]:
    """The conditions at D = x1 x2."""
    x = coordinates(2)
    return [c.expression.subs(sp.Function("D", real=True)(*x), x[0] * x[1]).doit() for c in conditions(2, 2)]


def target(*x: np.ndarray) -> np.ndarray:
    """What D is fitted to: no symmetry."""
    whole = sum((0.9 - 0.5 * i) * xi for i, xi in enumerate(x))
    return np.exp(0.6 * whole) + np.sin(2.1 * whole + 0.4 * np.prod(x, axis=0))


@cache
def derivatives(points: tuple[float, ...], order: int) -> np.ndarray:
    """(points, DEGREE + 1): the derivatives of the Legendre polynomials on [0, 1]."""
    columns = []
    for k in range(DEGREE + 1):
        series = legendre.Legendre.basis(k, domain=[0, 1])
        columns.append((series.deriv(order) if order else series)(np.asarray(points)))
    return np.stack(columns, -1)


def rows(points: tuple[tuple[float, ...], ...], alpha: tuple[int, ...]) -> np.ndarray:
    """∂^α of the tensor basis at the tensor grid of points."""
    out = np.ones((1, 1))
    for axis, k in zip(points, alpha, strict=True):
        out = np.kron(out, derivatives(axis, k))
    return out


def nodes(count: int = DEGREE + 4) -> tuple[tuple[float, ...], np.ndarray]:
    """Gauss–Legendre on [0, 1]."""
    u, w = legendre.leggauss(count)
    return tuple((1 + u) / 2), w / 2


def minimiser(dim: int, order: int) -> np.ndarray:
    """Coefficients of the least ½∫(D − f)² + λ∫|∇^m D|² among polynomials: no condition is imposed anywhere."""
    u, w = nodes()
    grid, weight = (u,) * dim, np.ones(1)
    for _ in range(dim):
        weight = np.kron(weight, w)
    B = rows(grid, (0,) * dim)
    matrix = B.T @ (weight[:, None] * B)
    for alpha in multi_indices(order, dim):
        A = rows(grid, alpha)
        matrix = matrix + 2 * WEIGHT * multinomial(alpha) * A.T @ (weight[:, None] * A)
    mesh = np.meshgrid(*[np.asarray(u)] * dim, indexing="ij")
    return np.linalg.solve(matrix, B.T @ (weight * target(*mesh).ravel()))


def collocated(dim: int, order: int, corners: bool = True) -> np.ndarray:
    """Coefficients of the least-squares solution of D − f + 2λ(−Δ)^m D = 0 inside, with the package's conditions."""
    u, _ = nodes(DEGREE + 1)
    x = coordinates(dim)
    D = sp.Function("D", real=True)(*x)
    left, _ = Objective(WASSERSTEIN, GradientPenalty(order)).euler_lagrange().at(D, p, p, x)
    grid = (u,) * dim
    mesh = np.meshgrid(*[np.asarray(u)] * dim, indexing="ij")
    matrix, right = [rows(grid, (0,) * dim) + WEIGHT * applied(left, D, x, grid)], [target(*mesh).ravel()]
    for c in conditions(dim, order):
        if len(c.at) == 1 or corners:
            faces = tuple((0.0, 1.0) if xi in c.at else u for xi in x)
            matrix.append(applied(c.expression.subs(lam, WEIGHT), D, x, faces))
            right.append(np.zeros(len(matrix[-1])))
    return np.linalg.lstsq(np.concatenate(matrix), np.concatenate(right), rcond=1e-14)[0]


def applied(expression: sp.Expr, D: sp.Expr, x: tuple[sp.Symbol, ...], points: tuple[tuple[float, ...], ...]) -> np.ndarray:
    """The basis under a linear differential expression in D with constant coefficients."""
    total = np.zeros(())
    for derivative in expression.atoms(sp.Derivative):
        counts = dict(derivative.variable_count)
        alpha = tuple(int(counts.get(xi, 0)) for xi in x)
        total = total + float(sp.expand(expression).coeff(derivative)) * rows(points, alpha)
    return total


def sampled(coefficients: np.ndarray, dim: int) -> np.ndarray:
    """D at a grid that reaches the corners."""
    return rows((tuple(np.linspace(0, 1, 9)),) * dim, (0,) * dim) @ coefficients


def least(dim: int, order: int) -> np.ndarray:
    """Values of the minimiser."""
    return sampled(minimiser(dim, order), dim)


def solved(dim: int, order: int) -> np.ndarray:
    """Values of the solution of the boundary value problem."""
    return sampled(collocated(dim, order), dim)


INTERVAL = Claim(
    name="natural-conditions-interval",
    says="On an interval a discriminator under λ∫|D^{(m)}|² has D^{(m)} = … = D^{(2m−1)} = 0 at both ends.",
    equation=r"D^{(m)} = D^{(m+1)} = \dots = D^{(2m-1)} = 0 \quad \text{at both ends}",
    source="gelfand1963calculus, section 11, natural boundary conditions with higher derivatives",
    proof=(
        *(
            Step(f"m = {m}: what the package derives", partial(on_an_interval, m), partial(highest_derivatives, m))
            for m in range(1, 5)
        ),
        *(
            Step(
                f"m = {m} with a weight: the variation of J is the equation and the boundary terms",
                partial(by_difference, 1, m),
                partial(by_parts, 1, m),
            )
            for m in range(1, 5)
        ),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"m = {m}: the minimiser without conditions against the boundary value problem with them",
                partial(least, 1, m),
                partial(solved, 1, m),
                Rivals(1e-7),
            )
            for m in (2, 3)
        )
    ),
)

RECTANGLE = Claim(
    name="natural-conditions-rectangle",
    says="On a rectangle λ∫|∇²D|² leaves D_nn = 0 and ∂_n ΔD + ∂_s D_ns = 0 on the edges, and D_12 = 0 at every corner.",
    equation=r"D_{nn} = 0,\quad \partial_n \Delta D + \partial_s D_{ns} = 0,\quad D_{12} = 0 \text{ at the corners}",
    source="asokan2022lsgans, equation 7, which is silent about the boundary",
    proof=(
        Step("what the package derives", on_a_rectangle, plate),
        Step("the corner alone excludes D = x1 x2", saddle, lambda: [*[sp.S.Zero] * 4, 4 * lam]),
        *(
            Step(
                f"n = {n}, m = {m}, with a weight: the variation of J is the equation and the boundary terms",
                partial(by_difference, n, m),
                partial(by_parts, n, m),
            )
            for n, m in ((2, 1), (2, 2), (3, 1))
        ),
    ),
    witness=Agreement(
        (
            Step(
                "m = 2: the minimiser without conditions against the boundary value problem with them",
                partial(least, 2, 2),
                partial(solved, 2, 2),
                Rivals(5e-4),
            ),
        )
    ),
)
