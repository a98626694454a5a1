"""`gantheory report`: derive, verify, measure, and write one page with its figures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import sympy as sp
from rich.console import Console

from gantheory.claims import chapters
from gantheory.cli.experiment import experiments, loaded, measured, printed, venue_named, written
from gantheory.cli.verify import table, verified
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, GradientPenalty, Objective, Space
from gantheory.objectives import Derivation as Derived
from gantheory.plots import Venue
from gantheory.report import Chapter, Derivation, Experiment, Figure, Report, write_fragment, write_page
from gantheory.runs import claim_folder, provenance, write_folder
from gantheory.symbolic import p

lam = sp.Symbol("lambda", positive=True)
FIRST, OTHER = "euler_lagrange", "Claims"  # the line whose objectives are derived; claims that stand in no package
SHOWN = (
    ("Poly-WGAN, m = 1, in the plane", Objective(WASSERSTEIN, lam * GradientPenalty(1)), Space(2)),
    ("Poly-WGAN, m = 2, in space", Objective(WASSERSTEIN, lam * GradientPenalty(2)), Space(3)),
    ("Poly-LSGAN, m = 2, in the plane", Objective(LEAST_SQUARES, lam * GradientPenalty(2)), Space(2)),
    ("WGAN with R1", Objective(WASSERSTEIN, lam * GradientPenalty(1, over=p)), Space(1)),
)


def derived() -> list[Derivation]:
    """The central objectives with all that follows from them."""
    found = []
    for title, objective, domain in SHOWN:
        facts = Derived(objective, domain)
        found.append(Derivation(title, [(d.heading, d.latex) for d in facts.lines() if d.latex], str(facts.posedness)))
    return found


@dataclass(frozen=True, eq=False)
class Measured:
    """An experiment that has run: its name, module, result and seconds."""

    name: str
    module: ModuleType
    result: Any
    seconds: float

    @property
    def line(self) -> str:
        """The package of claims to which the experiment belongs; "" where it does not say."""
        return getattr(self.module, "LINE", "")

    def told(self, here: Path, place: Venue) -> Experiment:
        """What the page shows, with every figure written."""
        drawn = [_figure(here / f"{stem}.svg") for stem in written(self.module, self.result, place, here)]
        (here / "table.tex").rename(here / f"{self.name.replace('-', '_')}_table.tex")
        published, agrees = getattr(self.result, "published", ""), getattr(self.result, "agrees", None)
        return Experiment(self.name, self.result.says, self.result.table, drawn, self.seconds, published, agrees)


def run(out: Path, claims: list[Path], folder: Path, venue: str, full: bool, replace: bool) -> int:
    """Write out/index.html, out/report.tex and every figure; 1 if a claim fails."""
    place, console = venue_named(venue), Console()
    claim_folder(out, replace)
    found = chapters(*(claims or [Path("derivations")]))
    verdicts = iter(verified(tuple(c for chapter in found for c in chapter.claims), full))
    lines = [(chapter.name, chapter.title, [next(verdicts) for _ in chapter.claims]) for chapter in found]
    everything = [v for _, _, some in lines for v in some]
    console.print(table(everything))
    results = [_measured(name, folder, full, console) for name in experiments(folder)]

    def write(here: Path) -> None:
        told = [(m.line, m.told(here, place)) for m in results]
        names = [name for name, _, _ in lines]
        whole = [
            Chapter(title or OTHER, derived() if name == FIRST else (), some, [e for line, e in told if line == name])
            for name, title, some in lines
        ]
        rest = [e for line, e in told if line not in names]
        first = [] if FIRST in names else [Chapter("Objectives and their equations", derived())]
        last = [Chapter("Further experiments", experiments=rest)] if rest else []
        report = Report([*first, *whole, *last], provenance())
        write_page(report, here)
        write_fragment(report, here)

    write_folder(out, write, replace=replace)
    failed = sum(not v.holds for v in everything)
    print(f"{len(everything) - failed} of {len(everything)} claims hold; page: {out / 'index.html'}")
    return 1 if failed else 0


def _measured(name: str, folder: Path, full: bool, console: Console) -> Measured:
    module = loaded(name, folder)
    result, seconds = measured(name, module, {} if full else getattr(module, "DEMO", {}))
    printed(result, console)
    return Measured(name, module, result, seconds)


def _figure(svg: Path) -> Figure:
    words = json.loads(svg.with_suffix(".json").read_text(encoding="utf-8"))
    return Figure(svg.stem, svg.read_text(encoding="utf-8"), words["caption"], words["alt"])
