"""Four pairs of players on data with the symmetry of the square: an invariant discriminator alone lets the modes collapse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import pi, sqrt
from typing import Any

import numpy as np
import sympy as sp
import torch
from torch import Tensor, nn

from gantheory import Loss, Refusal, y
from gantheory.groups import EquivariantGenerator, cyclic, symmetrised
from gantheory.lowering import lower
from gantheory.measures import Empirical
from gantheory.metrics import quotient_wasserstein, wasserstein
from gantheory.plots import Drawing, Venue
from gantheory.plots.venue import BLUE, GREY, inherited

LINE = "symmetry"
QUICK = {"seeds": 1, "iterations": 60, "compared": 100}
DEMO = {"seeds": 1, "iterations": 120, "compared": 200}
GROUP = cyclic(4)
RADIUS, FREEDOM, LATENT, BATCH = 4.0, 5, 10, 64
REACHED, COLLAPSED, KEPT = 0.05, 0.4, 0.05  # a sector with this share; total variations that tell collapse from none
RATES = {"generator": 5e-4, "discriminator": 2e-3}
PENALTY, INNER, MEMORY = 10.0, 2, (0.0, 0.9)
WIDTHS = (64, 32, 16)
SHOWN = 600
REPORTED = 25  # iterations between two reports of progress
COUNTED = 4000  # samples whose sectors are counted: chance alone gives a total variation of 0.01
CONJUGATE = sp.Max(0, y) ** 2 / 2 + sp.Rational(1, 2)
ALPHA_TWO = Loss(real=-y, fake=CONJUGATE, generator=-CONJUGATE)  # E_q[f*(D)] − E_p[D]: the α-divergence of α = 2
PAIRS = {"plain G, plain D": (False, False), "equivariant G, plain D": (True, False),
         "plain G, invariant D": (False, True), "equivariant G, invariant D": (True, True)}  # fmt: skip


@dataclass(frozen=True, eq=False)
class SymmetryAblation:
    """For each pair and seed: total variation of the sector shares, W2, W2 of the averaged laws; samples of the first seed."""

    rows: tuple[dict[str, Any], ...]
    clouds: dict[str, np.ndarray]
    data: np.ndarray
    floor: float
    iterations: int

    def mean(self, pair: str, column: str) -> tuple[float, float]:
        """Mean and standard error over the seeds."""
        values = [row[column] for row in self.rows if row["pair"] == pair]
        error = float(np.std(values, ddof=1)) / sqrt(len(values)) if len(values) > 1 else float("nan")
        return float(np.mean(values)), error

    @property
    def _seeds(self) -> str:
        count = len({row["seed"] for row in self.rows})
        return "one seed" if count == 1 else f"{count} seeds, mean ± standard error"

    def _said(self, pair: str, column: str) -> str:
        mean, error = self.mean(pair, column)
        return f"{mean:.3f}" if np.isnan(error) else f"{mean:.3f} ± {error:.3f}"

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        shares = "; ".join(f"{pair}: {self._said(pair, 'sector TV')}" for pair in PAIRS)
        blind = self._said("plain G, invariant D", "W2 of averages")
        return (
            f"Total variation of the four sector shares after {self.iterations} iterations ({self._seeds}): {shares}. Where a "
            f"plain generator meets an invariant discriminator, W2 of the averaged laws is {blind} while W2 of the laws is "
            f"{self._said('plain G, invariant D', 'W2')}; between two samples of the data W2 is {self.floor:.3f}."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "birrell2022structure, abstract: reducing the discriminator space must be accompanied by structured generators, as "
            "flawed designs may easily lead to a catastrophic mode collapse; both players play distinct roles."
        )

    @property
    def agrees(self) -> bool | None:
        """Whether the pair of the warning collapses and no other does, and equivariant generators reach all sectors alike."""
        if len({row["seed"] for row in self.rows}) < 2:
            return None
        collapsed = (
            self.mean("plain G, invariant D", "sector TV")[0] > COLLAPSED > self.mean("plain G, plain D", "sector TV")[0]
        )
        kept = max(self.mean(pair, "sector TV")[0] for pair in PAIRS if pair.startswith("equivariant")) < KEPT
        return bool(collapsed and kept)

    @property
    def table(self) -> list[dict[str, Any]]:
        """A row for each pair: sectors with a share, total variation of the shares, W2, W2 of the averaged laws."""
        columns = ("sectors", "sector TV", "W2", "W2 of averages")
        return [{"pair": pair} | {c: self._said(pair, c) for c in columns} for pair in PAIRS]


def drawn(n: int, generator: torch.Generator) -> Tensor:
    """n points: a corner of the square of radius RADIUS, plus Student's t with FREEDOM degrees of freedom in the plane."""
    angles = pi / 2 * torch.randint(4, (n,), generator=generator)
    centres = RADIUS * torch.stack([angles.cos(), angles.sin()], 1)
    scale = torch.randn(n, FREEDOM, generator=generator).square().mean(1, keepdim=True).sqrt()
    return centres + torch.randn(n, 2, generator=generator) / scale


class SideBySide(nn.Module):
    """One ReLU network of widths WIDTHS for each seed, all in one pass: row i of the input belongs to seed i mod (seeds).

    Weights are uniform in ±1/√inputs of each layer. No seed sees another: Adam and the sum of the losses act on each alone.
    """

    def __init__(self, inputs: int, outputs: int, generators: Sequence[torch.Generator]) -> None:
        super().__init__()
        self.weights, self.biases, sizes = nn.ParameterList(), nn.ParameterList(), (inputs, *WIDTHS, outputs)
        for a, b in pairwise(sizes):
            for held, shape in ((self.weights, (a, b)), (self.biases, (1, b))):
                held.append(nn.Parameter(torch.stack([(2 * torch.rand(shape, generator=g) - 1) / sqrt(a) for g in generators])))

    def forward(self, x: Tensor) -> Tensor:
        """(n · seeds, inputs) ↦ (n · seeds, outputs)."""
        y_ = x.unflatten(0, (-1, len(self.weights[0]))).transpose(0, 1)
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            y_ = torch.baddbmm(bias, y_.relu() if k else y_, weight)
        return y_.transpose(0, 1).flatten(0, 1)


def trained(
    pair: str, seeds: int, iterations: int, points: int, report: Callable[[float], object]
) -> tuple[EquivariantGenerator, Tensor]:
    """The generators of all seeds after the iterations, and their training points. Two steps of D for one of G, by Adam."""
    own = [torch.Generator().manual_seed(seed) for seed in range(seeds)]
    data = torch.stack([drawn(points, generator) for generator in own], 1)
    equivariant, invariant = PAIRS[pair]
    G, D = SideBySide(LATENT, 2, own), SideBySide(2, 1, own)
    made, generator = EquivariantGenerator(G, GROUP if equivariant else cyclic(1), LATENT), torch.Generator().manual_seed(seeds)

    def values(x: Tensor) -> Tensor:
        return D(x)[:, 0]

    field = symmetrised(values, GROUP) if invariant else values
    down = {
        side: torch.optim.Adam(part.parameters(), lr=rate, betas=MEMORY)
        for part, (side, rate) in zip((G, D), RATES.items(), strict=True)
    }
    on_real, on_fake, on_generator = (lower(side, y) for side in (ALPHA_TWO.real, ALPHA_TWO.fake, ALPHA_TWO.generator))
    size, seed = BATCH * seeds, torch.arange(seeds)
    for i in range(iterations):
        for _ in range(INNER):
            real = data[torch.randint(points, (BATCH, seeds), generator=generator), seed].flatten(0, 1)
            with torch.no_grad():
                fake = made.sample(size, generator)
            between = torch.rand(size, 1, generator=generator)
            penalty = PENALTY * excess(field, between * real + (1 - between) * fake)
            stepped(down["discriminator"], seeds * (on_real(field(real)).mean() + on_fake(field(fake)).mean() + penalty))
        stepped(down["generator"], seeds * on_generator(field(made.sample(size, generator))).mean())
        if i % REPORTED == 0:
            report(i / iterations)
    return made, data


def excess(D: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """E (|∇D|² − 1)₊ at the points: the one-sided Lipschitz penalty."""
    x = x.requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return (slope.square().sum(1) - 1).relu().mean()


def stepped(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step down the loss."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def sector_shares(x: Tensor) -> Tensor:
    """The share of the points in each quarter turn about a corner."""
    sector = torch.remainder((torch.atan2(x[:, 1], x[:, 0]) / (pi / 2)).round(), 4).long()
    return torch.bincount(sector, minlength=4) / len(x)


def run(
    *,
    seeds: int = 5,
    iterations: int = 1500,
    points: int = 200,
    compared: int = 500,
    progress: Callable[[float], object] | None = None,
) -> SymmetryAblation:
    """Train each pair on `points` samples for each seed; judge it by `compared` samples against as many fresh ones."""
    if min(seeds, iterations, points) < 1 or compared < 20:
        need = "symmetry_ablation has positive sizes and compares at least 20 samples"
        raise Refusal(need, f"seeds {seeds}, iterations {iterations}, points {points}, compared {compared}")
    report = progress or (lambda fraction: None)
    judges = [torch.Generator().manual_seed(10_000 + seed) for seed in range(seeds)]
    fresh, other = ([drawn(compared, judge) for judge in judges] for _ in range(2))
    floors = [wasserstein(Empirical(a), Empirical(b)) for a, b in zip(fresh, other, strict=True)]
    rows, clouds, data = [], {}, fresh[0]
    for i, pair in enumerate(PAIRS):
        made, seen = trained(pair, seeds, iterations, points, lambda f, i=i: report((i + f) / len(PAIRS)))  # type: ignore[misc]
        with torch.no_grad():
            x = made.sample(COUNTED * seeds, judges[0]).unflatten(0, (COUNTED, seeds))
        rows += [judged(pair, seed, x[:, seed], fresh[seed]) for seed in range(seeds)]
        clouds[pair], data = x[:SHOWN, 0].numpy(), seen[:, 0]
    report(1.0)
    return SymmetryAblation(tuple(rows), clouds, data.numpy(), float(np.mean(floors)), iterations)


def judged(pair: str, seed: int, x: Tensor, fresh: Tensor) -> dict[str, Any]:
    """Sectors with a share, total variation of the shares to ¼ each, W2 to fresh data, and W2 of the averaged laws."""
    shares, measures = sector_shares(x), (Empirical(x[: len(fresh)]), Empirical(fresh))
    return {
        "pair": pair, "seed": seed, "sectors": int((shares > REACHED).sum()),
        "sector TV": float((shares - 0.25).abs().sum()) / 2,
        "W2": wasserstein(*measures), "W2 of averages": quotient_wasserstein(*measures, GROUP),
    }  # fmt: skip


def plot(result: SymmetryAblation, venue: Venue) -> dict[str, Drawing]:
    """A panel for each pair: training points, and samples of the first seed."""
    figure, axes = venue.figure(columns=4, aspect=1.4, wide=True)
    reach = 2.2 * RADIUS
    place: dict[str, Any] = {"xlim": (-reach, reach), "ylim": (-reach, reach), "xticks": (-5, 0, 5), "yticks": (-5, 0, 5)}
    for ax, (pair, x) in zip(axes, result.clouds.items(), strict=True):
        with inherited(ax):
            ax.scatter(*result.data.T, s=3, color=GREY, linewidths=0, label="data", rasterized=True)
            ax.scatter(*x.T, s=2, color=BLUE, linewidths=0, label="samples", rasterized=True)
            ax.set(xlabel="$x_1$", ylabel="$x_2$", **place)
            ax.set_aspect("equal")
            ax.label_outer()
            share = next(row["sector TV"] for row in result.rows if row["pair"] == pair)
            words = pair.replace(", ", ",\n") + f": TV {share:.2f}"
            ax.annotate(words, (0.0, 1.03), xycoords="axes fraction", ha="left", va="bottom")
    caption = (
        f"Samples (blue) of four pairs of players after {result.iterations} iterations on {len(result.data)} points (grey, "
        "first seed) of four Student laws (5 degrees of freedom) that quarter turns permute; α-divergence of α = 2 with a "
        "one-sided Lipschitz penalty. TV: total variation of the shares of the four sectors. "
        f"{result.says} Remake: gantheory experiment symmetry-ablation."
    )
    points = [{"pair": pair, "x1": a, "x2": b} for pair, x in result.clouds.items() for a, b in x]
    return {"symmetry_ablation": Drawing(figure, points, caption)}
