"""The SAN layer and objective: which loss trains what, in exact gradients."""

from dataclasses import dataclass

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.special import expit
from torch import nn

from gantheory import _types
from gantheory._errors import Refusal
from gantheory._modules import Parametric
from gantheory.discriminators import SOFTPLUS_LEAST_SQUARES, Sliced, SlicedDiscriminator, SlicedLinear, SlicedObjective
from gantheory.objectives import HINGE, LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN, Loss, least_squares
from gantheory.symbolic import y

from .samples import F64, seeded

LOSSES = {
    "wasserstein": WASSERSTEIN,
    "hinge": HINGE,
    "saturating": LOGISTIC,
    "non-saturating": NON_SATURATING,
    "softplus squares": SOFTPLUS_LEAST_SQUARES,
}
over_losses = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def softplus(u):
    return np.logaddexp(0, u)


# ℓ_real′, ℓ_fake′ and r by hand
BY_HAND = {
    "wasserstein": (lambda f: -np.ones_like(f), lambda f: np.ones_like(f), lambda f: np.ones_like(f)),
    "hinge": (lambda f: -1.0 * (f < 1), lambda f: 1.0 * (f > -1), lambda f: np.ones_like(f)),
    "saturating": (lambda f: -expit(-f), expit, expit),
    "non-saturating": (lambda f: -expit(-f), expit, lambda f: expit(-f)),
    "softplus squares": (
        lambda f: -2 * softplus(1 - f) * expit(1 - f),
        lambda f: 2 * softplus(f) * expit(f),
        lambda f: 2 * softplus(1 - f) * expit(1 - f),
    ),
}


@dataclass
class Batch:
    """Features of n reals and m fakes, the layer, and the two readings."""

    bias: bool = False

    def __post_init__(self):
        g = seeded(3)
        self.real = torch.randn(7, 4, generator=g, dtype=F64).requires_grad_()
        self.fake = (torch.randn(5, 4, generator=g, dtype=F64) - 0.3).requires_grad_()
        self.layer = SlicedLinear(4, generator=g, scale=1.7, bias=self.bias, dtype=F64)
        if self.bias:
            with torch.no_grad():
                self.layer.bias.copy_(torch.randn(4, generator=g, dtype=F64))
        self.readings = self.layer(self.real), self.layer(self.fake)


def tangent_part(omega, vector):
    return vector - omega * (omega @ vector)


def weighted_mean(r, h, normalised):
    return r @ h / (r.sum() if normalised else len(r))


@over_losses
@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("bias", [False, True])
def test_gradients_are_those_written_by_hand(loss, normalised, bias):
    """In features and scale the GAN's own; in the direction the tangent part of the weighted gap of means."""
    batch = Batch(bias)
    SlicedObjective(loss, 0.8, normalised).discriminator(*batch.readings).backward()
    name = next(k for k, v in LOSSES.items() if v is loss)
    on_real, on_fake, force = BY_HAND[name]
    b = batch.layer.bias.detach().numpy() if bias else 0.0
    h, g = (z.detach().numpy() + b for z in (batch.real, batch.fake))
    omega, s = batch.layer.weight.detach().numpy(), 1.7
    f, e = s * h @ omega, s * g @ omega
    np.testing.assert_allclose(batch.real.grad, s * np.outer(on_real(f) / 7, omega), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(batch.fake.grad, s * np.outer(on_fake(e) / 5, omega), rtol=1e-12, atol=1e-15)
    slope = (on_real(f) @ (h @ omega)) / 7 + (on_fake(e) @ (g @ omega)) / 5
    assert batch.layer.scale.grad.item() == pytest.approx(slope, rel=1e-12)
    gap = weighted_mean(force(f), h, normalised) - weighted_mean(force(e), g, normalised)
    np.testing.assert_allclose(batch.layer.weight.grad, -0.8 * tangent_part(omega, gap), rtol=1e-11, atol=1e-14)
    if bias:
        np.testing.assert_allclose(batch.layer.bias.grad, (batch.real.grad.sum(0) + batch.fake.grad.sum(0)), rtol=1e-12)


@over_losses
def test_the_features_are_trained_as_by_the_plain_gan(loss):
    batch, plain = Batch(), Batch()
    SlicedObjective(loss).discriminator(*batch.readings).backward()
    w = (1.7 * plain.layer.weight.detach()).requires_grad_()
    on_real, on_fake, _, _ = SlicedObjective(loss)._lowered
    (on_real(plain.real @ w).mean() + on_fake(plain.fake @ w).mean()).backward()
    torch.testing.assert_close(batch.real.grad, plain.real.grad, rtol=1e-13, atol=1e-16)
    torch.testing.assert_close(batch.fake.grad, plain.fake.grad, rtol=1e-13, atol=1e-16)


@over_losses
def test_weights_stand_for_repetition(loss):
    """A sample of weight 3 counts as three samples."""
    batch = Batch()
    counts = torch.tensor([3, 1, 2, 1, 1, 1, 1])
    weights = counts.to(F64) / 2
    real, fake = batch.readings
    repeated = Sliced(*(z.repeat_interleave(counts) for z in real))
    for normalised in (True, False):
        objective = SlicedObjective(loss, normalised=normalised)
        found = objective.discriminator(real, fake, weights, torch.ones(5, dtype=F64))
        torch.testing.assert_close(found, objective.discriminator(repeated, fake), rtol=1e-12, atol=0)
        found = objective.discriminator(fake, real, torch.ones(5, dtype=F64), weights)
        torch.testing.assert_close(found, objective.discriminator(fake, repeated), rtol=1e-12, atol=0)
        torch.testing.assert_close(objective.generator(real, weights), objective.generator(repeated), rtol=1e-12, atol=0)


@over_losses
def test_shifting_features_moves_the_unnormalised_direction_alone(loss):
    """h ↦ h + c with the same f: the normalised gap stays, the other moves where r is not constant."""
    real, fake = Batch().readings
    shifted = [Sliced(z.function, z.direction + 10.0) for z in (real, fake)]
    for normalised in (True, False):
        objective = SlicedObjective(loss, normalised=normalised)
        same = torch.isclose(objective.discriminator(*shifted), objective.discriminator(real, fake), rtol=1e-12, atol=0)
        assert bool(same) is (normalised or loss in (WASSERSTEIN, HINGE))


@over_losses
def test_shares_are_positive_finite_and_sum_to_one(loss):
    objective = SlicedObjective(loss)
    for dtype in (torch.float32, F64):
        for values in ([-300.0, -2.0, 0.0, 3.0, 300.0], [300.0, 301.0], [-300.0, -301.0, -302.0]):
            shares = objective.shares(torch.tensor(values, dtype=dtype))
            assert shares.dtype == dtype
            assert shares.sum().item() == pytest.approx(1, rel=1e-5)
            assert (shares >= 0).all()
            assert SlicedObjective(loss, normalised=False).shares(torch.tensor(values, dtype=dtype)).isfinite().all()
    far = SlicedObjective(NON_SATURATING).shares(torch.tensor([900.0, 901.0], dtype=F64))  # r underflows, its ratio does not
    np.testing.assert_allclose(far, [expit(1.0), expit(-1.0)], rtol=1e-12)


def test_forces_that_vanish_on_a_batch_weigh_alike():
    clipped = Loss(real=-y, fake=y, generator=sp.Max(0, 1 - y))
    shares = SlicedObjective(clipped).shares(torch.tensor([2.0, 3.0, 4.0, 5.0]))
    torch.testing.assert_close(shares, torch.full((4,), 0.25))
    shares = SlicedObjective(clipped).shares(torch.tensor([0.0, 3.0, -4.0, 5.0]))
    torch.testing.assert_close(shares, torch.tensor([0.5, 0.0, 0.5, 0.0]))


@over_losses
def test_the_generator_climbs_with_the_weights(loss):
    """∇E γ(f(x)) = −E r(f) ∇f."""
    g = seeded(5)
    D = SlicedDiscriminator(nn.Sequential(nn.Linear(2, 6, dtype=F64), nn.Tanh()), SlicedLinear(6, generator=g, dtype=F64))
    x = torch.randn(9, 2, generator=g, dtype=F64).requires_grad_()
    objective = SlicedObjective(loss)
    (slope,) = torch.autograd.grad(objective.generator(D.readings(x)), x)
    r = BY_HAND[next(k for k, v in LOSSES.items() if v is loss)][2](D(x).detach().numpy())
    np.testing.assert_allclose(slope, -r[:, None] * _types.gradient(D, x).detach().numpy() / 9, rtol=1e-11)


def test_the_layer_is_a_linear_layer_in_polar_form():
    linear = nn.Linear(5, 1, bias=False, dtype=F64)
    h = torch.randn(8, 5, generator=seeded(1), dtype=F64)
    layer = SlicedLinear.of(linear)
    torch.testing.assert_close(layer(h).function, linear(h)[:, 0], rtol=1e-13, atol=1e-15)
    torch.testing.assert_close(layer(h).function, layer.scale * layer(h).direction, rtol=1e-13, atol=1e-15)
    assert layer.direction.norm().item() == pytest.approx(1, rel=1e-15)
    assert layer.scale.item() == pytest.approx(linear.weight.norm().item(), rel=1e-14)


def test_normalising_changes_the_length_alone():
    layer = SlicedLinear(3, generator=seeded(0), dtype=F64)
    with torch.no_grad():
        layer.weight.mul_(5.0)
    h = torch.randn(4, 3, generator=seeded(1), dtype=F64)
    before = layer(h)
    layer.normalise()
    assert layer.weight.norm().item() == pytest.approx(1, rel=1e-15)
    assert layer.weight.requires_grad
    for a, b in zip(before, layer(h), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=0)


def test_a_discriminator_is_a_field_a_module_and_a_function_of_its_parameters():
    g = seeded(2)
    D = SlicedDiscriminator(nn.Sequential(nn.Linear(3, 6, dtype=F64), nn.Tanh()), SlicedLinear(6, generator=g, dtype=F64))
    x = torch.randn(5, 3, generator=g, dtype=F64)
    assert isinstance(D, _types.Field)
    function = Parametric(D)
    torch.testing.assert_close(function(function.parameters, x), D(x))
    assert {"head.weight", "head.scale"} <= set(function.names)
    many = torch.func.vmap(lambda p: function(tuple(p * q for q in function.parameters), x))(
        torch.tensor([1.0, 2.0], dtype=F64)
    )
    torch.testing.assert_close(many[0], D(x))
    assert D.to("meta")(x.to("meta")).shape == (5,)


def test_alternating_steps_align_the_direction():
    """Features held: the direction tends to the weighted gap, and the plain loss would not."""
    g = seeded(4)
    h, e = (
        torch.randn(40, 3, generator=g, dtype=F64) * torch.tensor([1.0, 4.0, 0.3]) + 0.5,
        torch.randn(30, 3, generator=g, dtype=F64),
    )
    layer, objective = SlicedLinear(3, generator=g, dtype=F64), SlicedObjective(NON_SATURATING)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.2)
    for _ in range(250):
        optimiser.zero_grad()
        objective.discriminator(layer(h), layer(e)).backward()
        optimiser.step()
        layer.normalise()
    gap = objective.shares(layer(h).function) @ h - objective.shares(layer(e).function) @ e
    assert (layer.direction @ gap / gap.norm()).item() == pytest.approx(1, abs=1e-4)


G = seeded(0)
REFUSED = {
    "one feature": (
        lambda: SlicedLinear(1, generator=G),
        "tangents for D ≥ 2 features; got 1 feature, for which the direction is ±1",
    ),
    "no feature": (lambda: SlicedLinear(0, generator=G), "number of features of a SlicedLinear is an integer ≥ 1; got 0"),
    "scale 0": (
        lambda: SlicedLinear(3, generator=G, scale=0.0),
        "scale of a SlicedLinear is a finite number other than 0; got 0.0",
    ),
    "scale NaN": (lambda: SlicedLinear(3, generator=G, scale=float("nan")), "other than 0; got nan"),
    "bias after": (lambda: SlicedLinear.of(nn.Linear(3, 1)), "one output and no bias.*A bias stands before the projection"),
    "two outputs": (lambda: SlicedLinear.of(nn.Linear(3, 2, bias=False)), "one output and no bias"),
    "other features": (
        lambda: SlicedLinear(3, generator=G)(torch.ones(2, 4)),
        r"takes 3 features; got features of shape \(2, 4\)",
    ),
    "least squares": (
        lambda: SlicedObjective(LEAST_SQUARES),
        "r = −γ′.D. ≥ 0; got r = 1 - y, which is negative at D = 1.01. Use SOFTPLUS_LEAST_SQUARES",
    ),
    "labels 0, 100": (lambda: SlicedObjective(least_squares(0, 100)), "negative at D = 100"),
    "descending": (lambda: SlicedObjective(Loss(-y, y, generator=y)), "r = -1, which is negative"),
    "idle generator": (lambda: SlicedObjective(Loss(-y, y, generator=0)), "r = 0. Give the generator a loss that depends on D"),
    "free parameter": (lambda: SlicedObjective(Loss(-sp.Symbol("a") * y, y)), "numbers in its loss"),
    "weight 0": (lambda: SlicedObjective(HINGE, 0.0), "weight λ of the direction term is a finite number > 0; got 0.0"),
    "weight NaN": (lambda: SlicedObjective(HINGE, float("nan")), "finite number > 0; got nan"),
    "weight True": (lambda: SlicedObjective(HINGE, True), "finite number > 0; got True"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_san_is_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()


def test_a_sample_of_weight_0_sets_no_scale():
    f, w = torch.tensor([0.0, -800.0], dtype=torch.float64), torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert SlicedObjective(LOGISTIC).shares(f, w).tolist() == [0.0, 1.0]
