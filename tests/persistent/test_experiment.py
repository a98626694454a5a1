"""The experiment on persistent training at its smallest size, and what its sentences are made of."""

import numpy as np
import pytest

from experiments import persistent_training as experiment
from gantheory._errors import Refusal
from gantheory.plots import NEURIPS


def test_it_runs_and_draws():
    seen = []
    result = experiment.run(**experiment.QUICK, progress=seen.append)
    assert seen[-1] == pytest.approx(1.0)
    assert len(result.table) == 13
    assert all(np.isfinite(values[:, 0]).all() for values in result.distances.values())
    ends = {kind: result.end(experiment.EXACT2, kind)[0] for kind in experiment.KINDS}
    assert ends["10"] < ends["3"] < ends["1"] < 2.1
    assert result.agrees is None
    assert set(experiment.plot(result, NEURIPS)) == {"persistent_plans", "persistent_critic"}


def made(naive):
    """Three seeds of a training that gains by K, its foil ending where it is told."""
    methods = (experiment.EXACT2, experiment.EXACT1, experiment.CRITIC)
    ends = {"1": [1.0, 1.1, 1.2], "3": [0.7, 0.8, 0.9], "10": [0.5, 0.6, 0.65], "naive 3": [0.7] * 3, "naive 10": naive}
    kinds = {m: experiment.WITH_CRITIC if m == experiment.CRITIC else tuple(experiment.KINDS) for m in methods}
    distances = {(m, k): np.column_stack([[2.0] * 3, ends[k]]) for m in methods for k in kinds[m]}
    marks = {m: np.array([0, 10]) for m in methods}
    return experiment.PersistentTraining(distances, marks, dict.fromkeys(distances, 1), np.full(3, 0.3), "Settings.")


@pytest.mark.parametrize(
    ("naive", "agrees", "words"),
    [
        ([0.9, 1.0, 1.2], True, "naive repetition hurts"),
        ([0.5, 0.6, 0.7], False, "naive repetition does no clear harm"),
        ([np.nan, 1.0, 1.2], True, "not finite in 1 of 3"),
    ],
)
def test_agreement_needs_clear_differences(naive, agrees, words):
    result = made(naive)
    assert result.agrees is agrees
    assert words in result.says


@pytest.mark.parametrize("wrong", [{"seeds": 0}, {"outer": 3}, {"critic_outer": 0}])
def test_too_few_steps_are_refused(wrong):
    with pytest.raises(Refusal, match="at least 1 seed and 10 outer steps"):
        experiment.run(**(experiment.QUICK | wrong))
