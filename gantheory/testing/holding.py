"""assert_holds: a claim is true."""

from __future__ import annotations

from typing import Any

from gantheory._errors import Refusal
from gantheory.claims import Claim, verify
from gantheory.testing.telling import FAILED, told


def assert_holds(claim: Any, *, full: bool = False) -> None:
    """Every step of the claim's proof and of its witness holds; full=True adds the finer levels.

    Otherwise AssertionError says, for each step that does not, both sides, the reason and the path of a figure.
    """
    __tracebackhide__ = FAILED
    if not isinstance(claim, Claim):
        raise Refusal("assert_holds takes a Claim", type(claim).__name__, "Use assert_order or assert_agree for numbers.")
    verdict = verify(claim, full=full)
    if not verdict.holds:
        raise AssertionError(told(verdict))
