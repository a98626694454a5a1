"""Mixtures of normal laws."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import probabilities
from gantheory._errors import Refusal
from gantheory.measures._drawn import drawn
from gantheory.measures.gaussian import Gaussian


@dataclass(frozen=True, eq=False)
class Mixture:
    """Σ_k w_k N(m_k, C_k), with w_k ≥ 0, divided by their sum.

    The weights take the dtype and device of the components, which agree in dimension, dtype and device.
    """

    weights: Tensor
    components: tuple[Gaussian, ...]

    def __post_init__(self) -> None:
        components = tuple(self.components)
        if not components or not all(isinstance(c, Gaussian) for c in components):
            raise Refusal("the components of Mixture are Gaussians, one at least", [type(c).__name__ for c in components])
        kinds = {(c.dim, c.mean.dtype, str(c.mean.device)) for c in components}
        if len(kinds) > 1:
            raise Refusal("the components of Mixture share dimension, dtype and device", sorted(kinds, key=str))
        weights = probabilities(self.weights, components[0].mean, len(components), "the weights of Mixture")
        object.__setattr__(self, "components", components)
        object.__setattr__(self, "weights", weights)

    @property
    def dim(self) -> int:
        """d."""
        return self.components[0].dim

    def log_density(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """log Σ_k w_k p_k(x)."""
        return self._log_parts(x).logsumexp(0)

    def density(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """Σ_k w_k p_k(x)."""
        return self.log_density(x).exp()

    def score(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """Σ_k r_k(x) ∇ log p_k(x), with r_k = w_k p_k / Σ_j w_j p_j; finite where every p_k underflows."""
        shares = self._log_parts(x).softmax(0)
        scores = torch.stack([c.score(x) for c in self.components])
        return torch.einsum("kn,knd->nd", shares, scores)

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
        """A component by its weight, then a point of it, n times."""
        chosen = drawn(self.weights, n, generator)
        z = torch.randn(n, self.dim, generator=generator, dtype=self.weights.dtype, device=self.weights.device)
        for k, component in enumerate(self.components):
            mine = chosen == k
            z[mine] = component.mean + z[mine] @ component.factor.mT
        return z

    def _log_parts(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "k n"]:
        """log w_k p_k(x)."""
        return self.weights.log()[:, None] + torch.stack([c.log_density(x) for c in self.components])
