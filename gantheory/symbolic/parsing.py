"""Formulas typed as text: a whitelist over their syntax tree; no text is ever run."""

from __future__ import annotations

import ast
import warnings

import sympy as sp

from gantheory._errors import FormulaRefusal, Refusal
from gantheory.symbolic.reader import CONSTANTS, Reader

LONGEST = 10_000  # characters


def formula(text: str, *symbols: sp.Symbol) -> sp.Expr:
    """The expression that the text denotes, in the given symbols, real numbers and FUNCTIONS; decimals are exact.

    Python's notation: (y - 1)**2, log(1 + exp(-y)), 0.5*max(0, 1 - y)**2. A FormulaRefusal with a caret for anything else,
    for formulas over LONGEST characters, and for powers or constants beyond the float range. Safe on hostile text.

    A divisor, or the argument of a logarithm, that vanishes identically is refused even where that is not seen without
    simplifying: exactly for rational functions (modulo a prime of 521 bits), others where at none of six generic points
    they are a real number whose values with 30 and 60 digits agree. So is what is real and finite at none of them.

    >>> from gantheory.symbolic import y
    >>> formula("(y - 1)**2 / 2", y)
    (y - 1)**2/2
    """
    if not isinstance(text, str):
        raise Refusal("a formula is a text", type(text).__name__)
    text = text.strip()
    if len(text) > LONGEST:
        given = f"{len(text)} characters"
        raise FormulaRefusal(f"a formula has at most {LONGEST} characters", given, text, LONGEST - 1)
    named = {s.name: s for s in symbols}
    reader = Reader(text, named | {k: v for k, v in CONSTANTS.items() if k not in named})
    return reader.whole(_tree(text))


def _tree(text: str) -> ast.expr:
    """The syntax tree; Python's own complaints as refusals."""
    if not text:
        raise FormulaRefusal("a formula holds at least a number", "an empty text", text, 0)
    strange = next((i for i, c in enumerate(text) if not c.isprintable()), None)
    if strange is not None:
        raise FormulaRefusal("a formula stands on one line of printable characters", repr(text[strange]), text, strange)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        place = min(max((error.offset or 1) - 1, 0), len(text) - 1)
        why = str(error.msg).split(". Perhaps")[0]
        raise FormulaRefusal("a formula is written as in Python", why, text, place, "Write products as 2*y.") from None
    except (MemoryError, RecursionError, ValueError):
        raise FormulaRefusal("a formula has few enough brackets and terms for Python's parser", "more", text, 0) from None
