"""The right side: a source, and what the natural conditions prescribe."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import torch

from gantheory._types import Field
from gantheory.discriminators.boundary_data import NaturalDatum
from gantheory.discriminators.finite_elements.rule import Rule, cells, face, scattered
from gantheory.discriminators.finite_elements.space import ElementSpace
from gantheory.discriminators.reading import field_values


def at_points(field: Field | Any, rule: Rule, what: str) -> np.ndarray:
    """(E, Q): a field at the points of a rule; a Refusal unless float64 and finite."""
    flat = torch.from_numpy(rule.points.reshape(-1, rule.points.shape[2]))
    return field_values(field, flat, what).numpy().reshape(rule.points.shape[:2])


def load(space: ElementSpace, source: Field | Any, natural: Sequence[NaturalDatum], degree: int) -> np.ndarray:
    """∫ f φ_i dx + Σ_{ends} (±1) ∫ g ∂^β φ_i."""
    total = np.zeros(space.size)
    if source is not None:
        rule = cells(space, degree)
        total += rule.load(at_points(source, rule, "the source"), (0,) * space.mesh.dim)
    for datum in natural:
        for sign, rule in _ends(space, datum, degree):
            total += sign * rule.load(at_points(datum.value, rule, "a natural datum"), datum.against)
    return total


def _ends(space: ElementSpace, datum: NaturalDatum, degree: int) -> list[tuple[int, Rule]]:
    """The faces or corners of a datum, with their signs: + at upper ends, − at lower, the product at corners."""
    box = space.mesh.box
    if len(datum.at) == 1:
        (k,) = datum.at
        return [(-1, face(space, k, box.lower[k], degree)), (1, face(space, k, box.upper[k], degree))]
    ends = list(product(((-1, 0), (1, 1)), repeat=2))
    signs = [a * b for (a, _), (b, _) in ends]
    corners = [np.array([[(box.lower, box.upper)[i][0], (box.lower, box.upper)[j][1]]]) for (_, i), (_, j) in ends]
    return [(sign, scattered(space, corner, np.ones(1))) for sign, corner in zip(signs, corners, strict=True)]
