"""The coefficients of an objective's equation as functions of points: formulas in p, q, nu and D over given densities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.reading import field_values
from gantheory.discriminators.wrapped import Wrapped
from gantheory.grids import Coefficient, Function, TorusGrid
from gantheory.lowering import lower
from gantheory.measures import Density, Measure
from gantheory.symbolic import nu, p, q

DENSITIES = (p, q, nu)


@dataclass(frozen=True, eq=False)
class Coefficients:
    """p, q and, where a reference is given, nu, at points of R^dim."""

    measures: Mapping[sp.Symbol, Density | Wrapped]

    @staticmethod
    def of(real: Measure, fake: Measure, reference: Measure | None, dim: int, who: str) -> Coefficients:
        """A Refusal unless each measure has a density in R^dim."""
        found: dict[sp.Symbol, Density] = {}
        for symbol, measure in zip(DENSITIES, (real, fake, reference), strict=True):
            if measure is None:
                continue
            if not isinstance(measure, Density) or measure.dim != dim:
                given = f"{type(measure).__name__} of dimension {measure.dim}"
                raise Refusal(f"{who} needs densities in {dim}-D", given, "Use a Gaussian or a Mixture.")
            found[symbol] = measure
        return Coefficients(found)

    def around(self, grid: TorusGrid) -> Coefficients:
        """The same with laws on Rⁿ wrapped around the torus of the grid."""
        return Coefficients({s: m if isinstance(m, Wrapped) else Wrapped.on(grid, m) for s, m in self.measures.items()})

    def needed(self, expression: sp.Expr, *more: sp.Symbol) -> tuple[sp.Symbol, ...]:
        """The densities that the formula holds; a Refusal for any other symbol."""
        missing = expression.free_symbols - set(self.measures) - set(more)
        if missing:
            cure = "Pass reference= for nu, and numbers for parameters."
            raise Refusal("a solver needs every symbol of the objective as numbers", ", ".join(map(str, missing)), cure)
        return tuple(s for s in self.measures if s in expression.free_symbols)

    def values(self, symbol: sp.Symbol, points: NDArray[np.float64]) -> Tensor:
        """One density."""
        return field_values(self.measures[symbol].density, torch.from_numpy(points), f"the density {symbol}")

    def weight(self, over: sp.Expr) -> Coefficient:
        """The weight of a penalty, nowhere negative."""
        value = self.function(over)
        if isinstance(value, float):
            return value

        def checked(points: NDArray[np.float64]) -> NDArray[np.float64]:
            found = value(points)
            if (found < 0).any():
                raise Refusal("the weight of a penalty is nowhere negative", f"{over} = {found.min():.3g} on the grid")
            return found

        return checked

    def function(self, expression: sp.Expr) -> Coefficient:
        """The formula as a function of points; a float where it holds no density."""
        symbols = self.needed(expression)
        if not symbols:
            return float(expression)
        lowered = lower(expression, *symbols)
        return lambda points: lowered(*(self.values(s, points) for s in symbols)).numpy()


def as_function(field: Field | Any, what: str) -> Function:
    """A Field as a function of NumPy points."""
    return lambda points: field_values(field, torch.from_numpy(points), what).numpy()


def total(*summands: Coefficient) -> Function:
    """Their sum as a function."""

    def value(points: NDArray[np.float64]) -> NDArray[np.float64]:
        parts: list[Callable | float] = list(summands)
        return sum(
            (np.full(len(points), part) if isinstance(part, float) else part(points) for part in parts), np.zeros(len(points))
        )

    return value
