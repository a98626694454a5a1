"""The linear programme of Kantorovich, solved by POT's network simplex and certified by its dual."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from gantheory._errors import Refusal
from gantheory.transport._checks import check_programme

with warnings.catch_warnings():  # compiling POT 0.9 warns of an escape in a docstring: an error under -W error
    warnings.simplefilter("ignore")
    import ot

ITERATIONS = 10**7
"""Pivots; 5 000 points to 5 000 points need about 10⁵."""

GAP = 1e-9
"""What bounds primal − dual, relative to the largest cost times the mass: roundoff in sums over a plan stays far below."""


class Plan(NamedTuple):
    """matrix P with P1 = a, Pᵀ1 = b; potentials with u_i + v_j ≤ c_ij; value Σ P_ij c_ij = Σ a_i u_i + Σ b_j v_j."""

    matrix: Float[np.ndarray, "n m"]
    u: Float[np.ndarray, " n"]
    v: Float[np.ndarray, " m"]
    value: float


def plan(cost: Float[np.ndarray, "n m"], a: Float[np.ndarray, " n"], b: Float[np.ndarray, " m"]) -> Plan:
    """min Σ P_ij c_ij over P ≥ 0 with P1 = a, Pᵀ1 = b, and the potentials of the dual max Σ a_i u_i + Σ b_j v_j.

    Potentials are feasible everywhere, where a mass is 0 too, and unique at best up to (u + s, v − s). Optimality is
    checked by the gap between the two values. Memory: about 4 times the cost matrix. Source: flamary2021pot.
    """
    c, a, b = (np.asarray(z, dtype=np.float64) for z in (cost, a, b))
    check_programme(c, a, b)
    rows, columns = a > 0, b > 0
    scale = float(np.abs(c).max()) or 1.0  # the simplex has absolute tolerances: it sees costs of size 1
    mass = float(a.sum())
    reduced = np.ascontiguousarray(c[np.ix_(rows, columns)] / scale)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # POT's warning is in its log, and refused below
        part, log = ot.emd(a[rows] / mass, b[columns] / b.sum(), reduced, numItermax=ITERATIONS, log=True)
    if log["warning"] is not None:
        raise Refusal(f"the network simplex ends within {ITERATIONS:.0e} pivots", str(log["warning"]), "Use fewer points.")
    matrix = np.zeros_like(c)
    matrix[np.ix_(rows, columns)] = part * mass
    u, v = _extended(c, log["u"] * scale, rows)
    value = float((matrix * c).sum())
    gap = abs(value - float(a @ u + b @ v))
    if not gap <= GAP * scale * mass:
        raise Refusal(
            "the values of plan and potentials agree", f"a gap of {gap:.3g}", "Rescale the cost, or use fewer points."
        )
    return Plan(matrix, u, v, value)


def _extended(c: np.ndarray, u: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """v_j = min_i c_ij − u_i over the rows with mass, then u_i = min_j c_ij − v_j for the others."""
    full = np.empty(len(c))
    full[rows] = u
    v = (c[rows] - u[:, None]).min(0)
    full[~rows] = (c[~rows] - v).min(1)
    return full, v
