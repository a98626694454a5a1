"""What a loss says of itself, without a penalty."""

from __future__ import annotations

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.equation import grouped
from gantheory.objectives.facts import Fact
from gantheory.objectives.loss import Loss
from gantheory.symbolic import line


def pointwise(loss: Loss) -> list[Fact]:
    """What the loss alone gives: its optimum, the divergence that it estimates, the force on a particle."""
    try:
        best, estimated = loss.optimum(), loss.divergence()
    except Refusal:
        return []
    route = "stationary or at a kink, and below other values of D at three pairs of p and q"
    found = [
        Fact("pointwise optimum", f"D* = {line(best)}, without the penalty", rf"D^* = {sp.latex(best)}", "", lambda: route),
        Fact("divergence", f"∫ {line(estimated)} dx", rf"\int {sp.latex(estimated)}\,dx", "inserting D* into minus the loss"),
    ]
    try:
        force = loss.force()
    except Refusal:
        return found
    factor, tex = ("", "") if force == 1 else (grouped(force, line) + " ", grouped(force, sp.latex) + r"\,")
    text, latex = f"ẋ = {factor}∇log r, r = p/q", rf"\dot x = {tex}\nabla\log r,\quad r = p/q"
    return [*found, Fact("force", text, latex, "−γ′(D*) dD*/d log r")]
