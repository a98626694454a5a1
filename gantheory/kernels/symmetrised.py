"""Kernels averaged over a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.groups import Group
from gantheory.kernels.radial import Kernel, Radial, refuse_no_kernel

PROBES = 4  # points at which the invariance of a kernel that is not radial is tried
ROUNDOFF = 1e-10  # relative: far above the roundoff of a kernel in float64, far below an asymmetry that matters


@dataclass(frozen=True, eq=False)
class SymmetrisedKernel:
    """k_Σ(x, y) = (1/|Σ|) Σ_σ k(x, T_σ y), a Kernel: MMD with it is the MMD of the symmetrised measures.

    Symmetric, invariant in either argument, and positive definite as k is, because k(T x, T y) = k(x, y): by the isometry of
    the group for a Radial kernel, tried at generic points for any other. Source: birrell2022structure.
    """

    kernel: Any
    group: Any

    def __post_init__(self) -> None:
        if not isinstance(self.group, Group):
            raise Refusal("a kernel is symmetrised over a Group", type(self.group).__name__, "Use cyclic(4), for example.")
        refuse_no_kernel(self.kernel, "SymmetrisedKernel averages a Kernel", "Give it __call__ and gradient.")
        need = "a kernel is symmetrised over a group under which it is invariant, k(T x, T y) = k(x, y)"
        if isinstance(self.kernel, Radial):
            if not self.group.isometric:
                raise Refusal(need, f"a radial kernel and {self.group}, which is not isometric")
        elif (gap := _variance(self.kernel, self.group)) > ROUNDOFF:
            raise Refusal(need, f"a {type(self.kernel).__name__} that {self.group} changes by {gap:.2g} of its size")

    @property
    def log_scale(self) -> float:
        """The kernel's."""
        return getattr(self.kernel, "log_scale", 0.0)

    @property
    def softening(self) -> float:
        """The kernel's."""
        return getattr(self.kernel, "softening", 0.0)

    def __call__(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """The Gram matrix; one image of y at a time."""
        parts = [self.kernel(x, image) for image in self.group.orbit(y)]
        return sum(parts[1:], parts[0]) / len(parts)

    def gradient(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m d"]:
        """∇_x k_Σ(x_i, y_j)."""
        parts = [self.kernel.gradient(x, image) for image in self.group.orbit(y)]
        return sum(parts[1:], parts[0]) / len(parts)


def _variance(kernel: Kernel, group: Group) -> float:
    """max_σ |k(T_σ x, T_σ y) − k(x, y)| / max|k| at generic points."""
    seeded = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, PROBES, group.dim, generator=seeded, dtype=torch.float64)
    gram = kernel(x, y)
    moved = [kernel(a, b) for a, b in zip(group.orbit(x), group.orbit(y), strict=True)]
    return max(float((other - gram).abs().max()) for other in moved) / (float(gram.abs().max()) or 1.0)
