"""Floor 6. Games: players that descend their own losses, what training does to them, and when they come to rest."""

from gantheory.games.bilinear import bilinear_game
from gantheory.games.dirac import DiracGAN
from gantheory.games.dirac_clipping import clipped
from gantheory.games.dirac_field import DiracField
from gantheory.games.dirac_laws import (
    alternating_limit,
    logistic_period,
    non_saturating_decay,
    simultaneous_limit,
    wgan_gp_cycle,
)
from gantheory.games.dirac_regularisers import (
    UNREGULARISED,
    Consensus,
    GeneratorSlope,
    InstanceNoise,
    Penalised,
    Regulariser,
    Unregularised,
    noise,
    psi,
    r1,
    r2,
    theta,
    wgan_gp,
)
from gantheory.games.game import Game, Played
from gantheory.games.growth import bilinear_growth, measured_growth, stability_function, stable_range
from gantheory.games.linearised import Linearised, jacobian, linearised
from gantheory.games.module_game import ModuleGame, module_game
from gantheory.games.spectrum import growth_factor, spectrum, update_matrix
from gantheory.games.stability import Growth, StabilityMap, alternating_growth, runge_kutta_growth, stability_map
from gantheory.games.updates import (
    Update,
    alternating,
    consensus,
    decoupled,
    euler_heun,
    extragradient,
    extrapolation_from_the_past,
    implicit_euler,
    implicit_midpoint,
    optimistic,
    simultaneous,
    symplectic_adjustment,
    two_time_scales,
)

__all__ = [
    "UNREGULARISED",
    "Consensus",
    "DiracField",
    "DiracGAN",
    "Game",
    "GeneratorSlope",
    "Growth",
    "InstanceNoise",
    "Linearised",
    "ModuleGame",
    "Penalised",
    "Played",
    "Regulariser",
    "StabilityMap",
    "Unregularised",
    "Update",
    "alternating",
    "alternating_growth",
    "alternating_limit",
    "bilinear_game",
    "bilinear_growth",
    "clipped",
    "consensus",
    "decoupled",
    "euler_heun",
    "extragradient",
    "extrapolation_from_the_past",
    "growth_factor",
    "implicit_euler",
    "implicit_midpoint",
    "jacobian",
    "linearised",
    "logistic_period",
    "measured_growth",
    "module_game",
    "noise",
    "non_saturating_decay",
    "optimistic",
    "psi",
    "r1",
    "r2",
    "runge_kutta_growth",
    "simultaneous",
    "simultaneous_limit",
    "spectrum",
    "stability_function",
    "stability_map",
    "stable_range",
    "symplectic_adjustment",
    "theta",
    "two_time_scales",
    "update_matrix",
    "wgan_gp",
    "wgan_gp_cycle",
]
