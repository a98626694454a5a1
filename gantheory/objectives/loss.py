"""A GAN loss as data: three expressions in the symbol y, as a Runge–Kutta method is a tableau."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic import p, q, r, refuse_foreign, y


@dataclass(frozen=True)
class Loss:
    """E_p[real(D)] + E_q[fake(D)], minimised over D; the generator minimises E_q[generator(D)].

    Each side is a SymPy expression in gantheory's y; other symbols are free parameters. Factors ½ are written out.
    The default generator −y makes particles climb D.

    >>> Loss(real=-y, fake=y + y**2 / 4).force()  # Pearson: ẋ = 2r ∇ log r
    2*r
    """

    real: sp.Expr
    fake: sp.Expr
    generator: sp.Expr = -y

    def __post_init__(self) -> None:
        for side in ("real", "fake", "generator"):
            expression = getattr(self, side)
            if not isinstance(expression, sp.Expr | int | float):
                given = f"the text {expression!r}" if isinstance(expression, str) else repr(expression)
                raise Refusal(f"Loss.{side} is a SymPy expression in y", given, "Use y from gantheory.")
            expression = refuse_foreign(sp.sympify(expression), y)
            if expression.has(sp.I):
                raise Refusal(f"Loss.{side} is real", expression)
            if expression.has(sp.nan, sp.zoo, sp.oo):
                raise Refusal(f"Loss.{side} is finite", expression)
            object.__setattr__(self, side, expression)

    @property
    def reaction(self) -> sp.Expr:
        """p ℓ_real′(y) + q ℓ_fake′(y): what the loss contributes to the Euler–Lagrange equation."""
        return p * sp.diff(self.real, y) + q * sp.diff(self.fake, y)

    @property
    def linear(self) -> bool:
        """Both sides are affine in y, so that nothing in the loss itself bounds D."""
        return bool(sp.simplify(sp.diff(self.reaction, y)) == 0)

    @property
    def quadratic(self) -> bool:
        """Both sides are polynomials of degree ≤ 2, and curved upwards."""
        curvature = sp.simplify(sp.diff(self.reaction, y))
        return bool(y not in curvature.free_symbols and curvature.is_positive)

    def optimum(self) -> sp.Expr:
        """D*(p, q): the pointwise minimiser of p ℓ_real(y) + q ℓ_fake(y), found by SymPy.

        Raises Refusal where there is none (a linear loss) or SymPy cannot single it out.
        """
        if self.linear:
            raise Refusal(
                "a pointwise optimum needs a loss that is curved in y", f"the linear loss {self}", "Add a GradientPenalty."
            )
        slope = sp.together(self.reaction)
        try:
            roots = sp.solve(sp.numer(slope), y)
        except NotImplementedError:
            roots = []
        found = [s for s in roots if sp.simplify(sp.diff(self.reaction, y).subs(y, s)).is_positive]
        if len(found) != 1:
            raise Refusal("the pointwise optimum is a single minimum that SymPy can find", f"{found or 'none'} for {self}")
        return sp.factor(found[0])

    def divergence(self) -> sp.Expr:
        """−min_y (p ℓ_real(y) + q ℓ_fake(y)): the integrand of the divergence that the optimal D estimates."""
        best = self.optimum()
        return sp.factor(sp.simplify(-(p * self.real.subs(y, best) + q * self.fake.subs(y, best))))

    def force(self, ratio: sp.Expr = r) -> sp.Expr:
        """C(r) in ẋ = C(r) ∇ log r for a generated particle at the optimal D, r = p/q: −γ′(D*) · dD*/d log r."""
        best = self.optimum().subs(p, r * q)
        motion = -sp.diff(self.generator, y).subs(y, best) * r * sp.diff(best, r)
        return sp.factor(sp.simplify(motion)).subs(r, ratio)

    def __str__(self) -> str:
        D = sp.Symbol("D")
        return f"E_p[{self.real.subs(y, D)}] + E_q[{self.fake.subs(y, D)}]"
