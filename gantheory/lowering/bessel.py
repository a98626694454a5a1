"""K_ν of a tensor, for every real order ν, with a derivative of its own: K_ν′ = −(K_{ν−1} + K_{ν+1})/2."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.special import gamma, kv
from torch import Tensor

from gantheory._errors import Refusal

TORCH = {0.0: torch.special.modified_bessel_k0, 1.0: torch.special.modified_bessel_k1}


NODES = np.arange(0, 9.7, 0.2)  # t: e^{−π²/0.2} of the trapezoidal rule, e^{−z cosh 9.6} beyond, are below roundoff
SMALL, LARGE = 0.0125, 4.0  # SciPy's kv loses two digits just below z = 2 (65 eps), some below; above, none


def _integral(order: float, z: np.ndarray) -> np.ndarray:
    """∫₀^∞ e^{−z cosh t} cosh νt dt by the trapezoidal rule, which converges geometrically; every term is positive."""
    weights = 0.2 * np.cosh(order * NODES)
    weights[0] /= 2
    total = np.zeros_like(z)
    for weight, growth in zip(weights, np.cosh(NODES), strict=True):
        total += weight * np.exp(-z * growth)
    return total


def _series(order: float, z: np.ndarray) -> np.ndarray:
    """½ Σ_{±ν} Γ(±ν) (z/2)^{∓ν} Σ_i (z/2)^{2i}/(i! (1∓ν)_i), four terms: enough below SMALL."""
    half, square = z / 2, (z / 2) ** 2
    parts = (
        gamma(v) / 2 * half**-v * (1 + square / (1 - v) * (1 + square / (2 * (2 - v)) * (1 + square / (3 * (3 - v)))))
        for v in (order, -order)
    )
    return next(parts) + next(parts)


def _on_cpu(order: float, z: np.ndarray) -> np.ndarray:
    """K_ν(z) in float64: SciPy, but for the small orders and arguments that recurrences end in."""
    result = np.asarray(kv(order, z))
    routes = [((z >= SMALL) & (z < LARGE), _integral)] if order < 2 else []
    if 0.1 <= order <= 0.97:  # the two halves of the series keep apart
        routes.append(((z > 0) & (z < SMALL), _series))
    for here, route in routes:
        if here.any():
            result[here] = route(order, z[here])
    return result


def bessel_values(order: float, z: Tensor) -> Tensor:
    """K_ν(z) without a derivative: torch's own for ν = 0 and 1 on every device, SciPy's otherwise, on the CPU alone."""
    if order in TORCH:
        return TORCH[order](z)
    if z.is_meta:
        return torch.empty_like(z)
    refuse_other_devices(order, z.device)
    return torch.as_tensor(_on_cpu(order, z.detach().double().numpy())).to(z.dtype)


def refuse_other_devices(order: float, device: torch.device) -> None:
    """A Refusal for all but the CPU, named."""
    if device.type != "cpu":
        raise Refusal(
            f"K_ν of the order ν = {order:g} is evaluated by SciPy, on the CPU",
            f"a tensor on {device}",
            "Move it with .cpu(), or use an integer or half-integer order.",
        )


class BesselK(torch.autograd.Function):
    """K_ν(z), differentiable in z any number of times."""

    @staticmethod
    def forward(z: Tensor, order: float) -> Tensor:
        """K_ν(z)."""
        return bessel_values(order, z)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float], output: Tensor) -> None:
        """The argument is all that the derivative needs."""
        ctx.save_for_backward(inputs[0])
        ctx.order = inputs[1]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """−(K_{ν−1} + K_{ν+1})/2; K_{ν+1} from two neighbours, so that integer orders stay with K₀ and K₁."""
        (z,) = ctx.saved_tensors
        return -gradients[0] * (bessel_k(abs(ctx.order - 1), z) + bessel_k(ctx.order + 1, z)) / 2, None

    @staticmethod
    def vmap(info: Any, dims: tuple[int | None, None], z: Tensor, order: float) -> tuple[Tensor, int | None]:
        """Entry by entry, wherever the batch stands."""
        return BesselK.apply(z, order), dims[0]


def bessel_k(order: float, z: Tensor) -> Tensor:
    """K_ν(z): integer ν ≥ 2 by K_ν = K_{ν−2} + (2(ν−1)/z) K_{ν−1}, all else in one call."""
    if order < 2 or order != int(order):
        return BesselK.apply(z, float(order))
    return bessel_k(order - 2, z) + 2 * (order - 1) / z * bessel_k(order - 1, z)
