"""How large an error is: norms of a state, in which an adaptive method measures its local error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from gantheory._types import State
from gantheory.integration.velocity import parts

Norm: TypeAlias = Callable[[State], Tensor]


def rms(state: State) -> Tensor:
    """(mean of x²)^½ over every number of the state: one hard particle among n easy ones counts 1/√n."""
    return torch.cat([part.reshape(-1) for part in parts(state)]).square().mean().sqrt()


def largest(state: State) -> Tensor:
    """max over rows of (mean of x² over the row)^½; a row is what the first axis counts, a particle.

    No particle's accuracy depends on how many others are in the batch.
    """
    return torch.stack([_rows(part).square().mean(1).sqrt().max() for part in parts(state)]).max()


def _rows(x: Tensor) -> Tensor:
    return x.reshape(len(x), -1) if x.ndim else x.reshape(1, 1)
