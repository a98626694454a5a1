"""Mirrors of reflection groups: no flux through them, for images, for averaged fields and on a quarter of a square."""

from functools import partial

import numpy as np
import scipy.sparse as sparse
import sympy as sp
import torch
from scipy.sparse.linalg import spsolve

from derivations.symmetry._shared import GROUPS, X, average, cloud, exact, polynomial, turned
from derivations.symmetry._squares import cells, mirrored, solved
from gantheory import Field, gradient
from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.discriminators import Chamber, GreensFunction, solve
from gantheory.groups import dihedral, mirrors
from gantheory.kernels import KernelExpansion, Radial, SymmetrisedKernel
from gantheory.measures import Empirical
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective, screened_terms
from gantheory.symbolic import laplacian, r

pull = sp.Function("h", real=True)  # 2φ′ as a function of the squared distance
s = sp.Symbol("s", real=True)
z = sp.symbols("z1:4", real=True)
PROFILES = {"log r": sp.log(r), "r": r, "r³": r**3, "r² log r": r**2 * sp.log(r)}
LINE = Objective(WASSERSTEIN, 0.4 * GradientPenalty(1))


def normal_pull(dim: int, image: bool) -> sp.Expr:
    """n·h(|x − z|²)(x − z) at a point x of the mirror, of z or, with the opposite sign, of its image z − 2(n·z)n."""
    n = sp.Matrix([sp.Rational(3, 5), sp.Rational(4, 5)] if dim == 2 else [sp.Rational(k, 7) for k in (2, 3, 6)])
    along = sp.Matrix([-4, 3] if dim == 2 else [3, -2, 0]) * s
    y = sp.Matrix(z[:dim])
    if image:
        y = y - 2 * n.dot(y) * n
    gap = along - y
    value = pull(sp.expand(gap.dot(gap))) * sp.expand(n.dot(gap))
    return -value if image else value


def flux(kernel: str, name: str) -> np.ndarray:
    """1 + n·∇D on every mirror, over the size of ∇D, D by the averaged kernel."""
    group, real, fake = GROUPS[name], cloud(5, 2, 1), cloud(8, 2, 2, -0.3)
    K = SymmetrisedKernel(Radial(PROFILES[kernel], 2), group)
    D = KernelExpansion(K, torch.cat([real.points, fake.points]), torch.cat([real.weights, -fake.weights]))
    return _normal_slopes(D, mirrors(group))


def solved_flux(name: str, dim: int) -> np.ndarray:
    """The same for the solver Chamber, of the screened objective of order 1."""
    objective = Objective(WASSERSTEIN, *screened_terms(1, 0.8, 0.3))
    D = solve(objective, cloud(5, dim, 1), cloud(8, dim, 2, -0.3), solver=Chamber(GROUPS[name], GreensFunction()))
    return _normal_slopes(D, mirrors(GROUPS[name]))


def _normal_slopes(D: Field, normals: torch.Tensor) -> np.ndarray:
    x = cloud(6, normals.shape[1], 3).points
    size = float(gradient(D, x).abs().max())
    feet = torch.cat([x - (x @ n)[:, None] * n for n in normals])
    slopes = (gradient(D, feet) * normals.repeat_interleave(len(x), 0)).sum(1)
    return 1 + slopes.numpy() / size


IMAGES = Claim(
    name="image-sums",
    says="A sum over the images of a reflection group has no flux through a mirror, for any radial kernel: it is the Green's "
    "function of the chamber with the Neumann condition.",
    equation=r"\partial_n \sum_\sigma G(|x - T_\sigma y|) = 0\ \text{on the mirrors}",
    source="birrell2022structure, invariant discriminators",
    proof=tuple(
        Step(
            f"d = {d}: the fluxes of a point and of its image cancel",
            partial(normal_pull, d, False),
            partial(normal_pull, d, True),
        )
        for d in (2, 3)
    ),
    witness=Agreement(
        (
            *(
                Step(f"{k}, D3: 1 + n·∇D on the mirrors", partial(flux, k, "D3"), lambda: np.ones(18), Rivals(1e-12))
                for k in PROFILES
            ),
            Step("log r, D4: the same", partial(flux, "log r", "D4"), lambda: np.ones(24), Rivals(1e-12)),
            Step("Chamber, S3: the same", partial(solved_flux, "S3", 3), lambda: np.ones(18), Rivals(1e-12)),
            Step("Chamber, D3: the same", partial(solved_flux, "D3", 2), lambda: np.ones(18), Rivals(1e-12)),
        )
    ),
)


def mirror() -> sp.Matrix:
    """The reflection of D3 in the line x2 = √3 x1."""
    point = sp.Matrix([1, sp.sqrt(3)])
    return next(T for T in exact("D3")[3:] if (T * point - point).norm() == 0)


def across(f: sp.Expr) -> sp.Expr:
    """2 n·∇f on that line."""
    return sp.expand((sp.sqrt(3) * sp.diff(f, X[0]) - sp.diff(f, X[1])).subs(X[1], sp.sqrt(3) * X[0]))


def slope_of_field() -> sp.Expr:
    """The slope of a generic quartic."""
    return across(polynomial(4))


def slope_of_reflection() -> sp.Expr:
    """Minus the slope of the quartic after the reflection."""
    return -across(turned(polynomial(4), mirror()))


def laplacian_of_reflection() -> sp.Expr:
    """Δ(f∘T)."""
    return sp.expand(laplacian(turned(polynomial(4), mirror()), X))


def reflection_of_laplacian() -> sp.Expr:
    """(Δf)∘T."""
    return turned(laplacian(polynomial(4), X), mirror())


def averaged_slope() -> sp.Expr:
    """1 + the slope of the average of a generic quartic over D3."""
    return 1 + across(average(polynomial(4), exact("D3")))


COUNT = 20


def weight(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """ρ, even in both coordinates."""
    return 1 + 0.5 * x**2 + 0.3 * y**4


def load(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """g, even in both coordinates and not symmetric otherwise."""
    return np.exp(-((np.abs(x) - 0.4) ** 2) / 0.1 - ((np.abs(y) - 0.55) ** 2) / 0.05) - 0.4 * np.cos(2 * y)


def full_square() -> np.ndarray:
    """The positive quarter of the solution on the whole square."""
    x, y = cells(2 * COUNT, -1.0)
    return solved(weight(x, y), load(x, y), 1 / COUNT, None)[COUNT:, COUNT:]


def quarter_square() -> np.ndarray:
    """The solution on the quarter, no flux through its mirrors."""
    x, y = cells(COUNT, 0.0)
    return solved(weight(x, y), load(x, y), 1 / COUNT, mirrored(COUNT))


def chamber_error(spacing: float) -> float:
    """The root mean square of u − D on [0, 0.6]², over the range of D there.

    u by finite differences with mirrors on x1 = 0 and x2 = 0 and the values of D on the other sides. D is the package's,
    between the mirrors of D2, for samples outside of that box, where it is therefore harmonic.
    """
    n = round(0.6 / spacing)
    axis = (np.arange(n + 1)) * spacing
    samples = (Empirical(1.0 + 0.3 * cloud(m, 2, k).points.abs()) for m, k in ((4, 1), (6, 2)))
    D = solve(LINE, *samples, solver=Chamber(dihedral(2)))
    nodes = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    known = D(torch.from_numpy(nodes)).numpy().reshape(n + 1, n + 1)
    one, unit = _mirror_laplacian(n), sparse.identity(n)
    matrix = sparse.kron(one[:, :n], unit) + sparse.kron(unit, one[:, :n])
    right = -(np.outer(one[:, n], known[n, :n]) + np.outer(known[:n, n], one[:, n])).ravel()
    u = spsolve(matrix.tocsc(), right).reshape(n, n)
    return float(np.linalg.norm(u - known[:n, :n]) / n / np.ptp(known))


def _mirror_laplacian(n: int) -> np.ndarray:
    """u_{i+1} − 2u_i + u_{i−1} for i = 0 … n − 1, with u_{−1} = u_1; the last column is the known value."""
    rows = np.zeros((n, n + 1))
    i = np.arange(n)
    rows[i, i] = -2
    rows[i, i + 1] += 1
    rows[i, np.abs(i - 1)] += 1
    return rows


NEUMANN = Claim(
    name="neumann-on-mirrors",
    says="An invariant solution has no flux through a mirror, nor have its Laplacians: the chamber with the Neumann condition "
    "gives the whole.",
    equation=r"u\circ T = u \implies \partial_n\Delta^k u = 0\ \text{on the mirrors},\ k = 0, 1, \dots",
    source="birrell2022structure, invariant discriminators",
    proof=(
        Step("the slopes of f and of its reflection cancel", slope_of_field, slope_of_reflection),
        Step(
            "the Laplacian commutes with the reflection, hence all its powers do",
            laplacian_of_reflection,
            reflection_of_laplacian,
        ),
        Step("the average over D3 has no slope there", averaged_slope, lambda: sp.S.One),
    ),
    witness=(
        Agreement((Step("quarter and whole square, weights in both", quarter_square, full_square, Rivals(1e-11)),)),
        Convergence(chamber_error, (0.05, 0.025, 0.0125), 2, 1e-3, (0.00625,), quantity="relative $L^2$ error of $D$"),
    ),
)
