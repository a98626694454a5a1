"""Laws of the elements: each converges in L² at its order, with variable weights and every kind of boundary."""

import numpy as np
import pytest

from gantheory.discriminators.finite_elements import ARGYRIS, HERMITE, LINEAR, MORLEY, QUADRATIC
from tests.elements.cases import CURVED, DIRICHLET, LIGHT, LINEAR_LOSS, NATURAL, SUPPORTED, WAVES, box
from tests.elements.manufactured import DISCRIMINATORS, Problem, slopes, study

full = pytest.mark.full
QUINTIC = {DIRICHLET: (4, 3), NATURAL: (6, 3), SUPPORTED: (4, 3)}
CASES = [  # element, order in L², objective, dim, boundary, cells of the coarsest mesh, levels
    *((LINEAR, 2, CURVED[1], 1, kind, (5,), 5) for kind in (DIRICHLET, NATURAL, SUPPORTED)),
    *((QUADRATIC, 3, CURVED[1], 1, kind, (5,), 5) for kind in (DIRICHLET, NATURAL)),
    *((LINEAR, 2, CURVED[1], 2, kind, (3, 2), 5) for kind in (DIRICHLET, NATURAL, SUPPORTED)),
    *((QUADRATIC, 3, CURVED[1], 2, kind, (3, 2), 4) for kind in (DIRICHLET, NATURAL)),
    (LINEAR, 2, CURVED[1], 3, DIRICHLET, (2, 2, 2), 4),
    pytest.param(LINEAR, 2, CURVED[1], 3, NATURAL, (2, 2, 2), 5, marks=full),
    *(pytest.param(QUADRATIC, 3, CURVED[1], 3, kind, (2, 2, 2), 4, marks=full) for kind in (DIRICHLET, NATURAL)),
    *((HERMITE, 4, CURVED[2], 1, kind, (5,), 5) for kind in (DIRICHLET, NATURAL, SUPPORTED)),
    *((MORLEY, 2, CURVED[2], 2, kind, (3, 2), 5) for kind in (DIRICHLET, NATURAL, SUPPORTED)),
    *((ARGYRIS, 6, LIGHT, 2, kind, QUINTIC[kind], 4) for kind in (DIRICHLET, NATURAL, SUPPORTED)),
]


def named(case):
    element, _, _, dim, kind, *_ = getattr(case, "values", case)
    return f"{element}, {dim}-D, {kind.value}"


def converges(errors, order):
    assert len(errors) >= 4
    assert np.abs(slopes(errors)[-2:] - order).max() <= 0.1, (errors, slopes(errors))
    assert errors[0] >= 20 * errors[-1]


@pytest.mark.parametrize(("element", "order", "objective", "dim", "kind", "cells", "levels"), CASES, ids=map(named, CASES))
def test_an_element_has_its_order(element, order, objective, dim, kind, cells, levels):
    D = WAVES if element is ARGYRIS else DISCRIMINATORS[dim]
    converges(study(Problem(objective, box(dim, kind), D), element, cells, levels), order)


FREE = [(LINEAR, 2, 1, (5,), 5), (QUADRATIC, 3, 2, (3, 2), 4), (HERMITE, 4, 1, (5,), 4), (MORLEY, 2, 2, (3, 2), 5)]


@pytest.mark.parametrize(("element", "order", "dim", "cells", "levels"), FREE, ids=str)
def test_a_linear_loss_on_a_natural_box_converges_up_to_its_null_space(element, order, dim, cells, levels):
    problem = Problem(LINEAR_LOSS[element.order], box(dim, NATURAL), DISCRIMINATORS[dim])
    converges(study(problem, element, cells, levels, gauge=True), order)
