"""Nonlinear equations: smooth convex losses, one-sided and two-sided centred penalties, by Newton's iteration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import torch

from gantheory._errors import Refusal
from gantheory.discriminators.finite_differences.coefficients import Coefficients
from gantheory.discriminators.finite_differences.terms import Affine, quadratic
from gantheory.discriminators.reading import number
from gantheory.grids import (
    Axis,
    Centred,
    Energy,
    Essential,
    Functional,
    Grid,
    Load,
    Nodal,
    NullSpace,
    Path,
    Penalty,
    Quadratic,
    Summand,
    at_nodes,
    centred,
    continued,
    pins,
    sampled,
    trapezoid,
    weighed,
)
from gantheory.lowering import Lowered, lower
from gantheory.objectives import Loss, Objective, Term
from gantheory.objectives.optimum import kinked
from gantheory.symbolic import p, q, y

STARTS = (0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 0.1, -0.1)  # constants to start from: the first in the domain of the loss
STIFF = 3.0  # powers of 10 by which continuation starts with larger penalties


@dataclass(frozen=True, eq=False)
class Reaction:
    """Σ volume (p ℓ_real(D) + q ℓ_fake(D)) at the nodes."""

    loss: Loss
    densities: tuple[np.ndarray, np.ndarray]

    def _sum(self, order: int, values: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.ascontiguousarray(values))
        total = np.zeros(len(values))
        for side, density in zip(derivatives(self.loss)[order], self.densities, strict=True):
            total += np.where(density == 0, 0.0, density * side(x).numpy())
        return total

    def summand(self, places: np.ndarray, volumes: np.ndarray) -> Nodal:
        """With its two derivatives in D."""
        return Nodal(places, volumes, partial(self._sum, 0), partial(self._sum, 1), partial(self._sum, 2))


@cache
def derivatives(loss: Loss) -> tuple[tuple[Lowered, Lowered], ...]:
    """ℓ_real and ℓ_fake, their first and their second derivatives."""
    found = [(lower(loss.real, y), lower(loss.fake, y))]
    for _ in range(2):
        found.append((found[-1][0].derivative, found[-1][1].derivative))
    return tuple(found)


def smooth(loss: Loss) -> None:
    """Refuse kinks, and symbols without numbers."""
    if kinked(loss.integrand):
        raise Refusal("FiniteDifferences takes losses that are smooth in D", loss, "Smooth its kinks, by log(1 + exp(…)).")


def colocated(term: Term, dim: int, accuracy: int) -> None:
    """Refuse a centred penalty whose |∇^m D| the scheme does not co-locate."""
    if term.penalty.quadratic or dim == 1:
        return
    if term.penalty.order > 1:
        need = f"FiniteDifferences takes centred penalties of order 1 in {dim}-D, of any order in 1-D"
        raise Refusal(need, term, "Use centre=0, or order 1.")
    if accuracy > 2:
        raise Refusal("a centred penalty beyond 1-D is solved at accuracy 2", f"accuracy={accuracy}", "Use accuracy=2.")


@dataclass(frozen=True, eq=False)
class Discretisation:
    """A grid with its axes, what is given at the faces, and the load by a quadrature rule."""

    grid: Grid
    lines: tuple[Axis, ...]
    essential: Essential
    load: Load


@dataclass(frozen=True, eq=False)
class Nonlinear:
    """J_h of an objective; affine: c₀, which the load holds, and c₁, where the reaction is c₀ + c₁ D."""

    objective: Objective
    coefficients: Coefficients
    scheme: Discretisation
    affine: Affine | None

    @property
    def convex(self) -> bool:
        """No penalty is two-sided about a centre."""
        return all(t.penalty.quadratic or t.penalty.one_sided for t in self.objective.terms)

    @property
    def null_space(self) -> NullSpace:
        """Under a linear loss, polynomials below the lowest order of a penalty."""
        linear = self.affine is not None and self.affine[1] == 0
        lowest = min(t.penalty.order for t in self.objective.terms) if linear else 0
        return NullSpace.of(self.scheme.grid, self.scheme.lines, lowest)

    def minimised(self, start: np.ndarray | None = None) -> tuple[np.ndarray, dict[str, Any]]:
        """D on all nodes with ∇J_h(D) = 0; start: values on all nodes near to it."""
        null, essential = self.null_space, self.scheme.essential
        load, facts = null.compatible(self.scheme.load) if null else (self.scheme.load(trapezoid), {})
        free = essential.free.ravel()
        held = pins(null.basis[free], np.flatnonzero(null.volumes[free] > 0)) if null else np.empty(0, dtype=int)
        path = self._path(load.ravel(), held)
        centred = any(not t.penalty.quadratic for t in self.objective.terms)
        constant = _start(path(1.0))
        near = start[essential.free] if start is not None else None if centred else constant
        u, how = continued(path, constant, near)
        values = null.gauged(essential.values(u))
        self._convex_at(values)
        return values, {**how, "unknowns": essential.count, **facts}

    def _convex_at(self, values: np.ndarray) -> None:
        """Refuse a loss that is concave at the D found."""
        for reaction in self._reaction():
            bend = reaction.second(values.ravel()[reaction.places])
            if not (bend >= 0).all():
                given = f"{self.objective.loss}, concave at D = {values.ravel()[reaction.places][int(bend.argmin())]:.3g}"
                raise Refusal("FiniteDifferences takes losses that are convex in D", given)

    def _path(self, load: np.ndarray, held: np.ndarray) -> Path:
        """t ↦ J with centres tK and, under a curved loss, penalties 10^(3 − 3t) times as large."""
        energy, centred_ones, reaction = self._quadratic(), self._centred(), self._reaction()

        def at(t: float) -> Functional:
            scale = 10 ** (STIFF * (1 - t)) if reaction else 1.0
            bent = (replace(c, volumes=scale * c.volumes, centre=t * c.centre) for c in centred_ones)
            whole: tuple[Summand, ...] = (Quadratic(energy, load, scale), *bent, *reaction)
            return Functional(whole, self.scheme.essential, self.convex, held)

        return at

    def _quadratic(self) -> Energy:
        penalties = [quadratic(t, self.coefficients) for t in self.objective.terms if t.penalty.quadratic]
        if self.affine is not None and self.affine[1] != 0:
            penalties.append(Penalty(0, 0.5, self.coefficients.function(self.affine[1])))
        return Energy(self.scheme.lines, tuple(penalties))

    def _centred(self) -> list[Centred]:
        found = []
        for term in self.objective.terms:
            if not term.penalty.quadratic:
                kind = number(term.penalty.centre, "the centre K"), term.penalty.one_sided
                scale, weight = number(term.weight, "the weight λ"), self.coefficients.weight(term.penalty.over)
                found.append(centred(self.scheme.lines, term.penalty.order, scale, weight, kind))
        return found

    def _reaction(self) -> list[Nodal]:
        if self.affine is not None:
            return []
        axes, shape = self.scheme.grid.axes, self.scheme.grid.points
        values = [sampled(self.coefficients.function(s), axes, "a density") for s in (p, q)]
        whole = [np.broadcast_to(v, shape).ravel() for v in values]
        volumes = at_nodes(self.scheme.lines, weighed(np.ones(shape), [trapezoid(line) for line in self.scheme.lines]))
        places = np.flatnonzero(volumes.ravel() > 0)
        return [Reaction(self.objective.loss, (whole[0], whole[1])).summand(places, volumes.ravel()[places])]


def _start(J: Functional) -> np.ndarray:
    """A constant in the domain of the loss."""
    for value in STARTS:
        u = np.full(J.essential.count, value)
        if np.isfinite(J.value(u)):
            return u
    need = "J is finite at some constant beside the boundary data"
    raise Refusal(need, f"none of {', '.join(map(str, STARTS))}", "Give boundary data in the domain of the loss.")
