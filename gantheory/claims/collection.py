"""collect(path): the claims of a folder or file, found by what its modules hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from gantheory._errors import Refusal
from gantheory._loading import module_at, modules_in, package_of, title
from gantheory.claims.claim import Claim


class NoClaims(Refusal):
    """A folder or module without a claim: nothing was verified, which is a failure and not a success."""


@dataclass(frozen=True)
class Chapter:
    """The claims of one package, a line of work; name and title are empty for modules that stand in no subpackage."""

    name: str
    title: str
    claims: tuple[Claim, ...]


def collect(*paths: str | Path) -> tuple[Claim, ...]:
    """Every Claim, or tuple or list of Claims, at the top level of the modules at the paths, in order of file name.

    A folder is read with its subpackages; names that begin with an underscore are left out. Collecting derives nothing.
    Raises NoClaims for a path that holds none, Refusal for a missing path and for a module that cannot be imported.
    """
    return tuple(claim for chapter in chapters(*paths) for claim in chapter.claims)


def chapters(*paths: str | Path) -> tuple[Chapter, ...]:
    """The same claims by the subpackage in which they stand, whose docstring is the title."""
    found: dict[str, tuple[str, list[Claim]]] = {}
    for path in map(Path, paths):
        any_here = False
        for file in modules_in(path, "claims"):
            claims, package = claims_in(module_at(file)), package_of(file, path)
            any_here = any_here or bool(claims)
            name, words = (package.name, title(package)) if package else ("", "")
            found.setdefault(name, (words, []))[1].extend(claims)
        if not any_here:
            raise NoClaims(f"{path} should hold claims", "none", "Write NAME = Claim(…) at the top level of a module there.")
    names = [c.name for _, claims in found.values() for c in claims]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Refusal("claims have names of their own", f"{', '.join(twice)} more than once", "Rename one.")
    return tuple(Chapter(name, words, tuple(claims)) for name, (words, claims) in found.items() if claims)


def claims_in(module: ModuleType) -> tuple[Claim, ...]:
    """Every Claim, or member of a tuple or list, at the top level of a module under a name without underscore, once."""
    values = [v for name, v in vars(module).items() if not name.startswith("_")]
    groups = [v if isinstance(v, list | tuple) else (v,) for v in values]
    return tuple({id(c): c for group in groups for c in group if isinstance(c, Claim)}.values())
