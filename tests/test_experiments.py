"""Experiments at their smallest size, and at full size in `make test-all`."""

import numpy as np
import pytest

from experiments import digits_flow, poisson_rate
from gantheory.plots import NEURIPS


def test_poisson_rate_finds_the_orders_of_its_stencils():
    result = poisson_rate.run(**poisson_rate.QUICK)
    for accuracy, study in result.studies.items():
        assert all(abs(slope - accuracy) <= 0.1 for slope in study.slopes[-2:])
    assert len(result.table) == 2 * poisson_rate.QUICK["levels"]
    assert list(poisson_rate.plot(result, NEURIPS)) == ["poisson_rate"]


def test_digits_flow_moves_toward_the_data():
    seen = []
    result = digits_flow.run(**digits_flow.QUICK, progress=seen.append)
    assert result.mean("start") >= 10
    assert np.all(np.diff(result.distances.mean(0)) < 0)
    assert result.mean("flow") < result.mean("start") / 4
    assert seen[-1] == pytest.approx(1.0)
    assert set(digits_flow.plot(result, NEURIPS)) == {"digits_snapshots", "digits_distance"}


def test_the_halves_are_disjoint_and_differ_between_seeds():
    (a, b), (c, _) = digits_flow.halves(0), digits_flow.halves(1)
    points, scale = digits_flow.digits()
    assert (len(a), len(b), len(points)) == (899, 898, 1797)
    together = np.sort(np.concatenate([a.points.numpy(), b.points.numpy()])[:, 0])
    assert np.allclose(together, np.sort(points[:, 0].numpy() / scale))
    assert not np.allclose(a.points, c.points)


@pytest.mark.full
def test_digits_flow_meets_its_ratios_on_five_seeds():
    result = digits_flow.run()
    assert len(result.rows) == 5
    assert all(row["start"] >= 10 for row in result.rows)
    assert result.mean("flow") <= digits_flow.HELD_OUT * result.mean("halves")
    assert result.mean("flow") <= digits_flow.OVER_GAUSSIAN * result.mean("gaussian")


@pytest.mark.full
def test_poisson_rate_at_full_size():
    for accuracy, study in poisson_rate.run().studies.items():
        assert all(abs(slope - accuracy) <= 0.1 for slope in study.slopes[-2:])
