"""Laws that bear names."""

from __future__ import annotations

from math import isfinite, pi

import torch

from gantheory._errors import Refusal
from gantheory.measures.gaussian import Gaussian
from gantheory.measures.mixture import Mixture


def ring(count: int = 8, radius: float = 2.0, deviation: float = 0.1) -> Mixture:
    """(1/K) Σ_k N(R (cos 2πk/K, sin 2πk/K), s² I) in the plane, in float64: the ring of Gaussians."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise Refusal("a ring has an integer number of Gaussians ≥ 1", repr(count))
    for value, what in ((radius, "radius"), (deviation, "standard deviation")):
        if not (isfinite(value) and value > 0):
            raise Refusal(f"the {what} of a ring is a finite number > 0", value)
    angles = 2 * pi * torch.arange(count, dtype=torch.float64) / count
    covariance = deviation**2 * torch.eye(2, dtype=torch.float64)
    means = radius * torch.stack([angles.cos(), angles.sin()], 1)
    return Mixture(torch.ones(count, dtype=torch.float64), tuple(Gaussian(m, covariance) for m in means))
