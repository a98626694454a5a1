"""All seeded faults."""

from tests.faults import discriminators, elements, fourier, grids, kernels, lowering, objectives, symbolic, testing

CATALOGUE = (
    *(*symbolic.FAULTS, *objectives.FAULTS, *lowering.FAULTS, *fourier.FAULTS),
    *(*kernels.FAULTS, *grids.FAULTS, *discriminators.FAULTS, *elements.FAULTS, *testing.FAULTS),
)
