"""The flow of W1 arrives in finite time; Euler's method stays at a floor: ε/2 where no particle overtakes another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes

from gantheory import Refusal
from gantheory.flows import WassersteinFlow
from gantheory.integration import euler, integrate
from gantheory.measures import Empirical
from gantheory.metrics import wasserstein
from gantheory.plots import Drawing, Venue
from gantheory.plots.ends import End, end_labels, logarithmic_ticks
from gantheory.plots.venue import GREY, inherited, line_style

LINE = "wasserstein"
QUICK = {"particles": 40, "seeds": 2}
DEMO = {"particles": 150, "seeds": 4}
SHOWN = (0.4, 0.2, 0.05)  # steps of the left panel
STEPS = (0.4, 0.3, 0.2, 0.15, 0.1, 0.05, 0.025)
AVERAGED = 20  # steps at the end, an even number: the floor is a mean over 2-cycles
FIRST, HALVED = 0.4, 3  # the steps FIRST/(1 + n/HALVED), n = 0, 1, …, whose sum is infinite
LATER = 2.5  # times of extinction that the left panel shows
DECREASING = "$\\epsilon_n \\to 0$"


@dataclass(frozen=True)
class Extinction:
    """times and W1 of one Euler path."""

    times: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class W1Floor:
    """exact: W1(t) by the clip formula; paths: Euler's; floors: for each problem and step the floor over ε, over seeds;
    errors: max |Q_n − Q(nε)|/ε of the re-sorted problem.
    """

    exact: Extinction
    paths: dict[str, Extinction]
    floors: dict[str, np.ndarray]
    errors: np.ndarray
    arrival: float

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        fixed, sorted_ = self.floors.values()
        return (
            f"W1 of the flow ends at t = {self.arrival:.3f}; Euler's method with a fixed step stays at a floor: "
            f"{fixed.mean():.4f} ε for translations (fixed labels; all within {abs(fixed - 0.5).max():.0e} of ½), "
            f"{sorted_.min():.3f} to {sorted_.max():.3f} ε over steps and samples from U(0, 1) to U(.4, .6), where particles "
            f"overtake. Quantiles stay within {self.errors.max():.4f} ε of the flow's. With steps {FIRST}/(1 + n/{HALVED}) W1 "
            f"falls to {self.paths[DECREASING].values[-1]:.4f} by t = {self.exact.times[-1]:.2f}."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "Malik and Huang (arXiv 2405.16351, abstract): a forward Euler discretisation of the ODE converges. Nothing is "
            "said there of a fixed step; we find an error of at most one step."
        )

    @property
    def agrees(self) -> bool:
        """Whether Euler's quantiles converge, with an error of at most a step, and the floors are not above ε/2."""
        below = all(bool((found <= 0.5 + 1e-9).all()) for found in self.floors.values())
        return below and bool((self.errors <= 1 + 1e-9).all())

    @property
    def table(self) -> list[dict[str, Any]]:
        """floor/ε of both problems and the error of quantiles over ε, for each step; ± standard errors over seeds."""
        columns = self.floors | {"max |Q_n − Q(nε)|/ε": self.errors}
        rows = []
        for i, step in enumerate(STEPS):
            cells = {name if "Q" in name else f"floor/ε, {name}": pm(found[:, i]) for name, found in columns.items()}
            rows.append({"step ε": f"{step:g}", **cells, "ε/2 would be": "0.5"})
        return rows


def pm(values: np.ndarray) -> str:
    """Mean ± standard error over the seeds."""
    error = values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return f"{values.mean():.4f}" + (f" ± {error:.1g}" if error > 1e-9 else " ± 0" if len(values) > 1 else "")


def stepped(x: torch.Tensor, real: Empirical, times: torch.Tensor) -> tuple[np.ndarray, list[np.ndarray]]:
    """W1 and the particles at the times, one step of Euler between each two."""
    gap = 1.5 * float(times.diff().max())
    flow = WassersteinFlow(1, real)
    path = torch.as_tensor(integrate(flow, x, times, method=euler(gap)).x)
    return np.array([wasserstein(Empirical(z), real, 1) for z in path]), [z.numpy() for z in path]


def grid(step: float, end: float) -> torch.Tensor:
    """0, ε, 2ε, … up to `end`, and AVERAGED steps more."""
    return step * torch.arange(round(end / step) + AVERAGED + 1, dtype=torch.float64)


def translation(seed: int) -> tuple[np.ndarray, float]:
    """24 normal particles of the plane and a copy of them, translated at random; floor/ε at each of STEPS, and |c|."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(24, 2, generator=generator, dtype=torch.float64)
    shift = torch.randn(2, generator=generator, dtype=torch.float64)
    data, size = Empirical(x + shift), float(shift.norm())
    return np.array([stepped(x, data, grid(h, size + h))[0][-AVERAGED:].mean() / h for h in STEPS]), size


def narrowed(particles: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples of U(0, 1) to samples of U(.4, .6): floor/ε, and max over n and u of |Q_n − Q(nε)|/ε, at each of STEPS."""
    rng = np.random.default_rng(seed)
    start, end = np.sort(rng.random((particles, 1)), 0), np.sort(0.4 + 0.2 * rng.random((particles, 1)), 0)
    floors, errors = [], []
    for h in STEPS:
        values, states = stepped(torch.from_numpy(start), Empirical(torch.from_numpy(end)), grid(h, 0.6))
        gaps = [abs(np.sort(z, 0) - np.clip(end, start - n * h, start + n * h)).max() for n, z in enumerate(states)]
        floors.append(values[-AVERAGED:].mean() / h)
        errors.append(max(gaps) / h)
    return np.array(floors), np.array(errors)


def extinction(particles: int) -> tuple[Extinction, dict[str, Extinction], float]:
    """From a normal law to a gamma law on the line: W1 by the clip formula, by Euler's method, and the time of arrival."""
    rng = np.random.default_rng(0)
    x, y = np.sort(0.5 * rng.normal(size=particles)), np.sort(1 + rng.gamma(2.0, 0.4, particles))
    arrival = float(abs(x - y).max())
    end = LATER * arrival
    fine = np.linspace(0, end, 241)
    exact = Extinction(fine, np.array([np.clip(abs(x - y) - t, 0, None).mean() for t in fine]))
    enough = int(HALVED * np.exp(end / (FIRST * HALVED))) + 1
    decreasing = FIRST / (1 + torch.arange(enough, dtype=torch.float64) / HALVED)
    times = {f"$\\epsilon$ = {h:g}": h * torch.arange(int(end / h) + 1, dtype=torch.float64) for h in SHOWN}
    moments = torch.cat([torch.zeros(1, dtype=torch.float64), decreasing.cumsum(0)])
    times[DECREASING] = moments[moments <= end]
    start, real = torch.from_numpy(x[:, None]), Empirical(torch.from_numpy(y[:, None]))
    return exact, {name: Extinction(t.numpy(), stepped(start, real, t)[0]) for name, t in times.items()}, arrival


def run(*, particles: int = 300, seeds: int = 10, progress: Callable[[float], object] | None = None) -> W1Floor:
    """Euler's method for W1 from `particles` particles of the line, and from translated ones of the plane, for each seed."""
    if particles < 2 or seeds < 1:
        raise Refusal("w1_floor has at least 2 particles and 1 seed", f"{particles} and {seeds}")
    report = progress or (lambda fraction: None)
    exact, paths, arrival = extinction(particles)
    fixed, sorted_, errors = [], [], []
    for seed in range(seeds):
        floors, gaps = narrowed(particles, seed)
        fixed.append(translation(seed)[0])
        sorted_.append(floors)
        errors.append(gaps)
        report((seed + 1) / seeds)
    found = {"translation": np.array(fixed), "U(0, 1) to U(.4, .6)": np.array(sorted_)}
    return W1Floor(exact, paths, found, np.array(errors), arrival)


def plot(result: W1Floor, venue: Venue) -> dict[str, Drawing]:
    """W1 over time with the exact line dotted; and the floor over ε, over ε."""
    figure, (left, right) = venue.figure(columns=2, aspect=0.85)
    rows = _paths(left, result) + _floors(right, result)
    caption = (
        "Left: W1 to the data along its flow, from a normal to a gamma law on the line (dotted: the closed form, which ends), "
        f"and by Euler's method with fixed steps ε, or steps {FIRST}/(1 + n/{HALVED}). Right: the mean of W1 over the last "
        f"{AVERAGED} steps, divided by ε; dotted: ½; bars: ± one standard error over {len(result.errors)} seeds. {result.says} "
        "Remake: gantheory experiment w1-floor."
    )
    return {"w1_floor": Drawing(figure, rows, caption)}


def _paths(ax: Axes, result: W1Floor) -> list[dict[str, Any]]:
    lowest = 0.5 * min(float(path.values[path.values > 0].min()) for path in result.paths.values())
    with inherited(ax):
        ax.set(yscale="log", xlabel="time $t$", ylabel="$W_1$ to the data", ylim=(lowest, 2 * result.exact.values[0]))
        shown = result.exact.values > lowest / 10
        ax.plot(result.exact.times[shown], result.exact.values[shown], color=GREY, linestyle=":", linewidth=1, label="_flow")
        ends = []
        for i, (name, path) in enumerate(result.paths.items()):
            style = line_style(i) | {"marker": "none", "linewidth": 0.8}
            ax.plot(path.times, np.maximum(path.values, lowest), label=name, **style)
            middle = float(np.sqrt(path.values[-1] * path.values[-2]))
            ends.append(End(name, float(result.exact.times[-1]), middle))
        ax.set_xlim(0, result.exact.times[-1])
        logarithmic_ticks(ax.yaxis)
        end_labels(ax, ends)
    both = {"flow": result.exact} | result.paths
    return [{"panel": "W1", "line": k, "x": t, "y": v} for k, p in both.items() for t, v in zip(p.times, p.values, strict=True)]


def _floors(ax: Axes, result: W1Floor) -> list[dict[str, Any]]:
    rows, ends = [], []
    with inherited(ax):
        ax.set(xscale="log", xlabel="step $\\epsilon$", ylabel="floor of $W_1$ over $\\epsilon$", ylim=(0, 0.6))
        ax.axhline(0.5, color=GREY, linestyle=":", linewidth=1, label="_half")
        for i, (name, found) in enumerate(result.floors.items()):
            mean, error = found.mean(0), found.std(0, ddof=min(1, len(found) - 1)) / len(found) ** 0.5
            ax.errorbar(STEPS, mean, error, label=name, capsize=2, elinewidth=0.6, **line_style(i))
            ends.append(End(("translation", "narrowing")[i], STEPS[0], float(mean[0])))
            rows += [{"panel": "floor", "line": name, "x": h, "y": m} for h, m in zip(STEPS, mean, strict=True)]
        ax.set_xlim(0.02, 0.5)
        logarithmic_ticks(ax.xaxis)
        end_labels(ax, ends)
    return rows
