"""All seeded faults."""

from tests.faults import discriminators, kernels, objectives, symbolic

CATALOGUE = (*symbolic.FAULTS, *objectives.FAULTS, *kernels.FAULTS, *discriminators.FAULTS)
