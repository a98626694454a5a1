"""Laws of trained discriminators: the objective on samples, the optimisers, the minimum, the memory, and refusals."""

import numpy as np
import pytest
import sympy as sp
import torch
from torch import nn

from gantheory._errors import Refusal
from gantheory.discriminators import Adam, GradientDescent, Network, NeuralField, Solver, solve
from gantheory.discriminators.sampled_objective import interpolates, sampled
from gantheory.measures import Empirical, Gaussian
from gantheory.objectives import (
    HINGE,
    LEAST_SQUARES,
    LOGISTIC,
    NON_SATURATING,
    WASSERSTEIN,
    GradientPenalty,
    Loss,
    Objective,
    least_squares,
)
from gantheory.symbolic import nu, p, q, y


def mlp(d=2, seed=0, width=7, act=nn.Softplus):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(d, width), act(), nn.Linear(width, 1)).double()


def cloud(n, d, seed, shift=0.0, weighted=True):
    rng = np.random.default_rng(seed)
    points = torch.from_numpy(rng.normal(size=(n, d)) + shift)
    return Empirical(points, torch.from_numpy(rng.random(n) + 0.2) if weighted else None)


REAL, FAKE, BETWEEN = cloud(11, 2, 1), cloud(7, 2, 2, 0.8), cloud(5, 2, 3, 0.4)


class Ridge(nn.Module):
    """D(x) = tanh(w·x + b), whose gradient is (1 − D²) w."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.7, -1.3], dtype=torch.float64))
        self.bias = nn.Parameter(torch.tensor(0.2, dtype=torch.float64))

    def forward(self, x):
        return torch.tanh(x @ self.weight + self.bias)


def ridge(x):
    """Values and slopes in NumPy."""
    w = np.array([0.7, -1.3])
    value = np.tanh(x @ w + 0.2)
    return value, (1 - value**2)[:, None] * w


SIDES = [
    (WASSERSTEIN, lambda D: -D, lambda D: D),
    (least_squares(-1, 2), lambda D: (D - 2) ** 2 / 2, lambda D: (D + 1) ** 2 / 2),
    (LOGISTIC, lambda D: np.log1p(np.exp(-D)), lambda D: np.log1p(np.exp(D))),
    (HINGE, lambda D: np.maximum(0, 1 - D), lambda D: np.maximum(0, 1 + D)),
]
PENALTIES = [
    (0.7 * GradientPenalty(over=p), [(0.7, 0, lambda D, s: (s**2).sum(1))]),
    (0.7 * GradientPenalty(over=q), [(0.7, 1, lambda D, s: (s**2).sum(1))]),
    (0.6 * GradientPenalty(over=(p + q) / 2), [(0.3, k, lambda D, s: (s**2).sum(1)) for k in (0, 1)]),
    (10 * GradientPenalty(over=nu, centre=1), [(10, 2, lambda D, s: (np.sqrt((s**2).sum(1)) - 1) ** 2)]),
    (
        3 * GradientPenalty(over=q + nu / 3, centre=0.5, one_sided=True),
        [(c, k, lambda D, s: np.maximum(np.sqrt((s**2).sum(1)) - 0.5, 0) ** 2) for c, k in ((3, 1), (1, 2))],
    ),
]


@pytest.mark.parametrize("loss", SIDES, ids=lambda side: str(side[0]))
@pytest.mark.parametrize("penalty", PENALTIES, ids=lambda term: str(term[0]))
def test_the_sampled_objective_is_a_mean_over_samples(loss, penalty):
    clouds = (REAL, FAKE, BETWEEN)
    D = NeuralField(Network(Ridge()).parametric, Network(Ridge()).parametric.parameters)
    found = sampled(Objective(loss[0], penalty[0]))(D, clouds)
    points, weights = ([getattr(c, part).numpy() for c in clouds] for part in ("points", "weights"))
    expected = sum(weights[k] @ side(ridge(points[k])[0]) for k, side in enumerate(loss[1:]))
    expected += sum(factor * weights[k] @ integrand(*ridge(points[k])) for factor, k, integrand in penalty[1])
    assert float(found.detach()) == pytest.approx(expected, rel=1e-13)


def test_a_penalty_of_order_0_is_the_mean_square():
    objective = Objective(LEAST_SQUARES, 0.3 * GradientPenalty(0, over=q), 0.2 * GradientPenalty(over=p))
    alone = Objective(LEAST_SQUARES, 0.2 * GradientPenalty(over=p))
    D = NeuralField(Network(Ridge()).parametric, Network(Ridge()).parametric.parameters)
    gap = sampled(objective)(D, (REAL, FAKE, None)) - sampled(alone)(D, (REAL, FAKE, None))
    assert float(gap.detach()) == pytest.approx(0.3 * FAKE.weights.numpy() @ ridge(FAKE.points.numpy())[0] ** 2, rel=1e-13)


def test_a_flat_discriminator_has_a_finite_gradient():
    flat = nn.Linear(2, 1).double()
    nn.init.zeros_(flat.weight)
    objective = Objective(WASSERSTEIN, GradientPenalty(over=(p + q) / 2, centre=1))
    D = Network(flat, 3, GradientDescent(0.1)).solve(objective, REAL, FAKE)
    assert bool(D.parameters[0].isfinite().all())
    assert float(D.parameters[0].norm()) > 0


@pytest.mark.parametrize("rate", [0.03, 0.3])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda h: Adam(h), lambda parts, h: torch.optim.Adam(parts, h)),
        (lambda h: Adam(h, 0.5, 0.9, 1e-3), lambda parts, h: torch.optim.Adam(parts, h, (0.5, 0.9), 1e-3)),
        (GradientDescent, lambda parts, h: torch.optim.SGD(parts, h)),
    ],
)
def test_training_takes_the_steps_of_torch_optim(ours, theirs, rate):
    """Against a loop written as a user of torch would write it."""
    module = mlp()
    objective = Objective(NON_SATURATING, 0.5 * GradientPenalty(over=p))
    memory = Network(module, 13, ours(rate)).trained(objective, REAL, FAKE, ())
    twin = mlp()
    optimiser = theirs(twin.parameters(), rate)
    for _ in range(13):
        x = REAL.points.clone().requires_grad_()
        value = twin(x)[:, 0]
        slope = torch.autograd.grad(value.sum(), x, create_graph=True)[0]
        loss = (REAL.weights * (nn.functional.softplus(-value) + 0.5 * slope.square().sum(1))).sum()
        loss = loss + (FAKE.weights * nn.functional.softplus(twin(FAKE.points)[:, 0])).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    for found, expected in zip(memory[1:], twin.parameters(), strict=False):
        torch.testing.assert_close(found, expected.detach(), rtol=1e-10, atol=1e-12)
    for kept, original in zip(module.parameters(), mlp().parameters(), strict=True):
        assert torch.equal(kept, original)


def test_a_linear_network_finds_the_ridge_regression():
    """½E_p(D−1)² + ½E_q(D+1)² + λ E_p|w|² over D = w·x + b: normal equations by NumPy."""
    weight = 0.4
    network = Network(nn.Linear(2, 1).double(), 300, GradientDescent(0.3))
    D = solve(Objective(LEAST_SQUARES, weight * GradientPenalty(over=p)), REAL, FAKE, solver=network)
    points = np.concatenate([c.points.numpy() for c in (REAL, FAKE)])
    mass = np.concatenate([c.weights.numpy() for c in (REAL, FAKE)])
    basis = np.column_stack([points, np.ones(len(points))])
    labels = np.where(np.arange(len(points)) < len(REAL), 1.0, -1.0)
    system = basis.T @ (mass[:, None] * basis) + np.diag([2 * weight, 2 * weight, 0])
    expected = np.linalg.solve(system, basis.T @ (mass * labels))
    found = torch.cat([D.parameters[0][0], D.parameters[1]]).numpy()
    assert np.allclose(found, expected, rtol=1e-10)
    assert D.stats["gradient_norm"] < 1e-10
    residual = mass @ (basis @ expected - labels) ** 2 / 2 + weight * expected[:2] @ expected[:2]
    assert D.stats["objective"] == pytest.approx(residual, rel=1e-12)
    assert (D.stats["steps"], D.stats["parameters"], D.stats["solver"]) == (300, 3, "Network")


def test_interpolates_have_the_moments_of_their_law():
    """Mean ½(a + b), covariance (A + B)/3 + (a−b)(a−b)ᵀ/12, within 4 standard errors."""
    count = 40_000
    drawn = interpolates(REAL, FAKE, count, torch.Generator().manual_seed(1)).points
    gap = REAL.mean - FAKE.mean
    covariance = (REAL.covariance + FAKE.covariance) / 3 + torch.outer(gap, gap) / 12
    assert bool(((drawn.mean(0) - (REAL.mean + FAKE.mean) / 2).abs() < 4 * (covariance.diagonal() / count).sqrt()).all())
    centred = drawn - (REAL.mean + FAKE.mean) / 2
    products = centred[:, :, None] * centred[:, None, :]
    assert bool(((products.mean(0) - covariance).abs() < 4 * products.std(0) / count**0.5).all())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_interpolates_are_drawn_in_the_precision_of_the_samples(dtype):
    one, zero = (Empirical(torch.full((3, 1), value, dtype=dtype)) for value in (1.0, 0.0))
    share = interpolates(one, zero, 64, torch.Generator().manual_seed(1)).points
    assert share.dtype == dtype
    assert bool((share * 2**24 % 1 != 0).any()) == (dtype == torch.float64)


def test_there_are_as_many_interpolates_as_points_of_the_larger_sample_or_of_the_batch():
    J, noise = sampled(Objective(WASSERSTEIN, GradientPenalty(over=nu))), torch.Generator().manual_seed(1)
    assert (
        len(Network(mlp())._clouds(J, REAL, FAKE, None, noise)[2])
        == len(Network(mlp())._clouds(J, FAKE, REAL, None, noise)[2])
        == 11
    )
    assert [len(cloud) for cloud in Network(mlp(), batch=4)._clouds(J, REAL, FAKE, None, noise)] == [4, 4, 4]


def test_a_reference_stands_for_nu():
    objective = Objective(WASSERSTEIN, 5 * GradientPenalty(over=nu, centre=1))
    given = Network(mlp(), 5, GradientDescent(0.05)).trained(objective, REAL, FAKE, (), FAKE)
    same = Objective(WASSERSTEIN, 5 * GradientPenalty(over=q, centre=1))
    expected = Network(mlp(), 5, GradientDescent(0.05)).trained(same, REAL, FAKE, ())
    assert all(torch.allclose(a, b, rtol=1e-12) for a, b in zip(given[1:], expected[1:], strict=True))
    drawn = Network(mlp(), 5).trained(objective, REAL, FAKE, (), Gaussian(torch.zeros(2).double(), torch.eye(2).double()))
    assert not torch.equal(drawn[1], given[1])


@pytest.mark.parametrize("batch", [None, 4])
def test_training_goes_on_bit_for_bit(batch):
    objective = Objective(WASSERSTEIN, 10 * GradientPenalty(over=nu, centre=1))
    whole = Network(mlp(), 10, Adam(0.01), batch).trained(objective, REAL, FAKE, ())
    half = Network(mlp(), 5, Adam(0.01), batch)
    twice = half.trained(objective, REAL, FAKE, half.trained(objective, REAL, FAKE, ()))
    assert all(torch.equal(a, b) for a, b in zip(whole, twice, strict=True))
    other = Network(mlp(), 10, Adam(0.01), batch, seed=1).trained(objective, REAL, FAKE, ())
    assert not torch.equal(whole[1], other[1])


def test_a_batch_draws_by_the_weights_from_any_measure():
    """With all the mass on one point of each, batches equal the whole; a Gaussian needs a batch."""
    objective = Objective(LOGISTIC, 0.1 * GradientPenalty(over=q))
    real, fake = Empirical(REAL.points, torch.eye(11)[3]), Empirical(FAKE.points, torch.eye(7)[2])
    drawn = Network(mlp(), 5, batch=6).trained(objective, real, fake, ())
    whole = Network(mlp(), 5).trained(objective, real, fake, ())
    assert all(torch.allclose(a, b, rtol=1e-12) for a, b in zip(drawn[1:], whole[1:], strict=True))
    law = Gaussian(torch.zeros(2).double(), torch.eye(2).double())
    assert Network(mlp(), 5, batch=6).solve(objective, law, FAKE)(FAKE.points).shape == (7,)


def test_a_trained_field_has_two_derivatives_and_keeps_its_dtype():
    network = Network(mlp(), 3)
    D = network.solve(Objective(LOGISTIC), REAL, FAKE)
    x = FAKE.points.clone().requires_grad_()
    slope = D.gradient(x)
    bend = torch.autograd.grad(slope[:, 0].sum(), x)[0]
    step = 1e-5 * torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    by_differences = (D.gradient(FAKE.points + step) - D.gradient(FAKE.points - step))[:, 0] / 2e-5
    assert torch.allclose(bend[:, 1], by_differences, rtol=1e-6, atol=1e-8)
    assert not D.gradient(FAKE.points).requires_grad
    single = Network(mlp().float(), 3).solve(
        Objective(LOGISTIC, GradientPenalty(over=nu)), Empirical(REAL.points.float()), Empirical(FAKE.points.float())
    )
    assert single(FAKE.points.float()).dtype == torch.float32
    assert isinstance(network, Solver)


def test_training_needs_no_gradients_of_its_caller():
    with torch.no_grad():
        quiet = Network(mlp(), 4).trained(Objective(LOGISTIC, GradientPenalty(over=p)), REAL, FAKE, ())
    loud = Network(mlp(), 4).trained(Objective(LOGISTIC, GradientPenalty(over=p)), REAL, FAKE, ())
    assert all(torch.equal(a, b) for a, b in zip(quiet, loud, strict=True))


def train(*terms, loss=WASSERSTEIN, module=None, real=REAL, fake=FAKE, reference=None, **options):
    return Network(module or mlp(), **options).solve(Objective(loss, *terms), real, fake, reference)


GAUSSIAN = Gaussian(torch.zeros(2).double(), torch.eye(2).double())
WRONG = [
    (lambda: train(GradientPenalty(1)), r"estimates penalties over p, q, nu and sums of them.*over 1\. Use GreensFunction or"),
    (lambda: train(GradientPenalty(2, over=p)), r"penalties of order 0 and 1.*Use GreensFunction, Collocation or"),
    (lambda: train(GradientPenalty(1, over=p * q)), r"means over samples; got a penalty over p\*q"),
    (lambda: train(sp.Symbol("c", positive=True) * GradientPenalty(over=p)), "needs the weight λ as a number"),
    (lambda: train(loss=Loss(-sp.Symbol("a") * y, y)), "needs the loss with numbers"),
    (
        lambda: train(module=nn.Linear(3, 1).double()),
        r"a network takes its inputs; got inputs of shape \(11, 2\), and it fails: mat1",
    ),
    (lambda: train(module=nn.Linear(2, 2).double()), r"maps \(n, d\) to \(n, 1\) or \(n,\); got \(11, 2\) to \(11, 2\)"),
    (lambda: train(module=mlp().float()), "share dtype and device; got torch.float32 on cpu and torch.float64"),
    (lambda: train(real=GAUSSIAN), "needs real as samples, an Empirical; got Gaussian. Use Empirical"),
    (lambda: train(fake=cloud(4, 3, 1)), "real and fake have the same dimension; got 2 and 3"),
    (lambda: train(GradientPenalty(over=nu), reference=cloud(4, 3, 1)), "same dimension"),
    (lambda: train(module=torch.sin), "a network is a torch.nn.Module"),
    (lambda: train(module=nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))), "BatchNorm1d in training mode"),
    (lambda: train(module=nn.Tanh()), "a network has parameters"),
    (lambda: train(steps=0), "training steps of a Network is an integer ≥ 1; got 0"),
    (lambda: train(steps=True), "training steps of a Network is an integer ≥ 1; got True"),
    (lambda: train(batch=0), "the batch of a Network is an integer ≥ 1; got 0"),
    (lambda: train(seed=-1), "the seed of a Network is an integer ≥ 0"),
    (lambda: train(optimiser="adam"), r"trains by an optimiser; got 'adam'. Use Adam\(1e-3\)"),
    (lambda: train(optimiser=Adam), r"trains by an optimiser"),
    (lambda: Adam(0), r"the rate η of Adam is a number > 0 and finite; got 0"),
    (lambda: Adam(float("nan")), "the rate η of Adam"),
    (lambda: Adam(0.1, first=1.0), r"β₁ of Adam is a number in \[0, 1\)"),
    (lambda: Adam(0.1, second=-0.1), r"β₂ of Adam is a number in \[0, 1\)"),
    (lambda: Adam(0.1, guard=0), "the guard ε of Adam"),
    (lambda: GradientDescent(float("inf")), "the rate η of GradientDescent"),
    (lambda: GradientDescent(True), "the rate η of GradientDescent"),
    (
        lambda: train(loss=Loss(-sp.exp(y), sp.exp(y)), module=nn.Linear(2, 1).double(), optimiser=GradientDescent(1e3)),
        r"the objective and its gradient stay finite while a Network trains; got NaN or infinity at step \d of 500\. Use",
    ),
    (
        lambda: train(module=nn.Linear(2, 1).double(), steps=1, optimiser=GradientDescent(1.7e308)),
        r"the parameters stay finite.* at step 1 of 1",
    ),
    (lambda: train(loss=Loss(sp.log(y), y), module=nn.Linear(2, 1).double()), "at step 0 of 500"),
]


@pytest.mark.parametrize(("call", "words"), WRONG, ids=range(len(WRONG)))
def test_wrong_inputs_are_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()
