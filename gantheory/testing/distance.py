"""The distance of a field from the exact one, relative and in L²."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.lowering import lower
from gantheory.objectives import Torus
from gantheory.symbolic import coordinates
from gantheory.testing.generic import Place
from gantheory.testing.points import quasi_random

COUNT = 4001  # points where a field has no grid


def relative_error(field: Field, exact: Field, domain: Place, null_space: Sequence[sp.Expr]) -> float:
    """|field − exact|/|exact| in L², both without their part in the null space."""
    x, found, weight = _sampled(field, domain)
    true = exact(x).detach().numpy()
    if found.shape != true.shape:
        raise Refusal(f"a field gives {true.shape} values at as many points", f"shape {found.shape}")
    gap = found - true
    if null_space:
        basis = np.stack([lower(f, *coordinates(domain.dim))(*x.T).numpy() for f in null_space], 1)
        gap, true = _without(basis, gap, weight), _without(basis, true, weight)
    return float(np.sqrt((weight * gap**2).sum() / (weight * true**2).sum()))


def _without(basis: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The values less their projection on the basis, orthogonal in L²."""
    root = np.sqrt(weight)
    part, *_ = np.linalg.lstsq(root[:, None] * basis, root * values, rcond=None)
    return np.asarray(values - basis @ part)


def _sampled(field: Any, domain: Place) -> tuple[Tensor, np.ndarray, np.ndarray]:
    """Points, values there, and weights of a quadrature: the trapezoid rule on a grid, equal ones at scattered points."""
    grid: Any = getattr(field, "grid", None)
    if hasattr(grid, "nodes") and hasattr(field, "values"):
        return grid.nodes, np.asarray(field.values).ravel(), _trapezoid(grid, isinstance(domain, Torus))
    low, high = ((0.0,) * domain.dim, domain.periods) if isinstance(domain, Torus) else (domain.lower, domain.upper)
    x = quasi_random(low, high, COUNT)
    return x, field(x).detach().cpu().numpy(), np.ones(COUNT)


def _trapezoid(grid: Any, periodic: bool) -> np.ndarray:
    """The weights at the nodes, flattened: half-weight at faces, so that nodes whose values are given do not dilute."""
    lines = []
    for axis in grid.axes:
        gaps = np.diff(axis)
        line = np.full(len(axis), gaps.mean())
        if not periodic:
            line = np.concatenate([gaps[:1] / 2, (gaps[1:] + gaps[:-1]) / 2, gaps[-1:] / 2])
        lines.append(line)
    return np.asarray(reduce(np.multiply.outer, lines)).ravel()


def spacing_of(field: Any) -> float | None:
    """The widest spacing of the grid of a field that has one."""
    axes = getattr(getattr(field, "grid", None), "axes", None)
    return None if axes is None else max(float(np.diff(axis).max()) for axis in axes)
