"""Indices drawn by their weights."""

from __future__ import annotations

import torch
from torch import Tensor

from gantheory._errors import Refusal


def drawn(weights: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """n independent indices, i with probability wᵢ; never one of weight 0.

    By inversion in float64: torch.multinomial stops at 2²⁴ weights.
    """
    if n < 0:
        raise Refusal("a sample has n ≥ 0 points", n)
    cumulative = weights.detach().double().cumsum(0)
    u = torch.rand(n, generator=generator, dtype=torch.float64, device=weights.device) * cumulative[-1]
    return torch.searchsorted(cumulative, u, right=True).clamp_(max=len(weights) - 1)
