"""Kernel sums as one fused, compiled reduction; needs a C++ compiler and Python.h at run time."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Callable
from functools import cache
from pathlib import Path

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory.kernels.radial import Kernel, Radial
from gantheory.lowering import plain

ROWS = 512
WORTH = 20_000_000  # pairs from which the seconds of compiling pay


@cache
def available() -> bool:
    """A C++ compiler and the Python headers are there."""
    compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")
    return compiler is not None and Path(sysconfig.get_path("include"), "Python.h").exists()


def reason_against(kernel: Kernel, x: Tensor, pairs: int, start: int | None) -> str | None:
    """Why the compiled path is not taken; None where it can be."""
    if not isinstance(kernel, Radial):
        return "no radial profile"
    if not available():
        return "no C++ compiler or no Python.h"
    if x.device.type != "cpu":
        return f"device {x.device.type}"
    if kernel.squared.has(sp.besselk):
        return "Bessel functions are not fused"
    if kernel.value.lost or kernel.slope.lost:
        return "the profile loses digits at some distances"
    if start is not None:
        return "equal indices are excluded"
    if x.shape[1] > 8:
        return "more than 8 dimensions"
    return None if pairs >= WORTH else "too few pairs to pay for compiling"


@cache
def _fused(kernel: Radial, dim: int, dtype: torch.dtype) -> Callable[..., tuple[Tensor, ...]]:
    """The reduction over centres for a block of rows: the value, then the slope along each coordinate."""
    profile, pull_profile = plain(kernel.value, dtype), plain(kernel.slope, dtype)

    def block(x: Tensor, centres: Tensor, weights: Tensor) -> tuple[Tensor, ...]:
        differences = [x[:, k, None] - centres[None, :, k] for k in range(dim)]
        square = differences[0] * differences[0]
        for d in differences[1:]:
            square = square + d * d
        total = (profile(square) * weights).sum(1)
        pull = pull_profile(square) * weights
        return (total, *((pull * d).sum(1) for d in differences))

    return torch.compile(block, dynamic=True, fullgraph=True)


def value_and_gradient(
    kernel: Radial, x: Float[Tensor, "n d"], centres: Float[Tensor, "m d"], weights: Float[Tensor, " m"]
) -> tuple[Float[Tensor, " n"], Float[Tensor, "n d"]]:
    """Both in one pass."""
    fused = _fused(kernel, x.shape[1], x.dtype)
    outputs = [fused(x[i : i + ROWS], centres, weights) for i in range(0, len(x), ROWS)]
    total, *slopes = (torch.cat(parts) for parts in zip(*outputs, strict=True))
    return total, torch.stack(slopes, 1)
