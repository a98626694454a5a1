"""Equal to an order: a convergence study against the slope that theory expects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isinf

from gantheory._errors import Refusal
from gantheory.claims.outcome import Fault, Outcome, Standing
from gantheory.claims.rate import Rate
from gantheory.claims.study import Study, number

LOOSEST = 0.25  # half way to an order half an order away


@dataclass(frozen=True)
class Order:
    """left = a Study, right = the slope: fitted rate and last two slopes within the tolerance, last error below the bound.

    The slopes are those above the floor; where the errors scatter, the band alone decides. An infinite slope is spectral
    convergence, e^{−c/h}. A study that tells no order is UNDECIDED, with the reason; one whose band misses it FAILS.
    """

    bound: float
    tolerance: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < number(self.tolerance) <= LOOSEST:
            need = f"the tolerance of an order is between 0 and {LOOSEST}: a looser one takes an order for its neighbour"
            raise Refusal(need, self.tolerance)
        if not number(self.bound) > 0:
            raise Refusal("the bound of the last error is positive", self.bound, "Use math.inf for none.")

    def compare(self, left: Study, right: float) -> Outcome:
        """HOLDS if rate, slopes and bound do."""
        rate = left.rate()
        slopes = _last(left, rate)
        standing = self._spectral(rate) if isinf(right) else self._algebraic(rate, slopes, right)
        small = left.errors[-1] <= self.bound
        text = ", ".join(f"{s:.3f}" for s in slopes) or "none"
        size = f"last error {left.errors[-1]:.1e} {'≤' if small else '>'} {self.bound:.0e}"
        detail = f"slopes {text} (expected {right:g} ± {self.tolerance:g}); {rate}; {size}"
        if standing is Standing.HOLDS and not small:
            standing = Standing.FAILS
        return Outcome(standing, detail, left, right)

    def _algebraic(self, rate: Rate, slopes: tuple[float, ...], right: float) -> Standing:
        low, high = rate.band
        slow, fast = high < right - self.tolerance, low > right + self.tolerance
        if slow or (fast and rate.conclusive and not rate.lasting):  # too fast may yet turn out to be a change of sign
            return Standing.FAILS
        settled = len(slopes) == 2 and all(abs(s - right) <= self.tolerance for s in slopes)
        near = abs(rate.slope - right) <= self.tolerance
        agrees = settled or (rate.scattered and near)
        return Standing.HOLDS if rate.conclusive and agrees and rate.within(right, self.tolerance) else Standing.UNDECIDED

    def _spectral(self, rate: Rate) -> Standing:
        if rate.exponential is not None:
            return Standing.HOLDS
        return Standing.FAILS if rate.conclusive else Standing.UNDECIDED

    def faults(self, left: Study, right: float) -> Iterator[Fault]:
        """The expected slope ± 0.25, and doubled; where none is finite, the observed ones."""
        if isinf(right):
            yield from ((f"order {s:.3g}", left, s) for s in left.slopes)
            return
        for name, wrong in (("slope +0.25", right + 0.25), ("slope −0.25", right - 0.25), ("slope × 2", 2 * right)):
            yield name, left, wrong


def _last(study: Study, rate: Rate) -> tuple[float, ...]:
    """The last two slopes above the floor; of the whole study where no range was found."""
    last = rate.used[-1] if rate.used else len(study.sizes) - 1
    return study.slopes[max(0, last - 2) : last]
