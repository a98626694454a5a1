"""Last layers whose direction and scale are trained apart: SAN."""

from gantheory.discriminators.layers.sliced_linear import Sliced, SlicedDiscriminator, SlicedLinear
from gantheory.discriminators.layers.sliced_objective import SOFTPLUS_LEAST_SQUARES, SlicedObjective

__all__ = ["SOFTPLUS_LEAST_SQUARES", "Sliced", "SlicedDiscriminator", "SlicedLinear", "SlicedObjective"]
