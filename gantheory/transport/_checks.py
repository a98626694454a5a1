"""What a mass is, and what has a plan."""

from __future__ import annotations

import numpy as np

from gantheory._errors import Refusal


def check_masses(*masses: np.ndarray) -> None:
    """Refuse masses that are negative, not finite, or all 0."""
    for mass in masses:
        if not np.isfinite(mass).all() or (mass < 0).any() or mass.sum() <= 0:
            raise Refusal("masses are finite, nonnegative and not all 0", f"from {mass.min():g} to {mass.max():g}")


def check_equal(a: np.ndarray, b: np.ndarray) -> None:
    """Refuse two masses that differ."""
    if abs(a.sum() - b.sum()) > 1e-9 * a.sum():  # roundoff in normalising 10⁶ weights is far below
        raise Refusal("both measures have the same mass", f"{a.sum():.10g} and {b.sum():.10g}", "Divide each by its sum.")


def check_programme(c: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Refuse costs and masses that have no plan."""
    if c.ndim != 2 or c.shape != (a.size, b.size) or 0 in c.shape:
        raise Refusal("a plan needs a cost (n, m) and masses (n,), (m,)", f"shapes {c.shape}, {a.shape}, {b.shape}")
    if not np.isfinite(c).all():
        raise Refusal("the costs are finite", "NaN or infinity", "Scale the points down, or remove those that overflow.")
    check_masses(a, b)
    check_equal(a, b)
