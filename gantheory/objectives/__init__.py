"""Floor 2. SymPy only: losses and penalties make objectives; an objective's variation is an equation."""

from gantheory.objectives.derivation import Derivation, latex_functional
from gantheory.objectives.domain import Boundary, Box, Domain, Space, Torus
from gantheory.objectives.equation import EulerLagrange
from gantheory.objectives.families import HINGE, LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN, least_squares
from gantheory.objectives.loss import Loss
from gantheory.objectives.objective import Objective
from gantheory.objectives.penalty import GradientPenalty, Term, screened_terms, screening
from gantheory.objectives.posedness import Posedness, Standing

__all__ = [
    "HINGE",
    "LEAST_SQUARES",
    "LOGISTIC",
    "NON_SATURATING",
    "WASSERSTEIN",
    "Boundary",
    "Box",
    "Derivation",
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
    "latex_functional",
    "least_squares",
    "screened_terms",
    "screening",
]
