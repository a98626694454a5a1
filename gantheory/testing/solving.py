"""assert_solves: a field satisfies an Euler–Lagrange equation at points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from torch import Tensor

from gantheory._checks import is_real
from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.claims import Outcome, Standing
from gantheory.lowering import lower
from gantheory.measures import Density
from gantheory.objectives import EulerLagrange, Objective
from gantheory.symbolic import coordinates, nu, p, q, y
from gantheory.testing.figures import drawn
from gantheory.testing.partials import partials
from gantheory.testing.points import points_of
from gantheory.testing.telling import FAILED, failure

Side = Any  # a Field, a density, or an expression in the coordinates


def assert_solves(
    field: Side,
    equation: EulerLagrange | Objective | Any,
    real: Side,
    fake: Side,
    *,
    points: Tensor,
    reference: Side | None = None,
    source: Side | None = None,
    spacing: float | None = None,
    tolerance: float = 1e-8,
) -> float:
    """|Σ λ_i δ(∫ w_i|∇^{m_i}D|²)/δD + p ℓ_real′(D) + q ℓ_fake′(D) − source| ≤ tolerance · scale; returns the residual.

    The scale is the largest sum, over the points, of the sizes of these parts, so that the residual has no dimension. field,
    real, fake, reference and source are Fields, densities, or expressions in the coordinates. Derivatives come from autograd,
    exactly; with spacing=h from central differences of order 8, for fields that cannot be differentiated so often.
    AssertionError holds both sides at the worst point and a figure's path.
    """
    __tracebackhide__ = FAILED
    if not is_real(tolerance) or tolerance <= 0:
        raise Refusal("assert_solves has a positive tolerance", repr(tolerance))
    if spacing is not None and not (is_real(spacing) and spacing > 0):
        raise Refusal("the spacing of assert_solves is a positive number", repr(spacing))
    x = points_of(points, "the points of assert_solves")
    if not isinstance(equation, EulerLagrange | Objective):
        raise Refusal("assert_solves takes an EulerLagrange equation or an Objective", repr(equation))
    whole = equation.euler_lagrange() if isinstance(equation, Objective) else equation
    sides = {"D": field, "p": real, "q": fake, "nu": reference, "source": source}
    needed = ("D", "p", "q")
    given = {n: side_of(value, x.shape[1], n) for n, value in sides.items() if value is not None or n in needed}
    for name, side in given.items():
        values = side(x).detach()
        if not bool(values.isfinite().all()):
            where = int((~values.isfinite()).nonzero()[0])
            raise AssertionError(f"{name} should be finite\n  got {float(values[where])} at {x[where].tolist()}")
    lefts, rights = parts_at(whole, given, x, spacing)
    left, right = sum(lefts, np.zeros(len(x))), sum(rights, np.zeros(len(x)))
    scale = float(np.max(sum(map(np.abs, (*lefts, *rights)), np.zeros(len(x))))) or 1.0
    gap = np.abs(left - right)
    residual = float(np.max(gap)) / scale
    if not residual <= tolerance:
        at = int(np.argmax(np.nan_to_num(gap, nan=np.inf)))
        says = f"the field should solve {whole}"
        detail = f"residual {residual:.3g} of the scale {scale:.3g} (tolerance {tolerance:.1g}), worst at {x[at].tolist()}"
        outcome = Outcome(Standing.FAILS, detail, float(left[at]), float(right[at]))
        raise AssertionError(failure(says, outcome, drawn("solves", left, right, says)))
    return residual


def side_of(value: Any, dim: int, name: str) -> Field:
    """The values of a Field, of a density or of an expression in the coordinates, as a function of points."""
    if isinstance(value, sp.Expr):
        lowered = lower(value, *coordinates(dim))
        return lambda x: lowered(*x.T)
    if isinstance(value, Density):
        return value.density
    if not callable(value):
        given, cure = type(value).__name__, "Use a Gaussian, a Mixture, or an expression."
        raise Refusal(f"{name} is a Field, a density, or an expression in the coordinates", given, cure)
    return value


def parts_at(
    equation: EulerLagrange, given: Mapping[str, Field], x: Tensor, spacing: float | None
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The values at x of each penalty's variation, and of the parts of the right side: of p, of q, the rest, the source."""
    z = coordinates(x.shape[1])
    unknown = {name: sp.Function(name, real=True, positive=name != "D" or None)(*z) for name in given}
    if "nu" not in given and any(nu in t.penalty.over.free_symbols for t in equation.terms):
        raise Refusal("a penalty over nu needs the reference density", "reference=None", "Pass reference=.")
    densities = {s: unknown[s.name] for s in (p, q, nu) if s.name in unknown}
    D = unknown["D"]
    lefts = [t.weight * t.penalty.variation(D, z, t.penalty.over.subs(densities)) for t in equation.terms]
    reaction = sp.expand(equation.reaction)
    of = [reaction.coeff(s) * s for s in (p, q)]
    rights = [-part.subs(densities).subs(y, D) for part in (*of, sp.expand(reaction - sum(of)))]
    rights += [unknown["source"]] if "source" in unknown else []
    values = _Values({unknown[name]: f for name, f in given.items()}, x, spacing)
    return [values.of(e) for e in lefts], [values.of(e) for e in rights]


@dataclass(frozen=True, eq=False)
class _Values:
    """Expressions in unknown functions, evaluated with the derivatives of the fields that stand for them."""

    fields: Mapping[sp.Expr, Field]
    x: Tensor
    spacing: float | None

    def of(self, expression: sp.Expr) -> np.ndarray:
        """The values at x."""
        symbols, columns = dict[sp.Expr, sp.Symbol](), list[Tensor]()
        for f, field in self.fields.items():
            taken = [d for d in expression.atoms(sp.Derivative) if d.expr == f]
            orders = {d: tuple(int(dict(d.variable_count).get(z, 0)) for z in f.args) for d in taken} | {f: (0,) * len(f.args)}
            found = partials(field, self.x, list(orders.values()), self.spacing)
            for d, a in orders.items():
                symbols[d] = sp.Dummy(str(d), real=True, positive=f.is_positive if d == f else None)
                columns.append(found[a])
        free = expression.xreplace(symbols)
        return lower(free, *symbols.values())(*columns).numpy()
