"""Floor 5. Solvers: an objective, two measures, a discriminator."""

from gantheory.discriminators.chamber import Chamber
from gantheory.discriminators.collocation import Collocation
from gantheory.discriminators.estimate import Integrable, expectation, gap
from gantheory.discriminators.finite_differences import FiniteDifferences
from gantheory.discriminators.finite_elements import (
    ARGYRIS,
    HERMITE,
    LINEAR,
    MORLEY,
    QUADRATIC,
    BoxMesh,
    Element,
    ElementField,
    FiniteElements,
)
from gantheory.discriminators.fourier_series import FourierSeries
from gantheory.discriminators.gaussian_oracle import GaussianOracle
from gantheory.discriminators.greens_function import GreensFunction
from gantheory.discriminators.grid_field import GridField
from gantheory.discriminators.kernel_gradient import KernelGradient
from gantheory.discriminators.layers import (
    SOFTPLUS_LEAST_SQUARES,
    Sliced,
    SlicedDiscriminator,
    SlicedLinear,
    SlicedObjective,
)
from gantheory.discriminators.multiplier import multiplier
from gantheory.discriminators.network import Network, NeuralField
from gantheory.discriminators.optimisers import Adam, GradientDescent, Optimiser
from gantheory.discriminators.pointwise import Pointwise
from gantheory.discriminators.protocol import Discriminator, Solver, solve

__all__ = [
    "ARGYRIS",
    "HERMITE",
    "LINEAR",
    "MORLEY",
    "QUADRATIC",
    "SOFTPLUS_LEAST_SQUARES",
    "Adam",
    "BoxMesh",
    "Chamber",
    "Collocation",
    "Discriminator",
    "Element",
    "ElementField",
    "FiniteDifferences",
    "FiniteElements",
    "FourierSeries",
    "GaussianOracle",
    "GradientDescent",
    "GreensFunction",
    "GridField",
    "Integrable",
    "KernelGradient",
    "Network",
    "NeuralField",
    "Optimiser",
    "Pointwise",
    "Sliced",
    "SlicedDiscriminator",
    "SlicedLinear",
    "SlicedObjective",
    "Solver",
    "expectation",
    "gap",
    "multiplier",
    "solve",
]
