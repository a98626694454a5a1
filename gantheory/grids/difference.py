"""A difference operator along one axis: applied by slices, transposed, or as a matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

Entry = float | np.ndarray  # one number, or one for each place


@dataclass(frozen=True, eq=False)
class Difference:
    """(Gv)_i = Σ_k entries[k]_i v_{first + i + k}, i = 0 … count − 1; indices modulo `size` where it is periodic."""

    entries: tuple[Entry, ...]
    first: int
    count: int
    size: int
    periodic: bool = False

    @property
    def _identity(self) -> bool:
        return self.count == self.size and self.first == 0 and len(self.entries) == 1  # an entry of order 0 is 1

    def _pieces(self, values: np.ndarray, axis: int) -> list[tuple[Entry, np.ndarray]]:
        """The windows of the values, one for each entry; the entries shaped to multiply them."""
        head, tail = (slice(None),) * axis, (1,) * (values.ndim - axis - 1)
        first = 0 if self.periodic else self.first
        windows = (values[(*head, slice(first + k, first + k + self.count))] for k in range(len(self.entries)))
        return [(e if isinstance(e, float) else e.reshape(-1, *tail), w) for e, w in zip(self.entries, windows, strict=True)]

    def __call__(self, values: np.ndarray, axis: int) -> np.ndarray:
        """G along the axis."""
        if self._identity:
            return values
        if self.periodic:
            places = np.arange(self.first, self.first + self.count + len(self.entries) - 1) % self.size
            values = np.take(values, places, axis)
        (entry, window), *rest = self._pieces(values, axis)
        found = entry * window
        for entry, window in rest:
            found += entry * window
        return found

    def transposed(self, values: np.ndarray, axis: int) -> np.ndarray:
        """Gᵀ along the axis."""
        if self._identity:
            return values
        length = self.count + len(self.entries) - 1 if self.periodic else self.size
        found = np.zeros((*values.shape[:axis], length, *values.shape[axis + 1 :]))
        for entry, window in self._pieces(found, axis):
            window += entry * values
        return self._folded(found, axis) if self.periodic else found

    def _folded(self, values: np.ndarray, axis: int) -> np.ndarray:
        """What lies beyond one turn added where it belongs."""
        head = (slice(None),) * axis
        found = np.zeros((*values.shape[:axis], self.size, *values.shape[axis + 1 :]))
        for start in range(0, values.shape[axis], self.size):
            piece = values[(*head, slice(start, start + self.size))]
            found[(*head, slice(0, piece.shape[axis]))] += piece
        return np.roll(found, self.first, axis)

    @property
    def squared(self) -> Difference:
        """Each entry squared: its transpose gives diagonals of Gᵀ W G (no two entries fall on one node)."""
        return Difference(tuple(e**2 for e in self.entries), self.first, self.count, self.size, self.periodic)

    @property
    def matrix(self) -> sparse.csr_matrix:
        """G."""
        width = len(self.entries)
        columns = self.first + np.arange(self.count)[:, None] + np.arange(width)
        entries = np.stack([np.broadcast_to(e, self.count) for e in self.entries], 1)
        starts = np.arange(0, self.count * width + 1, width)
        shape = (self.count, self.size)
        return sparse.csr_matrix((entries.ravel(), (columns % self.size).ravel(), starts), shape=shape)
