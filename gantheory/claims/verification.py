"""verify(claim) → Verdict; falsify(claim) → the faults that went unseen."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from gantheory._errors import Refusal
from gantheory.claims.claim import Claim, Step
from gantheory.claims.equality import Differs
from gantheory.claims.outcome import Outcome, Standing


@dataclass(frozen=True)
class Verdict:
    """The standing of a claim: the worst of its steps. proof and witness pair each step with its outcome."""

    claim: Claim
    standing: Standing
    proof: tuple[tuple[Step, Outcome], ...]
    witness: tuple[tuple[Step, Outcome], ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Nothing but HOLDS holds."""
        return self.standing is Standing.HOLDS

    @property
    def failures(self) -> tuple[tuple[Step, Outcome], ...]:
        """The steps that do not hold."""
        return tuple((s, o) for s, o in self.proof + self.witness if not o.holds)

    @property
    def printed(self) -> tuple[tuple[Step, Outcome], ...]:
        """The steps that refute a printed formula: left is what it gives, right is what is so."""
        return tuple((s, o) for s, o in self.witness if isinstance(s.equality, Differs))

    @property
    def summary(self) -> str:
        """The witness in one line, or the first failure."""
        if self.failures:
            step, outcome = self.failures[0]
            return f"{step.says}: {outcome.detail}"
        if not self.proof:
            return "no proof: a claim needs at least one step"
        if not self.witness:
            return "no witness: a claim needs a numerical one"
        compared = [o for _, o in self.witness if o.digits is not None]
        rest = [o.detail for _, o in self.witness if o.digits is None]
        if compared:
            worst = min(compared, key=lambda o: o.digits or 0.0)
            rest.append(worst.detail + (f", the worst of {len(compared)}" if len(compared) > 1 else ""))
        return "; ".join(rest)


def _settled(step: Step) -> Outcome:
    """The outcome of one step; an arithmetic failure inside a side is a failure of the step, told in one line."""
    try:
        return step.equality.compare(step.left(), step.right())
    except Exception as error:
        return Outcome(Standing.FAILS, f"{type(error).__name__}: {error}")


def verify(claim: Claim, *, full: bool = False) -> Verdict:
    """Compare every step of the proof and of the witness; full=True adds the finer levels."""
    if not isinstance(claim, Claim):
        raise Refusal("verify takes a Claim", repr(claim), "Use Claim(name, says, equation, source, proof, witness).")
    start = time.perf_counter()
    proof = tuple((s, _settled(s)) for s in claim.proof)
    witness = tuple((s, _settled(s)) for w in claim.witnesses for s in w.steps(full))
    standings = {o.standing for _, o in proof + witness}
    if not witness or not proof or Standing.FAILS in standings:
        standing = Standing.FAILS
    else:
        standing = Standing.UNDECIDED if Standing.UNDECIDED in standings else Standing.HOLDS
    return Verdict(claim, standing, proof, witness, time.perf_counter() - start)


@dataclass(frozen=True)
class Survivor:
    """A fault that a step did not see."""

    claim: Claim
    step: Step
    fault: str


def _sides(claim: Claim, step: Step) -> tuple[Any, Any]:
    try:
        return step.left(), step.right()
    except Exception as error:
        given = f"{type(error).__name__}: {error}"
        raise Refusal(f"the step {step.says!r} of {claim.name} has two sides", given, "Mend that claim first.") from error


def falsify(claim: Claim) -> tuple[int, tuple[Survivor, ...]]:
    """How many faults were tried, and those that went unseen: each perturbed pair of sides must not hold."""
    tried, survivors = 0, []
    for step in claim.proof + tuple(s for w in claim.witnesses for s in w.steps(False)):
        left, right = _sides(claim, step)
        for name, wrong_left, wrong_right in step.equality.faults(left, right):
            tried += 1
            if step.equality.compare(wrong_left, wrong_right).holds:
                survivors.append(Survivor(claim, step, name))
    if not tried:
        raise Refusal(
            "a claim has steps whose faults can be tried", f"none in {claim.name!r}", "Give it a proof and a witness."
        )
    return tried, tuple(survivors)


def remembered(claim: Claim) -> Claim:
    """The claim at quick size with every side computed once: verify and falsify of it share their work."""
    held = tuple(_Held(tuple(map(_remembered, w.steps(False)))) for w in claim.witnesses)
    return replace(claim, proof=tuple(map(_remembered, claim.proof)), witness=held or None)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Held:
    """A witness whose steps are there already."""

    kept: tuple[Step, ...]

    def steps(self, full: bool) -> tuple[Step, ...]:
        """The kept ones."""
        return self.kept


def _remembered(step: Step) -> Step:
    return replace(step, left=cache(step.left), right=cache(step.right))
