"""Networks as players: the game of their parameters is what an optimiser would do to them."""

import copy
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from gantheory._errors import Refusal
from gantheory.games import alternating, growth_factor, jacobian, module_game, simultaneous
from gantheory.integration import IntegrationError, integrate, rk4

DATA = torch.randn(11, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 0.5 + 1
NOISE = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def pair(kind=torch.float64):
    torch.manual_seed(2)
    generator = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 2))
    return generator.to(kind), nn.Sequential(nn.Linear(2, 4), nn.SiLU(), nn.Linear(4, 1)).to(kind)


def losses(generator, discriminator, kind=torch.float64):
    """Non-saturating, on one batch."""
    on_data, on_fakes = discriminator(DATA.to(kind)), discriminator(generator(NOISE.to(kind)))
    return softplus(-on_fakes).mean(), softplus(on_fakes).mean() + softplus(-on_data).mean()


def test_simultaneous_steps_are_those_of_two_optimisers():
    modules, step = pair(), 0.3
    game = module_game(losses, *modules)
    assert game.game.sizes == (14, 17)
    found = integrate(game.game, game.start, [0.0, 4 * step], method=simultaneous(step)).final
    for _ in range(4):
        values = losses(*modules)
        slopes = [torch.autograd.grad(v, list(m.parameters()), retain_graph=True) for v, m in zip(values, modules, strict=True)]
        with torch.no_grad():
            for module, grads in zip(modules, slopes, strict=True):
                for part, slope in zip(module.parameters(), grads, strict=True):
                    part.sub_(step * slope)
    assert torch.allclose(found, module_game(losses, *modules).start, rtol=1e-12)


def test_a_state_can_be_loaded_and_read():
    modules = pair()
    held = module_game(losses, *modules)
    z = held.start + 0.1
    generator, discriminator = held.functions(z)
    fake = generator(NOISE)
    assert not torch.allclose(fake, modules[0](NOISE))
    held.load(z)
    assert torch.equal(fake, modules[0](NOISE))
    assert torch.equal(discriminator(fake), modules[1](fake))
    assert torch.equal(held.start, z)


def test_networks_have_a_jacobian_and_joint_stages():
    held = module_game(losses, *pair())
    z, game = held.start, held.game
    J = jacobian(game, z)
    unit = torch.zeros_like(z)
    unit[5] = 1e-5
    assert torch.allclose(J[:, 5], (game.velocity(z + unit) - game.velocity(z - unit)) / 2e-5, atol=1e-8)
    assert not torch.allclose(J, J.T)
    assert growth_factor(simultaneous(0.1), game, z) == pytest.approx(
        float(torch.linalg.eigvals(torch.eye(len(z)) + 0.1 * J).abs().max()), rel=1e-10
    )
    coarse, fine = (integrate(game, z, [0.0, 1.0], method=rk4(h)).final for h in (0.25, 0.125))
    assert torch.allclose(coarse, fine, atol=1e-6)


def test_single_precision_and_frozen_parameters():
    modules = pair(torch.float32)
    modules[1][0].bias.requires_grad_(False)
    held = module_game(partial(losses, kind=torch.float32), *modules)
    assert held.game.sizes == (14, 13)
    assert integrate(held.game, held.start, [0.0, 0.2], method=alternating(0.1)).final.dtype == torch.float32


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        (lambda: (), "at least one player; got no module"),
        (lambda: (pair()[0], nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))), "BatchNorm1d in training mode"),
        (lambda: (pair()[0], nn.Tanh()), "a network has parameters; got a Tanh"),
        (lambda: (pair()[0], pair(torch.float32)[1]), "share one dtype and device; got float32 on cpu, float64 on cpu"),
        (lambda: (pair()[0],) * 2, "each parameter belongs to one player; got modules that share a parameter. Copy"),
    ],
)
def test_what_is_no_pair_of_players_is_refused(modules, words):
    with pytest.raises(Refusal, match=words):
        module_game(losses, *modules())


def test_a_copy_is_a_player_of_its_own():
    module = pair()[1]
    game = module_game(lambda f, g: (f(DATA).mean(), g(DATA).square().mean()), module, copy.deepcopy(module))
    assert game.game.velocity(game.start).shape == (34,)


def test_a_loss_of_networks_that_is_not_finite_names_its_player():
    held = module_game(lambda f, g: (f(NOISE).sum(), (g(DATA) - 100).log().sum()), *pair())
    with pytest.raises(IntegrationError, match=r"^simultaneous: the loss of player 2 is nan, at t = 0, after 0 steps"):
        integrate(held.game, held.start, [0.0, 1.0], method=simultaneous(0.1))
