"""A polynomial that stands for an expression on an interval where its formula loses digits."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Term:
    """z^power (log r)^logarithms Σ_k coefficients[k] t^k, z = r or 1/r."""

    power: float
    logarithms: int
    coefficients: tuple[float, ...]


@dataclass(frozen=True)
class Piece:
    """On [lower, upper]: the sum of terms in t ∈ [−1, 1], linear in x = r^{1/root}, or r^{−1/root} where upper is ∞."""

    lower: float
    upper: float
    root: int
    terms: tuple[Term, ...]

    def __call__(self, r: Tensor) -> Tensor:
        """The value, for arguments in the interval."""
        z = r if isfinite(self.upper) else torch.reciprocal(r)
        x = z if self.root == 1 else torch.sqrt(z) if self.root == 2 else torch.pow(z, 1 / self.root)
        middle, half = centre(self.lower, self.upper, self.root)
        t = (x - middle) * (1 / half)
        total: Any = 0.0
        for term in self.terms:
            value = torch.full_like(t, term.coefficients[-1])
            for c in reversed(term.coefficients[:-1]):
                value = value * t + c
            value = value if term.power == 0 else value * power_of(z, term.power)
            total = total + (value * torch.log(r) if term.logarithms else value)
        return total


def power_of(z: Tensor, power: float) -> Tensor:
    """z^power, whole powers apart: float32 rounds an exponent."""
    whole = int(power)
    root = torch.sqrt(z) if power - whole == 0.5 else torch.pow(z, power - whole)
    result = torch.ones_like(z) if whole == 0 else z if whole == 1 else torch.pow(z, whole)
    return result if power == whole else result * root


def centre(lower: float, upper: float, root: int) -> tuple[float, float]:
    """Middle and half length of the interval of x."""
    start, end = (lower, upper) if isfinite(upper) else (0.0, 1 / lower)
    start, end = start ** (1 / root), end ** (1 / root)
    return (start + end) / 2, (end - start) / 2
