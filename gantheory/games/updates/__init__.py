"""Training rules as maps of the players' state: data, and one loop that repeats them."""

from gantheory.games.updates.adjusted import consensus, symplectic_adjustment
from gantheory.games.updates.foils import decoupled, euler_heun
from gantheory.games.updates.implicit import implicit_euler, implicit_midpoint
from gantheory.games.updates.plain import alternating, extragradient, simultaneous, two_time_scales
from gantheory.games.updates.remembering import extrapolation_from_the_past, optimistic
from gantheory.games.updates.update import Memory, Update

__all__ = [
    "Memory",
    "Update",
    "alternating",
    "consensus",
    "decoupled",
    "euler_heun",
    "extragradient",
    "extrapolation_from_the_past",
    "implicit_euler",
    "implicit_midpoint",
    "optimistic",
    "simultaneous",
    "symplectic_adjustment",
    "two_time_scales",
]
