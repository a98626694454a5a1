"""Laws of persistent training: its loop, its closed forms, its limits, its memory, its foil, and refusals."""

import numpy as np
import pytest
import torch
from torch import nn

from gantheory._errors import Refusal
from gantheory._modules import Parametric
from gantheory.discriminators import Adam, GreensFunction, Network
from gantheory.flows import (
    CriticFlow,
    HeldTargets,
    HeldVelocities,
    MinibatchFlow,
    MMDFlow,
    Naive,
    ParameterFlow,
    ParticleFlow,
    Persistent,
    WassersteinFlow,
    effective_step,
)
from gantheory.integration import IntegrationError, Remembering, dopri5, euler, integrate
from gantheory.kernels import gaussian
from gantheory.measures import Empirical, Gaussian, ring
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import nu

ZERO = torch.zeros((), dtype=torch.float64)
STEP, RATE = 0.4, 0.07


def points(n, d, seed, shift=0.0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d))) + shift


def mlp(k=2, d=2, seed=0, width=5):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(k, width), nn.SiLU(), nn.Linear(width, d)).double()


def affine(A, b):
    """z ↦ Az + b."""
    module = nn.Linear(*reversed(A.shape)).double()
    with torch.no_grad():
        module.weight.copy_(torch.as_tensor(A))
        module.bias.copy_(torch.as_tensor(b))
    return module


def standard(d):
    """±√d e_i, of mean 0 and covariance I."""
    axes = d**0.5 * torch.eye(d, dtype=torch.float64)
    return torch.cat([axes, -axes])


def outer(flow, count, rate=RATE):
    """The path over `count` outer steps."""
    period = rate * flow.repeats
    times = period * torch.arange(count + 1, dtype=torch.float64)
    return integrate(flow, flow.parameters, times, method=euler(rate * (1 + 1e-12)))


DATA = Empirical(points(9, 2, 5, 1.0))
NORMAL = Gaussian(torch.zeros(2).double(), torch.eye(2).double())
CRITIC = CriticFlow(Objective(WASSERSTEIN, 5 * GradientPenalty(over=nu, centre=1)), DATA, Network(mlp(2, 1), 3, Adam(0.01)))
SAMPLES = {
    "W2": WassersteinFlow(2, DATA),
    "W1": WassersteinFlow(1, DATA),
    "minibatches": MinibatchFlow(2, ring(), 6),
    "MMD": MMDFlow(gaussian(1.0), DATA),
    "critic": CRITIC,
}


def velocity_by_hand(flow, y, memory):
    """v(y) and the memory."""
    if isinstance(flow, Remembering):
        flow, memory = flow.freeze(ZERO, y, memory)
    return flow(ZERO, y), memory


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("repeats", [1, 3])
def test_persistent_training_is_the_printed_loop(name, repeats):
    """Against draws, targets and torch.optim.SGD in a loop."""
    flow = Persistent(mlp(seed=1), SAMPLES[name], STEP, repeats, NORMAL, batch=7, seed=3)
    path = outer(flow, 4)
    twin, noise, memory = mlp(seed=1), torch.Generator().manual_seed(3), ()
    optimiser = torch.optim.SGD(twin.parameters(), RATE)
    for _ in range(4):
        z = NORMAL.sample(7, noise)
        y = twin(z).detach()
        v, memory = velocity_by_hand(SAMPLES[name], y, memory)
        targets = y + STEP * v
        for _ in range(repeats):
            optimiser.zero_grad()
            (targets - twin(z)).square().sum(1).mean().backward()
            optimiser.step()
    for found, expected in zip(path.final, twin.parameters(), strict=True):
        torch.testing.assert_close(found, expected.detach(), rtol=1e-9, atol=1e-12)
    assert path.stats["steps"] == 4 * repeats
    for found, expected in zip(path.memory[1:], memory, strict=True):  # sums may be taken in another order
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_one_repeat_is_one_step_on_the_generators_loss():
    """θ − 2γε ∇_θ E γ(D(G_θ)), D frozen."""
    particle = ParticleFlow(Objective(WASSERSTEIN, GradientPenalty(1)), DATA, GreensFunction(softening=0.2))
    module, z = mlp(seed=2), points(7, 2, 1)
    found = outer(Persistent(module, particle, STEP, 1, z), 1).final
    loss = -particle.discriminator(module(z).detach())(module(z)).mean()
    slopes = torch.autograd.grad(loss, tuple(module.parameters()))
    for after, before, slope in zip(found, module.parameters(), slopes, strict=True):
        assert torch.allclose(after, before - 2 * RATE * STEP * slope, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("repeats", [1, 2, 7])
def test_an_affine_generator_takes_the_effective_step(d, repeats):
    """(A, b) ← (A, b) + ε_K((A*, b*) − (A, b)) where the field is y ↦ (A*A⁻¹ − 1)(y − b) + b* − b."""
    rng = np.random.default_rng(d)
    A, C = (np.eye(d) + 0.3 * rng.normal(size=(d, d)) for _ in range(2))
    b, c = rng.normal(size=(2, d))
    goal = (torch.from_numpy(C), torch.from_numpy(c))
    field = AffineField(*goal)
    path = outer(Persistent(affine(A, b), field, STEP, repeats, standard(d)), 5)
    left = (1 - effective_step(STEP, RATE, repeats)) ** np.arange(6)
    assert np.allclose(path.x[0], C + left[:, None, None] * (A - C), rtol=1e-12, atol=1e-13)
    assert np.allclose(path.x[1], c + left[:, None] * (b - c), rtol=1e-12, atol=1e-13)


class AffineField:
    """The straight way from N(b, AAᵀ), known by its sample, to z ↦ A*z + b*; frozen, it is a field of positions."""

    def __init__(self, A, b):
        self.A, self.b = A, b

    def freeze(self, t, state, memory):
        z = standard(len(self.b))
        now = torch.linalg.lstsq(torch.cat([z, torch.ones(len(z), 1).double()], 1), state).solution
        M, b = self.A @ torch.linalg.inv(now[:-1].T), now[-1]
        return (lambda t, y: (y - b) @ (M - torch.eye(len(b))).T + self.b - b), ()


def test_the_limit_of_many_repeats_is_the_particles_own_euler_step():
    """A generator with one parameter for each coordinate of each sample follows its particles."""
    start, z = points(6, 2, 4), 6**0.5 * torch.eye(6, dtype=torch.float64)
    module = nn.Linear(6, 2, bias=False).double()
    with torch.no_grad():
        module.weight.copy_(start.T / 6**0.5)
    flow = WassersteinFlow(2, DATA)
    path = outer(Persistent(module, flow, STEP, 60, z), 4, rate=0.4)
    particles = integrate(flow, start, STEP * torch.arange(5, dtype=torch.float64), method=euler(STEP)).x
    assert torch.allclose(6**0.5 * path.x[0].mT, particles, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["minibatches", "critic"])
def test_training_resumes_bit_for_bit(name):
    flow = Persistent(mlp(), SAMPLES[name], STEP, 2, NORMAL, batch=5)
    times = 2 * RATE * torch.arange(5, dtype=torch.float64)
    whole = integrate(flow, flow.parameters, times, method=euler(RATE * 1.01))
    half = integrate(flow, flow.parameters, times[:3], method=euler(RATE * 1.01))
    rest = integrate(flow, half.final, times[2:], method=euler(RATE * 1.01), memory=half.memory)
    for a, b in zip((*rest.final, *rest.memory), (*whole.final, *whole.memory), strict=True):
        assert torch.equal(a, b)
    other = Persistent(mlp(), SAMPLES[name], STEP, 2, NORMAL, batch=5, seed=1)
    assert not torch.equal(integrate(other, flow.parameters, times, method=euler(RATE * 1.01)).final[0], whole.final[0])


def test_weights_of_latents_are_multiplicities():
    z, w = points(3, 2, 8), torch.tensor([1, 2, 3])
    counted = Persistent(mlp(), WassersteinFlow(2, DATA), STEP, 3, Empirical(z, w.double()))
    copied = Persistent(mlp(), WassersteinFlow(2, DATA), STEP, 3, z.repeat_interleave(w, 0))
    for a, b in zip(outer(counted, 2).final, outer(copied, 2).final, strict=True):
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-12)


def test_the_generator_is_left_alone_and_its_dtype_kept():
    module = mlp().float()
    flow = Persistent(module, MinibatchFlow(2, ring(), 6), STEP, 2, points(5, 2, 1).float())
    before = [part.clone() for part in module.parameters()]
    path = outer(flow, 2)
    assert all(part.dtype == torch.float32 for part in path.final)
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


@pytest.mark.parametrize("held", [HeldTargets(WassersteinFlow(2, DATA)), HeldVelocities(WassersteinFlow(1, DATA)), CRITIC])
def test_naive_and_persistent_agree_at_one_repeat_only(held):
    flow = getattr(held, "flow", held)
    pairs = [
        [outer(kind(mlp(), f, STEP, k, NORMAL, batch=7), 3).final for kind, f in ((Naive, held), (Persistent, flow))]
        for k in (1, 3)
    ]
    assert all(torch.allclose(a, b, rtol=1e-11, atol=1e-13) for a, b in zip(*pairs[0], strict=True))
    assert max(float((a - b).abs().max()) for a, b in zip(*pairs[1], strict=True)) > 1e-4


def test_naive_steps_add_up_where_the_field_is_constant():
    """A translation: 2γεK naively, ε(1 − (1 − 2γ)^K) persistently, both of the unit velocity of W1."""
    z = points(6, 2, 3)
    z = z - z.mean(0)
    shift = torch.tensor([3.0, 4.0], dtype=torch.float64)
    flow = WassersteinFlow(1, Empirical(z + shift))
    for kind, moved, f in (
        (Naive, 2 * RATE * STEP * 5, HeldVelocities(flow)),
        (Persistent, effective_step(STEP, RATE, 5), flow),
    ):
        generator = Shift()
        found = outer(kind(generator, f, STEP, 5, z), 1).final[0]
        assert torch.allclose(found, moved * shift / 5, rtol=1e-12)


class Shift(nn.Module):
    """z ↦ z + b."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(2, dtype=torch.float64))

    def forward(self, z):
        return z + self.bias


@pytest.mark.parametrize("kind", [HeldTargets, HeldVelocities])
def test_held_flows_keep_pairs(kind):
    """Frozen at x, they give v(x) there; moved, x + v(x) − x′ or v(x) still; weights rest, and memory passes through."""
    x, w = points(5, 2, 1), torch.linspace(1, 2, 5, dtype=torch.float64)
    flow = WassersteinFlow(2, DATA)
    frozen, memory = kind(flow).freeze(ZERO, x, ())
    v, moved = flow(ZERO, x), x + 0.3
    assert memory == ()
    assert torch.allclose(frozen(ZERO, x), v, rtol=1e-13)
    assert torch.allclose(frozen(ZERO, moved), v if kind is HeldVelocities else v - 0.3, rtol=1e-12)
    weighted = kind(flow).freeze(ZERO, (x, w), ())[0](ZERO, (moved, w))
    assert torch.allclose(weighted[0], flow(ZERO, (x, w))[0] - (0 if kind is HeldVelocities else 0.3), rtol=1e-12)
    assert not weighted[1].any()
    drawn = MinibatchFlow(2, ring(), 4)
    assert torch.equal(kind(drawn).freeze(ZERO, x, ())[1][0], drawn.freeze(ZERO, x, ())[1][0])


def test_the_loop_is_a_parameter_flow_between_freezes():
    flow = Persistent(mlp(), WassersteinFlow(2, DATA), STEP, 3, points(6, 2, 1))
    frozen, _ = flow.freeze(ZERO, flow.parameters, ())
    assert isinstance(frozen, ParameterFlow)
    targets = frozen.flow.targets
    module = Parametric(mlp())
    live = tuple(part.requires_grad_() for part in module.parameters)
    loss = (targets - module(live, flow.latents.points)).square().sum(1).mean()
    for found, slope in zip(frozen(ZERO, flow.parameters), torch.autograd.grad(loss, live), strict=True):
        assert torch.allclose(found, -slope, rtol=1e-12, atol=1e-15)


def test_too_large_a_rate_ends_in_one_error():
    with pytest.raises(IntegrationError, match=r"euler: the (velocity|state) is not finite.*Use a step below 1e\+80"):
        outer(Persistent(mlp(), WassersteinFlow(2, DATA), STEP, 2, points(6, 2, 1)), 4, rate=1e80)


def made(kind=Persistent, generator=None, flow=None, step=STEP, repeats=2, latents=None, **options):
    flow = kind(
        generator or mlp(), flow or SAMPLES["W2"], step, repeats, points(4, 2, 1) if latents is None else latents, **options
    )
    return flow.freeze(ZERO, flow.parameters, ())


WRONG = [
    (lambda: made(step=0), "the step ε of Persistent is a finite number > 0; got 0"),
    (lambda: made(step=float("nan")), "the step ε of Persistent"),
    (lambda: made(step=True), "the step ε of Persistent"),
    (lambda: made(repeats=0), "number of repeats K of Persistent is an integer ≥ 1; got 0"),
    (lambda: made(repeats=True), "number of repeats K of Persistent"),
    (lambda: made(seed=-1), "the seed of Persistent is an integer ≥ 0"),
    (lambda: made(batch=0), "the batch of Persistent is an integer ≥ 1"),
    (lambda: made(latents=NORMAL), "uses all latents, a tensor or an Empirical; got Gaussian. Pass batch=256"),
    (lambda: made(latents=[1.0]), "are a tensor .n, k. or a Measure; got list"),
    (lambda: made(latents=torch.zeros(0, 2)), "n ≥ 1"),
    (lambda: made(latents=torch.full((3, 2), float("nan")).double()), "are finite"),
    (lambda: made(latents=points(4, 3, 1)), "a network takes its inputs"),
    (lambda: made(latents=points(4, 2, 1).float()), "share dtype and device"),
    (lambda: made(flow=3), r"takes the flow of the samples, \(t, y\) ↦ velocity; got int"),
    (lambda: made(generator=torch.sin), "a network is a torch.nn.Module"),
    (lambda: made(generator=nn.Sequential(mlp(), nn.Dropout())), r"Dropout in training mode at '1'. Call .eval\(\)"),
    (lambda: made(generator=mlp(2, 3)), "lie in one space; got dimensions 3 and 2"),
    (lambda: made(Naive), "Naive needs a flow that freezes its field; got WassersteinFlow. Use a CriticFlow, HeldTargets"),
    (lambda: made(Naive, flow=CRITIC, repeats=0), "number of repeats K of Naive"),
    (lambda: HeldTargets(3), r"HeldTargets holds a flow \(t, x\) ↦ velocity; got int"),
    (lambda: HeldVelocities("W2"), "HeldVelocities holds a flow"),
    (lambda: HeldTargets(SAMPLES["W2"]).freeze(ZERO, points(4, 2, 1), ())[0](ZERO, points(3, 2, 1)), "held for 4 particles"),
    (lambda: Persistent(mlp(), SAMPLES["W2"], 0.1, 1, NORMAL, 4).freeze(ZERO, points(3, 2, 1), ()), "is the tuple of"),
    (lambda: integrate(Persistent(mlp(), CRITIC, 0.1, 1, NORMAL, 4), mlp(), [0, 1], method=dopri5()), "a state is a tensor"),
    (
        lambda: made(flow=CRITIC, latents=Empirical(points(3, 2, 1), torch.arange(1, 4).double())),
        "of equal weight; got a tuple",
    ),
]


@pytest.mark.parametrize(("call", "words"), WRONG, ids=range(len(WRONG)))
def test_wrong_inputs_are_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()
