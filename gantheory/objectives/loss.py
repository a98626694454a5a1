"""A GAN loss as data: three expressions in the symbol y, as a Runge–Kutta method is a tableau."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives.divergence import Divergence
from gantheory.objectives.optimum import least_at_kinks, minimiser
from gantheory.objectives.pieces import JUMPS, SAME, jumps, kinked, straight
from gantheory.symbolic import line, p, q, r, refuse_foreign, y


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
            expression = refuse_foreign(sp.sympify(expression, strict=True), y)
            if expression.has(sp.I):
                raise Refusal(f"Loss.{side} is real", expression)
            if expression.has(sp.nan, sp.zoo, sp.oo):
                raise Refusal(f"Loss.{side} is finite", expression)
            steps = (jumps(expression) or []) if expression.has(*JUMPS) else []
            broken = [(c, step) for c, step in steps if abs(step) > SAME]
            if broken:
                need, (where, step) = f"Loss.{side} is continuous in y", broken[0]
                raise Refusal(need, f"{expression}, which jumps by {sp.N(step, 3)} at y = {where}", "Use Max, Min or Abs.")
            object.__setattr__(self, side, expression)

    @property
    def reaction(self) -> sp.Expr:
        """p ℓ_real′(y) + q ℓ_fake′(y): what the loss contributes to the Euler–Lagrange equation."""
        return p * sp.diff(self.real, y) + q * sp.diff(self.fake, y)

    @property
    def linear(self) -> bool:
        """Both sides are affine in y, so that nothing in the loss itself bounds D."""
        return straight(self.reaction)

    @property
    def quadratic(self) -> bool:
        """Both sides are polynomials of degree ≤ 2, and curved upwards."""
        if kinked(self.reaction):
            return False
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
        return minimiser(self.integrand)

    @property
    def integrand(self) -> sp.Expr:
        """p ℓ_real(y) + q ℓ_fake(y)."""
        return p * self.real + q * self.fake

    def divergence(self) -> sp.Expr:
        """−min_y (p ℓ_real(y) + q ℓ_fake(y)): the integrand of the divergence that the optimal D estimates."""
        best = self.optimum()
        if kinked(self.integrand):
            return sp.expand(-least_at_kinks(self.integrand))
        return tidy(-self.integrand.subs(y, best))

    def estimated(self) -> Divergence:
        """The f-divergence that the optimal D estimates: its integrand is q f(p/q) = divergence() + c (p + q), f(1) = 0."""
        value = self.divergence().subs({p: r, q: 1})
        return Divergence(sp.expand(value - value.subs(r, 1) * (r + 1) / 2))

    def force(self, ratio: sp.Expr = r) -> sp.Expr:
        """C(r) in ẋ = C(r) ∇ log r for a generated particle at the optimal D, r = p/q: −γ′(D*) · dD*/d log r.

        Raises Refusal where D* does not move with r: at the kinks of a piecewise linear loss.
        """
        best = sp.expand_log(self.optimum().subs(p, r * q))
        if kinked(self.integrand):
            need = "a force needs an optimal D that moves with the ratio of the densities"
            given = f"D* = {self.optimum()} of {self}, locally constant"
            raise Refusal(need, given, "Add a GradientPenalty, or use a smooth loss: JENSEN_SHANNON is bounded too.")
        motion = -sp.diff(self.generator, y).subs(y, best) * r * sp.diff(best, r)
        return tidy(motion).subs(r, ratio)

    def __str__(self) -> str:
        D = sp.Symbol("D")
        return f"E_p[{line(self.real.subs(y, D))}] + E_q[{line(self.fake.subs(y, D))}]"


def tidy(expression: sp.Expr) -> sp.Expr:
    """Simplified and factored; W(x e^x) is x for x > 0, cosh log x is (x + 1/x)/2."""
    hyperbolic = (f for f in expression.atoms(sp.cosh, sp.sinh, sp.tanh) if f.args[0].has(sp.log))
    plain = expression.xreplace({f: f.rewrite(sp.exp) for f in hyperbolic})
    return sp.factor(sp.simplify(plain.replace(sp.LambertW, _undone)))


def _undone(z: sp.Expr) -> sp.Expr:
    """W(z), which is x for z = x e^x with x > 0."""
    powers = sp.powsimp(sp.expand_log(sp.powsimp(z))).atoms(sp.exp)
    x = sp.powsimp(z * sp.exp(-sp.Add(*(e.args[0] for e in powers))))
    return x if x.is_positive and sp.simplify(x * sp.exp(x) - z) == 0 else sp.LambertW(z)
