"""Solves by fast transforms, wherever sines, cosines or exponentials diagonalise the scheme; no matrix is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from math import prod

import numpy as np
from scipy.fft import dctn, dstn, idctn, idstn, irfftn, rfftn

from gantheory.grids.axis import Circle, Interval
from gantheory.grids.energy import Energy
from gantheory.grids.grid import outer
from gantheory.objectives import Boundary

Transform = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Transforms:
    """u = inverse(forward(load · scale) / symbol); a symbol of 0 is the zero mode, which is left at 0."""

    name: str
    forward: Transform
    inverse: Transform
    shape: tuple[int, ...]
    symbol: np.ndarray
    scale: np.ndarray | None = None  # None is 1: a volume that is everywhere the same is in the symbol

    def solved(self, load: np.ndarray) -> np.ndarray:
        """The solution for a load on the box of unknowns."""
        spectrum = self.forward(load if self.scale is None else load * self.scale)
        with np.errstate(divide="ignore", invalid="ignore"):
            spectrum /= self.symbol
        if self.symbol.flat[0] == 0:
            spectrum.flat[0] = 0
        return self.inverse(spectrum)


def transforms(energy: Energy, boundary: Boundary | None, densities: tuple[float, ...] | None = None) -> Transforms | None:
    """The transforms that diagonalise the energy with constant weights, or with these in place of its own; None if none do."""
    lines, top = energy.lines, max(p.order for p in energy.penalties)
    if all(isinstance(line, Circle) for line in lines):
        return _periodic(energy, densities)
    if not all(isinstance(line, Interval) and line.uniform for line in lines):
        return None
    natural = boundary is Boundary.NATURAL
    if top > 1 and boundary is not Boundary.SIMPLY_SUPPORTED:
        return None
    ends = 0 if natural else 1
    waves, volumes = [], []
    for line in lines:
        n = len(line.nodes) - 1  # type: ignore[attr-defined]
        h = float(np.ptp(line.nodes)) / n  # type: ignore[attr-defined]
        waves.append((2 / h * np.sin(np.pi * np.arange(ends, n + 1 - ends) / (2 * n))) ** 2)
        volumes.append(line.measure(0)[ends : n + 1 - ends])
    volume = 1.0 if natural else prod(float(v[0]) for v in volumes)
    symbol = _symbol(energy, densities, lambda axis, order: waves[axis] ** order if order else np.ones(1), volume)
    if natural:
        scale = 1 / outer(volumes)
        return Transforms("DCT", partial(dctn, type=1), partial(idctn, type=1), symbol.shape, symbol, scale)
    return Transforms("DST", partial(dstn, type=1), partial(idstn, type=1), symbol.shape, symbol)


def _periodic(energy: Energy, densities: tuple[float, ...] | None) -> Transforms:
    last = len(energy.lines) - 1

    def wave(axis: int, order: int) -> np.ndarray:
        if order == 0:
            return np.ones(1)
        line = energy.lines[axis]
        nodes, entries = line.row(order)  # type: ignore[attr-defined]
        row = np.zeros(line.size)
        np.add.at(row, nodes % line.size, entries)
        found = np.abs(np.fft.fft(row)) ** 2
        found[0] = 0.0
        return found[: line.size // 2 + 1] if axis == last else found

    shape = energy.shape
    axes = tuple(range(len(shape)))
    symbol = _symbol(energy, densities, wave, prod(float(line.measure(0)[0]) for line in energy.lines))
    return Transforms("FFT", rfftn, partial(irfftn, s=shape, axes=axes), shape, symbol)


def _symbol(
    energy: Energy, densities: tuple[float, ...] | None, wave: Callable[[int, int], np.ndarray], volume: float
) -> np.ndarray:
    """volume · Σ density · Π_k waves; a factor of order 0 is a single 1, which the sum spreads."""
    constants = densities if densities is not None else tuple(float(part.density) for part in energy.parts)
    found = []
    for part, constant in zip(energy.parts, constants, strict=True):
        first, *rest = (wave(k, order) for k, order in enumerate(part.index))
        found.append(outer([constant * volume * first, *rest]))
    return reduce(np.add, found)
