"""Laws of flows whose critic is trained as they run, and of flows of a generator's parameters."""

import numpy as np
import pytest
import torch
from torch import nn

from gantheory._errors import Refusal
from gantheory._modules import Parametric
from gantheory.discriminators import Adam, Collocation, GradientDescent, GreensFunction, Network
from gantheory.flows import (
    CriticFlow,
    FrozenFlow,
    ParameterFlow,
    ParticleFlow,
    RememberingParameterFlow,
    WassersteinFlow,
    parameter_flow,
)
from gantheory.integration import Remembering, dopri5, euler, heun, integrate, rk4
from gantheory.measures import Empirical, Gaussian
from gantheory.objectives import (
    LOGISTIC,
    NON_SATURATING,
    WASSERSTEIN,
    GradientPenalty,
    Objective,
    least_squares,
    screened_terms,
)
from gantheory.symbolic import nu, p, q

ZERO = torch.zeros((), dtype=torch.float64)


def points(n, d, seed, shift=0.0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d))) + shift


def mlp(k, d, seed=0, width=5, act=nn.SiLU):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(k, width), act(), nn.Linear(width, d)).double()


def line(slope=1.0):
    """D(x) = slope · x."""
    module = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(module.weight, slope)
    return module


WEIGHT = 0.8
GP = Objective(WASSERSTEIN, WEIGHT * GradientPenalty(over=nu, centre=1))


def gp_flow(steps=3, **options):
    """A linear critic and the gradient penalty of WGAN-GP, solved exactly by one step of rate 1/2λ."""
    data = Empirical(points(9, 1, 1))
    return CriticFlow(GP, data, Network(line(), steps, GradientDescent(1 / (2 * WEIGHT)), **options))


def test_a_linear_critic_moves_particles_at_one_plus_half_the_distance_over_the_weight():
    """Distance + 2λ shrinks by 1 − h/2λ in each step: the induced flow is D(t) = (D_0 + 2λ) e^{−t/2λ} − 2λ."""
    flow, x, h = gp_flow(), points(5, 1, 2, -4.0), 0.1
    path = integrate(flow, x, torch.linspace(0, 1, 11, dtype=torch.float64), method=euler(h))
    distances = np.array([float(flow.real.mean[0] - cloud.mean()) for cloud in path.x])
    expected = (distances[0] + 2 * WEIGHT) * (1 - h / (2 * WEIGHT)) ** np.arange(11) - 2 * WEIGHT
    assert np.allclose(distances, expected, rtol=1e-12)


def test_the_critic_trains_on_from_its_memory():
    flow, x = CriticFlow(GP, Empirical(points(9, 2, 1)), Network(mlp(2, 1), 4, Adam(0.01))), points(6, 2, 2, 1.0)
    first, memory = flow.freeze(ZERO, x, ())
    assert torch.equal(first(ZERO, x), ParticleFlow(GP, flow.real, flow.network)(ZERO, x))
    moved = x + 0.1
    second, _ = flow.freeze(ZERO, moved, memory)
    by_hand = flow.network.trained(GP, flow.real, Empirical(moved), memory)
    assert torch.equal(second(ZERO, moved), flow.network.field(by_hand).gradient(moved))
    assert not torch.equal(second(ZERO, moved), flow.freeze(ZERO, moved, ())[0](ZERO, moved))
    assert torch.equal(first(ZERO, moved), first.discriminator.gradient(moved))


@pytest.mark.parametrize("batch", [None, 4])
@pytest.mark.parametrize("method", [euler(0.1), rk4(0.1)], ids=lambda m: m.name)
def test_the_flow_of_a_critic_resumes_bit_for_bit(method, batch):
    real = Gaussian(torch.ones(2).double(), torch.eye(2).double()) if batch else Empirical(points(9, 2, 1))
    objective = Objective(NON_SATURATING, 0.1 * GradientPenalty(over=p), 0.1 * GradientPenalty(over=nu))
    flow, x = CriticFlow(objective, real, Network(mlp(2, 1), 3, Adam(0.01), batch)), points(6, 2, 2)
    whole = integrate(flow, x, [0, 0.3, 0.6], method=method)
    half = integrate(flow, x, [0, 0.3], method=method)
    rest = integrate(flow, half.final, [0.3, 0.6], method=method, memory=half.memory)
    assert torch.equal(rest.final, whole.final)
    assert all(torch.equal(a, b) for a, b in zip(rest.memory, whole.memory, strict=True))


@pytest.mark.parametrize("loss", [WASSERSTEIN, least_squares(-1, 1, 0.3), LOGISTIC, NON_SATURATING], ids=str)
def test_a_frozen_discriminator_moves_with_minus_the_slope_of_the_generator_side(loss):
    D = Network(mlp(2, 1), 2).solve(
        Objective(loss, GradientPenalty(over=(p + q) / 2)), *(Empirical(points(5, 2, k)) for k in (1, 2))
    )
    x = points(4, 2, 3).requires_grad_()
    value = D(x)
    side = {WASSERSTEIN: -value, LOGISTIC: -nn.functional.softplus(value), NON_SATURATING: nn.functional.softplus(-value)}
    generator = side.get(loss, (value - 0.3) ** 2 / 2)
    expected = -torch.autograd.grad(generator.sum(), x)[0]
    assert torch.allclose(FrozenFlow(loss, D)(ZERO, x.detach()), expected, rtol=1e-12, atol=1e-15)


DATA = Empirical(points(9, 2, 5), torch.linspace(1, 2, 9, dtype=torch.float64))
PARTICLES = [
    ParticleFlow(Objective(WASSERSTEIN, 0.4 * GradientPenalty(1)), DATA, GreensFunction(softening=0.3)),
    ParticleFlow(Objective(least_squares(-1, 1, 0.3), *screened_terms(2, 1.0, 0.2)), DATA, Collocation()),
    ParticleFlow(Objective(LOGISTIC, 0.2 * GradientPenalty(over=q)), DATA, Network(mlp(2, 1), 5)),
]


@pytest.mark.parametrize("flow", PARTICLES, ids=["Wasserstein", "least squares", "logistic"])
def test_a_parameter_flow_is_minus_the_gradient_of_the_generators_loss(flow):
    module, z = mlp(3, 2, 1), points(7, 3, 6)
    D = flow.discriminator(module(z).detach())
    value = D(module(z))
    side = {0: -value, 1: (value - 0.3) ** 2 / 2, 2: -nn.functional.softplus(value)}[PARTICLES.index(flow)]
    expected = torch.autograd.grad(-side.mean(), tuple(module.parameters()))
    pulled = ParameterFlow(module, flow, z)
    for found, truth in zip(pulled(ZERO, pulled.parameters), expected, strict=True):
        assert torch.allclose(found, truth, rtol=1e-10, atol=1e-14)


def test_samples_move_by_the_tangent_kernel():
    """ẏ_i = Σ_j w_j J_i J_jᵀ v_j, the Jacobians by central differences."""
    module, z, w = mlp(2, 2, 2), points(4, 2, 7), torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
    pulled = ParameterFlow(module, lambda t, s: (1 - s[0] ** 2, torch.zeros_like(s[1])), Empirical(z, w))
    theta = pulled.parameters
    sizes, shapes = [part.numel() for part in theta], [part.shape for part in theta]

    def samples(flat):
        parts = tuple(part.reshape(s) for part, s in zip(flat.split(sizes), shapes, strict=True))
        return Parametric(module)(parts, z).detach().reshape(-1)

    flat = torch.cat([part.reshape(-1) for part in theta])
    steps = 1e-5 * torch.eye(len(flat), dtype=torch.float64)
    J = torch.stack([(samples(flat + e) - samples(flat - e)) / 2e-5 for e in steps], 1)
    v = (1 - samples(flat) ** 2) * w.repeat_interleave(2)
    found = torch.cat([part.reshape(-1) for part in pulled(ZERO, theta)])
    assert torch.allclose(J @ found, J @ J.T @ v, rtol=1e-7)


def test_weights_of_latents_are_multiplicities():
    module, z = mlp(2, 2), points(3, 2, 8)
    counted = ParameterFlow(module, WassersteinFlow(2, DATA), Empirical(z, torch.tensor([1.0, 2.0, 3.0]).double()))
    copied = ParameterFlow(module, WassersteinFlow(2, DATA), z.repeat_interleave(torch.tensor([1, 2, 3]), 0))
    for found, expected in zip(counted(ZERO, counted.parameters), copied(ZERO, copied.parameters), strict=True):
        assert torch.allclose(found, expected, rtol=1e-10, atol=1e-14)


def test_a_method_keeps_its_order_on_parameters():
    module, z = mlp(2, 2, 3), points(6, 2, 9)
    flow = ParameterFlow(module, lambda t, y: torch.sin(y) - y * (1 + t), z)

    def end(method):
        return torch.cat([part.reshape(-1) for part in integrate(flow, flow.parameters, [0, 1], method=method).final])

    reference = end(dopri5(1e-8, 1e-10))
    errors = np.array([float((end(heun(h)) - reference).abs().max()) for h in (0.1, 0.05, 0.025, 0.0125)])
    slopes = np.log2(errors[:-1] / errors[1:])
    assert np.all(np.abs(slopes[-2:] - 2) < 0.1), slopes


def test_memory_passes_through_a_parameter_flow():
    critic = CriticFlow(GP, DATA, Network(mlp(2, 1), 3, Adam(0.01)))
    flow = parameter_flow(mlp(3, 2), critic, points(6, 3, 1))
    assert isinstance(flow, RememberingParameterFlow)
    assert isinstance(flow, Remembering)
    assert not isinstance(parameter_flow(mlp(3, 2), PARTICLES[0], points(6, 3, 1)), Remembering)
    whole = integrate(flow, flow.parameters, [0, 0.2, 0.4], method=heun(0.1))
    half = integrate(flow, flow.parameters, [0, 0.2], method=heun(0.1))
    rest = integrate(flow, half.final, [0.2, 0.4], method=heun(0.1), memory=half.memory)
    assert all(torch.equal(a, b) for a, b in zip(rest.final, whole.final, strict=True))
    samples = Parametric(flow.generator.module)(flow.parameters, flow.latents.points)
    plain, _ = critic.freeze(ZERO, samples.detach(), ())
    step = integrate(ParameterFlow(flow.generator, plain, flow.latents), flow.parameters, [0, 0.1], method=heun(0.1))
    first = integrate(flow, flow.parameters, [0, 0.1], method=heun(0.1))
    assert all(torch.equal(a, b) for a, b in zip(step.final, first.final, strict=True))


def test_the_generator_is_left_alone_and_its_dtype_kept():
    module, z = mlp(2, 2).float(), points(5, 2, 1).float()
    before = [part.clone() for part in module.parameters()]
    flow = ParameterFlow(module, lambda t, y: -y, z)
    path = integrate(flow, flow.parameters, [0, 1], method=euler(0.1))
    assert all(part.dtype == torch.float32 for part in path.final)
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))
    with torch.no_grad():
        quiet = flow(ZERO.float(), flow.parameters)
    assert all(torch.equal(a, b) for a, b in zip(quiet, flow(ZERO.float(), flow.parameters), strict=True))


def test_a_parameter_flow_stays_on_its_device():
    module, z = mlp(3, 2).to("meta"), torch.empty(5, 3, dtype=torch.float64, device="meta")
    flow = ParameterFlow(module, lambda t, y: -y, z)
    assert [part.device.type for part in flow(ZERO, flow.parameters)] == ["meta"] * 4


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_gpu_equals_cpu():
    answers = []
    for device in ("cpu", "cuda"):
        critic = CriticFlow(
            Objective(LOGISTIC, GradientPenalty(over=p)), Empirical(DATA.points.to(device)), Network(mlp(2, 1).to(device), 5)
        )
        flow = parameter_flow(mlp(3, 2).to(device), critic, points(6, 3, 1).to(device))
        path = integrate(flow, flow.parameters, [0, 0.3], method=euler(0.1))
        answers.append(torch.cat([part.reshape(-1).cpu() for part in path.final]))
    assert torch.allclose(*answers, rtol=1e-9, atol=1e-10)


PLAIN = PARTICLES[0]
WRONG = [
    (lambda: CriticFlow(GP, DATA, GreensFunction()), "a CriticFlow trains a Network; got GreensFunction. Use ParticleFlow"),
    (lambda: gp_flow().freeze(ZERO, points(4, 2, 1), ()), "real and fake have the same dimension"),
    (lambda: gp_flow().freeze(ZERO, points(4, 1, 1).requires_grad_(), ()), "a CriticFlow freezes D"),
    (lambda: integrate(gp_flow(), points(4, 1, 1), [0, 1], method=dopri5()), "a flow with memory"),
    (lambda: ParameterFlow(mlp(2, 2), gp_flow(), points(4, 2, 1)), "without memory; got a CriticFlow. Use Remembering"),
    (lambda: RememberingParameterFlow(mlp(2, 2), PLAIN, points(4, 2, 1)), "takes a flow with memory; got a ParticleFlow"),
    (lambda: ParameterFlow(mlp(2, 2), 3, points(4, 2, 1)), r"takes a flow \(t, y\) ↦ velocity; got int"),
    (lambda: ParameterFlow(torch.sin, PLAIN, points(4, 2, 1)), "a network is a torch.nn.Module"),
    (lambda: ParameterFlow(mlp(2, 2), PLAIN, [1, 2]), "has fixed latents.*got list. Sample them, or use Persistent"),
    (lambda: ParameterFlow(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), PLAIN, points(4, 2, 1)), "BatchNorm1d"),
    (lambda: started(mlp(3, 2), PLAIN), r"a network takes its inputs; got inputs of shape \(4, 2\), and it fails: mat1"),
    (lambda: started(mlp(2, 3), PLAIN), "points have shape|same dimension"),
    (lambda: started(mlp(2, 2).float(), PLAIN), "parameters and its latents share dtype"),
    (
        lambda: started(mlp(2, 2), lambda t, y: y[:, :1]),
        r"samples \(4, 2\) of float64 gives a velocity of that shape and dtype; got shape \(4, 1\)",
    ),
    (
        lambda: started(nn.Sequential(mlp(2, 2), nn.Flatten(0)), PLAIN),
        r"maps latents \(4, 2\) to samples \(4, d\); got shape \(8,\)",
    ),
    (
        lambda: asked(lambda f: tuple(part.requires_grad_() for part in f.parameters)),
        "no derivative in the parameters.*Start from",
    ),
    (lambda: asked(lambda f: f.parameters[0]), "is the tuple of its parameters; got Tensor"),
]


def started(module, flow):
    pulled = ParameterFlow(module, flow, points(4, 2, 1))
    return pulled(ZERO, pulled.parameters)


def asked(state):
    flow = ParameterFlow(mlp(2, 2), PLAIN, points(4, 2, 1))
    return flow(ZERO, state(flow))


@pytest.mark.parametrize(("call", "words"), WRONG, ids=range(len(WRONG)))
def test_wrong_inputs_are_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()
