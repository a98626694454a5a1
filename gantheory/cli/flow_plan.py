"""What `gantheory flow` decides before its first step; every refusal of its words comes from here."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.cli import read
from gantheory.cli.derive import LOSSES, chosen
from gantheory.discriminators import Collocation, GreensFunction, Solver
from gantheory.flows import ParticleFlow
from gantheory.kernels import Direct
from gantheory.measures import Empirical, read_points
from gantheory.objectives import GradientPenalty, Loss, Objective, Posedness, Space, Standing, screened_terms

SPREAD = 0.15  # of the default start, in deviations of the data
SOFT = 0.1  # the default softening where a sampled force has infinite variance, in deviations of the data
HORIZON, STEPS_PER_UNIT = 60.0, 5.0  # in units of deviation / initial speed
RIDGE = 0.01  # the default λ of least squares, in units of deviation^{2m−n}
MEASURED = 1500  # points beyond which W2 is taken between fixed subsamples


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that is decided before the first step."""

    data: Empirical
    start: Tensor
    flow: ParticleFlow
    times: Tensor
    step: float
    configuration: dict[str, Any]


@dataclass(frozen=True)
class Words:
    """The numbers of the command line, read before any file is."""

    loss: Loss
    order: int
    weight: float | None
    rate: float
    softening: float | None
    time: float | None
    step: float | None
    snapshots: int
    seed: int
    particles: int | None

    def weighted(self, scale: float, dim: int) -> float:
        """λ: as given; by default 1, or for least squares RIDGE · scale^{2m−n}, which has the units of λ."""
        if self.weight is not None:
            return self.weight
        return 1.0 if self.loss.linear else float(f"{RIDGE * scale ** (2 * self.order - dim):.3g}")

    def objective(self, weight: float) -> Objective:
        """The loss under λ∫|∇^m D|², or under its screened form."""
        if self.rate > 0:
            return Objective(self.loss, *screened_terms(self.order, self.rate, weight))
        return Objective(self.loss, weight * GradientPenalty(self.order))


def words_read(words: dict[str, Any]) -> Words:
    """Each word as a number."""
    loss: Any = chosen(LOSSES, words["loss"], "--loss")
    order, rate = read.order(words["order"]), read.nonnegative(words["rate"], "--rate")
    lengths = {k: None if words[k] is None else read.positive(words[k], f"--{k}") for k in ("weight", "time", "step")}
    softening = None if words["softening"] is None else read.nonnegative(words["softening"], "--softening")
    if softening and not loss.linear:
        need = "--softening belongs to the Wasserstein loss, since least squares has its ridge"
        raise Refusal(need, f"--softening {softening:g}", "Leave it out.")
    snapshots = read.integer(words["snapshots"], "--snapshots")
    seed = read.integer(words["seed"], "--seed", least=0, most=read.LARGEST_SEED)
    count = None if words["particles"] is None else read.integer(words["particles"], "--particles", least=2)
    return Words(loss, order, lengths["weight"], rate, softening, lengths["time"], lengths["step"], snapshots, seed, count)


def planned(path: Path, words: dict[str, Any]) -> Plan:
    """Data, start, flow and times."""
    given = words_read(words)
    data = Empirical(_points(path))
    scale = _spread(data, path)
    start = started(data, words["start"], given.particles, given.seed)
    if _same(start, data.points):
        raise Refusal("the start differs from the data", "the same points, which never move", "Give another --start.")
    weight = given.weighted(scale, data.dim)
    objective = given.objective(weight)
    verdict = _posed(objective, given.order, data.dim)
    softening = given.softening
    if softening is None:
        softening = SOFT * scale if verdict.standing is Standing.MARGINAL else 0.0
    solver: Solver = GreensFunction(Direct(), softening=softening) if given.loss.linear else Collocation()
    flow = ParticleFlow(objective, data, solver)
    speed = float(flow(torch.zeros((), dtype=start.dtype), start).square().sum(1).mean().sqrt())
    if not speed > 0:
        raise Refusal("the start differs from the data", "particles that do not move", "Give another --start.")
    unit = scale / speed
    horizon, step = given.time or HORIZON * unit, given.step or unit / STEPS_PER_UNIT
    times = torch.linspace(0, 1, given.snapshots + 1, dtype=torch.float64).square() * horizon
    configuration = {
        "data": path.name, "points": len(data), "dimension": data.dim, "particles": len(start), "seed": given.seed,
        "objective": str(objective), "equation": str(objective.euler_lagrange()), "posedness": str(verdict),
        "loss": words["loss"], "order": given.order, "weight": weight, "rate": given.rate, "softening": softening,
        "time": horizon, "step": step, "method": "heun", "sums": flow.discriminator(start).stats["sums"],
        "start": words["start"] or "cloud", "W2 between": min(MEASURED, len(data), len(start)),
    }  # fmt: skip
    return Plan(data, start, flow, times, step, configuration)


def _spread(data: Empirical, path: Path) -> float:
    """The data's deviation, which is finite and positive."""
    scale = deviation(data)
    if not scale < inf:
        given = f"coordinates beyond it in {path.name}"
        raise Refusal("squares of the data stay in the float range", given, "Scale them down.")
    if not scale > 0:
        given = f"{len(data)} copies of one point in {path.name}"
        raise Refusal("the data have more than one distinct point", given, "Give other data.")
    return scale


def _posed(objective: Objective, order: int, dim: int) -> Posedness:
    """The verdict in R^n, unless it is ILL_POSED."""
    verdict = objective.euler_lagrange().well_posedness(Space(dim))
    if verdict.standing is Standing.ILL_POSED:
        need, cure = f"the objective is well-posed in R^{dim}", "Here a --rate > 0 gives the screened terms."
        raise Refusal(need, f"--order {order}: {verdict.reason}", *verdict.cures, cure)
    return verdict


def started(data: Empirical, path: Path | None, count: int | None, seed: int) -> Tensor:
    """The particles at t = 0: a file's points, or a cloud of SPREAD deviations at the data's mean."""
    if path is not None:
        points = _points(path)
        if points.shape[1] != data.dim:
            cure = "Give both files the same columns."
            raise Refusal(
                f"start and data have the same dimension, {data.dim}", f"a start of dimension {points.shape[1]}", cure
            )
        if count is not None and count > len(points):
            raise Refusal(f"--particles is at most the {len(points)} points of the start", count, "Give a larger start.")
        return points[:count]
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count or len(data), data.dim, generator=generator, dtype=torch.float64)
    return data.mean + SPREAD * deviation(data) * noise


def _points(path: Path) -> Tensor:
    """The rows of the file, in one order in memory: the same numbers give the same run whatever their format."""
    return read_points(path).contiguous()


def _same(first: Tensor, second: Tensor) -> bool:
    """The two samples are one and the same law."""
    (x, n), (z, m) = (points.unique(dim=0, return_counts=True) for points in (first, second))
    return torch.equal(x, z) and torch.equal(n * len(second), m * len(first))


def deviation(data: Empirical) -> float:
    """The root mean square of the data's standard deviations along the axes."""
    return float(data.covariance.trace() / data.dim) ** 0.5
