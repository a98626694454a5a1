"""The experiments on the flows of W1 and ½W2², at their smallest size: they find what the closed forms say."""

import numpy as np
import pytest

from experiments import w1_floor, w2_exponential
from gantheory._errors import Refusal
from gantheory.plots import NEURIPS


def test_w2_falls_by_the_exponential_and_by_powers():
    seen = []
    result = w2_exponential.run(particles=12, seeds=2, progress=seen.append)
    assert seen == [0.5, 1.0]
    assert result.agrees
    assert result.worst < 1e-5
    for name in ("particles", "normal laws"):
        for step in w2_exponential.STEPS:
            assert result.deviation(name, w2_exponential.named(step)) < 1e-11
    assert (result.ratios["particles", w2_exponential.FOIL][:, -1] > 1.1 * np.exp(-3)).all()
    assert len(result.table) == 9
    drawing = w2_exponential.plot(result, NEURIPS)["w2_exponential"]
    assert len(drawing.data) == 9 * len(w2_exponential.TIMES)


def test_w1_has_a_floor_of_half_a_step_where_nothing_overtakes(monkeypatch):
    monkeypatch.setattr(w1_floor, "STEPS", (0.4, 0.15))
    monkeypatch.setattr(w1_floor, "HALVED", 6)
    result = w1_floor.run(particles=20, seeds=1)
    assert result.agrees
    assert abs(result.floors["translation"] - 0.5).max() < 1e-12
    assert (result.floors["U(0, 1) to U(.4, .6)"] <= 0.5 + 1e-12).all()
    assert result.exact.values[np.searchsorted(result.exact.times, result.arrival) :].max() == 0
    paths = {name: path.values[-2:].mean() for name, path in result.paths.items()}
    assert paths[w1_floor.DECREASING] < min(value for name, value in paths.items() if name != w1_floor.DECREASING)
    assert len(result.table) == len(w1_floor.STEPS)
    assert list(w1_floor.plot(result, NEURIPS)) == ["w1_floor"]


@pytest.mark.parametrize("experiment", [w1_floor, w2_exponential])
def test_sizes_are_checked(experiment):
    with pytest.raises(Refusal, match="at least 2 particles and 1 seed; got 1 and 3"):
        experiment.run(particles=1, seeds=3)
