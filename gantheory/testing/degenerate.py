"""Problems that cannot see a fault, refused by name: symmetric, separable, polynomial, 0 at the faces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations

import numpy as np
import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.objectives import Torus
from gantheory.symbolic import coordinates
from gantheory.testing.expressed import ExpressedField
from gantheory.testing.generic import Place

SMALL = 0.01  # of the whole: what is below it does not show
ALMOST = 0.001  # of the whole: a smooth function has no more than a few percent beside its separable part
SIDE = 24  # nodes on each axis of the tensor grid on which shapes are judged
GENERIC = "Use generic(domain), or add terms such as sin and exp of generic linear forms."


def unit_grid(dim: int) -> np.ndarray:
    """Midpoints of SIDE cells (12 in 3-D) on each axis of the unit box: symmetric about its centre, none on a face."""
    side = SIDE if dim < 3 else SIDE // 2
    line = (np.arange(side) + 0.5) / side
    return np.stack(np.meshgrid(*[line] * dim, indexing="ij"), -1)


def on_grid(expression: sp.Expr, domain: Place) -> np.ndarray:
    """The values at the midpoints, an array with an axis for each coordinate; a Refusal where they are not finite."""
    unit = unit_grid(domain.dim)
    values = ExpressedField(expression, domain.dim)(to_domain(unit.reshape(-1, domain.dim), domain)).numpy()
    if not np.isfinite(values).all():
        raise Refusal("D and the data are finite on the domain", f"{expression} on {domain}", "Move its singularity outside.")
    return values.reshape(unit.shape[:-1])


def refuse_infinite(values: Callable[[Tensor], Tensor], domain: Place, name: str) -> None:
    """Refuse a field that is not finite at a corner of the SIDE cells on each axis: at a face, or at a pole within."""
    line = np.linspace(0, 1, (SIDE if domain.dim < 3 else SIDE // 2) + 1)
    unit = np.stack([x.ravel() for x in np.meshgrid(*[line] * domain.dim, indexing="ij")], -1)
    x = to_domain(unit, domain)
    found = values(x)
    if not bool(found.isfinite().all()):
        at = x[~found.isfinite()][0].tolist()
        raise Refusal(f"{name} is finite up to the faces of the domain", f"no number at {at}", "Move its singularity outside.")


def to_domain(unit: np.ndarray, domain: Place) -> Float[Tensor, "n d"]:
    """Points of the unit box, (n, d), in the domain."""
    low = (0.0,) * domain.dim if isinstance(domain, Torus) else domain.lower
    high = domain.periods if isinstance(domain, Torus) else domain.upper
    return torch.from_numpy(np.asarray(low) + (np.asarray(high) - np.asarray(low)) * unit)


def refuse_shape(expression: sp.Expr, domain: Place, name: str) -> None:
    """Refuse a constant, a function of fewer coordinates, a symmetric one and a separable one."""
    values = on_grid(expression, domain)
    spread = float(values.std())
    if not spread > SMALL * float(np.abs(values).max()):
        raise Refusal(f"{name} varies over the domain", f"{expression}, constant to {SMALL:.0%}", GENERIC)
    for axis in range(domain.dim):
        if not float(values.std(axis).max()) > SMALL * spread:
            raise Refusal(f"{name} depends on every coordinate", f"{expression}, independent of x{axis + 1}", GENERIC)
    moved = _symmetry(values)
    if moved is not None:
        raise Refusal(f"{name} has no symmetry, which would hide a fault", f"{expression}, {moved}", GENERIC)


def refuse_separable(expression: sp.Expr, domain: Place, name: str) -> None:
    """Refuse f₁(x₁) f₂(x₂) … and f₁(x₁) + f₂(x₂) + …, where mixed derivatives or their coupling do not show."""
    if domain.dim == 1:
        return
    values = on_grid(expression, domain)
    if all(_rank_one(np.moveaxis(values, k, 0)) for k in range(domain.dim)):
        raise Refusal(f"{name} is not a product of functions of one coordinate each", expression, GENERIC)
    lines = [values.mean(tuple(j for j in range(domain.dim) if j != k), keepdims=True) for k in range(domain.dim)]
    rest = values - sum(lines, np.zeros_like(values)) + (domain.dim - 1) * values.mean()
    if not float(rest.std()) > ALMOST * float(values.std()):
        raise Refusal(f"{name} is not a sum of functions of one coordinate each", expression, GENERIC)


def _rank_one(values: np.ndarray) -> bool:
    size = np.linalg.svd(values.reshape(len(values), -1), compute_uv=False)
    return not size[1] > ALMOST * size[0]


def _moves(dim: int) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """Symmetries of the box, scaled to a cube; on a torus they keep the origin."""
    yield "about the centre", np.flip
    for k in range(dim if dim > 1 else 0):
        yield f"under reflection of x{k + 1}", partial(np.flip, axis=k)
    for j, k in combinations(range(dim), 2):
        yield f"under exchange of x{j + 1} and x{k + 1}", partial(np.swapaxes, axis1=j, axis2=k)


def _symmetry(values: np.ndarray) -> str | None:
    """even or odd under a symmetry of the box, up to a constant; None where it is neither."""
    centred = values - values.mean()
    for words, move in _moves(values.ndim):
        for kind, sign in (("even", 1), ("odd", -1)):
            if not float((move(centred) - sign * centred).std()) > SMALL * float(centred.std()):
                return f"{kind} {words}"
    return None


def refuse_polynomial(D: sp.Expr, dim: int, order: int) -> None:
    """Refuse a polynomial that the stencils of order m reproduce exactly: of degree ≤ 2m + 1 in a coordinate."""
    for xi in coordinates(dim):
        if D.is_polynomial(xi) and (degree := sp.degree(D, xi)) <= 2 * order + 1:
            given = f"{D}, of degree {degree} in {xi}"
            raise Refusal(f"D is not a polynomial of degree ≤ {2 * order + 1}: schemes reproduce it exactly", given, GENERIC)


def refuse_zero_at_faces(values: Callable[[Tensor], Tensor], domain: Place, name: str) -> None:
    """Refuse a field that is 0 on a face of the box, against its size inside."""
    if isinstance(domain, Torus):
        return
    unit = unit_grid(domain.dim).reshape(-1, domain.dim)
    inside = float(values(to_domain(unit, domain)).abs().max())
    for axis in range(domain.dim):
        for end, word in ((0.0, "lower"), (1.0, "upper")):
            face = unit.copy()
            face[:, axis] = end
            if not float(values(to_domain(face, domain)).abs().max()) > SMALL * inside:
                given = f"0 at the {word} face of x{axis + 1}"
                raise Refusal(f"{name} is not 0 at the boundary, which would hide its data", given, "Add a constant to D.")


def refuse_not_periodic(expression: sp.Expr, domain: Place, name: str) -> None:
    """On a torus, refuse what changes from x to x + T e_k."""
    if not isinstance(domain, Torus):
        return
    field = ExpressedField(expression, domain.dim)
    x = to_domain(unit_grid(domain.dim).reshape(-1, domain.dim), domain)
    here = field(x)
    for axis, period in enumerate(domain.periods):
        step = torch.zeros(domain.dim, dtype=x.dtype)
        step[axis] = period
        if not float((field(x + step) - here).abs().max()) <= 1e-10 * float(here.abs().max()):
            given = f"{expression}, which changes along x{axis + 1}"
            raise Refusal(f"{name} has the periods of the {domain}", given, "Use sin and cos of 2π k x/T, k whole.")
