"""Run a seeded sample of mutants against the tests that reach them, and list what survives; 1 below 90 % killed.

Results are kept in build/mutation, so that an interrupted run goes on. `--again` runs survivors once more.
"""

import argparse
import json
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from tests.faults.fault import ROOT
from tests.faults.forked import LATE, LOST, Job, outcomes, warm
from tests.faults.trees import Tree
from tests.mutation.mutants import FOLDERS, sample
from tests.mutation.reached import reached

FEW, SHORT = 300, 30.0  # tests, and seconds of them, with which a mutant is tried first; the rest only if it survives
GOAL = 0.9


def jobs(mutants, map_, stage):
    """A run for each mutant: of its quickest tests at stage 0, of the others at stage 1."""
    for mutant in mutants:
        tests, total, first = map_.by(mutant), 0.0, 0
        while first < min(FEW, len(tests)) and total < SHORT:
            total += map_.seconds.get(tests[first], 0.0)
            first += 1
        chosen = tests[first:] if stage else tests[:first]
        if chosen:
            long = 20 + 5 * sum(map_.seconds.get(test, 0.0) for test in chosen)
            yield Job(mutant.key, tuple(chosen), mutant.file, mutant.text, seconds=long)


def verdict(outcome):
    """What an outcome says of the mutant."""
    return {0: "survived", LATE: "timed out", LOST: "died"}.get(outcome.code, "killed")


def run(mutants, map_, trees, place):
    """Run what has no verdict yet; each verdict is written down at once."""
    for stage in (0, 1):
        known = results(place)
        states = ("survived",) if stage else ()
        todo = [m for m in mutants if (known.get(m.key, {}).get("state") in states if stage else m.key not in known)]
        todo = [m for m in todo if known.get(m.key, {}).get("stage", -1) < stage]
        with place.open("a", encoding="utf-8") as file:
            for mutant in todo:
                if not map_.by(mutant):  # no test reaches its file
                    file.write(json.dumps({"key": mutant.key, "stage": stage, "state": "survived"}) + "\n")
            waiting = list(jobs(todo, map_, stage))
            for number, (job, outcome) in enumerate(outcomes(waiting, trees), 1):
                state = verdict(outcome)
                row = {"key": job.key, "stage": stage, "state": state, "test": outcome.test, "code": outcome.code}
                file.write(json.dumps(row | {"seconds": round(outcome.seconds, 1)}) + "\n")
                file.flush()
                print(f"{number}/{len(waiting)} {state} in {outcome.seconds:.1f} s: {job.file} {outcome.test}", flush=True)


def results(place):
    """key ↦ the last row about it."""
    rows = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    return {row["key"]: row for row in map(json.loads, rows)}


def explanations():
    """(file, function, before, after) ↦ (equivalent, reason)."""
    whole = tomllib.loads((Path(__file__).parent / "explained.toml").read_text(encoding="utf-8"))
    rows = whole.get("mutant", [])
    return {tuple(row[k] for k in ("file", "function", "before", "after")): row for row in rows}


def summary(mutants, known, total):
    """Print the table; whether the goal is met."""
    why = explanations()
    groups = {"killed": [], "timed out": [], "died": [], "equivalent": [], "explained": [], "survived": [], "open": []}
    for mutant in mutants:
        state = known.get(mutant.key, {}).get("state", "open")
        row = why.get((mutant.file, mutant.function, mutant.before, mutant.after))
        if state == "survived" and row:
            state = "equivalent" if row.get("equivalent") else "explained"
        groups[state].append((mutant, row))
    for state in ("equivalent", "explained", "survived"):
        for mutant, row in groups[state]:
            print(f"{state}: {mutant}" + (f"\n    {row['reason']}" if row else ""))
    killed = sum(len(groups[s]) for s in ("killed", "timed out", "died"))
    judged = killed + len(groups["explained"]) + len(groups["survived"])
    print(", ".join(f"{len(of)} {state}" for state, of in groups.items()) + f"; a sample of {len(mutants)} of {total}")
    print(f"{killed} of {judged} that are not equivalent are killed: {100 * killed / max(judged, 1):.1f} %")
    return not groups["open"] and not groups["survived"] and killed >= GOAL * judged


def main(arguments=None):
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--size", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    parser.add_argument("--folders", nargs="+", default=FOLDERS, choices=FOLDERS)
    parser.add_argument("--again", action="store_true", help="run survivors once more")
    parser.add_argument("--report", action="store_true", help="run nothing, show what is known")
    given = parser.parse_args(arguments)
    folder = ROOT / "build" / "mutation"
    folder.mkdir(parents=True, exist_ok=True)
    place, start = folder / "results.jsonl", time.monotonic()
    mutants, total = sample(given.size, given.seed, tuple(given.folders))
    if not given.report:
        if given.again and place.exists():
            rows = [row for row in results(place).values() if row["state"] != "survived"]
            place.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        warm()
        with tempfile.TemporaryDirectory() as temporary:
            trees = [Tree.copied(Path(temporary).resolve() / f"copy{k}") for k in range(max(1, given.jobs))]
            run(mutants, reached(folder, trees), trees, place)
    good = summary(mutants, results(place), total)
    print(f"{time.monotonic() - start:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
