"""D(x) = Σ_j w_j k(x, c_j) + P(x): a discriminator in closed form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.kernels._checks import in_range
from gantheory.kernels.polynomial import Polynomial
from gantheory.kernels.radial import Kernel
from gantheory.kernels.sums import Direct


@dataclass(frozen=True, eq=False)
class KernelExpansion:
    """D(x) = Σ_j w_j k(x, c_j) + P(x), a Field, with value and gradient in one pass.

    own: (start, stop), the centres that are themselves the points of evaluation; Direct(self_pairs=False) then leaves out
    equal indices among them and divides by stop − start − 1. Twice differentiable in x; not in weights or centres, which
    raise; the second derivative needs a Radial kernel. Where the kernel has a log_scale, D is e^{log_scale} times what is
    returned.
    """

    kernel: Kernel
    centres: Float[Tensor, "m d"]
    weights: Float[Tensor, " m"]
    polynomial: Polynomial | None = None
    sums: Direct = Direct()  # noqa: RUF009
    own: tuple[int, int] | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _refuse_unfit(self.centres, self.weights)
        if not self.sums.self_pairs and self.own is None:
            raise Refusal("self_pairs=False needs to know which centres are the points themselves", "own=None", "Pass own=.")
        if self.own is not None and not 0 <= self.own[0] < self.own[1] <= len(self.centres):
            raise Refusal(f"own is a range (start, stop) of the {len(self.centres)} centres", self.own)
        if not self.sums.self_pairs and self.own is not None and not self.weights.is_meta:
            block = self.weights[self.own[0] : self.own[1]]
            if bool((block - block.mean()).abs().max() > 1e-6 * block.abs().max()):
                raise Refusal("self_pairs=False, the U-statistic, needs points of equal weight", "unequal weights")

    @property
    def log_scale(self) -> float:
        """log of the factor that was left out of the values."""
        return getattr(self.kernel, "log_scale", 0.0)

    @property
    def stats(self) -> dict[str, Any]:
        """Centres, path of the sums at as many points, softening, and what the solver adds."""
        start = self.own[0] if self.own and not self.sums.self_pairs else None
        try:
            path = self.sums.path(self.kernel, self.centres, len(self.centres), start)
        except Refusal as refusal:
            path = f"refused ({refusal})"
        return {"centres": len(self.centres), "sums": path, "softening": getattr(self.kernel, "softening", 0.0)} | self.facts

    def _parts(self, x: Tensor) -> tuple[Tensor, int | None]:
        """Weights, and where equal indices start; the U-statistic rescales the block of the points themselves."""
        if x.ndim != 2 or x.shape[1] != self.centres.shape[1]:
            raise Refusal(f"points have shape (n, {self.centres.shape[1]})", tuple(x.shape))
        if x.dtype != self.centres.dtype or x.device != self.centres.device:
            need = f"points are {self.centres.dtype} on {self.centres.device}, as the centres are"
            raise Refusal(need, f"{x.dtype} on {x.device}", "Convert with .to(centres).")
        if self.sums.self_pairs or self.own is None:
            return self.weights, None
        start, stop = self.own
        if len(x) != stop - start or len(x) < 2:
            need = f"self_pairs=False excludes equal indices: evaluate at the {stop - start} points themselves, at least 2"
            raise Refusal(need, f"{len(x)} points", "Use self_pairs=True elsewhere.")
        factor = len(x) / (len(x) - 1)
        block = self.weights[start:stop] * factor
        return torch.cat([self.weights[:start], block, self.weights[stop:]]), start

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values."""
        total = _Value.apply(x, self)
        return total if self.polynomial is None else total + self.polynomial(x)

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇D at the rows of x, differentiable once more."""
        slope = _Gradient.apply(x, self)
        return slope if self.polynomial is None else slope + self.polynomial.gradient(x)

    def value_and_gradient(self, x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, " n"], Float[Tensor, "n d"]]:
        """Both in one pass over the pairs; without a graph."""
        weights, start = self._parts(x)
        total, slope = self.sums.value_and_gradient(self.kernel, x.detach(), self.centres, weights, start)
        if self.polynomial is None:
            return total, slope
        return total + self.polynomial(x), slope + self.polynomial.gradient(x)


def _refuse_unfit(centres: Tensor, weights: Tensor) -> None:
    """Shapes, dtypes, devices, gradients and values of the parts of an expansion."""
    if centres.ndim != 2 or weights.shape != (len(centres),) or not len(centres):
        shapes = f"{tuple(centres.shape)} and {tuple(weights.shape)}"
        raise Refusal("a KernelExpansion has centres (m, d) and weights (m,), m ≥ 1", shapes)
    kinds = (centres.dtype, weights.dtype)
    if kinds not in ((torch.float32,) * 2, (torch.float64,) * 2) or centres.device != weights.device:
        given = f"{kinds[0]} on {centres.device} and {kinds[1]} on {weights.device}"
        raise Refusal("centres and weights are both float32 or both float64, on one device", given, "Convert with .to().")
    if centres.requires_grad or weights.requires_grad:
        given = "weights or centres that require a gradient"
        raise Refusal("a KernelExpansion is differentiable in x alone", given, "Use .detach().")
    if not centres.is_meta and not bool(centres.isfinite().all() & weights.isfinite().all()):
        raise Refusal("the centres and weights of a KernelExpansion are finite", "NaN or inf")
    in_range(centres)


def _keep(ctx: Any, inputs: tuple[Tensor, KernelExpansion], output: Tensor) -> None:
    """What the backward of value and gradient needs: the points and the expansion."""
    ctx.save_for_backward(inputs[0])
    ctx.expansion = inputs[1]


class _Value(torch.autograd.Function):
    """The kernel part; its backward is the gradient sum."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, expansion: KernelExpansion) -> Tensor:
        weights, start = expansion._parts(x)
        return expansion.sums.value(expansion.kernel, x, expansion.centres, weights, start)

    setup_context = staticmethod(_keep)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return gradients[0][:, None] * _Gradient.apply(x, ctx.expansion), None


class _Gradient(torch.autograd.Function):
    """The gradient of the kernel part; its backward is a Hessian product, and that has none."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, expansion: KernelExpansion) -> Tensor:
        weights, start = expansion._parts(x)
        return expansion.sums.value_and_gradient(expansion.kernel, x, expansion.centres, weights, start)[1]

    setup_context = staticmethod(_keep)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return _HessianProduct.apply(x, gradients[0], ctx.expansion), None


class _HessianProduct(torch.autograd.Function):
    """∇²D(x_i) v_i; a third derivative is refused by name."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, direction: Tensor, expansion: KernelExpansion) -> Tensor:
        weights, start = expansion._parts(x)
        return expansion.sums.hessian_product(expansion.kernel, x, expansion.centres, weights, direction, start)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, KernelExpansion], output: Tensor) -> None:
        return None

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, None, None]:
        raise Refusal("a KernelExpansion has first and second derivatives", "a third derivative")
