"""Solves by fast transforms, wherever sines, cosines or exponentials diagonalise the scheme; no matrix is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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
    """u = inverse(forward(load / volumes) / symbol); a symbol of 0 is the zero mode, which is left at 0."""

    name: str
    forward: Transform
    inverse: Transform
    shape: tuple[int, ...]
    symbol: np.ndarray
    volumes: np.ndarray

    def solved(self, load: np.ndarray) -> np.ndarray:
        """The solution for a load on the box of unknowns."""
        spectrum = self.forward(load / self.volumes)
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
    symbol = _symbol(energy, densities, lambda axis, order: waves[axis] ** order)
    volume = np.array(prod(v[0] for v in volumes))
    if natural:
        return Transforms("DCT", partial(dctn, type=1), partial(idctn, type=1), symbol.shape, symbol, outer(volumes))
    return Transforms("DST", partial(dstn, type=1), partial(idstn, type=1), symbol.shape, symbol, volume)


def _periodic(energy: Energy, densities: tuple[float, ...] | None) -> Transforms:
    last = len(energy.lines) - 1

    def wave(axis: int, order: int) -> np.ndarray:
        line = energy.lines[axis]
        nodes, entries = line.row(order)  # type: ignore[attr-defined]
        row = np.zeros(line.size)
        np.add.at(row, nodes % line.size, entries)
        found = np.abs(np.fft.fft(row)) ** 2
        if order:
            found[0] = 0.0
        return found[: line.size // 2 + 1] if axis == last else found

    shape = energy.shape
    axes = tuple(range(len(shape)))
    volume = np.array(prod(line.measure(0)[0] for line in energy.lines))
    inverse = partial(irfftn, s=shape, axes=axes)
    return Transforms("FFT", rfftn, inverse, shape, _symbol(energy, densities, wave), volume)


def _symbol(energy: Energy, densities: tuple[float, ...] | None, wave: Callable[[int, int], np.ndarray]) -> np.ndarray:
    constants = densities if densities is not None else tuple(float(part.density) for part in energy.parts)
    parts = zip(energy.parts, constants, strict=True)
    return np.sum([c * outer([wave(k, order) for k, order in enumerate(part.index)]) for part, c in parts], axis=0)
