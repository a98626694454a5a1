"""A folder that is whole or absent: made beside its place, flushed to the disk, sealed, and moved in."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from gantheory._errors import Refusal
from gantheory.runs.manifest import MANIFEST, files, manifest, seal

ELSEWHERE = "Name another --out."


def claim_folder(out: Path, replace: bool = False) -> Path:
    """The place where `out` may be written, links resolved; a Refusal where it may not, before any work is done.

    A file, a folder that is no run, and a run with files added to it are never replaced; a run only if replace.
    Missing parents are made.
    """
    place = out.resolve()
    if place.exists() and not place.is_dir():
        raise Refusal("a run is written to a folder", f"{out}, which is a file", ELSEWHERE)
    if place.is_dir() and any(place.iterdir()):
        _refuse_occupied(out, place, replace)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        probe = _hidden(place, "partial")
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise _unwritable(out, error) from error
    return place


def write_folder(out: Path, write: Callable[[Path], None], *, replace: bool = False) -> Path:
    """`out`, holding what write(folder) puts there and a manifest: all of it or, on any exception, nothing.

    A killed process leaves `out` absent or whole, and at most a hidden `.NAME.*.partial` beside it; killed in the instant
    of replacing, it leaves the old run as `.NAME.*.old`.
    """
    place = claim_folder(out, replace)
    partial = _hidden(place, "partial")
    try:
        partial.mkdir()
        write(partial)
        seal(partial)
        _flush_below(partial)
        _move_in(partial, place)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise _unwritable(out, error) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return out


def _refuse_occupied(out: Path, place: Path, replace: bool) -> None:
    if not (place / MANIFEST).is_file():
        raise Refusal("only a run is ever replaced", f"{out}, a folder with other files and no {MANIFEST}", ELSEWHERE)
    if not replace:
        raise Refusal("a run is written to a new or empty folder", f"{out}, which holds a run", ELSEWHERE, "Or pass --replace.")
    strangers = sorted({*files(place)} - {*manifest(place)["files"]})
    if strangers:
        raise Refusal("only a run is ever replaced", f"{out}, to which {strangers[0]} was added", "Move that file elsewhere.")


def _move_in(partial: Path, place: Path) -> None:
    """Rename the partial folder to its place; on failure everything stands as before."""
    old = _hidden(place, "old")
    try:
        if place.exists():
            os.replace(place, old)
        os.replace(partial, place)
        _flush(place.parent)
    except BaseException:
        if not partial.exists() and place.exists():
            os.replace(place, partial)
        if old.exists():
            os.replace(old, place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _flush_below(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        _flush(path)


def _flush(path: Path) -> None:
    """Have the disk hold what was written to a file or a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hidden(place: Path, ending: str) -> Path:
    return place.with_name(f".{place.name}.{secrets.token_hex(4)}.{ending}")


def _unwritable(out: Path, error: OSError) -> Refusal:
    given = f"[Errno {error.errno}] {error.strerror}" if error.errno else str(error)
    if isinstance(error, FileExistsError | NotADirectoryError):
        return Refusal(f"{out} lies below folders", "a file in its path", ELSEWHERE)
    return Refusal(f"writing to {out} needs space and permission", given, "Free some space or name another --out.")
