"""`gantheory flow DATA`: particles follow the discriminator to the data; trajectory, metrics and figures in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.cli import read
from gantheory.cli.derive import LOSSES, chosen
from gantheory.cli.experiment import venue_named
from gantheory.cli.progress import bar
from gantheory.discriminators import Collocation, GreensFunction, Solver
from gantheory.flows import ParticleFlow
from gantheory.integration import IntegrationError, Trajectory, heun, integrate
from gantheory.kernels import Direct
from gantheory.measures import Empirical, read_points
from gantheory.metrics import energy_distance, wasserstein
from gantheory.objectives import GradientPenalty, Objective, Space, Standing, screened_terms
from gantheory.plots import Venue, over_time, save, snapshots
from gantheory.runs import claim_folder, provenance, write_run

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


def run(data: Path, out: Path, **words: Any) -> int:
    """Read, plan, flow, measure, write; nothing is written unless all of it is."""
    venue = venue_named(words["venue"])
    plan = planned(data, words)
    claim_folder(out, words["replace"])
    console = Console()
    for key in ("equation", "posedness", "softening", "time", "step", "sums"):
        console.print(f"{key:>10}: {plan.configuration[key]}", highlight=False)
    metrics: list[dict[str, float]] = []
    try:
        with bar("flow") as report:
            path = integrate(
                plan.flow, plan.start, plan.times, method=heun(plan.step),
                observe=lambda t, x: metrics.append(measured(plan, t, x, report)),
            )  # fmt: skip
    except IntegrationError as error:
        raise Refusal("the flow stays finite", str(error), "Use a smaller --step, or a larger --softening.") from error
    stats = {k: v for k, v in path.stats.items() if k != "seconds"}
    configuration = plan.configuration | {"stats": stats}
    write_run(
        out, configuration=configuration, t=path.t, x=path.x, metrics=metrics, replace=words["replace"],
        figures=lambda folder: figures(folder, plan, path, metrics, venue),
    )  # fmt: skip
    first, last = metrics[0], metrics[-1]
    console.print(f"{'W2':>10}: {first['W2']:.4g} at t = 0, {last['W2']:.4g} at t = {last['t']:.4g}", highlight=False)
    console.print(f"{'written':>10}: {out} ({path.stats['evaluations']} evaluations)", highlight=False)
    return 0


def planned(path: Path, words: dict[str, Any]) -> Plan:
    """The objective, the solver, the start and the times; every refusal comes from here."""
    order, weight = read.order(words["order"]), read.positive(words["weight"], "--weight")
    rate = read.nonnegative(words["rate"], "--rate")
    loss = chosen(LOSSES, words["loss"], "--loss")
    given = {k: None if words[k] is None else read.positive(words[k], f"--{k}") for k in ("time", "step")}
    softening = None if words["softening"] is None else read.nonnegative(words["softening"], "--softening")
    snapshots_taken = read.integer(words["snapshots"], "--snapshots")
    seed, particles = read.integer(words["seed"], "--seed"), words["particles"]
    count = None if particles is None else read.integer(particles, "--particles")
    data = Empirical(read_points(path))
    terms = screened_terms(order, rate, weight) if rate > 0 else (weight * GradientPenalty(order),)
    objective = Objective(loss, *terms)  # type: ignore[arg-type]
    start = started(data, words["start"], count, seed)
    scale = float(data.covariance.trace() / data.dim) ** 0.5
    if not scale > 0:
        raise Refusal("the data have more than one distinct point", f"{len(data)} copies of one point in {path}")
    verdict = objective.euler_lagrange().well_posedness(Space(data.dim))
    if softening is None:
        softening = SOFT * scale if verdict.standing is Standing.MARGINAL else 0.0
    if softening and not objective.loss.linear:
        raise Refusal("--softening belongs to the Wasserstein loss; least squares has its ridge", f"--softening {softening:g}")
    solver: Solver = GreensFunction(Direct(), softening=softening) if objective.loss.linear else Collocation()
    flow = ParticleFlow(objective, data, solver)
    first = flow.discriminator(start)
    speed = float(flow(torch.zeros((), dtype=start.dtype), start).square().sum(1).mean().sqrt())
    if not speed > 0:
        raise Refusal("the start differs from the data", "particles that do not move")
    unit = scale / speed
    horizon = given["time"] or HORIZON * unit
    step = given["step"] or unit / STEPS_PER_UNIT
    times = torch.linspace(0, 1, snapshots_taken + 1, dtype=torch.float64).square() * horizon
    configuration = {
        "data": path.name, "points": len(data), "dimension": data.dim, "particles": len(start), "seed": seed,
        "objective": str(objective), "equation": str(objective.euler_lagrange()), "posedness": str(verdict),
        "loss": words["loss"], "order": order, "weight": weight, "rate": rate, "softening": softening,
        "time": horizon, "step": step, "method": "heun", "sums": first.stats["sums"], "start": words["start"] or "cloud",
        "W2 between": min(MEASURED, len(data), len(start)),
    }  # fmt: skip
    return Plan(data, start, flow, times, step, configuration)


def started(data: Empirical, path: Path | None, count: int | None, seed: int) -> Tensor:
    """The particles at t = 0: a file's points, or a cloud of SPREAD deviations at the data's mean."""
    if path is not None:
        points = read_points(path)
        if points.shape[1] != data.dim:
            cure = "Give both files the same columns."
            raise Refusal(
                f"start and data have the same dimension, {data.dim}", f"a start of dimension {points.shape[1]}", cure
            )
        return points[:count]
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count or len(data), data.dim, generator=generator, dtype=torch.float64)
    if len(noise) < 2:
        raise Refusal("--particles is at least 2", len(noise))
    return data.mean + SPREAD * (data.covariance.trace() / data.dim).sqrt() * noise


def measured(plan: Plan, t: float, x: Any, report: Any) -> dict[str, float]:
    """W2 and energy distance between particles and data, between fixed subsamples where they are large."""
    report(t / float(plan.times[-1]))
    few = Empirical(x[_subset(len(x))]), Empirical(plan.data.points[_subset(len(plan.data))])
    return {"t": t, "W2": wasserstein(*few), "energy distance": energy_distance(*few)}


def _subset(n: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(n))[:MEASURED]


def figures(folder: Path, plan: Plan, path: Trajectory, metrics: list[dict[str, float]], venue: Venue) -> None:
    """Snapshots, and W2 over time."""
    facts, k = provenance(), len(path) - 1
    shown = sorted({0, k // 4, k // 2, k})
    figure, axes = venue.figure(columns=len(shown), aspect=1.0)
    snapshots(axes, path.t, path.x, plan.data.points, shown)
    words = (
        f"{len(plan.start)} particles (blue) follow the discriminator of {plan.configuration['objective']} to "
        f"{len(plan.data)} data points (grey); softening {plan.configuration['softening']:g}"
    )
    rows = [{"t": float(path.t[i]), "particle": j, **_row(path, i, j)} for i in shown for j in range(len(plan.start))]
    save(figure, folder / "snapshots", data=rows, caption=words + ".", provenance=facts)
    over, ax = venue.figure()
    over_time(ax, [m["t"] for m in metrics], {"flow": [m["W2"] for m in metrics]}, ylabel="$W_2$ to the data")
    save(over, folder / "distance", data=metrics, caption=f"W2 over time: {words}.", provenance=facts)


def _row(path: Trajectory, i: int, j: int) -> dict[str, float]:
    return {f"x{c + 1}": float(v) for c, v in enumerate(path.x[i, j])}  # type: ignore[call-overload]
