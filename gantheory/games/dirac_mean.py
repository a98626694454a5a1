"""Averages over a standard normal ξ, in symbols and in numbers, and derivatives taken at a point, kinks refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.dirac_regularisers import noise

_JUMPS = (sp.Heaviside, sp.DiracDelta, sp.sign)


def gaussian_mean(expr: sp.Expr) -> sp.Expr:
    """E f(ξ), ξ ~ N(0, 1): by the moments (k − 1)!! where f is a polynomial in ξ, else as an integral."""
    if expr.is_polynomial(noise):
        terms = sp.Poly(expr, noise).terms() if expr.has(noise) else [((0,), expr)]
        return sp.Add(*(c * sp.factorial2(k - 1) for (k,), c in terms if k % 2 == 0))
    density = sp.exp(-(noise**2) / 2) / sp.sqrt(2 * sp.pi)
    return sp.Integral(expr * density, (noise, -sp.oo, sp.oo))


def derivative_at(expr: sp.Expr, symbol: sp.Symbol, point: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """∂f/∂s at the point; a Refusal where a kink or a jump of f lies there."""
    slope = sp.diff(expr, symbol)
    marks: dict[sp.Expr, sp.Expr] = {}
    for atom in slope.atoms(*_JUMPS):
        if sp.simplify(atom.args[0].subs(point)) == 0:
            marks[atom] = sp.Dummy("jump")
    found = sp.simplify(slope.subs(marks).subs(point))
    if found.has(sp.nan, sp.zoo) or found.free_symbols & set(marks.values()):
        where = ", ".join(f"{s} = {v}" for s, v in point.items())
        kinks = ", ".join(sorted({str(atom.args[0]) + " = 0" for atom in marks}))
        cure = "Take the linearisation elsewhere, or use a penalty with centre 0 (R1) or a smooth loss."
        raise Refusal(
            "a linearisation needs a velocity that is differentiable at the point", f"the kink {kinks} at {where}", cure
        )
    return found


@cache
def _rule(count: int) -> tuple[np.ndarray, np.ndarray]:
    points, weights = np.polynomial.hermite_e.hermegauss(count)
    return points, weights / weights.sum()


def nodes(count: int, like: Tensor) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"]]:
    """Points and weights of the Gauss–Hermite rule for N(0, 1), exact for polynomials of degree 2k − 1."""
    points, weights = _rule(count)
    return torch.from_numpy(points).to(like), torch.from_numpy(weights).to(like)


def rectified_mean(middle: Tensor, spread: Tensor) -> Tensor:
    """E (A + Bξ)₊ = A Φ(A/|B|) + |B| φ(A/|B|), A the middle and B the spread; A₊ where B = 0. Derivatives are exact."""
    still = spread == 0
    size = torch.where(still, 1.0, torch.where(spread < 0, -spread, spread))
    z = middle / size
    mean = middle * torch.erfc(-z / 2**0.5) / 2 + size * torch.exp(-(z**2) / 2) / (2 * torch.pi) ** 0.5
    return torch.where(still, middle.relu(), mean)
