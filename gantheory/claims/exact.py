"""Exact equality, proved by SymPy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp

from gantheory.claims.counterexample import instances
from gantheory.claims.outcome import Fault, Outcome, Standing


@dataclass(frozen=True)
class Exact:
    """SymPy proves left − right = 0; a generic instance to 50 digits decides first whether it can be."""

    def compare(self, left: Any, right: Any) -> Outcome:
        """HOLDS if every entry is proved, FAILS with a counter-example, UNDECIDED with the residual."""
        if len(_entries(left)) != len(_entries(right)):
            counts = f"{len(_entries(left))} entries on the left, {len(_entries(right))} on the right"
            return Outcome(Standing.FAILS, counts, left, right)
        pairs = list(zip(_entries(left), _entries(right), strict=True))
        for a, b in pairs:
            for instance in instances(a, b):
                if instance.differs:
                    return Outcome(Standing.FAILS, f"counter-example: {instance}", a, b)
        for a, b in pairs:
            residual = sp.expand((a - b).doit(integrals=False))
            if residual != 0 and (residual.has(sp.Integral) or sp.simplify(residual) != 0):
                found = next(iter(instances(a, b)), None)
                size = sp.N(found.residual, 3) if found else "unknown"
                return Outcome(Standing.UNDECIDED, f"SymPy cannot tell; residual to 50 digits {size}", a, b)
        return Outcome(Standing.HOLDS, f"exact ({len(pairs)} identit{'y' if len(pairs) == 1 else 'ies'})", left, right)

    def faults(self, left: Any, right: Any) -> Iterator[Fault]:
        """One entry after the other: its sign, a factor 2, a factor 1.001; a side that is 0 gets 10⁻³ of the largest term."""
        a, b = _entries(left), _entries(right)
        for i, entry in enumerate(a):
            names = {"sign": -entry, "factor 2": 2 * entry, "factor 1.001": entry * sp.Rational(1001, 1000)}
            if not any(instance.left for instance in instances(entry, b[i])):
                names = {"10⁻³ of the largest term": entry + _largest_term(entry, b[i]) / 1000}
            for name, wrong in names.items():
                yield (f"{name} in entry {i + 1}" if len(a) > 1 else name), [*a[:i], wrong, *a[i + 1 :]], b


def _entries(side: Any) -> list[sp.Expr]:
    return (
        [sp.sympify(e, strict=True) for e in side]
        if isinstance(side, list | tuple | sp.MatrixBase)
        else [sp.sympify(side, strict=True)]
    )


def _largest_term(*sides: sp.Expr) -> sp.Expr:
    terms = [t for side in sides for t in sp.Add.make_args(side) if t != 0]
    sizes = {t: max((abs(i.left) for i in instances(t, sp.S.Zero)), default=sp.S.Zero) for t in terms}
    return max(sizes, key=lambda t: sizes[t]) if sizes and max(sizes.values()) > 0 else sp.S.One
