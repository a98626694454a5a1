"""Put each fault of the catalogue into a copy of the package and run the tests that must see it; 1 if one goes unseen."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.catalogue import CATALOGUE
from tests.faults.forked import Job, outcomes, warm
from tests.faults.trees import Tree

TRIVIAL = {"ImportError", "ModuleNotFoundError", "SyntaxError", "NameError", "AttributeError", "UnboundLocalError", "TypeError"}
"""Kinds of failure that show code that does not run, not mathematics that is wrong."""


def controls(chosen):
    """One job for each file of tests, without a fault: all must pass."""
    files = {}
    for fault in chosen:
        for test in fault.seen_by:
            files.setdefault(test.split("::")[0], {})[test] = None
    return [Job(file, tuple(tests), seconds=600) for file, tests in sorted(files.items())]


def control(chosen, trees):
    """Whether the tests pass as the package stands."""
    good = True
    for job, outcome in outcomes(controls(chosen), trees):
        if outcome.code != 0:
            good = False
            print(f"without a fault: {job.key} ends with {outcome.code}\n{outcome.output[-3000:]}", flush=True)
    return good


def prepared(chosen):
    """Each fault with its job, by name."""
    names = ((f"{fault.file}: {fault.name}", fault) for fault in chosen)
    return {name: (fault, Job(name, fault.seen_by, fault.file, fault.text())) for name, fault in names}


def unseen(jobs, trees):
    """The faults that no test saw; one line is printed for each fault."""
    missed = []
    for job, outcome in outcomes([job for _, job in jobs.values()], trees):
        fault = jobs[job.key][0]
        good = outcome.seen and outcome.kind not in TRIVIAL
        said = f"{outcome.test.split('/')[-1]} ({outcome.kind})" if outcome.test else f"pytest ends with {outcome.code}"
        print(f"{'seen  ' if good else 'UNSEEN'} {outcome.seconds:5.1f} s  {job.key}  ← {said}", flush=True)
        if not good:
            missed.append(fault)
            print(outcome.output[-1500:] if not outcome.seen and outcome.code != 0 else "", end="", flush=True)
    return missed


def main(arguments=None):
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("words", nargs="*", help="take the faults whose file or name holds one of these words (default: all)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    given = parser.parse_args(arguments)
    chosen = [f for f in CATALOGUE if not given.words or any(word in f"{f.file}: {f.name}" for word in given.words)]
    start, jobs = time.monotonic(), prepared(chosen)
    warm()
    with tempfile.TemporaryDirectory() as folder:
        trees = [Tree.copied(Path(folder).resolve() / f"copy{k}") for k in range(max(1, given.jobs))]
        if not control(chosen, trees):
            return 1
        missed = unseen(jobs, trees)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} faults seen, in {time.monotonic() - start:.0f} s")
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
