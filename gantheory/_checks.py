"""What a value must be wherever it enters: each check once, each in one sentence."""

from __future__ import annotations

from math import isfinite
from numbers import Real

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
    if not has_values(value) or holds(value.isfinite().all()):
        return
    where = tuple((~torch.isfinite(value)).nonzero()[0].tolist())
    raise Refusal(f"{what} are finite", f"{value[where].item()} at index {where}", "Remove or replace such entries.")


def has_values(value: Tensor) -> bool:
    """False on the meta device, where there are shapes only."""
    return value.device.type != "meta"


def holds(condition: Tensor) -> bool:
    """Whether it does; True inside torch.vmap, where no value can be looked at."""
    try:
        return bool(condition)
    except RuntimeError as error:
        if "vmap" in str(error):
            return True
        raise


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
        if not holds((w >= 0).all()):
            raise Refusal(f"{what} are nonnegative", f"{w.min().item():g} at index {int(w.argmin())}")
        if not holds((w > 0).any()):
            raise Refusal(f"{what} have a positive sum", "only zeros")
    w = w / w.max()  # first, for the sum of large finite weights may overflow
    return w / w.sum()


def is_real(value: object) -> bool:
    """A finite real number, no bool, no array."""
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)


def whole(value: object, least: int, what: str) -> None:
    """Refuse what is no integer ≥ least."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Refusal(f"{what} is an integer ≥ {least}", repr(value))


def seed(value: object, what: str) -> None:
    """Refuse what is no seed: torch takes larger and negative ones for others."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise Refusal(f"{what} is an integer ≥ 0 and < 2⁶³", repr(value))


def flag(value: object, what: str) -> None:
    """Refuse what is no bool: any text is true."""
    if not isinstance(value, bool):
        raise Refusal(f"{what} is True or False", repr(value))


def random(generator: object) -> torch.Generator:
    """The generator; a Refusal for anything else."""
    if not isinstance(generator, torch.Generator):
        given = type(generator).__name__
        raise Refusal("what is drawn has its torch.Generator", given, "Use torch.Generator().manual_seed(0).")
    return generator
