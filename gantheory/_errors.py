"""What the toolkit says when it cannot do what was asked."""

from __future__ import annotations


class Refusal(ValueError):
    """need; got given. Cures: one error naming the need, the thing given, and what to do instead.

    `cures` holds the remedies, each a sentence; only what exists is named.
    """

    def __init__(self, need: str, given: object, *cures: str) -> None:
        self.need, self.given, self.cures = need, given, cures
        super().__init__(" ".join([f"{need}; got {given}.", *cures]))


SHOWN = 60  # characters of a long formula around a fault


class FormulaRefusal(Refusal):
    """A Refusal that shows the formula with a caret under the place."""

    def __init__(self, need: str, given: object, text: str, place: int, *cures: str) -> None:
        super().__init__(need, given, *cures)
        self.text, self.place = text, place

    @property
    def excerpt(self) -> str:
        """Two lines: the formula around the place, and the caret."""
        first = max(0, min(self.place - SHOWN // 2, len(self.text) - SHOWN))
        line = "".join(c if c.isprintable() else "?" for c in self.text[first : first + SHOWN])
        return f"    {line}\n    {' ' * (self.place - first)}^"

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.excerpt}"


def missing(package: str, extra: str, purpose: str) -> Refusal:
    """The refusal for an optional library that is not installed."""
    return Refusal(
        f"{purpose} needs {package}", "an environment without it", f"Install it with: pip install 'gantheory[{extra}]'."
    )
