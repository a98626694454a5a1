"""What points a kernel takes, and what is a kernel."""

from __future__ import annotations

import torch
from torch import Tensor

from gantheory._errors import Refusal


def same_dimension(x: Tensor, y: Tensor) -> None:
    """Refuse points that are no rows of one R^d."""
    for points in (x, y):
        if points.ndim != 2:
            raise Refusal("a kernel takes points of shape (n, d)", f"shape {tuple(points.shape)}", "Use points[:, None] on R.")
    if x.shape[1] != y.shape[1]:
        raise Refusal("points and centres have the same dimension", f"{x.shape[1]} and {y.shape[1]}")


def alike(x: Tensor, y: Tensor) -> None:
    """Refuse points of different dimension, dtype or device."""
    same_dimension(x, y)
    if (x.dtype, x.device) != (y.dtype, y.device) or x.dtype not in (torch.float32, torch.float64):
        given = f"{x.dtype} on {x.device} and {y.dtype} on {y.device}".replace("torch.", "")
        raise Refusal("points and centres are both float32 or both float64, on one device", given, "Convert with .to().")


def in_range(centres: Tensor) -> None:
    """Refuse centres between which |x − y|² overflows, by the box that holds them: a slope would silently be 0 there."""
    if centres.is_meta:
        return
    diagonal = (centres.amax(0) - centres.amin(0)).square().sum()
    if not bool(diagonal.isfinite()):
        need = f"a kernel sum takes points whose squared distances are finite in {centres.dtype}".replace("torch.", "")
        given = f"a box of sides up to {(centres.amax(0) - centres.amin(0)).max().item():.3g}, whose square is inf"
        raise Refusal(need, given, "Scale the points down.")
