"""A discriminator that began as another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor

from gantheory._types import gradient
from gantheory.kernels import KernelExpansion


@dataclass(frozen=True, eq=False)
class Trained:
    """D(x) = D_0(x) + Σ_j c_j k(x, s_j): a Field."""

    initial: Any
    change: KernelExpansion

    @property
    def stats(self) -> dict[str, Any]:
        """Those of the change."""
        return self.change.stats

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values."""
        return self.initial(x) + self.change(x)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇D, that of D_0 by its closed form or autograd."""
        return gradient(self.initial, x) + self.change.gradient(x)
