"""Distances between measures."""

from gantheory.metrics.alignment import MeanDivergence, direction_alignment, mean_divergence, separability
from gantheory.metrics.discrepancy import energy_distance, mmd, mmd_squared
from gantheory.metrics.gaussian import gaussian_wasserstein, moment_gaussian
from gantheory.metrics.quotient import entropic_quotient_cost, orbit_cost, quotient_wasserstein, soft_orbit_cost
from gantheory.metrics.sliced import MaxSliced, SlicedDistance, max_sliced_wasserstein, sliced_wasserstein
from gantheory.metrics.transported import wasserstein

__all__ = [
    "MaxSliced",
    "MeanDivergence",
    "SlicedDistance",
    "direction_alignment",
    "energy_distance",
    "entropic_quotient_cost",
    "gaussian_wasserstein",
    "max_sliced_wasserstein",
    "mean_divergence",
    "mmd",
    "mmd_squared",
    "moment_gaussian",
    "orbit_cost",
    "quotient_wasserstein",
    "separability",
    "sliced_wasserstein",
    "soft_orbit_cost",
    "wasserstein",
]
