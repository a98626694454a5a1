"""What the toolkit says when it cannot do what was asked."""

from __future__ import annotations


class Refusal(ValueError):
    """need; got given. Cures: one error naming the need, the thing given, and what to do instead.

    `cures` holds the remedies, each a sentence; only what exists is named.
    """

    def __init__(self, need: str, given: object, *cures: str) -> None:
        self.need, self.given, self.cures = need, given, cures
        super().__init__(" ".join([f"{need}; got {given}.", *cures]))


def missing(package: str, extra: str, purpose: str) -> Refusal:
    """The refusal for an optional library that is not installed."""
    return Refusal(
        f"{purpose} needs {package}", "an environment without it", f"Install it with: pip install 'gantheory[{extra}]'."
    )
