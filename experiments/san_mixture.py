"""GAN against SAN on eight Gaussians: alignment and separability of the last layer, modes, and the distance reached."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gantheory import Refusal
from gantheory.discriminators import Sliced, SlicedLinear, SlicedObjective
from gantheory.lowering import Lowered, lower
from gantheory.measures import Empirical, Mixture, ring
from gantheory.metrics import direction_alignment, separability, wasserstein
from gantheory.objectives import HINGE, LOGISTIC, NON_SATURATING, Loss
from gantheory.plots import Drawing, Venue
from gantheory.plots.venue import inherited, line_style
from gantheory.symbolic import y

LINE = "slicing"
QUICK = {"seeds": 2, "iterations": 60, "points": 200}
DEMO = {"seeds": 2, "iterations": 200, "points": 300}
LOSSES = {"hinge": HINGE, "saturating": LOGISTIC, "non-saturating": NON_SATURATING}
MODES, RADIUS, DEVIATION, LATENT, WIDTH, BATCH = 8, 1.0, 0.05, 10, 64, 128
GENERATOR_RATE, DISCRIMINATOR_RATE, MOMENTS = 1e-4, 5e-4, (0.0, 0.9)  # of Adam
ENOUGH = 3000  # iterations after which the findings are compared with the published ones
BLOCK = 50  # iterations whose data are drawn together
LOOKS = 20  # how often alignment and separability are read
NEAR, SHARE = 4.0, 0.25  # a mode is covered when a quarter of its share lies within 4 deviations of it
COLUMNS = {
    "weighted": "cos(ω, ω*), weighted",
    "plain": "cos(ω, ω*)",
    "separability": "SI",
    "modes": "modes",
    "imbalance": "TV of modes",
    "distance": "W2",
}


Layers = list[tuple[Tensor, Tensor]]


def network(sizes: tuple[int, ...], seeds: int) -> Layers:
    """Weights (seeds, in, out) and biases (seeds, 1, out) of linear layers, uniform within 1/√in as torch draws them."""
    generator = torch.Generator().manual_seed(7)
    layers = []
    for a, b in pairwise(sizes):
        W, c = ((2 * torch.rand(seeds, k, b, generator=generator) - 1) / sqrt(a) for k in (a, 1))
        layers.append((W.requires_grad_(), c.requires_grad_()))
    return layers


def applied(layers: Layers, x: Tensor) -> Tensor:
    """(seeds, n, in) ↦ (seeds, n, out): ReLU before every layer but the first."""
    for k, (W, c) in enumerate(layers):
        x = torch.baddbmm(c, x.relu() if k else x, W)
    return x


@dataclass(frozen=True, eq=False)
class SanMixture:
    """For each method: numbers at the end and alignment over the iterations (looks, seeds), each seed a column."""

    iterations: np.ndarray
    final: dict[str, dict[str, np.ndarray]]
    alignment: dict[str, np.ndarray]
    samples: dict[str, np.ndarray]
    real: np.ndarray

    @property
    def seeds(self) -> int:
        """How many runs each number is a mean of."""
        return next(iter(self.alignment.values())).shape[1]

    def _mean(self, method: str, column: str) -> float:
        return float(self.final[method][column].mean())

    def _change(self, loss: str, column: str, digits: int) -> str:
        """The means of GAN and SAN."""
        return " → ".join(f"{self._mean(f'{kind}, {loss}', column):.{digits}f}" for kind in ("GAN", "SAN"))

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        parts = [
            f"{loss}: cos(ω, ω*) {self._change(loss, 'weighted', 3)}, modes {self._change(loss, 'modes', 1)}, "
            f"W2 {self._change(loss, 'distance', 3)}"
            for loss in LOSSES
        ]
        return (
            f"GAN → SAN after {self.iterations[-1]} iterations, means over {self.seeds} seeds: {'; '.join(parts)}; alignment "
            "is the mean over the second half, to the gap of means that the loss weighs. "
            f"SAN's is {'higher' if self.aligned else 'not higher'} for every loss; that SAN covers all modes and hinge and "
            f"non-saturating GANs collapse is {'' if self.collapsed else 'not '}found."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "takida2024san, figures 1 and 2: SAN covers all modes for every loss, hinge and non-saturating GANs collapse, and "
            "SAN's direction is closer to the optimal one throughout (widths and rates are not published)."
        )

    @property
    def aligned(self) -> bool:
        """SAN is better aligned than the GAN for every loss."""
        return all(self._mean(f"SAN, {k}", "weighted") > self._mean(f"GAN, {k}", "weighted") for k in LOSSES)

    @property
    def collapsed(self) -> bool:
        """SAN covers 7.5 modes on average for every loss, hinge and non-saturating GANs at most half of them."""
        covers = all(self._mean(f"SAN, {k}", "modes") >= 7.5 for k in LOSSES)
        return covers and all(self._mean(f"GAN, {k}", "modes") <= MODES / 2 for k in ("hinge", "non-saturating"))

    @property
    def agrees(self) -> bool | None:
        """Both published findings are found; None before there is anything to see."""
        return None if self.iterations[-1] < ENOUGH else self.aligned and self.collapsed

    @property
    def table(self) -> list[dict[str, Any]]:
        """Each number with its standard error over the seeds."""
        return [
            {"method": method} | {COLUMNS[k]: _with_error(found[k]) for k in COLUMNS} for method, found in self.final.items()
        ]


def _with_error(values: np.ndarray) -> str:
    error = f" ± {values.std(ddof=1) / sqrt(len(values)):.3f}" if len(values) > 1 else ""
    return f"{values.mean():.3f}{error}"


@cache
def target() -> Mixture:
    """The ring."""
    return ring(MODES, RADIUS, DEVIATION)


@dataclass(frozen=True, eq=False)
class Players:
    """The parameters of all seeds of one method: features, last layer and generator; seeds do not see one another."""

    loss: Loss
    sliced: bool
    features: Layers
    maker: Layers
    layer: SlicedLinear
    head: dict[str, Tensor]

    @staticmethod
    def started(loss: Loss, sliced: bool, seeds: int) -> Players:
        """GAN and SAN start from the same networks and the same s⟨ω, h⟩; a GAN's weight is w = sω."""
        layers = [SlicedLinear(WIDTH, generator=torch.Generator().manual_seed(k), scale=1 / sqrt(3)) for k in range(seeds)]
        head, _ = torch.func.stack_module_state(layers)  # type: ignore[arg-type]
        if not sliced:
            head = {"weight": (head["weight"] * head["scale"][:, None]).detach().requires_grad_()}
        features, maker = network((2, WIDTH, WIDTH, WIDTH), seeds), network((LATENT, WIDTH, WIDTH, WIDTH, 2), seeds)
        return Players(loss, sliced, features, maker, copy.deepcopy(layers[0]), head)

    @cached_property
    def objective(self) -> SlicedObjective:
        """SAN's; its generator's loss and weights serve the GAN too."""
        return SlicedObjective(self.loss)

    @cached_property
    def _sides(self) -> tuple[Lowered, Lowered]:
        return lower(self.loss.real, y), lower(self.loss.fake, y)

    def hidden(self, x: Tensor) -> Tensor:
        """h(x), (seeds, n, D)."""
        return applied(self.features, x).relu()

    def read(self, x: Tensor) -> Sliced:
        """Both readings of f, (seeds, n); an ordinary last layer has one."""
        h = self.hidden(x)
        if self.sliced:
            return torch.func.vmap(lambda state, h: torch.func.functional_call(self.layer, state, (h,)))(self.head, h)
        f = (h @ self.head["weight"][:, :, None])[..., 0]
        return Sliced(f, f)

    def criticised(self, real: Tensor, fake: Tensor) -> Tensor:
        """What each critic minimises, (seeds,)."""
        both = self.read(torch.cat([real, fake], 1))
        on_data, on_fakes = (Sliced(*(z[:, part] for z in both)) for part in (slice(BATCH), slice(BATCH, None)))
        if self.sliced:
            return torch.func.vmap(self.objective.discriminator)(on_data, on_fakes)
        on_real, on_fake = self._sides
        return on_real(on_data.function).mean(1) + on_fake(on_fakes.function).mean(1)

    def judged(self, latents: Tensor) -> Tensor:
        """What each generator minimises, (seeds,)."""
        return torch.func.vmap(self.objective.generator)(self.read(applied(self.maker, latents)))

    @property
    def directions(self) -> Tensor:
        """ω (seeds, D), not of length 1 for a GAN."""
        return self.head["weight"].detach()


def trained(players: Players, seeds: int, iterations: int, look: Callable[[int], object]) -> None:
    """Alternate one Adam step of each critic and of each generator; the loss of all seeds is summed, Adam acts entrywise."""
    generator, fused = torch.Generator().manual_seed(100), {"betas": MOMENTS, "fused": True}
    critics = [*(z for layer in players.features for z in layer), *players.head.values()]
    d_step = torch.optim.Adam(critics, lr=DISCRIMINATOR_RATE, **fused)  # type: ignore[arg-type]
    g_step = torch.optim.Adam([z for layer in players.maker for z in layer], lr=GENERATOR_RATE, **fused)  # type: ignore[arg-type]
    for k in range(1, iterations + 1):
        if (k - 1) % BLOCK == 0:
            data = target().sample(BLOCK * seeds * BATCH, generator).float().reshape(BLOCK, seeds, BATCH, 2)
        latents = torch.randn(2, seeds, BATCH, LATENT, generator=generator)
        with torch.no_grad():
            fake = applied(players.maker, latents[0])
        stepped(d_step, players.criticised(data[(k - 1) % BLOCK], fake))
        if players.sliced:
            with torch.no_grad():
                players.head["weight"] /= players.head["weight"].norm(dim=1, keepdim=True)
        stepped(g_step, players.judged(latents[1]))
        look(k)


def stepped(optimiser: torch.optim.Optimizer, losses: Tensor) -> None:
    """One step down the sum of independent losses."""
    optimiser.zero_grad()
    losses.sum().backward()
    optimiser.step()


@torch.no_grad()
def looked(players: Players, seeds: int, points: int) -> tuple[np.ndarray, np.ndarray]:
    """(3, seeds): cos(ω, ω*) weighted and plain, and SI, on fresh points; and the generators' points (seeds, points, 2)."""
    generator = torch.Generator().manual_seed(10_000)
    real = target().sample(seeds * points, generator).float().reshape(seeds, points, 2)
    fake = applied(players.maker, torch.randn(seeds, points, LATENT, generator=generator))
    (h, f), (k, e) = ((players.hidden(x), players.read(x).function) for x in (real, fake))
    found = np.empty((3, seeds))
    for i, omega in enumerate(players.directions):
        plain = Empirical(h[i]), Empirical(k[i])
        weighted = Empirical(h[i], players.objective.shares(f[i])), Empirical(k[i], players.objective.shares(e[i]))
        found[:, i] = (
            direction_alignment(identity, omega, *weighted),
            direction_alignment(identity, omega, *plain),
            separability(identity, omega, *plain),
        )
    return found, fake.double().numpy()


def identity(h: Tensor) -> Tensor:
    """The features themselves."""
    return h


def judged(points: np.ndarray, seed: int) -> dict[str, float]:
    """Modes covered, total variation between their shares and 1/8, and W2 to as many fresh data."""
    centres = torch.stack([c.mean for c in target().components]).numpy()
    far = np.linalg.norm(points[:, None] - centres, axis=2)
    own = far.argmin(1)
    near = np.bincount(own[far.min(1) <= NEAR * DEVIATION], minlength=MODES) / len(points)
    shares = np.bincount(own, minlength=MODES) / len(points)
    real = target().sample(len(points), torch.Generator().manual_seed(20_000 + seed))
    return {
        "modes": float((near >= SHARE / MODES).sum()),
        "imbalance": float(abs(shares - 1 / MODES).sum() / 2),
        "distance": wasserstein(Empirical(torch.from_numpy(points)), Empirical(real)),
    }


def run(
    *, seeds: int = 5, iterations: int = 6000, points: int = 1000, progress: Callable[[float], object] | None = None
) -> SanMixture:
    """Train a GAN and a SAN for each of three losses from the same networks, every seed at once; `points` judge the result."""
    if min(seeds, iterations) < 1 or points < MODES:
        raise Refusal(f"san_mixture needs a seed, an iteration and {MODES} points", (seeds, iterations, points))
    report = progress or (lambda fraction: None)
    moments = sorted({max(1, round(iterations * (i + 1) / LOOKS)) for i in range(LOOKS)})
    methods = {f"{kind}, {name}": (loss, kind == "SAN") for name, loss in LOSSES.items() for kind in ("GAN", "SAN")}
    final, alignment, samples = {}, {}, {}
    for done, (method, (loss, sliced)) in enumerate(methods.items()):
        players = Players.started(loss, sliced, seeds)
        read: list[tuple[np.ndarray, np.ndarray]] = []

        def look(k: int, players: Players = players, read: list[Any] = read, done: int = done) -> None:
            if k in moments:
                read.append(looked(players, seeds, points))
                report((done + k / iterations) / len(methods))

        trained(players, seeds, iterations, look)
        over_time = np.array([r[0] for r in read])  # (looks, 3, seeds)
        ends = [judged(z, seed) for seed, z in enumerate(read[-1][1])]
        late = over_time[len(over_time) // 2 :].mean(0)
        final[method] = dict(zip(("weighted", "plain", "separability"), late, strict=True))
        final[method] |= {k: np.array([e[k] for e in ends]) for k in ends[0]}
        alignment[method], samples[method] = over_time[:, 0], read[-1][1][0]
    real = target().sample(points, torch.Generator().manual_seed(0)).numpy()
    return SanMixture(np.array(moments), final, alignment, samples, real)


def plot(result: SanMixture, venue: Venue) -> dict[str, Drawing]:
    """Alignment over the iterations, GAN beside SAN for each loss; the points of the first seed."""
    command = "Remake: gantheory experiment san-mixture."
    figure, axes = venue.figure(columns=3, aspect=1.0, wide=True)
    for ax, loss in zip(axes, LOSSES, strict=True):
        with inherited(ax):
            for i, kind in enumerate(("GAN", "SAN")):
                for seed, line in enumerate(result.alignment[f"{kind}, {loss}"].T):
                    style = line_style(i) | {"marker": "", "linewidth": 0.5, "label": f"_{kind} {seed}"}
                    ax.plot(result.iterations, line, **style)
                mean = result.alignment[f"{kind}, {loss}"].mean(1)
                ax.plot(result.iterations, mean, label=kind, **(line_style(i) | {"marker": "", "linewidth": 1.6}))
            ax.set(xlabel="iteration", ylabel=r"$\cos(\omega, \omega^*)$", ylim=(min(0.0, _least(result)) - 0.3, 1.02))
            ax.set(xlim=(0, result.iterations[-1]), xticks=[0, result.iterations[-1] // 2])
            ax.text(0.97, 0.04, loss, transform=ax.transAxes, ha="right", va="bottom")
            ax.label_outer()
            if ax is axes[0]:
                ax.legend(loc="lower left")
    rows = [
        {"method": k, "iteration": t, "seed": seed, "alignment": v}
        for k, table in result.alignment.items()
        for t, line in zip(result.iterations, table, strict=True)
        for seed, v in enumerate(line)
    ]
    caption = (
        f"Eight Gaussians on a circle (radius {RADIUS:g}, deviation {DEVIATION:g}): alignment of the last layer with the gap "
        f"of means that its loss weighs, {result.seeds} seeds (thin) and their mean (thick). {result.says} {command}"
    )
    clouds, panels = venue.figure(rows=2, columns=3, aspect=1.0, wide=True)
    for column, loss in enumerate(LOSSES):
        for row, kind in enumerate(("GAN", "SAN")):
            ax, method = panels[row, column], f"{kind}, {loss}"
            with inherited(ax):
                ax.scatter(*result.real.T, s=2, color="#b0b0b0", linewidths=0, label="data")
                ax.scatter(*result.samples[method].T, s=2, color=line_style(row)["color"], linewidths=0, label=method)
                ax.set(xlim=(-1.75, 1.75), ylim=(-2.0, 1.5), xlabel="$x_1$", ylabel="$x_2$")
                ax.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
                ax.set_aspect("equal", adjustable="box")
                ax.text(0, -1.8, method, ha="center", va="center")
                ax.label_outer()
    where = [{"method": k, "x1": a, "x2": b} for k, v in result.samples.items() for a, b in v]
    text = (
        f"Points of the first seed (colour) and data (grey) after {result.iterations[-1]} iterations. {result.says} {command}"
    )
    return {"san_mixture_alignment": Drawing(figure, rows, caption), "san_mixture_points": Drawing(clouds, where, text)}


def _least(result: SanMixture) -> float:
    return min(float(v.min()) for v in result.alignment.values()) - 0.02
