"""The symbolic engine against SymPy's own tools: an expanded Euler–Lagrange equation, iterated Laplacians, Green's functions.

python -m benchmarks.symbolic [seconds] prints our seconds (median of 5), the peer's, and their ratio. The peer, SymPy's
euler_equations followed by simplify, runs once in a process of its own and is stopped after the given time (120 s); its
ratio is then a lower bound.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from itertools import product
from statistics import median

import sympy as sp
from sympy.calculus.euler import euler_equations

from gantheory.symbolic import (
    coordinates,
    first_variation,
    flux,
    fundamental_solution,
    gradient_norm_squared,
    r,
    radial_laplacian,
    weighted_divergence,
)

REPEATS = 5
CASES = list(product(range(1, 13), range(1, 9)))  # (n, m)


def unknowns() -> tuple[tuple[sp.Symbol, ...], sp.Expr, sp.Expr]:
    """x, D(x) and p(x) in three dimensions."""
    x = coordinates(3)
    return x, sp.Function("D", real=True)(*x), sp.Function("p", positive=True)(*x)


def structured() -> sp.Expr:
    """2 (−1)³ Σ (3!/α!) ∂^α (p ∂^α D), expanded."""
    x, D, p = unknowns()
    return sp.expand(2 * weighted_divergence(D, x, 3, p))


def varied() -> sp.Expr:
    """The same by the variation of the Lagrangian p |∇³D|²."""
    x, D, p = unknowns()
    return sp.expand(first_variation(p * gradient_norm_squared(D, x, 3), D, x))


def peer(queue: multiprocessing.Queue | None = None) -> None:
    """The same by SymPy, simplified; the seconds of either step go into the queue."""
    x, D, p = unknowns()
    lagrangian = p * gradient_norm_squared(D, x, 3)
    began = time.perf_counter()
    (equation,) = euler_equations(lagrangian, [D], list(x))
    if queue is not None:
        queue.put(time.perf_counter() - began)
    sp.simplify(equation.lhs)
    if queue is not None:
        queue.put(time.perf_counter() - began)


def laplacians() -> sp.Expr:
    """(−Δ)⁶ r^s for symbols s and n."""
    s, n = sp.symbols("s n")
    return radial_laplacian(r**s, n, 6)


def greens_functions() -> int:
    """How many of the 96 fundamental solutions have flux 1 and no source away from 0."""
    right = 0
    for n, m in CASES:
        G = fundamental_solution(m, n)
        last = (-1) ** (m - 1) * radial_laplacian(G, n, m - 1)
        right += flux(last, n) == 1 and radial_laplacian(last, n) == 0
    return right


def seconds(call: Callable[[], object]) -> float:
    """Median of REPEATS, with SymPy's cache emptied before each."""
    taken = []
    for _ in range(REPEATS):
        sp.core.cache.clear_cache()
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return median(taken)


def peer_seconds(limit: float) -> tuple[float, float | None]:
    """Seconds of euler_equations, and of it with simplify (None where that did not end)."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=peer, args=(queue,))
    process.start()
    first = queue.get()
    process.join(max(0.0, limit - first))
    if process.is_alive():
        process.terminate()
        process.join()
        return first, None
    return first, queue.get()


def main(limit: float = 120) -> None:
    """Print the table."""
    print(f"SymPy {sp.__version__}, Python {sys.version.split()[0]}, median of {REPEATS}")
    print(f"{'what':58}{'seconds':>10}{'peer':>11}{'ratio':>10}")
    equal = sp.expand(structured() - varied()) == 0
    first, both = peer_seconds(limit)
    shown = both if both is not None else limit
    mark = "" if both is not None else "≥ "
    for name, call in (("weighted_divergence", structured), ("first_variation", varied)):
        ours = seconds(call)
        row = f"p|∇³D|² in R³, expanded, by {name}"
        print(f"{row:58}{ours:10.3f}{mark + f'{shown:.1f}':>11}{mark + f'{shown / ours:.0f}':>10}")
    print(f"  both are equal: {equal}; euler_equations alone takes {first:.1f} s, unexpanded")
    print(f"{'(−Δ)⁶ r^s, symbolic s and n':58}{seconds(laplacians):10.4f}")
    print(
        f"{f'{greens_functions()} of {len(CASES)} Green functions verified, n ≤ 12, m ≤ 8':58}{seconds(greens_functions):10.3f}"
    )


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
