"""Least squares on samples, trained for a time: the relaxation of D to its labels in closed form."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal


def merged(
    points: Float[Tensor, "n d"], gram: Float[Tensor, "n n"], mass: Float[Tensor, " n"], residual: Float[Tensor, " n"],
    time: float,
) -> Float[Tensor, " n"]:  # fmt: skip
    """relaxed, coincident points taken as one of their common mass: apart, they get opposite weights that grow like t."""
    if points.is_meta:
        return relaxed(gram, mass, residual, time)
    places, which = points.unique(dim=0, return_inverse=True)
    if len(places) == len(points):
        return relaxed(gram, mass, residual, time)
    one = torch.empty(len(places), dtype=which.dtype, device=which.device)
    one[which] = torch.arange(len(points), device=which.device)  # any of them
    common = mass.new_zeros(len(one)).index_add(0, which, mass)
    share = torch.where(mass > 0, mass / common[which], 0)
    mean = mass.new_zeros(len(one)).index_add(0, which, share * residual)
    return relaxed(gram[one][:, one], common, mean, time)[which] * share


def relaxed(
    gram: Float[Tensor, "n n"], mass: Float[Tensor, " n"], residual: Float[Tensor, " n"], time: float
) -> Float[Tensor, " n"]:
    """c with K c = (e^{−tKM} − I) r, M = diag(mass): c = −M^{½} V ψ(Λ) Vᵀ M^{½} r, where M^{½} K M^{½} = VΛVᵀ.

    ψ(λ) = (1 − e^{−tλ})/λ, ψ(0) = t: K may be singular. Refuses a kernel that is not positive definite to roundoff.
    """
    half = mass.sqrt()
    spectrum, V = torch.linalg.eigh(half[:, None] * gram * half)
    if not gram.is_meta and bool(spectrum[0] < -100 * len(gram) * torch.finfo(gram.dtype).eps * spectrum[-1].abs()):
        need = "KernelGradient needs a positive definite kernel"
        raise Refusal(need, f"an eigenvalue {float(spectrum[0]):.3g}", "Use a tangent kernel, or gaussian(width).")
    rates = spectrum.clamp(min=0)
    tiny = rates * time < torch.finfo(gram.dtype).eps
    psi = torch.where(tiny, time, -torch.expm1(-time * rates) / torch.where(tiny, 1.0, rates))
    return -half * (V @ (psi * (V.mT @ (half * residual))))
