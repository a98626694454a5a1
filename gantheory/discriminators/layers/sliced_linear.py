"""The last layer of SAN: a unit direction ω and a scale s, with f = s⟨ω, h⟩."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gantheory._checks import flag, random
from gantheory._errors import Refusal
from gantheory._modules import refuse_batchwise
from gantheory.symbolic import positive_integer


class Sliced(NamedTuple):
    """Two readings of one discriminator: function = s⟨ω⁻, h⟩ and direction = ⟨ω, h⁻⟩, x⁻ without a gradient.

    A loss of `function` trains h and s, one of `direction` trains ω, and neither the rest.
    """

    function: Float[Tensor, " n"]
    direction: Float[Tensor, " n"]


class SlicedLinear(nn.Module):
    """h ↦ (s⟨ω⁻, h + b⟩, ⟨ω, (h + b)⁻⟩), ω = weight/|weight| on S^{D−1}, D = in_features ≥ 2.

    weight (D,), scale s (a number) and, if bias, b (D,) are trained; b is added to the features, before the projection, so
    that f stays a multiple of ⟨ω, ·⟩. Call normalise() after each step of an optimiser: |weight| then stays 1, and the
    gradient in weight is the tangent part of the gap of means, −(I − ωωᵀ)(E_p h − E_q h), whatever the scale. The start is
    uniform on the sphere. Source: takida2024san.
    """

    def __init__(
        self,
        in_features: int,
        *,
        generator: torch.Generator,
        scale: float = 1.0,
        bias: bool = False,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        width = positive_integer(in_features, "the number of features of a SlicedLinear")
        if width == 1:
            need = "a SlicedLinear trains a direction on S^{D−1}, which has tangents for D ≥ 2 features"
            raise Refusal(need, "1 feature, for which the direction is ±1", "Use at least 2 features.")
        if isinstance(scale, bool) or not (isinstance(scale, int | float) and isfinite(scale) and scale != 0):
            raise Refusal("the scale of a SlicedLinear is a finite number other than 0", repr(scale))
        flag(bias, "the bias of a SlicedLinear")
        start = torch.randn(width, generator=random(generator), dtype=dtype, device=generator.device)
        self.in_features = width
        self.weight = nn.Parameter(start / torch.linalg.vector_norm(start))
        self.scale = nn.Parameter(torch.full_like(start[0], float(scale)))
        self.bias = nn.Parameter(torch.zeros_like(start)) if bias else None

    @classmethod
    def of(cls, linear: nn.Linear) -> SlicedLinear:
        """The same function as h ↦ ⟨w, h⟩: ω = w/|w|, s = |w|, copied from a linear layer with one output and no bias."""
        if not isinstance(linear, nn.Linear) or linear.out_features != 1 or linear.bias is not None:
            need, cure = "SlicedLinear.of reads a linear layer with one output and no bias", "Use nn.Linear(D, 1, bias=False)."
            raise Refusal(need, f"{linear}", cure, "A bias stands before the projection: SlicedLinear(D, bias=True).")
        w = linear.weight.detach()[0]
        length = torch.linalg.vector_norm(w)
        if not w.is_meta and not 0 < length.item() < inf:
            need = "SlicedLinear.of reads a direction off a finite weight ≠ 0"
            raise Refusal(need, f"|w| = {length.item():g}", "Use SlicedLinear(D, generator=…), which draws one.")
        layer = cls(len(w), generator=torch.Generator(w.device), dtype=w.dtype)
        with torch.no_grad():
            layer.weight.copy_(w / length)
            layer.scale.copy_(length)
        return layer

    @property
    def direction(self) -> Float[Tensor, " D"]:
        """ω, differentiable in weight: its derivative is (I − ωωᵀ)/|weight|."""
        return nn.functional.normalize(self.weight, dim=0, eps=torch.finfo(self.weight.dtype).tiny)

    def forward(self, h: Float[Tensor, "n D"]) -> Sliced:
        """Both readings of the features."""
        if h.shape[-1] != self.in_features:
            raise Refusal(f"this SlicedLinear takes {self.in_features} features", f"features of shape {tuple(h.shape)}")
        moved, omega = h if self.bias is None else h + self.bias, self.direction
        return Sliced(self.scale * (moved @ omega.detach()), moved.detach() @ omega)

    @torch.no_grad()
    def normalise(self) -> None:
        """weight ← weight/|weight|: the function stays as it is."""
        self.weight.copy_(self.direction)


class SlicedDiscriminator(nn.Module):
    """f(x) = s⟨ω, h(x)⟩, a Field that is a network: features h, then a SlicedLinear."""

    def __init__(self, features: nn.Module | Callable[[Tensor], Tensor], head: SlicedLinear) -> None:
        super().__init__()
        if not isinstance(head, SlicedLinear):
            raise Refusal("the head of a SlicedDiscriminator is a SlicedLinear", f"a {type(head).__name__}")
        if not callable(features):
            raise Refusal("features are a function (n, d) ↦ (n, D)", f"a {type(features).__name__}")
        if isinstance(features, nn.Module):
            refuse_batchwise(features)
        self.features, self.head = features, head

    def forward(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """f(x)."""
        return self.head(self.features(x)).function

    def readings(self, x: Float[Tensor, "n d"]) -> Sliced:
        """Function and direction at x, for SlicedObjective."""
        return self.head(self.features(x))
