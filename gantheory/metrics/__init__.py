"""Distances between measures."""

from gantheory.metrics.discrepancy import energy_distance, mmd, mmd_squared
from gantheory.metrics.gaussian import gaussian_wasserstein, moment_gaussian
from gantheory.metrics.transported import wasserstein

__all__ = ["energy_distance", "gaussian_wasserstein", "mmd", "mmd_squared", "moment_gaussian", "wasserstein"]
