"""What a failed assertion says: both sides, the table of levels, the figure."""

from __future__ import annotations

from collections.abc import Sequence
from operator import methodcaller
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.claims import Outcome, Study, Verdict
from gantheory.testing.figures import drawn

FAILED = methodcaller("errisinstance", AssertionError)  # pytest leaves out the frames of a failure, not those of a Refusal
ENTRIES = 6  # of an array that are written out


def level_table(sizes: Sequence[float], errors: Sequence[float]) -> str:
    """size, error and observed order of each level, a line each; errors that are no positive numbers have no order."""
    lines = ["  size         error        order"]
    for i, (h, e) in enumerate(zip(sizes, errors, strict=True)):
        pair = errors[i - 1 : i + 1] if i else ()
        usable = len(pair) == 2 and all(0 < v < float("inf") for v in pair)
        order = f"{np.log(pair[0] / pair[1]) / np.log(sizes[i - 1] / h):.3f}" if usable else "–"
        lines.append(f"  {h:<12.6g} {e:<12.4e} {order}")
    return "\n".join(lines)


def side(value: Any) -> str:
    """A side in one line, its first entries where it has many; the table where it is a study."""
    if isinstance(value, Study):
        return "the study\n" + level_table(value.sizes, value.errors)
    if isinstance(value, np.ndarray) and value.size > ENTRIES:
        first = ", ".join(f"{v:.10g}" for v in value.ravel()[:ENTRIES])
        return f"{first}, … ({value.size} entries)"
    return str(value)


def both(left: Any, right: Any) -> str:
    """left and right, a line each."""
    return f"  left   {side(left)}\n  right  {side(right)}"


def told(verdict: Verdict) -> str:
    """Why a claim does not hold: for each failed step its words, both sides, the reason, and the figure where one says more."""
    claim = verdict.claim
    lines = [f"{claim.name} {verdict.standing.value}: {claim.says}"]
    if not claim.proof:
        lines.append("  no proof: add a Step")
    if not claim.witnesses:
        lines.append("  no witness: add witness=Convergence(…), Agreement(…) or Refutation(…)")
    for i, (step, outcome) in enumerate(verdict.failures, start=1):
        lines += [f"  step   {step.says}", both(outcome.left, outcome.right), f"  {outcome.detail}"]
        figure = drawn(f"{claim.name}-{i}", outcome.left, outcome.right, step.says)
        lines += [f"  figure {figure}"] if figure else []
    return "\n".join(lines)


def failure(says: str, outcome: Outcome, figure: Path | None) -> str:
    """says, both sides, the reason and the figure."""
    lines = [says, both(outcome.left, outcome.right), f"  {outcome.detail}"]
    return "\n".join(lines + ([f"  figure {figure}"] if figure else []))
