"""Floor 2. Claims, their proofs and witnesses; no torch."""

from gantheory.claims.claim import Agreement, Claim, Convergence, Refutation, Step
from gantheory.claims.collection import Chapter, NoClaims, chapters, claims_in, collect
from gantheory.claims.equality import Rivals, Roundoff, Statistical
from gantheory.claims.exact import Exact
from gantheory.claims.order import Order
from gantheory.claims.outcome import Equality, Outcome, Standing
from gantheory.claims.rate import Rate
from gantheory.claims.refinement import Extrapolation, Refinement
from gantheory.claims.study import Study
from gantheory.claims.verification import Survivor, Verdict, falsify, remembered, verify

__all__ = [
    "Agreement",
    "Chapter",
    "Claim",
    "Convergence",
    "Equality",
    "Exact",
    "Extrapolation",
    "NoClaims",
    "Order",
    "Outcome",
    "Rate",
    "Refinement",
    "Refutation",
    "Rivals",
    "Roundoff",
    "Standing",
    "Statistical",
    "Step",
    "Study",
    "Survivor",
    "Verdict",
    "chapters",
    "claims_in",
    "collect",
    "falsify",
    "remembered",
    "verify",
]
