"""Transport on the line, where quantile functions solve it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory.transport._checks import check_masses

ROUNDOFF = 8 * np.finfo(np.float64).eps
"""Relative mass below this is roundoff of the cumulative weights: at distance r it would add r·10⁻⁸ to W2."""


def quantile_cost(
    x: Float[np.ndarray, " n"], y: Float[np.ndarray, " m"], a: Float[np.ndarray, " n"], b: Float[np.ndarray, " m"], order: float
) -> float:
    """∫₀¹ |F⁻¹(t) − G⁻¹(t)|^p dt = W_p^p, for Σ a_i δ_{x_i} and Σ b_j δ_{y_j} divided by their masses, p = order ≥ 1.

    Both quantile functions are constant between the merged levels of F and G; O((n + m) log(n + m)).
    """
    if not is_real(order) or order < 1:
        need = "the order of transport on the line is at least 1"
        raise Refusal(need, repr(order), "Monotone pairing is not optimal below 1.")
    i, j, mass = quantile_pairs(x, y, a, b)
    with np.errstate(over="ignore", invalid="ignore"):  # both end in the refusal below
        value = float(mass @ np.abs(x[i] - y[j]) ** order)
    if not np.isfinite(value):
        raise Refusal(f"the mean of |x − y|^{order} is finite in float64", value, "Scale the points down; remove NaN.")
    return value


def quantile_pairs(
    x: Float[np.ndarray, " n"], y: Float[np.ndarray, " m"], a: Float[np.ndarray, " n"], b: Float[np.ndarray, " m"]
) -> tuple[Int[np.ndarray, " k"], Int[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """(i, j, mass): which x_i = F⁻¹(t) and y_j = G⁻¹(t) meet on each interval of t ∈ (0, 1), and its length; k < n + m.

    The monotone plan, by the rule of the north-west corner on the sorted points. Ties keep their order.
    """
    for points, mass in ((x, a), (y, b)):
        if points.shape != mass.shape:
            given = f"shapes {points.shape} and {mass.shape}"
            raise Refusal("points on the line have one mass each", given, "Give as many masses as points.")
    check_masses(a, b)
    (rows, F), (columns, G) = _distribution(x, a), _distribution(y, b)
    levels = np.sort(np.concatenate(([0.0], F, G)))
    mass, middle = np.diff(levels), (levels[1:] + levels[:-1]) / 2
    keep = mass > ROUNDOFF
    i, j = (np.minimum(np.searchsorted(H, middle[keep], side="right"), len(H) - 1) for H in (F, G))
    return rows[i], columns[j], mass[keep]


def _distribution(x: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What sorts the points, and the distribution function at them; long double holds 10⁶ sums to roundoff."""
    sorting = np.argsort(x, kind="stable")
    cumulative = np.cumsum(a[sorting], dtype=np.longdouble)
    return sorting, (cumulative / cumulative[-1]).astype(np.float64)
