"""A run: what was asked, the trajectory, what was measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, TypeAlias

import numpy as np
import torch

from gantheory._errors import Refusal
from gantheory.runs.folder import write_folder
from gantheory.runs.manifest import MANIFEST, verified

Array: TypeAlias = np.ndarray | torch.Tensor
CONFIGURATION, TRAJECTORY, METRICS = "configuration.json", "trajectory.npz", "metrics.jsonl"


@dataclass(frozen=True)
class Run:
    """A folder whose manifest was verified, with readers for what it holds."""

    folder: Path

    @property
    def configuration(self) -> dict[str, Any]:
        """What was asked for."""
        return json.loads((self.folder / CONFIGURATION).read_text(encoding="utf-8"))

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """One row per measurement."""
        return [json.loads(line) for line in (self.folder / METRICS).read_text(encoding="utf-8").splitlines()]

    @property
    def manifest(self) -> dict[str, Any]:
        """Hashes and sizes by file name, and the provenance."""
        return json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))

    def trajectory(self) -> tuple[np.ndarray, np.ndarray | tuple[np.ndarray, ...]]:
        """(t, x): times (k,) and states (k, …), a tuple of arrays where the state is a tuple."""
        with np.load(self.folder / TRAJECTORY, allow_pickle=False) as held:
            if "x" in held:
                return held["t"], held["x"]
            return held["t"], tuple(held[f"x{i}"] for i in range(len(held.files) - 1))


def load_run(folder: Path) -> Run:
    """The run in the folder; a Refusal names the file that is missing, changed or a stranger."""
    if not folder.is_dir():
        raise Refusal("a run is a folder", f"{folder}, where there is none")
    missing = {CONFIGURATION, TRAJECTORY, METRICS} - set(verified(folder)["files"])
    if missing:
        raise Refusal(
            f"a run holds {CONFIGURATION}, {TRAJECTORY} and {METRICS}", f"{folder} without {', '.join(sorted(missing))}"
        )
    return Run(folder)


def write_run(
    out: Path,
    *,
    configuration: Mapping[str, Any],
    t: Array | Sequence[float],
    x: Array | tuple[Array, ...],
    metrics: Sequence[Mapping[str, Any]],
    figures: Callable[[Path], None] | None = None,
    replace: bool = False,
) -> Path:
    """The folder `out` with configuration, trajectory (t (k,), x (k, …) or a tuple of such), metrics and figures.

    figures(folder) writes what else belongs to the run. An absolute path in the configuration or the metrics is written
    as its last component, since a run tells nothing of the machine that made it. Refused: numbers that are not finite.
    """
    asked = _json(configuration, CONFIGURATION)
    rows = "".join(_json(row, f"a row of {METRICS}") + "\n" for row in metrics)
    arrays = _arrays(t, x)

    def write(folder: Path) -> None:
        (folder / CONFIGURATION).write_text(asked + "\n", encoding="utf-8")
        (folder / METRICS).write_text(rows, encoding="utf-8")
        np.savez(folder / TRAJECTORY, allow_pickle=False, **arrays)
        if figures is not None:
            figures(folder)

    return write_folder(out, write, replace=replace)


def _arrays(t: Array | Sequence[float], x: Array | tuple[Array, ...]) -> dict[str, np.ndarray]:
    """The arrays by the name they are stored under."""
    states = {f"x{i}": part for i, part in enumerate(x)} if isinstance(x, tuple) else {"x": x}
    arrays = {name: _array(value, name) for name, value in {"t": t, **states}.items()}
    for name, array in arrays.items():
        if array.ndim == 0 or len(array) != arrays["t"].size or arrays["t"].ndim != 1:
            shapes = f"t of shape {arrays['t'].shape} and {name} of shape {array.shape}"
            raise Refusal("a trajectory holds one state for each time", shapes)
    return arrays


def _array(value: Array | Sequence[float], name: str) -> np.ndarray:
    try:
        array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    except TypeError as error:
        raise Refusal(f"{name} has a dtype that NumPy knows", str(error), "Convert it, for instance to float32.") from error
    if array.dtype.kind not in "fiub":
        raise Refusal(f"{name} holds real numbers", f"dtype {array.dtype}")
    if not np.isfinite(array).all():
        count = int(array.size - np.isfinite(array).sum())
        raise Refusal(f"a run holds finite numbers, and {name} does not", f"{count} of {array.size} NaN or infinite")
    return array


def _json(value: Any, name: str) -> str:
    try:
        return json.dumps(_plain(value), sort_keys=True, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise Refusal(f"{name} holds texts and finite numbers", str(error)) from error


def _plain(value: Any) -> Any:
    """The value in JSON's types; scalars of NumPy and torch as numbers, absolute paths as their last component."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic) or (isinstance(value, torch.Tensor) and value.ndim == 0):
        return value.item()
    if isinstance(value, str | PurePath):
        return PurePath(value).name if PurePath(value).is_absolute() else str(value)
    return value
