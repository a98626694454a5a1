"""`gantheory experiment NAME`: any module with run and plot; the parameters of run are its flags."""

from __future__ import annotations

import inspect
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gantheory._errors import Refusal
from gantheory._loading import module_at, modules_in
from gantheory.cli import read
from gantheory.cli.derive import chosen
from gantheory.cli.progress import bar
from gantheory.plots import VENUES, Venue, pgf, save, table_tex, tex_engine
from gantheory.runs import claim_folder, provenance, write_folder

WIDEST = 1000  # characters of a table


def experiments(folder: Path) -> dict[str, Path]:
    """The files of the folder by the names they have on the command line."""
    return {file.stem.replace("_", "-"): file for file in modules_in(folder, "experiments")}


def loaded(name: str, folder: Path) -> ModuleType:
    """The experiment's module, which has run and plot."""
    found = experiments(folder)
    if name.replace("_", "-") not in found:
        need = f"an experiment of {folder} is one of {', '.join(found)}" if found else f"{folder} holds experiments"
        raise Refusal(need, repr(name) if found else "none", "Name one, or another --folder.")
    module = module_at(found[name.replace("_", "-")])
    if not callable(getattr(module, "run", None)) or not callable(getattr(module, "plot", None)):
        raise Refusal("an experiment has run(...) and plot(result, venue)", f"{name} without them", "Add what is missing.")
    return module


def parameters(module: ModuleType, words: list[str]) -> dict[str, Any]:
    """--name value pairs as arguments of run, each read as the type of its default."""
    defaults = {
        k: v.default for k, v in inspect.signature(module.run).parameters.items() if isinstance(v.default, int | float | str)
    }
    if len(words) % 2 or not all(w.startswith("--") for w in words[::2]):
        raise Refusal("parameters come as --name value", " ".join(words), f"This experiment takes {_flags(defaults)}.")
    given: dict[str, Any] = {}
    for flag, text in zip(words[::2], words[1::2], strict=True):
        name = flag.removeprefix("--").replace("-", "_")
        if name not in defaults:
            raise Refusal(f"this experiment takes {_flags(defaults)}", flag, "Name one of these, or leave it out.")
        default = defaults[name]
        reader = read.integer if isinstance(default, int) else read.nonnegative if isinstance(default, float) else None
        given[name] = reader(text, flag) if reader else text
    return given


def _flags(names: dict[str, Any]) -> str:
    return ", ".join("--" + k.replace("_", "-") for k in names) or "no parameters"


def venue_named(name: str) -> Venue:
    """The venue of that name."""
    return chosen(VENUES, name.lower(), "--venue")  # type: ignore[return-value]


def measured(name: str, module: ModuleType, given: dict[str, Any]) -> tuple[Any, float]:
    """The result of run and its seconds, with a progress bar."""
    began = time.perf_counter()
    with bar(name) as report:
        wants = "progress" in inspect.signature(module.run).parameters
        result = module.run(**given, **({"progress": report} if wants else {}))
    return result, time.perf_counter() - began


def printed(result: Any, console: Console) -> None:
    """The table, the finding, and what was published beside it."""
    rows = result.table
    if not rows:
        raise Refusal("an experiment's table has at least one row", "none", "Return one row for each thing measured.")
    table = Table(box=None, pad_edge=False)
    for heading in rows[0]:
        table.add_column(Text(str(heading)), justify="right")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row.values()))
    Console(file=console.file, width=WIDEST).print(table)  # a narrow terminal breaks lines: no number is shortened
    console.print(Text(result.says))
    if published := getattr(result, "published", ""):
        agrees = {True: "yes", False: "no", None: "not comparable"}[result.agrees]
        console.print(Text(f"Published: {published}\nAgrees: {agrees}."))


def run(
    name: str, out: Path | None, folder: Path, venue: str, quick: bool, replace: bool, words: list[str], *, tex: bool = False
) -> int:
    """Run, print the table, and write the figures where --out says."""
    module, place = loaded(name, folder), venue_named(venue)
    if tex:
        tex_engine()  # before hours of work
    given = (getattr(module, "QUICK", {}) if quick else {}) | parameters(module, words)
    if out is not None:
        claim_folder(out, replace)
    result, seconds = measured(name, module, given)
    printed(result, Console())
    if out is not None:

        def write(here: Path) -> None:
            written(module, result, place, here, tex=tex)

        write_folder(out, write, replace=replace)
    print(f"{name}: {seconds:.1f} s" + (f", figures in {out}" if out else ""))
    return 0


def written(module: ModuleType, result: Any, venue: Venue, folder: Path, *, tex: bool = False) -> tuple[str, ...]:
    """Every figure in every format (PGF on request), and the table as LaTeX; the names of the figures."""
    facts, drawings = provenance(), module.plot(result, venue)
    twice = [stem for stem in drawings if (folder / f"{stem}.svg").exists()]
    if twice:
        raise Refusal("figures have names of their own", f"{twice[0]} more than once", "Rename one.")
    commit = facts["commit"]
    made = f" Commit {commit[:12]}{'-dirty' if commit.endswith('-dirty') else ''}." if commit else ""
    for stem, drawing in drawings.items():
        save(drawing.figure, folder / stem, data=drawing.data, caption=drawing.caption + made, provenance=facts)
        if tex:
            pgf(drawing.figure, folder / f"{stem}.pgf")
    rows = result.table
    (folder / "table.tex").write_text(table_tex([list(r.values()) for r in rows], list(rows[0]), result.says), encoding="utf-8")
    return tuple(drawings)
