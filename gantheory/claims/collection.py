"""collect(path): the claims of a folder or file, found by what its modules hold."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from gantheory._errors import Refusal
from gantheory._loading import module_at, modules_in
from gantheory.claims.claim import Claim


class NoClaims(Refusal):
    """A folder or module without a claim: nothing was verified, which is a failure and not a success."""


def collect(*paths: str | Path) -> tuple[Claim, ...]:
    """Every Claim, or tuple or list of Claims, at the top level of the modules at the paths, in order of file name.

    A folder is read with its subpackages; names that begin with an underscore are left out. Collecting derives nothing.
    Raises NoClaims for a path that holds none, Refusal for a missing path and for a module that cannot be imported.
    """
    found: list[Claim] = []
    for path in map(Path, paths):
        here = [c for file in modules_in(path, "claims") for c in _claims(module_at(file))]
        if not here:
            raise NoClaims(f"{path} should hold claims", "none", "Write NAME = Claim(…) at the top level of a module there.")
        found += here
    names = [c.name for c in found]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Refusal("claims have names of their own", f"{', '.join(twice)} more than once", "Rename one.")
    return tuple(found)


def _claims(module: ModuleType) -> list[Claim]:
    values = [v for name, v in vars(module).items() if not name.startswith("_")]
    groups = [v if isinstance(v, list | tuple) else (v,) for v in values]
    unique = {id(c): c for group in groups for c in group if isinstance(c, Claim)}
    return list(unique.values())
