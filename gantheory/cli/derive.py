"""`gantheory derive`: from a loss and a penalty to the equation; never imports torch."""

from __future__ import annotations

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
WEIGHTS = {"1": sp.Integer(1), "p": p, "q": q, "mean": (p + q) / 2}


def chosen(table: dict, name: str, what: str) -> object:
    """The entry of that name; a Refusal that lists the names."""
    if name not in table:
        raise Refusal(f"{what} is one of {', '.join(table)}", repr(name))
    return table[name]


def on(name: str, dim: int) -> Domain:
    """The domain of that name: R^n, the unit box, or the torus of period 2π."""
    domains = {"space": Space(dim), "box": Box((0,) * dim, (1,) * dim), "torus": Torus((float(2 * sp.pi),) * dim)}
    return chosen(domains, name, "--domain")  # type: ignore[return-value]


def run(loss: str, order: str, dim: str, weight: str, over: str, domain: str, style: str) -> int:
    """Print the derivation."""
    scale = sp.Symbol("lambda", positive=True) if weight == "lambda" else read.positive(weight, "--weight")
    penalty = GradientPenalty(read.order(order), over=chosen(WEIGHTS, over, "--over"))
    objective = Objective(chosen(LOSSES, loss, "--loss"), scale * penalty)  # type: ignore[arg-type]
    latex = chosen({"text": False, "latex": True}, style, "--format")
    derivation = Derivation(objective, on(domain, read.integer(dim, "--dim")))
    for heading, content in derivation.lines(bool(latex)):
        print(f"% {heading}\n\\[ {content} \\]" if latex else f"{heading:>17}:  {content}")
    return 0
