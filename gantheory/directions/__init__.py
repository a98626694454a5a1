"""Floor 2. Directions on the sphere, projections onto them, and transport on the line, for all of them at once."""

from gantheory.directions.monotone import monotone_cost, monotone_map, uneven
from gantheory.directions.sphere import orthonormal, projected, sphere, unit

__all__ = ["monotone_cost", "monotone_map", "orthonormal", "projected", "sphere", "uneven", "unit"]
