"""Groups that bear names, in float64; entries that are integers are exact."""

from __future__ import annotations

from itertools import permutations as rearrangements
from itertools import product
from math import cos, factorial, pi, sin

import torch

from gantheory._errors import Refusal
from gantheory.groups.group import LARGEST, Group

QUARTERS = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))


def counted(value: object, what: str, most: int) -> int:
    """The value as an integer from 1 to `most`; a Refusal otherwise."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Refusal(f"{what} is an integer from 1 to {most}", repr(value))
    return value


def _turn(k: int, n: int) -> tuple[float, float]:
    """cos and sin of 2πk/n, exact for quarter turns."""
    return QUARTERS[4 * k // n % 4] if 4 * k % n == 0 else (cos(2 * pi * k / n), sin(2 * pi * k / n))


def _rotations(n: int) -> list[list[list[float]]]:
    return [[[c, 0.0 - s], [s, c]] for c, s in (_turn(k, n) for k in range(n))]


def _group(elements: list, name: str) -> Group:
    return Group(torch.tensor(elements, dtype=torch.float64), name)


def cyclic(n: int) -> Group:
    """C_n: the rotations of the plane by 2πk/n. Exact for n = 1, 2, 4."""
    return _group(_rotations(counted(n, "the order n of C_n", LARGEST)), f"C{n}")


def dihedral(n: int) -> Group:
    """D_n: C_n and the reflections in the n lines through 0 at the angles πk/n; order 2n. Exact for n = 1, 2, 4."""
    turns = _rotations(counted(n, "the number n of mirrors of D_n", LARGEST // 2))
    flips = [[[a, 0.0 - b], [c, 0.0 - d]] for (a, b), (c, d) in turns]
    return _group(turns + flips, f"D{n}")


def permutations(dim: int) -> Group:
    """S_d: all rearrangements of the d coordinates; order d!."""
    most = max(d for d in range(1, 9) if factorial(d) <= LARGEST)
    columns = rearrangements(range(counted(dim, "the number d of coordinates of S_d", most)))
    return _group([[[float(j == i) for j in range(dim)] for i in column] for column in columns], f"S{dim}")


def reflections(dim: int) -> Group:
    """Z2^d: all diag(±1, …, ±1), which turn the signs of coordinates; order 2^d."""
    counted(dim, "the dimension d", LARGEST.bit_length() - 1)
    signs = product((1.0, -1.0), repeat=dim)
    return _group([[[s[i] if i == j else 0.0 for j in range(dim)] for i in range(dim)] for s in signs], f"Z2^{dim}")


def sign(dim: int) -> Group:
    """Z2 = {I, −I}; for d = 1 the reflection of the line, for d = 2 the half turn C_2."""
    unit = torch.eye(counted(dim, "the dimension d", LARGEST), dtype=torch.float64)
    return Group(torch.stack([unit, -unit]), "Z2")


def trivial(dim: int) -> Group:
    """{I}: no symmetry."""
    return Group(torch.eye(counted(dim, "the dimension d", LARGEST), dtype=torch.float64)[None], "trivial")
