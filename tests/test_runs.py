"""A run is whole or absent, and says so when it is neither."""

import errno
import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from gantheory._errors import Refusal
from gantheory.runs import claim_folder, load_run, provenance, write_folder, write_run
from gantheory.runs.provenance import PACKAGE

ROOT = Path(__file__).parent.parent
T = torch.linspace(0, 1, 5, dtype=torch.float64)
X = torch.randn(5, 7, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
STATES = {"tensor": X, "pair": (X, X[:, :, 0].float()), "single": (X,), "array": X.numpy()}


def made(out, x=X, **options):
    return write_run(out, configuration={"seed": 3, "λ": 0.1}, t=T, x=x, metrics=[{"t": 0.1, "W2": 1 / 3}], **options)


def standing(folder):
    return sorted(p.name for p in folder.iterdir())


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("x", STATES.values(), ids=STATES)
def test_what_is_read_is_what_was_written(tmp_path, x):
    assert made(tmp_path / "a" / "run", x) == tmp_path / "a" / "run"
    run = load_run(tmp_path / "a" / "run")
    assert run.configuration == {"seed": 3, "λ": 0.1}
    assert run.metrics == [{"t": 0.1, "W2": 1 / 3}]
    t, found = run.trajectory()
    assert t.tobytes() == T.numpy().tobytes()
    assert isinstance(found, tuple) == isinstance(x, tuple)
    parts = list(zip(found, x, strict=True)) if isinstance(x, tuple) else [(found, x)]
    for ours, theirs in parts:
        assert ours.tobytes() == np.asarray(theirs).tobytes()
        assert ours.dtype == np.asarray(theirs).dtype
        assert ours.shape == theirs.shape


def test_the_same_run_is_the_same_bytes(tmp_path):
    assert contents(made(tmp_path / "a")) == contents(made(tmp_path / "b"))


def test_scalars_become_numbers_and_figures_are_sealed(tmp_path):
    def figures(folder):
        (folder / "figures").mkdir()
        (folder / "figures" / "a.svg").write_text("<svg/>")

    row = {"t": np.float64(0.5), "n": torch.tensor(4), "parts": (1, 2), "none": None}
    write_run(tmp_path / "run", configuration={}, t=[0.0], x=np.zeros((1, 2)), metrics=[row], figures=figures)
    run = load_run(tmp_path / "run")
    assert run.metrics == [{"t": 0.5, "n": 4, "parts": [1, 2], "none": None}]
    assert run.manifest["files"]["figures/a.svg"]["bytes"] == 6


@pytest.mark.parametrize("error", [RuntimeError("mid-way"), KeyboardInterrupt(), SystemExit(1), Refusal("a", "b")])
def test_a_failing_writer_leaves_nothing(tmp_path, error):
    def write(folder):
        (folder / "half").write_text("half")
        raise error

    with pytest.raises(type(error)):
        write_folder(tmp_path / "run", write)
    assert standing(tmp_path) == []


def failing(monkeypatch, nth, error):
    """Let the nth call of mkdir, fsync, replace or open-for-writing raise; the counter says how many there were."""
    count = [0]

    def counted(function, counts=lambda *_: True):
        def wrapper(*args, **kwargs):
            if counts(*args):
                count[0] += 1
                if count[0] == nth:
                    raise error
            return function(*args, **kwargs)

        return wrapper

    monkeypatch.setattr(os, "fsync", counted(os.fsync))
    monkeypatch.setattr(os, "replace", counted(os.replace))
    monkeypatch.setattr(os, "mkdir", counted(os.mkdir, lambda path, *_: str(path).endswith(".partial")))
    monkeypatch.setattr(Path, "write_text", counted(Path.write_text))
    monkeypatch.setattr(np, "savez", counted(np.savez))
    return count


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()], ids=["disk", "ctrl-c"]
)
@pytest.mark.parametrize("replace", [False, True])
def test_a_failure_at_any_call_leaves_all_as_it_was(tmp_path, error, replace):
    if replace:
        made(tmp_path / "run", X + 1)
    before, seen = contents(tmp_path), 0
    for nth in range(1, 40):
        with pytest.MonkeyPatch.context() as patch:
            count = failing(patch, nth, error)
            try:
                made(tmp_path / "run", replace=replace)
            except (Refusal, KeyboardInterrupt) as stop:
                seen += isinstance(stop, KeyboardInterrupt) or "[Errno 28] No space left on device" in str(stop)
            else:
                assert count[0] < nth
                break
        assert contents(tmp_path) == before
    assert seen == nth - 1 >= 11
    assert load_run(tmp_path / "run").trajectory()[1].tobytes() == X.numpy().tobytes()


def test_a_kernel_that_refuses_to_write_is_named(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, hard))
    try:
        with pytest.raises(Refusal, match=r"needs space and permission; got \[Errno 27\] File too large\."):
            write_run(tmp_path / "run", configuration={}, t=np.arange(99.0), x=np.ones((99, 999)), metrics=[])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert standing(tmp_path) == []


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT)}


KILLING = """
import os, random, signal, sys, time
import numpy as np
from pathlib import Path
from gantheory.runs import load_run, write_run

def forever(round):
    i = 0
    while True:
        x = np.full((9, 2000), float(i))
        write_run(Path("same"), configuration={"i": i}, t=np.arange(9.0), x=x, metrics=[{"i": i}], replace=True)
        write_run(Path(f"new-{round}-{i}"), configuration={"i": i}, t=np.arange(9.0), x=x, metrics=[])
        i += 1

chance, whole, torn = random.Random(5), 0, 0
for round in range(12):
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        forever(round)
    time.sleep(chance.uniform(0.02, 0.2))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    torn += len(list(Path().glob(".*.partial")))
    for folder in Path().glob("[!.]*"):
        run = load_run(folder)
        assert (run.trajectory()[1] == run.configuration["i"]).all()
        whole += 1
print(whole, torn)
"""


def test_a_killed_process_leaves_whole_runs_only(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLING], cwd=tmp_path, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr
    whole, torn = map(int, done.stdout.split())
    assert whole > 12  # runs were finished,
    assert torn > 0  # and some were killed while being written


@pytest.mark.parametrize("name", ["configuration.json", "trajectory.npz", "metrics.jsonl", "manifest.json", "extra/figure.svg"])
def test_a_changed_byte_is_seen(tmp_path, name):
    def figures(folder):
        (folder / "extra").mkdir()
        (folder / "extra" / "figure.svg").write_text("<svg/>")

    made(tmp_path / "run", figures=figures)
    path = tmp_path / "run" / name
    whole = path.read_bytes()
    for place in {0, len(whole) // 3, len(whole) - 1}:
        for bit in range(8):
            torn = bytearray(whole)
            torn[place] ^= 1 << bit
            path.write_bytes(bytes(torn))
            with pytest.raises(Refusal, match=name):
                load_run(tmp_path / "run")
    path.write_bytes(whole)
    load_run(tmp_path / "run")
    path.unlink()
    with pytest.raises(Refusal, match=name):
        load_run(tmp_path / "run")


def test_a_manifest_that_was_edited_well_is_seen(tmp_path):
    path = made(tmp_path / "run") / "manifest.json"
    whole = path.read_text()
    for edited in (whole.replace('"threads": ', '"threads": 1'), whole.replace('"threads": ', '"threads":  '), whole + " "):
        path.write_text(edited)
        with pytest.raises(Refusal, match="seal is broken"):
            load_run(tmp_path / "run")


def test_a_stranger_is_seen_and_never_deleted(tmp_path):
    (made(tmp_path / "run") / "notes.txt").write_text("mine")
    with pytest.raises(Refusal, match=r"the stranger notes\.txt"):
        load_run(tmp_path / "run")
    with pytest.raises(Refusal, match=r"to which notes\.txt was added"):
        made(tmp_path / "run", replace=True)
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["missing", "file", "foreign", "bare"])
def test_what_is_no_run_is_not_read(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "manifest.json").write_text('{"name": "a web page"}')
    write_folder(tmp_path / "bare", lambda folder: None)
    with pytest.raises(Refusal, match=r"a run is a folder|states the format|a run holds"):
        load_run(tmp_path / name)


def test_refusals_come_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").write_text("")
    (tmp_path / "empty").mkdir()
    made(tmp_path / "run")
    before = contents(tmp_path)
    cases = {
        "file": "is a file",
        "file/run": "a file in its path",
        "foreign": "no manifest",
        "run": "Or pass --replace",
        "no\0good": "null",
    }
    for name, words in cases.items():
        with pytest.raises((Refusal, ValueError), match=words):
            claim_folder(tmp_path / name)
    for name in ("file", "foreign", "file/run/deep"):
        with pytest.raises(Refusal):
            made(tmp_path / name, replace=True)
    assert contents(tmp_path) == before
    for name in ("empty", "new/deep"):
        claim_folder(tmp_path / name)
        made(tmp_path / name)
    claim_folder(tmp_path / "run", replace=True)
    assert standing(tmp_path) == ["empty", "file", "foreign", "new", "run"]


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "mkdir", denied)
    with pytest.raises(Refusal, match=r"\[Errno 13\] Permission denied"):
        claim_folder(tmp_path / "run")


BAD = {
    "x NaN": ({"x": torch.full((5, 2), float("nan"))}, "x does not"),
    "x infinite": ({"x": (X, torch.full((5,), float("inf")))}, "x1 does not"),
    "t NaN": ({"t": T * float("nan")}, "t does not"),
    "metric NaN": ({"metrics": [{"W2": float("nan")}]}, "row of metrics.jsonl"),
    "metric object": ({"metrics": [{"W2": object()}]}, "row of metrics.jsonl"),
    "configuration infinite": ({"configuration": {"a": [float("inf")]}}, "configuration.json"),
    "complex": ({"x": torch.zeros(5, 2, dtype=torch.complex64)}, "real numbers"),
    "bfloat16": ({"x": torch.zeros(5, 2, dtype=torch.bfloat16)}, "dtype"),
    "lengths": ({"x": X[:4]}, "one state for each time"),
    "scalar": ({"x": torch.tensor(1.0)}, "one state for each time"),
    "objects": ({"x": np.array([None] * 5)}, "real numbers"),
}


@pytest.mark.parametrize(("change", "words"), BAD.values(), ids=BAD)
def test_what_is_not_finite_or_fitting_is_refused(tmp_path, change, words):
    whole = {"configuration": {}, "t": T, "x": X, "metrics": []} | change
    with pytest.raises(Refusal, match=words):
        write_run(tmp_path / "run", **whole)
    assert standing(tmp_path) == []


def test_a_run_tells_nothing_of_the_machine(tmp_path):
    configuration = {"data": tmp_path / "points.npy", "more": [str(tmp_path / "q.csv"), "relative/r.csv"]}
    write_run(tmp_path / "run", configuration=configuration, t=T, x=X, metrics=[{"file": str(tmp_path)}])
    assert load_run(tmp_path / "run").configuration == {"data": "points.npy", "more": ["q.csv", "relative/r.csv"]}
    private = [str(tmp_path), str(ROOT), str(Path.home()), platform.node(), sys.prefix]
    for name, held in contents(tmp_path / "run").items():
        for word in private:
            assert word.encode() not in held, f"{name} holds {word}"


def test_provenance_states_versions_and_commit(monkeypatch):
    found = provenance()
    assert found["versions"]["torch"] == torch.__version__
    assert found["threads"] == torch.get_num_threads()
    here = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PACKAGE, capture_output=True, text=True)
    assert found["commit"] is None if here.returncode else found["commit"].startswith(here.stdout.strip())
    monkeypatch.setenv("PATH", "")
    assert provenance()["commit"] is None
