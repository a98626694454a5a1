"""Tests on changed code without the time that libraries take to load: one warm process, a fork of it for each change.

The warm process holds the libraries and nothing of the package; a child imports the package from the changed tree.
"""

import gc
import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections import deque
from dataclasses import dataclass
from pathlib import Path

LIBRARIES = (
    *("numpy", "scipy.linalg", "scipy.optimize", "scipy.integrate", "scipy.interpolate", "scipy.sparse.linalg"),
    *("scipy.special", "scipy.fft", "sympy", "mpmath", "torch", "torch.func", "torchdiffeq", "ot", "findiff"),
    *("matplotlib.figure", "pytest", "hypothesis", "jaxtyping", "beartype", "pyamg", "finufft", "skfem"),
)
OWN = ("gantheory", "tests", "derivations", "experiments", "benchmarks")
LOST, LATE = -2, -1  # instead of pytest's exit status: the child died, or ran past its time
FAILED = 1  # pytest's exit status where tests ran and some failed


def warm():
    """Load the libraries, so that children have them at once."""
    os.environ |= {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # an extra that is not installed: its tests say so themselves
    gc.freeze()  # pytest collects garbage five times at its end, and need not look at the libraries


@dataclass(frozen=True)
class Job:
    """Tests to run, after a file of the package got another text (None: none did), by default up to the first failure."""

    key: str
    tests: tuple[str, ...]
    file: str | None = None
    text: str = ""
    seconds: float = 120.0
    plugins: tuple = ()
    first_only: bool = True


@dataclass(frozen=True)
class Outcome:
    """pytest's exit status, the first failure of a test's own body, its kind of exception, and how long it took."""

    code: int
    test: str
    kind: str
    seconds: float
    output: str

    @property
    def seen(self):
        """A test ran and failed."""
        return self.code == FAILED and bool(self.test)


class _Recorder:
    """What failed first, as a plugin of pytest."""

    def __init__(self):
        self.test = self.kind = ""

    def pytest_exception_interact(self, node, call, report):
        if report.when == "call" and not self.test:
            self.test, self.kind = node.nodeid, call.excinfo.typename


def _child(tree, job):
    """Run the tests in the tree; never returns."""
    code, recorder = LOST, _Recorder()
    try:
        os.setsid()
        sink = os.open(tree.path / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        os.chdir(tree.path)
        os.environ["PYTHONPATH"] = str(tree.path)
        sys.path[:] = [str(tree.path), *(p for p in sys.path if p and not (Path(p) / "gantheory").is_dir())]
        for name in [name for name in sys.modules if name.split(".")[0] in OWN]:
            del sys.modules[name]
        sys.dont_write_bytecode = job.file is not None
        import pytest

        first = ("-x",) if job.first_only else ()
        quiet = ("-q", "-p", "no:cacheprovider", "-m", "not full and not gpu", "-W", "ignore:Module already imported", *first)
        code = int(pytest.main([*quiet, *job.tests], plugins=[recorder, *job.plugins]))
        place = Path(sys.modules["gantheory"].__file__) if "gantheory" in sys.modules else tree.path
        if tree.path not in (place, *place.parents):
            raise RuntimeError(f"tests took the package from {place}, not from {tree.path}")
    except BaseException:
        code = LOST
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        (tree.path / "report.json").write_text(json.dumps({"code": code, "test": recorder.test, "kind": recorder.kind}))
        os._exit(0)


class _Running:
    """A child, and the tree that it holds."""

    def __init__(self, tree, job):
        self.tree, self.job, self.start = tree, job, time.monotonic()
        self.undo = tree.change(job.file, job.text) if job.file else lambda: None
        (tree.path / "report.json").unlink(missing_ok=True)
        self.pid = os.fork()
        if self.pid == 0:
            _child(tree, job)

    def outcome(self):
        """What came of it, or None while it runs."""
        ended, _ = os.waitpid(self.pid, os.WNOHANG)
        took = time.monotonic() - self.start
        if not ended and took <= self.job.seconds:
            return None
        late = not ended
        if late:
            self.stop()
        found = self.tree.path / "report.json"
        report = json.loads(found.read_text()) if found.exists() else {"code": LOST, "test": "", "kind": ""}
        self.undo()
        output = self.tree.path / "output.txt"
        text = output.read_text(errors="replace") if output.exists() else ""
        return Outcome(LATE if late else report["code"], report["test"], report["kind"], took, text)

    def stop(self):
        """End the child and what it started, and put the file back."""
        for end in (lambda: os.killpg(self.pid, signal.SIGKILL), lambda: os.kill(self.pid, signal.SIGKILL)):
            try:
                end()
            except ProcessLookupError:
                continue
        os.waitpid(self.pid, 0)


def outcomes(jobs, trees):
    """(job, Outcome) of each job as it ends, as many at once as there are trees."""
    waiting, free, running = deque(jobs), list(trees), []
    try:
        while waiting or running:
            while waiting and free:
                running.append(_Running(free.pop(), waiting.popleft()))
            for child in list(running):
                if (outcome := child.outcome()) is not None:
                    running.remove(child)
                    free.append(child.tree)
                    yield child.job, outcome
            time.sleep(0.02)
    finally:
        for child in running:
            child.stop()
            child.undo()
