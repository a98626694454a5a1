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
from gantheory.objectives import GradientPenalty, Objective, Posedness, Space, Standing, screened_terms

SPREAD = 0.15  # of the default start, in deviations of the data
SOFT = 0.1  # the default softening where a sampled force has infinite variance, in deviations of the data
HORIZON, STEPS_PER_UNIT = 60.0, 5.0  # in units of deviation / initial speed
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

    objective: Objective
    order: int
    weight: float
    rate: float
    softening: float | None
    time: float | None
    step: float | None
    snapshots: int
    seed: int
    particles: int | None


def words_read(words: dict[str, Any]) -> Words:
    """Each word as a number, and the objective that they make."""
    order, weight = read.order(words["order"]), read.positive(words["weight"], "--weight")
    rate = read.nonnegative(words["rate"], "--rate")
    loss = chosen(LOSSES, words["loss"], "--loss")
    terms = screened_terms(order, rate, weight) if rate > 0 else (weight * GradientPenalty(order),)
    lengths = {k: None if words[k] is None else read.positive(words[k], f"--{k}") for k in ("time", "step")}
    softening = None if words["softening"] is None else read.nonnegative(words["softening"], "--softening")
    if softening and not loss.linear:  # type: ignore[attr-defined]
        need = "--softening belongs to the Wasserstein loss, since least squares has its ridge"
        raise Refusal(need, f"--softening {softening:g}", "Leave it out.")
    count = None if words["particles"] is None else read.integer(words["particles"], "--particles", least=2)
    return Words(
        Objective(loss, *terms), order, weight, rate, softening, lengths["time"], lengths["step"],  # type: ignore[arg-type]
        read.integer(words["snapshots"], "--snapshots"), read.integer(words["seed"], "--seed", most=read.LARGEST_SEED), count,
    )  # fmt: skip


def planned(path: Path, words: dict[str, Any]) -> Plan:
    """Data, start, flow and times."""
    given = words_read(words)
    data = Empirical(_points(path))
    scale = _spread(data, path)
    start = started(data, words["start"], given.particles, given.seed)
    if _same(start, data.points):
        raise Refusal("the start differs from the data", "the same points, which never move", "Give another --start.")
    verdict = _posed(given, data.dim)
    softening = given.softening
    if softening is None:
        softening = SOFT * scale if verdict.standing is Standing.MARGINAL else 0.0
    linear = given.objective.loss.linear
    solver: Solver = GreensFunction(Direct(), softening=softening) if linear else Collocation()
    flow = ParticleFlow(given.objective, data, solver)
    speed = float(flow(torch.zeros((), dtype=start.dtype), start).square().sum(1).mean().sqrt())
    if not speed > 0:
        raise Refusal("the start differs from the data", "particles that do not move", "Give another --start.")
    unit = scale / speed
    horizon, step = given.time or HORIZON * unit, given.step or unit / STEPS_PER_UNIT
    times = torch.linspace(0, 1, given.snapshots + 1, dtype=torch.float64).square() * horizon
    configuration = {
        "data": path.name, "points": len(data), "dimension": data.dim, "particles": len(start), "seed": given.seed,
        "objective": str(given.objective), "equation": str(given.objective.euler_lagrange()), "posedness": str(verdict),
        "loss": words["loss"], "order": given.order, "weight": given.weight, "rate": given.rate, "softening": softening,
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


def _posed(given: Words, dim: int) -> Posedness:
    """The verdict in R^n, unless it is ILL_POSED."""
    verdict = given.objective.euler_lagrange().well_posedness(Space(dim))
    if verdict.standing is Standing.ILL_POSED:
        need, cure = f"the objective is well-posed in R^{dim}", "Here a --rate > 0 gives the screened terms."
        raise Refusal(need, f"--order {given.order}: {verdict.reason}", *verdict.cures, cure)
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
