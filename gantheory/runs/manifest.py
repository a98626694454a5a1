"""The manifest: SHA-256 and size of every file of a folder, and a seal on the manifest itself."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from gantheory._errors import Refusal
from gantheory.runs.provenance import provenance

MANIFEST = "manifest.json"
FORMAT = "gantheory run 1"
REMAKE = "Take the run from a backup, or make it again."


def files(folder: Path) -> list[str]:
    """The files below the folder, the manifest aside, as sorted relative names."""
    names = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink() or not p.is_dir())
    return sorted(name for name in names if name != MANIFEST)


def seal(folder: Path) -> None:
    """Write the manifest of what the folder holds."""
    record = {"format": FORMAT, "files": {name: _entry(folder / name) for name in files(folder)}, "provenance": provenance()}
    record["seal"] = hashlib.sha256(_text(record).encode()).hexdigest()
    (folder / MANIFEST).write_text(_text(record), encoding="utf-8")


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest's content; a Refusal where it is absent or one byte of it was changed."""
    path = folder / MANIFEST
    try:
        text = path.read_bytes().decode("utf-8")
        record = json.loads(text)
    except (OSError, ValueError) as error:
        raise Refusal(f"a run holds a readable {MANIFEST}", f"{path}: {_reason(error)}", REMAKE) from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise Refusal(f"{MANIFEST} states the format {FORMAT!r}", f"{path}, which does not")
    unsealed = {key: value for key, value in record.items() if key != "seal"}
    sealed = record.get("seal") == hashlib.sha256(_text(unsealed).encode()).hexdigest()
    if not sealed or text != _text(record):
        raise Refusal(f"{MANIFEST} is as it was written", f"{path}, whose seal is broken", REMAKE)
    return record


def verified(folder: Path) -> dict[str, Any]:
    """The manifest, once every file it lists is there with its hash and no other file is."""
    record = manifest(folder)
    listed, found = record["files"], files(folder)
    for name in sorted({*listed, *found}):
        if name not in found:
            raise Refusal("a run holds every file of its manifest", f"{folder} without {name}", REMAKE)
        if name not in listed:
            raise Refusal(
                "a run holds only the files of its manifest", f"{folder} with the stranger {name}", "Move it elsewhere."
            )
        if listed[name] != _entry(folder / name):
            raise Refusal("the files of a run are as they were written", f"{folder}, in which {name} has changed", REMAKE)
    return record


def _entry(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _reason(error: Exception) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "no JSON"
