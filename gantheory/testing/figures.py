"""Figures of failed assertions, and the folder in which they lie."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.claims import Study
from gantheory.plots import SCREEN, convergence, save
from gantheory.runs import provenance

FOLDER = "GANTHEORY_FIGURES"  # the variable that names the folder; --gantheory-figures sets it
TEST = "PYTEST_CURRENT_TEST"


def drawn(name: str, left: Any, right: Any, says: str) -> Path | None:
    """The figure of two sides that differ: a study and its expected slope, or two arrays; None for two numbers."""
    if isinstance(left, Study):
        return study_figure(name, left, float(right), says)
    if isinstance(left, np.ndarray) and left.size > 1 and np.shape(left) == np.shape(right):
        return sides_figure(name, left.ravel(), np.ravel(right), says)
    return None


def study_figure(name: str, study: Study, expected: float, says: str, size: str = "size") -> Path:
    """error against size, and a triangle of the expected slope."""
    figure, ax = SCREEN.figure()
    slopes = {"error": expected} if 0 < expected < inf and len(study.sizes) > 1 else {}
    convergence(ax, {"error": study}, slopes, size_label=size, error_label="error", rates={"error": study.rate()})
    return _saved(figure, name, {"size": study.sizes, "error": study.errors}, says)


def sides_figure(name: str, left: np.ndarray, right: np.ndarray, says: str) -> Path:
    """left and right in the order of right: equal sides fall on one line."""
    figure, ax = SCREEN.figure()
    order = np.argsort(right, kind="stable")
    rank = np.arange(right.size)
    ax.plot(rank, left[order], "o", label="left", markerfacecolor="none")
    ax.plot(rank, right[order], "-", label="right")
    ax.set(xlabel="rank of the right side", ylabel="value")
    ax.legend()
    columns = {"index": order.tolist(), "left": left[order].tolist(), "right": right[order].tolist()}
    return _saved(figure, name, columns, says)


def folder() -> Path:
    """Where figures go: the folder that GANTHEORY_FIGURES names, else a temporary one."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else Path(tempfile.mkdtemp(prefix="gantheory-"))


def _saved(figure: Any, name: str, data: Mapping[str, Sequence[Any]], says: str) -> Path:
    test = os.environ.get(TEST, "").rsplit(" ", 1)[0].rsplit("/", 1)[-1]
    stem = re.sub(r"\W+", "-", f"{test}-{name}" if name not in test else test).strip("-")[:120]
    written = save(figure, folder() / stem, data=data, caption=says, provenance=provenance())
    return next(path for path in written if path.suffix == ".png")
