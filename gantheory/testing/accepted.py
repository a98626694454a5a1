"""All that a manufactured problem must show before it is believed."""

from __future__ import annotations

import numpy as np
import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives import Box
from gantheory.objectives.ellipticity import size
from gantheory.symbolic import coordinates, gradient_norm_squared, p, q, y
from gantheory.testing.degenerate import (
    SMALL,
    on_grid,
    refuse_infinite,
    refuse_polynomial,
    refuse_separable,
    refuse_shape,
    refuse_zero_at_faces,
    to_domain,
    unit_grid,
)
from gantheory.testing.problem import Manufactured
from gantheory.testing.shares import Share, shares

DATA = 1e-3  # of the largest term: what given densities that only stand on the right must reach


def refuse_degenerate(problem: Manufactured, given: frozenset[sp.Symbol]) -> tuple[Share, ...]:
    """The shares of the terms; a Refusal for a problem that would hide a fault. given: the densities that the user gave."""
    D, domain = problem.D, problem.domain
    order = max(t.penalty.order for t in problem.objective.terms)
    refuse_infinite(problem.exact, domain, "D")
    refuse_infinite(problem.source, domain, "the source, with the derivatives of D and of the weights,")
    refuse_polynomial(D, domain.dim, order)
    refuse_shape(D, domain, "D")
    refuse_separable(D, domain, "D")
    refuse_zero_at_faces(problem.exact, domain, "D")
    _coefficients(problem)
    _faces(problem, order)
    _centres(problem)
    found = shares(problem.equation, D, problem.densities, to_domain(unit_grid(domain.dim).reshape(-1, domain.dim), domain))
    _visible(found, given)
    return found


def _coefficients(problem: Manufactured) -> None:
    """Weights and the slope of the reaction vary without symmetry; p is not q."""
    domain, known = problem.domain, problem.densities
    for t in problem.objective.terms:
        if t.penalty.over != 1:
            refuse_shape(t.penalty.over.subs(known), domain, f"the weight {t.penalty.over}")
    slope = sp.diff(problem.equation.reaction, y)
    bend = on_grid(slope.subs(known).subs(y, problem.D), domain)
    if not float(bend.min()) >= -SMALL * float(np.abs(bend).max()):
        need = "the loss is convex at the values of D: elsewhere D need be no minimum, and a solver finds another"
        raise Refusal(need, f"{problem.objective.loss}, of curvature {bend.min():.3g}", "Scale D, or use a convex loss.")
    if slope.free_symbols & {p, q}:
        refuse_shape(slope.subs(known).subs(y, problem.D), domain, "the coefficient of D in the reaction")
    a, b = on_grid(known[p], domain), on_grid(known[q], domain)
    if not float(np.abs(a - b).max()) > SMALL * float(np.abs(a).max()):
        raise Refusal("p and q differ: where they are equal they can be exchanged unseen", known[p], "Leave q out.")


def _faces(problem: Manufactured, order: int) -> None:
    """The derivatives that are given at the faces, and the natural data, are not 0 there."""
    if not isinstance(problem.domain, Box):
        return
    for j in problem.domain.boundary.given(order)[1:]:
        for axis in range(problem.dim):
            alpha = tuple(j * (k == axis) for k in range(problem.dim))
            _shows(problem, problem.exact.derivative(alpha), (axis,), f"the normal derivative of order {j}")
    for datum in problem.natural:
        _shows(problem, datum.value, datum.at, f"the natural datum against {datum.against}")


def _shows(problem: Manufactured, value: object, at: tuple[int, ...], name: str) -> None:
    unit = unit_grid(problem.dim).reshape(-1, problem.dim)
    inside = float(value(to_domain(unit, problem.domain)).abs().max())  # type: ignore[operator]
    for ends in np.ndindex((2,) * len(at)):
        face = unit.copy()
        face[:, at] = ends
        if float(value(to_domain(face, problem.domain)).abs().max()) > SMALL * inside:  # type: ignore[operator]
            return
    where = ", ".join(f"x{k + 1}" for k in at)
    raise Refusal(f"{name} is not 0 at the ends of {where}", f"D = {problem.D}", "Choose another D: generic(domain, seed=1).")


def _centres(problem: Manufactured) -> None:
    """With a centre K, the equation is elliptic at every point, and a one-sided penalty is active at every point."""
    terms = [t.penalty for t in problem.objective.terms if t.penalty.centre != 0]
    if not terms:
        return
    cure = "Choose D with a larger gradient everywhere, or a smaller centre."
    sizes = {m: sp.sqrt(gradient_norm_squared(problem.D, coordinates(problem.dim), m)) for m in {t.order for t in terms}}
    for t in terms:
        least, most = (float(f(on_grid(sizes[t.order], problem.domain))) for f in (np.min, np.max))
        centre = float(t.centre)
        if not least > centre * (1 + SMALL) and (t.one_sided or problem.dim > 1 or not least > SMALL * most):
            name = "∇D" if t.order == 1 else f"∇^{t.order} D"
            need = f"|{name}| stays above the centre {t.centre}, where the equation degenerates"
            raise Refusal(need, f"|{name}| from {least:.3g} to {most:.3g}", cure)
    bound = problem.equation.degeneracy(problem.dim).bound
    top = max(t.penalty.order for t in problem.objective.terms)
    if top in sizes:
        held = on_grid(bound.subs(size, sizes[top]).subs(problem.densities), problem.domain)
        if not float(held.min()) > SMALL * float(held.max()):
            raise Refusal("the equation is elliptic at every point of D", f"a symbol from {held.min():.3g}", cure)


def _visible(found: tuple[Share, ...], given: frozenset[sp.Symbol]) -> None:
    for share in found:
        if share.operator and not share.size >= SMALL:
            need = f"each term shows: at least {SMALL:.0%} of the largest"
            cure = "Change the weights λ, or take a D whose derivatives are of one size: generic(domain)."
            raise Refusal(need, f"{share.size:.2g} for {share.name}", cure)
        named = [s for s in given if share.name.startswith(f"reaction of {s}, free")]
        if named and not share.size >= DATA:
            need, cure = f"a density shows: at least {DATA:.1%} of the largest term", "Leave p and q out: they are made to fit."
            raise Refusal(need, f"{share.size:.2g} for {share.name}", cure)
