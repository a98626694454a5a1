"""Solves on grids against bare SciPy and findiff, ratios in one run.

python -m benchmarks.verification [repeats] prints seconds (medians) and ratios, our whole solves against the peers' bare ones:
Poisson at constant coefficients on 513² against two discrete sine transforms and a division; a variable weight on 513²
against findiff's PDE.solve (once, it takes a minute); the clamped biharmonic on 257² against SuperLU on the same matrix in
the same ordering and mode; and the peak memory of a process that solves for a variable weight on 129³. The sources stand on
the grid, and D is not 0 at the boundary but where findiff is the peer.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import findiff
import numpy as np
import scipy
from findiff import PDE, BoundaryConditions, Diff
from scipy.fft import dstn, idstn
from scipy.sparse.linalg import splu

from gantheory.grids import BoxGrid, Energy, Penalty, Problem, body_load, essential, sampled, solved

LOWER, UPPER = (-0.7, 0.2, 0.1), (1.9, 1.3, 1.0)
SCALE = 0.7  # λ
GIBIBYTE = 2**20  # in the kilobytes that getrusage counts on Linux


def weight(x: np.ndarray) -> np.ndarray:
    """w, neither constant nor separable: max w / min w = e²."""
    return np.exp(np.sin(2 * x[:, 0] - 3 * x[:, 1]))


def source(x: np.ndarray) -> np.ndarray:
    """f."""
    return np.cos(x @ np.array([1.0, 2.0, 3.0])[: x.shape[1]])


def given(x: np.ndarray, axis: int, order: int) -> np.ndarray:
    """x₁ − x₂ and its derivatives, at the faces."""
    return x[:, 0] - x[:, 1] if order == 0 else np.full(len(x), (1.0, -1.0, 0.0)[axis] if order == 1 else 0.0)


def zero(x: np.ndarray, axis: int, order: int) -> np.ndarray:
    """0 at the faces."""
    return np.zeros(len(x))


def ours(grid: BoxGrid, order: int, density: Any, values: np.ndarray, jet: Any = given) -> tuple[np.ndarray, dict[str, Any]]:
    """2λ(−1)^m ∇^m·(w∇^m D) = f: everything from the stencils on."""
    lines = grid.lines(order)
    held = essential(grid, lines, order, jet)
    energy = Energy(lines, (Penalty(order, SCALE, density),))
    return solved(Problem(grid, energy, held, lambda rule: body_load(lines, values, rule)))


def grid_of(*points: int) -> tuple[BoxGrid, np.ndarray]:
    """A grid and the source on it."""
    grid = BoxGrid(LOWER[: len(points)], UPPER[: len(points)], points)
    return grid, np.asarray(sampled(source, grid.axes, "the source"))


def sines(grid: BoxGrid, values: np.ndarray) -> np.ndarray:
    """2λ(−Δ)D = f, D = 0 at the faces, by sine transforms and nothing else."""
    waves = [
        (2 / h * np.sin(np.pi * np.arange(1, n - 1) / (2 * (n - 1)))) ** 2
        for h, n in zip(grid.spacing, grid.points, strict=True)
    ]
    spectrum = dstn(values[1:-1, 1:-1], type=1)
    return idstn(spectrum / (2 * SCALE * (waves[0][:, None] + waves[1])), type=1)


def peer(grid: BoxGrid, values: np.ndarray) -> np.ndarray:
    """−2λ∇·(w∇D) = f, D = 0 at the faces, by findiff."""
    x, y = np.meshgrid(*grid.axes, indexing="ij")
    w = np.exp(np.sin(2 * x - 3 * y))
    steep = np.cos(2 * x - 3 * y) * w
    h, k = grid.spacing
    operator = -2 * SCALE * (w * Diff(0, h) ** 2 + w * Diff(1, k) ** 2 + 2 * steep * Diff(0, h) + -3 * steep * Diff(1, k))
    faces = BoundaryConditions(grid.points)
    for place in ((0, slice(None)), (-1, slice(None)), (slice(None), 0), (slice(None), -1)):
        faces[place] = 0.0
    return PDE(operator, values, faces).solve()


def biharmonic(grid: BoxGrid) -> Callable[[], np.ndarray]:
    """SuperLU on the matrix of the clamped biharmonic, which is made beforehand."""
    lines = grid.lines(2)
    energy = Energy(lines, (Penalty(2, SCALE),))
    problem = Problem(grid, energy, essential(grid, lines, 2, given), lambda rule: np.zeros(energy.shape))
    matrix = problem.matrix.tocsc()
    right = np.ones(matrix.shape[0])
    mode = {"SymmetricMode": True}
    return lambda: splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.1, options=mode).solve(right)


def seconds(repeats: int, *calls: Callable[[], object]) -> list[float]:
    """The median of each, taken in turn."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, times in zip(calls, taken, strict=True):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
    return [median(times) for times in taken]


def room() -> None:
    """Solve on 129³ and print seconds, the way, and the peak memory of this process in GiB."""
    began = time.perf_counter()
    _, facts = ours(*_spatial())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIBIBYTE
    print(f"{time.perf_counter() - began:.1f} s, {facts['solve']}, {facts['iterations']} iterations, {peak:.2f} GiB")


def _spatial() -> tuple[BoxGrid, int, Any, np.ndarray]:
    grid, values = grid_of(129, 129, 129)
    return grid, 1, weight, values


def main(repeats: int = 15) -> None:
    """Print the table."""
    print(f"SciPy {scipy.__version__}, findiff {findiff.__version__}, Python {sys.version.split()[0]}, medians of {repeats}")
    run = [sys.executable, "-c", "from benchmarks.verification import room; room()"]  # first: a child counts its parent's peak
    print("variable weight 129³:", subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip(), "(bound 2)")
    print(f"{'what':52}{'seconds':>10}{'peer':>10}{'ratio':>8}  bound")
    grid, values = grid_of(513, 513)
    bare = partial(sines, grid, values)
    for name, jet in (("Poisson 513², D = 0 at the faces", zero), ("Poisson 513², D given at the faces", given)):
        row(name, *seconds(repeats, partial(ours, grid, 1, 1.0, values, jet), bare), 3)
    gap = np.abs(ours(grid, 1, 1.0, values, zero)[0][1:-1, 1:-1] - bare()).max()
    (mine,) = seconds(repeats, partial(ours, grid, 1, weight, values, zero))
    began = time.perf_counter()
    other = peer(grid, values)
    row("variable weight 513², findiff.PDE", mine, time.perf_counter() - began, 1 / 8)
    found, facts = ours(grid, 1, weight, values, zero)
    print(f"  {facts['solve']}, {facts['iterations']} iterations; gaps {gap:.0e}, {np.abs(found - other).max():.0e}")
    plate, values = grid_of(257, 257)
    row("clamped biharmonic 257², SuperLU", *seconds(5, partial(ours, plate, 2, 1.0, values), biharmonic(plate)), 1.5)


def row(name: str, mine: float, peer: float, bound: float) -> None:
    """One line."""
    verdict = "≤" if mine <= bound * peer else ">"
    print(f"{name:52}{mine:10.4f}{peer:10.4f}{mine / peer:8.3f}  {verdict} {bound:g}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
