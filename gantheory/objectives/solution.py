"""The closed form of D for a linear loss under a quadratic penalty over 1: its Green's function, domain by domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import sympy as sp

from gantheory.objectives import checks_green
from gantheory.objectives.domain import Boundary, Box, Domain, Space, Torus, pinned
from gantheory.objectives.facts import Fact
from gantheory.objectives.objective import Objective
from gantheory.objectives.screened import screening
from gantheory.objectives.standing import Posedness, Standing
from gantheory.symbolic import (
    circle_solution,
    dirichlet_solution,
    fundamental_solution,
    line,
    neumann_solution,
    p,
    q,
    reflecting_solution,
    screened_circle_solution,
    screened_solution,
    supported_solution,
)

POINT, SOURCE = sp.symbols("x s", real=True)
LONGEST = 3  # order up to which the Green's function of an interval or a circle is written out
SERIES = (
    r"G(x) = \frac{1}{%s} \sum_{k \in \mathbb{Z}^{%s}%s} \frac{e^{i\omega\cdot x}}{%s},\quad \omega_i = \frac{2\pi k_i}{T_i}"
)


@dataclass(frozen=True)
class Green:
    """G as a formula in r or in (x, s), or a series; of: how D takes it, "|x−y|" or "x, y"."""

    text: str
    latex: str
    of: str
    argument: str
    check: Callable[[], str] | None = None


def fundamental(objective: Objective, domain: Domain) -> sp.Expr | None:
    """G(r) of R^n; None where the equation has no such form, and on other domains."""
    found = screening(objective.terms)
    if found is None or not objective.loss.linear or not isinstance(domain, Space):
        return None
    _, order, rate = found
    return fundamental_solution(order, domain.dim) if rate == 0 else screened_solution(order, domain.dim, rate)


def exact(length: float) -> sp.Expr:
    """A length of a domain as a number: 2π where it is that."""
    turns = sp.nsimplify(length / float(sp.pi), rational=True)
    return turns * sp.pi if turns.q <= 12 and float(turns * sp.pi) == length else sp.Rational(str(length))


def green(objective: Objective, domain: Domain) -> Green | None:
    """G with D = (1/2λ) ∫ G (−reaction) + what is free; None where there is no closed form, or no solution."""
    found = screening(objective.terms)
    if found is None or not objective.loss.linear:
        return None
    _, order, rate = found
    if rate == 0 and not pinned(domain) and sp.simplify(objective.loss.reaction.subs({p: 1, q: 1})) != 0:
        return None
    if isinstance(domain, Space):
        G = fundamental(objective, domain)
        route = partial(checks_green.kernel, G, order, domain.dim, rate)
        argument = "the integral representation of wendland2004scattered, theorem 6.13"
        return Green(f"G(r) = {line(G)}", f"G(r) = {sp.latex(G)}", "|x−y|", argument, route)
    if isinstance(domain, Torus):
        return _periodic(order, rate, [exact(T) for T in domain.periods])
    return _between(order, rate, domain) if domain.dim == 1 else None


def _periodic(order: int, rate: sp.Expr, periods: list[sp.Expr]) -> Green:
    """A closed form on the circle, a series on other tori."""
    n = len(periods)
    if n == 1 and order <= LONGEST:
        G = screened_circle_solution(order, periods[0], rate) if rate != 0 else circle_solution(order, periods[0])
        route = partial(checks_green.circle, G, order, periods[0], rate)
        text, latex = f"G(r) = {line(G)} for 0 ≤ r ≤ {line(periods[0])}", f"G(r) = {sp.latex(G)}"
        return Green(text, latex, "|x−y|", "the Fourier series of the torus", route)
    volume, without = sp.Mul(*periods), "" if rate != 0 else "∖0"
    symbol = f"|ω|^{2 * order}" if rate == 0 else f"({line(rate**2)} + |ω|²)" + (f"^{order}" if order > 1 else "")
    text = f"G(x) = Σ e^(iω·x)/({line(volume)}·{symbol}) over k ∈ Z^{n}{without}, ω_i = 2π k_i/T_i"
    tex = rf"|\omega|^{{{2 * order}}}" if rate == 0 else rf"\left({sp.latex(rate**2)} + |\omega|^2\right)^{{{order}}}"
    latex = SERIES % (sp.latex(volume), n, "" if rate != 0 else r"\setminus 0", tex)
    return Green(text, latex, "x−y", "the Fourier series of the torus", partial(checks_green.wave, order, rate, periods))


def _between(order: int, rate: sp.Expr, domain: Box) -> Green | None:
    """On an interval: by Hermite's interpolant, by orthogonal polynomials, or by reflection of a circle."""
    ends = (sp.Rational(str(domain.lower[0])), sp.Rational(str(domain.upper[0])))
    G = _interval(order, rate, domain.boundary, ends) if order <= LONGEST else None
    if G is None:
        return None
    below = G.args[0][0]
    route = partial(checks_green.interval, G, order, rate, domain.boundary, ends)
    text = f"G(x, s) = {line(below)} for x ≤ s, G(x, s) = G(s, x)"
    return Green(text, rf"G(x, s) = {sp.latex(below)},\quad x \le s", "x, s", "its equation, jump and ends", route)


def _interval(order: int, rate: sp.Expr, boundary: Boundary, ends: tuple[sp.Expr, sp.Expr]) -> sp.Expr | None:
    x, s = POINT, SOURCE
    if boundary is Boundary.SIMPLY_SUPPORTED or (boundary is Boundary.DIRICHLET and order == 1):
        return supported_solution(order, ends, x, s, rate=rate)
    if rate == 0:
        return (dirichlet_solution if boundary is Boundary.DIRICHLET else neumann_solution)(order, ends, x, s)
    return reflecting_solution(order, ends, x, s, rate=rate) if order == 1 and boundary is Boundary.NATURAL else None


def facts(objective: Objective, domain: Domain, posed: Posedness | None) -> list[Fact]:
    """The Green's function, and D as its superposition."""
    kernel = green(objective, domain)
    if kernel is None:
        return []
    weight, _, rate = screening(objective.terms)  # type: ignore[misc]
    factor, source = sp.factor(-objective.loss.reaction).as_independent(p, q, as_Add=False)
    front, at = factor / (2 * weight), "s" if kernel.of == "x, s" else "y"
    free = _free(domain, rate, posed)
    added, _, words = free.partition(", ")
    text = f"D(x) = {line(front)} · ∫ G({kernel.of}) ({line(source)})({at}) d{at}{free}"
    tex = rf"D(x) = {sp.latex(front)} \int G({kernel.of.replace('−', '-')})\,({sp.latex(source)})({at})\,d{at}{added}"
    tex += rf",\quad \text{{{words}}}" if words else ""
    return [
        Fact("Green's function", kernel.text, kernel.latex, kernel.argument, kernel.check),
        Fact("discriminator", text, tex, "superposition of the Green's function"),
    ]


def _free(domain: Domain, rate: sp.Expr, posed: Posedness | None) -> str:
    """What may be added to D: a polynomial, a constant, or what carries given values at the ends."""
    if isinstance(domain, Box) and domain.boundary is not Boundary.NATURAL:
        return " + h(x), h without a source and with the given values"
    if rate != 0:
        return ""
    return " + P(x)" if posed is None or posed.standing is Standing.ILL_POSED else " + c"
