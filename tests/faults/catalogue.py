"""All seeded faults."""

from tests.faults import discriminators, fourier, grids, kernels, objectives, symbolic, testing

CATALOGUE = (
    *(*symbolic.FAULTS, *objectives.FAULTS, *fourier.FAULTS),
    *(*kernels.FAULTS, *grids.FAULTS, *discriminators.FAULTS, *testing.FAULTS),
)
