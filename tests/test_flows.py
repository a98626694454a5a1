"""Laws of the particle flow: its force, its sign, its symmetries, its rest, and both devices' path."""

import itertools

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory.discriminators import Collocation, GreensFunction
from gantheory.flows import ParticleFlow
from gantheory.integration import dopri5, heun, integrate, rk4
from gantheory.kernels import Direct
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import energy_distance, wasserstein
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Loss, Objective, least_squares, screened_terms
from gantheory.symbolic import y

ZERO = torch.zeros((), dtype=torch.float64)


def points(n, d, seed, shift=0.0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d))) + shift


def flow(loss=WASSERSTEIN, order=1, n=13, d=1, solver=None, weight=0.4):
    data = Empirical(points(n, d, 1), torch.linspace(1, 2, n, dtype=torch.float64))
    return ParticleFlow(Objective(loss, weight * GradientPenalty(order)), data, solver or GreensFunction())


@pytest.mark.parametrize(("order", "d"), [(1, 1), (1, 2), (1, 3), (2, 3)])
def test_wasserstein_particles_climb(order, d):
    moving, x = flow(order=order, d=d), points(7, d, 2, 0.5)
    assert torch.equal(moving(ZERO, x), moving.discriminator(x).gradient(x))


@pytest.mark.parametrize("goal", [-1.0, 0.3, 1.0, 2.5])
def test_least_squares_particles_move_with_minus_the_residual(goal):
    moving, x = flow(least_squares(-1, 1, sp.Rational(str(goal))), order=2, d=2, solver=Collocation()), points(9, 2, 3, 1.0)
    D = moving.discriminator(x)
    expected = -(D(x) - goal)[:, None] * D.gradient(x)
    assert torch.allclose(moving(ZERO, x), expected, rtol=1e-12, atol=0)


def test_the_generator_side_sets_the_force():
    x = points(9, 1, 3, 1.0)
    plain, doubled = flow(), flow(Loss(-y, y, generator=-2 * y))
    saturating = flow(Loss(-y, y, generator=sp.exp(-y)))
    assert torch.allclose(doubled(ZERO, x), 2 * plain(ZERO, x), rtol=1e-14)
    D = plain.discriminator(x)
    assert torch.allclose(saturating(ZERO, x), torch.exp(-D(x))[:, None] * D.gradient(x), rtol=1e-12)


def test_the_frozen_gradient_is_the_flow_of_half_the_dual_value():
    """n·v = −∂/∂x_i of MMD²/4λ: the frozen force, without the factor 2 of a moving critic (V-statistic, n = 1, m = 1)."""
    moving, x = flow(weight=0.4), points(5, 1, 4, 0.3).requires_grad_()
    real = moving.real
    fake = torch.full((5,), 0.2, dtype=torch.float64)
    gaps = lambda a, b: (a[:, None, 0] - b[None, :, 0]).abs()  # noqa: E731
    energy = 2 * real.weights @ gaps(real.points, x) @ fake - fake @ gaps(x, x) @ fake
    (slope,) = torch.autograd.grad(0.5 * energy / (4 * 0.4), x)
    assert torch.allclose(moving(ZERO, x.detach()), -5 * slope, rtol=1e-12)


def test_data_at_the_particles_is_rest():
    data = Empirical(points(11, 2, 5))
    for terms in ((GradientPenalty(1),), screened_terms(2, 1.0)):
        moving = ParticleFlow(Objective(WASSERSTEIN, *terms), data, GreensFunction())
        assert float(moving(ZERO, data.points).abs().max()) < 1e-14


def test_permuted_translated_and_rotated_particles_move_alike():
    data, x = points(12, 2, 6), points(7, 2, 7, 0.4)
    objective = Objective(WASSERSTEIN, GradientPenalty(1))
    velocity = lambda a, b: ParticleFlow(objective, Empirical(a), GreensFunction())(ZERO, b)  # noqa: E731
    base = velocity(data, x)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(velocity(data, x[order]), base[order], atol=1e-14)
    assert torch.allclose(velocity(data + 3, x + 3), base, atol=1e-13)
    turn = torch.linalg.qr(points(2, 2, 8))[0]
    assert torch.allclose(velocity(data @ turn, x @ turn), base @ turn, atol=1e-13)


def test_energy_falls_along_the_flow_and_particles_arrive():
    data = Empirical(points(40, 1, 1))
    moving = ParticleFlow(Objective(WASSERSTEIN, 0.25 * GradientPenalty(1)), data, GreensFunction(softening=0.1))
    start = points(40, 1, 9, 4.0)
    path = integrate(moving, start, torch.linspace(0, 200, 11, dtype=torch.float64), method=heun(0.5))
    energies = [energy_distance(Empirical(x), data) for x in path.x]
    assert all(b < a for a, b in itertools.pairwise(energies))
    assert wasserstein(Empirical(path.final), data) < 0.01 * wasserstein(Empirical(start), data)


@pytest.mark.parametrize("method", [rk4(0.05), dopri5(1e-9, 1e-11)], ids=lambda m: m.name)
def test_methods_agree_on_a_smooth_flow(method):
    data = Empirical(points(15, 2, 1))
    moving = ParticleFlow(Objective(WASSERSTEIN, 0.2 * GradientPenalty(1)), data, GreensFunction(softening=0.7))
    start, times = points(9, 2, 2, 1.0), [0.0, 0.5, 1.0]
    reference = integrate(moving, start, times, method=dopri5(1e-11, 1e-12)).final
    assert torch.allclose(integrate(moving, start, times, method=method).final, reference, rtol=0, atol=1e-7)


def test_self_pairs_are_left_out_on_request():
    with_self = flow(d=2, solver=GreensFunction(softening=0.5))
    without = flow(d=2, solver=GreensFunction(Direct(self_pairs=False), softening=0.5))
    x = points(6, 2, 3)
    ours = without(ZERO, x)
    repelled = with_self(ZERO, x)
    attraction = ParticleFlow(with_self.objective, with_self.real, GreensFunction(softening=0.5)).discriminator(x + 1e9)
    assert attraction is not None
    fake_only = -(repelled - _toward_data(with_self, x))
    assert torch.allclose(ours, _toward_data(with_self, x) - fake_only * 6 / 5, rtol=1e-10)


def _toward_data(moving, x):
    """The pull of the data alone, by the kernel's own gradient."""
    kernel = moving.discriminator(x).kernel
    weight = float(moving.objective.terms[0].weight)
    return (kernel.gradient(x, moving.real.points) * moving.real.weights[None, :, None]).sum(1) / (2 * weight)


def test_velocities_repeat_bit_for_bit():
    moving, x = flow(d=2), points(300, 2, 4)
    assert torch.equal(moving(ZERO, x), moving(ZERO, x))


def test_dtype_is_kept():
    data = Empirical(points(10, 2, 1).float())
    x = points(6, 2, 2).float()
    moving = ParticleFlow(Objective(WASSERSTEIN, GradientPenalty(1)), data, GreensFunction())
    assert moving(ZERO.float(), x).dtype == torch.float32
    exact = ParticleFlow(Objective(WASSERSTEIN, GradientPenalty(1)), Empirical(data.points.double()), GreensFunction())
    assert torch.allclose(moving(ZERO.float(), x).double(), exact(ZERO, x.double()), rtol=1e-4, atol=1e-5)


META = [
    (WASSERSTEIN, (GradientPenalty(1),), GreensFunction()),
    (WASSERSTEIN, (GradientPenalty(1),), GreensFunction(Direct(self_pairs=False), softening=0.3)),
    (WASSERSTEIN, screened_terms(2, 1.0), GreensFunction()),
    (least_squares(0, 1), (0.1 * GradientPenalty(2),), Collocation()),
    (least_squares(0, 1), tuple(screened_terms(2, 1.0, 0.1)), Collocation()),
]


@pytest.mark.parametrize(("loss", "terms", "solver"), META)
def test_every_right_hand_side_stays_on_its_device(loss, terms, solver):
    """The meta device refuses a stray CPU tensor, as a CUDA device would."""
    data = Empirical(torch.empty(8, 2, dtype=torch.float64, device="meta"))
    x = torch.empty(5, 2, dtype=torch.float64, device="meta")
    velocity = ParticleFlow(Objective(loss, *terms), data, solver)(ZERO, x)
    assert velocity.shape == x.shape
    assert velocity.device.type == "meta"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("loss", "terms", "solver"), META)
def test_gpu_equals_cpu(loss, terms, solver):
    data, x = points(80, 2, 1), points(50, 2, 2, 0.5)
    answers = []
    for device in ("cpu", "cuda"):
        moving = ParticleFlow(Objective(loss, *terms), Empirical(data.to(device)), solver)
        answers.append(moving(ZERO.to(device), x.to(device)).cpu())
    assert torch.allclose(*answers, rtol=1e-10, atol=1e-10)


def test_wrong_inputs_are_refused():
    moving = flow(d=2)
    with pytest.raises(Refusal, match="freezes D"):
        moving(ZERO, points(4, 2, 1).requires_grad_())
    with pytest.raises(Refusal, match="same dimension"):
        moving(ZERO, points(4, 3, 1))
    with pytest.raises(Refusal, match="finite"):
        moving(ZERO, torch.full((4, 2), float("nan"), dtype=torch.float64))
    with pytest.raises(Refusal, match="Empirical"):
        ParticleFlow(moving.objective, Gaussian(torch.zeros(2), torch.eye(2)), GreensFunction())(ZERO, points(4, 2, 1))
