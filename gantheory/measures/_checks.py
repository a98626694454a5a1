"""What every tensor inside a measure must be."""

from __future__ import annotations

import torch
from torch import Tensor

from gantheory._errors import Refusal


def real_tensor(value: object, what: str) -> Tensor:
    """The value, a float32 or float64 tensor; a Refusal otherwise."""
    if not isinstance(value, Tensor):
        raise Refusal(f"{what} form a torch tensor", type(value).__name__, "Use torch.as_tensor(…, dtype=torch.float64).")
    if value.is_complex():
        raise Refusal(f"{what} are real", value.dtype, "Use torch.view_as_real(…).flatten(-2): two columns for each one.")
    if value.dtype not in (torch.float32, torch.float64):
        raise Refusal(f"{what} are float32 or float64", value.dtype, "Convert with .double().")
    return value


def finite(value: Tensor, what: str) -> None:
    """Refuse NaN and infinity, saying where the first one is (indices from 0)."""
    bad = (~torch.isfinite(value)).nonzero()
    if len(bad):
        where = tuple(bad[0].tolist())
        raise Refusal(f"{what} are finite", f"{value[where].item()} at index {where}", "Remove or replace such entries.")


def has_values(value: Tensor) -> bool:
    """False on the meta device, where there are shapes only."""
    return value.device.type != "meta"


def probabilities(weights: object, like: Tensor, count: int, what: str) -> Tensor:
    """w / Σw with the dtype and device of `like`; a Refusal unless there are `count` of them, ≥ 0, finite, not all 0."""
    if not isinstance(weights, Tensor):
        raise Refusal(f"{what} form a torch tensor", type(weights).__name__, "Use torch.as_tensor(…).")
    if weights.is_complex() or weights.dtype == torch.bool:
        raise Refusal(f"{what} are real numbers", weights.dtype)
    if weights.shape != (count,):
        raise Refusal(f"{what} have shape ({count},), one for each", f"shape {tuple(weights.shape)}")
    w = weights.to(dtype=like.dtype, device=like.device)
    if has_values(like):
        finite(w, what)
        if bool((w < 0).any()):
            raise Refusal(f"{what} are nonnegative", f"{w.min().item():g} at index {int(w.argmin())}")
        if not bool((w > 0).any()):
            raise Refusal(f"{what} have a positive sum", "only zeros")
    w = w / w.max()  # first, for the sum of large finite weights may overflow
    return w / w.sum()


def drawn(weights: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """n independent indices, i with probability wᵢ; never one of weight 0.

    By inversion in float64: torch.multinomial stops at 2²⁴ weights.
    """
    if n < 0:
        raise Refusal("a sample has n ≥ 0 points", n)
    cumulative = weights.detach().double().cumsum(0)
    u = torch.rand(n, generator=generator, dtype=torch.float64, device=weights.device) * cumulative[-1]
    return torch.searchsorted(cumulative, u, right=True).clamp_(max=len(weights) - 1)
