"""Probability measures on R^d: what can be sampled, what has a density, and what a file holds."""

from gantheory.measures.empirical import Empirical
from gantheory.measures.gaussian import Gaussian
from gantheory.measures.mixture import Mixture
from gantheory.measures.protocols import Density, Measure
from gantheory.measures.readers import read_points
from gantheory.measures.shapes import ring
from gantheory.measures.symmetrised import is_invariant_measure, symmetrised_measure

__all__ = [
    "Density",
    "Empirical",
    "Gaussian",
    "Measure",
    "Mixture",
    "is_invariant_measure",
    "read_points",
    "ring",
    "symmetrised_measure",
]
