"""Floor 2. lower(expr, *symbols): the only place where SymPy meets torch.

dtype and device follow the argument. In one nonnegative symbol (a radius, a squared distance) the value and every
derivative at 0 are the limits from the right, where they exist.
"""

from gantheory.lowering.lowered import Lowered, lower, plain
from gantheory.lowering.near_zero import limit_at_zero
from gantheory.lowering.tidy import tidy

__all__ = ["Lowered", "limit_at_zero", "lower", "plain", "tidy"]
