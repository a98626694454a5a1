"""Does the generator rest stably at the data? The Hessian of MMD² along directions that move a Gaussian."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic import Scalar, r


@dataclass(frozen=True)
class Motion:
    """The direction φ(x) = shift + matrix x in which generated particles are moved; a missing part is 0."""

    dim: int
    shift: Sequence[Any] = ()
    matrix: Sequence[Sequence[Any]] = ()

    def __post_init__(self) -> None:
        n = self.dim
        shift = sp.Matrix(list(self.shift) or [0] * n)
        matrix = sp.Matrix(self.matrix) if len(self.matrix) else sp.zeros(n, n)
        if shift.shape != (n, 1) or matrix.shape != (n, n):
            raise Refusal(
                "a Motion of R^n has a shift of n numbers and an n × n matrix", f"{shift.shape}, {matrix.shape}, n = {n}"
            )
        object.__setattr__(self, "shift", tuple(shift))
        object.__setattr__(self, "matrix", tuple(map(tuple, matrix.tolist())))


def translation_curvature(kernel: sp.Expr, dim: Scalar) -> sp.Expr:
    """d²/dt² MMD²(N(0, I), N(t e, I)) at t = 0, |e| = 1: −(1/n) E[R k′(R)], R = |X − X′| = √2|Z| in R^n.

    kernel: k(r), a sum of powers r^a and r^a log r; n may be a symbol. −Δk may be a distribution: by Stein's identity
    E[Δk] = ½E[R k′], only k′ enters.

    >>> translation_curvature(r**3 / 12, 1), translation_curvature(-r / 2, 1)
    (-2/sqrt(pi), 1/sqrt(pi))
    """
    n = sp.sympify(dim, strict=True)
    return _mean(kernel, n, lambda a: -a / n)


def scaling_curvature(kernel: sp.Expr, dim: Scalar) -> sp.Expr:
    """d²/dσ² MMD²(N(0, I), N(0, σ² I)) at σ = 1: 8 f″(2) with f(v) = E k(√v |Z|), which is ½a(a − 2) E R^a for k = r^a.

    >>> scaling_curvature(r**3 / 12, 1), scaling_curvature(-r / 2, 1)
    (1/sqrt(pi), 1/(2*sqrt(pi)))
    """
    return _mean(kernel, sp.sympify(dim, strict=True), lambda a: a * (a - 2) / 2)


def generator_hessian(kernel: sp.Expr, *motions: Motion) -> sp.Matrix:
    """2 ∬ φ_i(x)ᵀ ∇_x∇_yᵀ k(|x−y|) φ_j(y) q(x) q(y) dx dy at q = p = N(0, I): the Hessian of MMD² = ∬ k ρ ρ.

    That of −min_D J = MMD²/4λ is 1/4λ times it. Negative: the generator leaves the data in that direction.
    For φ_i = b_i + M_i x: −(1/n)⟨b_i, b_j⟩ E[R k′] + 2f″(2) (tr E_i tr E_j + 2 tr(E_i E_j))/(n(n+2)), E = M + Mᵀ.
    """
    if not motions or len({motion.dim for motion in motions}) != 1:
        raise Refusal("generator_hessian takes motions of one space R^n", f"dimensions {[motion.dim for motion in motions]}")
    n = motions[0].dim
    along, across = translation_curvature(kernel, n), scaling_curvature(kernel, n) / (4 * n * (n + 2))
    shifts = [sp.Matrix(motion.shift) for motion in motions]
    strains = [sp.Matrix(motion.matrix) + sp.Matrix(motion.matrix).T for motion in motions]

    def entry(i: int, j: int) -> sp.Expr:
        traces = strains[i].trace() * strains[j].trace() + 2 * (strains[i] * strains[j]).trace()
        return along * shifts[i].dot(shifts[j]) + across * traces

    return sp.Matrix(len(motions), len(motions), entry)


def _mean(kernel: sp.Expr, n: sp.Expr, factor: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    """Σ c factor(a) E R^a for a kernel Σ c r^a, with d/da of it for r^a log r; E R^a = 2^a Γ((n+a)/2)/Γ(n/2)."""
    a = sp.Dummy("a")
    moment = factor(a) * 2**a * sp.gamma((n + a) / 2) / sp.gamma(n / 2)
    total = sp.S.Zero
    for part in sp.Add.make_args(sp.expand(sp.sympify(kernel, strict=True))):
        constant, rest = part.as_independent(r, as_Add=False)
        logarithm = rest.has(sp.log)
        power = sp.powsimp(rest / sp.log(r) if logarithm else rest)
        base, exponent = power.as_base_exp() if power != 1 else (r, sp.S.Zero)
        if base != r or exponent.has(r):
            raise Refusal(
                "the curvature is known for sums of r^a and r^a log r", part, "Use fundamental_solution or riesz_solution."
            )
        whole = (n + exponent).is_positive
        if whole is False:
            raise Refusal("E|X − X′|^a is finite for a > −n", f"{part} in R^{n}")
        value = sp.diff(moment, a) if logarithm else moment
        total += constant * value.subs(a, exponent)
    return sp.expand_func(sp.simplify(total))
