"""A derivation in the notations that readers and programs want."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Derived:
    """One thing that follows: its name, as text and as LaTeX (empty where it is a sentence), and by what route.

    checked: the route was gone just now, as a second computation; otherwise it says by which argument this follows.
    """

    heading: str
    text: str
    latex: str
    route: str
    checked: bool = False

    @property
    def reason(self) -> str:
        """The route in words."""
        return f"checked: {self.route}" if self.checked else f"by {self.route}"


def as_text(lines: Sequence[Derived]) -> str:
    """Two columns; below each formula its route, with ⊢ where it was checked."""
    width = max(len(d.heading) for d in lines)
    return "\n".join(f"{d.heading:>{width}}:  {d.text}\n{'':>{width}}   {'⊢' if d.checked else '·'} {d.reason}" for d in lines)


def as_latex(lines: Sequence[Derived]) -> str:
    """A display for each formula, below a comment that names it; sentences are comments."""
    return "\n".join(f"% {d.heading} ({d.reason})\n" + (f"\\[ {d.latex} \\]" if d.latex else f"% {d.text}") for d in lines)


def aligned(lines: Sequence[Derived]) -> str:
    """One display for a notebook: a row for each formula."""
    rows = r" \\ ".join(rf"\text{{{d.heading}}} &\quad {d.latex}" for d in lines if d.latex)
    return rf"$\displaystyle \begin{{aligned}} {rows} \end{{aligned}}$"


def as_markdown(lines: Sequence[Derived]) -> str:
    """A list with the formulas between dollars, as notebooks and forges draw them."""
    return "\n".join(f"- **{d.heading}**: {f'${d.latex}$' if d.latex else d.text}  \n  *{d.reason}*" for d in lines)


def as_json(lines: Sequence[Derived]) -> str:
    """One object, by headings."""
    table = {d.heading: {"text": d.text, "latex": d.latex, "route": d.route, "checked": d.checked} for d in lines}
    return json.dumps(table, ensure_ascii=False, indent=2)
