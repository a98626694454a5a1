"""What duality says of an objective: its least value, the multiplier of a constraint, and what the flow dissipates."""

from __future__ import annotations

from functools import partial

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives import checks
from gantheory.objectives.dissipated import dissipation
from gantheory.objectives.domain import Domain
from gantheory.objectives.dual import MMD, Dual, budget
from gantheory.objectives.equation import grouped
from gantheory.objectives.facts import Fact
from gantheory.objectives.objective import Objective
from gantheory.objectives.standing import Posedness, Standing
from gantheory.objectives.wording import named
from gantheory.symbolic import line, y


def dual(objective: Objective, domain: Domain) -> list[Fact]:
    """min J in closed form, and λ*."""
    found = Dual(objective, domain)
    value, best, square, weight = found.value, found.multiplier, found.squared_norm, found.weight
    if value is None or best is None or square is None or weight is None:
        return []
    plain = square == MMD**2
    norm = MMD if plain else sp.Symbol("N", positive=True)
    whole = {sp.sqrt(square): norm, square: norm**2}
    start = (objective.loss.real + objective.loss.fake).subs(y, 0)
    slope = sp.diff(objective.loss.fake, y)
    route = partial(checks.duality, (value - start).subs(whole), best.subs(whole), norm, slope, weight, budget)
    meaning = ", MMD² = ∬ G (p − q)(p − q)" if plain else ""
    granted = f"; {found.condition}" if found.condition else ""
    text, held = f"min J = {line(value)}{meaning}{granted}", f"λ* = {line(best)}, where the penalty is held at c"
    return [
        Fact("least value", text, rf"\min_D J = {named(value)}", "duality", route),
        Fact("multiplier", held, rf"\lambda^* = {named(best)}", "duality", route),
    ]


def dissipated(objective: Objective, posed: Posedness | None) -> list[Fact]:
    """How −min J changes along the flow; nothing where min J is not finite."""
    if posed is not None and posed.standing is Standing.ILL_POSED:
        return []
    try:
        found = dissipation(objective)
    except Refusal:
        return []
    rate = found.rate.subs(y, sp.Symbol("D"))
    tex = "-" if rate == -1 else grouped(rate, sp.latex) + r"\,"
    dots = r" + \dots" if found.moving else ""
    latex = rf"\frac{{d}}{{dt}}\left(-\min_D J\right) = \mathbb{{E}}_q\left[{tex}|\nabla D|^2\right]{dots}"
    return [Fact("dissipation", str(found), latex, "the envelope theorem along ẋ = −γ′(D)∇D")]
