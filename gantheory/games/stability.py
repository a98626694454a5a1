"""Maps of stability: over steps and weights, how fast iterates leave or reach the equilibrium, predicted and measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.dirac import DiracGAN
from gantheory.games.dirac_field import DiracField
from gantheory.games.growth import stability_function
from gantheory.games.updates import Update
from gantheory.integration import FixedStep, integrate
from gantheory.lowering import lower

Growth: TypeAlias = Callable[[Float[Tensor, "b 2 2"], Float[Tensor, " b"]], Float[Tensor, " b"]]
_START = 1e-6  # the radius at which iterates are measured: u = θψ ≤ 5e-13, so that growth is that of the linearisation
_TINY = 1e-300  # stands for a radius that is 0 to the last bit


def runge_kutta_growth(method: FixedStep) -> Growth:
    """(J, h) ↦ max |R(hλ)| over the eigenvalues λ of J, R the stability function of the tableau."""
    z = sp.Symbol("z")
    coefficients = [float(c) for c in sp.Poly(stability_function(method, z), z).all_coeffs()]

    def growth(matrix: Float[Tensor, "b 2 2"], step: Float[Tensor, " b"]) -> Float[Tensor, " b"]:
        point = step[:, None] * torch.linalg.eigvals(matrix)
        value = torch.zeros_like(point)
        for c in coefficients:
            value = value * point + c
        return value.abs().amax(-1)

    return growth


def alternating_growth(counts: tuple[int, int] = (1, 1)) -> Growth:
    """(J, h) ↦ the spectral radius of D^k G^j, (j, k) the counts: G = I + h e₁e₁ᵀJ moves the generator, D = I + h e₂e₂ᵀJ.

    With j = k = 1 its trace is 2 + h tr J + h² J₁₂J₂₁ + h² J₁₁J₂₂ and its determinant (1 + hJ₁₁)(1 + hJ₂₂).
    """
    first, second = counts

    def growth(matrix: Float[Tensor, "b 2 2"], step: Float[Tensor, " b"]) -> Float[Tensor, " b"]:
        moved = step[:, None, None] * matrix
        generator, discriminator = (torch.eye(2).to(moved) + moved * mask.to(moved) for mask in torch.eye(2)[:, :, None])
        product = torch.linalg.matrix_power(discriminator, second) @ torch.linalg.matrix_power(generator, first)
        return torch.linalg.eigvals(product).abs().amax(-1)

    return growth


@dataclass(frozen=True, eq=False)
class StabilityMap:
    """Entry (i, j): the factor by which a step of length steps[i] at weights[j] changes the distance to the equilibrium."""

    steps: Float[Tensor, " n"]
    weights: Float[Tensor, " m"]
    predicted: Float[Tensor, "n m"]
    measured: Float[Tensor, "n m"]

    @property
    def agreement(self) -> float:
        """The share of cells that converge where they are predicted to, and only there."""
        return float(((self.predicted < 1) == (self.measured < 1)).double().mean())

    @property
    def stable_share(self) -> float:
        """The share of cells that converge."""
        return float((self.measured < 1).double().mean())

    @property
    def gap(self) -> float:
        """The largest |measured − predicted| / max(1, predicted)."""
        return float(((self.measured - self.predicted).abs() / self.predicted.clamp_min(1)).max())


def stability_map(
    dirac: DiracGAN,
    symbol: sp.Symbol,
    steps: Float[Tensor, " n"],
    weights: Float[Tensor, " m"],
    *,
    method: Update | FixedStep,
    growth: Growth,
    count: int = 200,
) -> StabilityMap:
    """Growth per step at the equilibrium over a grid of steps and of values of the symbol in the regulariser.

    method: of step 1, as euler(1.0) or alternating(1.0); one call moves all the cells, `count` times. growth: its prediction,
    as runge_kutta_growth(method) or alternating_growth(). Measured is exp of the mean of log(r⁺/r) along the iterates of
    the nonlinear game, brought back to a small radius after each step; the mean has a smooth window, so that turns cancel.
    """
    _refuse_unfit(steps, weights, method, count)
    h, w = (part.reshape(-1) for part in torch.meshgrid(steps, weights, indexing="ij"))
    matrix = jacobians(dirac, symbol, w)
    field = DiracField(dirac.drift, dirac.nodes, symbol, w, h)
    measured = _measured(field, method, count)
    shape = (len(steps), len(weights))
    return StabilityMap(steps, weights, growth(matrix, h).reshape(shape), measured.reshape(shape))


def jacobians(dirac: DiracGAN, symbol: sp.Symbol, values: Float[Tensor, " b"]) -> Float[Tensor, "b 2 2"]:
    """The Jacobian at the equilibrium for each value of the symbol."""
    entries = [lower(entry, symbol)(values) for entry in dirac.jacobian()]
    return torch.stack(entries, -1).reshape(-1, 2, 2)


def _measured(field: DiracField, method: Update | FixedStep, count: int) -> Tensor:
    b = field.sizes[0]
    like = field.steps if field.steps is not None else torch.zeros(b, dtype=torch.float64)
    z = _START * torch.cat([0.6 * torch.ones_like(like), 0.8 * torch.ones_like(like)])
    logs = []
    for _ in range(count + count // 4):
        z = torch.as_tensor(integrate(field, z, (0.0, 1.0), method=method).final)
        radius = torch.hypot(*z.split(b)).clamp_min(_TINY)
        logs.append(torch.log(radius / _START))
        z = z * (_START / radius).repeat(2)
    s = (torch.arange(count).to(like) + 1) / (count + 1)
    window = torch.exp(-1 / (s * (1 - s)))
    return torch.exp((window / window.sum()) @ torch.stack(logs[-count:]))


def _refuse_unfit(steps: Tensor, weights: Tensor, method: Update | FixedStep, count: int) -> None:
    for what, values in (("steps", steps), ("weights", weights)):
        if values.ndim != 1 or not len(values) or not bool(values.isfinite().all() and (values > 0).all()):
            raise Refusal(f"{what} of a map of stability are finite numbers > 0 in one row", f"{values.tolist()}")
    if method.step != 1:
        raise Refusal("the method of a map of stability has step 1, the steps of the map being its own", f"{method.step:g}")
    if getattr(method, "remembers", False):
        raise Refusal("iterates are brought back to a small radius, which a memory would not survive", method.name)
    if isinstance(count, bool) or not isinstance(count, int) or count < 10:
        raise Refusal("the count of steps of a map of stability is an integer ≥ 10", repr(count))
