"""One thing that follows from an objective, which knows by what argument it holds and how to check it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gantheory.objectives.formats import Derived


@dataclass(frozen=True)
class Fact:
    """A formula with its heading, as text and LaTeX; argument: why it holds.

    check: computes it a second time by another route, and returns the route in words, or "" where that would be too dear.
    """

    heading: str
    text: str
    latex: str
    argument: str
    check: Callable[[], str] | None = None

    def derived(self) -> Derived:
        """The fact, checked now where it can be."""
        route = self.check() if self.check else ""
        return Derived(self.heading, self.text, self.latex, route or self.argument, bool(route))
