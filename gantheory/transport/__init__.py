"""Optimal transport between weighted points, in NumPy and float64: the only place that imports POT."""

from gantheory.transport.cost import wasserstein_cost
from gantheory.transport.couplings import Couplings, ExactPlans, SortedPlans
from gantheory.transport.entropic import EntropicPlan, entropic_cost, entropic_plan
from gantheory.transport.exact import Plan, plan
from gantheory.transport.one_dimensional import quantile_cost, quantile_pairs

__all__ = [
    "Couplings",
    "EntropicPlan",
    "ExactPlans",
    "Plan",
    "SortedPlans",
    "entropic_cost",
    "entropic_plan",
    "plan",
    "quantile_cost",
    "quantile_pairs",
    "wasserstein_cost",
]
