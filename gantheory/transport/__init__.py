"""Optimal transport between weighted points, in NumPy and float64: the only place that imports POT."""

from gantheory.transport.cost import wasserstein_cost
from gantheory.transport.exact import Plan, plan
from gantheory.transport.one_dimensional import quantile_cost

__all__ = ["Plan", "plan", "quantile_cost", "wasserstein_cost"]
