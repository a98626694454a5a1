"""Uniform grids on tori: the trapezoid rule and its fast transform, spectrally accurate for smooth periodic functions."""

from __future__ import annotations

from math import prod

import numpy as np
from scipy import fft

from gantheory._errors import Refusal
from gantheory.fourier.lattice import Lattice


def nodes(periods: tuple[float, ...], points: tuple[int, ...]) -> np.ndarray:
    """(T₁ j₁/N₁, …), 0 ≤ j_i < N_i, as rows in C order."""
    axes = [t * np.arange(n) / n for t, n in zip(periods, points, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(periods))


def from_grid(values: np.ndarray, lattice: Lattice) -> tuple[float, np.ndarray]:
    """c₀ and c_k, k ∈ H, of (1/|T|) ∫ f e^{−iω·x} dx by the trapezoid rule, from the values of f on a grid N_i > 2M_i."""
    if any(n <= 2 * m for n, m in zip(values.shape, lattice.modes, strict=True)):
        need = f"wave numbers up to {lattice.modes} need more than twice as many nodes on each axis"
        raise Refusal(need, f"a grid of {values.shape}", "Use more nodes, or fewer modes.")
    last = lattice.dim - 1
    transform = np.asarray(fft.rfftn(np.moveaxis(values, 0, last))) / values.size  # the halved axis comes last
    transform = np.moveaxis(transform, last, 0)
    mean = float(transform[(0,) * lattice.dim].real)
    for axis, k in enumerate(lattice.wave_numbers):
        transform = np.take(transform, k, axis)  # negative wave numbers count from the end
    return mean, np.where(lattice.half, transform, 0)


def on_grid(mean: float, coefficients: np.ndarray, lattice: Lattice, points: tuple[int, ...]) -> np.ndarray:
    """c₀ + 2 Re Σ_{k ∈ H} c_k e^{iω·x} at the nodes of a grid N_i > 2M_i."""
    half = (points[0] // 2 + 1, *points[1:])
    whole = np.zeros(half, dtype=complex)
    whole[np.ix_(*lattice.wave_numbers)] = coefficients
    mirror = whole[0].copy()
    for axis in range(mirror.ndim):  # −H within the plane k₁ = 0
        mirror = np.roll(np.flip(mirror, axis), 1, axis)
    whole[0] += mirror.conj()
    whole[(0,) * lattice.dim] = mean
    moved = np.moveaxis(whole, 0, lattice.dim - 1)
    shape = (*points[1:], points[0])
    return np.moveaxis(np.asarray(fft.irfftn(moved, shape)), lattice.dim - 1, 0) * prod(points)
