"""collect(path): the claims of a folder or file, found by what its modules hold."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from gantheory._errors import Refusal
from gantheory.claims.claim import Claim


class NoClaims(Refusal):
    """A folder or module without a claim: nothing was verified, which is a failure and not a success."""


def collect(*paths: str | Path) -> tuple[Claim, ...]:
    """Every Claim, or tuple or list of Claims, at the top level of the modules at the paths, in order of file name.

    A folder is read without its subfolders; files that begin with an underscore are left out. Collecting derives nothing.
    Raises NoClaims for a path that holds none, Refusal for a missing path and for a module that cannot be imported.
    """
    found: list[Claim] = []
    for path in map(Path, paths):
        here = [c for file in _modules(path) for c in _claims(_imported(file))]
        if not here:
            raise NoClaims(f"{path} should hold claims", "none", "Write NAME = Claim(…) at the top level of a module there.")
        found += here
    names = [c.name for c in found]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Refusal("claims have names of their own", f"{', '.join(twice)} more than once", "Rename one.")
    return tuple(found)


def _modules(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(f for f in path.glob("*.py") if not f.name.startswith("_"))
    if path.is_file() and path.suffix == ".py":
        return [path]
    raise Refusal(
        "claims are read from a folder or a .py file", f"{path}, which is " + ("no .py file" if path.exists() else "missing")
    )


def _imported(file: Path) -> ModuleType:
    """The module at the path; its folder is importable meanwhile, so that siblings may be shared."""
    spec = spec_from_file_location(f"_claims_{file.stem}_{abs(hash(file.resolve()))}", file)
    if spec is None or spec.loader is None:
        raise Refusal("claims are read from Python modules", file)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(file.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise Refusal(f"{file} can be imported", f"{type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    return module


def _claims(module: ModuleType) -> list[Claim]:
    values = [v for name, v in vars(module).items() if not name.startswith("_")]
    groups = [v if isinstance(v, list | tuple) else (v,) for v in values]
    unique = {id(c): c for group in groups for c in group if isinstance(c, Claim)}
    return list(unique.values())
