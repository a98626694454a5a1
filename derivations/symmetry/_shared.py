"""Exact matrices, unknown fields and generic samples that the claims of this line share."""

from functools import cache

import numpy as np
import sympy as sp
import torch

from gantheory.groups import Group, cyclic, dihedral, permutations, reflections, sign
from gantheory.measures import Empirical

X = sp.symbols("x1 x2", real=True)
Y = sp.symbols("y1 y2", real=True)
f = sp.Function("f", real=True)


@cache
def exact(name: str) -> tuple[sp.Matrix, ...]:
    """C_n or D_n with entries that SymPy knows exactly, in the order of cyclic(n) and dihedral(n)."""
    n = int(name[1:])
    angles = [2 * sp.pi * k / n for k in range(n)]
    turns = [sp.Matrix([[sp.cos(a), -sp.sin(a)], [sp.sin(a), sp.cos(a)]]) for a in angles]
    flip = sp.diag(1, -1)
    return tuple(turns if name[0] == "C" else turns + [T * flip for T in turns])


def moved(T: sp.Matrix, point: tuple = X) -> list[sp.Expr]:
    """The coordinates of T applied to the point."""
    return [sp.expand(e) for e in T * sp.Matrix(point)]


def turned(expression: sp.Expr, T: sp.Matrix, point: tuple = X) -> sp.Expr:
    """x ↦ expression(T x)."""
    return sp.expand(expression.subs(dict(zip(point, moved(T, point), strict=True)), simultaneous=True))


def average(expression: sp.Expr, elements: tuple[sp.Matrix, ...], point: tuple = X) -> sp.Expr:
    """S[expression]."""
    return sp.expand(sp.Add(*(turned(expression, T, point) for T in elements)) / len(elements))


def polynomial(degree: int, point: tuple = X) -> sp.Expr:
    """The polynomial of that degree whose coefficients are symbols."""
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    return sp.Add(*(sp.Symbol(f"a{i}{j}", real=True) * point[0] ** i * point[1] ** j for i, j in powers))


def square(point: tuple | list, other: tuple | list) -> sp.Expr:
    """|point − other|², expanded."""
    return sp.expand(sp.Add(*((a - b) ** 2 for a, b in zip(point, other, strict=True))))


GROUPS: dict[str, Group] = {
    "C3": cyclic(3), "C4": cyclic(4), "C8": cyclic(8), "D3": dihedral(3), "D4": dihedral(4),
    "S3": permutations(3), "Z2 on the line": sign(1), "Z2^3": reflections(3),
}  # fmt: skip


def cloud(count: int, dim: int, seed: int, shift: float = 0.4) -> Empirical:
    """Weighted points without any symmetry."""
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(shift, 1.0, (count, dim)), 0.2 + rng.random(count)
    return Empirical(torch.from_numpy(points), torch.from_numpy(weights / weights.sum()))


def orbits(measure: Empirical, group: Group) -> tuple[np.ndarray, np.ndarray]:
    """All images and their weights, by NumPy and without the package's averages."""
    x, w, T = measure.points.numpy(), measure.weights.numpy(), group.elements.numpy()
    return np.concatenate([x @ t.T for t in T]), np.tile(w, len(T)) / len(T)


def field(x: torch.Tensor) -> torch.Tensor:
    """A field on the plane without any symmetry: sin(x1 − 0.3) cos(1.7 x2) + x1 x2²."""
    return (x[:, 0] - 0.3).sin() * (1.7 * x[:, 1]).cos() + x[:, 0] * x[:, 1] ** 2


def field_by_numpy(x: np.ndarray) -> np.ndarray:
    """The same."""
    return np.sin(x[..., 0] - 0.3) * np.cos(1.7 * x[..., 1]) + x[..., 0] * x[..., 1] ** 2


def slope_by_numpy(x: np.ndarray) -> np.ndarray:
    """Its gradient, by hand."""
    a, b = x[..., 0], x[..., 1]
    first = np.cos(a - 0.3) * np.cos(1.7 * b) + b**2
    return np.stack([first, -1.7 * np.sin(a - 0.3) * np.sin(1.7 * b) + 2 * a * b], -1)
