"""One-sided centred penalties where |∇D| passes the centre: D has a kink there, and every scheme the order 3/2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import sympy as sp
import torch
from torch import Tensor

from derivations.rates._cases import ERROR, SIZE
from derivations.rates.finite_differences import CLAMPED, LINE, MEAN, PLANE, on_box
from derivations.rates.finite_elements import LINEAR, QUADRATIC, on_mesh
from gantheory.claims import Claim, Convergence, Step
from gantheory.discriminators import solve
from gantheory.discriminators.grid_field import GridField
from gantheory.objectives import LEAST_SQUARES, Box, GradientPenalty, Objective
from gantheory.symbolic import coordinates, nu, p, q
from gantheory.testing import ExpressedField, Manufactured
from gantheory.testing.data import fitting
from gantheory.testing.points import quasi_random

CENTRE, WEIGHT = sp.Rational(13, 10), sp.Rational(1, 2)
PLACES = 20_001  # where the error is measured
THIRDS = (10, 16, 22, 46, 94)  # 1 more than a multiple of 3: the kink is at a third of its cell


def objective(one_sided: bool) -> Objective:
    """Least squares under ½∫ (p + q)/2 · (|∇D| − K)², or of its positive part."""
    return Objective(LEAST_SQUARES, WEIGHT * GradientPenalty(1, over=MEAN, centre=CENTRE, one_sided=one_sided))


@dataclass(frozen=True, eq=False)
class Kinked:
    """D with a kink where s = 0, and the smooth data that make it exact.

    Where s > 0, D is K s + s³/2 + 1/3 with |∇s| = 1: |∇D| ≥ K, with equality and no flux at s = 0; the source of the equation
    is smooth. Where s < 0 the penalty is idle, and (p + q) D = p − q + source. s is x − 1/30 on the line, at a third of
    the box, and r − 17/10 in the plane, r from (−1.3, −0.4).
    """

    data: Manufactured
    level: ExpressedField
    idle: ExpressedField

    def __call__(self, x: Tensor) -> Tensor:
        """D."""
        return torch.where(self.level(x) < 0, self.idle(x), self.data.exact(x))


@cache
def kinked(dim: int) -> Kinked:
    """With generic p and q."""
    x, box = coordinates(dim), Box(*(LINE if dim == 1 else PLANE), CLAMPED)
    s = x[0] - sp.Rational(1, 30)
    if dim == 2:
        s = sp.sqrt((x[0] + sp.Rational(13, 10)) ** 2 + (x[1] + sp.Rational(2, 5)) ** 2) - sp.Rational(17, 10)
    beyond, whole = CENTRE * s + s**3 / 2 + sp.Rational(1, 3), objective(one_sided=False)
    data = Manufactured(whole, beyond, box, fitting(whole, beyond, box, {}))
    P, Q = data.densities[p], data.densities[q]
    return Kinked(data, ExpressedField(s, dim), ExpressedField((data.source.expression + P - Q) / (P + Q), dim))


@cache
def error(make: Callable[[int], Any], dim: int, size: float) -> float:
    """The relative L² error at points spread in the box, a grid's values joined by straight lines."""
    D, ends = kinked(dim), LINE if dim == 1 else PLANE
    solver = replace(make(round(1 / size)), source=D.data.source, boundary=D)
    found = solve(objective(one_sided=True), D.data.real, D.data.fake, solver=solver)
    x = quasi_random(*ends, PLACES)
    values = found(x)
    if isinstance(found, GridField):
        values = torch.from_numpy(np.interp(x[:, 0], found.grid.axes[0], found.values))
    return float((values - D(x)).norm() / D(x).norm())


def kink(make: Callable[[int], Any], dim: int, counts: tuple[int, ...], finer: tuple[int, ...] = ()) -> Convergence:
    """Order 3/2."""
    quick, more = (tuple(1 / n for n in each) for each in (counts, finer))
    return Convergence(partial(error, make, dim), quick, 1.5, 1e-2, more, size=SIZE, quantity=ERROR)


x, theta, jump = sp.symbols("x theta kappa", real=True)
h, K, alpha, lam = sp.symbols("h K alpha lambda", positive=True)


def both_sides() -> list[sp.Expr]:
    """D and D′ at 0 from beyond, less those from where the penalty is idle, D = K x + α x³ beyond; from the equation."""
    P, Q, w = (sp.Function(name, positive=True)(x) for name in ("p", "q", "nu"))
    beyond = K * x + alpha * x**3
    penalty = lam * GradientPenalty(1, over=nu, centre=K)
    left, right = Objective(LEAST_SQUARES, penalty).euler_lagrange().at(beyond, P, Q, (x,), w)
    idle = (left - right + P - Q) / (P + Q)
    gap = beyond - idle
    return [sp.simplify(e.doit().subs(x, 0).doit()) for e in (gap, sp.diff(gap, x))]


def expected_jump() -> list[sp.Expr]:
    """0 and 12λα w(0)/(p + q)(0): flux 3αw x² has the divergence 6αw x + …, and 2λ times that is (p + q)(D − D_idle)."""
    P, Q, w = (sp.Function(name, positive=True)(0) for name in ("p", "q", "nu"))
    return [sp.S.Zero, 12 * lam * alpha * w / (P + Q)]


def from_a_chord() -> sp.Expr:
    """∫₀^h (κ(x − θh)₊ − its chord)² dx."""
    chord = jump * (1 - theta) * x
    parts = ((chord, 0, theta * h), (jump * (x - theta * h) - chord, theta * h, h))
    return sum(sp.integrate(sp.expand(f**2), (x, a, b)) for f, a, b in parts)


def from_parabolas() -> sp.Expr:
    """The least ∫₀^h (κ(x − θh)₊ − c₀ − c₁x − c₂x²)² dx, by normal equations."""
    bent = jump * (x - theta * h)
    load = sp.Matrix([sp.integrate(sp.expand(bent * x**k), (x, theta * h, h)) for k in range(3)])
    mass = sp.Matrix(3, 3, lambda j, k: h ** (j + k + 1) / (j + k + 1))
    return sp.expand(sp.integrate(sp.expand(bent**2), (x, theta * h, h)) - (load.T * mass.inv() * load)[0])


def by_legendre() -> sp.Expr:
    """h³ times the same on the unit cell, by orthogonal polynomials."""
    bent = jump * (x - theta)
    squares = sp.integrate(sp.expand(bent**2), (x, theta, 1))
    waves = [sp.integrate(sp.expand(bent * sp.legendre(k, 2 * x - 1)), (x, theta, 1)) for k in range(3)]
    return sp.expand(h**3 * (squares - sum((2 * k + 1) * c**2 for k, c in enumerate(waves))))


SLOPES = Claim(
    name="rate-one-sided-kink",
    says=(
        "Under a one-sided penalty alone, where |∇D| passes the centre K, D is continuous but its slope jumps to K even for "
        "smooth data, and the order in L² is 3/2: for differences, linear and quadratic elements alike."
    ),
    equation=r"\partial_s D\big|_{0+} = K, \qquad \partial_s D\big|_{0-} = K - \frac{12\lambda\alpha w}{p + q},"
    r"\qquad \|D_h - D\|_{L^2} = O(h^{3/2})",
    source="petzka2018regularization, the penalty; derived",
    proof=(
        Step("from one side to the other D agrees and its slope jumps", both_sides, expected_jump),
        Step(
            "a kink within a cell: its distance from a chord",
            from_a_chord,
            lambda: jump**2 * h**3 * theta**2 * (1 - theta) ** 2 / 3,
        ),
        Step("its least distance from parabolas is of the same order", from_parabolas, by_legendre),
    ),
    witness=(
        kink(on_box(LINE, CLAMPED), 1, THIRDS, (190,)),
        kink(on_mesh(LINEAR, LINE, CLAMPED), 1, THIRDS),
        kink(on_mesh(QUADRATIC, LINE, CLAMPED), 1, THIRDS[:-1]),
        kink(on_mesh(LINEAR, PLANE, CLAMPED), 2, (8, 16, 24, 32)),
    ),
)
