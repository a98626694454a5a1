"""The Fourier coefficients of laws on a torus, and the densities of laws that are wrapped onto it."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.discriminators.reading import density_values
from gantheory.fourier import Lattice, Sum, chosen, from_grid, nodes
from gantheory.measures import Density, Empirical, Gaussian, Measure, Mixture

MASS = 1e-8  # what the trapezoid mass of a resolved density may miss 1 by
TAIL = 1e-17  # of the largest value: images below it are left out
SHELLS = 16  # images |k|_∞ ≤ SHELLS of a law on Rⁿ are added at most
EVALUATIONS = 2**26  # of a density at nodes and images


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
    if isinstance(measure, Mixture):
        parts = zip(measure.weights.detach().numpy(), measure.components, strict=True)
        return np.asarray(sum(w * wrapped(c, periods, points) for w, c in parts))
    x = torch.from_numpy(nodes(periods, points))
    T = torch.tensor(periods, dtype=torch.float64)
    if isinstance(measure, Gaussian):
        x = measure.mean + torch.remainder(x - measure.mean + T / 2, T) - T / 2  # the image next to the mean
    total = _density(measure, x)
    if not _periodic(measure, x, T, total):
        total = _with_images(measure, x, T, total)
    mass = float(total.mean() * T.prod())
    if not abs(mass - 1) <= MASS:
        need = f"a density has mass 1 on the torus of periods {periods}, wrapped around it"
        given = f"mass {mass:.10g} by the trapezoid rule on {' × '.join(map(str, points))} nodes"
        raise Refusal(need, given, "Use more modes.", "Use Empirical(measure.sample(n, generator)).")
    return total.reshape(points)


def _density(measure: Density, x: Tensor) -> np.ndarray:
    return density_values(measure, x, f"the density of a {type(measure).__name__}").numpy()


def _periodic(measure: Density, x: Tensor, T: Tensor, values: np.ndarray) -> bool:
    """p(x + T_i e_i) = p(x) at every node."""
    if values.max() == 0:
        return False
    shifted = (_density(measure, x + step) for step in torch.diag(T))
    return all(np.abs(other - values).max() <= MASS * values.max() for other in shifted)


def _with_images(measure: Density, x: Tensor, T: Tensor, total: np.ndarray) -> np.ndarray:
    """Shell after shell of images, until they add nothing and the mass is there."""
    dim = len(T)
    for size in range(1, SHELLS + 1):
        if (2 * size + 1) ** dim * len(x) > EVALUATIONS:
            break
        shell = [k for k in product(range(-size, size + 1), repeat=dim) if max(map(abs, k)) == size]
        more = np.sum([_density(measure, x + T * torch.tensor(k)) for k in shell], 0)
        total = total + more
        if more.max() <= TAIL * total.max() and total.mean() * float(T.prod()) >= 1 - MASS:
            break
    return total
