"""What solvers read off an objective: numbers where they need numbers, or a Refusal."""

from __future__ import annotations

from math import isfinite
from typing import Any

import sympy as sp
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.measures import Density, Empirical, Measure
from gantheory.objectives import Objective, screening
from gantheory.symbolic import y


def number(expression: sp.Expr, what: str) -> float:
    """A SymPy number as a float."""
    if expression.free_symbols:
        raise Refusal(f"a solver needs {what} as a number", expression, "Substitute a number for each parameter.")
    value = float(expression)
    if not isfinite(value):
        raise Refusal(f"{what} is within the range of float64", expression)
    return value


def field_values(field: Field | Any, x: Tensor, what: str) -> Tensor:
    """field(x): finite float64 numbers on the CPU, one for each point; a Refusal otherwise."""
    if not callable(field):
        cure = "Use a function such as lambda x: x[:, 0]."
        raise Refusal(f"{what} is a Field, from points (n, d) to n values", repr(field), cure)
    values = field(x)
    if not isinstance(values, Tensor):
        raise Refusal(f"{what} gives a torch tensor", type(values).__name__, "Write it with torch functions.")
    values = values.detach()
    if values.dtype != torch.float64 or values.shape != x.shape[:1] or values.device.type != "cpu":
        given = f"{values.dtype} of shape {tuple(values.shape)} on {values.device}"
        raise Refusal(f"{what} gives float64 of shape ({len(x)},) on the CPU", given, "Use .double().")
    if not bool(values.isfinite().all()):
        raise Refusal(f"{what} is finite", f"{float(values[~values.isfinite()][0])} in its domain")
    return values


def density_values(measure: Density, x: Tensor, what: str) -> Tensor:
    """p(x), which is ≥ 0 too."""
    values = field_values(measure.density, x, what)
    if bool((values < 0).any()):
        raise Refusal(f"{what} is nowhere negative", f"{float(values.min()):.3g} in its domain")
    return values


def samples(measure: Measure, who: str, side: str) -> Empirical:
    """The measure as weighted points."""
    if not isinstance(measure, Empirical):
        cure = f"Use Empirical({side}.sample(n, generator))."
        raise Refusal(f"{who} needs {side} as samples, an Empirical", type(measure).__name__, cure)
    return measure


def same_space(real: Empirical, fake: Empirical) -> None:
    """Both samples live in one R^d, on one device, in one dtype."""
    a, b = real.points, fake.points
    if a.shape[1] != b.shape[1]:
        raise Refusal("real and fake have the same dimension", f"{a.shape[1]} and {b.shape[1]}")
    if (a.dtype, a.device) != (b.dtype, b.device):
        given = f"{a.dtype} on {a.device} and {b.dtype} on {b.device}"
        raise Refusal("real and fake have the same dtype and device", given, "Convert one with .to(other).")


def elliptic_order(objective: Objective, who: str, equation: str, cure: str) -> tuple[float, int, float]:
    """(λ, m, κ) of a penalty λ⟨D, (κ²−Δ)^m D⟩, as numbers."""
    found = screening(objective.terms)
    if found is None:
        raise Refusal(f"{who} solves {equation}", f"{objective}", cure)
    weight, order, rate = found
    return number(weight, "the weight λ"), order, number(rate, "the rate κ")


def quadratic_sides(objective: Objective, who: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """((factor, label) of the data, of the fakes) for ℓ = factor (y − label)² + constant."""
    sides = []
    for expression in (objective.loss.real, objective.loss.fake):
        if not expression.is_polynomial(y) or sp.degree(expression, y) != 2:
            raise Refusal(f"{who} needs a least-squares loss, factor (y − label)² on each side", f"{objective.loss}")
        _, slope, factor = (number(expression.expand().coeff(y, k), "the loss") for k in range(3))
        if factor <= 0:
            raise Refusal(f"{who} needs a convex least-squares loss", f"{objective.loss}")
        sides.append((factor, -slope / (2 * factor)))
    return sides[0], sides[1]
