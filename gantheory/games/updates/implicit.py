"""Implicit updates by Newton's method: the proximal step and the midpoint rule."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.game import Played
from gantheory.games.linearised import linearised
from gantheory.games.updates.update import Memory, Update

_NEWTON = 50  # iterations; from a state close by, five suffice
_ROUNDOFF = 100  # an increment below 100 eps (1 + |z|) is roundoff


def implicit_euler(step: float) -> Update:
    """z⁺ = z + h v(z⁺): the proximal step of a saddle problem. Order 1; bilinear ρ = 1/√(1+κ²), for every κ."""
    return Update("implicit Euler", 1, step, _Implicit(1.0), lambda k: 1 / sp.sqrt(1 + k**2), sp.Interval.open(0, sp.oo))


def implicit_midpoint(step: float) -> Update:
    """z⁺ = z + h v((z + z⁺)/2). Order 2; keeps quadratic invariants: on the bilinear game ρ = 1, for every κ."""
    return Update("implicit midpoint", 2, step, _Implicit(0.5), lambda k: sp.S.One, sp.Interval.open(0, sp.oo))


@dataclass(frozen=True)
class _Implicit:
    """z⁺ = z + h v(m), m = z + θ(z⁺ − z): m solves m = z + θh v(m), and z⁺ = z + (m − z)/θ."""

    theta: float

    def __call__(self, game: Played, z: Tensor, memory: Memory, h: float) -> tuple[Tensor, Memory]:
        reach = self.theta * h
        with torch.no_grad():
            middle = _solved(game, z.detach(), reach)
        if z.requires_grad and torch.is_grad_enabled():
            middle = _newton(game, z, middle, reach)  # one step from the root has the root's derivative in z
        return z + (middle - z) / self.theta, memory


def _solved(game: Played, z: Tensor, reach: float) -> Tensor:
    middle, least = z, _ROUNDOFF * torch.finfo(z.dtype).eps
    for _ in range(_NEWTON):
        before, middle = middle, _newton(game, z, middle, reach)
        if bool(((middle - before).abs() <= least * (1 + middle.abs())).all()):
            return middle
    gap = float((middle - before).abs().max())
    need = f"an implicit step is a root that Newton's method finds in {_NEWTON} iterations"
    raise Refusal(need, f"increments of {gap:.1e} after them", "Use a smaller step.")


def _newton(game: Played, z: Tensor, middle: Tensor, reach: float) -> Tensor:
    """One step of Newton's method for m − z − θh v(m) = 0."""
    here = linearised(game, middle)
    matrix = torch.eye(z.shape[-1], dtype=z.dtype, device=z.device) - reach * here.matrix
    residual = middle - z - reach * here.value
    return middle - torch.linalg.solve(matrix, residual.unsqueeze(-1)).squeeze(-1)
