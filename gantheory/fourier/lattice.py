"""Half of the wave numbers of a real series on a torus."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite, pi, prod
from typing import Any

import numpy as np

from gantheory._checks import whole
from gantheory._errors import Refusal

LARGEST = 2**27  # wave numbers: 2 GB of complex128


@dataclass(frozen=True)
class Lattice:
    """H = {k ∈ Zⁿ∖0 : |k_i| ≤ M_i, the first k_i ≠ 0 is positive}, so that H and −H are all k ≠ 0; ω_i = 2π k_i/T_i.

    Coefficients over H stand in an array of shape (M₁+1, 2M₂+1, …, 2Mₙ+1): k₁ from 0, the others from −M_i; the places that
    belong to −H and to 0 hold 0. Positive wave numbers alone would miss cos(x − y): half of the lattice sees everything once.
    """

    periods: tuple[float, ...]
    modes: tuple[int, ...] | Any

    def __post_init__(self) -> None:
        if not self.periods or not all(isfinite(t) and t > 0 for t in self.periods):
            raise Refusal("the periods of a torus are finite and positive", self.periods)
        if len(self.modes) != len(self.periods):
            given = f"{len(self.modes)} modes for {len(self.periods)} periods"
            raise Refusal("a lattice has one largest wave number for each period", given)
        for m in self.modes:
            whole(m, 1, "the largest wave number M")
        if prod(self.shape) > LARGEST:
            given = f"{prod(self.shape)} of them"
            raise Refusal(f"a half lattice has at most {LARGEST} wave numbers", given, "Use fewer modes.")

    @property
    def dim(self) -> int:
        """n."""
        return len(self.periods)

    @property
    def volume(self) -> float:
        """|T| = T₁ ⋯ Tₙ."""
        return prod(self.periods)

    @property
    def shape(self) -> tuple[int, ...]:
        """(M₁+1, 2M₂+1, …, 2Mₙ+1)."""
        return (self.modes[0] + 1, *(2 * m + 1 for m in self.modes[1:]))

    @cached_property
    def wave_numbers(self) -> tuple[np.ndarray, ...]:
        """k_i along each axis of the array."""
        return tuple(np.arange(-m if i else 0, m + 1) for i, m in enumerate(self.modes))

    @cached_property
    def frequencies(self) -> tuple[np.ndarray, ...]:
        """ω_i = 2π k_i/T_i along each axis of the array."""
        return tuple(2 * pi * k / t for k, t in zip(self.wave_numbers, self.periods, strict=True))

    @cached_property
    def half(self) -> np.ndarray:
        """True on H: the first nonzero wave number is positive."""
        found = np.zeros(self.shape, dtype=bool)
        open_ = np.ones(self.shape, dtype=bool)  # all wave numbers so far are 0
        for axis, k in enumerate(self.wave_numbers):
            along = k.reshape([-1 if i == axis else 1 for i in range(self.dim)])
            found |= open_ & (along > 0)
            open_ &= along == 0
        return found

    @cached_property
    def square(self) -> np.ndarray:
        """|ω|² on the array."""
        grids = np.meshgrid(*(w**2 for w in self.frequencies), indexing="ij", sparse=True)
        return sum(grids[1:], grids[0] + np.zeros(self.shape))

    @property
    def size(self) -> int:
        """The number of wave numbers in H: ½ (Π (2M_i+1) − 1)."""
        return (prod(2 * m + 1 for m in self.modes) - 1) // 2
