"""The command line: every wrong input is one line that names need, given and cure; every right one does what it says."""

import errno
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from gantheory.cli import doctor
from gantheory.cli.main import app, main
from gantheory.flows import ParticleFlow
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, GradientPenalty, Objective
from gantheory.runs import load_run

ROOT = Path(__file__).parent.parent
POINTS = np.random.default_rng(7).normal(size=(24, 2)) * (1.0, 0.5) + (3.0, 0.0)
SMALL = "--time 1 --step 0.5 --snapshots 3"
CLAIM = """
import sympy as sp
from gantheory.claims import Agreement, Claim, Rivals, Step
x = sp.Symbol("x", real=True)
f = sp.Function("f", real=True)(x)
step = Step("product rule of [x] & co", lambda: sp.diff(f**2, x), lambda: {right})
seen = Agreement((Step("numbers", lambda: 2.0, lambda: 2.0, Rivals(1e-9)),))
RULE = Claim("rule-[/x]", "The product rule [x].", "(f^2)' = 2 f f'", "nobody, section 1", (step,), {witness})
"""
SLOW = """
from gantheory.claims import Claim, Convergence, Step
import sympy as sp
step = Step("one", lambda: sp.Integer(1), lambda: sp.Integer(1))
slow = Convergence(lambda h: h, (0.1, 0.05, 0.025, 0.0125), 2, 1.0)
SLOW = Claim("slow", "The error is of order 2.", "e = O(h^2)", "nobody, section 1", (step,), slow)
"""
EXPERIMENT = """
from dataclasses import dataclass
from gantheory.plots import Drawing, over_time
QUICK = {{"count": 2}}

@dataclass(frozen=True)
class Result:
    count: int
    size: float
    word: str
    says = "Halves [x]."

    @property
    def table(self):
        return [{{"k": k, "half [x]": self.size / 2**k}} for k in range(self.count)]

def run(*, count: int = 3, size: float = 1.0, word: str = "a"):
    return Result(count, size, word)

def plot(result, venue):
    figure, ax = venue.figure()
    values = [row["half [x]"] for row in result.table]
    over_time(ax, list(range(len(values))), {{"half": values}}, ylabel="half")
    return {{"{figure}": Drawing(figure, result.table, result.word)}}
"""


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """The folder in which every command here runs, with data, claims and experiments, right and wrong."""
    monkeypatch.chdir(tmp_path)
    arrays = {
        "ok": POINTS,
        "start": POINTS[:9] - 1.0,
        "three": np.random.default_rng(8).normal(size=(20, 3)),
        "one": POINTS[:1],
        "flat": POINTS[:, 0],
        "same": np.ones((5, 2)),
        "objects": np.array([[1, "a"], [2, "b"]], dtype=object),
        "huge": POINTS * 1e200,
    }
    for name, array in arrays.items():
        np.save(f"{name}.npy", array)
    np.savez("ok.npz", points=POINTS)
    whole = Path("ok.npz").read_bytes()
    texts = {
        "ok.csv": "a,b\n" + "".join(f"{x!r},{y!r}\n" for x, y in POINTS.tolist()),
        "empty.csv": "",
        "text.csv": "a,b\n1,2\n3,x\n",
        "cell.csv": "a,b\n1,2\n3,\n",
        "nan.csv": "1,2\nnan,3\n",
        "inf.csv": "1,2\ninf,3\n",
        "ragged.csv": "1,2\n3,4,5\n",
        "points.txt": "1 2\n",
        "file": "mine",
        "foreign/thesis.tex": "mine",
        "holds/rule.py": CLAIM.format(right="2 * f * f.diff(x)", witness="seen"),
        "fails/rule.py": CLAIM.format(right="2 * f", witness="seen"),
        "bare/rule.py": CLAIM.format(right="2 * f * f.diff(x)", witness="None"),
        "slow/rule.py": SLOW,
        "lacks/module.py": "import there_is_no_such_module\n",
        "broken/module.py": "def f(:\n",
        "exits/module.py": "import sys\nsys.exit(0)\n",
        "latex/rule.py": CLAIM.format(right="2 * f * f.diff(x)", witness="seen").replace("(f^2)'", r"\\left( f"),
        "experiments/tiny.py": EXPERIMENT.format(figure="halves"),
        "experiments/partial.py": "def run(): ...\n",
        "twins/one.py": EXPERIMENT.format(figure="halves"),
        "twins/two.py": EXPERIMENT.format(figure="halves"),
        "nothing/readme.txt": "",
    }
    for name, text in texts.items():
        path = Path(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    Path("corrupt.npz").write_bytes(whole[: len(whole) // 2])
    return tmp_path


def standing(folder):
    """Every file with its content, and every folder: what a refused command must leave as it was."""
    inside = sorted(p for p in folder.rglob("*") if "__pycache__" not in p.parts)
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in inside}


@pytest.fixture
def run(capsys):
    """run(words) → exit code, stdout, stderr."""

    def command(words):
        with pytest.raises(SystemExit) as stop:
            main(shlex.split(words))
        return stop.value.code, *capsys.readouterr()

    return command


def flow(words="", data="ok.npy", out="run"):
    return f"flow {data} --out {out} {SMALL} {words}"


LINE = "Use --{0}, for instance."
WRITE = "Write the file again"
ELSEWHERE = "Name another --out."
WRONG = {  # name: (words, the need, the thing given, the cure)
    "missing file": (flow(data="none.csv"), "a file that exists", "none.csv", "Check the path."),
    "empty file": (flow(data="empty.csv"), "empty.csv holds points", "an empty file", WRITE),
    "text": (flow(data="text.csv"), "finite numbers", "'x' in line 3, column 2 (b)", "Drop text columns"),
    "empty cell": (flow(data="cell.csv"), "every cell of cell.csv is filled", "line 3, column 2 (b)", "Fill it"),
    "NaN": (flow(data="nan.csv"), "finite numbers", "'nan' in line 2, column 1", "Remove that line."),
    "inf": (flow(data="inf.csv"), "finite numbers", "'inf' in line 2, column 1", "Remove that line."),
    "ragged rows": (flow(data="ragged.csv"), "has 2 cells", "3 in line 2", "Mend that line."),
    "one sample": (flow(data="one.npy"), "at least 2 points", "1 points of dimension 2", "Add points."),
    "1-D array": (flow(data="flat.npy"), "an array (n, d)", "shape (24,)", "array.reshape(-1, 1)"),
    "object array": (flow(data="objects.npy"), "real numbers", "dtype object", "array.astype(float)"),
    "corrupt": (flow(data="corrupt.npz"), "an intact NumPy file", "a corrupt one", WRITE),
    "extension": (flow(data="points.txt"), "reads .npy, .npz, .csv, .parquet", "points.txt", "Convert it"),
    "folder as data": (flow(data="foreign"), "one file", "the folder foreign", "Name a file in it"),
    "overflow": (flow(data="huge.npy"), "in the float range", "beyond it in huge.npy", "Scale them down."),
    "dimensions": (flow("--start three.npy"), "the same dimension, 2", "dimension 3", "the same columns"),
    "missing start": (flow("--start none.npy"), "a file that exists", "none.npy", "Check the path."),
    "start at rest": (flow("--start ok.csv"), "the start differs from the data", "the same points", "another --start"),
    "all points equal": (flow(data="same.npy"), "more than one distinct point", "5 copies", "Give other data."),
    "order 0": (flow("--order 0"), "needs one of order ≥ 1 beside it", "'0'", "Use --order 1."),
    "order -1": (flow("--order -1"), "--order is an integer ≥ 1", "'-1'", "Use --order 1"),
    "order 2.5": (flow("--order 2.5"), "--order is an integer ≥ 1", "'2.5'", "riesz(order, dim)"),
    "order two": (flow("--order two"), "--order is an integer ≥ 1", "'two'", "Use --order 1"),
    "order nan": (flow("--order nan"), "--order is an integer ≥ 1", "'nan'", "Use --order 1"),
    "order 1e9": (flow("--order 1e9"), "--order is an integer ≤ 20", "'1e9'", "Use a smaller one."),
    "moments": (flow("--order 2"), "well-posed in R^2", "--order 2: in R^2", "Match the moments of degree 1"),
    "screening": (flow("--order 2"), "well-posed in R^2", "--order 2", "Use screened_terms(2, rate)"),
    "rate instead": (flow("--order 3", "three.npy"), "well-posed in R^3", "--order 3", "Here a --rate > 0"),
    "lower order": (flow("--order 3", "three.npy"), "well-posed in R^3", "--order 3", "Use 1 ≤ order ≤ 2."),
    "weight -1": (flow("--weight -1"), "--weight is a finite number > 0", "'-1'", LINE.format("weight 1")),
    "weight 0": (flow("--weight 0"), "--weight is a finite number > 0", "'0'", LINE.format("weight 1")),
    "weight nan": (flow("--weight nan"), "--weight is a finite number > 0", "'nan'", LINE.format("weight 1")),
    "softening -1": (flow("--softening -1"), "--softening is a finite number ≥ 0", "'-1'", LINE.format("softening 0")),
    "rate inf": (flow("--rate inf"), "--rate is a finite number ≥ 0", "'inf'", LINE.format("rate 0")),
    "softened squares": (
        flow("--loss least-squares --order 2 --softening 0.1"),
        "belongs to the Wasserstein loss",
        "--softening 0.1",
        "Leave it out.",
    ),
    "spikes": (flow("--loss least-squares"), "2m > n", "m = 1, n = 2", "Use order ≥ 2"),
    "step 0": (flow("--step 0"), "--step is a finite number > 0", "'0'", LINE.format("step 1")),
    "time -1": (flow("--time -1"), "--time is a finite number > 0", "'-1'", LINE.format("time 1")),
    "snapshots 0": (flow("--snapshots 0"), "--snapshots is an integer ≥ 1", "'0'", LINE.format("snapshots 1")),
    "particles 1": (flow("--particles 1"), "--particles is an integer ≥ 2", "'1'", LINE.format("particles 2")),
    "particles 1e30": (flow("--particles 1e30"), "--particles is an integer ≤ 1000000", "'1e30'", "Use a smaller one."),
    "seed 1e30": (flow("--seed 1e30"), "--seed is an integer ≤ ", "'1e30'", "Use a smaller one."),
    "venue": (flow("--venue mars"), "--venue is one of neurips", "'mars'", LINE.format("venue neurips")),
    "loss": (flow("--loss wgan"), "--loss is one of wasserstein, least-squares", "'wgan'", LINE.format("loss wasserstein")),
    "flow": (flow("--flow wgan"), "--flow is one of poly, w2, w1, mmd, ntk, sliced", "'wgan'", LINE.format("flow poly")),
    "foreign order": (flow("--flow w2 --order 1"), "--order belongs to --flow poly", "--flow w2", "Leave it out"),
    "foreign depth": (flow("--depth 2"), "--depth belongs to --flow ntk", "--flow poly", "Leave it out, or use --flow ntk."),
    "foreign loss": (flow("--flow mmd --loss wasserstein"), "belongs to --flow poly and --flow ntk", "--flow mmd", "Leave it"),
    "kernel": (flow("--flow mmd --kernel imq"), "--kernel is one of energy, gaussian", "'imq'", LINE.format("kernel energy")),
    "bandwidth": (flow("--flow mmd --kernel gaussian --bandwidth 0"), "finite number > 0", "'0'", LINE.format("bandwidth 1")),
    "energy bandwidth": (flow("--flow mmd --bandwidth 1"), "belongs to --kernel gaussian", "energy", "Leave it out."),
    "depth 0": (flow("--flow ntk --depth 0"), "--depth is an integer ≥ 1", "'0'", LINE.format("depth 1")),
    "depth 1.5": (flow("--flow ntk --depth 1.5"), "--depth is an integer ≥ 1", "'1.5'", LINE.format("depth 1")),
    "bias": (flow("--flow ntk --bias -1"), "--bias is a finite number ≥ 0", "'-1'", LINE.format("bias 0")),
    "huge bias": (flow("--flow ntk --bias 1e200"), "finite number ≥ 0 and ≤ 1e+30", "e+199", ""),
    "huge train": (flow("--flow ntk --train 1e300"), "initial speed is in the float range", "a speed of", "moderate size"),
    "no depth": (flow("--flow ntk --depth ''"), "--depth is an integer ≥ 1", "''", LINE.format("depth 1")),
    "narrow": (flow("--flow mmd --kernel gaussian --bandwidth 1e-9"), "particles move", "at rest", "Try another --bandwidth."),
    "train": (flow("--flow ntk --train nan"), "--train is a finite number > 0", "'nan'", LINE.format("train 1")),
    "ntk loss": (flow("--flow ntk --loss gan"), "logistic, non-saturating", "'gan'", LINE.format("loss wasserstein")),
    "directions": (flow("--flow sliced --directions 0"), "--directions is an integer ≥ 1", "'0'", LINE.format("directions 1")),
    "group": (flow("--group E8"), "a group is one of C1, C2", "'E8'", ""),
    "group in the plane": (flow("--group C4", "three.npy"), "C4 acts on the plane", "dimension 3", "Use sign"),
    "permutations": (flow("--group S3"), "S3 permutes 3 coordinates", "dimension 2", "Use S2."),
    "too many steps": (flow("--step 1e-9"), "at most 1e+06 steps", "= 1e+09", "Use a larger --step."),
    "command": ("flows ok.npy", "No such command", "'flows'", "Use: gantheory --help."),
    "option": (flow("--bogus 1"), "No such option", "--bogus", "Use: gantheory flow --help."),
    "no --out": ("flow ok.npy", "Missing option", "--out", "Use: gantheory flow --help."),
    "no data": ("flow --out run", "Missing argument", "data", "Use: gantheory flow --help."),
    "no value": ("flow ok.npy --out", "requires an argument", "--out", "--help."),
    "two data": (flow(data="ok.npy ok.csv"), "unexpected extra argument", "ok.csv", "Use: gantheory flow --help."),
    "out a file": (flow(out="file"), "written to a folder", "file, which is a file", ELSEWHERE),
    "out below a file": (flow(out="file/run"), "file/run lies below folders", "a file in its path", ELSEWHERE),
    "out foreign": (flow(out="foreign"), "only a run is ever replaced", "no manifest.json", ELSEWHERE),
    "foreign, --replace": (flow("--replace", out="foreign"), "only a run is ever replaced", "other files", ELSEWHERE),
    "explosion": (
        flow("--step 1e6 --time 1e7"),
        "stay near the data",
        "W2 = ",
        "Use a smaller --step, or a larger --softening",
    ),
    "overflow on the way": (flow("--step 1e300 --time 1e301"), "stay near the data", "finite", "Use a smaller --step"),
    "squares explode": (
        flow("--loss least-squares --order 2 --step 1e30 --time 1e31"),
        "stay near the data",
        "positive definite",
        "Use a smaller --step.",
    ),
    "derive order": ("derive --order 2.5", "--order is an integer ≥ 1", "'2.5'", "riesz(order, dim)"),
    "derive dim": ("derive --dim 0", "--dim is an integer ≥ 1", "'0'", LINE.format("dim 1")),
    "derive dim x": ("derive --dim x", "--dim is an integer ≥ 1", "'x'", LINE.format("dim 1")),
    "derive weight": ("derive --weight mu", "--weight is a finite number > 0", "'mu'", LINE.format("weight 1")),
    "derive domain": (
        "derive --domain sphere",
        "space, box, dirichlet, simply-supported, torus",
        "'sphere'",
        LINE.format("domain space"),
    ),
    "derive format": ("derive --format html", "text, latex", "'html'", LINE.format("format text")),
    "derive loss": ("derive --loss gan", "wasserstein, least-squares", "'gan'", LINE.format("loss wasserstein")),
    "derive a book": ("derive --dim 1001", "--dim is an integer ≤ 1000", "'1001'", "Use a smaller one."),
    "verify missing": ("verify none", "a folder or a .py file", "none, which is missing", "Check the path."),
    "verify text": ("verify points.txt", "a folder or a .py file", "which is no .py file", "Check the path."),
    "verify import": ("verify lacks", "lacks/module.py can be imported", "'there_is_no_such_module'", "Mend that module."),
    "verify syntax": ("verify broken", "broken/module.py can be imported", "SyntaxError", "Mend that module."),
    "verify exit": ("verify exits", "exits/module.py can be imported", "SystemExit", "Mend that module."),
    "verify twice": ("verify holds fails", "names of their own", "rule-[/x]", "Rename one."),
    "experiment": ("experiment nope", "is one of partial, tiny", "'nope'", "Name one, or another --folder."),
    "no experiments": ("experiment tiny --folder nothing", "nothing holds experiments", "none", "another --folder."),
    "parameter": ("experiment tiny --bogus 1", "takes --count, --size, --word", "--bogus", "Name one of these"),
    "wrong type": ("experiment tiny --count two", "--count is an integer ≥ 1", "'two'", LINE.format("count 1")),
    "wrong float": ("experiment tiny --size big", "--size is a finite number", "'big'", LINE.format("size 0")),
    "missing value": ("experiment tiny --count", "--name value", "--count", "takes --count, --size, --word."),
    "stray word": ("experiment tiny stray", "--name value", "stray", "takes --count, --size, --word."),
    "missing folder": ("experiment tiny --folder none", "a folder or a .py file", "none, which is missing", "Check the path."),
    "no plot": ("experiment partial", "run(...) and plot(result, venue)", "partial without", "Add what is missing."),
    "experiment out": ("experiment tiny --out file", "written to a folder", "file, which is a file", ELSEWHERE),
    "experiment venue": ("experiment tiny --venue mars", "--venue is one of", "'mars'", LINE.format("venue neurips")),
    "report out": ("report --out file --claims holds", "written to a folder", "which is a file", ELSEWHERE),
    "report claims": ("report --out run --claims none", "a folder or a .py file", "none, which is missing", "Check the path."),
    "report empty": ("report --out run --claims nothing", "nothing should hold claims", "none", "Write NAME = Claim(…)"),
    "report folder": ("report --out run --claims holds --experiments none", ".py file", "which is missing", "Check the path."),
    "report plot": (
        "report --out run --claims holds --experiments experiments",
        "plot",
        "partial without",
        "Add what is missing.",
    ),
    "report twins": ("report --out run --claims holds --experiments twins", "names of their own", "halves", "Rename one."),
    "report latex": ("report --out run --claims latex --experiments nothing", "LaTeX", r"\\left( f", "Mend that claim."),
    "report --out": ("report", "Missing option", "--out", "Use: gantheory report --help."),
}


def reads_well(line, place):
    """One sentence after another: need; got given. cure."""
    assert line.startswith("gantheory: ")
    assert line.endswith(".")
    assert line == " ".join(line.split())
    assert ".." not in line.replace("(...)", "")
    assert line.count("; got ") <= 1
    assert "Traceback" not in line
    assert "got in " not in line
    assert str(place) not in line


@pytest.mark.parametrize(("words", "need", "given", "cure"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_line_and_leaves_nothing(run, desk, words, need, given, cure):
    before = standing(desk)
    code, out, err = run(words)
    assert code == 2
    assert "written" not in out
    assert "page:" not in out
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 1, err
    reads_well(lines[0], desk)
    for part in (need, given, cure):
        assert part in lines[0]
    if "; got " in lines[0]:
        first, rest = lines[0].split("; got ")
        assert need in first
        assert given in rest
        assert cure in rest
    assert standing(desk) == before


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_, **__):
    raise KeyboardInterrupt


WRITERS = {"fsync": (os, "fsync"), "savez": (np, "savez"), "write_text": (Path, "write_text"), "replace": (os, "replace")}


@pytest.mark.parametrize(
    "words", [flow(), "experiment tiny --out run", "report --out run --claims holds --experiments nothing"]
)
@pytest.mark.parametrize(("owner", "name"), WRITERS.values(), ids=WRITERS)
def test_a_full_disk_leaves_nothing(run, desk, monkeypatch, words, owner, name):
    if name == "savez" and not words.startswith("flow"):
        return
    before = standing(desk)
    monkeypatch.setattr(owner, name, full)
    code, out, err = run(words)
    monkeypatch.undo()
    assert code == 2
    assert "written" not in out
    assert "needs space and permission; got [Errno 28] No space left on device." in err
    assert len(err.strip().splitlines()) == 1
    assert standing(desk) == before


@pytest.mark.parametrize("moment", ["velocity", "writing", "reading"])
def test_an_interrupted_flow_leaves_nothing(run, desk, monkeypatch, moment):
    before, calls, velocity = standing(desk), [], ParticleFlow.__call__

    def third(self, t, x):
        calls.append(t)
        return interrupted() if len(calls) == 3 else velocity(self, t, x)

    with monkeypatch.context() as patch:
        if moment == "velocity":
            patch.setattr(ParticleFlow, "__call__", third)
        elif moment == "writing":
            patch.setattr(np, "savez", interrupted)
        else:
            patch.setattr(np, "load", interrupted)
        code, out, err = run(flow())
    assert code == 130
    assert err.strip() == "gantheory: interrupted; nothing half-written was left."
    assert "written" not in out
    assert standing(desk) == before


def test_what_is_no_fault_of_the_user_keeps_its_traceback(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("gantheory.cli.derive.on", broken)
    with pytest.raises(ZeroDivisionError):
        main(["derive"])


def test_errors_of_the_system_are_one_line(run, monkeypatch):
    monkeypatch.setattr("gantheory.cli.verify.collect", full)
    assert run("verify holds") == (2, "", "gantheory: OSError: [Errno 28] No space left on device\n")


def heed_interrupts():
    """A runner in the background is born ignoring SIGINT, and so would its children be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def process(*words):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "gantheory", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment, preexec_fn=heed_interrupts, **pipes)


def test_processes_exit_alike():
    words = {("flow", "none.csv", "--out", "run"): 2, ("verify", "exits"): 2, ("verify", "nothing"): 1, (): 0}
    started = {given: process(*given) for given in words}
    for given, code in words.items():
        out, err = started[given].communicate(timeout=60)
        assert started[given].returncode == code, err
        assert len(err.strip().splitlines()) == (code != 0), err
        assert ("Usage: gantheory" in out) == (code == 0)


def test_ctrl_c_ends_a_process_with_130(desk):
    before = standing(desk)
    running = process("flow", "ok.npy", "--out", "run", "--step", "1e-2", "--time", "9000", "--snapshots", "1")
    first = running.stdout.readline()  # the flow is named when it begins
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    try:
        _, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert "flow: poly" in first
    assert running.returncode == 130
    assert err.strip().splitlines() == ["gantheory: interrupted; nothing half-written was left."]
    assert standing(desk) == before


@pytest.mark.parametrize("loss", [WASSERSTEIN, LEAST_SQUARES], ids=["wasserstein", "least-squares"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_derive_prints_the_equation_of_the_objective(run, order, loss, request):
    name = request.node.callspec.id.split("-", 1)[1]
    equation = Objective(loss, sp.Symbol("lambda", positive=True) * GradientPenalty(order)).euler_lagrange()
    for dim in (1, 2, 3):
        code, text, err = run(f"derive --loss {name} --order {order} --dim {dim}")
        assert (code, err) == (0, "")
        assert str(equation) in text
        assert f"on R^{dim}" in text
        code, latex, err = run(f"derive --loss {name} --order {order} --dim {dim} --format latex")
        assert (code, err) == (0, "")
        assert f"\\[ {equation.latex()} \\]" in latex
        named = re.findall(r"^% .* \((?:checked: |by )", latex, re.MULTILINE)
        assert latex.count("\\[") == latex.count("\\]") == len(named) - 2  # ellipticity and verdict are sentences
        assert f"% on R^{dim}: " in latex
        assert latex.count("{") == latex.count("}")


@pytest.mark.parametrize("over", ["1", "p", "q", "mean"])
@pytest.mark.parametrize("domain", ["space", "box", "torus"])
def test_derive_knows_every_weight_and_domain(run, over, domain):
    code, out, err = run(f"derive --over {over} --domain {domain} --weight 0.5")
    assert (code, err) == (0, "")
    assert "1/2" in out
    assert "null space" in out


@pytest.fixture
def undrawn(monkeypatch):
    """Runs without figures: drawing them takes longer than all else."""
    monkeypatch.setattr("gantheory.cli.flow.figures", lambda *_: None)


@pytest.mark.parametrize(
    "words",
    [
        *("--flow w2", "--flow w1", "--flow mmd", "--flow mmd --kernel gaussian", "--flow ntk --depth 1"),
        *("--flow sliced --directions 8", "--flow w2 --group C4", "--group D3"),
        pytest.param("--flow ntk --loss logistic", marks=pytest.mark.full),
    ],
)
def test_every_flow_nears_the_data_and_writes_a_run(run, undrawn, words):
    """No --time: each flow's own is long enough."""
    code, out, err = run(f"flow ok.npy --out run --particles 12 --snapshots 2 {words}")
    assert (code, err) == (0, "")
    held = load_run(Path("run"))
    assert held.metrics[-1]["W2"] < 0.6 * held.metrics[0]["W2"]
    assert held.trajectory()[1].shape == (3, 12, 2)
    assert held.configuration["flow"] == (words.split()[1] if words.startswith("--flow") else "poly")
    assert f"flow: {held.configuration['flow']}" in out
    assert held.configuration.get("group") == (words.split()[-1] if "--group" in words else None)


def test_a_group_acts_about_the_mean_of_the_data(run, undrawn):
    """Data moved by a vector give the same run moved by it."""
    shift = np.array([5.0, -2.0])
    np.save("moved.npy", POINTS + shift)
    for data in ("ok", "moved"):
        assert run(f"flow {data}.npy --out {data} --particles 5 --snapshots 2 --flow w2 --group C3")[0] == 0
    (_, x), (_, z) = (load_run(Path(data)).trajectory() for data in ("ok", "moved"))
    np.testing.assert_allclose(z, x + shift, atol=1e-9)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """run(words) with the same data as the desk, each command once per module; the folder it wrote."""
    folder, made = tmp_path_factory.mktemp("whole"), {}
    np.save(folder / "ok.npy", POINTS)

    def command(words, data=folder / "ok.npy"):
        if (words, str(data)) not in made:
            out = folder / f"run{len(made)}"
            with pytest.MonkeyPatch.context() as patch:
                if made:  # the first run shows its figures; drawing them takes longer than all else
                    patch.setattr("gantheory.cli.flow.figures", lambda *_: None)
                with pytest.raises(SystemExit) as stop:
                    main(["flow", str(data), "--out", str(out), *SMALL.split(), *shlex.split(words)])
            assert stop.value.code == 0
            made[words, str(data)] = out
        return load_run(made[words, str(data)])

    command("")
    return command


def arrays(run):
    return [a.tobytes() for a in run.trajectory()]


def test_a_flow_writes_a_whole_run(whole):
    found = whole("")
    figures = [f"{stem}.{end}" for stem in ("snapshots", "distance") for end in ("pdf", "svg", "png", "csv", "json", "tex")]
    expected = {"configuration.json", "trajectory.npz", "metrics.jsonl", *figures}
    assert set(found.manifest["files"]) == expected
    t, x = found.trajectory()
    assert x.shape == (4, 24, 2)
    assert (t[0], t[-1]) == (0, 1)
    assert [row["t"] for row in found.metrics] == t.tolist()
    assert found.metrics[-1]["W2"] < found.metrics[0]["W2"]
    assert found.configuration["data"] == "ok.npy"
    assert "2 (−Δ) D = p - q" in found.configuration["equation"]


def test_every_format_gives_the_same_flow(whole, desk):
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame(POINTS, columns=["a", "b"]).to_parquet("ok.parquet")
    for end in ("csv", "npz", "parquet"):
        assert arrays(whole("", desk / f"ok.{end}")) == arrays(whole(""))


def test_one_seed_gives_the_same_bytes_and_another_does_not(whole, run):
    code, out, err = run(flow("--seed 1", out="'run [x] [/y]'"))
    assert (code, err) == (0, "")
    assert "written: run [x] [/y] (" in out
    assert arrays(load_run(Path("run [x] [/y]"))) == arrays(whole(""))
    assert arrays(whole("--seed 2")) != arrays(whole(""))


def test_a_start_is_where_the_particles_start(whole, desk):
    _, x = whole(f"--start {desk / 'start.npy'} --particles 7").trajectory()
    assert x[0].tobytes() == np.ascontiguousarray(np.load("start.npy")[:7]).tobytes()
    _, x = whole("--particles 11").trajectory()
    assert x.shape[1] == 11


@pytest.mark.parametrize("words", ["--order 2 --rate 1", "--loss least-squares --order 2", "--softening 0.2 --weight 2"])
def test_other_objectives_flow(whole, words):
    found = whole(words)
    assert found.metrics[-1]["W2"] < found.metrics[0]["W2"]
    options = dict(zip(words.split()[::2], words.split()[1::2], strict=True))
    for option, value in options.items():
        held = found.configuration[option.removeprefix("--")]
        assert held == (value if isinstance(held, str) else float(value))


def test_a_run_is_replaced_only_where_that_is_asked(run, undrawn):
    assert run(flow(SMALL))[0] == 0
    first = standing(Path("run"))
    code, _, err = run(flow("--weight 2"))
    assert code == 2
    assert "run, which holds a run. Name another --out. Or pass --replace." in err
    assert standing(Path("run")) == first
    assert run(flow("--weight 2 --replace"))[0] == 0
    assert load_run(Path("run")).configuration["weight"] == 2
    assert not list(Path().glob(".*"))


def test_verify_tells_what_holds(run):
    code, out, err = run("verify holds")
    assert (code, err) == (0, "")
    assert "rule-[/x]" in out
    assert "1 of 1 claims hold." in out


def test_verify_names_step_sides_and_counter_example(run):
    code, out, _ = run("verify fails")
    assert code == 1
    assert "rule-[/x] FAILS: The product rule [x]." in out
    for part in ("product rule of [x] & co", "left   2*f(x)*Derivative(f(x), x)", "right  2*f(x)", "counter-example"):
        assert part in out
    assert "0 of 1 claims hold." in out


def test_verify_prints_levels_and_the_place_of_a_figure(run, monkeypatch, tmp_path):
    monkeypatch.setenv("GANTHEORY_FIGURES", str(tmp_path / "figures"))
    code, out, _ = run("verify slow")
    assert code == 1
    assert "the study\n  size         error        order\n" in out
    assert "0.0125       1.2500e-02   1.000" in out
    (figure,) = (line.split()[-1] for line in out.splitlines() if line.startswith("  figure "))
    assert Path(figure).parent == tmp_path / "figures"
    assert Path(figure).stat().st_size > 1000
    monkeypatch.setenv("GANTHEORY_FIGURES", "file/inside")
    code, out, err = run("verify slow")
    assert (code, err.count("\n")) == (2, 1)
    assert "file/inside" in err


def test_verify_wants_a_witness_and_a_claim(run):
    code, out, _ = run("verify bare")
    assert code == 1
    assert "no witness: add witness=" in out
    code, out, err = run("verify nothing")
    assert (code, out) == (1, "")
    assert "nothing should hold claims; got none. Write NAME = Claim(…)" in err


def test_verify_falsifies(run):
    code, out, _ = run("verify --falsify holds")
    assert code == 0
    assert re.search(r"(\d+) of \1 faults in 1 claims were seen", out)
    Path("empty").mkdir()
    Path("empty/rule.py").write_text(CLAIM.format(right="0", witness="None").replace("(step,)", "()"))
    code, out, _ = run("verify --falsify empty")
    assert code == 1
    assert "Give it a proof and a witness." in out
    blind = "class Blind:\n    compare = staticmethod(lambda a, b: Exact().compare(0, 0))\n    faults = Exact().faults\n"
    text = CLAIM.format(right="2 * f * f.diff(x)", witness="seen").replace("f.diff(x))\nseen", "f.diff(x), Blind())\nseen")
    Path("empty/rule.py").write_text(
        text.replace("import Agreement", "import Exact, Agreement").replace("\nx = ", f"\n{blind}x = ")
    )
    code, out, _ = run("verify --falsify empty")
    assert code == 1
    assert "UNSEEN rule-[/x]: " in out


def test_an_experiment_takes_the_parameters_of_its_run(run):
    code, out, err = run("experiment tiny --count 4 --size 8 --word done --out out")
    assert (code, err) == (0, "")
    assert "half [x]" in out
    assert "Halves [x]." in out
    assert "figures in out" in out
    assert Path("out/halves.csv").read_text().split() == ["k,half", "[x]", "0,8.0", "1,4.0", "2,2.0", "3,1.0"]
    assert '"caption": "done' in Path("out/halves.json").read_text()
    assert {"table.tex", "halves.svg", "halves.pdf", "manifest.json"} < {p.name for p in Path("out").iterdir()}
    code, out, _ = run("experiment tiny --quick --folder experiments/tiny.py")
    assert code == 0
    assert "0.25" not in out
    assert "figures" not in out


def test_a_report_shows_what_fails(run):
    code, out, _ = run("report --out run --claims fails --experiments nothing")
    assert code == 1
    assert "0 of 1 claims hold; page: run/index.html" in out
    page = Path("run/index.html").read_text()
    assert '<td class="FAILS">FAILS</td>' in page
    assert "FAILS" in Path("run/report.tex").read_text()


def test_doctor_has_a_line_for_everything(run, monkeypatch):
    code, out, err = run("doctor")
    assert (code, err) == (0, "")
    for package in (*doctor.CORE, *doctor.EXTRAS):
        assert len(re.findall(rf"^  (?:ok|absent) +{package} ", out, re.MULTILINE)) == 1
    assert len(out.splitlines()) == 1 + len(doctor.CORE) + len(doctor.EXTRAS) + 3
    held = doctor.installed
    monkeypatch.setattr(doctor, "installed", lambda name: None if name in ("findiff", "torch", "pandas") else held(name))
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    code, out, _ = run("doctor")
    assert code == 1
    assert re.search(r"MISSING +findiff", out)
    assert "pip install gantheory[io]" in out
    assert "kernel sums take the tiled path" in out


COMMANDS = {command.name or command.callback.__name__: command.callback for command in app.registered_commands}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option(run, command):
    code, out, err = run(f"{command} --help")
    assert (code, err) == (0, "")
    assert f"Usage: gantheory {command} " in out
    summary = COMMANDS[command].__doc__
    assert " ".join(summary.split()) in " ".join(out.split())


def test_the_readme_and_the_help_name_the_same_commands(run):
    code, out, err = run("")
    assert (code, err) == (0, "")
    assert set(COMMANDS) == {"derive", "verify", "flow", "experiment", "report", "doctor"}
    for name in chain(COMMANDS, ["--help"]):
        assert name in out
