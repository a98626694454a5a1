"""The pytest plugin: `pytest my_claims.py` verifies the claims of that file, an item each, beside its tests.

Loading it imports nothing but pytest: gantheory.claims is looked at only where a claim module has imported it already.
"""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gantheory.claims import Claim

PATTERNS = "gantheory_claims"
FOLDER = "GANTHEORY_FIGURES"  # what gantheory.testing reads


def pytest_addoption(parser: pytest.Parser) -> None:
    """--gantheory-full, --gantheory-figures DIR, and the ini option gantheory_claims."""
    group = parser.getgroup("gantheory", "claims of gantheory")
    group.addoption("--gantheory-full", action="store_true", help="verify claims with their finer levels")
    group.addoption("--gantheory-figures", metavar="DIR", help="where figures of failed claims and assertions go")
    words = "files whose claims are verified without being named on the command line (globs, as of python_files)"
    parser.addini(PATTERNS, type="args", default=[], help=words)


def pytest_configure(config: pytest.Config) -> None:
    """Figures of this session, and of its workers, go to the folder asked for."""
    folder = config.getoption("--gantheory-figures")
    if folder:
        before = os.environ.get(FOLDER)
        os.environ[FOLDER] = str(config.invocation_params.dir / folder)
        config.add_cleanup(lambda: _put_back(before))


def _put_back(before: str | None) -> None:
    if before is None:
        os.environ.pop(FOLDER, None)
    else:
        os.environ[FOLDER] = before


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Files of gantheory_claims that pytest would pass over."""
    if file_path.suffix != ".py" or parent.session.isinitpath(file_path) or _matches(file_path, parent, "python_files"):
        return None
    return ClaimModule.from_parent(parent, path=file_path) if _matches(file_path, parent, PATTERNS) else None


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Files named on the command line, and those of gantheory_claims, may hold claims."""
    named = parent.session.isinitpath(module_path) or _matches(module_path, parent, PATTERNS)
    return ClaimModule.from_parent(parent, path=module_path) if named else None


def _matches(path: Path, parent: pytest.Collector, patterns: str) -> bool:
    """As pytest reads python_files: a glob without a slash is of the name, any other of the path."""
    globs: list[str] = parent.config.getini(patterns)
    return any(fnmatch.fnmatch(str(path) if "/" in g else path.name, f"*/{g}" if "/" in g else g) for g in globs)


class ClaimModule(pytest.Module):
    """A module's tests, then its claims.

    In a file named as test files are (python_files) that has tests, claims are what those tests are about, and no items:
    unless gantheory_claims names the file.
    """

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """The tests and the claims."""
        tests = list(super().collect())
        of_tests = tests and _matches(self.path, self, "python_files") and not _matches(self.path, self, PATTERNS)
        return tests if of_tests else [*tests, *self._claims()]

    def _claims(self) -> list[ClaimItem]:
        if "gantheory.claims" not in sys.modules:
            return []
        from gantheory.claims import claims_in  # here: loading this file must import nothing

        claims = claims_in(self.obj)
        names = [c.name for c in claims]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise self.CollectError(f"claims have names of their own; got {', '.join(twice)} more than once. Rename one.")
        return [_item(self, claim) for claim in claims]


class ClaimItem(pytest.Item):
    """One claim; it passes if it holds."""

    claim: Claim

    def runtest(self) -> None:
        """Verify it; the reason, both sides and the figure where it does not hold."""
        from gantheory.claims import verify

        verdict = verify(self.claim, full=self.config.getoption("--gantheory-full"))
        if not verdict.holds:
            from gantheory.testing import told  # draws: loaded for a failure alone

            raise AssertionError(told(verdict))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The words alone: a traceback through the toolkit says nothing about the claim."""
        return str(excinfo.value) if excinfo.errisinstance(AssertionError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The file and the claim's name."""
        return self.path, None, self.name


def _item(parent: ClaimModule, claim: Claim) -> ClaimItem:
    item: ClaimItem = ClaimItem.from_parent(parent, name=claim.name)
    item.claim = claim
    return item
