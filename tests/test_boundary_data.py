"""Natural data: where a variation leaves a derivative of the test function free, and nowhere else."""

import pytest

from gantheory._errors import Refusal
from gantheory.discriminators.boundary_data import NaturalDatum, check_natural, natural_jets
from gantheory.objectives import WASSERSTEIN, Boundary, Box, GradientPenalty, Objective
from gantheory.symbolic import coordinates, p


def one(x):
    return 1 + 0 * x[:, 0]


@pytest.mark.parametrize("boundary", Boundary, ids=lambda b: b.value)
@pytest.mark.parametrize(("order", "dim"), [(1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (2, 2), (3, 2), (1, 3), (2, 3)])
def test_natural_jets_are_those_of_the_conditions_that_the_variation_leaves(order, dim, boundary):
    box, x = Box((0,) * dim, (1,) * dim, boundary), coordinates(dim)
    conditions = Objective(WASSERSTEIN, GradientPenalty(order, over=p)).euler_lagrange().boundary_conditions(box)
    found = [(tuple(x.index(s) for s in c.at), c.against) for c in conditions]
    assert set(natural_jets(box, order)) == set(found)
    assert len(natural_jets(box, order)) == len(found)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([((0,), (0, 0)), ((0,), (0, 0))], "each natural condition has one datum"),
        ([((0,), (0,))], r"got at=\(0,\) against=\(0,\)"),
        ([((0, 1), (1, 0))], r"of order 2 on .*: at=\(0,\) .*; got at=\(0, 1\) against=\(1, 0\)"),
    ],
)
def test_a_datum_of_no_condition_is_refused(data, words):
    with pytest.raises(Refusal, match=words):
        check_natural(Box((0, 0), (1, 1)), [NaturalDatum(*where, one) for where in data], 2)


@pytest.mark.parametrize("natural", [5, (5,), NaturalDatum((0,), (0, 0), one)])
def test_natural_data_are_a_tuple(natural):
    with pytest.raises(Refusal, match="natural= is a tuple of NaturalDatum; got"):
        check_natural(Box((0, 0), (1, 1)), natural, 1)


@pytest.mark.parametrize(
    ("at", "against"), [((-1,), (0,)), ((0.0,), (0,)), ((0,), (-1,)), (0, (0,)), ((0,), [0]), ((True,), (0,))]
)
def test_the_place_of_a_datum_is_told_in_integers(at, against):
    with pytest.raises(Refusal, match=r"NaturalDatum\.(at|against) is "):
        NaturalDatum(at, against, one)
