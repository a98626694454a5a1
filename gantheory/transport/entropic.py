"""Transport with an entropic term, solved by POT's Sinkhorn iteration in the logarithmic domain and certified."""

from __future__ import annotations

import warnings
from math import isfinite
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from gantheory._errors import Refusal
from gantheory.transport._checks import check_programme

with warnings.catch_warnings():  # compiling POT 0.9 warns of an escape in a docstring: an error under -W error
    warnings.simplefilter("ignore")
    import ot

ITERATIONS = 100_000
"""Sweeps; the error falls by a factor that tends to 1 as ε → 0."""

MARGINAL = 1e-13
"""What Σ|P1 − a| is driven to; the value then misses by about this times the largest cost."""

CERTIFIED = 1e-10
"""The largest Σ|P1 − a| + Σ|Pᵀ1 − b|, and the largest gap of the two values over the largest cost, that are accepted."""


class EntropicPlan(NamedTuple):
    """matrix P; potentials with P_ij = a_i b_j exp((u_i + v_j − c_ij)/ε); cost Σ P c; value Σ P c + ε KL(P | a⊗b)."""

    matrix: Float[np.ndarray, "n m"]
    u: Float[np.ndarray, " n"]
    v: Float[np.ndarray, " m"]
    cost: float
    value: float


def entropic_plan(
    cost: Float[np.ndarray, "n m"], a: Float[np.ndarray, " n"], b: Float[np.ndarray, " m"], epsilon: float
) -> EntropicPlan:
    """min Σ P_ij c_ij + ε Σ P_ij log(P_ij/(a_i b_j)) over P ≥ 0 with P1 = a, Pᵀ1 = b, for masses a, b > 0 of sum 1.

    The entropic term is relative to a⊗b, so that the value tends to the cost of transport as ε → 0 and to Σ a_i b_j c_ij as
    ε → ∞, and does not change when a point is split in two. epsilon has the units of the cost. The marginals and the gap to
    the dual value Σ a u + Σ b v are checked; a Refusal where they do not converge. Points of mass 0 are refused: their
    potentials mean nothing. Source: flamary2021pot.
    """
    c, a, b = (np.asarray(z, dtype=np.float64) for z in (cost, a, b))
    check_programme(c, a, b)
    if isinstance(epsilon, bool) or not (isfinite(epsilon) and epsilon > 0):
        raise Refusal("the entropic weight ε is a finite number > 0", epsilon, "Use plan for ε = 0.")
    if not (a.min() > 0 and b.min() > 0):
        raise Refusal("the masses of an entropic plan are positive", "a mass of 0", "Leave those points out.")
    if abs(a.sum() - 1) > 1e-9:
        raise Refusal("the masses of an entropic plan sum to 1", f"{a.sum():.10g}", "Divide each by its sum.")
    scale = float(np.abs(c).max()) or 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # POT warns where it does not converge; that is refused below
        P, log = ot.bregman.sinkhorn_log(a, b, c / scale, epsilon / scale, numItermax=ITERATIONS, stopThr=MARGINAL, log=True)
    u, v = epsilon * (log["log_u"] - np.log(a)), epsilon * (log["log_v"] - np.log(b))
    transported = float((P * c).sum())
    value = transported + float((P * (u[:, None] + v - c)).sum())  # ε log(P_ij/(a_i b_j)) = u_i + v_j − c_ij
    missed = float(np.abs(P.sum(1) - a).sum() + np.abs(P.sum(0) - b).sum())
    gap = abs(value - float(a @ u + b @ v)) / scale
    if not (missed <= CERTIFIED and gap <= CERTIFIED):
        given = f"marginals that miss by {missed:.2g} and values by {gap:.2g} after {ITERATIONS} sweeps"
        raise Refusal(f"Sinkhorn's iteration converges for ε = {epsilon:g}", given, "Use a larger ε, or plan for ε = 0.")
    return EntropicPlan(P, u, v, transported, value)


def entropic_cost(
    cost: Float[np.ndarray, "n m"], a: Float[np.ndarray, " n"], b: Float[np.ndarray, " m"], epsilon: float
) -> float:
    """min_P Σ P_ij c_ij + ε KL(P | a⊗b): the value, entropic term included, not debiased."""
    return entropic_plan(cost, a, b, epsilon).value
