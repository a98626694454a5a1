"""What a formula may hold, and the walk over its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import log
from typing import Any

import sympy as sp

from gantheory._errors import FormulaRefusal
from gantheory.symbolic.vanishing import Generic

DEEPEST = 60  # operations and brackets inside one another
LARGEST = 5_000  # degrees and digits, added up: what a power would write out
DIGITS = 100  # of a number
EXPONENT = 64  # of a power
KINKS = 8  # maxima, minima and absolute values, which SymPy compares pair by pair
RANGE = 700.0  # |log| of a constant: the float range

FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {  # name ↦ (function, fewest and most arguments)
    **{f.__name__: (f, 1, 1) for f in (sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh)},
    **{f.__name__: (f, 1, 1) for f in (sp.asin, sp.acos, sp.atan, sp.erf, sp.erfc, sp.Abs)},
    "abs": (sp.Abs, 1, 1), "sqrt": (sp.sqrt, 1, 1), "max": (sp.Max, 2, 4), "Max": (sp.Max, 2, 4), "min": (sp.Min, 2, 4),
    "Min": (sp.Min, 2, 4), "relu": (lambda u: sp.Max(0, u), 1, 1), "softplus": (lambda u: sp.log(1 + sp.exp(u)), 1, 1),
    "sigmoid": (lambda u: 1 / (1 + sp.exp(-u)), 1, 1),
}  # fmt: skip
KINKED = {"abs", "Abs", "max", "Max", "min", "Min", "relu"}
CONSTANTS = {"pi": sp.pi, "E": sp.E}
VANISHING = "what is 0 wherever it is real"
FORBIDDEN = (sp.I, sp.nan, sp.zoo, sp.oo, sp.S.NegativeInfinity)
OPERATIONS = "the operations + - * / ** and calls of " + ", ".join(k for k in FUNCTIONS if k[0].islower())


@dataclass(frozen=True)
class _Part:
    """A subexpression; size: what its powers would write out; constant: it holds no symbol."""

    expr: sp.Expr
    size: int

    @property
    def constant(self) -> bool:
        return not self.expr.free_symbols


@dataclass
class Reader:
    """Walks the tree; refuses with the place of what it cannot take."""

    text: str
    names: dict[str, sp.Expr]
    kinks: int = field(default=0)

    @cached_property
    def generic(self) -> Generic:
        """What tells 0 from a number."""
        return Generic([s for s in self.names.values() if s.is_Symbol])

    @cached_property
    def bytes(self) -> bytes:
        """The text as Python counts its columns."""
        return self.text.encode()

    def whole(self, tree: ast.expr) -> sp.Expr:
        """The expression of the whole tree."""
        return self._checked(tree, self._part(tree, 0)).expr

    def _refuse(self, node: ast.expr, need: str, given: object, *cures: str) -> FormulaRefusal:
        place = len(self.bytes[: node.col_offset].decode(errors="ignore"))  # Python counts bytes
        return FormulaRefusal(need, given, self.text, place, *cures)

    def _part(self, node: ast.expr, depth: int) -> _Part:
        if depth > DEEPEST:
            raise self._refuse(node, f"a formula nests at most {DEEPEST} levels", "more", "Use fewer brackets.")
        if isinstance(node, ast.Constant):
            return self._number(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            part = self._part(node.operand, depth + 1)
            return _Part(-part.expr if isinstance(node.op, ast.USub) else part.expr, part.size)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            return self._chain(node, depth, sp.Add, (ast.Add, ast.Sub))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            return self._chain(node, depth, sp.Mul, (ast.Mult, ast.Div))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            return self._power(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        cures = ("Write a power as **.",) if isinstance(getattr(node, "op", None), ast.BitXor) else ()
        raise self._refuse(node, f"a formula holds {OPERATIONS}", _named(node), *cures)

    def _number(self, node: ast.Constant) -> _Part:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refuse(node, "a formula holds real numbers, symbols and functions", repr(value)[:40])
        literal = self.bytes[node.col_offset : node.end_col_offset].decode().replace("_", "")
        lost = value == 0 and isinstance(value, float) and literal.lower().split("e")[0].strip("0.")  # all its digits
        if len(literal) > DIGITS or lost or not (value == 0 or 1e-100 <= abs(value) <= 1e100):
            need = f"numbers of a formula lie between 1e-100 and 1e100 and have at most {DIGITS} digits"
            raise self._refuse(node, need, literal[:40])
        exact = sp.Integer(value) if isinstance(value, int) else sp.Rational(literal)  # every digit, not the nearest float
        return _Part(exact, len(str(exact)))

    def _name(self, node: ast.Name) -> _Part:
        if node.id in self.names:
            return _Part(self.names[node.id], 1)
        known = ", ".join(self.names)
        cure = (f"Write {node.id}(…).",) if node.id in FUNCTIONS else ()
        raise self._refuse(node, f"a formula here holds the names {known}", repr(node.id[:40]), *cure)

    def _chain(self, node: ast.expr, depth: int, gathered: Any, kinds: tuple[type, type]) -> _Part:
        """a + b − c + …, or a · b / c · …, at once: a long chain is deep to the left."""
        operands: list[tuple[bool, ast.expr]] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, kinds):
            operands.append((isinstance(node.op, kinds[1]), node.right))
            node = node.left
        operands.append((False, node))
        parts = []
        for inverted, operand in reversed(operands):
            part = self._part(operand, depth + 1)
            if inverted and gathered is sp.Mul:
                self._invertible(operand, part)
            inverse = -part.expr if gathered is sp.Add else 1 / part.expr
            parts.append(_Part(inverse if inverted else part.expr, part.size))
        whole = _Part(gathered(*(part.expr for part in parts)), sum(part.size for part in parts))
        return self._checked(operands[-1][1], whole)

    def _power(self, node: ast.BinOp, depth: int) -> _Part:
        base, exponent = self._part(node.left, depth + 1), self._part(node.right, depth + 1)
        number = exponent.expr
        if not number.is_Rational or abs(number) > EXPONENT or number.q > EXPONENT:
            given = str(number)[:40]
            raise self._refuse(node.right, f"an exponent is a fraction of size ≤ {EXPONENT}", given, "Write exp(b*log(a)).")
        if number < 0:
            self._invertible(node.left, base)
        size = base.size * max(abs(number.p), number.q)
        if size > LARGEST:
            raise self._refuse(node, "the powers of a formula are of moderate degree", f"one of size {size}")
        return self._checked(node, _Part(base.expr**number, size))

    def _invertible(self, node: ast.expr, part: _Part) -> None:
        """A Refusal where a divisor is 0, seen at once or by its values."""
        if self.generic.vanishes(part.expr):
            given = "a division by 0" if part.expr == 0 else f"a division by {VANISHING}"
            raise self._refuse(node, "a formula divides by what is not 0", given)

    def _call(self, node: ast.Call, depth: int) -> _Part:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            given = repr(node.func.id[:40]) if isinstance(node.func, ast.Name) else _named(node.func)
            raise self._refuse(node.func, f"a formula holds {OPERATIONS}", given)
        name = node.func.id
        function, fewest, most = FUNCTIONS[name]
        starred = next((a for a in node.args if isinstance(a, ast.Starred)), None)
        if node.keywords or starred or not fewest <= len(node.args) <= most:
            number = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            given = "a keyword or a star" if node.keywords or starred else str(len(node.args))
            raise self._refuse(node, f"{name} takes {number} argument{'s' * (most > 1)}", given)
        self.kinks += name in KINKED
        if self.kinks > KINKS:
            raise self._refuse(node, f"a formula holds at most {KINKS} kinks", "more")
        parts = [self._part(a, depth + 1) for a in node.args]
        if name == "log" and self.generic.vanishes(parts[0].expr):
            raise self._refuse(node, "a formula is finite", "log(0)" if parts[0].expr == 0 else f"log of {VANISHING}")
        return self._checked(node, _Part(function(*(part.expr for part in parts)), 1 + sum(part.size for part in parts)))

    def _checked(self, node: ast.expr, part: _Part) -> _Part:
        """The part, if it is real, finite and, where constant, in the float range."""
        if part.size > LARGEST:
            raise self._refuse(node, "a formula is of moderate size", f"a part of size {part.size}", "Split it.")
        forbidden = part.expr.has(*FORBIDDEN)
        if part.constant and not forbidden and not _in_range(part.expr):
            raise self._refuse(node, "constants of a formula are real and in the float range", sp.sstr(part.expr)[:40])
        if forbidden or not self.generic.real(part.expr):
            raise self._refuse(node, "a formula is real and finite", sp.sstr(part.expr)[:40])
        return part


def _in_range(constant: sp.Expr) -> bool:
    """Real, and 0 or between e^{−RANGE} and e^{RANGE}."""
    if constant.is_Rational:
        return bool(constant.is_zero) or abs(constant.p.bit_length() - constant.q.bit_length()) * log(2) <= RANGE
    number = sp.N(constant, 15)
    return bool(number.is_real) and bool(number == 0 or abs(sp.log(abs(number))) <= RANGE)


def _named(node: ast.expr) -> str:
    """What the place holds, in words."""
    words = {ast.Attribute: "an attribute", ast.Subscript: "a subscript", ast.IfExp: "a condition", ast.Compare: "a comparison"}
    operator = getattr(node, "op", None)
    return words.get(type(node), f"{type(operator or node).__name__.lower()}")
