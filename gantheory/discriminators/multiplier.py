"""multiplier: the weight λ* at which the penalty spends a budget, for any solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import exp, log, sqrt

import sympy as sp
from scipy.optimize import brentq

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.estimate import domain_rule, expectation
from gantheory.discriminators.protocol import Solver
from gantheory.discriminators.reading import number
from gantheory.fourier import FourierField
from gantheory.kernels import KernelExpansion
from gantheory.measures import Measure
from gantheory.objectives import Objective
from gantheory.symbolic import y

SCALING = 1e-6  # relative: what λD may differ by between two weights for D ∝ 1/λ
STEP = 4.0  # between weights while a bracket is sought
FAR = 2.0**24  # from the first weight: beyond, rounding takes the digits of ℓ′(D)/λ
PRECISE = 1e-10  # of log λ*


def multiplier(
    objective: Objective, real: Measure, fake: Measure, *, solver: Solver, budget: float, reference: Measure | None = None
) -> float:
    """λ* at which the minimiser D of the objective has Σ (λ_i/λ) ∫ w_i |∇^{m_i} D|² dx = budget.

    λ is the weight of the first term of highest order; the others keep their ratio to it. Tested with D itself the equation
    reads 2λ Q(D) = −E_p[ℓ_real′(D) D] − E_q[ℓ_fake′(D) D], so that means alone give the penalty Q, whatever the solver; a
    Fourier series adds its squares (Parseval). For a linear loss D ∝ 1/λ, hence λ* = λ √(Q/budget) after one solve; a second
    one checks that it is so. Other losses: Q falls as λ grows, and λ* is bracketed and found (Brent). The solver's D
    satisfies the equation with what lets D be its own test function: natural or periodic conditions, or D = 0 at the
    boundary. reference: the measure behind nu, for penalties over nu. Centred penalties and budgets out of reach are refused.
    Source: asokan2023data, section 3.
    """
    if not is_real(budget) or budget <= 0:
        raise Refusal("the budget of a penalty is a finite number > 0", repr(budget))
    path = _Path(objective, real, fake, solver, reference)
    return path.scaled(float(budget)) if objective.loss.linear else path.bracketed(float(budget))


@dataclass(frozen=True, eq=False)
class _Path:
    """λ ↦ Q(D_λ)."""

    objective: Objective
    real: Measure
    fake: Measure
    solver: Solver
    reference: Measure | None

    def __post_init__(self) -> None:
        if not self.objective.terms:
            raise Refusal("a multiplier belongs to a penalty", self.objective, "Add weight * GradientPenalty(order=1).")
        if not all(t.penalty.quadratic for t in self.objective.terms):
            raise Refusal("multiplier takes penalties with centre 0", self.objective, "Use centre=0.")

    @cached_property
    def weight(self) -> float:
        """λ of the objective as given."""
        return number(max(self.objective.terms, key=lambda t: t.penalty.order).weight, "the weight λ")

    def at(self, weight: float) -> Field:
        """D at this λ."""
        scaled = (weight / self.weight * t for t in self.objective.terms)
        return self.solver.solve(Objective(self.objective.loss, *scaled), self.real, self.fake, self.reference)

    def penalty(self, D: Field, weight: float) -> float:
        """Q(D) at this λ."""
        terms = self.objective.terms
        if isinstance(D, FourierField) and all(t.penalty.lebesgue for t in terms):
            orders = D.stats.get("orders") or [t.penalty.order for t in terms]
            return sum(number(t.weight, "λ") / self.weight * D.energy(m) for t, m in zip(terms, orders, strict=True))
        top = max(t.penalty.order for t in terms)
        if isinstance(D, KernelExpansion) and 2 * top <= self.real.dim and not D.stats.get("softening"):
            need = "the penalty of a sum of kernels is finite where 2m > n"
            cures = ("Use GreensFunction(softening=…).", "Use FourierSeries, whose waves are finitely many.")
            raise Refusal(need, f"m = {top}, n = {self.real.dim}", *cures)
        for data in ("source", "natural"):
            if getattr(self.solver, data, None):
                need = "multiplier knows the right side from the loss alone"
                raise Refusal(need, f"a solver with {data}=", "Leave it out.")
        return self._pull(D) / (2 * weight)

    def _pull(self, D: Field) -> float:
        """−E_p[ℓ_real′(D) D] − E_q[ℓ_fake′(D) D]."""
        loss = self.objective.loss
        sides = ((loss.real, self.real), (loss.fake, self.fake))
        return -sum(expectation(sp.expand(sp.diff(side, y) * y), D, measure) for side, measure in sides)

    def scaled(self, budget: float) -> float:
        """λ √(Q/budget), once λ D_λ is seen not to depend on λ."""
        once, twice = (w**2 * self.penalty(self.at(w), w) for w in (self.weight, 2 * self.weight))
        if not once > 0:
            given = f"{once / self.weight**2:.3g}"
            raise Refusal("a penalty is > 0 where real and fake differ", given, "Use softening, or other samples.")
        if not abs(twice - once) <= SCALING * once:
            need = "the D of a linear loss is ∝ 1/λ, where it is its own test function"
            raise Refusal(need, f"λ²Q from {once:.10g} to {twice:.10g} as λ doubles", "Leave out boundary data.")
        return sqrt(once / budget)

    def bracketed(self, budget: float) -> float:
        """The root of log Q(λ) = log budget."""
        given = getattr(self.solver, "boundary", None)
        if given is not None and not _vanishes(given, self.at(self.weight)):
            need = "multiplier tests the equation with D, which is not free where it is given"
            raise Refusal(need, "a solver with boundary data", "Leave out boundary data.")

        def excess(logarithm: float) -> float:
            weight = exp(logarithm)
            found = self.penalty(self.at(weight), weight)
            return log(max(found, 1e-300) / budget)

        return exp(brentq(excess, *_bracket(excess, log(self.weight), budget), xtol=PRECISE, rtol=PRECISE))


def _vanishes(boundary: Field, D: Field) -> bool:
    """The boundary field is 0 wherever means of D look."""
    points = domain_rule(D)
    return points is not None and bool((boundary(points[0]) == 0).all())


def _bracket(excess: Callable[[float], float], start: float, budget: float) -> tuple[float, float]:
    """Two log λ between which the penalty, which falls, passes the budget."""
    here, side = start, excess(start)
    step = log(STEP) if side > 0 else -log(STEP)
    while abs(here - start) <= log(FAR):
        further = here + step
        if excess(further) * side <= 0:
            return min(here, further), max(here, further)
        here = further
    reached = exp(excess(here)) * budget
    need = f"some weight between 2^−24 and 2^24 times the given one spends the budget {budget:g}"
    raise Refusal(
        need, f"a penalty of {reached:.6g} at λ = {exp(here):.3g}", "Give a budget that the pointwise optimum exceeds."
    )
