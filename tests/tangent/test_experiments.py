"""The experiments of tangent kernels at their smallest size."""

import numpy as np
import pytest

from experiments import ntk_8_gaussians, ntk_critics_1d
from gantheory._errors import Refusal
from gantheory.plots import NEURIPS


def test_critics_of_finite_width_near_their_limit():
    seen = []
    result = ntk_critics_1d.run(**ntk_critics_1d.QUICK, progress=seen.append)
    for errors in result.errors.values():
        assert list(errors) == [64, 128]
        assert all(0 < each.mean() < 1.5 for each in errors.values())
    assert len(result.table) == 4
    assert result.agrees in (True, False, None)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    assert set(ntk_critics_1d.plot(result, NEURIPS)) == {"ntk_critics", "ntk_critics_width"}


def test_gradient_flow_of_a_wide_network_is_the_closed_form():
    exact = ntk_critics_1d.limit("least squares")
    errors = [np.abs(ntk_critics_1d.trained("least squares", 256, 12, seed) - exact).max() for seed in (0, 1)]
    assert np.mean(errors) < 0.2 * np.abs(exact).max()


def test_particles_flow_to_eight_gaussians():
    seen = []
    result = ntk_8_gaussians.run(**ntk_8_gaussians.QUICK, progress=seen.append)
    for case, distances in result.distances.items():
        assert np.all(np.diff(distances.mean(0)) < 0), case
        assert np.all(result.discrepancies[case][:, -1] < 0.6)
    assert len(result.table) == 4
    assert result.agrees in (True, False)
    assert seen[-1] == pytest.approx(1.0)
    assert set(ntk_8_gaussians.plot(result, NEURIPS)) == {"ntk_gaussians", "ntk_gaussians_distance"}


def test_sizes_are_refused():
    with pytest.raises(Refusal, match="seeds ≥ 2"):
        ntk_critics_1d.run(seeds=1)
    with pytest.raises(Refusal, match="points ≥ 2"):
        ntk_8_gaussians.run(points=1)
