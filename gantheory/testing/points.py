"""Points at which fields are compared."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import finite, real_tensor
from gantheory._errors import Refusal

MARGIN = 1e-3  # of a side, that is kept from the faces


def quasi_random(lower: Sequence[float], upper: Sequence[float], count: int) -> Float[Tensor, "n d"]:
    """count points spread evenly inside the box, on no grid: the additive recurrence of ratios φ^{−k}, φ^{d+1} = φ + 1."""
    dim = len(lower)
    ratio = 2.0
    for _ in range(60):  # a contraction: 60 steps reach roundoff
        ratio = (1 + ratio) ** (1 / (dim + 1))
    steps = torch.tensor([ratio ** -(k + 1) for k in range(dim)], dtype=torch.float64)
    unit = (0.5 + steps * torch.arange(1, count + 1, dtype=torch.float64)[:, None]) % 1
    low, high = (torch.tensor(tuple(end), dtype=torch.float64) for end in (lower, upper))
    return low + (high - low) * (MARGIN + (1 - 2 * MARGIN) * unit)


def points_of(value: object, what: str) -> Float[Tensor, "n d"]:
    """The points (n, d) in float64, finite, at least one; a Refusal otherwise."""
    x = real_tensor(value, what)
    if x.ndim != 2 or not x.numel():
        raise Refusal(f"{what} have shape (n, d), n ≥ 1", tuple(x.shape), "Use x[:, None] in one dimension.")
    if x.dtype != torch.float64:
        raise Refusal(f"{what} are float64", x.dtype, "Convert with .double().")
    finite(x, what)
    return x.detach()
