"""Means of a discriminator under a measure: over samples, by the rule that a Field brings along, or by Gauss–Hermite."""

from __future__ import annotations

from functools import cache
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import sympy as sp
import torch
from numpy.polynomial.hermite_e import hermegauss
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.finite_elements.element_field import ElementField
from gantheory.discriminators.finite_elements.rule import cells
from gantheory.discriminators.fourier_series.laws import resolved, wrapped
from gantheory.discriminators.grid_field import GridField
from gantheory.discriminators.wrapped import Wrapped
from gantheory.fourier import FourierField, nodes
from gantheory.grids import TorusGrid
from gantheory.lowering import lower
from gantheory.measures import Density, Empirical, Gaussian, Measure, Mixture
from gantheory.symbolic import y

HERMITE = {1: 128, 2: 48, 3: 24}  # nodes on each axis
DEGREE = 10  # of polynomials that are integrated exactly on a simplex
Rule: TypeAlias = tuple[Tensor, Tensor]  # points (n, d) and weights (n,)


@runtime_checkable
class Integrable(Field, Protocol):
    """A Field that brings points and weights for integrals over its domain."""

    @property
    def quadrature(self) -> Rule:
        """Points (n, d) and weights (n,) with Σ w f(x) ≈ ∫ f dx."""
        ...


def expectation(integrand: sp.Expr, D: Field, measure: Measure) -> float:
    """E[f(D(X))], X of the given law, f an expression in y; in float64.

    Exact for samples. A density is integrated over the domain of D where D brings one (a grid, a torus, around which the law
    is wrapped), a Gaussian or a mixture elsewhere by Gauss–Hermite, exact where f(D) is a polynomial of degree < 48.
    """
    points, weights = _rule(D, measure)
    values = lower(integrand, y)(D(points).detach()).double()
    total = float(weights.double() @ values)
    if not np.isfinite(total):
        raise Refusal("a mean of a discriminator is finite", f"E[{integrand}] = {total}")
    return total


def gap(D: Field, real: Measure, fake: Measure) -> float:
    """E_real D − E_fake D."""
    return expectation(y, D, real) - expectation(y, D, fake)


def _rule(D: Field, measure: Measure) -> Rule:
    """Points and weights for the mean under the measure."""
    if isinstance(measure, Empirical):
        return measure.points.detach(), measure.weights.detach()
    if not isinstance(measure, Density):
        need = "a mean needs samples or a density"
        raise Refusal(need, type(measure).__name__, "Use Empirical(measure.sample(n, generator)).")
    if isinstance(D, FourierField):
        return _on_torus(D, measure)
    rule = domain_rule(D)
    if isinstance(D, GridField) and isinstance(D.grid, TorusGrid):
        return D.grid.nodes, _trapezoid(D)[1] * Wrapped.on(D.grid, measure).density(D.grid.nodes)
    if rule is not None:
        return rule[0], rule[1] * measure.density(rule[0]).detach()
    if isinstance(measure, Gaussian):
        return _hermite(measure)
    if isinstance(measure, Mixture):
        rules = [_hermite(c) for c in measure.components]
        shares = zip(measure.weights.detach(), rules, strict=True)
        return torch.cat([points for points, _ in rules]), torch.cat([share * weights for share, (_, weights) in shares])
    need = "the mean of a discriminator without a domain needs samples, a Gaussian or a Mixture"
    raise Refusal(need, type(measure).__name__, "Use Empirical(measure.sample(n, generator)).")


def domain_rule(D: Field) -> Rule | None:
    """Points and weights for ∫ … dx over the domain of D; None where D brings no domain."""
    if isinstance(D, GridField):
        return _trapezoid(D)
    if isinstance(D, ElementField):
        return _simplices(D)
    return D.quadrature if isinstance(D, Integrable) else None


def _on_torus(D: FourierField, measure: Density) -> Rule:
    """The trapezoid rule under the wrapped law."""
    points = resolved(D.lattice)
    x = torch.from_numpy(nodes(D.lattice.periods, points))
    weights = torch.from_numpy(wrapped(measure, D.lattice.periods, points).ravel()) * (D.lattice.volume / len(x))
    return x.to(D.coefficients.real), weights


def _trapezoid(D: GridField) -> Rule:
    """The trapezoid rule on the axes of the grid; every node counts alike on a torus."""
    closed = getattr(D.grid, "boundary", ...) is None
    rules = [np.full(len(x), x[1] - x[0]) if closed else np.convolve(np.diff(x), [0.5, 0.5]) for x in D.grid.axes]
    weights = torch.from_numpy(rules[0])
    for more in rules[1:]:
        weights = torch.outer(weights, torch.from_numpy(more)).ravel()
    return D.grid.nodes, weights


def _simplices(D: ElementField) -> Rule:
    """A rule on every simplex."""
    rule = cells(D.space, DEGREE)
    return torch.from_numpy(rule.points.reshape(-1, rule.points.shape[-1])), torch.from_numpy(rule.weights.ravel())


@cache
def _standard(dim: int) -> Rule:
    """Gauss–Hermite for the standard normal law."""
    z, w = hermegauss(HERMITE[dim])
    points = torch.cartesian_prod(*[torch.from_numpy(z)] * dim).reshape(-1, dim)
    weights = torch.from_numpy(w / w.sum())
    whole: Tensor = weights
    for _ in range(dim - 1):
        whole = torch.outer(whole, weights).ravel()
    return points, whole


def _hermite(law: Gaussian) -> Rule:
    if law.dim not in HERMITE:
        cure = "Use Empirical(measure.sample(n, generator))."
        raise Refusal("the mean under a Gaussian is integrated for n ≤ 3", f"n = {law.dim}", cure)
    z, w = _standard(law.dim)
    return law.mean.detach() + z.to(law.mean) @ law.factor.detach().mT, w
