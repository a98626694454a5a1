"""How well an objective is posed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Standing(Enum):
    """How well an objective is posed on a domain."""

    WELL_POSED = "WELL_POSED"
    CONDITIONAL = "CONDITIONAL"
    MARGINAL = "MARGINAL"
    ILL_POSED = "ILL_POSED"


@dataclass(frozen=True)
class Posedness:
    """A standing with its reason and the cures that exist."""

    standing: Standing
    reason: str
    cures: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([f"{self.standing.value}: {self.reason}.", *self.cures])
