"""Ways to sum a kernel over centres."""

from gantheory.kernels.sums.direct import Direct

__all__ = ["Direct"]
