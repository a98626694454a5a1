"""Floor 2. Finite matrix groups, and what is averaged over them."""

from gantheory.groups.chamber import chamber_direction, folded, mirrors, refuse_rotations
from gantheory.groups.families import cyclic, dihedral, permutations, reflections, sign, trivial
from gantheory.groups.generator import EquivariantGenerator
from gantheory.groups.group import Group
from gantheory.groups.named import group_named
from gantheory.groups.symmetrised import Symmetrised, asymmetry, is_invariant, symmetrised

__all__ = [
    "EquivariantGenerator",
    "Group",
    "Symmetrised",
    "asymmetry",
    "chamber_direction",
    "cyclic",
    "dihedral",
    "folded",
    "group_named",
    "is_invariant",
    "mirrors",
    "permutations",
    "reflections",
    "refuse_rotations",
    "sign",
    "symmetrised",
    "trivial",
]
