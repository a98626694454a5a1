"""Laws on Rⁿ that are wrapped around a torus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.discriminators.reading import density_values
from gantheory.grids import TorusGrid
from gantheory.measures import Density, Gaussian, Mixture

MASS = 1e-8  # what the trapezoid mass of a resolved density may miss 1 by
TAIL = 1e-17  # of the largest value: images below it are left out
SHELLS = 16  # images |k|_∞ ≤ SHELLS of a law on Rⁿ are added at most
EVALUATIONS = 2**26  # of a density at nodes and images
NODES = 2**16  # of a grid at which images are counted


@dataclass(frozen=True, eq=False)
class Images:
    """x ↦ Σ p(x + kT), |k|_∞ ≤ shells, x next to the mean of a Gaussian, in [0, T) for other laws; p(x) where p repeats itself.

    left: what the last shell adds at the nodes at which shells was found, by the largest value.
    """

    law: Density
    periods: Tensor
    shells: int = 0
    left: float = 0.0
    repeats: bool = False

    @staticmethod
    def of(law: Density, periods: Tensor, x: Tensor) -> Images:
        """As many shells as change something at these nodes, and add up to mass 1; none for a density of period T."""
        alone = Images(law, periods)
        if alone.periodic(x):
            return Images(law, periods, repeats=True)
        total = alone(x).numpy()
        reach, left = 0, np.inf
        for size in range(1, SHELLS + 1):
            if (2 * size + 1) ** len(periods) * len(x) > EVALUATIONS:
                break
            more = alone.shell(x, size)
            total = total + more
            left = float(more.max() / total.max()) if total.max() > 0 else 0.0
            reach = size if left > TAIL else reach
            if left <= TAIL and total.mean() * float(periods.prod()) >= 1 - MASS:
                break
        return Images(law, periods, reach, left)

    def __call__(self, x: Tensor) -> Tensor:
        """The sum, shell by shell."""
        total = self._density(self._near(x)).numpy()
        for size in range(1, self.shells + 1):
            total = total + self.shell(x, size)
        return torch.from_numpy(total)

    def shell(self, x: Tensor, size: int) -> np.ndarray:
        """Σ p(x + kT), |k|_∞ = size."""
        near = self._near(x)
        return np.sum([self._density(near + self.periods * k).numpy() for k in _shell(size, len(self.periods))], 0)

    def periodic(self, x: Tensor) -> bool:
        """p(x + T_i e_i) = p(x) at these points."""
        values = self._density(x)
        if isinstance(self.law, Gaussian) or not float(values.max()) > 0:
            return False
        shifted = (self._density(x + step) for step in torch.diag(self.periods))
        return all(float((other - values).abs().max()) <= MASS * float(values.max()) for other in shifted)

    def _near(self, x: Tensor) -> Tensor:
        T = self.periods
        if isinstance(self.law, Gaussian):
            m = self.law.mean.detach()
            return m + torch.remainder(x - m + T / 2, T) - T / 2
        return x if self.repeats else torch.remainder(x, T)

    def _density(self, x: Tensor) -> Tensor:
        return density_values(self.law, x, f"the density of a {type(self.law).__name__}")


def _shell(size: int, dim: int) -> Iterator[Tensor]:
    whole = product(range(-size, size + 1), repeat=dim)
    return (torch.tensor(k) for k in whole if max(map(abs, k)) == size)


@dataclass(frozen=True, eq=False)
class Wrapped:
    """Σ_k p(x + kT): the density on a torus of a law on Rⁿ, a mixture by its components; p(x) where it has the period T."""

    shares: tuple[float, ...]
    parts: tuple[Images, ...]

    @staticmethod
    def of(law: Density, periods: tuple[float, ...], x: Float[Tensor, "n d"]) -> Wrapped:
        """With as many images as change something at these nodes of a grid on the torus."""
        T = torch.tensor(periods, dtype=torch.float64)
        if isinstance(law, Mixture):
            parts = tuple(Images.of(c, T, x) for c in law.components)
            return Wrapped(tuple(law.weights.detach().tolist()), parts)
        return Wrapped((1.0,), (Images.of(law, T, x),))

    @staticmethod
    def on(grid: TorusGrid, law: Density) -> Wrapped:
        """On the torus of a grid; a Refusal where images do not die out."""
        most = round(NODES ** (1 / grid.dim))
        found = Wrapped.of(law, grid.periods, TorusGrid(grid.periods, tuple(min(k, most) for k in grid.points)).nodes)
        left = max(part.left for part in found.parts)
        if left > MASS:
            need = f"a law on R^{grid.dim} is wrapped around a torus where its images die out"
            given = f"a {type(law).__name__} whose last images still add {left:.1e} of its largest value"
            raise Refusal(need, given, "Use a density with the periods of the torus, or longer periods.")
        return found

    @property
    def dim(self) -> int:
        """n."""
        return self.parts[0].law.dim

    def density(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """At any points."""
        values = [share * part(x) for share, part in zip(self.shares, self.parts, strict=True)]
        return torch.stack(values).sum(0)
