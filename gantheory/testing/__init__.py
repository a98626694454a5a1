"""Floor 8. What users' own tests import: assertions that say both sides, the levels and where the figure lies."""

from gantheory.testing.agreement import assert_agree
from gantheory.testing.gradients import assert_gradient
from gantheory.testing.holding import assert_holds
from gantheory.testing.order import assert_order
from gantheory.testing.solving import assert_solves
from gantheory.testing.telling import told

__all__ = ["assert_agree", "assert_gradient", "assert_holds", "assert_order", "assert_solves", "told"]
