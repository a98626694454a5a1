"""Particles under infinitely wide critics flow to 8 Gaussians: two kernels, two losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gantheory import Refusal
from gantheory.discriminators import KernelGradient
from gantheory.flows import ParticleFlow
from gantheory.integration import euler, integrate
from gantheory.kernels import RELU, nngp_kernel, rbf_activation, tangent_kernel
from gantheory.measures import Empirical, ring
from gantheory.metrics import mmd, wasserstein
from gantheory.objectives import WASSERSTEIN, Loss, Objective
from gantheory.plots import Drawing, Venue, over_time, snapshots
from gantheory.plots.venue import inherited
from gantheory.symbolic import y

LINE = "tangent"
QUICK = {"points": 32, "seeds": 2, "horizon": 16.0}
DEMO = {"points": 64, "seeds": 2, "horizon": 60.0}
KERNELS = {
    "ReLU": tangent_kernel(3, RELU, 1.0, 1.0, output_bias=0.0),
    "RBF": nngp_kernel(1, rbf_activation(0.5)),  # exp(−|x−y|²/4) in the plane
}
LOSSES = {"IPM": WASSERSTEIN, "LSGAN": Loss(real=(y - 1) ** 2, fake=(y + 1) ** 2, generator=y**2)}
CASES = tuple((kernel, loss) for kernel in KERNELS for loss in LOSSES)
MOMENTS = (0.0, 2.0, 4.0, 8.0, 16.0, 24.0, 40.0, 60.0, 80.0, 120.0, 160.0, 200.0, 280.0, 400.0, 560.0, 800.0)
TIME, STEP = 1.0, 2.0  # of the critic's training; of the particles, an explicit Euler step
RADIUS, DEVIATION, START = 5.0, 0.5, 1.0


@dataclass(frozen=True, eq=False)
class EightGaussians:
    """distances[case] and discrepancies[case]: (seeds, times); paths: the first seed's particles; floor: W2 of two samples."""

    times: np.ndarray
    distances: Mapping[str, np.ndarray]
    discrepancies: Mapping[str, np.ndarray]
    paths: Mapping[str, np.ndarray]
    data: np.ndarray
    floor: np.ndarray

    def final(self, case: str) -> tuple[float, float]:
        """Mean and standard error of W2 at the end."""
        return _mean(self.distances[case][:, -1])

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        found = "; ".join("{} {:.3f} ± {:.3f}".format(case, *self.final(case)) for case in self.distances)
        level = _mean(self.floor)
        return (
            f"W2 between particles and data at t = {self.times[-1]:g}, mean ± standard error over {len(self.floor)} seeds: "
            f"{found}; another sample of the law is at {level[0]:.3f} ± {level[1]:.3f}."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "franceschi2022neural (8 Gaussians, infinite width): the ReLU kernel with bias beats the RBF kernel, and the IPM "
            "loss is at least as good as LSGAN."
        )

    @property
    def agrees(self) -> bool:
        """The order of the means is the published one, in each row and column, beyond two standard errors or within them."""
        means = {case: self.final(case) for case in self.distances}
        better = [(f"ReLU {loss}", f"RBF {loss}") for loss in LOSSES] + [
            (f"{kernel} IPM", f"{kernel} LSGAN") for kernel in KERNELS
        ]
        return all(means[a][0] <= means[b][0] + 2 * float(np.hypot(means[a][1], means[b][1])) for a, b in better)

    @property
    def table(self) -> list[dict[str, Any]]:
        """Kernel, loss, W2 at a quarter of the time and at the end, MMD in the kernel of the critic."""
        rows = []
        middle = int(np.argmin(np.abs(self.times - self.times[-1] / 4)))
        for case, distances in self.distances.items():
            kernel, loss = case.split()
            early, late, own = (_mean(a) for a in (distances[:, middle], distances[:, -1], self.discrepancies[case][:, -1]))
            rows.append(
                {
                    "kernel": kernel,
                    "loss": loss,
                    f"W2 at {self.times[middle]:g}": f"{early[0]:.3f} ± {early[1]:.3f}",
                    f"W2 at {self.times[-1]:g}": f"{late[0]:.3f} ± {late[1]:.3f}",
                    "MMD / first": f"{own[0]:.2e} ± {own[1]:.0e}",
                }
            )
        return rows


def _mean(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5)


def samples(points: int, seed: int) -> tuple[Empirical, Empirical, torch.Tensor]:
    """Data, a second sample of their law, and the particles at first, N(0, I)."""
    generator = torch.Generator().manual_seed(seed)
    law = ring(8, RADIUS, DEVIATION)
    data, other = (Empirical(law.sample(points, generator)) for _ in range(2))
    return data, other, START * torch.randn(points, 2, generator=generator, dtype=torch.float64)


def flowed(
    kernel: str, loss: str, data: Empirical, start: torch.Tensor, times: list[float], report: Callable[[float], object]
) -> tuple[list[float], list[float], np.ndarray]:
    """W2 and MMD to the data at the times, MMD over its first value, and the path."""
    flow = ParticleFlow(Objective(LOSSES[loss]), data, KernelGradient(KERNELS[kernel], TIME))
    distances, discrepancies = [], []

    def observe(t: float, x: Any) -> None:
        particles = Empirical(x)
        distances.append(wasserstein(particles, data))
        discrepancies.append(mmd(particles, data, KERNELS[kernel]))
        report(t / times[-1])

    with torch.no_grad():
        path = integrate(flow, start, times, method=euler(STEP), observe=observe)
    return distances, [value / discrepancies[0] for value in discrepancies], path.x.numpy()  # type: ignore[union-attr]


def run(
    *, points: int = 192, seeds: int = 4, horizon: float = 400.0, progress: Callable[[float], object] | None = None
) -> EightGaussians:
    """Flow `points` particles to as many data for each kernel, loss and seed, with Euler steps of 2 and a critic time of 1."""
    if points < 2 or seeds < 2 or horizon < MOMENTS[1]:
        raise Refusal(
            f"ntk_8_gaussians needs points ≥ 2, seeds ≥ 2, horizon ≥ {MOMENTS[1]:g}", f"{points}, {seeds}, {horizon:g}"
        )
    times, report = [t for t in MOMENTS if t <= horizon], progress or (lambda fraction: None)
    names = [f"{kernel} {loss}" for kernel, loss in CASES]
    distances, discrepancies = ({name: [] for name in names} for _ in range(2))  # type: ignore[var-annotated]
    paths: dict[str, np.ndarray] = {}
    floor, total = [], seeds * len(CASES)
    for seed in range(seeds):
        data, other, start = samples(points, seed)
        floor.append(wasserstein(data, other))
        for i, (kernel, loss) in enumerate(CASES):
            done = seed * len(CASES) + i
            W2, MMD, path = flowed(kernel, loss, data, start, times, lambda f, done=done: report((done + f) / total))  # type: ignore[misc]
            distances[names[i]].append(W2)
            discrepancies[names[i]].append(MMD)
            paths.setdefault(names[i], path)
    arrays = [{name: np.array(each) for name, each in held.items()} for held in (distances, discrepancies)]
    return EightGaussians(np.array(times), arrays[0], arrays[1], paths, samples(points, 0)[0].points.numpy(), np.array(floor))


def plot(result: EightGaussians, venue: Venue) -> dict[str, Drawing]:
    """The particles of each case at the end, and W2 over time."""
    names, last = list(result.paths), len(result.times) - 1
    figure, axes = venue.figure(columns=len(names), aspect=1.05)
    ends = np.stack([result.paths[name][last] for name in names])
    snapshots(axes, np.arange(len(names)), ends, result.data, range(len(names)))
    for ax, name in zip(axes, names, strict=True):
        for text in list(ax.texts):
            text.remove()
        with inherited(ax):
            ax.text(0.5, 1.02, name, transform=ax.transAxes, ha="center", va="bottom")
    clouds = [{"case": name, "x1": float(a), "x2": float(b)} for name, cloud in zip(names, ends, strict=True) for a, b in cloud]
    over, pair = venue.figure(columns=2, aspect=0.85)
    series = {name: each.mean(0) for name, each in result.distances.items()}
    over_time(pair[0], result.times, series, ylabel="$W_2$ to the data", reference={"sampling": float(result.floor.mean())})
    own = {name: each.mean(0) for name, each in result.discrepancies.items()}
    over_time(pair[1], result.times, own, ylabel="MMD over its first value")
    rows = [
        {"time": t, **{f"W2 {n}": s[i] for n, s in series.items()}, **{f"MMD {n}": s[i] for n, s in own.items()}}
        for i, t in enumerate(result.times)
    ]
    command = "Remake: gantheory experiment ntk-8-gaussians."
    setting = (
        f"{len(result.data)} particles from N(0, I) and {len(result.data)} data of 8 Gaussians (radius {RADIUS:g}, deviation "
        f"{DEVIATION:g}); critics of infinite width trained for t = {TIME:g} from 0; Euler steps of {STEP:g}"
    )
    return {
        "ntk_gaussians": Drawing(
            figure, clouds, f"Particles (blue) at t = {result.times[-1]:g} before the data: {setting}. {command}"
        ),
        "ntk_gaussians_distance": Drawing(
            over, rows, f"Means over {len(result.floor)} seeds: {setting}. {result.says} {command}"
        ),
    }
