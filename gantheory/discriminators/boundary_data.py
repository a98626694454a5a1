"""What a problem prescribes where the variation leaves something free: the values of its natural conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

from gantheory._checks import whole
from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.objectives import Box
from gantheory.symbolic import multi_indices
from gantheory.symbolic.operators import MultiIndex

Jet = tuple[tuple[int, ...], MultiIndex]  # at, against


@dataclass(frozen=True, eq=False)
class NaturalDatum:
    """The value g that the expression of one BoundaryCondition takes, in place of 0.

    at: the axes that are at an end, counted from 0; (0,) is the two faces of the first axis, (0, 1) edges or corners.
    against: β, of the derivative ∂^β h that the expression multiplies in δJ[D; h]. value: g as a Field on these faces.
    A solver adds Σ_{ends} (±1) ∫ g ∂^β h to the load, + at upper and − at lower ends, the product of signs at corners.
    """

    at: tuple[int, ...] | Any
    against: MultiIndex | Any
    value: Field | Any

    def __post_init__(self) -> None:
        for name in ("at", "against"):
            numbers = getattr(self, name)
            if not isinstance(numbers, tuple):
                raise Refusal(f"NaturalDatum.{name} is a tuple of integers", repr(numbers), "Use (0,) in one dimension.")
            for number in numbers:
                whole(number, 0, f"each of NaturalDatum.{name}")


def natural_jets(box: Box, order: int) -> tuple[Jet, ...]:
    """(at, against) of each natural condition on a box, m the highest order of a penalty.

    Integrating ∫ S ∂^α h by parts, |α| = m, leaves ∂^β h with |β| ≤ m − |at| where the axes `at` are at their ends; those of
    which the boundary gives an order β_k along its own axis are no conditions.
    """
    given, axes = box.boundary.given(order), range(box.dim)
    places = chain.from_iterable(combinations(axes, k) for k in range(1, min(order, box.dim) + 1))
    whole_ = ((at, beta) for at in places for total in range(order - len(at) + 1) for beta in multi_indices(total, box.dim))
    return tuple(
        (at, beta)
        for at, beta in whole_
        if all(beta[k] == 0 or k in at for k in axes) and not any(beta[k] in given for k in at)
    )


def check_natural(box: Box, natural: Sequence[NaturalDatum] | Any, order: int) -> None:
    """Refuse a datum for a condition that no equation of order m has on this box, and two data for one condition."""
    if not isinstance(natural, Sequence) or not all(isinstance(datum, NaturalDatum) for datum in natural):
        raise Refusal("natural= is a tuple of NaturalDatum", repr(natural), "Use (NaturalDatum(at, against, value),).")
    known = natural_jets(box, order)
    given = [(datum.at, datum.against) for datum in natural]
    for at, against in given:
        if (at, against) not in known:
            have = ", ".join(f"at={a} against={b}" for a, b in known) or "none"
            need = f"natural data belong to a natural condition of order {order} on {box}: {have}"
            raise Refusal(need, f"at={at} against={against}", "See EulerLagrange.boundary_conditions.")
    if len(set(given)) < len(given):
        raise Refusal("each natural condition has one datum", given, "Add their values.")
