"""Floor 2. SymPy only: losses and penalties make objectives; an objective's variation is an equation."""

from gantheory.objectives.derivation import Derivation, latex_functional
from gantheory.objectives.divergence import (
    ARCSINH_FORCE,
    FORWARD_KL,
    HELLINGER,
    JEFFREYS,
    JENSEN_SHANNON,
    LEAST_SQUARES_FORCE,
    NEYMAN,
    NON_SATURATING_DIVERGENCE,
    PEARSON,
    REVERSE_KL,
    Divergence,
    alpha_divergence,
    shifted_force,
)
from gantheory.objectives.domain import Boundary, Box, Domain, Space, Torus
from gantheory.objectives.equation import EulerLagrange
from gantheory.objectives.families import HINGE, LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN, least_squares
from gantheory.objectives.loss import Loss
from gantheory.objectives.objective import Objective
from gantheory.objectives.penalty import GradientPenalty, Term, screened_terms, screening
from gantheory.objectives.posedness import Posedness, Standing

__all__ = [
    "ARCSINH_FORCE",
    "FORWARD_KL",
    "HELLINGER",
    "HINGE",
    "JEFFREYS",
    "JENSEN_SHANNON",
    "LEAST_SQUARES",
    "LEAST_SQUARES_FORCE",
    "LOGISTIC",
    "NEYMAN",
    "NON_SATURATING",
    "NON_SATURATING_DIVERGENCE",
    "PEARSON",
    "REVERSE_KL",
    "WASSERSTEIN",
    "Boundary",
    "Box",
    "Derivation",
    "Divergence",
    "Domain",
    "EulerLagrange",
    "GradientPenalty",
    "Loss",
    "Objective",
    "Posedness",
    "Space",
    "Standing",
    "Term",
    "Torus",
    "alpha_divergence",
    "latex_functional",
    "least_squares",
    "screened_terms",
    "screening",
    "shifted_force",
]
