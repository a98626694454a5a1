"""Differential operators on Cartesian coordinates, acting on SymPy expressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations_with_replacement, product
from math import comb, factorial, prod

import sympy as sp
from sympy.core.function import AppliedUndef

MultiIndex = tuple[int, ...]


def multi_indices(order: int, dim: int) -> Iterator[MultiIndex]:
    """All α ∈ N^n with |α| = m, in lexicographic order."""
    for axes in combinations_with_replacement(range(dim), order):
        alpha = [0] * dim
        for axis in axes:
            alpha[axis] += 1
        yield tuple(alpha)


def multinomial(alpha: MultiIndex) -> int:
    """m!/α! with m = |α|: how often ∂^α occurs in the tensor ∇^m D."""
    return factorial(sum(alpha)) // prod(factorial(a) for a in alpha)


def partial(f: sp.Expr, x: Sequence[sp.Symbol], alpha: MultiIndex) -> sp.Expr:
    """∂^α f."""
    pairs = [(xi, a) for xi, a in zip(x, alpha, strict=True) if a]
    if pairs and isinstance(f, AppliedUndef) and f.args == tuple(x):
        return sp.Derivative(f, *pairs).canonical  # what sp.diff finds too, a hundred times slower
    return sp.diff(f, *pairs) if pairs else f


def gradient_norm_squared(D: sp.Expr, x: Sequence[sp.Symbol], order: int) -> sp.Expr:
    """|∇^m D|² = Σ_{|α|=m} (m!/α!) (∂^α D)², the squared Frobenius norm of the m-th derivative tensor.

    Order 0 is D². Source: asokan2022lsgans, equation 6.
    """
    return sp.Add(*(multinomial(a) * partial(D, x, a) ** 2 for a in multi_indices(order, len(x))))


def laplacian(f: sp.Expr, x: Sequence[sp.Symbol]) -> sp.Expr:
    """Δf = Σ ∂²f/∂xᵢ²."""
    return sp.Add(*(sp.diff(f, xi, 2) for xi in x))


def negative_laplacian(f: sp.Expr, x: Sequence[sp.Symbol], order: int = 1) -> sp.Expr:
    """(−Δ)^m f; each Laplacian is gathered before the next, which keeps expressions small."""
    for _ in range(order):
        f = sp.powsimp(sp.expand(-laplacian(f, x)))
    return f


def weighted_divergence(D: sp.Expr, x: Sequence[sp.Symbol], order: int, weight: sp.Expr) -> sp.Expr:
    """(−1)^m Σ_{|α|=m} (m!/α!) ∂^α (w ∂^α D): (−Δ)^m D for w = 1, −∇·(w∇D) for m = 1.

    Expanded by Leibniz' rule, ∂^α(w u) = Σ_{β≤α} C(α,β) ∂^β w ∂^{α−β} u; each derivative is taken once.
    """
    counts = leibniz(order, len(x))
    of_weight = {b: partial(weight, x, b) for b, _ in counts}
    of_critic = {c: partial(D, x, c) for b, c in counts if of_weight[b] != 0}
    terms = (k * of_weight[b] * of_critic[c] for (b, c), k in counts.items() if of_weight[b] != 0)
    return (-1) ** order * sp.Add(*terms)


@cache
def leibniz(order: int, dim: int) -> dict[tuple[MultiIndex, MultiIndex], int]:
    """(β, 2α−β) ↦ Σ_α (m!/α!) C(α, β): the coefficient of ∂^β w ∂^{2α−β} D."""
    found: dict[tuple[MultiIndex, MultiIndex], int] = {}
    for a in multi_indices(order, dim):
        for b in product(*(range(k + 1) for k in a)):
            pair = b, tuple(2 * k - j for k, j in zip(a, b, strict=True))
            found[pair] = found.get(pair, 0) + multinomial(a) * prod(map(comb, a, b))
    return found
