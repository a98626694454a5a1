"""LaTeX for figures and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from numbers import Integral, Real

from gantheory._errors import Refusal

ESCAPES = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
ESCAPES |= {sign: f"\\{sign}" for sign in "&%$#_"}
GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi _ pi rho _ sigma tau upsilon phi chi psi omega"
)
SIGNS = {chr(ord("α") + i): f"\\{name}" for i, name in enumerate(GREEK.split()) if name != "_"}
SIGNS |= {"−": "-", "×": r"\times", "±": r"\pm", "·": r"\cdot", "∇": r"\nabla", "Δ": r"\Delta", "Σ": r"\sum", "∫": r"\int"}
SIGNS |= {
    "≤": r"\leq",
    "≥": r"\geq",
    "→": r"\to",
    "∞": r"\infty",
    "√": r"\surd",
    "∂": r"\partial",
    "²": "^2",
    "′": "'",
    "″": "''",
    "½": r"\frac12",
    "∼": r"\sim",
}


def escaped(text: str) -> str:
    """The text with LaTeX's own signs escaped outside $…$, and mathematical signs named."""
    parts = re.split(r"(?<!\\)\$", text)
    if len(parts) % 2 == 0:
        return _prose(text)
    return "".join(f"${_mathematics(part)}$" if i % 2 else _prose(part) for i, part in enumerate(parts))


def figure_tex(name: str, caption: str) -> str:
    """A figure environment that includes NAME.pdf at the size at which it was drawn."""
    lines = [r"\begin{figure}", r"  \centering", rf"  \includegraphics{{{name}.pdf}}"]
    return "\n".join([*lines, rf"  \caption{{{escaped(caption)}}}", rf"  \label{{fig:{name}}}", r"\end{figure}", ""])


def table_tex(rows: Sequence[Sequence[object]], headings: Sequence[str], caption: str = "") -> str:
    """A booktabs table, such as Study.rows() under (h, error, observed order); None is a dash."""
    if not headings or any(len(row) != len(headings) for row in rows):
        raise Refusal("a table has a cell for each heading", f"rows of {sorted({len(r) for r in rows})} for {list(headings)}")
    body = [f"    {' & '.join(map(_cell, row))} \\\\" for row in rows]
    lines = [r"\begin{table}", r"  \centering"] + ([rf"  \caption{{{escaped(caption)}}}"] if caption else [])
    lines += [rf"  \begin{{tabular}}{{{'r' * len(headings)}}}", r"    \toprule"]
    lines += [f"    {' & '.join(map(escaped, headings))} \\\\", r"    \midrule", *body, r"    \bottomrule"]
    return "\n".join([*lines, r"  \end{tabular}", r"\end{table}", ""])


def _cell(value: object) -> str:
    if value is None:
        return "--"
    if isinstance(value, Integral) or not isinstance(value, Real):
        return escaped(str(value))
    number = float(value)
    small = 0 < abs(number) < 0.01
    mantissa, _, exponent = (f"{number:.3e}" if small else f"{number:.4g}").partition("e")
    return f"${mantissa} \\times 10^{{{int(exponent)}}}$" if exponent else f"${mantissa}$"


def _prose(text: str) -> str:
    return "".join(ESCAPES.get(sign) or (f"${SIGNS[sign]}$" if sign in SIGNS else sign) for sign in text)


def _mathematics(text: str) -> str:
    return "".join(f"{SIGNS[sign]} " if sign in SIGNS else sign for sign in text)
