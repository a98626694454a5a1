"""FourierSeries: wave by wave where the equation has constant coefficients."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.fourier_series.laws import coefficients, kind, resolved
from gantheory.discriminators.fourier_series.reading import Linear, linear, plain, real_order, refuse_order
from gantheory.fourier import FourierField, Lattice, Sum, from_grid, nodes
from gantheory.measures import Measure
from gantheory.objectives import Objective, Torus

ROUNDOFF = 1e-12  # relative to what is added: a mean below it is 0
PERIODIC = 1e-9  # relative: what f(x + T) may differ from f(x) by


@dataclass(frozen=True, eq=False)
class FourierSeries:
    """D = Σ_{k≠0} ρ̂_k e^{iω_k·x}/(2 Σ_j λ_j |ω_k|^{2m_j}) on a torus, ρ = p − q + source, over a half lattice.

    modes: the largest wave number M, one for all axes or one for each. order: any real s > 0 in place of m of a single term,
    whose penalty is then λ∫|(−Δ)^{s/2} D|². source: a Field f on the torus, added to the right side −(p ℓ_real′ + q ℓ_fake′).
    sums: how scattered points are summed, by their number where None. A law on Rⁿ is wrapped around the torus: samples exactly,
    Gaussians and mixtures by their characteristic function, other densities by the trapezoid rule and their images. The mean
    of D is 0 where nothing sets it. Source: asokan2023euler, section 3, with ω = 2πk/T and the half lattice.
    """

    torus: Torus | Any
    modes: int | tuple[int, ...] | Any
    order: float | Any = None
    source: Field | Any = None
    sums: Sum | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.torus, Torus):
            raise Refusal("FourierSeries lives on a Torus", repr(self.torus), "Use Torus((period, …)).")
        if self.source is not None and not callable(self.source):
            raise Refusal("the source of FourierSeries is a Field", repr(self.source))
        modes = self.modes if isinstance(self.modes, tuple | list) else (self.modes,) * self.torus.dim
        object.__setattr__(self, "modes", tuple(modes))
        object.__setattr__(self, "order", real_order(self.order))
        _ = self.lattice  # refuses what is no number of modes

    @property
    def lattice(self) -> Lattice:
        """The wave numbers."""
        return Lattice(self.torus.periods, self.modes)

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> FourierField:
        """The discriminator as a FourierField, in the dtype and on the device of real and fake."""
        self._fits(real, fake)
        if self.order is not None:
            refuse_order(objective)
        if not plain(objective):
            raise Refusal("FourierSeries takes linear losses with penalties ∫|∇^m D|²", objective, "Use FiniteDifferences.")
        return self._wave_by_wave(linear(objective, self.order), real, fake)

    def _fits(self, *measures: Measure) -> None:
        for measure in measures:
            if measure.dim != self.torus.dim:
                raise Refusal(f"FourierSeries on the {self.torus} needs measures on R^{self.torus.dim}", f"R^{measure.dim}")
        kinds = [kind(m) for m in measures]
        if kinds[0] != kinds[1]:
            given = " and ".join(f"{dtype} on {device}" for dtype, device in kinds)
            raise Refusal("real and fake have the same dtype and device", given, "Convert one with .to(other).")

    def _wave_by_wave(self, equation: Linear, real: Measure, fake: Measure) -> FourierField:
        lattice = self.lattice
        alpha, how_real = coefficients(real, lattice, self.sums)
        beta, how_fake = coefficients(fake, lattice, self.sums)
        mean, f, size = self._source()
        right = -(equation.real * alpha + equation.fake * beta)
        right = right if f is None else right + f.to(right)
        mean -= (equation.real + equation.fake) / lattice.volume
        size += (abs(equation.real) + abs(equation.fake)) / lattice.volume
        symbol = 2 * sum(weight * lattice.square**order for weight, order in equation.penalties)
        inverse = np.divide(1.0, symbol, out=np.zeros(lattice.shape), where=lattice.half)
        D = FourierField(lattice, right * torch.from_numpy(inverse).to(right.real), self._mean(equation, mean, size), self.sums)
        return replace(D, stats=self._facts(equation, D, right) | {"real": how_real, "fake": how_fake})

    def _source(self) -> tuple[float, Tensor | None, float]:
        """Mean, coefficients and size of the source."""
        if self.source is None:
            return 0.0, None, 0.0
        points = resolved(self.lattice)
        x = torch.from_numpy(nodes(self.torus.periods, points))
        values = self._values(x)
        for step in torch.diag(torch.tensor(self.torus.periods, dtype=torch.float64)):
            if not np.abs(self._values(x + step) - values).max() <= PERIODIC * (np.abs(values).max() + 1e-300):
                raise Refusal(f"the source is a field on the {self.torus}", "one that changes from x to x + T")
        mean, found = from_grid(values.reshape(points), self.lattice)
        return mean, torch.from_numpy(found), float(np.abs(values).max())

    def _values(self, x: Tensor) -> np.ndarray:
        values = self.source(x).detach().numpy()
        if values.shape != (len(x),) or values.dtype != np.float64 or not np.isfinite(values).all():
            given = f"{values.dtype} of shape {values.shape}"
            raise Refusal("the source gives finite float64 values, one for each point", given)
        return values

    def _mean(self, equation: Linear, mean: float, size: float) -> float:
        """The mean of D: that of the right side over 2λ₀, and 0 where nothing holds it."""
        if equation.screened:
            return mean / (2 * equation.screened)
        if not abs(mean) <= ROUNDOFF * size:
            need = "without a term of order 0 the right side has mean 0 on a torus, where constants have no penalty"
            cures = ("Balance the two sides of the loss, as WASSERSTEIN does.", "Add a term of order 0.")
            raise Refusal(need, f"mean {mean:.6g}", *cures)
        return 0.0

    def _facts(self, equation: Linear, D: FourierField, right: Tensor) -> dict[str, Any]:
        """What was done; tail: the largest coefficient of the right side at an end of the lattice, relative to the largest."""
        size = torch.where(torch.from_numpy(D.lattice.half).to(right.device), right.abs(), 0)
        ends = [size.select(axis, end).max() for axis in range(D.dim) for end in ((-1,) if axis == 0 else (0, -1))]
        return {
            "solver": "FourierSeries",
            "method": "wave by wave",
            "modes": D.lattice.modes,
            "waves": D.lattice.size,
            "orders": tuple(order for _, order in equation.penalties),
            "tail": float(torch.stack(ends).max() / size.max().clamp_min(torch.finfo(size.dtype).tiny)),
        }
