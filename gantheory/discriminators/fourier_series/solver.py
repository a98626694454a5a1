"""FourierSeries: wave by wave where the equation has constant coefficients, by Newton's method elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gantheory._checks import has_values
from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.discriminators.fourier_series.assembly import Grids, functional, grids, start
from gantheory.discriminators.fourier_series.laws import coefficients, kind, resolved
from gantheory.discriminators.fourier_series.newton import minimiser
from gantheory.discriminators.fourier_series.reading import Linear, linear, plain, real_order, refuse_order
from gantheory.discriminators.reading import field_values
from gantheory.fourier import FourierField, Lattice, Sum, from_grid, nodes
from gantheory.measures import Measure
from gantheory.objectives import Objective, Torus

ROUNDOFF = 1e-12  # relative to what is added: a mean below it is 0
PERIODIC = 1e-9  # relative: what f(x + T) may differ from f(x) by


@dataclass(frozen=True, eq=False)
class FourierSeries:
    """D = Σ_k ρ̂_k e^{iω_k·x}/(2 Σ_j λ_j |ω_k|^{2m_j}) on a torus, ρ = p − q + source, over a half lattice.

    Losses that are curved in D, penalties with a weight w(p, q, nu) and (|∇D| − K)₊² need densities: J itself, its integrals
    by the trapezoid rule on twice as many nodes as waves need, is minimised over the series by a damped Newton's method, with
    conjugate gradients under the symbol of constant coefficients; what does not converge is refused.
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
        if not objective.terms:
            raise Refusal("FourierSeries solves objectives with a penalty", objective, "Use Pointwise.")
        if plain(objective):
            return self._wave_by_wave(linear(objective, self.order), real, fake)
        return self._by_newton(objective, grids(real, fake, reference, self.lattice))

    def _by_newton(self, objective: Objective, on: Grids) -> FourierField:
        lattice = self.lattice
        mean, values, size = self._source()
        J = functional(objective, lattice, on, values, self.order)
        if J.free:
            self._mean(linear(objective, None), mean, size)
        u, found = minimiser(J, start(J))
        c = torch.from_numpy(np.where(lattice.half, J.array(u), 0))
        facts = {"solver": "FourierSeries", "method": "Newton, conjugate gradients", "modes": lattice.modes}
        D = FourierField(lattice, c, float(u[0]), self.sums)
        facts |= {"waves": lattice.size, "orders": self._orders(objective), "nodes": J.points, "tail": _tail(D, c)}
        return replace(D, stats=facts | found)

    def _orders(self, objective: Objective) -> tuple[float, ...]:
        return tuple(float(t.penalty.order) if self.order is None else self.order for t in objective.terms)

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
        mean, values, size = self._source()
        f = torch.from_numpy(from_grid(values, lattice)[1])
        right = f.to(alpha) - (equation.real * alpha + equation.fake * beta)
        symbol = 2 * sum(weight * lattice.square**order for weight, order in equation.penalties)
        inverse = np.divide(1.0, symbol, out=np.zeros(lattice.shape), where=lattice.half)
        c = right * torch.from_numpy(inverse).to(right.real)
        D = FourierField(lattice, c, self._mean(equation, mean, size), self.sums)
        facts = {"solver": "FourierSeries", "method": "wave by wave", "modes": lattice.modes, "waves": lattice.size}
        facts |= {"orders": tuple(order for _, order in equation.penalties), "tail": _tail(D, right)}
        return replace(D, stats=facts | {"real": how_real, "fake": how_fake})

    def _source(self) -> tuple[float, np.ndarray, float]:
        """Mean, values on the grid of the trapezoid rule, and size of the source."""
        points = resolved(self.lattice)
        if self.source is None:
            return 0.0, np.zeros(points), 0.0
        x = torch.from_numpy(nodes(self.torus.periods, points))
        values = field_values(self.source, x, "the source").numpy()
        for step in torch.diag(torch.tensor(self.torus.periods, dtype=torch.float64)):
            moved = field_values(self.source, x + step, "the source").numpy()
            if not np.abs(moved - values).max() <= PERIODIC * (np.abs(values).max() + 1e-300):
                raise Refusal(f"the source is a field on the {self.torus}", "one that changes from x to x + T")
        return float(values.mean()), values.reshape(points), float(np.abs(values).max())

    def _mean(self, equation: Linear, mean: float, size: float) -> float:
        """The mean of D, that of the right side over 2λ₀; 0 where nothing holds it and the right side has mean 0."""
        mean -= (equation.real + equation.fake) / self.lattice.volume
        size += (abs(equation.real) + abs(equation.fake)) / self.lattice.volume
        if equation.screened:
            return mean / (2 * equation.screened)
        if not abs(mean) <= ROUNDOFF * size:
            need = "without a term of order 0 the right side has mean 0 on a torus, where constants have no penalty"
            cures = ("Balance the two sides of the loss, as WASSERSTEIN does.", "Add a term of order 0.")
            raise Refusal(need, f"mean {mean:.6g}", *cures)
        return 0.0


def _tail(D: FourierField, c: Tensor) -> float:
    """The largest coefficient at an end of the lattice, relative to the largest; NaN on the meta device."""
    if not has_values(c):
        return nan
    size = torch.where(torch.from_numpy(D.lattice.half).to(c.device), c.abs(), 0)
    ends = [size.select(axis, end).max() for axis in range(D.dim) for end in ((-1,) if axis == 0 else (0, -1))]
    return float(torch.stack(ends).max() / size.max().clamp_min(torch.finfo(size.dtype).tiny))
