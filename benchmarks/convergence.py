"""Verdicts on 300 convergence studies of known order: ours against physverify's check_order.

python -m benchmarks.convergence [seed] prints, for each judge, how many verdicts are wrong (a wrong code passed, a right one
failed), how many studies are left undecided although a verdict is due, and how many where none is; then the same by family.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping

from physverify.order import check_order

from benchmarks.known_studies import FAMILIES, Known, known_studies
from gantheory.claims import Order, Standing, Study

Judge = Callable[[Known], Standing]
WORDS = {"PASS": Standing.HOLDS, "FAIL": Standing.FAILS}


def ours(known: Known) -> Standing:
    """Order, without a bound on the last error, for the peer has none either."""
    return Order(bound=float("inf")).compare(Study(known.sizes, known.errors), known.claimed).standing


def peer(tolerance: float | None) -> Judge:
    """check_order at its defaults or at a tolerance; EXACT and INCONCLUSIVE say that no order was measured."""

    def judged(known: Known) -> Standing:
        return WORDS.get(check_order(known.sizes, known.errors, known.claimed, tol=tolerance).status, Standing.UNDECIDED)

    return judged


JUDGES: Mapping[str, Judge] = {
    "gantheory Order": ours,
    "physverify check_order": peer(None),
    "physverify, tol=0.1": peer(0.1),
}


def sort(known: Known, verdict: Standing) -> str:
    """What a verdict is: wrong pass, wrong failure, undecided though one is due, undecided by rights, or right."""
    if verdict is Standing.UNDECIDED:
        return "undecided" if known.due else "left open"
    if known.right:
        return "right" if verdict is Standing.HOLDS else "wrong failure"
    return "wrong pass" if verdict is Standing.HOLDS else "right"


def tally(seed: int, share: int = 1) -> dict[str, Counter[tuple[str, str]]]:
    """For each judge how often a family got each sort of verdict."""
    studies = list(known_studies(seed, share))
    return {name: Counter((k.family, sort(k, judge(k))) for k in studies) for name, judge in JUDGES.items()}


SORTS = ("right", "wrong pass", "wrong failure", "undecided", "left open")


def main(seed: int = 1, share: int = 1) -> None:
    """Print the tables."""
    counts = tally(seed, share)
    due = Counter(bool(k.due) for k in known_studies(seed, share))
    print(f"{due.total()} studies, seed {seed}; a verdict is due for {due[True]}; none for {due[False]}")
    print(f"{'judge':26}" + "".join(f"{sort:>15}" for sort in SORTS))
    for name, count in counts.items():
        print(f"{name:26}" + "".join(f"{sum(n for (_, s), n in count.items() if s == sort):15}" for sort in SORTS))
    print("\nwrong + undecided, of the family's studies, by judge")
    families = dict.fromkeys(k.family for k in known_studies(seed, share))
    for family, (_, size) in zip(families, FAMILIES, strict=True):
        row = [f"{sum(c[family, s] for s in SORTS[1:3])} + {c[family, 'undecided']}" for c in counts.values()]
        print(f"{family:18}{-(-size // share):6}" + "".join(f"{cell:>26}" for cell in row))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
