"""Fields and densities that are expressions in the coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.lowering import lower
from gantheory.lowering.lowered import Lowered
from gantheory.symbolic import coordinates, partial
from gantheory.symbolic.operators import MultiIndex


@dataclass(frozen=True, eq=False)
class ExpressedField:
    """x ↦ expression(x₁, …, xₙ), everywhere; its gradient by SymPy, further derivatives by SymPy or by autograd, all exact."""

    expression: sp.Expr
    dim: int

    @cached_property
    def _program(self) -> tuple[list[Lowered], Lowered]:
        """What occurs more than once, each evaluated once, then the rest."""
        fresh = sp.numbered_symbols("c", cls=sp.Dummy, real=True)
        shared, (body,) = sp.cse(self.expression, symbols=fresh, order="none")
        known, steps = list(coordinates(self.dim)), []
        for symbol, part in shared:
            steps.append(lower(part, *known))
            known.append(symbol)
        return steps, lower(body, *known)

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values; differentiable as often as asked."""
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise Refusal(f"points have shape (n, {self.dim})", tuple(x.shape))
        steps, body = self._program
        values = list(x.unbind(1))
        for step in steps:
            values.append(step(*values))
        return body(*values)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇ by SymPy; differentiable as often as asked."""
        return torch.stack([self.derivative(tuple(int(j == k) for j in range(self.dim)))(x) for k in range(self.dim)], 1)

    def derivative(self, alpha: MultiIndex) -> ExpressedField:
        """∂^α as a field."""
        if alpha not in self._derivatives:
            self._derivatives[alpha] = ExpressedField(partial(self.expression, coordinates(self.dim), alpha), self.dim)
        return self._derivatives[alpha]

    @cached_property
    def _derivatives(self) -> dict[MultiIndex, ExpressedField]:
        return {}


@dataclass(frozen=True, eq=False)
class ExpressedDensity:
    """p(x) dx for a positive expression p, which need not have mass 1: data of a manufactured problem."""

    expression: sp.Expr
    dim: int

    @cached_property
    def _field(self) -> ExpressedField:
        return ExpressedField(self.expression, self.dim)

    def density(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """p(x)."""
        return self._field(x)

    def score(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇ log p(x) = ∇p/p."""
        return self._field.gradient(x) / self._field(x)[:, None]

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
        """Refused."""
        need, cure = "a manufactured density is data of an equation, not of mass 1, and is not sampled", "Use a Gaussian."
        raise Refusal(need, f"{n} points asked for", cure)
