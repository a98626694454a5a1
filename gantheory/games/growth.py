"""Growth per step on the bilinear game: in closed form, and as iterates show it."""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.game import Played
from gantheory.games.spectrum import Stepping, step_map
from gantheory.games.updates import Update
from gantheory.games.updates.update import step_in_turns
from gantheory.integration import FixedStep

_X = sp.Symbol("x", real=True)
_DENOMINATOR = 10**6  # entries of a tableau are small fractions, held as floats


def stability_function(method: FixedStep, z: sp.Expr) -> sp.Expr:
    """R(z) = 1 + z bᵀ(I − zA)⁻¹1 = 1 + Σ_j bᵀA^j 1 z^{j+1}: an explicit step on ẋ = λx is x⁺ = R(hλ) x.

    Source: hairer1996solving, section IV.2.
    """
    n = method.stages
    A = sp.Matrix(n, n, lambda i, j: _fraction(method.a[i][j]) if j < i else 0)
    b, power, R = sp.Matrix([list(map(_fraction, method.b))]), sp.ones(n, 1), sp.S.One
    for j in range(n):
        R += (b * power)[0] * z ** (j + 1)
        power = A * power
    return sp.expand(R)


def bilinear_growth(method: Stepping | Any, kappa: object) -> sp.Expr:
    """ρ(κ) on ẋ = −cy, ẏ = cx, κ = c · step: an update's own law, |R(iκ)| for a Runge–Kutta method.

    >>> from gantheory.games import extragradient
    >>> bilinear_growth(extragradient(0.1), sp.Symbol("kappa"))
    sqrt(kappa**4 - kappa**2 + 1)
    """
    _refuse_other(method)
    if isinstance(method, Update):
        return method.growth(kappa)
    return sp.sqrt(_squared(method, step_in_turns(kappa)))


def _refuse_other(method: object) -> None:
    if not isinstance(method, Update | FixedStep):
        need = "a growth factor in closed form belongs to an update, or to a Runge–Kutta method of fixed step"
        raise Refusal(need, getattr(method, "name", repr(method)), "Use euler(h), heun(h), rk4(h), or an update of a game.")


def stable_range(method: Stepping | Any) -> sp.Set:
    """The open set of κ > 0 in which iterates on the bilinear game stay bounded."""
    _refuse_other(method)
    if isinstance(method, Update):
        if method.stable is None:
            raise Refusal("a range of stability belongs to an update whose law is known", method.name)
        return method.stable
    k = sp.Symbol("kappa", positive=True)
    within = sp.solve_univariate_inequality(_squared(method, k) - 1 < 0, k, relational=False, domain=sp.Interval.open(0, sp.oo))
    return sp.sympify(within, strict=True)


def measured_growth(method: Stepping, game: Played, start: Float[Tensor, " n"], steps: int) -> float:
    """The spectral radius of the linear map that carries each iterate to the next, read off `steps` iterates.

    Exact where the game is linear and the start excites every mode; least squares elsewhere. steps: at least as many as the
    extended state has numbers, 2n for an update that remembers a velocity.
    """
    F, state = step_map(method, game, start)
    states = [state]
    for _ in range(steps):
        states.append(F(states[-1]).detach())
    if steps < len(state):
        raise Refusal(f"the growth of {method.name} is read off at least {len(state)} steps", steps)
    scale = torch.stack([s.abs().max() for s in states[:-1]])
    before, after = (torch.stack(part, 1) / scale for part in (states[:-1], states[1:]))
    if not bool(after.isfinite().all()):
        raise Refusal("growth is read off finite iterates", "iterates at rest, or run away", "Start elsewhere, or take fewer.")
    carried = torch.linalg.lstsq(before.T, after.T, driver="gelsd").solution.T
    return float(torch.linalg.eigvals(carried).abs().max())


def _squared(method: FixedStep, k: sp.Expr) -> sp.Expr:
    """|R(ik)|², a polynomial in k."""
    return _polynomial(method).subs(_X, k)


@cache
def _polynomial(method: FixedStep) -> sp.Expr:
    real, imaginary = stability_function(method, sp.I * _X).as_real_imag()
    return sp.expand(real**2 + imaginary**2)


def _fraction(value: float) -> sp.Rational:
    return sp.Rational(value).limit_denominator(_DENOMINATOR)
