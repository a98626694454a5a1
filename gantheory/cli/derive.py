"""`gantheory derive`: from a loss and a penalty to the equation; never imports torch."""

from __future__ import annotations

from math import comb

import sympy as sp

from gantheory._errors import Refusal
from gantheory.cli import read
from gantheory.objectives import (
    LEAST_SQUARES,
    WASSERSTEIN,
    Box,
    Derivation,
    Domain,
    GradientPenalty,
    Objective,
    Space,
    Torus,
)
from gantheory.symbolic import p, q

LOSSES = {"wasserstein": WASSERSTEIN, "least-squares": LEAST_SQUARES}
LISTED = 500  # elements of a null space, beyond which a line is no longer read
WEIGHTS = {"1": sp.Integer(1), "p": p, "q": q, "mean": (p + q) / 2}


def chosen(table: dict, name: str, what: str) -> object:
    """The entry of that name; a Refusal that lists the names."""
    if name not in table:
        raise Refusal(f"{what} is one of {', '.join(table)}", repr(name), f"Use {what} {next(iter(table))}, for instance.")
    return table[name]


def on(name: str, dim: int) -> Domain:
    """The domain of that name: R^n, the unit box, or the torus of period 2π."""
    domains = {"space": Space(dim), "box": Box((0,) * dim, (1,) * dim), "torus": Torus((float(2 * sp.pi),) * dim)}
    return chosen(domains, name, "--domain")  # type: ignore[return-value]


def listable(domain: Domain, order: int) -> Domain:
    """The domain, if the polynomials without penalty on it, of degree < order, can be written out."""
    count = comb(domain.dim + order - 1, domain.dim)
    if count > LISTED and not isinstance(domain, Torus):
        need = f"the null space, polynomials of degree < {order} on {domain}, has at most {LISTED} basis elements"
        raise Refusal(need, count, "Use a smaller --order or --dim, or --domain torus.")
    return domain


def run(loss: str, order: str, dim: str, weight: str, over: str, domain: str, style: str) -> int:
    """Print the derivation."""
    scale = sp.Symbol("lambda", positive=True) if weight == "lambda" else read.positive(weight, "--weight")
    penalty = GradientPenalty(read.order(order), over=chosen(WEIGHTS, over, "--over"))
    objective = Objective(chosen(LOSSES, loss, "--loss"), scale * penalty)  # type: ignore[arg-type]
    latex = chosen({"text": False, "latex": True}, style, "--format")
    derivation = Derivation(objective, listable(on(domain, read.integer(dim, "--dim")), penalty.order))
    for heading, content in derivation.lines(bool(latex)):
        print(f"% {heading}\n\\[ {content} \\]" if latex else f"{heading:>17}:  {content}")
    if latex and derivation.posedness is not None:
        print(f"% on {derivation.domain}: {derivation.posedness}")
    return 0
