"""`gantheory verify [PATH …]`: the claims of any folder, with a table and the reason of every failure."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from gantheory._errors import Refusal
from gantheory.claims import Claim, NoClaims, Survivor, Verdict, collect, falsify, verify

STYLE = {"HOLDS": "green", "FAILS": "red", "UNDECIDED": "yellow"}


def run(paths: list[Path], full: bool, falsified: bool) -> int:
    """Verify (or falsify) and print; 0 if all is well, 1 if a claim fails."""
    try:
        claims = collect(*(paths or [Path("derivations")]))
    except NoClaims as none:
        print(f"gantheory: {none}", file=sys.stderr)
        return 1
    console = Console(soft_wrap=False)
    progress = Console(stderr=True)
    return _falsify(claims, console, progress) if falsified else _verify(claims, full, console, progress)


def _verify(claims: tuple[Claim, ...], full: bool, console: Console, progress: Console) -> int:
    verdicts = [verify(c, full=full) for c in track(claims, "verifying", console=progress, transient=True)]
    console.print(table(verdicts))
    for verdict in verdicts:
        if not verdict.holds:
            explain(verdict, console)
    failed = sum(not v.holds for v in verdicts)
    console.print(f"{len(verdicts) - failed} of {len(verdicts)} claims hold.", highlight=False)
    return 1 if failed else 0


def table(verdicts: list[Verdict]) -> Table:
    """One row a claim."""
    rows = Table(box=None, pad_edge=False)
    for heading in ("claim", "verdict", "steps", "witness"):
        rows.add_column(heading, overflow="fold")
    rows.add_column("s", justify="right")
    for v in verdicts:
        good = sum(o.holds for _, o in v.proof)
        standing = f"[{STYLE[v.standing.value]}]{v.standing.value}[/]"
        rows.add_row(v.claim.name, standing, f"{good}/{len(v.proof)}", v.summary, f"{v.seconds:.1f}")
    return rows


def explain(verdict: Verdict, console: Console) -> None:
    """Step, both sides, counter-example."""
    console.print(f"\n[bold]{verdict.claim.name}[/] {verdict.standing.value}: {verdict.claim.says}", highlight=False)
    if not verdict.claim.witnesses:
        console.print("  no witness: add witness=Convergence(…), Agreement(…) or Refutation(…)", highlight=False)
    for step, outcome in verdict.failures:
        console.print(
            f"  step   {step.says}\n  left   {outcome.left}\n  right  {outcome.right}\n  {outcome.detail}",
            highlight=False,
            markup=False,
        )


def _falsify(claims: tuple[Claim, ...], console: Console, progress: Console) -> int:
    tried = 0
    survivors: list[Survivor] = []
    for claim in track(claims, "falsifying", console=progress, transient=True):
        try:
            count, unseen = falsify(claim)
        except Refusal as refusal:
            console.print(str(refusal), highlight=False)
            return 1
        tried += count
        survivors += unseen
    for s in survivors:
        console.print(f"UNSEEN {s.claim.name}: {s.fault} in step: {s.step.says}", highlight=False, markup=False)
    console.print(f"{tried - len(survivors)} of {tried} faults in {len(claims)} claims were seen.", highlight=False)
    return 1 if survivors else 0
