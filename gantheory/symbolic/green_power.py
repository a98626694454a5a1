"""Where the power r^{2m−n} is a fundamental solution, and how heavy the tails of its sampled force are."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic.green import _checked, _checked_integer, power_branch
from gantheory.symbolic.symbols import Scalar

NEED = "r^{2m−n} is a fundamental solution of (−Δ)^m where n is odd or 2m < n"
CURE = "Use fundamental_solution, which takes the logarithm there."


class Conditional(sp.Expr):
    """An expression where a condition on its symbols holds; a substitution that breaks the condition is refused by name."""

    def __new__(cls, expression: sp.Expr, condition: Any) -> sp.Expr:
        """The bare expression as soon as the condition is decided."""
        if condition == sp.true:
            return expression
        if condition == sp.false:
            raise Refusal(NEED, "an even n ≤ 2m", CURE)
        return sp.Expr.__new__(cls, expression, condition)

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        return Conditional(sp.diff(self.args[0], symbol), self.args[1])

    def _latex(self, printer: Any) -> str:
        return rf"{printer._print(self.args[0])}\quad\text{{for }}{printer._print(self.args[1])}"

    def _sympystr(self, printer: Any) -> str:
        return f"{printer._print(self.args[0])} for {printer._print(self.args[1])}"


def power_solution(order: Scalar, dim: Scalar) -> sp.Expr:
    """c r^{2m−n} with (−Δ)^m c r^{2m−n} = δ: refused for even n ≤ 2m, where no power is one.

    For symbols that leave this open the result is Conditional(power, n odd or 2m < n): numbers may be put in later, and
    even n ≤ 2m is refused then.

    >>> power_solution(2, 3)
    -r/(8*pi)
    """
    m, n = _checked_integer(order, "the order m of (−Δ)^m"), _checked_integer(dim, "the dimension n")
    if n.is_even and (2 * m - n).is_nonnegative:
        raise Refusal(NEED, f"n = {n}, m = {m}", CURE)
    if n.is_odd or (2 * m - n).is_negative:
        return power_branch(m, n)
    return Conditional(power_branch(m, n), sp.Or(sp.Ne(sp.Mod(n, 2), 0), 2 * m < n))


def tail_index(order: Scalar, dim: Scalar) -> sp.Expr:
    """n/(n+1−2s): how many moments |∇G(x − Y)| has for a sample Y with a density at x; ∞ where the force is bounded.

    P(|∇G| > t) falls like t^{−index}, because |∇G| ~ r^{−(n+1−2s)}. The variance is finite iff the index exceeds 2.
    """
    s, n = _checked(order, "the order s of (−Δ)^s"), _checked_integer(dim, "the dimension n")
    gap = n + 1 - 2 * s
    if gap.is_positive is None:
        return sp.Piecewise((n / gap, gap > 0), (sp.oo, True))
    return n / gap if gap.is_positive else sp.oo


def finite_force_variance(order: Scalar, dim: Scalar) -> Any:
    """4s > n + 2: whether E|∇G(x − Y)|² is finite; true, false or the inequality. Where the force is bounded it holds too."""
    s, n = _checked(order, "the order s of (−Δ)^s"), _checked_integer(dim, "the dimension n")
    return sp.Gt(4 * s, n + 2)
