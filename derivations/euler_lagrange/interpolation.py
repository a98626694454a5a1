"""Poly-LSGAN without a ridge interpolates its labels: at which order, inside and up to the ends."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.interpolate import CubicSpline

from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.discriminators.collocation import constrained
from gantheory.kernels import monomials, polyharmonic
from gantheory.symbolic import fundamental_solution, r

h = sp.Symbol("h", positive=True)
x = sp.Symbol("x", positive=True)
j = sp.Symbol("j", integer=True, positive=True)
u, v, w = sp.symbols("u v w", real=True)
z = sp.sqrt(3) - 2
INSIDE = 0.25  # of the box that is left out on each side


def kernel_interpolant() -> list[sp.Expr]:
    """Σ u_i G(|x − c_i|) + P with Σ u_i = 0 through (0, u), (h, v), (2h, w), m = 1, on [0, h] and on [h, 2h]."""
    nodes, labels = (sp.S.Zero, h, 2 * h), (u, v, w)
    weights, constant = sp.symbols("a0:3"), sp.Symbol("P")
    G = fundamental_solution(1, 1)

    def interpolant(at: sp.Expr, gaps: tuple[sp.Expr, ...]) -> sp.Expr:
        return constant + sum(a * G.subs(r, gap) for a, gap in zip(weights, gaps, strict=True))

    equations = [interpolant(c, tuple(abs(c - e) for e in nodes)) - y for c, y in zip(nodes, labels, strict=True)]
    found = sp.solve([*equations, sum(weights)], [*weights, constant], dict=True)[0]
    pieces = ((x, h - x, 2 * h - x), (x, x - h, 2 * h - x))
    return [sp.expand(interpolant(x, gaps).subs(found)) for gaps in pieces]


def broken_line() -> list[sp.Expr]:
    """The polygon through the three."""
    return [u + (v - u) * x / h, v + (w - v) * (x - h) / h]


def spline_recursion() -> list[sp.Expr]:
    """M_{j−1} + 4M_j + M_{j+1} of M_j = 1 − z^j, z = √3 − 2, over 6, and M_0: the natural spline of x²/2 on a half line."""
    M = [1 - z ** (j + k) for k in (-1, 0, 1)]
    return [sp.simplify((M[0] + 4 * M[1] + M[2]) / 6), 2 - z**0]


def end_error() -> sp.Expr:
    """(s − x²/2)(h/2) in the first cell, from its second derivative, which is linear from −1 to −z, and 0 at both nodes."""
    e = sp.integrate(sp.integrate(-1 + (1 - z) * x / h, (x, 0, x)), (x, 0, x))
    return sp.expand((e - x / h * e.subs(x, h)).subs(x, h / 2))


def interpolated(order: int, points: np.ndarray, labels: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Σ u_i G(|x − c_i|) + P through the labels, P of degree < m, by the solver of Collocation."""
    centre = points.mean(0)
    c, t = torch.from_numpy(points - centre), torch.from_numpy(where - centre)
    kernel = polyharmonic(order, points.shape[1])
    weights, polynomial = constrained(kernel(c, c), monomials(c, order), torch.from_numpy(labels))
    return (kernel(t, c) @ weights + monomials(t, order) @ polynomial).numpy()


def smooth(x: np.ndarray) -> np.ndarray:
    """sin(2x + ½) + e^{x/2}, and with a second coordinate cos(3y − x): neither symmetric nor 0 at an end."""
    first = np.sin(2 * x[:, 0] + 0.5) + np.exp(x[:, 0] / 2)
    return first if x.shape[1] == 1 else first + np.cos(3 * x[:, 1] - x[:, 0])


def places(dim: int, inside: bool) -> np.ndarray:
    """Where the error is measured: all over [0, 1]^n, or away from its boundary."""
    lower, upper = (INSIDE, 1 - INSIDE) if inside else (0.0, 1.0)
    count = 1201 if dim == 1 else 61
    axes = np.meshgrid(*[np.linspace(lower, upper, count)] * dim, indexing="ij")
    return np.stack([a.ravel() for a in axes], 1)


def error(dim: int, order: int, inside: bool, spacing: float) -> float:
    """max |s − f| for interpolation of f on the grid of that spacing."""
    axis = np.linspace(0, 1, round(1 / spacing) + 1)
    points = np.stack([a.ravel() for a in np.meshgrid(*[axis] * dim, indexing="ij")], 1)
    where = places(dim, inside)
    return float(np.abs(interpolated(order, points, smooth(points), where) - smooth(where)).max())


def edge_error(spacing: float) -> float:
    """max |s − f| of the thin-plate spline, beside the middle of one edge of the square: corners are slower."""
    axis = np.linspace(0, 1, round(1 / spacing) + 1)
    points, where = (np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], 1) for axes in ((axis, axis), EDGE))
    return float(np.abs(interpolated(2, points, smooth(points), where) - smooth(where)).max())


def by_scipy() -> np.ndarray:
    """SciPy's natural cubic spline on twelve uneven knots."""
    return CubicSpline(KNOTS[:, 0], smooth(KNOTS), bc_type="natural")(places(1, False)[:, 0])


KNOTS = np.concatenate([[0.0], np.sort(np.random.default_rng(5).random(10)), [1.0]])[:, None]
LINE = (1 / 16, 1 / 32, 1 / 64, 1 / 128)
EDGE = (np.linspace(0, 0.2, 81), np.linspace(0.35, 0.65, 41))
PLANE = (1 / 12, 1 / 18, 1 / 27, 1 / 36)
MAX = r"$\max|s - f|$"

ORDERS = Claim(
    name="interpolation-orders",
    says=(
        "Without a ridge, D through smooth labels converges on the line at order 2 for m = 1; for m = 2 at order 4 inside, and "
        "at order 2 up to the ends, where the natural condition D″ = 0 is wrong for f and its error dies like (√3−2)^j; in the "
        "plane at order 2 up to an edge, away from corners."
    ),
    equation=r"\|s_h - f\|_{[0,1]} = O(h^2),\qquad \|s_h - f\|_{[\delta, 1-\delta]} = O(h^4)",
    source="wendland2004scattered, section 11.3; derived for the ends",
    proof=(
        Step("m = 1: the kernel interpolant is the broken line", kernel_interpolant, broken_line),
        Step(
            "m = 2: the natural spline of x²/2 on a half line has M_j = 1 − z^j", spline_recursion, lambda: [sp.S.One, sp.S.One]
        ),
        Step("its error in the middle of the first cell", end_error, lambda: h**2 * (1 + z) / 16),
    ),
    witness=(
        Convergence(partial(error, 1, 1, False), LINE, 2, 1e-3, quantity=MAX),
        Convergence(partial(error, 1, 2, True), LINE, 4, 1e-7, quantity=MAX),
        Convergence(partial(error, 1, 2, False), LINE, 2, 1e-3, quantity=MAX),
        Convergence(edge_error, PLANE, 2, 1e-2, quantity=MAX),
        Agreement(
            (
                Step(
                    "m = 2 against SciPy's natural cubic spline",
                    lambda: interpolated(2, KNOTS, smooth(KNOTS), places(1, False)),
                    by_scipy,
                    Rivals(1e-10),
                ),
            )
        ),
    ),
)
