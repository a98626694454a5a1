"""Maps of stability: prediction against NumPy, measurement against prediction; phase portraits."""

import numpy as np
import pytest
import sympy as sp
import torch
from matplotlib.collections import LineCollection

from experiments import dirac_portraits, stability
from gantheory._errors import Refusal
from gantheory.games import (
    DiracGAN,
    InstanceNoise,
    alternating,
    alternating_growth,
    extragradient,
    growth_factor,
    optimistic,
    r1,
    runge_kutta_growth,
    stability_map,
    wgan_gp,
)
from gantheory.integration import euler, heun, rk4, rk38
from gantheory.objectives import LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN
from gantheory.plots import ICML, NEURIPS, portrait

g = sp.Symbol("gamma", positive=True)
STEPS = torch.tensor([0.07, 0.5, 1.3, 2.9], dtype=torch.float64)
WEIGHTS = torch.tensor([0.11, 0.8, 1.9, 3.7, 5.0], dtype=torch.float64)
RULES = {
    "euler": (euler, runge_kutta_growth(euler(1.0))),
    "heun": (heun, runge_kutta_growth(heun(1.0))),
    "rk4": (rk4, runge_kutta_growth(rk4(1.0))),
    "rk38": (rk38, runge_kutta_growth(rk38(1.0))),
    "alternating": (alternating, alternating_growth()),
    "alternating 2:3": (lambda h: alternating(h, (2, 3)), alternating_growth((2, 3))),
}
DIRACS = {
    "logistic, R1": DiracGAN(LOGISTIC, r1(g)),
    "least squares, noise": DiracGAN(LEAST_SQUARES, InstanceNoise(g)),
}


NOISY = [("least squares, noise", rule) for rule in ("euler", "alternating 2:3")]


@pytest.mark.parametrize(("dirac", "rule"), [*(("logistic, R1", rule) for rule in RULES if rule != "rk38"), *NOISY])
def test_measured_growth_is_the_predicted(dirac, rule):
    method, growth = RULES[rule]
    found = stability_map(DIRACS[dirac], g, STEPS, WEIGHTS, method=method(1.0), growth=growth, count=150)
    assert found.gap <= 0.04
    assert found.agreement == 1.0
    assert found.predicted.shape == (4, 5)


@pytest.mark.parametrize("rule", RULES)
def test_predicted_growth_is_the_spectral_radius_of_a_step(rule):
    method, growth = RULES[rule]
    found = stability_map(DIRACS["logistic, R1"], g, STEPS, WEIGHTS, method=method(1.0), growth=growth, count=10)
    for i, j in ((0, 4), (2, 1), (3, 2)):
        game = DiracGAN(LOGISTIC, r1(float(WEIGHTS[j]))).field
        radius = growth_factor(method(float(STEPS[i])), game, torch.zeros(2, dtype=torch.float64))
        assert float(found.predicted[i, j]) == pytest.approx(radius, rel=1e-10)


def test_shares_of_a_map():
    found = stability_map(DIRACS["logistic, R1"], g, STEPS, WEIGHTS, method=euler(1.0), growth=RULES["euler"][1], count=200)
    assert found.stable_share == pytest.approx(float((found.predicted < 1).double().mean()))
    wrong = type(found)(found.steps, found.weights, found.predicted, found.measured + 10)
    assert wrong.agreement == pytest.approx(1 - found.stable_share)
    assert wrong.gap > 0.1


def mapped(**changed):
    given = {"method": euler(1.0), "growth": RULES["euler"][1]} | changed
    dirac = given.pop("dirac", DIRACS["logistic, R1"])
    return stability_map(dirac, g, given.pop("steps", STEPS), given.pop("weights", WEIGHTS), **given)


REFUSED = {
    "step": (lambda: mapped(method=euler(0.1)), r"has step 1, .*; got 0\.1"),
    "memory": (lambda: mapped(method=optimistic(1.0)), r"which a memory would not survive; got optimistic"),
    "count": (lambda: mapped(count=3), r"an integer ≥ 10; got 3"),
    "negative": (lambda: mapped(steps=-STEPS), r"steps of a map of stability are finite numbers > 0"),
    "NaN": (lambda: mapped(weights=WEIGHTS * torch.nan), r"weights of a map of stability are finite numbers > 0"),
    "empty": (lambda: mapped(weights=WEIGHTS[:0]), r"weights of a map .* got \[\]"),
    "kink": (lambda: mapped(dirac=DiracGAN(WASSERSTEIN, wgan_gp(g))), r"the kink psi = 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    call, words = REFUSED[case]
    with pytest.raises(Refusal, match=words):
        call()


def test_extragradient_is_a_runge_kutta_method_on_the_map():
    def damped(J, h):
        eye, moved = torch.eye(2, dtype=J.dtype), h[:, None, None] * J
        return torch.linalg.eigvals(eye + moved @ (eye + moved)).abs().amax(-1)

    assert mapped(method=extragradient(1.0), growth=damped, count=200).gap <= 0.02


def rotation(z):
    return np.column_stack([z[:, 1], -z[:, 0]])


def test_a_portrait_shows_flow_paths_and_equilibrium():
    figure, ax = ICML.figure(aspect=1.0)
    path = np.column_stack([np.cos(np.arange(9)), np.sin(np.arange(9))])
    portrait(ax, rotation, {"a": path, "b": 2 * path}, reach=1.5, equilibrium=(0.1, 0.2))
    figure.draw_without_rendering()
    labels = [line.get_label() for line in ax.lines]
    assert labels == ["a", "_start", "b", "_start", "_equilibrium"]
    assert ax.lines[4].get_xydata()[0] == pytest.approx([0.1, 0.2])
    assert ax.lines[0].get_color() != ax.lines[2].get_color()
    assert ax.get_xlim() == ax.get_ylim() == (-1.5, 1.5)
    (streams,) = [c for c in ax.collections if isinstance(c, LineCollection)]
    for line in streams.get_segments():
        radii = np.linalg.norm(line, axis=1)
        assert np.ptp(radii) <= 0.05


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reach": 0.0}, r"reach of a portrait is a finite number > 0; got 0"),
        ({"paths": {"a": np.ones(3)}}, r"shape \(k, 2\); got a: \(3,\)"),
        ({"paths": {"a": np.full((3, 2), np.nan)}}, r"finite numbers; got NaN or infinity in a"),
        ({"velocity": lambda z: z[:, 0]}, r"velocities \(n, 2\); got shape"),
        ({"velocity": lambda z: np.full(z.shape, np.inf)}, r"NaN where nothing flows; got infinity"),
    ],
)
def test_portraits_refuse(change, words):
    _, ax = ICML.figure()
    given = {"velocity": rotation, "paths": {}, "reach": 1.0} | change
    with pytest.raises(Refusal, match=words):
        portrait(ax, given["velocity"], given["paths"], reach=given["reach"])


def test_dirac_portraits_at_its_smallest():
    seen = []
    result = dirac_portraits.run(**dirac_portraits.QUICK, progress=seen.append)
    assert seen[-1] == 1.0
    assert len(result.table) == len(dirac_portraits.METHODS)
    assert result.radius("WGAN", "simultaneous") == pytest.approx(np.sqrt(1.04) ** result.steps, rel=1e-9)
    assert result.agrees is not False
    assert "R1" in result.published
    assert list(dirac_portraits.plot(result, NEURIPS)) == ["dirac_portraits"]


def test_stability_at_its_smallest():
    result = stability.run(**stability.QUICK)
    assert result.agreement >= 0.99
    assert result.agrees
    assert len(result.table) == 8
    assert list(stability.plot(result, NEURIPS)) == ["stability_maps"]


@pytest.mark.parametrize("call", [lambda: dirac_portraits.run(steps=0), lambda: stability.run(cells=2)])
def test_experiments_refuse(call):
    with pytest.raises(Refusal, match=r"at least"):
        call()


@pytest.mark.full
def test_dirac_portraits_agree_with_the_paper():
    assert dirac_portraits.run().agrees


def test_non_saturating_maps_are_those_of_the_logistic_loss():
    other = mapped(dirac=DiracGAN(NON_SATURATING, r1(g)))
    assert torch.equal(other.predicted, mapped().predicted)
