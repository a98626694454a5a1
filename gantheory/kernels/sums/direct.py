"""Direct: every pair is summed, in tiles or by a compiled reduction."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.kernels.radial import Kernel, Radial
from gantheory.kernels.sums import compiled, gram, tiled


@dataclass(frozen=True)
class Direct:
    """Σ_j w_j k(x_i, c_j) over all pairs, in O(n + m) memory.

    self_pairs=False leaves out the pairs of equal index and divides by n − 1 instead of n (the U-statistic).
    compiled: True asks for the fused reduction, False for tiles, None takes the faster one; stats names what was used.
    """

    self_pairs: bool = True
    compiled: bool | None = None

    def path(self, kernel: Kernel, x: Tensor, centres: int, start: int | None) -> str:
        """'compiled', or 'tiled (why)'; a Refusal where compiled=True cannot be honoured."""
        reason = "asked for" if self.compiled is False else compiled.reason_against(kernel, x, len(x) * centres, start)
        if self.compiled and reason not in (None, "too few pairs to pay for compiling"):
            raise Refusal(
                "Direct(compiled=True) needs the fused reduction", str(reason), "Use Direct() to take the path that works."
            )
        return "compiled" if self.compiled or reason is None else f"tiled ({reason})"

    def value_and_gradient(
        self,
        kernel: Kernel,
        x: Float[Tensor, "n d"],
        centres: Float[Tensor, "m d"],
        weights: Float[Tensor, " m"],
        start: int | None = None,
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n d"]]:
        """Sum and its gradient in x, in one pass; start: see tiled.accumulated."""
        if self.path(kernel, x, len(centres), start) == "compiled" and isinstance(kernel, Radial):
            return compiled.value_and_gradient(kernel, x, centres, weights)
        way = tiled if isinstance(kernel, Radial) else gram
        return way.value_and_gradient(kernel, x, centres, weights, start)  # type: ignore[arg-type]

    def value(
        self,
        kernel: Kernel,
        x: Float[Tensor, "n d"],
        centres: Float[Tensor, "m d"],
        weights: Float[Tensor, " m"],
        start: int | None = None,
    ) -> Float[Tensor, " n"]:
        """The sum alone."""
        if self.path(kernel, x, len(centres), start) == "compiled" and isinstance(kernel, Radial):
            return compiled.value_and_gradient(kernel, x, centres, weights)[0]
        way = tiled if isinstance(kernel, Radial) else gram
        return way.value(kernel, x, centres, weights, start)  # type: ignore[arg-type]

    def hessian_product(
        self,
        kernel: Kernel,
        x: Float[Tensor, "n d"],
        centres: Float[Tensor, "m d"],
        weights: Float[Tensor, " m"],
        direction: Float[Tensor, "n d"],
        start: int | None = None,
    ) -> Float[Tensor, "n d"]:
        """The Hessian of the sum at x_i, applied to a direction; always tiled, and of radial kernels only."""
        if not isinstance(kernel, Radial):
            need = "the second derivative of a kernel sum needs a Radial kernel"
            raise Refusal(need, type(kernel).__name__, "Take first derivatives only.")
        return tiled.hessian_product(kernel, x, centres, weights, direction, start)
