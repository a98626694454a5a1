"""A discriminator of finite elements as a Field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.discriminators.finite_elements.place import places
from gantheory.discriminators.finite_elements.space import ElementSpace
from gantheory.discriminators.once import Slope, Value
from gantheory.symbolic.operators import MultiIndex, multi_indices


@dataclass(frozen=True, eq=False)
class ElementField:
    """D_h(x) = Σ_i u_i φ_i(x); float64 on the CPU, inside the box alone. On a face between two simplices, the value of one."""

    space: ElementSpace
    values: np.ndarray
    stats: dict[str, Any]

    def derivative(self, x: Float[Tensor, "n d"], beta: MultiIndex) -> Float[Tensor, " n"]:
        """∂^β D_h, simplex by simplex."""
        points = self._inside(x)
        simplices = places(self.space.mesh, points)
        basis = self.space.basis(simplices, points[:, None], beta)[:, :, 0]
        return torch.from_numpy((self.values[self.space.unknowns[simplices]] * basis).sum(1))

    def _inside(self, x: Tensor) -> np.ndarray:
        box = self.space.mesh.box
        if x.dtype != torch.float64 or x.device.type != "cpu":
            given = f"{x.dtype} on {x.device}"
            raise Refusal("an ElementField is evaluated in float64 on the CPU", given, "Use .double().cpu().")
        if x.ndim != 2 or x.shape[1] != box.dim:
            raise Refusal(f"points have shape (n, {box.dim})", tuple(x.shape))
        if not bool(((x >= x.new_tensor(box.lower)) & (x <= x.new_tensor(box.upper))).all()):  # NaN is outside
            raise Refusal("an ElementField is evaluated inside its box", f"a point outside {box}")
        return x.detach().numpy()

    def _values(self, x: Tensor) -> Tensor:
        return self.derivative(x, (0,) * self.space.mesh.dim)

    def _slopes(self, x: Tensor) -> Tensor:
        return torch.stack([self.derivative(x, a) for a in multi_indices(1, self.space.mesh.dim)], 1)

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values; differentiable once."""
        return Value.apply(x, self)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇D_h, simplex by simplex; a second derivative by autograd is refused by name."""
        return Slope.apply(x, self)
