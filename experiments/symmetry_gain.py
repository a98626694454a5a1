"""How many samples a symmetry saves: W1 on the square and the cube, W1 on the line and MMD against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Any

import numpy as np
import torch

from derivations.symmetry.sample_gain import discrepancies, distance_to_uniform, expected, mean_deviation
from gantheory import Refusal
from gantheory.groups import Group, cyclic, dihedral, permutations, reflections, sign, trivial
from gantheory.measures import Empirical
from gantheory.metrics import quotient_wasserstein
from gantheory.plots import Drawing, Venue
from gantheory.plots.ends import End, end_labels, logarithmic_ticks
from gantheory.plots.venue import GREY, inherited, line_style

LINE = "symmetry"
QUICK = {"seeds": 3, "levels": 3}
DEMO = {"seeds": 4, "levels": 4}
SMALLEST = 16
GROUPS: dict[int, dict[str, Group]] = {
    2: {"C1": cyclic(1), "C2": cyclic(2), "C4": cyclic(4), "D4": dihedral(4)},
    3: {"{I}": trivial(3), "±I": sign(3), "S3": permutations(3), "Z2³": reflections(3)},
}
NAMES = {2: "the square", 3: "the cube"}
WIDTHS = (0.3, 1.0, 2.0, 4.0, 8.0)
LINE_SAMPLES = 1000
TOLERANCE = 0.15  # of the ratio to |Σ|^{−1/d} that counts as agreement: the boundary of the domain shifts it by some percent


@dataclass(frozen=True, eq=False)
class SymmetryGain:
    """errors[d][group]: (levels, seeds) of W1 between two averaged samples; line: rows on U[−1, 1]; mmd: rows over widths."""

    sizes: tuple[int, ...]
    errors: dict[int, dict[str, np.ndarray]]
    line: tuple[dict[str, float], ...]
    mmd: tuple[dict[str, float], ...]

    @property
    def seeds(self) -> int:
        """Pairs of samples at each size."""
        return next(iter(self.errors[2].values())).shape[1]

    def slope(self, dim: int, name: str) -> tuple[float, float]:
        """The slope of log mean W1 in log n by least squares, and its standard error by the jackknife over the seeds."""
        values, x = self.errors[dim][name], np.log(self.sizes)
        count = values.shape[1]
        left_out = np.array([np.polyfit(x, np.log(np.delete(values, k, 1).mean(1)), 1)[0] for k in range(count)])
        error = sqrt((count - 1) * float(left_out.var()))
        return float(np.polyfit(x, np.log(values.mean(1)), 1)[0]), error

    def ratio(self, dim: int, name: str) -> tuple[float, float]:
        """Mean W1 with the group over mean W1 without, at the largest size, with its standard error."""
        own, plain = self.errors[dim][name][-1], next(iter(self.errors[dim].values()))[-1]
        spread = [float(v.std(ddof=1) / sqrt(len(v)) / v.mean()) for v in (own, plain)]
        found = float(own.mean() / plain.mean())
        return found, found * hypot(*spread)

    @staticmethod
    def theory(dim: int, name: str) -> float:
        """|Σ|^{−1/d}."""
        return float(GROUPS[dim][name].order ** (-1 / dim))

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        parts = []
        for dim, named in self.errors.items():
            found = ", ".join(f"{n} {self.ratio(dim, n)[0]:.3f} (theory {self.theory(dim, n):.3f})" for n in list(named)[1:])
            parts.append(f"on {NAMES[dim]} {found}")
        width = self.mmd[-1]
        return (
            f"Mean W1 between two averaged samples of {self.sizes[-1]} points over that without symmetry ({self.seeds} seeds), "
            f"theory |Σ|^(−1/d): {'; '.join(parts)}. MMD² with h = {width['h']:g} gains a factor {width['found']:.2f} ± "
            f"{width['error']:.2f} (closed form {width['closed']:.2f})."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "chen2023sample, abstract: for W1 the reduction of sample complexity is proportional to the group size, an error "
            "(|Σ|n)^(−1/d); for MMD it depends on the group and on the kernel."
        )

    @property
    def agrees(self) -> bool | None:
        """Whether every ratio is near |Σ|^{−1/d}, within TOLERANCE or three standard errors."""
        gaps = [(self.ratio(d, n), self.theory(d, n)) for d, named in self.errors.items() for n in list(named)[1:]]
        return all(abs(found - theory) <= max(TOLERANCE * theory, 3 * error) for (found, error), theory in gaps)

    @property
    def table(self) -> list[dict[str, Any]]:
        """A row for each domain and group: order, slope in n against −1/d, ratio to no symmetry against |Σ|^{−1/d}."""
        rows = []
        for dim, named in self.errors.items():
            for name in named:
                (slope, wide), (ratio, error) = self.slope(dim, name), self.ratio(dim, name)
                order, free = GROUPS[dim][name].order, name == next(iter(named))
                row = {"domain": NAMES[dim], "group": name, "|Σ|": order, "slope in n": f"{slope:.3f} ± {wide:.3f}"}
                row |= {"−1/d": f"{-1 / dim:.3f}", "ratio": "1" if free else f"{ratio:.3f} ± {error:.3f}"}
                rows.append(row | {"|Σ|^(−1/d)": f"{self.theory(dim, name):.3f}"})
        return rows


def distances(dim: int, group: Group, size: int, seeds: int) -> np.ndarray:
    """W1 between two averaged samples of U[−1, 1]^d, for each seed; the same samples for every group."""
    found = []
    for seed in range(seeds):
        raw = torch.from_numpy(np.random.default_rng((dim, size, seed)).uniform(-1, 1, (2, size, dim)))
        found.append(quotient_wasserstein(Empirical(raw[0]), Empirical(raw[1]), group, 1))
    return np.array(found)


def on_the_line(size: int) -> dict[str, float]:
    """Mean W1 to U[−1, 1] of samples as drawn and averaged over the sign, with 2I_n and I_n."""
    raw = np.random.default_rng(size).uniform(-1, 1, (LINE_SAMPLES, size))
    plain, averaged = distance_to_uniform(raw, -1.0), distance_to_uniform(np.concatenate([raw, -raw], 1), -1.0)
    exact = mean_deviation(size)
    return {"n": size, "plain": plain.mean(), "plain closed": 2 * exact, "averaged": averaged.mean(), "averaged closed": exact}


def kernel_gain(width: float) -> dict[str, float]:
    """Mean MMD² without over with the sign, for a Gaussian kernel, with its standard error and 2 + h²/2."""
    (plain, first), (averaged, second) = (discrepancies(width, s) for s in (False, True))
    found = plain / averaged
    error = found * hypot(first / plain, second / averaged)
    return {"h": width, "found": found, "error": error, "closed": expected(width, False) / expected(width, True)}


def run(*, seeds: int = 60, levels: int = 6, progress: Callable[[float], object] | None = None) -> SymmetryGain:
    """W1 at sizes 16, 32, … (`levels` of them) for `seeds` pairs of samples; the closed forms at the same sizes."""
    if seeds < 3 or levels < 2:
        raise Refusal("symmetry_gain needs at least 3 seeds and 2 levels", f"{seeds} and {levels}")
    report = progress or (lambda fraction: None)
    sizes = tuple(SMALLEST * 2**k for k in range(levels))
    errors: dict[int, dict[str, np.ndarray]] = {}
    done, total = 0.0, 8 * float(np.sum(np.square(sizes)))
    for dim, named in GROUPS.items():
        errors[dim] = {}
        for name, group in named.items():
            rows = []
            for size in sizes:
                rows.append(distances(dim, group, size, seeds))
                done += size**2
                report(0.95 * done / total)
            errors[dim][name] = np.stack(rows)
    line, mmd = tuple(on_the_line(size) for size in sizes), tuple(kernel_gain(width) for width in WIDTHS)
    report(1.0)
    return SymmetryGain(sizes, errors, line, mmd)


def plot(result: SymmetryGain, venue: Venue) -> dict[str, Drawing]:
    """W1 against n for each group, on the lines of theory; and the closed forms with what was measured."""
    return {"symmetry_gain_w1": _transport(result, venue), "symmetry_gain_closed_forms": _closed(result, venue)}


def _transport(result: SymmetryGain, venue: Venue) -> Drawing:
    figure, axes = venue.figure(columns=2, aspect=0.9, wide=True)
    n, rows = np.array(result.sizes), []
    for ax, (dim, named) in zip(axes, result.errors.items(), strict=True):
        constant = next(iter(named.values())).mean(1)[-1] * n[-1] ** (1 / dim)
        with inherited(ax):
            ax.set(xscale="log", yscale="log", xlabel="sample size $n$", ylabel="mean $W_1$")
            for i, (name, values) in enumerate(named.items()):
                mean, errors = values.mean(1), values.std(1, ddof=1) / sqrt(result.seeds)
                theory = constant * (GROUPS[dim][name].order * n) ** (-1 / dim)
                ax.plot(n, theory, color=GREY, linestyle=":", label=f"_rate, {name}")
                ax.plot(n, mean, label=name, **(line_style(i) | {"linestyle": "none"}))
                ax.errorbar(n, mean, yerr=errors, fmt="none", ecolor=line_style(i)["color"], elinewidth=0.8)
                numbers = zip(n, mean, errors, theory, strict=True)
                rows += [{"d": dim, "group": name, "n": a, "W1": m, "standard error": s, "rate": t} for a, m, s, t in numbers]
            logarithmic_ticks(ax.xaxis)
            logarithmic_ticks(ax.yaxis)
            ax.annotate(f"$c\\,(|\\Sigma|\\,n)^{{-1/{dim}}}$", (0.04, 0.05), xycoords="axes fraction", color=GREY)
            ends = [End(f"{name} ({GROUPS[dim][name].order})", n[-1], float(v.mean(1)[-1])) for name, v in named.items()]
            end_labels(ax, ends)
    caption = (
        "Mean W1 between two independent samples of n points of the uniform law on the square (left) and on the cube (right), "
        f"averaged over a group, its order in brackets; {result.seeds} seeds, bars of one standard error; dotted: the rate of "
        f"theory, with one constant c for all groups of a panel, taken from the last point without symmetry. {result.says} "
        "Remake: gantheory experiment symmetry-gain."
    )
    return Drawing(figure, rows, caption)


def _closed(result: SymmetryGain, venue: Venue) -> Drawing:
    figure, (left, right) = venue.figure(columns=2, aspect=0.8, wide=True)
    n, h = (np.array([row[key] for row in rows]) for rows, key in ((result.line, "n"), (result.mmd, "h")))
    with inherited(left):
        left.set(xscale="log", yscale="log", xlabel="sample size $n$", ylabel="mean $W_1$ to the law")
        named = {"as drawn, $2I_n$": "plain", "averaged, $I_n$": "averaged"}
        for i, (words, key) in enumerate(named.items()):
            style = line_style(i)
            left.plot(
                n,
                [row[f"{key} closed"] for row in result.line],
                color=style["color"],
                linestyle=style["linestyle"],
                label=f"_{key}",
            )
            left.plot(n, [row[key] for row in result.line], **(style | {"linestyle": "none"}), label=words)
        end_labels(left, [End(words, n[-1], result.line[-1][key]) for words, key in named.items()])
        logarithmic_ticks(left.xaxis)
        logarithmic_ticks(left.yaxis)
    with inherited(right):
        right.set(xscale="log", yscale="log", xlabel="kernel width $h$", ylabel="mean MMD$^2$: plain over averaged")
        fine = np.geomspace(h[0], h[-1], 100)
        style = line_style(2)
        right.plot(fine, 2 + fine**2 / 2, color=style["color"], label="_closed form")
        found, errors = ([row[key] for row in result.mmd] for key in ("found", "error"))
        right.errorbar(h, found, yerr=errors, fmt=style["marker"], color=style["color"], mfc="none", label="measured")
        right.plot(h[[0, -1]], [2, 2], color=GREY, linestyle=":", label="_order of the group")
        end_labels(right, [End("$2 + h^2/2$", h[-1], float(2 + h[-1] ** 2 / 2)), End(r"$|\Sigma| = 2$", h[-1], 2.0, GREY)])
        logarithmic_ticks(right.xaxis)
        logarithmic_ticks(right.yaxis)
    caption = (
        f"Left: mean W1 of n points of U[−1, 1] to their law, as drawn and averaged over the sign, {LINE_SAMPLES} samples; "
        "lines: 2I_n and I_n in closed form. Right: by what factor averaging over the sign lowers the mean MMD² to N(0, I_2), "
        "Gaussian kernel, 10 points, 400 samples, bars of one standard error; line: 2 + h²/2; dotted: the order of the group. "
        "Remake: gantheory experiment symmetry-gain."
    )
    rows = [{"panel": "line"} | row for row in result.line] + [{"panel": "MMD"} | row for row in result.mmd]
    return Drawing(figure, rows, caption)
