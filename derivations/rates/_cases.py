"""A solver, a manufactured problem, refinements, and the order that theory expects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from gantheory.claims import Claim, Convergence, Step, Study
from gantheory.objectives import Box, Objective, Torus
from gantheory.testing import Manufactured, generic, manufactured

SIZE = "cell size $1/n$"
ERROR = "relative $L^2$ error of $D$"


@cache
def problem(objective: Objective, domain: Box | Torus, seed: int, waves: int = 1, more: sp.Expr = sp.S.Zero) -> Manufactured:
    """A generic D on the domain, `waves` times as wavy, and more, with the data that make the sum exact."""
    D = generic(domain, seed)
    return manufactured(objective, D.subs({x: waves * x for x in D.free_symbols}, simultaneous=True) + more, domain)


@dataclass(frozen=True, eq=False)
class Case:
    """solver(n), n cells along the first axis, on the objective and the domain; counts n, and finer ones at full size.

    scheme: the solver and what it does; setting: objective, domain and boundary in words; more: is added to the generic D.
    """

    scheme: str
    setting: str
    solver: Callable[[int], Any]
    objective: Objective
    domain: Box | Torus
    expected: float
    bound: float
    counts: tuple[int, ...] = (12, 24, 48, 96)
    finer: tuple[int, ...] = (144,)
    seed: int = 1
    waves: int = 1
    more: sp.Expr = sp.S.Zero

    def error(self, size: float) -> float:
        """The relative L² error at 1/n."""
        return _error(self, round(1 / size))

    def study(self, full: bool) -> Study:
        """The errors at all counts."""
        sizes = tuple(1 / n for n in self.counts + (self.finer if full else ()))
        return Study(sizes, tuple(map(self.error, sizes)))

    @property
    def witness(self) -> Convergence:
        """The study as evidence."""
        quick, finer = (tuple(1 / n for n in counts) for counts in (self.counts, self.finer))
        return Convergence(self.error, quick, self.expected, self.bound, finer, size=SIZE, quantity=ERROR)


@cache
def _error(case: Case, n: int) -> float:
    made, solver = problem(case.objective, case.domain, case.seed, case.waves, case.more), case.solver(n)
    return made.as_of(solver).error(made.solve(solver))


def rate(name: str, says: str, equation: str, source: str, proof: tuple[Step, ...], cases: tuple[Case, ...]) -> Claim:
    """The claim that these cases converge at their order; the proof gives the leading error of the scheme."""
    return Claim(name, says, equation, source, proof, tuple(case.witness for case in cases))
