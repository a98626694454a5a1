"""Monotone transport between weighted points on the line, one line for each direction."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gantheory._checks import finite, is_real, probabilities, real_tensor
from gantheory._errors import Refusal


def uneven(weights: Float[Tensor, " n"]) -> Float[Tensor, " n"] | None:
    """The weights, or None where all are equal: sorting alone is then enough."""
    return None if not weights.is_meta and bool((weights == weights[0]).all()) else weights


def monotone_cost(
    u: Float[Tensor, "k n"],
    v: Float[Tensor, "k m"],
    a: Float[Tensor, " n"] | None = None,
    b: Float[Tensor, " m"] | None = None,
    order: int = 2,
) -> Float[Tensor, " k"]:
    """∫₀¹ |F⁻¹(s) − G⁻¹(s)|^p ds = W_p^p of Σ a_i δ_{u_i} and Σ b_j δ_{v_j} in each row, p = order ≥ 1.

    Weights are nonnegative and divided by their sums; None is 1/n each. Sorting alone for n = m and no weights, else the
    merged levels of both distribution functions; O(k(n + m) log(n + m)). Differentiable in u and v with the coupling held,
    which is the derivative wherever there is one.
    """
    if not is_real(order) or order < 1:
        need = "the order of transport on the line is at least 1"
        raise Refusal(need, repr(order), "Monotone pairing is not optimal below 1.")
    a, b = _masses(u, v, a, b)
    if _even(u, v, a, b):
        return (u.sort(-1).values - v.sort(-1).values).abs().pow(order).mean(-1)
    mass, i, j = _pieces(_levels(u, a), _levels(v, b))
    return (mass.to(u.dtype) * (u.gather(-1, i) - v.gather(-1, j)).abs().pow(order)).sum(-1)


def monotone_map(
    u: Float[Tensor, "k n"],
    v: Float[Tensor, "k m"],
    a: Float[Tensor, " n"] | None = None,
    b: Float[Tensor, " m"] | None = None,
) -> Float[Tensor, "k n"]:
    """T(u_i) = (1/a_i) ∫ G⁻¹(s) ds over the levels ]F(u_i) − a_i, F(u_i)] that u_i holds: the mean of where its mass goes.

    Points at one place share its levels in the order in which they are given; a point without mass goes to the quantile
    of its level.
    """
    a, b = _masses(u, v, a, b)
    if _even(u, v, a, b):
        return torch.zeros_like(u).scatter(-1, u.argsort(dim=-1, stable=True), v.sort(-1).values)
    (U, F), (V, G) = _levels(u, a), _levels(v, b)
    mass, i, j = _pieces((U, F), (V, G))
    mass, goal = mass.to(u.dtype), v.gather(-1, j)
    total, share = (torch.zeros_like(u).scatter_add(-1, i, part) for part in (mass * goal, mass))
    own = torch.searchsorted(G, (F + _before(F)) / 2, right=True).clamp(max=G.shape[-1] - 1)
    quantile = torch.zeros_like(u).scatter(-1, U, v.gather(-1, V.gather(-1, own)))
    return torch.where(share > 0, total / share.clamp_min(torch.finfo(u.dtype).tiny), quantile)


def _masses(u: Tensor, v: Tensor, a: Tensor | None, b: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    """Both weights in float64, divided by their sums; a Refusal for points or weights that have no transport."""
    masses = _mass(u, a), _mass(v, b)
    if (len(u), u.dtype, u.device) != (len(v), v.dtype, v.device):
        given = " and ".join(f"{tuple(z.shape)} of {z.dtype} on {z.device}" for z in (u, v))
        raise Refusal("both clouds share lines, dtype and device", given, "Convert one with .to(other).")
    return masses


def _mass(points: Tensor, weights: Tensor | None) -> Tensor | None:
    if real_tensor(points, "points on the line").ndim != 2 or 0 in points.shape:
        need = "points on the line have shape (k, n), n ≥ 1, a row for each line"
        raise Refusal(need, f"shape {tuple(points.shape)}", "Use x[None] for one line.")
    finite(points, "points on the line")
    exact = points.new_empty(0, dtype=torch.float64)
    return None if weights is None else probabilities(weights, exact, points.shape[1], "weights on the line")


def _even(u: Tensor, v: Tensor, a: Tensor | None, b: Tensor | None) -> bool:
    return a is None and b is None and u.shape[-1] == v.shape[-1]


def _before(levels: Float[Tensor, "k l"]) -> Float[Tensor, "k l"]:
    """0, and all levels but the last."""
    return torch.nn.functional.pad(levels[..., :-1], (1, 0))


def _pieces(
    source: tuple[Tensor, Tensor], target: tuple[Tensor, Tensor]
) -> tuple[Float[Tensor, "k l"], Int[Tensor, "k l"], Int[Tensor, "k l"]]:
    """Masses, and between which u_i and v_j each goes: both quantile functions are constant between merged levels."""
    (U, F), (V, G) = source, target
    levels = torch.cat([F, G], -1).sort(-1).values
    mass, middle = levels - _before(levels), (levels + _before(levels)) / 2
    noise = levels.shape[-1] * torch.finfo(torch.float64).eps  # what sums of so many weights may miss one another by
    i, j = (torch.searchsorted(H, middle, right=True).clamp(max=H.shape[-1] - 1) for H in (F, G))
    return torch.where(mass > noise, mass, 0.0), U.gather(-1, i), V.gather(-1, j)


def _levels(u: Float[Tensor, "k n"], a: Tensor | None) -> tuple[Int[Tensor, "k n"], Float[Tensor, "k n"]]:
    """The points in order, and the distribution function at them in float64."""
    order = u.argsort(dim=-1, stable=True)
    weights = u.new_ones(u.shape[-1], dtype=torch.float64) if a is None else a
    cumulative = weights[order].cumsum(-1)
    return order, (cumulative / cumulative[..., -1:]).contiguous()
