"""Modules read by path: a user's claims and experiments need not be installed."""

from __future__ import annotations

import sys
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from gantheory._errors import Refusal


def module_at(file: Path) -> ModuleType:
    """The module in the file. While it loads, its folder and that folder's parent can be imported from.

    Raises Refusal, in one line, for whatever goes wrong inside the module.
    """
    name = f"_read_{file.stem}_{sha256(str(file.resolve()).encode()).hexdigest()[:12]}"
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise Refusal("a module is a .py file", file, "Rename it.")
    module = module_from_spec(spec)
    sys.modules[name] = module
    folder = file.parent.resolve()
    sys.path[:0] = [str(folder), str(folder.parent)]
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a module that calls sys.exit() must not end the command as if all were well
        del sys.modules[name]
        raise Refusal(f"{file} can be imported", f"{type(error).__name__}: {error}", "Mend that module.") from error
    finally:
        del sys.path[:2]
    return module


def modules_in(path: Path, what: str) -> list[Path]:
    """The .py files of a folder, without subfolders and without a leading underscore; or the one file."""
    if path.is_dir():
        return sorted(f for f in path.glob("*.py") if not f.name.startswith("_"))
    if path.is_file() and path.suffix == ".py":
        return [path]
    found = f"{path}, which is " + ("no .py file" if path.exists() else "missing")
    raise Refusal(f"{what} are read from a folder or a .py file", found, "Check the path.")
