"""The catalogue of faults does not rot: what each replaces is there once, and the tests that must see it exist."""

import ast
from collections import Counter
from functools import cache

import pytest

from tests.faults.catalogue import CATALOGUE
from tests.faults.fault import ROOT

FLOORS = Counter(fault.file.split("/")[0] for fault in CATALOGUE)


@cache
def names_in(file):
    """The names of the tests in a file."""
    return {node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: f"{fault.file}: {fault.name}")
def test_a_fault_changes_one_place_and_is_seen_by_tests_that_exist(fault):
    compile(fault.text(), fault.file, "exec")
    assert fault.seen_by
    for test in fault.seen_by:
        file, _, name = test.partition("::")
        assert not name or name.split("[")[0] in names_in(file), test


def test_every_fault_has_a_name_of_its_own():
    assert len({(fault.file, fault.name) for fault in CATALOGUE}) == len(CATALOGUE)


def test_there_are_forty_faults_and_eight_on_every_floor():
    assert len(CATALOGUE) >= 40
    for floor in ("symbolic", "objectives", "kernels", "grids", "discriminators"):
        assert FLOORS[floor] >= 8
