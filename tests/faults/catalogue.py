"""All seeded faults."""

from tests.faults import discriminators, grids, kernels, objectives, symbolic

CATALOGUE = (*symbolic.FAULTS, *objectives.FAULTS, *kernels.FAULTS, *grids.FAULTS, *discriminators.FAULTS)
