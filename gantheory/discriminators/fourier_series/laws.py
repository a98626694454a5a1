"""The Fourier coefficients of laws on a torus, and the densities of laws that are wrapped onto it."""

from __future__ import annotations

from math import prod

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.discriminators.wrapped import MASS, Wrapped
from gantheory.fourier import Lattice, Sum, chosen, from_grid, nodes
from gantheory.measures import Density, Empirical, Gaussian, Measure, Mixture


def kind(measure: Measure) -> tuple[torch.dtype, torch.device]:
    """dtype and device: of the points, of the mean; float64 on the CPU for a density of the user's."""
    if isinstance(measure, Empirical):
        return measure.points.dtype, measure.points.device
    if isinstance(measure, Gaussian | Mixture):
        mean = measure.mean if isinstance(measure, Gaussian) else measure.weights
        return mean.dtype, mean.device
    return torch.float64, torch.device("cpu")


def coefficients(measure: Measure, lattice: Lattice, way: Sum | None) -> tuple[Tensor, str]:
    """(1/|T|) E e^{−iω·X}, ω over the array of the lattice: conj(φ(ω))/|T|, φ the characteristic function; and how."""
    if isinstance(measure, Empirical):
        x, w = measure.points.detach(), measure.weights.detach()
        how = way or chosen(x, lattice)
        return how.coefficients(x, w, lattice) / lattice.volume, f"{how} sum over {len(x)} points"
    if isinstance(measure, Gaussian):
        return _characteristic(measure, lattice).conj() / lattice.volume, "characteristic function"
    if isinstance(measure, Mixture):
        parts = zip(measure.weights.detach(), measure.components, strict=True)
        total = sum(w * _characteristic(c, lattice) for w, c in parts)
        return torch.as_tensor(total).conj() / lattice.volume, "characteristic function"
    if not isinstance(measure, Density):
        need = "FourierSeries needs measures that are samples or have a density"
        raise Refusal(need, type(measure).__name__, "Use Empirical(measure.sample(n, generator)).")
    points = resolved(lattice)
    _, found = from_grid(wrapped(measure, lattice.periods, points), lattice)
    return torch.from_numpy(found), f"trapezoid rule on {' × '.join(map(str, points))} nodes"


def resolved(lattice: Lattice) -> tuple[int, ...]:
    """Nodes for the trapezoid rule: twice what the wave numbers need, so that aliases come from above 3M."""
    return tuple(next_fast_len(max(4 * m + 2, 32)) for m in lattice.modes)


def _characteristic(law: Gaussian, lattice: Lattice) -> Tensor:
    """φ(ω) = exp(iω·m − ½ ωᵀCω)."""
    m, C = law.mean.detach(), law.covariance.detach()
    m = torch.remainder(m, m.new_tensor(lattice.periods))  # a shift by periods is none
    axes = torch.meshgrid(*(m.new_tensor(w) for w in lattice.frequencies), indexing="ij")
    omega = torch.stack(axes, -1)
    return torch.exp(1j * (omega @ m) - 0.5 * ((omega @ C) * omega).sum(-1))


def wrapped(measure: Density, periods: tuple[float, ...], points: tuple[int, ...]) -> np.ndarray:
    """Σ_k p(x + kT) at the nodes of a grid for a law on Rⁿ, p(x) for a density of period T; its mass is 1, or it is refused."""
    x = torch.from_numpy(nodes(periods, points))
    total = Wrapped.of(measure, periods, x).density(x)
    mass = float(total.mean()) * prod(periods)
    if not abs(mass - 1) <= MASS:
        need = f"a density has mass 1 on the torus of periods {periods}, wrapped around it"
        given = f"mass {mass:.10g} by the trapezoid rule on {' × '.join(map(str, points))} nodes"
        raise Refusal(need, given, "Use more modes.", "Use Empirical(measure.sample(n, generator)).")
    return total.numpy().reshape(points)
