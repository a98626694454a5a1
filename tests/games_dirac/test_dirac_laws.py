"""Closed forms against SciPy and against iterates; clipping."""

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.integrate import solve_ivp
from scipy.special import iv

from gantheory._errors import Refusal
from gantheory.games import (
    DiracGAN,
    alternating,
    alternating_limit,
    clipped,
    logistic_period,
    non_saturating_decay,
    optimistic,
    simultaneous,
    simultaneous_limit,
    wgan_gp_cycle,
)
from gantheory.integration import euler, integrate
from gantheory.objectives import WASSERSTEIN


def matrix(step, weight, speed, alternate):
    """One step with R1 in NumPy."""
    generator = np.array([[1, step * speed], [0, 1]])
    discriminator = np.array([[1, 0], [-step * speed, 1 - step * weight]])
    both = np.array([[1, step * speed], [-step * speed, 1 - step * weight]])
    return discriminator @ generator if alternate else both


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.7])
@pytest.mark.parametrize("weight", [0.04, 0.6, 2.1, 5.3])
@pytest.mark.parametrize("alternate", [False, True])
def test_below_the_limit_steps_converge_and_above_they_do_not(weight, speed, alternate):
    limit = float((alternating_limit if alternate else simultaneous_limit)(weight, speed))
    radius = [abs(np.linalg.eigvals(matrix(c * limit, weight, speed, alternate))).max() for c in (0.5, 0.999, 1.001, 2)]
    assert radius[0] < 1
    assert radius[1] < 1 < radius[2]
    assert radius[3] > 1


@pytest.mark.parametrize(("weight", "centre"), [(0.3, 1.0), (0.7, 1.6), (1.8, 0.5)])
def test_scipy_ends_on_the_cycle_of_wgan_gp(weight, centre):
    def velocity(t, z):
        return [z[1], -z[0] - weight * (abs(z[1]) - centre) * np.sign(z[1])]

    path = solve_ivp(velocity, (0, 90), [0.4, 0.9], rtol=1e-8, atol=1e-10, max_step=0.05)
    late = path.y[0][path.t > 70]
    assert late.max() == pytest.approx(float(wgan_gp_cycle(weight, centre)), rel=2e-3)


@pytest.mark.parametrize("radius", [0.3, 1.2, 2.4])
def test_the_period_is_that_of_bessel(radius):
    assert float(logistic_period(radius)) == pytest.approx(2 * np.pi * (1 + iv(0, radius**2 / 2)), rel=1e-13)


def test_decay_starts_at_the_radius():
    assert non_saturating_decay(sp.Rational(3, 2), 0) == sp.Rational(9, 4)
    assert float(non_saturating_decay(2, 1000)) == pytest.approx(8 / 1002)


def test_clipping_cuts_one_player_after_each_step():
    field = DiracGAN(WASSERSTEIN).field
    z = torch.tensor([1.2, -0.4], dtype=torch.float64)
    for maker, player in ((simultaneous, 1), (alternating, 0), (optimistic, 1)):
        update = clipped(maker(0.3), 0.5, player)
        after, memory = update.advance_state(field, z)
        free, held = maker(0.3).advance_state(field, z)
        assert after[1 - player] == free[1 - player]
        assert after[player] == free[player].clamp(-0.5, 0.5) != free[player]
        assert len(memory) == len(held)
        assert update.remembers is maker(0.3).remembers
    assert clipped(simultaneous(0.3), 0.5).name == "simultaneous, clipped"


def test_clipped_training_stays_inside_its_bound():
    path = integrate(
        DiracGAN(WASSERSTEIN).game, torch.tensor([1.5, 0.2]), (0.0, 4.0, 9.0), method=clipped(simultaneous(0.1), 0.7)
    )
    assert float(path.x[1:, 1].abs().max()) <= 0.7
    assert path.stats["steps"] == 90


REFUSED = {
    "a method": (lambda: clipped(euler(0.1), 1.0), r"clipping follows an update; got a FixedStep\. Use simultaneous"),
    "no bound": (lambda: clipped(simultaneous(0.1), 0.0), r"bound of clipping is a finite number > 0; got 0\.0"),
    "no player": (lambda: clipped(simultaneous(0.1), 1.0, -1), r"counted from 0; got -1"),
    "a third player": (
        lambda: clipped(simultaneous(0.1), 1.0, 2)(DiracGAN(WASSERSTEIN).field, torch.ones(2)),
        r"the players 0 to 1; got 2",
    ),
    "radius": (lambda: logistic_period(-1), r"a radius is a number ≥ 0, or a symbol; got -1"),
    "time": (lambda: non_saturating_decay(1, float("inf")), r"a time is a finite real number .* got inf"),
    "no oscillation": (lambda: wgan_gp_cycle(2), r"belongs to γ < 2, .* got γ = 2\. Integrate the game"),
    "no weight": (lambda: alternating_limit(0, 1), r"weight γ is a number > 0, or a symbol; got 0"),
    "no speed": (lambda: simultaneous_limit(1, -2), r"speed a is a number > 0, or a symbol; got -2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    call, words = REFUSED[case]
    with pytest.raises(Refusal, match=words):
        call()
