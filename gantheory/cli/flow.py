"""`gantheory flow DATA`: particles flow to the data; trajectory, metrics and figures in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.cli.experiment import venue_named
from gantheory.cli.flow_plan import MEASURED, Plan, deviation, planned
from gantheory.cli.progress import bar
from gantheory.integration import IntegrationError, Trajectory, integrate
from gantheory.measures import Empirical
from gantheory.metrics import energy_distance, wasserstein
from gantheory.plots import Venue, over_time, save, snapshots
from gantheory.runs import claim_folder, provenance, write_run

FAR = 1e3  # W2 in deviations of the data, or in those of the start, beyond which a flow has left for good
NEAR = "the particles stay near the data"


def run(data: Path, out: Path, **words: Any) -> int:
    """Read, plan, flow, measure, write; nothing is written unless all of it is."""
    venue = venue_named(words["venue"])
    plan = planned(data, words)
    claim_folder(out, words["replace"])
    for key in ("flow", "group", *plan.built.facts, "time", "step", "method"):
        if key in plan.configuration and key != "objective":
            value = plan.configuration[key]
            print(f"{key:>10}: {value:.6g}" if isinstance(value, float) else f"{key:>10}: {value}")
    metrics: list[dict[str, float]] = []
    path = followed(plan, metrics)
    stats = {k: v for k, v in path.stats.items() if k != "seconds"}
    configuration = plan.configuration | {"stats": stats}
    moved = torch.as_tensor(path.x) + plan.centre
    write_run(
        out, configuration=configuration, t=path.t, x=moved, metrics=metrics, replace=words["replace"],
        figures=lambda folder: figures(folder, plan, path, metrics, venue),
    )  # fmt: skip
    first, last = metrics[0], metrics[-1]
    print(f"{'W2':>10}: {first['W2']:.4g} at t = 0, {last['W2']:.4g} at t = {last['t']:.4g}")
    for note in notes(plan, first["W2"], last["W2"]):
        print(f"{'note':>10}: {note}")
    print(f"{'written':>10}: {out} ({path.stats['evaluations']} evaluations)")
    return 0


def notes(plan: Plan, first: float, last: float) -> list[str]:
    """What a reader should know of the end: particles that left, or did not arrive, and how near a step lets them come."""
    found = [plan.built.note.format(step=plan.step)] if plan.built.note else []
    points = plan.data.points[_subset(len(plan.data))]
    if last > first:
        return [*found, "the particles ended farther from the data than they began; try another --step or --time"]
    between = wasserstein(Empirical(points[::2]), Empirical(points[1::2]))
    if last > between:
        found.append(f"two halves of the data are nearer to each other, W2 = {between:.4g}; a longer --time may help")
    return found


def followed(plan: Plan, metrics: list[dict[str, float]]) -> Trajectory:
    """The trajectory; metrics grows by a row at every output time. Refused: a flow that leaves the data behind."""
    near = FAR * deviation(plan.data)
    cure = "Use a smaller --step" + (plan.built.cure or ".")

    def observe(t: float, x: Any) -> None:
        metrics.append(measured(plan, t, x, report))
        if metrics[-1]["W2"] > max(near, FAR * metrics[0]["W2"]):
            raise Refusal(NEAR, f"W2 = {metrics[-1]['W2']:.3g} at t = {t:.3g}", cure)

    try:
        with bar("flow") as report:
            return integrate(plan.built.flow, plan.start, plan.times, method=plan.built.method(plan.step), observe=observe)
    except IntegrationError as error:
        raise Refusal(NEAR, f"{error.why}, at t = {error.t:.3g}", cure) from error
    except Refusal as error:
        if not metrics or error.need == NEAR:
            raise
        raise Refusal(NEAR, f"a place where this fails: {error.need}", cure, *error.cures) from error


def measured(plan: Plan, t: float, x: Any, report: Any) -> dict[str, float]:
    """W2 and energy distance between particles and data, between fixed subsamples where they are large."""
    report(t / float(plan.times[-1]))
    cloud = plan.whole(x)
    few = Empirical(cloud[_subset(len(cloud))]), Empirical(plan.data.points[_subset(len(plan.data))])
    return {"t": t, "W2": wasserstein(*few), "energy distance": energy_distance(*few)}


def _subset(n: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(n))[:MEASURED]


def figures(folder: Path, plan: Plan, path: Trajectory, metrics: list[dict[str, float]], venue: Venue) -> None:
    """Snapshots, and W2 over time."""
    facts, k = provenance(), len(path) - 1
    shown = sorted({0, k // 4, k // 2, k})
    figure, axes = venue.figure(columns=len(shown), aspect=1.0)
    clouds = torch.stack([plan.whole(x) for x in torch.as_tensor(path.x)]) + plan.centre
    snapshots(axes, path.t, clouds, plan.data.points + plan.centre, shown)
    orbits = f", with their orbits under {plan.configuration['group']}," if plan.group else ""
    words = (
        f"{len(plan.start)} particles (blue){orbits} follow {plan.built.says}, to {plan.configuration['points']} data points "
        f"(grey{', symmetrised' if plan.group else ''})"
    )
    rows = [{"t": float(path.t[i]), "particle": j, **_row(clouds, i, j)} for i in shown for j in range(clouds.shape[1])]
    save(figure, folder / "snapshots", data=rows, caption=words + ".", provenance=facts)
    over, ax = venue.figure()
    over_time(ax, [m["t"] for m in metrics], {"flow": [m["W2"] for m in metrics]}, ylabel="$W_2$ to the data")
    save(over, folder / "distance", data=metrics, caption=f"W2 over time: {words}.", provenance=facts)


def _row(clouds: Tensor, i: int, j: int) -> dict[str, float]:
    return {f"x{c + 1}": float(v) for c, v in enumerate(clouds[i, j])}
