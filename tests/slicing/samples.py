"""Weighted clouds of different sizes that all tests of this folder share."""

import torch

from gantheory.measures import Empirical

F64 = torch.float64


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def cloud(n, d, seed, shift=0.0):
    """n points with uneven weights."""
    g = seeded(seed)
    points = torch.randn(n, d, generator=g, dtype=F64) * (1 + 0.2 * seed) + shift
    return Empirical(points, torch.rand(n, generator=g, dtype=F64) + 0.1)


def pair(d):
    return cloud(7, d, 1), cloud(11, d, 2, 0.7)


def even(measure):
    return Empirical(measure.points)
