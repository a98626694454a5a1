"""Modules read by path: a user's claims and experiments need not be installed."""

from __future__ import annotations

import ast
import sys
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from gantheory._errors import Refusal


def module_at(file: Path) -> ModuleType:
    """The module in the file. While it loads, its folder, that folder's parent and the parent of its outermost package can be
    imported from.

    Raises Refusal, in one line, for whatever goes wrong inside the module.
    """
    name = f"_read_{file.stem}_{sha256(str(file.resolve()).encode()).hexdigest()[:12]}"
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise Refusal("a module is a .py file", file, "Rename it.")
    module = module_from_spec(spec)
    sys.modules[name] = module
    folder = file.parent.resolve()
    outermost = folder
    while (outermost / "__init__.py").is_file():
        outermost = outermost.parent
    sys.path[:0] = [str(folder), str(folder.parent), str(outermost)]
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a module that calls sys.exit() must not end the command as if all were well
        del sys.modules[name]
        raise Refusal(f"{file} can be imported", f"{type(error).__name__}: {error}", "Mend that module.") from error
    finally:
        del sys.path[:3]
    return module


def modules_in(path: Path, what: str) -> list[Path]:
    """The .py files of a folder, then those of its subfolders that are packages; or the one file.

    Names that begin with an underscore are left out.
    """
    if path.is_dir():
        inside = sorted(f for f in path.iterdir() if not f.name.startswith(("_", ".")))
        packages = [f for f in inside if (f / "__init__.py").is_file()]
        return [f for f in inside if f.suffix == ".py"] + [m for f in packages for m in modules_in(f, what)]
    if path.is_file() and path.suffix == ".py":
        return [path]
    found = f"{path}, which is " + ("no .py file" if path.exists() else "missing")
    raise Refusal(f"{what} are read from a folder or a .py file", found, "Check the path.")


def package_of(file: Path, path: Path) -> Path | None:
    """The subpackage of `path` in which the file stands; None for a file of `path` itself."""
    inside = file.relative_to(path).parts if file.is_relative_to(path) else ()
    return path / inside[0] if len(inside) > 1 else None


def title(package: Path) -> str:
    """The first line of the package's docstring, without the full stop; its name where it has none."""
    words = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or package.name
    return words.splitlines()[0].rstrip(".")
