"""Value and gradient of Σ_j w_j φ(|x_i − c_j|) in the plane: ours, tiled and compiled, against NumPy with SciPy's cdist.

python -m benchmarks.kernel_sums [points] prints seconds (median of 5), pairs per second, and the ratio to the peer.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from scipy.spatial.distance import cdist

from gantheory.kernels import Direct, KernelExpansion, Radial, gaussian, polyharmonic
from gantheory.kernels.sums.compiled import available

REPEATS = 5
BLOCK = 512  # rows of the peer, so that its temporaries stay small

Profile = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def logarithm(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """−log r/2π and its φ′/r."""
    return -np.log(r) / (2 * np.pi), -1 / (2 * np.pi * r**2)


def thin_plate(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """r² log r/8π and its φ′/r."""
    log = np.log(r)
    return r**2 * log / (8 * np.pi), (2 * log + 1) / (8 * np.pi)


def bell(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """exp(−r²/2) and its φ′/r."""
    value = np.exp(-(r**2) / 2)
    return value, -value


CASES: dict[str, tuple[Radial, Profile]] = {
    "log r": (polyharmonic(1, 2), logarithm),
    "r² log r": (polyharmonic(2, 2), thin_plate),
    "Gaussian": (gaussian(1.0), bell),
}


def peer(profile: Profile, x: np.ndarray, c: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """NumPy and cdist, in blocks of rows."""
    values, slopes = [], []
    for i in range(0, len(x), BLOCK):
        rows = x[i : i + BLOCK]
        value, pull = profile(cdist(rows, c))
        pull *= w
        values.append(value @ w)
        slopes.append(rows * pull.sum(1)[:, None] - pull @ c)
    return np.concatenate(values), np.concatenate(slopes)


def seconds(call: Callable[[], object]) -> float:
    """Median of REPEATS after one warm-up."""
    call()
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return median(taken)


def main(points: int = 10_000) -> None:
    """Print the table."""
    generator = torch.Generator().manual_seed(0)
    x, c = (torch.randn(n, 2, generator=generator, dtype=torch.float64) for n in (points, points + 1))
    w = torch.randn(points + 1, generator=generator, dtype=torch.float64)
    paths = {"tiled": False} | ({"compiled": True} if available() else {})
    print(f"{points} × {points + 1} pairs, float64, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"{'kernel':10}{'path':10}{'seconds':>9}{'Mpair/s':>9}{'peer':>8}{'peer/ours':>10}{'gap':>9}")
    for name, (kernel, profile) in CASES.items():
        arrays = x.numpy(), c.numpy(), w.numpy()
        theirs, exact = seconds(lambda: peer(profile, *arrays)), peer(profile, *arrays)[0]  # noqa: B023
        for path, compiled in paths.items():
            expansion = KernelExpansion(kernel, c, w, sums=Direct(compiled=compiled))
            ours = seconds(lambda: expansion.value_and_gradient(x))  # noqa: B023
            gap = float(np.abs(expansion(x).numpy() - exact).max() / np.abs(exact).max())
            rate = points * (points + 1) / ours / 1e6
            print(f"{name:10}{path:10}{ours:9.3f}{rate:9.0f}{theirs:8.3f}{theirs / ours:10.1f}{gap:9.0e}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
