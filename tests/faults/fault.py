"""A fault as data."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Fault:
    """One formula made wrong.

    file: below gantheory/. right occurs there exactly once and is replaced by wrong. seen_by: tests, as pytest names them,
    of which at least one must then fail.
    """

    name: str
    file: str
    right: str
    wrong: str
    seen_by: tuple[str, ...]

    def text(self, root: Path = ROOT) -> str:
        """The file with the fault."""
        whole = (root / "gantheory" / self.file).read_text(encoding="utf-8")
        count = whole.count(self.right)
        if count != 1 or self.right == self.wrong:
            raise ValueError(f"{self.name}: {self.right!r} stands {count} times in {self.file}, and must stand there once")
        return whole.replace(self.right, self.wrong)


def faults(file, *rows):
    """Faults of one file from rows (name, right, wrong, tests…)."""
    return tuple(Fault(name, file, right, wrong, tuple(tests)) for name, right, wrong, *tests in rows)
