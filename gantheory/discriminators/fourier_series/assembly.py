"""From an objective and densities to its functional on trigonometric polynomials."""

from __future__ import annotations

import numpy as np
import sympy as sp
import torch
from scipy.optimize import brentq

from gantheory._errors import Refusal
from gantheory.discriminators.fourier_series.functional import Functional, Side, Weighted
from gantheory.discriminators.fourier_series.laws import kind, resolved, wrapped
from gantheory.discriminators.reading import number
from gantheory.fourier import Lattice
from gantheory.lowering import lower
from gantheory.measures import Density, Empirical, Measure
from gantheory.objectives import Objective, Term
from gantheory.objectives.convexity import monotone
from gantheory.symbolic import nu, p, q, y

TRIALS = np.linspace(-64, 64, 1025)  # constants among which the first D is sought
KINKS = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.Piecewise)
Grids = dict[sp.Symbol, np.ndarray]


def grids(real: Measure, fake: Measure, reference: Measure | None, lattice: Lattice) -> Grids:
    """p, q and nu, wrapped, on the grid of the trapezoid rule."""
    found: Grids = {}
    for symbol, measure in ((p, real), (q, fake), (nu, reference)):
        if measure is None:
            continue
        if isinstance(measure, Empirical) or not isinstance(measure, Density):
            need = "FourierSeries needs densities for losses that are curved in D and for weighted or centred penalties"
            raise Refusal(need, type(measure).__name__, "Use a Gaussian or a Mixture, or Collocation on samples.")
        if measure.dim != lattice.dim or kind(measure) != (torch.float64, torch.device("cpu")):
            given = f"R^{measure.dim}, {kind(measure)[0]} on {kind(measure)[1]}"
            raise Refusal(f"FourierSeries needs densities on R^{lattice.dim} in float64 on the CPU", given)
        found[symbol] = wrapped(measure, lattice.periods, resolved(lattice))
    return found


def functional(objective: Objective, lattice: Lattice, on: Grids, source: np.ndarray, order: float | None) -> Functional:
    """J on the series; order stands for that of a single Lebesgue penalty."""
    loss = objective.loss
    diagonal = np.zeros(lattice.shape)
    for t in objective.terms:
        if t.penalty.lebesgue:
            diagonal += 2 * number(t.weight, "the weight λ") * lattice.square ** (order or t.penalty.order)
    weighted = tuple(_weighted(t, on) for t in objective.terms if not t.penalty.lebesgue)
    free = loss.linear and all(t.penalty.order > 0 for t in objective.terms)
    sides = (_side(loss.real, "real"), _side(loss.fake, "fake"))
    return Functional(lattice, (on[p], on[q]), sides, source, diagonal, weighted, free)


def _side(expression: sp.Expr, name: str) -> Side:
    """ℓ, ℓ′, ℓ″."""
    if expression.has(*KINKS):
        need = "FourierSeries takes losses that are twice differentiable in D"
        raise Refusal(need, f"Loss.{name} = {expression}", "Smooth it: log(1 + exp(y)) for Max(0, y).")
    if expression.free_symbols - {y}:
        raise Refusal("a solver needs the loss as a number", expression, "Substitute a number for each parameter.")
    first = sp.diff(expression, y)
    if not monotone(sp.expand(first)):
        need = "FourierSeries minimises losses that SymPy proves convex in D: another stationary point need be no minimum"
        raise Refusal(need, f"Loss.{name} = {expression}", "Write it in another variable, as f_gan does.")
    return lower(expression, y), lower(first, y), lower(sp.diff(first, y), y)


def _weighted(term: Term, on: Grids) -> Weighted:
    penalty = term.penalty
    if penalty.centre != 0 and not (penalty.one_sided and penalty.order == 1):
        need = "FourierSeries takes centred penalties that are convex, (|∇D| − K)₊², of order 1"
        raise Refusal(need, f"{penalty}", "Use one_sided=True, or centre=0.")
    missing = penalty.over.free_symbols - set(on)
    if missing:
        cure = "Pass reference= for nu, and numbers for parameters."
        raise Refusal("a solver needs every symbol of the objective as numbers", ", ".join(map(str, missing)), cure)
    symbols = tuple(on)
    weight = lower(penalty.over, *symbols)(*(torch.from_numpy(on[s]) for s in symbols)).numpy()
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise Refusal("the weight of a penalty is finite and ≥ 0", f"{penalty.over} on the grid")
    return Weighted(number(term.weight, "the weight λ"), penalty.order, weight, number(penalty.centre, "the centre K"))


def start(J: Functional) -> np.ndarray:
    """The best constant: ℓ_real′ + ℓ_fake′ = 0; 0 for a linear loss."""
    u = np.zeros(2 * J.lattice.size + 1)
    if J.free:
        return u

    def slope(c: float) -> float:
        at = torch.tensor([c], dtype=torch.float64)
        return float(J.sides[0][1](at) + J.sides[1][1](at))

    values = np.array([slope(c) for c in TRIALS])
    rises = np.flatnonzero((values[:-1] <= 0) & (values[1:] > 0))  # NaN outside the domain of the loss does neither
    if len(rises):
        u[0] = brentq(slope, *TRIALS[rises[0] : rises[0] + 2])
    return u
