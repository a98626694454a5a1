"""`gantheory verify [PATH …]`: the claims of any folder, with a table and the reason of every failure."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from gantheory._errors import Refusal
from gantheory.claims import Claim, NoClaims, Survivor, Verdict, collect, falsify, verify
from gantheory.cli.progress import bar

STYLE = {"HOLDS": "green", "FAILS": "red", "UNDECIDED": "yellow"}


def run(paths: list[Path], full: bool, falsified: bool) -> int:
    """Verify (or falsify) and print; 0 if all is well, 1 if a claim fails."""
    try:
        claims = collect(*(paths or [Path("derivations")]))
    except NoClaims as none:
        print(f"gantheory: {none}", file=sys.stderr)
        return 1
    return _falsify(claims) if falsified else _verify(claims, full, Console())


def _verify(claims: tuple[Claim, ...], full: bool, console: Console) -> int:
    verdicts = verified(claims, full)
    console.print(table(verdicts))
    for verdict in verdicts:
        if not verdict.holds:
            explain(verdict, console)
    failed = sum(not v.holds for v in verdicts)
    print(f"{len(verdicts) - failed} of {len(verdicts)} claims hold.")
    return 1 if failed else 0


def verified(claims: tuple[Claim, ...], full: bool) -> list[Verdict]:
    """A verdict for each claim, with a progress bar."""
    verdicts: list[Verdict] = []
    with bar("verifying") as report:
        for claim in claims:
            report(len(verdicts) / len(claims))
            verdicts.append(verify(claim, full=full))
    return verdicts


def table(verdicts: list[Verdict]) -> Table:
    """One row a claim."""
    rows = Table(box=None, pad_edge=False)
    for heading in ("claim", "verdict", "steps", "witness"):
        rows.add_column(heading, overflow="fold")
    rows.add_column("s", justify="right")
    for v in verdicts:
        good = sum(o.holds for _, o in v.proof)
        standing = f"[{STYLE[v.standing.value]}]{v.standing.value}[/]"
        rows.add_row(escape(v.claim.name), standing, f"{good}/{len(v.proof)}", Text(v.summary), f"{v.seconds:.1f}")
    return rows


def explain(verdict: Verdict, console: Console) -> None:
    """Step, both sides, counter-example, level table and figure."""
    from gantheory.testing import told  # loads matplotlib

    heading, _, reasons = told(verdict).partition("\n")
    console.print(f"\n[bold]{escape(heading)}[/]", highlight=False, soft_wrap=True)
    print(reasons)


def _falsify(claims: tuple[Claim, ...]) -> int:
    tried = 0
    survivors: list[Survivor] = []
    with bar("falsifying") as report:
        for i, claim in enumerate(claims):
            report(i / len(claims))
            try:
                count, unseen = falsify(claim)
            except Refusal as refusal:
                print(refusal)
                return 1
            tried += count
            survivors += unseen
    for s in survivors:
        print(f"UNSEEN {s.claim.name}: {s.fault} in step: {s.step.says}")
    print(f"{tried - len(survivors)} of {tried} faults in {len(claims)} claims were seen.")
    return 1 if survivors else 0
