"""KernelGradient: a discriminator trained for a time by gradient flow in a kernel's space, as infinitely wide networks are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from numbers import Real
from typing import Any

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.protocol import Discriminator
from gantheory.discriminators.reading import number, quadratic_sides, same_space, samples
from gantheory.discriminators.relaxation import merged
from gantheory.discriminators.trained import Trained
from gantheory.integration import IntegrationError, Method, dopri5, integrate
from gantheory.kernels import KernelExpansion, refuse_no_kernel
from gantheory.lowering import Lowered, lower
from gantheory.measures import Empirical, Measure
from gantheory.objectives import Loss, Objective
from gantheory.symbolic import y

LARGEST = 12_000  # points of a dense system that fits 3 GB
SLIDING = 2000  # steps after which a kinked loss is taken to slide along a kink


@cache
def slopes(loss: Loss) -> tuple[float, float] | None:
    """(ℓ_real′, ℓ_fake′) of a loss that is linear in D, or None."""
    found = [sp.diff(side, y) for side in (loss.real, loss.fake)]
    if any(slope.has(y) for slope in found):
        return None
    return number(found[0], "the loss"), number(found[1], "the loss")


@cache
def parabolas(loss: Loss) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """((factor, label) of the data, of the fakes) of a least-squares loss, or None."""
    try:
        return quadratic_sides(Objective(loss), "KernelGradient")
    except Refusal:
        return None


@cache
def _forces(loss: Loss) -> tuple[Lowered, Lowered]:
    """−ℓ_real′ and −ℓ_fake′ as functions of D."""
    for side in (loss.real, loss.fake):
        if side.free_symbols - {y}:
            raise Refusal("a solver needs the loss as numbers and y", side, "Substitute a number for each parameter.")
    return lower(-sp.diff(loss.real, y), y), lower(-sp.diff(loss.fake, y), y)


@dataclass(frozen=True, eq=False)
class KernelGradient:
    """D_t with ∂D_t(x)/∂t = −Σ_i w_i k(x, x_i) ℓ_real′(D_t(x_i)) − Σ_j w_j k(x, y_j) ℓ_fake′(D_t(y_j)), from D_0 = initial.

    Gradient descent on E_p[ℓ_real(D)] + E_q[ℓ_fake(D)] in the space of k: with a tangent kernel, the training of an
    infinitely wide network. D_t − D_0 = Σ c_j k(·, s_j) over the samples of both sides, so D_t has its gradient everywhere.
    A linear loss and least squares are in closed form; any other is integrated by `method`, c₀ = 0. Both sides are Empirical
    of any sizes and weights; penalties are refused. time > 0; initial None is D_0 = 0. method None is dopri5 at tolerances
    that suit the dtype; it refuses a loss with kinks once D slides along one.
    Source: franceschi2022neural; jacot2018neural.
    """

    kernel: Any
    time: Any
    initial: Any = None
    method: Any = None

    def __post_init__(self) -> None:
        need = "KernelGradient takes a Kernel: a Gram matrix and its gradient"
        refuse_no_kernel(self.kernel, need, "Use tangent_kernel(3, RELU, bias=1.0), or gaussian(1.0).")
        if isinstance(self.time, bool) or not isinstance(self.time, Real) or not 0 < float(self.time) < float("inf"):
            raise Refusal("the training time of KernelGradient is a finite number > 0", repr(self.time))
        if self.initial is not None and not callable(self.initial):
            need = "the initial discriminator is a Field, or None for 0"
            raise Refusal(need, type(self.initial).__name__, "Pass a function of x.")
        if self.method is not None and not isinstance(self.method, Method):
            raise Refusal("the method of KernelGradient is dopri5(), rk4(0.1) or the like", repr(self.method))

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> Discriminator:
        """The discriminator at `time`: a KernelExpansion, plus `initial` where there is one."""
        if objective.terms:
            need = "KernelGradient trains on the loss alone, the kernel being what regularises it"
            raise Refusal(need, str(objective), "Use Objective(loss), or Network with penalties.")
        data, made = samples(real, "KernelGradient", "real"), samples(fake, "KernelGradient", "fake")
        same_space(data, made)
        _refuse_conditional(self.kernel)
        sides = Sides(data, made)
        with torch.no_grad():
            start = sides.values(self.initial)
        coefficients, facts = self._coefficients(objective.loss, sides, start)
        facts = {"solver": "KernelGradient", "time": float(self.time)} | facts
        expansion = KernelExpansion(self.kernel, sides.points, coefficients, facts=facts)
        return expansion if self.initial is None else Trained(self.initial, expansion)

    def _coefficients(self, loss: Loss, sides: Sides, start: Float[Tensor, " n"]) -> tuple[Float[Tensor, " n"], dict[str, Any]]:
        linear, squares = slopes(loss), parabolas(loss)
        if linear is not None:
            return -float(self.time) * sides.spread(*linear) * sides.mass, {"path": "linear: closed form"}
        if len(sides.points) > LARGEST:
            raise Refusal(f"KernelGradient holds a Gram matrix of at most {LARGEST} points", len(sides.points), "Subsample.")
        with torch.no_grad():
            gram = self.kernel(sides.points, sides.points)
            if squares is not None:
                (high, label), (low, other) = squares
                mass, labels = 2 * sides.spread(high, low) * sides.mass, sides.spread(label, other)
                c = merged(sides.points, gram, mass, start - labels, float(self.time))
                return c, {"path": "least squares: closed form"}
            return self._integrated(loss, sides, gram, start)

    def _integrated(
        self, loss: Loss, sides: Sides, gram: Float[Tensor, "n n"], start: Float[Tensor, " n"]
    ) -> tuple[Float[Tensor, " n"], dict[str, Any]]:
        on_data, on_fakes = _forces(loss)

        def flow(t: Tensor, c: Tensor) -> Tensor:
            D = start + gram @ c
            forces = torch.cat([on_data(D[: sides.data]), on_fakes(D[sides.data :])])
            return sides.mass * forces

        kinked = any(side.has(sp.Max, sp.Min, sp.Abs) for side in (loss.real, loss.fake))
        method = self.method or _adapted(start.dtype, kinked)
        try:
            path = integrate(flow, torch.zeros_like(start), [0.0, float(self.time)], method=method)
        except IntegrationError as error:
            if not kinked:
                raise
            need = "adaptive steps need a loss without kinks, for D slides along them"
            cure = f"Pass method=euler({float(self.time) / 1000:.3g}), whose error is of the order of its step."
            raise Refusal(need, f"{loss}: {error.why} at t = {error.t:.3g}", cure) from error
        return path.final, {"path": f"integrated: {path.stats['method']}", "evaluations": path.stats["evaluations"]}  # type: ignore[return-value]


def _adapted(dtype: torch.dtype, kinked: bool) -> Method:
    rtol, atol = (1e-9, 1e-11) if dtype == torch.float64 else (1e-5, 1e-6)
    return dopri5(rtol, atol, max_steps=SLIDING) if kinked else dopri5(rtol, atol)


class Sides:
    """Both samples as one list, the data first; duplicates and shared points may stand twice."""

    def __init__(self, real: Empirical, fake: Empirical) -> None:
        self.points = torch.cat([real.points, fake.points]).detach()
        self.mass = torch.cat([real.weights, fake.weights]).detach()
        self.data = len(real)

    def spread(self, on_data: float, on_fakes: float) -> Float[Tensor, " n"]:
        """One number at the data, another at the fakes."""
        values = torch.full_like(self.mass, on_fakes)
        values[: self.data] = on_data
        return values

    def values(self, field: Field | None) -> Float[Tensor, " n"]:
        """The field at the points; 0 for None."""
        if field is None:
            return torch.zeros_like(self.mass)
        found: Any = field(self.points)
        if not isinstance(found, Tensor) or found.shape != self.mass.shape:
            need = f"the initial discriminator maps {tuple(self.points.shape)} to ({len(self.mass)},)"
            given = f"shape {tuple(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
            raise Refusal(need, given, "Squeeze its last axis.")
        found = found.detach()
        if not found.is_meta and not bool(found.isfinite().all()):
            raise Refusal("the initial discriminator is finite at the samples", "NaN or infinity")
        return found


def _refuse_conditional(kernel: Any) -> None:
    order = getattr(kernel, "positivity", 0)
    if order > 0:
        given = f"one that is so on weights of vanishing moments only (order {order})"
        raise Refusal("KernelGradient needs a positive definite kernel", given, "Use screened(…) or gaussian(width).")
