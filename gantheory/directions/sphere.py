"""Unit vectors: uniform, in orthonormal blocks, and what they see of points."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import random
from gantheory._errors import Refusal
from gantheory.symbolic import positive_integer

ROUNDOFF = 100  # times eps: what |θ| may miss 1 by


def sphere(
    count: int, dim: int, generator: torch.Generator, *, dtype: torch.dtype = torch.float64
) -> Float[Tensor, "count dim"]:
    """θ₁, …, θ_k, independent and uniform on S^{d−1}: normal vectors over their lengths; ±1 for d = 1."""
    k, d = positive_integer(count, "the number of directions"), positive_integer(dim, "the dimension of directions")
    z = torch.randn(k, d, generator=random(generator), dtype=dtype, device=generator.device)
    return torch.nn.functional.normalize(z, dim=1, eps=torch.finfo(dtype).tiny)


def orthonormal(
    count: int, dim: int, generator: torch.Generator, *, dtype: torch.dtype = torch.float64
) -> Float[Tensor, "count dim"]:
    """k directions, the rows of independent orthogonal matrices of Haar's law, the last one cut short where d ∤ k.

    Each is uniform on the sphere. (1/k) Σ θθᵀ = I/d exactly, to roundoff, where d divides k.
    """
    k, d = positive_integer(count, "the number of directions"), positive_integer(dim, "the dimension of directions")
    z = torch.randn(-(-k // d), d, d, generator=random(generator), dtype=dtype, device=generator.device)
    Q, R = torch.linalg.qr(z)
    signs = torch.where(R.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0).to(dtype)  # without them Q is not Haar's
    return (Q * signs[:, None, :]).mT.reshape(-1, d)[:k]


def unit(directions: Tensor, dim: int) -> Float[Tensor, "k d"]:
    """The directions themselves, (k, d) of length 1 up to roundoff; a Refusal otherwise."""
    need = f"directions are rows of length 1 in R^{dim}"
    if not isinstance(directions, Tensor) or directions.dtype not in (torch.float32, torch.float64):
        given = str(directions.dtype) if isinstance(directions, Tensor) else f"a {type(directions).__name__}"
        raise Refusal(need, given, "Use sphere(count, dim, generator) or orthonormal(count, dim, generator).")
    if directions.ndim != 2 or directions.shape[1] != dim or not len(directions):
        raise Refusal(need, f"shape {tuple(directions.shape)}", "Give at least one, in the dimension of the points.")
    if not directions.is_meta:
        off = (torch.linalg.vector_norm(directions, dim=1) - 1).abs().max().item()
        if not off <= ROUNDOFF * torch.finfo(directions.dtype).eps:
            raise Refusal(need, f"lengths off 1 by {off:.3g}", "Divide each row by its length.")
    return directions


def projected(x: Float[Tensor, "n d"], directions: Float[Tensor, "k d"]) -> Float[Tensor, "k n"]:
    """θ·x_i: a row for each direction."""
    return directions @ x.mT
