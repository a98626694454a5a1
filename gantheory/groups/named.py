"""Groups by the names they have on a command line."""

from __future__ import annotations

import re

from gantheory._errors import Refusal
from gantheory.groups.families import cyclic, dihedral, permutations, reflections, sign, trivial
from gantheory.groups.group import Group

NAMES = "C1, C2, … (rotations of the plane), D1, D2, … (with mirrors), S2, S3, … (permutations), sign, reflections, trivial"


def group_named(text: str, dim: int) -> Group:
    """The group of that name acting on R^dim: C4, D3, S3, sign, reflections or trivial; case does not matter."""
    word = text.strip().lower() if isinstance(text, str) else ""
    for name, family in (("sign", sign), ("reflections", reflections), ("trivial", trivial)):
        if word == name:
            return family(dim)
    found = re.fullmatch(r"([cds])([1-9][0-9]{0,3})", word)
    if found is None:
        raise Refusal(f"a group is one of {NAMES}", repr(text))
    letter, n = found[1].upper(), int(found[2])
    if letter == "S":
        if n != dim:
            raise Refusal(f"S{n} permutes {n} coordinates", f"data of dimension {dim}", f"Use S{dim}.")
        return permutations(n)
    if dim != 2:
        raise Refusal(f"{letter}{n} acts on the plane", f"data of dimension {dim}", "Use sign, reflections or trivial.")
    return cyclic(n) if letter == "C" else dihedral(n)
