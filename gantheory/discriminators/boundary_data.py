"""What a problem prescribes where the variation leaves something free: the values of its natural conditions."""

from __future__ import annotations

from dataclasses import dataclass

from gantheory._types import Field
from gantheory.symbolic.operators import MultiIndex


@dataclass(frozen=True, eq=False)
class NaturalDatum:
    """The value g that the expression of one BoundaryCondition takes, in place of 0.

    at: the axes that are at an end, counted from 0; (0,) is the two faces of the first axis, (0, 1) edges or corners.
    against: β, of the derivative ∂^β h that the expression multiplies in δJ[D; h]. value: g as a Field on these faces.
    A solver adds Σ_{ends} (±1) ∫ g ∂^β h to the load, + at upper and − at lower ends, the product of signs at corners.
    """

    at: tuple[int, ...]
    against: MultiIndex
    value: Field
