"""Laws of games: every player descends its own loss; the derivative of the velocity; refusals."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from gantheory._errors import Refusal
from gantheory.games import Game, bilinear_game, jacobian, linearised, simultaneous, spectrum
from gantheory.integration import IntegrationError, integrate, rk4
from tests.games import cases


def test_each_player_descends_its_own_loss():
    game = cases.game()
    for z in (cases.state(), *cases.batch()):
        assert torch.allclose(game.velocity(z), torch.from_numpy(cases.velocity(z.numpy())), rtol=1e-13, atol=1e-14)


def test_shares_and_the_flow_are_the_velocity():
    game, z = cases.game(), cases.state()
    assert torch.equal(torch.cat([game.share(z, i) for i in range(2)]), game.velocity(z))
    assert torch.equal(game(torch.tensor(0.3), z), game.velocity(z))
    assert [tuple(part.shape) for part in game.players(z)] == [(1,), (2,)]
    assert torch.equal(torch.cat(game.players(z)), z)


def test_a_batch_moves_row_by_row():
    game, z = cases.game(), cases.batch()
    assert torch.allclose(game.velocity(z), torch.stack([game.velocity(row) for row in z]), rtol=1e-14)
    assert torch.allclose(game.share(z, 1), torch.stack([game.share(row, 1) for row in z]), rtol=1e-14)
    assert torch.allclose(jacobian(game, z), torch.stack([jacobian(game, row) for row in z]), rtol=1e-14)
    assert [part.shape for part in game.players(z)] == [(4, 1), (4, 2)]


def test_the_jacobian_is_the_derivative_of_the_velocity():
    found = jacobian(cases.game(), cases.state())
    assert torch.allclose(found, torch.from_numpy(cases.derivative(cases.STATE)), rtol=1e-13)


def test_products_with_the_jacobian_from_either_side():
    z, u = cases.batch(), cases.batch(8)[4:]
    here = linearised(cases.game(), z)
    J = torch.stack([torch.from_numpy(cases.derivative(row.numpy())) for row in z])
    assert torch.allclose(here.times(u), torch.einsum("bij,bj->bi", J, u), rtol=1e-12)
    assert torch.allclose(here.transposed_times(u), torch.einsum("bij,bi->bj", J, u), rtol=1e-12)
    assert torch.equal(here.value, cases.game().velocity(z))
    assert not any(part.requires_grad for part in (here.value, here.matrix, here.times(u), here.transposed_times(u)))


def test_velocity_and_derivative_are_differentiable_in_the_state():
    z = cases.state().requires_grad_()
    u = torch.tensor([0.3, -1.2, 0.8], dtype=torch.float64)
    game = cases.game()
    assert torch.autograd.gradcheck(game.velocity, z)
    assert torch.autograd.gradcheck(lambda s: jacobian(game, s), z)
    assert torch.autograd.gradcheck(lambda s: linearised(game, s).times(u), z)
    assert torch.autograd.gradcheck(lambda s: linearised(game, s).transposed_times(u), z)


def test_no_graph_is_kept_that_nobody_asked_for():
    game, z = cases.game(), cases.state().requires_grad_()
    assert game.velocity(z).requires_grad
    assert not game.velocity(z.detach()).requires_grad
    with torch.no_grad():
        assert not game.velocity(z).requires_grad
        assert not jacobian(game, z).requires_grad


@pytest.mark.parametrize("kind", [{"dtype": torch.float32}, {"device": "meta"}])
def test_dtype_and_device_follow_the_state(kind):
    z = cases.state(**kind)
    for value in (cases.game().velocity(z), jacobian(cases.game(), z)):
        assert (value.dtype, value.device) == (z.dtype, z.device)


def test_a_velocity_that_is_constant_has_no_derivative():
    game = Game(lambda x, y: (x.sum(), 0 * y.sum()), (2, 1))
    z = torch.zeros(3, dtype=torch.float64)
    assert game.velocity(z).tolist() == [-1, -1, 0]
    assert torch.equal(jacobian(game, z), torch.zeros(3, 3, dtype=torch.float64))
    assert torch.equal(linearised(game, z).times(torch.ones_like(z)), torch.zeros_like(z))


def test_a_game_is_a_flow():
    z = cases.state()
    path = integrate(cases.game(), z, [0.0, 0.4, 1.0], method=rk4(0.01))
    found = solve_ivp(lambda t, x: cases.velocity(x), (0, 1), cases.STATE, method="DOP853", rtol=1e-12, atol=1e-13)
    assert np.allclose(path.final, found.y[:, -1], rtol=1e-8)


def test_the_bilinear_game_is_the_rotation_of_its_matrix():
    C = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], dtype=torch.float64)
    z = torch.arange(1.0, 6.0, dtype=torch.float64)
    game = bilinear_game(C)
    assert torch.allclose(game.velocity(z), torch.cat([-C @ z[2:], C.T @ z[:2]]))
    found = spectrum(game, z)
    singular = torch.linalg.svdvals(C)
    expected = torch.cat([singular, torch.zeros(1), -singular.flip(0)])
    assert torch.allclose(found, torch.complex(torch.zeros(5, dtype=torch.float64), expected.double()), atol=1e-12)
    assert bilinear_game(C).velocity(z.float()).dtype == torch.float32
    assert bilinear_game(2.0).velocity(torch.tensor([0.3, 0.5])).tolist() == pytest.approx([-1.0, 0.6])


def test_eigenvalues_come_in_order():
    a, w = 0.3, 2.0
    game = Game(lambda x, y: (a * x.dot(x) / 2 + w * x.dot(y), y.dot(y) / 2 * a - w * x.dot(y)), (1, 1))
    found = spectrum(game, torch.ones(2, dtype=torch.float64))
    assert torch.allclose(found, torch.tensor([-a + w * 1j, -a - w * 1j], dtype=torch.complex128), rtol=1e-14)
    slopes = Game(lambda x, y: ((x * x * torch.tensor([3.0, 1.0])).sum() / 2, -(y * y).sum()), (2, 1))
    assert spectrum(slopes, torch.zeros(3)).real.tolist() == [2, -1, -3]


GOOD = (0.4, 0.2, 0.1)
SCALAR = "the losses of 2 players are a tuple of 2 scalar tensors, one for each; got "


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Game(cases.losses, ()), r"integers ≥ 1, at least one of them; got \(\)"),
        (lambda: Game(cases.losses, (2, 0)), r"integers ≥ 1.*got \(2, 0\)"),
        (lambda: Game(cases.losses, (2, True)), r"integers ≥ 1.*got \(2, True\)"),
        (lambda: Game(lambda x, y: x.sum(), (1, 2)).velocity(torch.tensor(GOOD)), SCALAR + "a tensor of shape"),
        (lambda: Game(lambda x, y: (x.sum(),), (1, 2)).velocity(torch.tensor(GOOD)), SCALAR + r"1: shape \(\)"),
        (lambda: Game(lambda x, y: (x.sum(), y), (1, 2)).velocity(torch.tensor(GOOD)), SCALAR + r"2: shape \(\), shape \(2,\)"),
        (lambda: Game(lambda x, y: (x.sum(), 3.0), (1, 2)).velocity(torch.tensor(GOOD)), SCALAR + r"2: shape \(\), a float"),
        (lambda: Game(lambda x, y: None, (1, 2)).velocity(torch.tensor(GOOD)), SCALAR + "a NoneType"),
        (lambda: Game(lambda x, y: (x.sum(), y), (1, 2)).velocity(torch.ones(5, 3)), SCALAR + "2: shape"),
        (
            lambda: cases.game().velocity(torch.ones(4)),
            r"of shape \(3,\), a batch of them one of shape \(b, 3\); got .* \(4,\)",
        ),
        (lambda: cases.game().velocity(torch.ones(0, 3)), r"got a tensor of shape \(0, 3\)"),
        (lambda: cases.game().players(torch.ones(2, 2, 3)), r"got a tensor of shape \(2, 2, 3\)"),
        (lambda: bilinear_game(0.0), "strength of a bilinear game is a finite number > 0; got 0.0"),
        (lambda: bilinear_game(float("nan")), "finite number > 0; got nan"),
        (lambda: bilinear_game(torch.tensor([[1.0, torch.nan]])), r"got a tensor of shape \(1, 2\) with NaN or infinity"),
        (lambda: spectrum(cases.game(), torch.ones(2, 3)), r"a spectrum belongs to one state; got shape \(2, 3\)"),
    ],
)
def test_what_is_no_game_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        (lambda x, y: (x.log().sum(), y.sum()), "the loss of player 1 is finite; got nan. Look for log"),
        (lambda x, y: (x.sum(), (y - y).norm() * y.sum() + 1 / (0 * y).sum()), "the loss of player 2 is finite; got inf"),
        (lambda x, y: (x.sum(), (y - y).sqrt().sum()), "the gradient of the loss of player 2 is finite; got (nan|-?inf)"),
        (lambda x, y: (y.sum(), x.sum()), "the loss of player 1 depends differentiably on player 1; got one in which"),
        (lambda x, y: (x.sum(), y.detach().sum()), "the loss of player 2 depends differentiably on player 2.*Look for .detach"),
    ],
)
def test_losses_that_give_no_velocity_are_refused_by_player(losses, words):
    z = torch.tensor([-0.4, 0.2, 0.1])
    with pytest.raises(Refusal, match=words):
        Game(losses, (1, 2)).velocity(z)


def test_a_loss_that_ceases_to_be_finite_ends_in_one_line():
    game = Game(lambda x, y: (x.log().sum(), y.sum()), (1, 1))
    with pytest.raises(IntegrationError, match=r"simultaneous: the loss of player 1 is -?(nan|inf), at t = 0.05"):
        integrate(game, torch.tensor([0.05, 0.0]), [0.0, 1.0], method=simultaneous(0.05))
    with pytest.raises(IntegrationError, match="the velocity is not finite, at t = "):
        integrate(Game(lambda x, y: (x.sqrt().sum(), y.sum()), (1, 1)), torch.tensor([0.05, 0.0]), [0.0, 1.0], method=rk4(0.05))
