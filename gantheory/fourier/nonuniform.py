"""Nonuniform fast transforms: the one import of finufft."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from gantheory._errors import Refusal, missing


def _finufft() -> Any:
    """The library, or a refusal that names the extra."""
    try:
        import finufft  # here, not above: it is optional
    except ImportError as error:
        refusal = missing("finufft", "fast", "a fast transform of scattered points")
        raise Refusal(refusal.need, refusal.given, *refusal.cures, "Or pass sums=DirectSum().") from error
    return finufft


def _angles(x: np.ndarray, periods: tuple[float, ...]) -> list[np.ndarray]:
    """2π x_i/T_i in [−π, π), one contiguous array for each axis."""
    turns = x / np.asarray(periods, dtype=x.dtype)
    return [np.ascontiguousarray(2 * pi * (column - np.floor(column + 0.5))).astype(x.dtype) for column in turns.T]


def _complex(x: np.ndarray) -> np.dtype:
    return np.dtype(np.complex64 if x.dtype == np.float32 else np.complex128)


def sums(
    x: np.ndarray, strengths: np.ndarray, periods: tuple[float, ...], modes: tuple[int, ...], tolerance: float
) -> np.ndarray:
    """Σ_j w_j e^{−iω·x_j} for all |k_i| ≤ M_i (type 1): an array of shape (2M₁+1, …), k_i from −M_i. 1 ≤ n ≤ 3.

    One thread: with more the order of the additions, hence the last bits, would change from run to run.
    """
    transform = getattr(_finufft(), f"nufft{len(periods)}d1")
    shape = tuple(2 * m + 1 for m in modes)
    size = shape[0] if len(shape) == 1 else shape
    return transform(*_angles(x, periods), strengths.astype(_complex(x)), size, eps=tolerance, isign=-1, nthreads=1)


def values(x: np.ndarray, coefficients: np.ndarray, periods: tuple[float, ...], tolerance: float, threads: int) -> np.ndarray:
    """Σ_k c_k e^{iω·x_j} (type 2), for a stack (b, 2M₁+1, …) of coefficient arrays: (b, n)."""
    transform = getattr(_finufft(), f"nufft{len(periods)}d2")
    stack = np.ascontiguousarray(coefficients.astype(_complex(x)))
    result = transform(*_angles(x, periods), stack, eps=tolerance, isign=1, nthreads=threads)
    return np.atleast_2d(result)
