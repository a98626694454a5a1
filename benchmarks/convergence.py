"""Verdicts on 300 convergence studies of known order: ours against physverify's check_order.

python -m benchmarks.convergence [first seed [last seed]] prints, for each judge, how many verdicts are wrong (a wrong code
passed, a right one failed), how many studies are left undecided although a verdict is due, and how many where none is; the same
by family; and how many of our bands hold the order. The constants of the bands were chosen on the seeds 1 to 20.
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


def coverage(seed: int, share: int = 1) -> tuple[int, int]:
    """How many bands hold the order, of how many that are given."""
    told = [(k.order, Study(k.sizes, k.errors).rate()) for k in known_studies(seed, share) if k.algebraic]
    held = [order is not None and rate.band[0] <= order <= rate.band[1] for order, rate in told if rate.conclusive]
    return sum(held), len(held)


def main(first: int = 1, last: int | None = None, share: int = 1) -> None:
    """Print the tables for the seeds from first to last."""
    seeds = range(first, (last or first) + 1)
    tallies = [tally(seed, share) for seed in seeds]
    counts = {name: sum((t[name] for t in tallies), Counter()) for name in JUDGES}
    due = Counter(bool(k.due) for seed in seeds for k in known_studies(seed, share))
    named = f"seed {first}" if len(seeds) == 1 else f"seeds {first} to {last}"
    print(f"{due.total()} studies, {named}; a verdict is due for {due[True]}; none for {due[False]}")
    print(f"{'judge':26}" + "".join(f"{sort:>15}" for sort in SORTS))
    for name, count in counts.items():
        print(f"{name:26}" + "".join(f"{sum(n for (_, s), n in count.items() if s == sort):15}" for sort in SORTS))
    print("\nwrong + undecided, of the family's studies, by judge")
    families = dict.fromkeys(k.family for k in known_studies(first, share))
    for family, (_, size) in zip(families, FAMILIES, strict=True):
        row = [f"{sum(c[family, s] for s in SORTS[1:3])} + {c[family, 'undecided']}" for c in counts.values()]
        print(f"{family:18}{len(seeds) * -(-size // share):6}" + "".join(f"{cell:>26}" for cell in row))
    held = [coverage(seed, share) for seed in seeds]
    whole, worst = sum(h for h, _ in held) / sum(n for _, n in held), min(h / n for h, n in held)
    print(f"\nbands that hold the order: {whole:.1%} of {sum(n for _, n in held)}; in the worst seed {worst:.1%}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
