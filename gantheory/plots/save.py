"""A figure on disk: vector, raster, the numbers in it, where they come from, and the LaTeX that includes it."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from gantheory._errors import Refusal
from gantheory.plots.tex import figure_tex
from gantheory.plots.venue import DPI, inherited

FORMATS: dict[str, dict[str, Any]] = {
    "pdf": {"metadata": {"CreationDate": None}},
    "svg": {"metadata": {"Date": None}},
    "png": {"dpi": DPI},
}
LAYOUTS = 3  # labels move with the axes that make room for them; each pass leaves about a tenth of the last move
Data = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Drawing:
    """A figure with the numbers in it and its caption, which is a claim: what an experiment's plot returns by name."""

    figure: Figure
    data: Data
    caption: str


def save(
    figure: Figure, stem: Path, *, data: Data, caption: str, provenance: Mapping[str, Any], alt: str | None = None
) -> tuple[Path, ...]:
    """STEM.pdf, .svg, .png (300 dpi), .csv of the data, .json (caption, alt text, provenance) and .tex, in this order.

    data: columns by name, or rows. The same figure and data give the same bytes. Files are replaced one at a time, whole.
    """
    words = {"caption": caption, "alt": alt or described(figure), "provenance": provenance}
    written = {
        **_drawn(figure),
        "csv": _csv(data).encode(),
        "json": (json.dumps(words, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode(),
        "tex": figure_tex(stem.name, caption).encode(),
    }
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        return tuple(_put(stem.with_name(f"{stem.name}.{ending}"), content) for ending, content in written.items())
    except OSError as error:
        given = f"[Errno {error.errno}] {error.strerror}"
        raise Refusal(f"writing {stem} needs space and permission", given, "Free some space, or write elsewhere.") from error


def described(figure: Figure) -> str:
    """The figure in words: for each panel its axes, ranges, lines and texts."""
    return " ".join(_panel(i, ax) for i, ax in enumerate(figure.axes, start=1))


def _panel(number: int, ax: Any) -> str:
    sides = [
        f"{label or 'unnamed'} ({scale}) from {low:.3g} to {high:.3g}"
        for label, scale, (low, high) in (
            (ax.get_ylabel(), ax.get_yscale(), ax.get_ylim()),
            (ax.get_xlabel(), ax.get_xscale(), ax.get_xlim()),
        )
    ]
    drawn = [str(a.get_label()).removeprefix("_") for a in [*ax.lines, *ax.collections, *ax.patches] if a.get_label()]
    texts = [text.get_text() for text in ax.texts if text.get_text() not in drawn]
    shown = "; ".join(dict.fromkeys(drawn + texts))
    return f"Panel {number}: {sides[0]} against {sides[1]}" + (f", showing {shown}." if shown else ".")


def _drawn(figure: Figure) -> dict[str, bytes]:
    """The figure in each format, the layout settled once so that all agree."""
    engine = figure.get_layout_engine()
    with ExitStack() as stack:
        if figure.axes:
            stack.enter_context(inherited(figure.axes[0]))
        stack.enter_context(_quiet_fonts())
        for _ in range(LAYOUTS):
            figure.draw_without_rendering()
        figure.set_layout_engine("none")
        try:
            return {ending: _bytes(figure, ending) for ending in FORMATS}
        finally:
            figure.set_layout_engine(engine)


@contextmanager
def _quiet_fonts() -> Iterator[None]:
    """fontTools warns of the old dates in Computer Modern's files each time one is embedded."""
    log = logging.getLogger("fontTools")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _bytes(figure: Figure, ending: str) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format=ending, **FORMATS[ending])
    return stream.getvalue()


def _csv(data: Data) -> str:
    if isinstance(data, Mapping):
        columns = {name: list(values) for name, values in data.items()}
        if len({len(values) for values in columns.values()}) > 1:
            sizes = {name: len(values) for name, values in columns.items()}
            raise Refusal("the columns of a figure's data are of one length", sizes, "Pass rows, one column naming the line.")
        heads, rows = list(columns), list(zip(*columns.values(), strict=True))
    else:
        heads = list(dict.fromkeys(name for row in data for name in row))
        rows = [tuple(row.get(name, "") for name in heads) for row in data]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_number(cell) for cell in row] for row in rows)
    return stream.getvalue()


def _number(cell: Any) -> Any:
    """A Python number for a scalar of NumPy or torch, so that all digits are written."""
    return cell.item() if hasattr(cell, "item") else cell


def _put(path: Path, content: bytes) -> Path:
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path
