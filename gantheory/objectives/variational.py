"""What the variation of an objective gives: its equation, and what that asks for at the boundary and of the source."""

from __future__ import annotations

from functools import partial
from math import comb

import sympy as sp

from gantheory.objectives import checks
from gantheory.objectives.domain import Box, Domain
from gantheory.objectives.facts import Fact
from gantheory.objectives.objective import Objective
from gantheory.objectives.wording import ends, given, latex_functional, monomials, sentence, vanishing, vanishing_latex
from gantheory.symbolic import line, p, q

LISTED = 10  # elements of a null space, or conditions, beyond which they are counted, not listed
LONG = 400  # operations in them, likewise
NOTHING = "a term of order 0, boundary data or a curved loss, which leave nothing free"
AGAINST = "the right side against each element of the null space"


def functional(objective: Objective) -> Fact:
    """J[D]."""
    return Fact("functional", f"J[D] = {objective}", latex_functional(objective), "definition")


def equation(objective: Objective, domain: Domain) -> Fact:
    """δJ/δD = 0, checked by brute force."""
    found = objective.euler_lagrange()
    argument = "the structure of the penalty, whose variation is checked by brute force for orders ≤ 4"
    return Fact("equation", str(found), found.latex(), argument, partial(checks.equation, objective, domain.dim))


def ellipticity(objective: Objective, domain: Domain) -> list[Fact]:
    """Where the equation is elliptic."""
    if not objective.terms:
        return []
    found = objective.euler_lagrange().degeneracy(domain.dim)
    return [Fact("ellipticity", found.reason, "", "the principal symbol of the equation linearised at D")]


def boundary(objective: Objective, domain: Domain) -> list[Fact]:
    """What is given at the faces of a box, and what the variation leaves to vanish there."""
    if not isinstance(domain, Box) or not objective.terms:
        return []
    held = given(domain.boundary, max(t.penalty.order for t in objective.terms))
    count = _conditions(domain, max(t.penalty.order for t in objective.terms))
    if not count:
        return [Fact("boundary", held, "", "definition")]
    argument, start = "the variation, integrated by parts axis by axis", f"{held}; " if held else ""
    found = objective.euler_lagrange().boundary_conditions(domain) if count <= LISTED else ()
    if not found or sum(sp.count_ops(c.expression) for c in found) > LONG:
        return [Fact("boundary", f"{start}{count} natural conditions on faces, edges and corners", "", argument)]
    text = start + "; ".join(f"{line(c.expression)} = 0 at {ends(c.at, line)}" for c in found)
    rows = [rf"{sp.latex(c.expression)} = 0\ \text{{at }} {ends(c.at, sp.latex)}" for c in found]
    return [Fact("boundary", text, r",\quad ".join(([sentence(held)] if held else []) + rows), argument)]


def _conditions(domain: Box, order: int) -> int:
    """How many there are: Σ_k C(n,k) C(m′,k), on strata of k axes; m′ of the m normal derivatives are not given."""
    loose = order - len(domain.boundary.given(order))
    return sum(comb(domain.dim, k) * comb(loose, k) for k in range(1, min(domain.dim, loose) + 1))


def free(objective: Objective, domain: Domain) -> list[Fact]:
    """The null space, and what it asks of the source."""
    found = objective.euler_lagrange()
    count, m = found.nullity(domain), min((t.penalty.order for t in objective.terms), default=0)
    if count > LISTED:
        return _counted(objective, count, m)
    basis = found.null_space(domain)
    route = partial(checks.null_space, objective, basis)
    text, latex = ", ".join(map(line, basis)) or "only 0", ", ".join(map(sp.latex, basis)) or r"\{0\}"
    conditions = found.compatibility(domain)
    asked = "; ".join(vanishing(f) for f in conditions) or "none"
    tex = r";\ ".join(vanishing_latex(f) for f in conditions) or r"\text{none}"
    return [Fact("null space", text, latex, NOTHING, route), Fact("compatibility", asked, tex, AGAINST)]


def _counted(objective: Objective, count: int, degree: int) -> list[Fact]:
    source = sp.factor(-objective.loss.reaction.as_independent(p, q, as_Add=True)[1])
    return [
        Fact(
            "null space",
            f"the {count} monomials of degree < {degree}",
            monomials(count, degree),
            f"their degree: adding them leaves ∇^{degree} D as it is",
        ),
        Fact(
            "compatibility",
            f"∫ x^α ({line(source)}) dx = 0 for |α| < {degree}",
            rf"\int x^\alpha\,({sp.latex(source)})\,dx = 0,\ |\alpha| < {degree}",
            AGAINST,
        ),
    ]
