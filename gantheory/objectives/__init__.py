"""Floor 2. SymPy only: losses and penalties make objectives; an objective's variation is an equation."""

from gantheory.objectives.conjugate import t
from gantheory.objectives.derivation import Derivation
from gantheory.objectives.dissipated import Dissipation, dissipation
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
    TOTAL_VARIATION,
    Divergence,
    alpha_divergence,
    shifted_force,
)
from gantheory.objectives.domain import Boundary, Box, Domain, Space, Torus
from gantheory.objectives.dual import Dual
from gantheory.objectives.ellipticity import Degeneracy
from gantheory.objectives.equation import EulerLagrange
from gantheory.objectives.f_gan import (
    FORWARD_KL_GAN,
    HELLINGER_GAN,
    JEFFREYS_GAN,
    JENSEN_SHANNON_GAN,
    NEYMAN_GAN,
    PEARSON_GAN,
    REVERSE_KL_GAN,
    alpha_gan,
    f_gan,
    log_ratio_output,
)
from gantheory.objectives.families import HINGE, LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN, least_squares
from gantheory.objectives.formats import Derived, as_json, as_latex, as_markdown, as_text
from gantheory.objectives.hessian import Motion, generator_hessian, scaling_curvature, translation_curvature
from gantheory.objectives.loss import Loss
from gantheory.objectives.objective import Objective
from gantheory.objectives.penalty import GradientPenalty, Term
from gantheory.objectives.screened import screened_terms, screening
from gantheory.objectives.standing import Posedness, Standing
from gantheory.objectives.wording import latex_functional

__all__ = [
    "ARCSINH_FORCE",
    "FORWARD_KL",
    "FORWARD_KL_GAN",
    "HELLINGER",
    "HELLINGER_GAN",
    "HINGE",
    "JEFFREYS",
    "JEFFREYS_GAN",
    "JENSEN_SHANNON",
    "JENSEN_SHANNON_GAN",
    "LEAST_SQUARES",
    "LEAST_SQUARES_FORCE",
    "LOGISTIC",
    "NEYMAN",
    "NEYMAN_GAN",
    "NON_SATURATING",
    "NON_SATURATING_DIVERGENCE",
    "PEARSON",
    "PEARSON_GAN",
    "REVERSE_KL",
    "REVERSE_KL_GAN",
    "TOTAL_VARIATION",
    "WASSERSTEIN",
    "Boundary",
    "Box",
    "Degeneracy",
    "Derivation",
    "Derived",
    "Dissipation",
    "Divergence",
    "Domain",
    "Dual",
    "EulerLagrange",
    "GradientPenalty",
    "Loss",
    "Motion",
    "Objective",
    "Posedness",
    "Space",
    "Standing",
    "Term",
    "Torus",
    "alpha_divergence",
    "alpha_gan",
    "as_json",
    "as_latex",
    "as_markdown",
    "as_text",
    "dissipation",
    "f_gan",
    "generator_hessian",
    "latex_functional",
    "least_squares",
    "log_ratio_output",
    "scaling_curvature",
    "screened_terms",
    "screening",
    "shifted_force",
    "t",
    "translation_curvature",
]
