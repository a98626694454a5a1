"""Three hundred convergence studies whose order is known, and what a judge of orders should say of each.

An error is C h^p |1 + a h^q + b h^{2q}|, p one of ½, 1, 2, 3, 4, 6, seen through what spoils real studies: large corrections,
a change of sign, rounding, scatter, units in which everything is small, a wrong order, a plateau, no order at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from gantheory.claims import Standing

ORDERS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0)
EPS = np.finfo(float).eps
REACHED = 0.1  # of the last two slopes from the order, without rounding and scatter: the asymptotic range
Generator = np.random.Generator
Array = np.ndarray


@dataclass(frozen=True)
class Known:
    """A study, the order that its code claims, the one that it has (None: no order), and the verdict due, if one is.

    HOLDS is due where the order is as claimed and the last levels are in the asymptotic range, above rounding, and scatter so
    little that least squares over all levels would tell it to ±0.1; FAILS where another order is seen as well as that; else
    the study is inconclusive by rights.
    """

    family: str
    sizes: tuple[float, ...]
    errors: tuple[float, ...]
    claimed: float
    order: float | None
    due: Standing | None

    @property
    def right(self) -> bool:
        """The code has the order that it claims."""
        return self.order == self.claimed

    @property
    def algebraic(self) -> bool:
        """The study has one power of h with corrections that die out."""
        return self.family in CODES


def slopes(h: Array, e: Array) -> Array:
    """Observed orders."""
    return np.diff(np.log(e)) / np.diff(np.log(h))


def some_sizes(g: Generator, levels: int) -> Array:
    """Refinement by 2, √2 or 1.5 from somewhere between 0.05 and 0.5."""
    ratio = g.choice([2, 2, 2, 2**0.5, 1.5])
    return g.uniform(0.05, 0.5) / ratio ** np.arange(levels)


def power(g: Generator, h: Array, p: float, size: float, sign: float = 0) -> Array:
    """C h^p |1 + a h^q + b h^{2q}| with |a| = size at the coarsest level, q in {½, 1, 2} and |b| at most 0.3 |a|."""
    q, a, b = g.choice([0.5, 1, 1, 2, 2]), size * (sign or g.choice([-1, 1])), g.uniform(-0.3, 0.3) * size
    s = h / h[0]
    return np.abs(10 ** g.uniform(-2, 1) * h**p * (1 + a * s**q + b * s ** (2 * q)))


def reached(h: Array, e: Array, p: float, *, floor: float = 0.0, scatter: float = 0.0) -> bool:
    """Errors e without rounding and scatter show the order p at their last levels above ten times the floor."""
    above = int(np.argmin(np.append(e >= 10 * floor, False)))
    if above < 3 or np.abs(slopes(h[:above], e[:above])[-2:] - p).max() > REACHED:
        return False
    x = np.log(h) - np.log(h).mean()
    return bool(t.ppf(0.975, max(len(h) - 2, 1)) * scatter / np.sqrt((x**2).sum()) <= REACHED)


def _right(family: str, h: Array, e: Array, p: float, clean: Array, **spoilt: float) -> Known:
    due = Standing.HOLDS if reached(h, clean, p, **spoilt) else None
    return Known(family, tuple(h.tolist()), tuple(e.tolist()), p, p, due)


def _wrong(family: str, h: Array, e: Array, orders: tuple[float, float | None], due: bool) -> Known:
    return Known(family, tuple(h.tolist()), tuple(e.tolist()), *orders, Standing.FAILS if due else None)


def smooth(g: Generator) -> Known:
    """Small corrections."""
    p, h = float(g.choice(ORDERS)), some_sizes(g, g.integers(4, 9))
    e = power(g, h, p, 10 ** g.uniform(-3, -0.1))
    return _right("smooth", h, e, p, e)


def hook(g: Generator) -> Known:
    """A first correction one to five times the leading term: the coarse levels have another slope."""
    p, h = float(g.choice(ORDERS)), some_sizes(g, g.integers(4, 9))
    e = power(g, h, p, 10 ** g.uniform(0, 0.7), 1)
    return _right("hook", h, e, p, e)


def sign_change(g: Generator) -> Known:
    """The error changes sign between two levels, or before the last."""
    p, h = float(g.choice(ORDERS)), some_sizes(g, g.integers(5, 10))
    e = power(g, h, p, 10 ** g.uniform(0.1, 0.8), -1)
    return _right("sign change", h, e, p, e)


def rounded(g: Generator) -> Known:
    """Rounding eps κ N(0, 1), κ up to 1000, constant or growing like 1/h or 1/h²."""
    p, n = float(g.choice([2, 3, 4, 6])), g.integers(5, 10)
    h = g.uniform(0.05, 0.3) / 2.0 ** np.arange(n)
    e, floor = power(g, h, p, 10 ** g.uniform(-2, -0.3)), EPS * 10 ** g.uniform(0, 3)
    noise = floor * g.normal(size=n) * (h / h[-1]) ** -g.choice([0, 0, 1, 2])
    return _right("rounding", h, np.abs(e + noise) + 1e-18, p, e, floor=floor)


def scattered(g: Generator) -> Known:
    """Random nodes or few samples: each error times e^{σ N(0, 1)}, σ from 0.01 to 0.16."""
    p, n = float(g.choice(ORDERS)), g.integers(5, 13)
    h, sigma = some_sizes(g, n), 10 ** g.uniform(-2, -0.8)
    e = power(g, h, p, 10 ** g.uniform(-3, -0.5))
    return _right("scatter", h, e * np.exp(sigma * g.normal(size=n)), p, e, scatter=sigma)


def small(g: Generator) -> Known:
    """A smooth study of a quantity that is 10⁻¹⁵ in its units."""
    known = smooth(g)
    return Known("small units", known.sizes, tuple(1e-15 * e for e in known.errors), known.claimed, known.order, known.due)


def lower_order(g: Generator) -> Known:
    """The order is ½, 1 or 2 below the claimed one; every third study scatters."""
    p, gap, n = float(g.choice(ORDERS)), float(g.choice([0.5, 1, 2])), g.integers(4, 9)
    h, sigma = some_sizes(g, n), float(g.choice([0, 0, 10 ** g.uniform(-2, -1)]))
    e = power(g, h, p, 10 ** g.uniform(-3, -0.3))
    return _wrong("lower order", h, e * np.exp(sigma * g.normal(size=n)), (p + gap, p), reached(h, e, p, scatter=sigma))


def lower_term(g: Generator) -> Known:
    """C h^p with a term of order p − ½ or p − 1 that takes over at one of the levels."""
    p, h = float(g.choice([2, 3, 4])), some_sizes(g, g.integers(4, 9))
    gap = float(g.choice([0.5, 1]))
    e = 10 ** g.uniform(-2, 1) * h**p * (1 + (h / h[g.integers(1, len(h))]) ** -gap)
    return _wrong("lower term", h, e, (p, p - gap), reached(h, e, p - gap))


def plateau(g: Generator) -> Known:
    """A consistency error of 10⁻⁹ or more, met before the last level."""
    p, h = float(g.choice([1, 2, 3, 4])), some_sizes(g, g.integers(4, 9))
    e, k = power(g, h, p, 10 ** g.uniform(-3, -0.5)), g.integers(1, len(h) - 1)
    e = e * max(1.0, 1e-9 / e[k])
    return _wrong("plateau", h, e + e[k], (p, 0.0), reached(h, e + e[k], 0.0))


def spectral(g: Generator) -> Known:
    """e^{−c/h} at halved or equally spaced 1/h, with rounding; the order claimed is 2, 4 or 6."""
    n, c = g.integers(4, 9), 10 ** g.uniform(-0.5, 0.7)
    h = 1 / (4.0 * (2.0 ** np.arange(n) if g.random() < 0.5 else 1.0 + np.arange(n)))
    e = 10 ** g.uniform(-1, 1) * np.exp(-0.8 * c / h) + EPS * 10 ** g.uniform(0, 2) * np.abs(g.normal(size=n))
    return _wrong("spectral", h, e, (float(g.choice([2, 4, 6])), None), False)


FAMILIES: tuple[tuple[Callable[[Generator], Known], int], ...] = (
    (smooth, 55), (hook, 25), (sign_change, 15), (rounded, 40), (scattered, 50), (small, 15),
    (lower_order, 45), (lower_term, 20), (plateau, 15), (spectral, 20),
)  # fmt: skip
CODES = ("smooth", "hook", "sign change", "rounding", "scatter", "small units", "lower order")


def known_studies(seed: int, share: int = 1) -> Iterator[Known]:
    """The 300 studies of a seed, or one in `share` of each family."""
    g = np.random.default_rng(seed)
    for make, count in FAMILIES:
        for _ in range(-(-count // share)):
            yield make(g)
