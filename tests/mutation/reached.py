"""Which tests reach which lines, from one run of the tests under coverage."""

import hashlib
import json
import time
from dataclasses import dataclass

from tests.faults.fault import ROOT
from tests.faults.forked import Job, outcomes
from tests.mutation.mutants import FOLDERS

ELSEWHERE = ("experiment", "report", "plots", "readme", "test_runs", "house", "faults", "mutation", "test_cli", "test_claims")
"""Words in the names of test files that run other code, or run it through commands and figures."""


class Watch:
    """A plugin of pytest that records lines under the node id of each test, and how long the test took."""

    def __init__(self, place):
        self.place, self.seconds, self.failed = place, {}, set()

    def pytest_load_initial_conftests(self):
        import coverage

        include = [f"*/gantheory/{folder}/*" for folder in FOLDERS]
        self.coverage = coverage.Coverage(data_file=str(self.place / "coverage"), include=include, config_file=False)
        self.coverage.start()

    def pytest_runtest_logstart(self, nodeid):
        self.coverage.switch_context(nodeid)
        self.start = time.monotonic()

    def pytest_runtest_logreport(self, report):
        if report.outcome == "failed":
            self.failed.add(report.nodeid)

    def pytest_runtest_logfinish(self, nodeid):
        self.seconds[nodeid] = time.monotonic() - self.start
        self.coverage.switch_context("")

    def pytest_sessionfinish(self):
        self.coverage.stop()
        data, lines = self.coverage.get_data(), {}
        for file in data.measured_files():
            by_line = data.contexts_by_lineno(file)
            kept = {n: sorted(c for c in tests if c and c not in self.failed) for n, tests in by_line.items()}
            lines[file.rpartition("/gantheory/")[2]] = {n: tests for n, tests in kept.items() if tests}
        (self.place / "reached.json").write_text(json.dumps({"lines": lines, "seconds": self.seconds}))


def test_files():
    """What is run: files of tests, and the examples in the docstrings of the folders."""
    files = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "tests").rglob("test_*.py"))
    return [f for f in files if not any(word in f for word in ELSEWHERE)] + [f"gantheory/{folder}" for folder in FOLDERS]


def fingerprint():
    """Of all code and tests: the lines move when these change."""
    whole = hashlib.sha256()
    for path in sorted([*(ROOT / "gantheory").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]):
        if "mutation" not in path.parts and "faults" not in path.parts:
            whole.update(path.read_bytes())
    return whole.hexdigest()


@dataclass(frozen=True)
class Reached:
    """file ↦ line ↦ tests, and how long each test takes."""

    lines: dict
    seconds: dict

    def by(self, mutant):
        """The tests that reach the line of a mutant, else its function, quick ones first."""
        of_file = self.lines.get(mutant.file, {})
        found = of_file.get(str(mutant.line)) or sorted({t for tests in of_file.values() for t in tests})
        return sorted(found, key=lambda test: self.seconds.get(test, 0.0))


def reached(folder, trees):
    """The map, kept in the folder and made anew when code or tests have changed."""
    kept = folder / "reached.json"
    mark = fingerprint()
    if kept.exists() and (found := json.loads(kept.read_text()))["fingerprint"] == mark:
        return Reached(found["lines"], found["seconds"])
    lines, seconds = {}, {}
    jobs = []
    for k, file in enumerate(test_files()):
        place = folder / f"part{k}"
        place.mkdir(parents=True, exist_ok=True)
        (place / "reached.json").unlink(missing_ok=True)
        (place / "coverage").unlink(missing_ok=True)
        jobs.append(Job(str(k), (file,), seconds=1800, plugins=(Watch(place),), first_only=False))
    for job, outcome in outcomes(jobs, trees):
        print(f"lines reached by {job.tests[0]}: {outcome.seconds:.0f} s, pytest ends with {outcome.code}", flush=True)
        part = folder / f"part{job.key}" / "reached.json"
        if not part.exists():
            print(outcome.output[-2000:])
            continue
        found = json.loads(part.read_text())
        seconds |= found["seconds"]
        for file, of_file in found["lines"].items():
            for line, tests in of_file.items():
                lines.setdefault(file, {}).setdefault(line, []).extend(tests)
    kept.write_text(json.dumps({"fingerprint": mark, "lines": lines, "seconds": seconds}))
    return Reached(lines, seconds)
