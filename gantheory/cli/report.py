"""`gantheory report`: derive, verify, measure, and write one page with its figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sympy as sp
from rich.console import Console

from gantheory.claims import collect
from gantheory.cli.experiment import experiments, loaded, measured, printed, venue_named, written
from gantheory.cli.verify import table, verified
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, GradientPenalty, Objective, Space
from gantheory.objectives import Derivation as Derived
from gantheory.report import Derivation, Experiment, Figure, Report, write_fragment, write_page
from gantheory.runs import claim_folder, provenance, write_folder
from gantheory.symbolic import p

lam = sp.Symbol("lambda", positive=True)
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
        found.append(Derivation(title, facts.lines(latex=True), str(facts.posedness)))
    return found


def run(out: Path, claims: list[Path], folder: Path, venue: str, full: bool, replace: bool) -> int:
    """Write out/index.html, out/report.tex and every figure; 1 if a claim fails."""
    place, console = venue_named(venue), Console()
    claim_folder(out, replace)
    found = collect(*(claims or [Path("derivations")]))
    verdicts = verified(found, full)
    console.print(table(verdicts))
    results: list[tuple[str, Any, Any, float]] = []
    for name in experiments(folder):
        module = loaded(name, folder)
        result, seconds = measured(name, module, {} if full else getattr(module, "DEMO", {}))
        printed(result, console)
        results.append((name, module, result, seconds))

    def write(here: Path) -> None:
        shown = []
        for name, module, result, seconds in results:
            drawn = [_figure(here / f"{stem}.svg") for stem in written(module, result, place, here)]
            (here / "table.tex").rename(here / f"{name.replace('-', '_')}_table.tex")
            shown.append(Experiment(name, result.says, result.table, drawn, seconds))
        whole = Report(derived(), verdicts, shown, provenance())
        write_page(whole, here)
        write_fragment(whole, here)

    write_folder(out, write, replace=replace)
    failed = sum(not v.holds for v in verdicts)
    print(f"{len(verdicts) - failed} of {len(verdicts)} claims hold; page: {out / 'index.html'}")
    return 1 if failed else 0


def _figure(svg: Path) -> Figure:
    words = json.loads(svg.with_suffix(".json").read_text(encoding="utf-8"))
    return Figure(svg.stem, svg.read_text(encoding="utf-8"), words["caption"], words["alt"])
