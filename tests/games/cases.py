"""A generic game of three numbers and two players, twice: as losses in torch, and its velocity by hand in NumPy."""

import numpy as np
import torch

from gantheory.games import Game

SIZES = (1, 2)
STATE = (0.7, -0.4, 1.1)


def losses(x, y):
    """Neither of zero sum nor quadratic; each player curved in both."""
    a, b, c = x[0], y[0], y[1]
    first = a**2 * b + torch.sin(a * c) + a / 3
    second = torch.exp(b / 2) * c - a * b + a**2 * c**2 / 4 + b * c**2 / 5
    return first, second


def velocity(z):
    """(−∂ℓ₁/∂a, −∂ℓ₂/∂b, −∂ℓ₂/∂c), by hand."""
    a, b, c = z
    return -np.array(
        [
            2 * a * b + c * np.cos(a * c) + 1 / 3,
            np.exp(b / 2) * c / 2 - a + c**2 / 5,
            np.exp(b / 2) + a**2 * c / 2 + 2 * b * c / 5,
        ]
    )


def derivative(z):
    """∂v/∂z, by hand."""
    a, b, c = z
    cos, sin, e = np.cos(a * c), np.sin(a * c), np.exp(b / 2)
    return -np.array(
        [
            [2 * b - c**2 * sin, 2 * a, cos - a * c * sin],
            [-1, e * c / 4, e / 2 + 2 * c / 5],
            [a * c, e / 2 + 2 * c / 5, a**2 / 2 + 2 * b / 5],
        ]
    )


def game():
    return Game(losses, SIZES)


def state(**kind):
    return torch.tensor(STATE, **({"dtype": torch.float64} | kind))


def batch(count=4):
    return torch.randn(count, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
