"""Floor 8. What users' own tests import: assertions that say both sides, the levels and where the figure lies."""

from gantheory.testing.agreement import assert_agree
from gantheory.testing.expressed import ExpressedDensity, ExpressedField
from gantheory.testing.generic import generic
from gantheory.testing.gradients import assert_gradient
from gantheory.testing.holding import assert_holds
from gantheory.testing.manufactured import manufactured
from gantheory.testing.order import assert_order
from gantheory.testing.problem import Manufactured
from gantheory.testing.shares import Share
from gantheory.testing.solving import assert_solves
from gantheory.testing.telling import told

__all__ = [
    "ExpressedDensity",
    "ExpressedField",
    "Manufactured",
    "Share",
    "assert_agree",
    "assert_gradient",
    "assert_holds",
    "assert_order",
    "assert_solves",
    "generic",
    "manufactured",
    "told",
]
