"""A finite group of matrices, verified."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gantheory._checks import finite
from gantheory._errors import Refusal

LARGEST = 1152  # elements; the table of products takes k³d² operations, here some seconds
ROUNDOFF = 100.0  # times eps · d · (largest entry)²: what two roundings of a product of two matrices may differ by


@dataclass(frozen=True, eq=False)
class Group:
    """Σ = {T_1, …, T_k} ⊂ GL(d), acting on R^d by x ↦ T x, with Haar measure 1/k on each element.

    elements: (k, d, d), distinct. That they hold the identity, all products and all inverses, and are orthogonal matrices,
    is verified to roundoff; isometric=False declares an action that does not keep distances (and refuses one that does). The
    action is about the origin: translate data first, so that the centre of symmetry is 0. Elements follow the dtype and
    device of the points they act on.
    """

    elements: Any  # Float[Tensor, "k d d"] once constructed
    name: str | Any = ""
    isometric: bool | Any = True

    def __post_init__(self) -> None:
        T = _matrices(self.elements)
        object.__setattr__(self, "elements", T.detach().clone())
        if not isinstance(self.name, str) or not isinstance(self.isometric, bool):
            raise Refusal("a Group has a name and says whether it is isometric", f"{self.name!r} and {self.isometric!r}")
        _refuse_repetition(T)
        if float((T[self.identity] - self._unit).abs().max()) > _roundoff(T):
            raise Refusal("a group holds the identity", f"{len(T)} elements without it", "Add the unit matrix.")
        self._refuse_no_inverse(self.table)
        self._verify_isometry()

    @property
    def _unit(self) -> Tensor:
        return torch.eye(self.dim, dtype=self.elements.dtype, device=self.elements.device)

    @cached_property
    def identity(self) -> int:
        """The index of the unit matrix."""
        return int((self.elements - self._unit).abs().amax((1, 2)).argmin())

    @cached_property
    def table(self) -> Int[Tensor, "k k"]:
        """The index of T_i T_j at (i, j); a Refusal names the first pair whose product is no element."""
        T = self.elements
        flat = T.flatten(1)
        rows = []
        for i, left in enumerate(T):
            products = (left @ T).flatten(1)
            nearest = (flat.square().sum(1) - 2 * products @ flat.T).argmin(1)
            apart = (products - flat[nearest]).abs().amax(1)
            if float(apart.max()) > _roundoff(T):
                j = int((apart > _roundoff(T)).nonzero()[0])
                given = f"elements {i} and {j}, whose product is {float(apart[j]):.2g} away from the nearest element"
                raise Refusal(
                    "a group holds the product of any two of its elements", given, "Add the products that are missing."
                )
            rows.append(nearest)
        return torch.stack(rows)

    @property
    def order(self) -> int:
        """|Σ| = k."""
        return len(self.elements)

    @property
    def dim(self) -> int:
        """d."""
        return self.elements.shape[1]

    @cached_property
    def inverses(self) -> Int[Tensor, " k"]:
        """The index of T_i⁻¹."""
        return (self.table == self.identity).int().argmax(1)

    def acting_on(self, x: Tensor) -> Float[Tensor, "k d d"]:
        """The elements in the dtype and on the device of x, whose rows are points of R^d."""
        if not isinstance(x, Tensor) or x.ndim != 2 or x.shape[1] != self.dim:
            given = f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
            raise Refusal(f"{self} acts on points of shape (n, {self.dim})", given)
        if not x.is_floating_point():
            raise Refusal("a group acts on real points, float32 or float64", x.dtype, "Convert with .double().")
        finite(x, "points on which a group acts")
        return self.elements.to(dtype=x.dtype, device=x.device)

    def orbit(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "k n d"]:
        """T_σ x_i at (σ, i)."""
        return x @ self.acting_on(x).mT

    def __str__(self) -> str:
        return self.name or f"a group of order {self.order} in R^{self.dim}"

    def _refuse_no_inverse(self, table: Tensor) -> None:
        lonely = (~(table == self.identity).any(1)).nonzero()
        if len(lonely):
            raise Refusal("every element of a group has its inverse in it", f"element {int(lonely[0])} without one")

    def _verify_isometry(self) -> None:
        T = self.elements
        stretch = (T.mT @ T - self._unit).abs().amax((1, 2))
        keeps = float(stretch.max()) <= _roundoff(T)
        if self.isometric and not keeps:
            given = f"element {int(stretch.argmax())} with |TᵀT − I| = {float(stretch.max()):.2g}"
            raise Refusal("an isometric group consists of orthogonal matrices", given, "Declare isometric=False.")
        if keeps and not self.isometric:
            raise Refusal("isometric=False declares an action that changes distances", "orthogonal matrices", "Leave it out.")


def _roundoff(T: Tensor) -> float:
    return ROUNDOFF * torch.finfo(T.dtype).eps * T.shape[1] * max(1.0, float(T.abs().max())) ** 2


def _matrices(value: object) -> Tensor:
    """The elements as a finite tensor (k, d, d), or a Refusal."""
    if not isinstance(value, Tensor) or value.dtype not in (torch.float32, torch.float64):
        given = value.dtype if isinstance(value, Tensor) else type(value).__name__
        raise Refusal("the elements of a group form a float32 or float64 tensor", given, "Use .double().")
    if value.ndim != 3 or value.shape[1] != value.shape[2] or 0 in value.shape:
        raise Refusal("the elements of a group have shape (k, d, d), k ≥ 1, d ≥ 1", f"shape {tuple(value.shape)}")
    if len(value) > LARGEST:
        raise Refusal(f"a verified group has at most {LARGEST} elements", len(value), "Use a subgroup.")
    if not bool(value.isfinite().all()):
        raise Refusal("the elements of a group are finite", "NaN or infinity")
    return value


def _refuse_repetition(T: Tensor) -> None:
    """Each element stands once, for the Haar measure gives each index 1/k."""
    flat = T.flatten(1)
    for i in range(len(T) - 1):
        same = ((flat[i + 1 :] - flat[i]).abs().amax(1) <= _roundoff(T)).nonzero()
        if len(same):
            raise Refusal("the elements of a group are distinct", f"elements {i} and {i + 1 + int(same[0])} equal", "Drop one.")
