"""What `gantheory flow` decides before its first step; every refusal of its words comes from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.cli import read
from gantheory.cli.derive import chosen
from gantheory.cli.flow_kinds import HORIZON, Built, Discrepancy, Kind, Sliced, Tangent, Transport
from gantheory.cli.flow_poly import Poly
from gantheory.flows import ParticleFlow, SymmetrisedFlow
from gantheory.groups import Group, group_named
from gantheory.measures import Empirical, read_points, symmetrised_measure

SPREAD = 0.15  # of the default start, in deviations of the data
LONGEST = 1e6  # steps
MEASURED = 1500  # points beyond which W2 is taken between fixed subsamples
KINDS: dict[str, Kind] = {
    "poly": Poly(),
    "w2": Transport(2),
    "w1": Transport(1),
    "mmd": Discrepancy(),
    "ntk": Tangent(),
    "sliced": Sliced(),
}


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that is decided before the first step.

    data: what the particles flow to, symmetrised where there is a group; centre: what was subtracted from all points.
    """

    data: Empirical
    start: Tensor
    built: Built
    times: Tensor
    step: float
    configuration: dict[str, Any]
    group: Group | None
    centre: Tensor

    def whole(self, x: Tensor) -> Tensor:
        """The cloud of the particles: their orbits, where there is a group."""
        return x if self.group is None else self.group.orbit(x).flatten(0, 1)


@dataclass(frozen=True)
class Words:
    """The words that every flow takes, as numbers, and the recipe of the one that was named."""

    kind: str
    recipe: Callable[[Empirical, float], Built]
    group: str | None
    time: float | None
    step: float | None
    snapshots: int
    seed: int
    particles: int | None


def words_read(words: dict[str, Any]) -> Words:
    """Each word read, before any file is."""
    kind: Any = chosen(KINDS, words["flow"], "--flow")
    for name, other in KINDS.items():
        for flag in set(other.flags) - set(kind.flags):
            if words[flag] is not None:
                owners = " and ".join(f"--flow {k}" for k, v in KINDS.items() if flag in v.flags)
                raise Refusal(
                    f"--{flag} belongs to {owners}", f"--flow {words['flow']}", f"Leave it out, or use --flow {name}."
                )
    recipe = kind.read(words)
    time, step = (None if words[k] is None else read.positive(words[k], f"--{k}") for k in ("time", "step"))
    snapshots = read.integer(words["snapshots"], "--snapshots")
    seed = read.integer(words["seed"], "--seed", least=0, most=read.LARGEST_SEED)
    count = None if words["particles"] is None else read.integer(words["particles"], "--particles", least=2)
    return Words(words["flow"], recipe, words["group"], time, step, snapshots, seed, count)


def planned(path: Path, words: dict[str, Any]) -> Plan:
    """Data, start, flow and times."""
    given = words_read(words)
    data = Empirical(_points(path))
    scale = _spread(data, path)
    group = None if given.group is None else group_named(given.group, data.dim)
    start = started(data, words["start"], given.particles, given.seed)
    if _same(start, data.points):
        raise Refusal("the start differs from the data", "the same points, which never move", "Give another --start.")
    points, centre = len(data), data.mean if group else torch.zeros_like(data.mean)
    if group:  # a group acts about the origin
        data, start = symmetrised_measure(Empirical(data.points - centre, data.weights), group), start - centre
    built = given.recipe(data, scale)
    flow = SymmetrisedFlow(built.flow, group) if group else built.flow
    speed = float(flow(torch.zeros((), dtype=start.dtype), start).square().sum(1).mean().sqrt())
    if speed == 0:
        cures = ("Give another --start.", *([built.cure.removeprefix(".").strip()] if built.cure.startswith(".") else []))
        raise Refusal("the particles move", "particles at rest where they start", *cures)
    unit = scale / speed if isfinite(speed) else 0.0
    if not (isfinite(unit) and unit > 0):
        cure = "Use words of moderate size, or scale the data."
        raise Refusal("the initial speed is in the float range", f"a speed of {speed:.3g}", cure)
    horizon, step = given.time or built.time or HORIZON * unit, given.step or built.step or unit / built.pace
    if horizon / step > LONGEST:
        given_steps = f"{horizon:.3g} / {step:.3g} = {horizon / step:.3g}"
        raise Refusal(f"--time over --step is at most {LONGEST:.0e} steps", given_steps, "Use a larger --step.")
    times = torch.linspace(0, 1, given.snapshots + 1, dtype=torch.float64).square() * horizon
    configuration = {
        "flow": given.kind, "data": path.name, "points": points, "dimension": data.dim, "particles": len(start),
        "seed": given.seed, "says": built.says, "time": horizon, "step": step, "method": built.method(step).name,
        "start": words["start"] or "cloud", "W2 between": min(MEASURED, len(data), len(start) * (group.order if group else 1)),
    }  # fmt: skip
    if isinstance(built.flow, ParticleFlow):
        configuration["sums"] = built.flow.discriminator(start).stats.get("sums", "")
    if group:
        configuration |= {"group": given.group, "centre": centre.tolist()}
    built = replace(built, flow=flow)
    return Plan(data, start, built, times, step, configuration | built.facts, group, centre)


def _spread(data: Empirical, path: Path) -> float:
    """The data's deviation, which is finite and positive."""
    scale = deviation(data)
    if not scale < inf:
        given = f"coordinates beyond it in {path.name}"
        raise Refusal("squares of the data stay in the float range", given, "Scale them down.")
    if not scale**2 > 1e-280:  # squares of differences underflow
        given = f"a deviation of {scale:.3g} in {path.name}" if scale > 0 else f"{len(data)} copies of one point in {path.name}"
        cure = "Scale them up." if scale > 0 else "Give other data."
        raise Refusal("the data have more than one distinct point", given, cure)
    return scale


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
