"""Every two solvers that take the same objective agree: the matrix of rivals, refusals included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from derivations.rates._rivals import NAMES, Contest
from derivations.rates.rivals import contests
from gantheory.plots import Drawing, Venue
from gantheory.plots.venue import BLACK, GREY, inherited

LINE = "rates"
QUICK = {"most": 6}
DEMO: dict[str, Any] = {}
HEADS = {
    "FiniteDifferences": "differences",
    "FiniteElements": "elements",
    "FourierSeries": "Fourier",
    "GreensFunction": "Green",
    "Collocation": "collocation",
    "Pointwise": "pointwise",
    "GaussianOracle": "oracle",
}


@dataclass(frozen=True)
class Matrix:
    """For each contest the digits of each of its rivals, the least over the others, and what the other solvers say."""

    digits: Mapping[Contest, Mapping[str, float]]
    refusals: Mapping[Contest, Mapping[str, str]]

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        counts = [len(c.rivals) for c in self.digits]
        least = min(v for row in self.digits.values() for v in row.values())
        several = ", ".join(f"{sum(k >= n for k in counts)} by {n} or more" for n in (2, 3, 4))
        return f"{len(counts)} objectives are solved {several}; the worst pair agrees to {least:.1f} digits."

    published = "Nothing is published."
    agrees = None

    @property
    def table(self) -> list[dict[str, Any]]:
        """The matrix: digits, "refused", or a dash where the solver takes the objective on another domain only."""
        return [{"objective": c.name} | {name: self._cell(c, name) for name in NAMES} for c in self.digits]

    def _cell(self, contest: Contest, name: str) -> str:
        if name in self.digits[contest]:
            return f"{self.digits[contest][name]:.1f}"
        return "refused" if self.refusals[contest][name] else "–"


def run(*, most: int = 0, progress: Callable[[float], object] | None = None) -> Matrix:
    """Solve every contest by all of its rivals, or the first `most`, and ask the other solvers too."""
    chosen, digits, refusals = contests()[: most or None], {}, {}
    for i, contest in enumerate(chosen):
        pairs = [(a, b, contest.digits(a, b)) for a, b in combinations(contest.rivals, 2)]
        digits[contest] = {name: min(d for a, b, d in pairs if name in (a, b)) for name in contest.rivals}
        refusals[contest] = {name: contest.refusal(name) for name in NAMES if name not in contest.rivals}
        if progress is not None:
            progress((i + 1) / len(chosen))
    return Matrix(digits, refusals)


def plot(result: Matrix, venue: Venue) -> dict[str, Drawing]:
    """The matrix: digits where a solver is a rival, a cross where it refuses."""
    figure, ax = venue.figure(aspect=0.12 + 0.03 * len(result.digits), wide=True)
    table = result.table
    with inherited(ax):
        for y, row in enumerate(table):
            for x, name in enumerate(NAMES):
                cell = row[name]
                word, colour = ("×", GREY) if cell == "refused" else (cell, BLACK)
                ax.text(x, y, word, ha="center", va="center_baseline", color=colour)
        ax.set(xlim=(-0.5, len(NAMES) - 0.5), ylim=(len(table) - 0.5, -0.5))
        ax.set_yticks(range(len(table)), [row["objective"] for row in table])
        ax.set_xticks(range(len(NAMES)), [HEADS[name] for name in NAMES])
        ax.tick_params(length=0)
        ax.xaxis.tick_top()
        ax.spines[["bottom", "left"]].set_visible(False)
        for y in range(len(table) + 1):
            ax.axhline(y - 0.5, color="#d0d0d0", linewidth=0.4, label=f"_{y}")
    caption = (
        "Digits to which each solver agrees with the farthest of its rivals on one objective; × a refusal, by name; "
        f"– another domain. {result.says} Remake: gantheory experiment rivals."
    )
    return {"rivals": Drawing(figure, table, caption)}
