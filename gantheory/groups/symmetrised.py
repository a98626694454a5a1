"""Fields averaged over a group, and how far one is from invariant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field, gradient
from gantheory.groups.group import Group

ROUNDOFF = 100.0  # times eps of the points' dtype: what an average over a group may miss invariance by


@dataclass(frozen=True, eq=False)
class Symmetrised:
    """S[γ](x) = (1/|Σ|) Σ_σ γ(T_σ x), a Field: the invariant part of γ.

    Its gradient (1/|Σ|) Σ_σ T_σᵀ ∇γ(T_σ x) turns with x where the T are orthogonal. Source: birrell2022structure.
    """

    field: Any
    group: Any

    def __post_init__(self) -> None:
        if not isinstance(self.group, Group):
            raise Refusal("a field is symmetrised over a Group", type(self.group).__name__, "Use cyclic(4), for example.")
        if not callable(self.field):
            raise Refusal("a field is a function of points (n, d) with values (n,)", type(self.field).__name__)

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values."""
        return self.field(self.group.orbit(x).flatten(0, 1)).unflatten(0, (self.group.order, len(x))).mean(0)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇ at the rows of x."""
        slopes = gradient(self.field, self.group.orbit(x).flatten(0, 1)).unflatten(0, (self.group.order, len(x)))
        return (slopes @ self.group.acting_on(x)).mean(0)


def symmetrised(field: Field, group: Group) -> Symmetrised:
    """S[γ](x) = (1/|Σ|) Σ_σ γ(T_σ x)."""
    return Symmetrised(field, group)


def asymmetry(field: Field, group: Group, x: Float[Tensor, "n d"]) -> float:
    """max_{σ,i} |γ(T_σ x_i) − γ(x_i)| / max|γ| over the orbits of the points x; 0 for an invariant field."""
    with torch.no_grad():
        values = field(group.orbit(x).flatten(0, 1)).unflatten(0, (group.order, len(x)))
    size = float(values.abs().max())
    if not size < float("inf"):
        raise Refusal("a field is compared with itself where it is finite", "NaN or infinity", "Give other points.")
    return float((values - values[group.identity]).abs().max()) / size if size > 0 else 0.0


def is_invariant(field: Field, group: Group, x: Float[Tensor, "n d"]) -> bool:
    """γ(T_σ x_i) = γ(x_i) at these points, to roundoff of their dtype."""
    return asymmetry(field, group, x) <= ROUNDOFF * torch.finfo(x.dtype).eps
