"""All seeded faults."""

from tests.faults import discriminators, fourier, grids, kernels, objectives, symbolic

CATALOGUE = (
    *(*symbolic.FAULTS, *objectives.FAULTS, *fourier.FAULTS),
    *(*kernels.FAULTS, *grids.FAULTS, *discriminators.FAULTS),
)
