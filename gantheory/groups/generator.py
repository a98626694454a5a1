"""A generator that commutes with a group, by a latent group element."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gantheory._checks import holds
from gantheory._errors import Refusal
from gantheory._modules import refuse_batchwise
from gantheory.groups.group import Group


class EquivariantGenerator(nn.Module):
    """g(z, σ) = T_σ g_0(z), with z ~ N(0, I) and σ of Haar measure: its law is the symmetrised law of g_0(z).

    Both hypotheses of the theorem hold: the latent law of (z, σ) is invariant under (z, σ) ↦ (z, τσ), and g(z, τσ) =
    T_τ g(z, σ). module: g_0, (n, latent) ↦ (n, d). A Measure too: it has dim and sample. Source: birrell2022structure.
    """

    elements: Tensor  # a buffer, which moves with the module

    def __init__(self, module: nn.Module | Any, group: Group | Any, latent: int | Any) -> None:
        super().__init__()
        if not isinstance(module, nn.Module):
            raise Refusal("a network is a torch.nn.Module", type(module).__name__, "Wrap it in one.")
        refuse_batchwise(module)
        if not isinstance(group, Group):
            raise Refusal("an equivariant generator needs a Group", type(group).__name__, "Use cyclic(4), for example.")
        if isinstance(latent, bool) or not isinstance(latent, int) or latent < 1:
            raise Refusal("the latent dimension is an integer ≥ 1", repr(latent))
        self.module, self.group, self.latent = module, group, latent
        self.register_buffer("elements", group.elements.clone(), persistent=False)

    @property
    def dim(self) -> int:
        """d."""
        return self.group.dim

    def forward(self, z: Float[Tensor, "n l"], index: Int[Tensor, " n"]) -> Float[Tensor, "n d"]:
        """T_σ g_0(z), row by row; index: the places of the σ among the group's elements."""
        self._refuse_unfit(index, len(z))
        points = self.module(z)
        if points.shape != (len(z), self.dim):
            raise Refusal(f"the network of an equivariant generator gives points (n, {self.dim})", f"{tuple(points.shape)}")
        return torch.einsum("nij,nj->ni", self.elements.to(points)[index], points)

    def _refuse_unfit(self, index: Tensor, n: int) -> None:
        whole = not (index.is_floating_point() or index.is_complex() or index.dtype == torch.bool)
        if not whole or index.shape != (n,):
            need = f"an equivariant generator takes an index of shape ({n},), of integers, one for each latent"
            raise Refusal(need, f"shape {tuple(index.shape)} of {index.dtype}", "Use latents(n, generator).")
        inside = (index >= 0) & (index < self.group.order)
        if not index.is_meta and not holds(inside.all()):
            raise Refusal(f"the index of a group element is from 0 to {self.group.order - 1}", index[~inside][0].item())

    def latents(self, n: int, generator: torch.Generator) -> tuple[Float[Tensor, "n l"], Int[Tensor, " n"]]:
        """z standard normal and σ uniform, in the dtype and on the device of the network."""
        if n < 0:
            raise Refusal("a sample has n ≥ 0 points", n)
        like = next(self.module.parameters(), self.elements)
        z = torch.randn(n, self.latent, generator=generator, dtype=like.dtype, device=like.device)
        return z, torch.randint(self.group.order, (n,), generator=generator, device=like.device)

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
        """g(z, σ) at n independent latents; differentiable in the parameters."""
        return self(*self.latents(n, generator))
