"""`gantheory derive`: from a loss and a penalty to the equation and all that follows; never imports torch."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.cli import read
from gantheory.cli.losses import LOSSES
from gantheory.objectives import (
    Boundary,
    Box,
    Derivation,
    Domain,
    GradientPenalty,
    Loss,
    Objective,
    Space,
    Torus,
    as_json,
    as_latex,
    as_markdown,
    as_text,
    screened_terms,
)
from gantheory.symbolic import formula, nu, p, q, y

LARGEST_DIM = 1000  # beyond it the constants of a Green's function fill pages
FORMATS: dict[str, Callable[..., str]] = {"text": as_text, "latex": as_latex, "markdown": as_markdown, "json": as_json}


def chosen(table: dict, name: str, what: str) -> object:
    """The entry of that name; a Refusal that lists the names."""
    if name not in table:
        raise Refusal(f"{what} is one of {', '.join(table)}", repr(name), f"Use {what} {next(iter(table))}, for instance.")
    return table[name]


def on(name: str, dim: int) -> Domain:
    """The domain of that name: R^n, the unit box with natural, given or simply supported faces, or the torus of period 2π."""
    lower, upper = (0,) * dim, (1,) * dim
    domains = {
        "space": Space(dim),
        "box": Box(lower, upper),
        "dirichlet": Box(lower, upper, Boundary.DIRICHLET),
        "simply-supported": Box(lower, upper, Boundary.SIMPLY_SUPPORTED),
        "torus": Torus((2 * pi,) * dim),
    }
    return chosen(domains, name, "--domain")  # type: ignore[return-value]


def written(words: dict[str, Any]) -> Loss:
    """The loss of --loss, or of --real and --fake, formulas in y; --generator replaces its generator."""
    sides = {side: words[side] for side in ("real", "fake", "generator")}
    given = {side: formula(text, y) for side, text in sides.items() if text is not None}
    if (words["real"] is None) != (words["fake"] is None):
        missing = "--fake" if words["fake"] is None else "--real"
        raise Refusal("a loss has both sides, --real and --fake", f"no {missing}", f'Add {missing} "…", a formula in y.')
    if words["real"] is None:
        named: Any = chosen(LOSSES, "wasserstein" if words["loss"] is None else words["loss"], "--loss")
        return Loss(named.real, named.fake, given.get("generator", named.generator))
    if words["loss"] is not None:
        raise Refusal("a loss is named, or written as --real and --fake", "both", "Leave --loss out.")
    return Loss(given["real"], given["fake"], given.get("generator", -y))


def weighed(over: str) -> sp.Expr:
    """w: 1, mean for (p + q)/2, or a formula in p, q and nu."""
    return (p + q) / 2 if over == "mean" else formula(over, p, q, nu)


def terms(words: dict[str, Any], order: int) -> tuple[Any, ...]:
    """λ times the penalty; with --rate the terms of λ⟨D, (κ²−Δ)^m D⟩."""
    weight = sp.Symbol("lambda", positive=True) if words["weight"] == "lambda" else read.positive(words["weight"], "--weight")
    if words["rate"] is not None:
        if words["over"] != "1" or words["centre"] is not None or words["one_sided"]:
            cure = "Leave out --over, --centre and --one-sided, or --rate."
            raise Refusal(
                "--rate screens the penalty over 1 without a centre", "a weight, a centre or one side beside it", cure
            )
        rate = sp.Symbol("kappa", positive=True) if words["rate"] == "kappa" else read.positive(words["rate"], "--rate")
        return screened_terms(order, rate, weight)
    if words["one_sided"] and words["centre"] is None:
        raise Refusal("--one-sided belongs to a penalty with a centre", "none", "Add --centre 1.")
    centre = 0 if words["centre"] is None else read.nonnegative(words["centre"], "--centre")
    return (weight * GradientPenalty(order, over=weighed(words["over"]), centre=centre, one_sided=words["one_sided"]),)


def run(**words: Any) -> int:
    """Print the derivation."""
    show: Any = chosen(FORMATS, words["style"], "--format")
    order = read.order(words["order"])
    objective = Objective(written(words), *terms(words, order))
    domain = on(words["domain"], read.integer(words["dim"], "--dim", most=LARGEST_DIM))
    print(show(Derivation(objective, domain).lines()))
    return 0
