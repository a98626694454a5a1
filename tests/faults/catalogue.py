"""All seeded faults."""

from tests.faults import discriminators, elements, fourier, grids, kernels, objectives, symbolic, testing

CATALOGUE = (
    *(*symbolic.FAULTS, *objectives.FAULTS, *fourier.FAULTS),
    *(*kernels.FAULTS, *grids.FAULTS, *discriminators.FAULTS, *elements.FAULTS, *testing.FAULTS),
)
