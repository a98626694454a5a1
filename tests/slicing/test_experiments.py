"""The experiments at sizes of seconds: what they compute is what they say, and their figures are drawn."""

from math import cos, radians, sin

import numpy as np
import pytest
import torch

from experiments import san_gaussians, san_mixture
from gantheory._errors import Refusal
from gantheory.directions import sphere
from gantheory.objectives import HINGE
from gantheory.plots import NEURIPS

from .samples import seeded


def test_san_gaussians_finds_the_closed_forms():
    seen = []
    result = san_gaussians.run(seeds=2, angles=3, samples=500, iterations=90, progress=seen.append)
    assert result.error < 0.1
    assert result.agrees
    assert seen[-1] == pytest.approx(1.0)
    assert len(result.table) == 3 * len(san_gaussians.METHODS)
    assert list(san_gaussians.plot(result, NEURIPS)) == ["san_gaussians"]
    assert "takida2024san" in result.published


def test_the_closed_forms_are_fixed_points():
    """Of the weighted gap by Monte Carlo: 4 standard errors of its direction."""
    omega = san_gaussians.weighted_fixed_point(30.0)
    S, delta = san_gaussians.covariance(), san_gaussians.gap(30.0)
    assert S @ [-sin(san_gaussians.TILT), cos(san_gaussians.TILT)] == pytest.approx(
        9 * np.array([-sin(san_gaussians.TILT), cos(san_gaussians.TILT)])
    )
    assert delta == pytest.approx(2 * np.array([cos(0.5 + radians(30)), sin(0.5 + radians(30))]))
    s = omega @ delta / (omega @ S @ omega)
    x = np.random.default_rng(0).multivariate_normal(delta / 2, S, 400_000)
    means = [(r[:, None] * x).mean(0) / r.mean() for r in (1 / (1 + np.exp(-s * k * x @ omega)) for k in (1, -1))]
    gap = means[0] + means[1]  # fakes are data reflected, x ↦ −x, and with them r(f) becomes r(−f)
    assert abs(omega[0] * gap[1] - omega[1] * gap[0]) / np.linalg.norm(gap) < 4 * 3 / np.sqrt(400_000)


def test_san_mixture_measures_every_method():
    result = san_mixture.run(seeds=2, iterations=6, points=40)
    assert set(result.final) == {f"{kind}, {loss}" for kind in ("GAN", "SAN") for loss in san_mixture.LOSSES}
    assert all(np.isfinite(v).all() for found in result.final.values() for v in found.values())
    assert result.agrees is None
    assert set(san_mixture.plot(result, NEURIPS)) == {"san_mixture_alignment", "san_mixture_points"}


def test_gan_and_san_start_as_one_function_and_seeds_are_apart():
    gan, san = (san_mixture.Players.started(HINGE, sliced, 3) for sliced in (False, True))
    x = torch.randn(3, 9, 2, generator=seeded(0))
    torch.testing.assert_close(gan.read(x).function, san.read(x).function, rtol=1e-5, atol=1e-6)
    value = san.criticised(*torch.randn(2, 3, san_mixture.BATCH, 2, generator=seeded(1)))
    (slope,) = torch.autograd.grad(value[1], san.head["weight"])
    assert slope[1].abs().max() > 0
    assert slope[[0, 2]].abs().max() == 0


def test_modes_are_counted():
    ring = san_mixture.target()
    full = ring.sample(800, seeded(3)).numpy()
    found = san_mixture.judged(full, 0)
    assert found["modes"] == 8
    assert found["imbalance"] < 0.1
    assert found["distance"] < 0.2
    half = full[full[:, 1] > 0.3]
    assert san_mixture.judged(half, 0)["modes"] == 3
    assert san_mixture.judged(half, 0)["imbalance"] == pytest.approx(5 / 8, abs=0.06)
    assert san_mixture.judged(3 * sphere(100, 2, seeded(0)).numpy(), 0)["modes"] == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: san_gaussians.run(seeds=0), "san_gaussians needs a seed"),
        (lambda: san_gaussians.run(angles=1), "2 angles"),
        (lambda: san_mixture.run(seeds=0), "san_mixture needs a seed"),
        (lambda: san_mixture.run(points=3), "8 points"),
    ],
)
def test_sizes_that_say_nothing_are_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()
