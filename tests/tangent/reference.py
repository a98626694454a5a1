"""Routes of their own to what the package computes: recursions to 50 digits, Gauss–Hermite sums, SciPy's ODE solver."""

import mpmath as mp
import numpy as np
import torch
from scipy.integrate import solve_ivp


def relu_dual(a, b, c):
    size = mp.sqrt(a * b)
    cosine = max(min(c / size, 1), -1) if size else mp.mpf(0)
    angle = mp.acos(cosine)
    return size / (2 * mp.pi) * (mp.sin(angle) + (mp.pi - angle) * cosine), (mp.pi - angle) / (2 * mp.pi)


def erf_dual(a, b, c):
    value = 2 / mp.pi * mp.asin(2 * c / mp.sqrt((1 + 2 * a) * (1 + 2 * b)))
    return value, 4 / mp.pi / mp.sqrt((1 + 2 * a) * (1 + 2 * b) - 4 * c * c)


def gaussian_dual(a, b, c):
    """Of exp(−u²)."""
    square = (1 + 2 * a) * (1 + 2 * b) - 4 * c * c
    return 1 / mp.sqrt(square), 4 * c / square ** mp.mpf("1.5")


def sine_dual(a, b, c):
    """Of sin u."""
    near, far = mp.exp(-(a + b - 2 * c) / 2), mp.exp(-(a + b + 2 * c) / 2)
    return (near - far) / 2, (near + far) / 2


def recursion(dual, depth, weight, bias, output_bias, x, y):
    """(Σ, Θ) at two points, sequences of numbers, to the digits of mpmath."""
    inner = lambda u, v: sum(mp.mpf(i) * mp.mpf(j) for i, j in zip(u, v, strict=True))  # noqa: E731
    a, b, c = (bias**2 + weight**2 * inner(*z) / len(x) for z in ((x, x), (y, y), (x, y)))
    tangent = c
    for layer in range(depth):
        beta = output_bias if layer == depth - 1 else bias
        (cross, slope), one, two = dual(a, b, c), dual(a, a, a)[0], dual(b, b, b)[0]
        a, b, c = (beta**2 + weight**2 * s for s in (one, two, cross))
        tangent = c + weight**2 * slope * tangent
    return c, tangent


def trained(gram, across, weights, forces, start, at, time):
    """D at other points after gradient flow on the Gram matrix, by DOP853: gram (n, n), across (k, n), forces(D) (n,)."""
    n = len(start)

    def both(t, state):
        push = weights * forces(state[:n])
        return np.concatenate([gram @ push, across @ push])

    path = solve_ivp(both, (0, time), np.concatenate([start, at]), method="DOP853", rtol=1e-12, atol=1e-13)
    return path.y[n:, -1]


def points(n, d, seed, shift=0.0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d))) + shift
