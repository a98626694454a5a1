"""Measures averaged over a group."""

from __future__ import annotations

from typing import overload

import torch

from gantheory._errors import Refusal
from gantheory.groups import Group
from gantheory.measures.empirical import Empirical
from gantheory.measures.gaussian import Gaussian
from gantheory.measures.mixture import Mixture
from gantheory.measures.protocols import Measure

ROUNDOFF = 1e3  # times eps · largest coordinate: how far two images of one point may lie apart


@overload
def symmetrised_measure(measure: Empirical, group: Group) -> Empirical: ...
@overload
def symmetrised_measure(measure: Gaussian | Mixture, group: Group) -> Mixture: ...
@overload
def symmetrised_measure(measure: Measure, group: Group) -> Empirical | Mixture: ...
def symmetrised_measure(measure: Measure, group: Group) -> Empirical | Mixture:
    """S[P] = (1/|Σ|) Σ_σ T_σ#P: the orbits of the points, each of weight w_i/|Σ|, or the images of the Gaussians.

    E_{S[P]} γ = E_P S[γ]. Points come in blocks, one for each element, in its order. Source: birrell2022structure.
    """
    _refuse_other_dimension(measure, group)
    if isinstance(measure, Empirical):
        return Empirical(group.orbit(measure.points).flatten(0, 1), measure.weights.repeat(group.order))
    if isinstance(measure, Gaussian | Mixture):
        parts = measure.components if isinstance(measure, Mixture) else (measure,)
        weights = measure.weights if isinstance(measure, Mixture) else measure.mean.new_ones(1)
        images = tuple(_image(T, part) for T in group.acting_on(parts[0].mean[None]) for part in parts)
        return Mixture(weights.repeat(group.order), images)
    cure = "Use Empirical(measure.sample(n, generator))."
    raise Refusal("symmetrised_measure takes an Empirical, a Gaussian or a Mixture", type(measure).__name__, cure)


def _image(T: torch.Tensor, part: Gaussian) -> Gaussian:
    """The law of T X; symmetric to the last digit."""
    C = T @ part.covariance @ T.mT
    return Gaussian(T @ part.mean, (C + C.mT) / 2)


def is_invariant_measure(measure: Empirical, group: Group) -> bool:
    """T_σ#P = P for every σ: to roundoff, each image of a point carries the weight that lies at the point."""
    _refuse_other_dimension(measure, group)
    x, w = measure.points, measure.weights
    eps = torch.finfo(x.dtype).eps
    near = ROUNDOFF * eps * float(x.abs().max())
    mass = _mass_near(x, x, w, near)
    return all(bool((_mass_near(image, x, w, near) - mass).abs().max() <= ROUNDOFF * eps) for image in group.orbit(x))


def _mass_near(at: torch.Tensor, x: torch.Tensor, w: torch.Tensor, near: float) -> torch.Tensor:
    """Σ_j w_j over the points within `near` of each point, in each coordinate."""
    return torch.stack([((x - z).abs().amax(1) <= near).to(w) @ w for z in at])


def _refuse_other_dimension(measure: Measure, group: Group) -> None:
    if not isinstance(group, Group):
        raise Refusal("a measure is symmetrised over a Group", type(group).__name__, "Use cyclic(4), for example.")
    if measure.dim != group.dim:
        raise Refusal(f"{group} acts on R^{group.dim}", f"a measure on R^{measure.dim}")
