"""Formulas as one line of Unicode text."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.pretty.pretty_symbology import greek_unicode, pretty_symbol
from sympy.printing.str import StrPrinter

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class _Line(StrPrinter):
    """SymPy's text with λ, π, √, x², ∂²D/∂x₁², Γ, Δ."""

    def parenthesize(self, item: Any, level: int, strict: bool = False) -> str:
        """An integral has parentheses among factors: ∫ f dx/2 would read as dx/2."""
        text = super().parenthesize(item, level, strict)
        return f"({text})" if isinstance(item, sp.Integral) and level >= PRECEDENCE["Add"] else text

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return greek_unicode.get(expr.name) or pretty_symbol(expr.name)

    def _print_Pi(self, expr: sp.Expr) -> str:
        return "π"

    def _print_Exp1(self, expr: sp.Expr) -> str:
        return "e"

    def _print_Infinity(self, expr: sp.Expr) -> str:
        return "∞"

    def _print_gamma(self, expr: sp.Expr) -> str:
        return f"Γ({self._print(expr.args[0])})"

    def _print_Abs(self, expr: sp.Expr) -> str:
        return f"|{self._print(expr.args[0])}|"

    def _print_Max(self, expr: sp.Expr) -> str:
        rest = [a for a in expr.args if a != 0]
        if len(rest) == 1 and len(expr.args) == 2:
            return f"({self._print(rest[0])})₊"
        return f"max({', '.join(map(self._print, expr.args))})"

    def _print_Min(self, expr: sp.Expr) -> str:
        return f"min({', '.join(map(self._print, expr.args))})"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        cases = [f"{self._print(f)} {'otherwise' if c == sp.true else f'for {self._print(c)}'}" for f, c in expr.args]
        return f"{{{'; '.join(cases)}}}"

    def _print_Relational(self, expr: sp.Rel) -> str:
        sign = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_Or(self, expr: sp.Or) -> str:
        return " or ".join(sorted(map(self._print, expr.args)))

    def _print_And(self, expr: sp.And) -> str:
        return " and ".join(sorted(map(self._print, expr.args)))

    def _print_Mod(self, expr: sp.Mod) -> str:
        return " mod ".join(self.parenthesize(a, PRECEDENCE["Mul"]) for a in expr.args)

    def _print_LambertW(self, expr: sp.Expr) -> str:
        return f"W({self._print(expr.args[0])})"

    def _print_factorial(self, expr: sp.Expr) -> str:
        return f"{self._inside(expr.args[0])}!"

    def _print_hyper(self, expr: sp.Expr) -> str:
        above, below = (", ".join(map(self._print, parameters)) for parameters in (expr.ap, expr.bq))
        kind = f"{_lowered(len(expr.ap))}F{_lowered(len(expr.bq))}"
        return f"{kind}({above}; {below}; {self._print(expr.argument)})"

    def _print_Heaviside(self, expr: sp.Expr) -> str:
        return f"1[{self._print(expr.args[0])} > 0]"

    def _print_besselk(self, expr: sp.Expr) -> str:
        order = self._print(expr.args[0])
        return f"K_{order if expr.args[0].is_Integer else f'({order})'}({self._print(expr.args[1])})"

    def _print_Derivative(self, expr: sp.Derivative) -> str:
        counts = [(s, int(k)) for s, k in expr.variable_count]
        order = sum(k for _, k in counts)
        below = "".join(f"∂{self._print(s)}{_raised(k)}" for s, k in counts)
        return f"∂{_raised(order)}{self._print(expr.expr)}/{below}"

    def _print_AppliedUndef(self, expr: sp.Expr) -> str:
        return str(expr.func.__name__)

    def _print_Integral(self, expr: sp.Integral) -> str:
        variables = "".join(f" d{self._print(limit[0])}" for limit in expr.limits)
        ends = [limit[1:] for limit in expr.limits if len(limit) == 3 and limit[1:] != (-sp.oo, sp.oo)]
        ranges = "".join(f"_{self._inside(low)}^{self._inside(high)}" for low, high in ends)
        return f"∫{ranges} {self.parenthesize(expr.function, PRECEDENCE['Mul'])}{variables}"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, exponent = expr.as_base_exp() if not isinstance(expr, sp.exp) else (sp.E, expr.args[0])
        if exponent == sp.S.Half:
            return f"√{self._inside(base)}"
        if exponent == -sp.S.Half:
            return f"1/√{self._inside(base)}"
        if exponent.is_Integer:
            power = f"{self._inside(base)}{_raised(abs(int(exponent)))}"
            return power if exponent > 0 else f"1/{power}"
        return super()._print_Pow(expr, rational).replace("**", "^")

    def _inside(self, base: sp.Expr) -> str:
        """The base, in parentheses unless it is one sign or is bracketed itself."""
        if isinstance(base, sp.Symbol | sp.Abs | AppliedUndef) or base in (sp.pi, sp.E) or (base.is_Integer and base >= 0):
            return self._print(base)
        loose = isinstance(base, sp.Derivative | sp.Integral) or precedence(base) <= PRECEDENCE["Func"]
        return f"({self._print(base)})" if loose else self._print(base)


def _lowered(count: int) -> str:
    return str(count).translate(SUBSCRIPTS)


def _raised(power: int) -> str:
    return "" if power == 1 else str(power).translate(SUPERSCRIPTS)


def line(expression: Any) -> str:
    """The expression as one line: λ, π, √2, r², e^(−r), ∂²D/∂x₁².

    >>> r = sp.Symbol("r", positive=True)
    >>> line(-(r**2) * sp.log(r) / (8 * sp.pi))
    '-r²*log(r)/(8*π)'
    """
    return _Line().doprint(expression)
