"""What a mass is."""

from __future__ import annotations

import numpy as np

from gantheory._errors import Refusal


def check_masses(*masses: np.ndarray) -> None:
    """Refuse masses that are negative, not finite, or all 0."""
    for mass in masses:
        if not np.isfinite(mass).all() or (mass < 0).any() or mass.sum() <= 0:
            raise Refusal("masses are finite, nonnegative and not all 0", f"from {mass.min():g} to {mass.max():g}")
