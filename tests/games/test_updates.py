"""Laws of updates: each is its formula, one loop repeats them all, orders, derivatives, refusals."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.optimize import fsolve

from gantheory._errors import Refusal
from gantheory.games import (
    Game,
    alternating,
    bilinear_game,
    consensus,
    decoupled,
    euler_heun,
    extragradient,
    extrapolation_from_the_past,
    implicit_euler,
    implicit_midpoint,
    optimistic,
    simultaneous,
    symplectic_adjustment,
    two_time_scales,
)
from gantheory.integration import IntegrationError, Method, euler, heun, integrate, rk4
from tests.games import cases

H = 0.13
v, J = cases.velocity, cases.derivative


def put(z, part, value):
    """z with the coordinates of one player replaced."""
    moved = np.array(z)
    moved[part] = value[part]
    return moved


FIRST, SECOND = slice(0, 1), slice(1, 3)


def by_turns(z, counts):
    for part, count in zip((FIRST, SECOND), counts, strict=True):
        for _ in range(count):
            z = put(z, part, z + H * v(z))
    return z


def adjusted(z, weight, sign=1.0):
    A = (J(z) - J(z).T) / 2
    return z + H * (v(z) + sign * weight * A @ v(z))


def alignment(z):
    """The sign in the letters of balduzzi2018mechanics: ξ = −v, its Jacobian, A, ∇H."""
    xi, Jxi = -v(z), -J(z)
    A, slope = (Jxi - Jxi.T) / 2, Jxi.T @ xi
    return np.sign((xi @ slope) * (A.T @ xi @ slope) / len(z) + 0.1)


def by_player(z):
    """Classic RK4 for each player with the other at rest."""
    moved = np.array(z)
    for part in (FIRST, SECOND):
        f = lambda w, part=part: put(np.zeros(3), part, v(w))  # noqa: E731
        k1 = f(z)
        k2 = f(z + H / 2 * k1)
        k3 = f(z + H / 2 * k2)
        k4 = f(z + H * k3)
        moved += H / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return moved


def two_optimistic(z):
    first = z + H * v(z)
    return first + 2 * H * v(first) - H * v(z)


def two_past(z):
    w = z + H * v(z)
    first = z + H * v(w)
    return first + H * v(first + H * v(w))


@dataclass(frozen=True)
class Case:
    """An update and its formula in NumPy, for `steps` steps."""

    update: object
    formula: object
    evaluations: float
    steps: int = 1


CASES = {
    "simultaneous": Case(simultaneous(H), lambda z: z + H * v(z), 1),
    "two time scales": Case(two_time_scales(H, (0.5, 3.0)), lambda z: z + H * np.array([0.5, 3, 3]) * v(z), 1),
    "alternating": Case(alternating(H), lambda z: by_turns(z, (1, 1)), 2),
    "alternating 1, 3": Case(alternating(H, (1, 3)), lambda z: by_turns(z, (1, 3)), 4),
    "extragradient": Case(extragradient(H), lambda z: z + H * v(z + H * v(z)), 2),
    "consensus": Case(consensus(H, 0.4), lambda z: z + H * (v(z) - 0.4 * J(z).T @ v(z)), 1),
    "symplectic": Case(symplectic_adjustment(H, 0.4), lambda z: adjusted(z, 0.4), 1),
    "aligned": Case(symplectic_adjustment(H, 0.4, aligned=True), lambda z: adjusted(z, 0.4, alignment(z)), 1),
    "implicit Euler": Case(implicit_euler(H), lambda z: fsolve(lambda w: w - z - H * v(w), z, xtol=1e-13), None),
    "implicit midpoint": Case(
        implicit_midpoint(H), lambda z: fsolve(lambda w: w - z - H * v((z + w) / 2), z, xtol=1e-13), None
    ),
    "decoupled rk4": Case(decoupled(rk4(H)), by_player, 8),
    "optimistic": Case(optimistic(H), two_optimistic, 1, steps=2),
    "from the past": Case(extrapolation_from_the_past(H), two_past, 1.5, steps=2),
}
every_update = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def after(update, z, steps=1, game=None):
    memory = ()
    for _ in range(steps):
        z, memory = update.advance_state(game or cases.game(), z, memory)
    return z


@every_update
def test_an_update_is_its_formula(case):
    for z in (cases.state(), *cases.batch(3)):
        assert np.allclose(after(case.update, z, case.steps), case.formula(z.numpy()), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_the_alignment_takes_either_sign(sign):
    z = next(z for z in cases.batch(40) if alignment(z.numpy()) == sign)
    aligned = symplectic_adjustment(H, 0.4, aligned=True)(cases.game(), z)
    assert np.allclose(aligned, adjusted(z.numpy(), 0.4, sign), rtol=1e-12)


@every_update
def test_an_update_is_a_method_and_counts_its_cost(case):
    assert isinstance(case.update, Method)
    path = integrate(cases.game(), cases.state(), [0.0, case.steps * H], method=case.update)
    assert np.allclose(path.final, case.formula(cases.state().numpy()), rtol=1e-11)
    assert path.stats["steps"] == case.steps
    assert path.stats["largest_step"] == pytest.approx(H)
    if case.evaluations is not None:
        assert path.stats["evaluations"] == case.evaluations * case.steps


@every_update
def test_trajectories_go_on_as_if_they_had_never_stopped(case):
    z, game = cases.state(), cases.game()
    whole = integrate(game, z, [0.0, 4 * H, 8 * H], method=case.update)
    half = integrate(game, z, [0.0, 4 * H], method=case.update)
    rest = integrate(game, half.final, [4 * H, 8 * H], method=case.update, memory=half.memory)
    assert torch.allclose(rest.final, whole.final, rtol=1e-13)
    assert torch.allclose(whole.final, after(case.update, z, 8), rtol=1e-12)


@every_update
def test_a_batch_of_states_moves_row_by_row(case):
    z = cases.batch() / 2
    rows = torch.stack([after(case.update, row, 3) for row in z])
    assert torch.allclose(after(case.update, z, 3), rows, rtol=1e-11)


@every_update
def test_steps_are_differentiable(case):
    z = cases.state().requires_grad_()
    assert torch.autograd.gradcheck(lambda s: after(case.update, s, 2), z)
    assert not after(case.update, z.detach(), 2).requires_grad


@every_update
def test_single_precision_stays(case):
    z = cases.state(dtype=torch.float32)
    found = after(case.update, z, case.steps)
    assert found.dtype == torch.float32
    assert np.allclose(found, case.formula(cases.state().numpy()), rtol=2e-5)


# Orders: against SciPy on the field that each rule integrates


END = 0.5


def exact(field, end=END):
    found = solve_ivp(lambda t, z: field(z), (0, end), cases.STATE, method="DOP853", rtol=1e-12, atol=1e-13)
    return torch.from_numpy(found.y[:, -1])


SCALED = np.array([0.5, 3, 3])
ORDERS = {
    "alternating": (alternating, v, 1),
    "alternating 2, 3": (lambda h: alternating(h, (2, 3)), lambda z: np.array([2, 3, 3]) * v(z), 1),
    "two time scales": (lambda h: two_time_scales(h, (0.5, 3.0)), lambda z: SCALED * v(z), 1),
    "optimistic": (optimistic, v, 1),
    "from the past": (extrapolation_from_the_past, v, 1),
    "implicit Euler": (implicit_euler, v, 1),
    "implicit midpoint": (implicit_midpoint, v, 2),
    "consensus": (lambda h: consensus(h, 0.2), lambda z: v(z) - 0.2 * J(z).T @ v(z), 1),
    "symplectic": (lambda h: symplectic_adjustment(h, 0.2), lambda z: v(z) + 0.1 * (J(z) - J(z).T) @ v(z), 1),
}


@pytest.mark.parametrize(("make", "field", "order"), ORDERS.values(), ids=ORDERS)
def test_updates_have_their_order(make, field, order):
    truth = exact(field)
    steps = [END / 8 / 2**k for k in range(4)]
    errors = [float((integrate(cases.game(), cases.state(), [0.0, END], method=make(h)).final - truth).norm()) for h in steps]
    slopes = [math.log2(a / b) for a, b in pairwise(errors)]
    assert make(0.1).order == order
    assert all(abs(slope - order) < 0.1 for slope in slopes[-2:])
    assert errors[-1] < 10 * steps[-1] ** order


# Structure


def test_simultaneous_and_euler_are_one_method():
    z = cases.state()
    runs = [
        integrate(cases.game(), z, [0.0, 1.0], method=m).final for m in (simultaneous(H), euler(H), two_time_scales(H, (1, 1)))
    ]
    assert torch.equal(runs[0], runs[1])
    assert torch.allclose(runs[0], runs[2], rtol=1e-14)


@pytest.mark.parametrize("method", [rk4(H), heun(H), euler_heun(H)], ids=lambda m: m.name)
def test_decoupled_stages_are_eulers_on_the_bilinear_game(method):
    game, z = bilinear_game(torch.randn(2, 3, dtype=torch.float64)), torch.randn(5, dtype=torch.float64)
    assert torch.allclose(decoupled(method)(game, z), simultaneous(H)(game, z), rtol=1e-14)


def test_the_points_of_the_past_are_optimistic():
    game, z = cases.game(), cases.state()
    middles, memory = [], (game.velocity(z),)
    for _ in range(4):
        middles.append(z + H * memory[0])
        z, memory = extrapolation_from_the_past(H).advance_state(game, z, memory)
    w, held = middles[0], (game.velocity(cases.state()),)
    for middle in middles[1:]:
        w, held = optimistic(H).advance_state(game, w, held)
        assert torch.allclose(w, middle, rtol=1e-13)


def test_implicit_updates_take_steps_that_explicit_ones_cannot():
    stiff = Game(lambda x, y: (500 * (x * x).sum() + (x * y).sum(), (y * y).sum() / 2 - (x * y).sum()), (1, 1))
    z = torch.tensor([1.0, 1.0], dtype=torch.float64)
    path = integrate(stiff, z, [0.0, 20.0], method=implicit_euler(1.0))
    assert float(path.final.norm()) < 1e-4


# Refusals


def test_an_update_moves_the_players_of_a_game():
    with pytest.raises(Refusal, match=r"alternating moves the players of a Game; got a function. Write Game\(losses, sizes\)"):
        integrate(lambda t, z: -z, torch.ones(2), [0.0, 1.0], method=alternating(0.1))
    with pytest.raises(Refusal, match="extragradient moves players held in one tensor; got a tuple"):
        integrate(cases.game(), (torch.ones(1), torch.ones(2)), [0.0, 1.0], method=extragradient(0.1))


def test_players_that_run_away_end_in_an_error_that_says_when():
    cubic = Game(lambda x, y: (-(x**4).sum(), (y * x).sum()), (1, 1))
    words = r"^simultaneous: the loss of player 1 is -inf, at t = 2, after 4 steps .*use a smaller step"
    with pytest.raises(IntegrationError, match=words):
        integrate(cubic, torch.tensor([1.0, 1.0]), [0.0, 50.0], method=simultaneous(0.5))
    steep = Game(lambda x, y: (-1e30 * x.sum(), y.sum()), (1, 1))
    with pytest.raises(IntegrationError, match=r"the players are not finite, at t = 0, .* Use a step below 1e\+10"):
        integrate(steep, torch.tensor([1.0, 1.0]), [0.0, 2e10], method=simultaneous(1e10))


STEP = "the step of {} is a finite number > 0; got {}"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        *(
            (lambda m=m, h=h: m(h), STEP.format(m.__name__, h))
            for m in (simultaneous, alternating, optimistic)
            for h in (0, -1)
        ),
        (lambda: extragradient(True), STEP.format("extragradient", True)),
        (lambda: consensus(math.nan, 1.0), "the step is a finite number > 0; got nan"),
        (lambda: consensus(0.1, -1.0), "the weight of consensus is a finite number > 0; got -1.0"),
        (lambda: symplectic_adjustment(0.1, math.inf), "the weight of symplectic_adjustment is a finite number"),
        (lambda: two_time_scales(0.1, (1.0, 0.0)), "a rate of two_time_scales is a finite number > 0; got 0.0"),
        (lambda: two_time_scales(0.1, ()), "the rates of two_time_scales are a tuple"),
        (lambda: alternating(0.1, (1, 0)), r"the counts of alternating are integers ≥ 1; got \(1, 0\)"),
        (lambda: alternating(0.1, (1, True)), r"counts of alternating are integers ≥ 1; got \(1, True\)"),
        (
            lambda: alternating(0.1, (1, 1, 1))(cases.game(), cases.state()),
            "hold one number for each player of the game, 2; got 3",
        ),
        (lambda: two_time_scales(0.1, (1.0,))(cases.game(), cases.state()), "the rates hold one number for each player"),
        (lambda: optimistic(0.1)(cases.game(), cases.state()), "no memory; got optimistic, which remembers. Use advance_state"),
        (lambda: optimistic(0.1).advance_state(cases.game(), cases.state(), (torch.ones(2),)), r"one velocity of shape \(3,\)"),
        (lambda: implicit_euler(3.0)(Game(lambda x: (x.abs().sqrt().sum(),), (1,)), torch.ones(1)), "Newton's method finds in"),
    ],
)
def test_what_is_no_update_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()
