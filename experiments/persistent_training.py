"""Persistent training on the ring of eight Gaussians: K regressions on frozen targets against K steps on a frozen field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import pi
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gantheory import Refusal
from gantheory._modules import Parametric
from gantheory.discriminators import Adam, Network
from gantheory.flows import CriticFlow, HeldTargets, HeldVelocities, MinibatchFlow, Naive, Persistent
from gantheory.integration import IntegrationError, euler, integrate
from gantheory.measures import Empirical, Gaussian, ring
from gantheory.metrics import wasserstein
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.plots import Drawing, Venue
from gantheory.plots.ends import End, end_labels, logarithmic_ticks
from gantheory.plots.venue import GREY, inherited, line_style
from gantheory.symbolic import nu

LINE = "wasserstein"
QUICK = {"seeds": 1, "outer": 12, "critic_outer": 10, "critic_steps": 2, "warm": 10, "batch": 48, "per_mode": 8}
DEMO = {"seeds": 1, "outer": 24, "critic_outer": 20, "critic_steps": 2, "warm": 30, "batch": 64, "per_mode": 16}
KINDS = {"1": (Persistent, 1), "3": (Persistent, 3), "10": (Persistent, 10), "naive 3": (Naive, 3), "naive 10": (Naive, 10)}
WITH_CRITIC = ("1", "10", "naive 10")
MARKS = (0.025, 0.05, 0.1, 0.15, 0.25, 1 / 3, 0.5, 0.75, 1.0)  # when W2 is measured, in parts of the outer steps
EARLY = 0.1
EXACT2, EXACT1, CRITIC = "W2-FE, exact plans", "W1-FE, exact plans", "W1-FE, critic of WGAN-GP"
PENALTY = 10  # λ of WGAN-GP
CLEAR = 2.0  # standard errors of a paired difference


@dataclass(frozen=True, eq=False)
class PersistentTraining:
    """W2 to the ring, (seeds, marks) for each training and K; NaN from where a training is not finite any more."""

    distances: Mapping[tuple[str, str], np.ndarray]
    marks: Mapping[str, np.ndarray]
    gradients: Mapping[tuple[str, str], int]  # evaluations per outer step
    data: np.ndarray
    settings: str

    def at(self, method: str, kind: str, step: float) -> np.ndarray:
        """W2 of every seed after so many outer steps, at the nearest mark."""
        return self.distances[method, kind][:, int(np.argmin(abs(self.marks[method] - step)))]

    def end(self, method: str, kind: str) -> np.ndarray:
        """W2 of every seed at the end."""
        return self.distances[method, kind][:, -1]

    def at_equal_gradients(self, method: str, kind: str) -> np.ndarray:
        """W2 of every seed once it has cost the generator gradients of all the outer steps of K = 1."""
        return self.at(method, kind, self.marks[method][-1] / KINDS[kind][1])

    def worse(self, method: str, kind: str, other: str) -> bool:
        """At the end, W2 of the first kind is above that of the second one, by 2 standard errors of paired differences."""
        first, second = self.end(method, kind), self.end(method, other)
        if not np.isfinite(first).all():
            return bool(np.isfinite(second).all())
        gap = first - second
        return bool(np.isfinite(gap).all() and gap.mean() > CLEAR * standard_error(gap))

    @property
    def agrees(self) -> bool | None:
        """Larger K is faster everywhere, and naive repetition hurts where W1 is minimised; a seed or two cannot tell."""
        if len(self.data) < 3:
            return None
        faster = all(self.worse(method, "1", "10") for method in self.marks)
        return faster and all(self.worse(method, "naive 10", "10") for method in (EXACT1, CRITIC))

    @property
    def published(self) -> str:
        """What the papers say."""
        return (
            "W1-FE is faster than WGAN (K = 1) for moderate K, and naive repetition of the generator's step in WGAN can "
            "significantly worsen training (malik2024differential, abstract); a larger K converges faster "
            "(huang2024generative). "
            "No numbers for this ring are published that we know of."
        )

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        return (
            "; ".join(self._sentence(method) for method in self.marks) + f". W2 of the data: {told(self.data)}. {self.settings}"
        )

    def _sentence(self, method: str) -> str:
        kinds = [kind for kind in KINDS if (method, kind) in self.distances]
        ends = ", ".join(f"{told(self.end(method, kind))} ({name(kind)})" for kind in kinds)
        fair = ", ".join(
            f"{self.at_equal_gradients(method, kind).mean():.2f} (K = {kind})" for kind in kinds if "naive" not in kind
        )
        return (
            f"{method}, W2 from {self.start(method):.2f} after {self.marks[method][-1]} outer steps: {ends}; after "
            f"{self.marks[method][-1]} generator gradients: {fair}{self._verdict(method)}"
        )

    def start(self, method: str) -> float:
        """Mean W2 before the training, the same for every K."""
        return float(self.distances[method, "1"][:, 0].mean())

    def _verdict(self, method: str) -> str:
        """Whether naive repetition hurts, where there are seeds enough to tell."""
        if len(self.data) < 3:
            return ""
        return f"; naive repetition {'hurts' if self.worse(method, 'naive 10', '10') else 'does no clear harm'}"

    @property
    def table(self) -> list[dict[str, Any]]:
        """W2 early, at the end, and at as many generator gradients as K = 1 takes in all."""
        rows = []
        for method, kind in self.distances:
            last = self.marks[method][-1]
            rows.append(
                {
                    "method": method,
                    "training": name(kind),
                    "outer steps": f"{last}",
                    "W2 after a tenth": told(self.at(method, kind, EARLY * last)),
                    "W2 at the end": told(self.end(method, kind)),
                    "W2 at equal gradients": told(self.at_equal_gradients(method, kind)),
                }
            )
        return rows


def name(kind: str) -> str:
    """K = 3, or naive K = 3."""
    return f"naive K = {kind.split()[1]}" if "naive" in kind else f"K = {kind}"


def standard_error(values: np.ndarray) -> float:
    """Of the mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def told(values: np.ndarray) -> str:
    """Mean ± standard error over the seeds; how many left the numbers, where any did."""
    lost = int((~np.isfinite(values)).sum())
    if lost:
        return f"not finite in {lost} of {len(values)}"
    return f"{values.mean():.3f} ± {standard_error(values):.3f}" if len(values) > 1 else f"{values.mean():.3f}"


def perceptron(seed: int, width: int, outputs: int) -> nn.Module:
    """2–width–width–width–outputs with SiLU, in float64."""
    sizes = [2, width, width, width, outputs]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.SiLU())]
    return nn.Sequential(*layers[:-1]).double()


@cache
def balanced(per_mode: int, seed: int) -> Empirical:
    """The ring's data with as many points about each centre."""
    angles = 2 * pi * torch.arange(8, dtype=torch.float64).repeat_interleave(per_mode) / 8
    noise = torch.randn(len(angles), 2, generator=torch.Generator().manual_seed(1000 + seed), dtype=torch.float64)
    return Empirical(2 * torch.stack([angles.cos(), angles.sin()], 1) + 0.1 * noise)


def another(per_mode: int, seed: int) -> Empirical:
    """As many points of the ring, drawn at random: what a perfect generator would give."""
    return Empirical(ring().sample(8 * per_mode, torch.Generator().manual_seed(2000 + seed)))


NORMAL = Gaussian(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
OBJECTIVE = Objective(WASSERSTEIN, PENALTY * GradientPenalty(over=nu, centre=1))


def critic_flow(seed: int, width: int, batch: int, steps: int) -> CriticFlow:
    """WGAN-GP's critic, trained by Adam as its authors do, from fresh batches of the ring."""
    network = Network(perceptron(500 + seed, width, 1), steps, Adam(1e-3, 0.5, 0.9), batch, seed)
    return CriticFlow(OBJECTIVE, ring(), network)


def warmed(flow: CriticFlow, generator: nn.Module, steps: int, seed: int) -> tuple[Tensor, ...]:
    """The memory of a training whose critic has seen the generator's first samples."""
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        made = Empirical(generator(NORMAL.sample(2048, noise)))
    long = Network(flow.network.module, steps, flow.network.optimiser, flow.network.batch, seed)
    return (torch.Generator().manual_seed(seed).get_state(), *long.trained(OBJECTIVE, ring(), made, ()))


@dataclass(frozen=True)
class Sizes:
    """What one training takes."""

    batch: int
    width: int
    rate: float
    per_mode: int
    critic_steps: int
    warm: int
    marks: tuple[int, ...]


def trained(method: str, kind: str, seed: int, step: float, sizes: Sizes) -> np.ndarray:
    """W2 between generated points and the ring's at each mark."""
    training, repeats = KINDS[kind]
    generator = perceptron(seed, sizes.width, 2)
    memory: tuple[Tensor, ...] = ()
    flow: Any
    if method == CRITIC:
        flow = critic_flow(seed, sizes.width, sizes.batch // 2, sizes.critic_steps)
        memory = warmed(flow, generator, sizes.warm, seed)
    else:
        order, held = (2, HeldTargets) if method == EXACT2 else (1, HeldVelocities)
        flow = MinibatchFlow(order, ring(), sizes.batch, seed=seed)
        flow = held(flow) if training is Naive else flow
    whole: Any = training(generator, flow, step, repeats, NORMAL, sizes.batch, seed)
    times = sizes.rate * repeats * torch.tensor(sizes.marks, dtype=torch.float64)
    found = np.full(len(sizes.marks), np.nan)
    held_out, data = NORMAL.sample(8 * sizes.per_mode, torch.Generator().manual_seed(77 + seed)), balanced(sizes.per_mode, seed)
    function = Parametric(generator)

    def observe(t: float, theta: Any) -> None:
        made = function(theta, held_out)
        found[int(np.argmin(abs(times.numpy() - t)))] = wasserstein(Empirical(made), data)

    try:
        integrate(whole, whole.parameters, times, method=euler(sizes.rate * (1 + 1e-9)), observe=observe, memory=memory)
    except IntegrationError:
        pass  # what is not finite stays NaN, and is told
    except Refusal as refusal:
        if "finite" not in refusal.need:
            raise
    return found


def reached(outer: int) -> tuple[int, ...]:
    """0 and the marks, whole outer steps."""
    return tuple(sorted({0, *(max(1, round(part * outer)) for part in MARKS)}))


def run(
    *,
    seeds: int = 5,
    outer: int = 150,
    critic_outer: int = 200,
    batch: int = 256,
    step: float = 0.3,
    critic_step: float = 0.05,
    rate: float = 0.1,
    critic_steps: int = 10,
    warm: int = 200,
    width: int = 64,
    per_mode: int = 64,
    progress: Callable[[float], object] | None = None,
) -> PersistentTraining:
    """Train a generator N(0, I) → ring by W2-FE, W1-FE and W1-FE with a critic, for each K, persistently and naively.

    step: ε with exact plans between batches; critic_step: ε with the critic, which is trained critic_steps times in each outer
    step, and `warm` times before the first; rate: γ of plain gradient descent. W2 is exact, between 8 · per_mode points.
    """
    if seeds < 1 or outer < 10 or critic_outer < 10:
        need = "persistent_training takes at least 1 seed and 10 outer steps"
        raise Refusal(need, f"{seeds} seeds, {outer} and {critic_outer} outer steps")
    report = progress or (lambda fraction: None)
    jobs = [(m, k) for m in (EXACT2, EXACT1) for k in KINDS] + [(CRITIC, k) for k in WITH_CRITIC]
    marks = {m: reached(critic_outer if m == CRITIC else outer) for m in (EXACT2, EXACT1, CRITIC)}
    distances = {}
    for i, (method, kind) in enumerate(jobs):
        sizes, each = Sizes(batch, width, rate, per_mode, critic_steps, warm, marks[method]), []
        for seed in range(seeds):
            each.append(trained(method, kind, seed, critic_step if method == CRITIC else step, sizes))
            report((i + (seed + 1) / seeds) / len(jobs))
        distances[method, kind] = np.array(each)
    cost = {(m, k): KINDS[k][1] + (critic_steps if m == CRITIC else 0) for m, k in jobs}
    data = np.array([wasserstein(another(per_mode, seed), balanced(per_mode, seed)) for seed in range(seeds)])
    settings = (
        f"Generator 2–{width}–{width}–{width}–2, gradient descent of rate {rate:g}, batch {batch}, ε = {step:g} "
        f"({critic_step:g} with the critic, {critic_steps} critic steps on batches of {batch // 2}), "
        f"{seeds} seed{'s' if seeds > 1 else ''}."
    )
    return PersistentTraining(distances, {m: np.array(v) for m, v in marks.items()}, cost, data, settings)


def plot(result: PersistentTraining, venue: Venue) -> dict[str, Drawing]:
    """W2 against outer steps and against gradients, for exact plans of both orders and for the critic."""
    drawn = {}
    for stem, methods in (("persistent_plans", (EXACT2, EXACT1)), ("persistent_critic", (CRITIC,))):
        figure, axes = venue.figure(len(methods), 2, aspect=0.8)
        rows = []
        for pair, method in zip(np.atleast_2d(axes), methods, strict=True):
            for ax, by_gradients in zip(pair, (False, True), strict=True):
                rows += _panel(ax, result, method, by_gradients)
        caption = (
            "W2 between generated points and the ring of eight Gaussians after outer steps (left) and gradient "
            f"evaluations{' of generator and critic' if CRITIC in methods else ' of the generator'} (right), means over seeds; "
            f"rows: {'; '.join(methods)}. Dotted: another sample of the ring. {result.says} "
            "Remake: gantheory experiment persistent-training."
        )
        drawn[stem] = Drawing(figure, [r for r in rows if r["by"] == "outer steps"], caption)
    return drawn


def _panel(ax: Any, result: PersistentTraining, method: str, by_gradients: bool) -> list[dict[str, Any]]:
    """One panel: a line for each K, to where every seed is finite; named at their ends on the left, where they end together."""
    rows, ends, marks = [], [End("data", result.marks[method][-1], float(result.data.mean()), GREY)], result.marks[method]
    with inherited(ax):
        for kind in (kind for kind in KINDS if (method, kind) in result.distances):
            mean = result.distances[method, kind].mean(0)
            here = np.isfinite(mean) & (marks > 0)
            x, y = marks[here] * (result.gradients[method, kind] if by_gradients else 1), mean[here]
            ax.plot(x, y, clip_on=False, **line_style(list(KINDS).index(kind)))
            label = kind if "naive" in kind else f"$K$ = {kind}"
            if len(x) == len(marks) - 1:
                ends.append(End(label, x[-1], y[-1]))
            elif len(x) and not by_gradients:
                ax.annotate(label, (x[-1], y[-1]), (0, 7), textcoords="offset points", ha="center")
            rows += [
                {
                    "method": method,
                    "training": name(kind),
                    "by": "gradients" if by_gradients else "outer steps",
                    "x": a,
                    "W2": b,
                }
                for a, b in zip(x, y, strict=True)
            ]
        ax.axhline(result.data.mean(), color=GREY, linestyle=":", linewidth=1)
        ax.set(xscale="log", yscale="log", ylabel=f"$W_2$ to the ring, {method.split(',')[0]}")
        ax.set_xlabel("gradient evaluations" if by_gradients else "outer steps")
        logarithmic_ticks(ax.yaxis)
        if not by_gradients:
            ax.set_xlim(marks[1], marks[-1])
            end_labels(ax, ends)
    return rows
