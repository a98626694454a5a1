"""A polynomial that stands for an expression on an interval where its formula loses digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, reduce
from math import isfinite

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

    @cached_property
    def formula(self) -> Callable[[Tensor], Tensor]:
        """The value, for arguments in the interval; with its numbers bound, as a compiler wants them."""
        far, root = not isfinite(self.upper), self.root
        middle, half = centre(self.lower, self.upper, root)
        parts = [_part(term) for term in self.terms]

        def value(r: Tensor) -> Tensor:
            z = torch.reciprocal(r) if far else r
            x = z if root == 1 else torch.sqrt(z) if root == 2 else torch.pow(z, 1 / root)
            t = (x - middle) * (1 / half)
            return reduce(torch.add, [part(t, z, r) for part in parts])

        return value


def _part(term: Term) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """One term, by Horner's rule."""
    last, *others = reversed(term.coefficients)
    whole, rest = int(term.power), term.power - int(term.power)  # apart: float32 rounds an exponent
    logarithms = term.logarithms

    def part(t: Tensor, z: Tensor, r: Tensor) -> Tensor:
        value = torch.full_like(t, last)
        for c in others:
            value = value * t + c
        if whole:
            value = value * (z if whole == 1 else torch.pow(z, whole))
        if rest:
            value = value * (torch.sqrt(z) if rest == 0.5 else torch.pow(z, rest))
        return value * torch.log(r) if logarithms else value

    return part


def centre(lower: float, upper: float, root: int) -> tuple[float, float]:
    """Middle and half length of the interval of x."""
    start, end = (lower, upper) if isfinite(upper) else (0.0, 1 / lower)
    start, end = start ** (1 / root), end ** (1 / root)
    return (start + end) / 2, (end - start) / 2
