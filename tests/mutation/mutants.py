"""mutmut's mutants of the folders under test, and a sample of them that stays when other code changes."""

import hashlib
from collections import Counter
from dataclasses import dataclass

from tests.faults.fault import ROOT

FOLDERS = ("symbolic", "objectives", "kernels", "grids", "discriminators")


@dataclass(frozen=True)
class Mutant:
    """before, an expression or statement in a function of a file, became after; key names it whatever stands elsewhere."""

    key: str
    file: str
    function: str
    line: int
    before: str
    after: str
    text: str

    def __str__(self):
        return f"{self.file}:{self.line} {self.function}: {self.before}  →  {self.after}"


@dataclass(frozen=True)
class _Found:
    """A mutation before its text is made."""

    key: str
    file: str
    module: object
    mutation: object


def _enumerated(file):
    """Every mutation that mutmut makes in a file, with its key; mutmut leaves out decorated functions and module level."""
    try:
        import libcst
        from mutmut.mutation.file_mutation import create_mutations
    except ImportError as error:
        raise SystemExit("mutants need mutmut: pip install 'gantheory[mutate]'") from error
    module, mutations, *_ = create_mutations(file, (ROOT / "gantheory" / file).read_text(encoding="utf-8"))
    seen = Counter()
    for mutation in mutations:
        function = mutation.contained_by_top_level_function
        if not isinstance(function, libcst.FunctionDef):
            continue
        parts = (file, function.name.value, *map(module.code_for_node, (mutation.original_node, mutation.mutated_node)))
        seen[parts] += 1
        yield _Found(hashlib.sha256(repr((*parts, seen[parts])).encode()).hexdigest()[:16], file, module, mutation)


def sample(size, seed, folders=FOLDERS):
    """The mutants whose keys, hashed with the seed, come first; and how many there are in all.

    A change of one function exchanges its own mutants in the sample, and leaves the rest.
    """
    files = [p.relative_to(ROOT / "gantheory") for f in folders for p in sorted((ROOT / "gantheory" / f).rglob("*.py"))]
    found = [mutation for file in files for mutation in _enumerated(str(file))]
    found.sort(key=lambda f: hashlib.sha256(f"{seed} {f.key}".encode()).hexdigest())
    return [_mutant(f) for f in found[:size]], len(found)


def _mutant(found):
    from libcst.metadata import MetadataWrapper, PositionProvider

    module, mutation = found.module, found.mutation
    places = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    place = places.get(mutation.original_node) or places[mutation.contained_by_top_level_function]
    return Mutant(
        found.key,
        found.file,
        mutation.contained_by_top_level_function.name.value,
        place.start.line,
        module.code_for_node(mutation.original_node).strip(),
        module.code_for_node(mutation.mutated_node).strip(),
        module.deep_replace(mutation.original_node, mutation.mutated_node).code,
    )
