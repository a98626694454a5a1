"""manufactured(objective, D, domain): the data that make a given discriminator exact."""

from __future__ import annotations

import dataclasses
from typing import Any

import sympy as sp

from gantheory.objectives import Objective
from gantheory.testing.accepted import refuse_degenerate
from gantheory.testing.data import fitting, read
from gantheory.testing.generic import Place
from gantheory.testing.problem import Manufactured


def manufactured(
    objective: Objective | Any,
    D: sp.Expr | Any,
    domain: Place | Any,
    *,
    p: sp.Expr | Any = None,
    q: sp.Expr | Any = None,
    nu: sp.Expr | Any = None,
) -> Manufactured:
    """The data that make D the exact discriminator of the objective on a Box or a Torus.

    D: an expression in coordinates(n), periodic on a torus. p, q, nu: positive expressions; generic ones where left out, of a
    size that lets each term show. Refused, because a fault would not show: a D that is symmetric, separable, independent of a
    coordinate, 0 at a face, or a polynomial that schemes reproduce; weights that are constant; p = q; a derivative term, a
    penalty or a reaction below 1 % of the largest; a centred penalty on both sides of where it degenerates.

    >>> from gantheory import WASSERSTEIN, FourierSeries, GradientPenalty, Objective, Torus
    >>> from gantheory.symbolic import coordinates
    >>> circle = Torus((2.0,))
    >>> problem = manufactured(Objective(WASSERSTEIN, GradientPenalty(1)), sp.exp(sp.sin(sp.pi * coordinates(1)[0])), circle)
    >>> problem.error(problem.solve(FourierSeries(circle, 16))) < 1e-12
    True
    """
    given = read(objective, D, domain, (p, q, nu))
    problem = Manufactured(objective, D, domain, fitting(objective, D, domain, given))
    return dataclasses.replace(problem, shares=refuse_degenerate(problem, frozenset(given)))
