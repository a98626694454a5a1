"""`gantheory doctor`: what is there, what is missing, and what that costs."""

from __future__ import annotations

import platform
import shutil
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CORE = ["numpy", "scipy", "sympy", "torch", "torchdiffeq", "findiff", "matplotlib", "POT", "jaxtyping", "typer", "rich",
        "pydantic", "jinja2", "latex2mathml"]  # fmt: skip
EXTRAS = {
    "pandas": ("io", "reading .csv with headers and .parquet"),
    "pyarrow": ("io", "reading .parquet"),
    "finufft": ("fast", "Fourier sums over many scattered points"),
    "scikit-learn": ("examples", "the digits of the demo"),
    "pytest": ("dev", "the test suite"),
}


def installed(package: str) -> str | None:
    """The version, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def headers() -> bool:
    """Python.h is there, which compiled kernel sums need at run time."""
    return Path(sysconfig.get_path("include"), "Python.h").exists()


def run() -> int:
    """Print one line for each finding; exit 1 where a core package is missing."""
    print(f"gantheory {version('gantheory')}, Python {platform.python_version()}, {platform.machine()}")
    missing = [package for package in CORE if installed(package) is None]
    for package in CORE:
        print(f"  {'ok' if package not in missing else 'MISSING':8}{package} {installed(package) or ''}")
    for package, (extra, purpose) in EXTRAS.items():
        found = installed(package)
        print(f"  {'ok' if found else 'absent':8}{package} {found or f'({purpose}): pip install gantheory[{extra}]'}")
    compiler = next((c for c in ("g++", "clang++") if shutil.which(c)), None)
    fast = compiler is not None and headers()
    why = f"{compiler}, Python.h" if fast else "needs g++ and Python.h; kernel sums take the tiled path, 2–5 × slower"
    print(f"  {'ok' if fast else 'absent':8}compiled kernel sums ({why})")
    tex = shutil.which("pdflatex") or shutil.which("lualatex")
    print(f"  {'ok' if tex else 'absent':8}TeX ({tex or 'needed for nothing but compiling the .tex fragments'})")
    print(f"  {'ok' if _cuda() else 'absent':8}CUDA device ({_cuda() or 'everything runs on the CPU'})")
    return 1 if missing else 0


def _cuda() -> str:
    if installed("torch") is None:
        return ""
    import torch  # the only command that asks for a device, and only here

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else ""
