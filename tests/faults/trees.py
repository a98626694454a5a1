"""A copy of the project in which one file at a time is changed."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.faults.fault import ROOT

PARTS = ("gantheory", "tests", "derivations", "experiments", "benchmarks", "pyproject.toml", "README.md", "references.bib")
LATER = 100  # seconds by which a changed file is newer: compiled code of the right one is then not taken


@dataclass(frozen=True)
class Tree:
    """A folder that holds what tests read."""

    path: Path

    @classmethod
    def copied(cls, path):
        """The project as it stands."""
        path.mkdir(parents=True)
        for name in PARTS:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, path / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            elif source.exists():
                shutil.copy2(source, path / name)
        return cls(path)

    def change(self, file, text):
        """Another text in a file of the package; what undoes it."""
        place = self.path / "gantheory" / file
        right, stamp = place.read_bytes(), place.stat()
        place.write_text(text, encoding="utf-8")
        os.utime(place, (stamp.st_atime + LATER, stamp.st_mtime + LATER))

        def undo():
            place.write_bytes(right)
            os.utime(place, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))

        return undo
