"""Floor 5. Solvers: an objective, two measures, a discriminator."""

from gantheory.discriminators.collocation import Collocation
from gantheory.discriminators.finite_differences import FiniteDifferences
from gantheory.discriminators.gaussian_oracle import GaussianOracle
from gantheory.discriminators.greens_function import GreensFunction
from gantheory.discriminators.grid_field import GridField
from gantheory.discriminators.protocol import Discriminator, Solver, solve

__all__ = [
    "Collocation",
    "Discriminator",
    "FiniteDifferences",
    "GaussianOracle",
    "GreensFunction",
    "GridField",
    "Solver",
    "solve",
]
