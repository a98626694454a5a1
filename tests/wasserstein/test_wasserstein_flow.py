"""Laws of the W1 and W2 flows of particles: gradients, closed forms, rest, symmetry, memory, refusals."""

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from gantheory._errors import Refusal
from gantheory.flows import MinibatchFlow, WassersteinFlow
from gantheory.integration import Remembering, euler, integrate, rk4
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import wasserstein
from gantheory.transport import ExactPlans, SortedPlans

ZERO = torch.zeros((), dtype=torch.float64)


def points(n, d, seed, shift=0.0, scale=1.0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d))) * scale + shift


def masses(n, seed):
    w = torch.from_numpy(np.random.default_rng(seed).uniform(0.2, 2, n))
    return w / w.sum()


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("n", "m", "d"), [(4, 7, 1), (5, 3, 2), (6, 6, 2), (3, 8, 3)])
def test_the_velocity_is_minus_the_gradient_of_the_distance(order, n, m, d):
    """a_i v_i = −∂F/∂x_i by central differences of F = W1 or ½W2², masses unequal on both sides."""
    x, a, real = points(n, d, 1), masses(n, 2), Empirical(points(m, d, 3, 0.4, 1.3), masses(m, 4))
    v, rest = WassersteinFlow(order, real)(ZERO, (x, a))
    F = lambda z: wasserstein(Empirical(z, a), real, order) ** order / order  # noqa: E731
    slope, h = torch.zeros_like(x), 1e-5
    for i in range(n):
        for k in range(d):
            e = torch.zeros_like(x)
            e[i, k] = h
            slope[i, k] = (F(x + e) - F(x - e)) / (2 * h)
    torch.testing.assert_close(a[:, None] * v, -slope, rtol=0, atol=1e-8)
    assert torch.equal(rest, torch.zeros_like(a))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("d", [1, 2])
def test_equal_weights_are_the_default_and_scale_does_not_matter(order, d):
    x, real = points(5, d, 1), Empirical(points(8, d, 2))
    flow = WassersteinFlow(order, real)
    v = flow(ZERO, x)
    for w in (torch.ones(5).double(), torch.full((5,), 0.3).double()):
        torch.testing.assert_close(flow(ZERO, (x, w))[0], v, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_w2_particles_keep_their_rays(d):
    """x(t) = T(x) + e^{−t}(x − T(x)), T the assignment at the start."""
    x, y = points(7, d, 1), points(7, d, 2, 0.5, 2.0)
    flow = WassersteinFlow(2, Empirical(y))
    target = x + flow(ZERO, x)
    assert torch.equal(torch.cdist(target, y).argmin(1).sort().values, torch.arange(7))
    final = integrate(flow, x, [0, 0.8], method=rk4(0.02)).final
    torch.testing.assert_close(final, target + np.exp(-0.8) * (x - target), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("step", [0.1, 0.37, 1.0])
def test_euler_shrinks_w2_by_its_factor(step):
    x, y = points(9, 2, 1), points(9, 2, 2, 1.0)
    real, seen = Empirical(y), []
    integrate(
        WassersteinFlow(2, real),
        x,
        step * torch.arange(5, dtype=torch.float64),
        method=euler(2 * step),
        observe=lambda t, z: seen.append(wasserstein(Empirical(z), real)),
    )
    np.testing.assert_allclose(seen, seen[0] * (1 - step) ** np.arange(5), rtol=1e-10, atol=1e-7)


def test_w2_quantiles_of_unequal_masses_on_the_line():
    """Sorted masses of particles and data agree, so each quantile has its ray, and W2 = e^{−t}W2(0)."""
    w, start, data = masses(8, 5), points(8, 1, 1).sort(0).values, points(8, 1, 2, 1.0, 3.0).sort(0).values
    shuffled = torch.randperm(8, generator=torch.Generator().manual_seed(1))
    flow = WassersteinFlow(2, Empirical(data[shuffled], w[shuffled]))
    x, weights = integrate(flow, (start, w), [0, 1.3], method=rk4(0.01)).final
    torch.testing.assert_close(x, data + np.exp(-1.3) * (start - data), rtol=1e-9, atol=1e-10)
    assert torch.equal(weights, w)


@pytest.mark.parametrize("plan", [ExactPlans(), SortedPlans()])
def test_w1_quantiles_walk_and_stop(plan):
    """Q_t = clip(Q_real, Q_0 − t, Q_0 + t): dyadic numbers, so that each particle lands on its point."""
    random = np.random.default_rng(3)
    x, y = (np.sort(random.integers(*limits, (40, 1)) / 16, axis=0) for limits in ((-64, 64), (-90, 150)))
    flow = WassersteinFlow(1, Empirical(torch.from_numpy(y)), plan)
    path = integrate(flow, torch.from_numpy(x), [0, 0.5, 1.25, 4, 9], method=euler(1 / 16))
    for t, state in zip(path.t.tolist(), path.x.numpy(), strict=True):
        np.testing.assert_array_equal(np.sort(state, 0), np.clip(y, x - t, x + t))
        left = np.clip(abs(x - y) - t, 0, None).mean()
        assert wasserstein_distance(state[:, 0], y[:, 0]) == pytest.approx(left, abs=1e-14)


def test_w1_has_unit_speed_until_it_arrives():
    x, shift = points(6, 3, 1), torch.tensor([1.0, -2.0, 0.5]).double()
    flow = WassersteinFlow(1, Empirical(x + shift))
    torch.testing.assert_close(flow(ZERO, x), (shift / shift.norm()).expand(6, 3), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("d", "dtype"), [(1, torch.float64), (2, torch.float64), (2, torch.float32)])
def test_data_at_the_particles_is_rest(order, d, dtype):
    y = points(11, d, 5, 3.0).to(dtype)
    flow = WassersteinFlow(order, Empirical(y))
    x = y[torch.randperm(11, generator=torch.Generator().manual_seed(1))]
    assert float(flow(ZERO.to(dtype), x).abs().max()) == 0
    if order == 1:  # and at a distance that adding a step leaves of roundoff
        assert float(flow(ZERO.to(dtype), x + torch.finfo(dtype).eps * x).abs().max()) == 0


def test_split_mass_moves_by_the_mean():
    """δ_0 to ½(δ_{−1} + δ_1): the barycentre is 0, and nothing moves although W2 = 1."""
    x, real = torch.zeros(1, 2).double(), Empirical(torch.tensor([[-1.0, 0.0], [1.0, 0.0]]).double())
    for order in (1, 2):
        assert torch.equal(WassersteinFlow(order, real)(ZERO, x), x)


def test_particles_without_weight_rest():
    x, w = points(4, 2, 1), torch.tensor([0.0, 1.0, 2.0, 0.0]).double()
    for order in (1, 2):
        v, _ = WassersteinFlow(order, Empirical(points(5, 2, 2)))(ZERO, (x, w))
        assert torch.equal(v.norm(dim=1) == 0, w == 0)


@pytest.mark.parametrize("order", [1, 2])
def test_permuted_translated_and_rotated_particles_move_alike(order):
    data, x = points(12, 2, 6), points(7, 2, 7, 0.4)
    velocity = lambda a, b: WassersteinFlow(order, Empirical(a))(ZERO, b)  # noqa: E731
    base = velocity(data, x)
    shuffled = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(velocity(data, x[shuffled]), base[shuffled], rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(velocity(data + 1e6, x + 1e6), base, rtol=1e-8, atol=1e-8)
    turn = torch.linalg.qr(points(2, 2, 8))[0]
    torch.testing.assert_close(velocity(data @ turn, x @ turn), base @ turn, rtol=1e-12, atol=1e-13)


def test_order_two_scales_and_order_one_does_not():
    x, y = points(6, 2, 1), points(9, 2, 2)
    for order, factor in ((1, 1.0), (2, 5.0)):
        base, scaled = (WassersteinFlow(order, Empirical(s * y))(ZERO, s * x) for s in (1, 5))
        torch.testing.assert_close(scaled, factor * base, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2])
def test_dtype_is_kept(order):
    x, y = points(6, 2, 1), points(9, 2, 2)
    exact = WassersteinFlow(order, Empirical(y))(ZERO, x)
    single = WassersteinFlow(order, Empirical(y))(ZERO.float(), x.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), exact, rtol=1e-5, atol=1e-6)
    v, rest = WassersteinFlow(order, Empirical(y))(ZERO.float(), (x.float(), torch.ones(6)))
    assert (v.dtype, rest.dtype) == (torch.float32, torch.float32)


def test_minibatches_have_memory_and_the_plain_flow_none():
    flow = WassersteinFlow(2, Empirical(points(30, 2, 1)))
    assert not isinstance(flow, Remembering)
    assert isinstance(flow.minibatches(4), Remembering)
    assert flow.minibatches(4, 9).seed == 9
    assert flow.minibatches(4).real is flow.real


def test_minibatches_resume_bit_for_bit_and_depend_on_their_seed():
    x, flow = points(5, 2, 1), WassersteinFlow(2, Empirical(points(30, 2, 2), masses(30, 3))).minibatches(6, seed=4)
    whole = integrate(flow, x, [0, 0.5, 1.0], method=euler(0.1))
    first = integrate(flow, x, [0, 0.5], method=euler(0.1))
    second = integrate(flow, first.final, [0.5, 1.0], method=euler(0.1), memory=first.memory)
    assert torch.equal(second.final, whole.final)
    assert torch.equal(second.memory[0], whole.memory[0])
    other = MinibatchFlow(2, flow.real, 6, seed=5)
    assert not torch.equal(integrate(other, x, [0, 0.5], method=euler(0.1)).final, first.final)


def test_a_minibatch_is_a_sample_of_its_law():
    real = Gaussian(torch.tensor([1.0, -1.0]).double(), torch.eye(2).double())
    flow = MinibatchFlow(1, real, 7, seed=3)
    frozen, (memory,) = flow.freeze(ZERO, points(5, 2, 1), ())
    generator = torch.Generator().manual_seed(3)
    assert torch.equal(frozen.real.points, real.sample(7, generator))
    assert torch.equal(memory, generator.get_state())
    again, _ = flow.freeze(ZERO, (points(5, 2, 1), masses(5, 1)), (memory,))
    assert torch.equal(again.real.points, real.sample(7, generator))
    assert frozen.order == again.order == 1


def test_one_point_minibatches_end_at_their_variance():
    """x ↦ x + h(u − x), u ~ N(0, s²): the variance tends to s² h/(2 − h), within 4 standard errors."""
    h, s2, n = 0.5, 2.0, 400
    law = Gaussian(torch.zeros(1).double(), s2 * torch.eye(1).double())
    times = h * torch.arange(n + 1, dtype=torch.float64)
    path = integrate(MinibatchFlow(2, law, 1, SortedPlans(), seed=1), torch.zeros(1, 1).double(), times, method=euler(1.0))
    squares = path.x[20:, 0, 0] ** 2
    blocks = squares[: len(squares) // 20 * 20].reshape(20, -1).mean(1)
    assert abs(float(blocks.mean()) - s2 * h / (2 - h)) <= 4 * float(blocks.std()) / 20**0.5


REAL = Empirical(points(5, 2, 1))
GAUSSIAN = Gaussian(torch.zeros(2).double(), torch.eye(2).double())
X = points(4, 2, 2)
REFUSED = {
    "order 3": (lambda: WassersteinFlow(3, REAL), r"order 1 \(of W1\) or 2 \(of ½W2²\); got 3"),
    "order True": (lambda: WassersteinFlow(True, REAL), "got True"),
    "no measure": (lambda: WassersteinFlow(1, GAUSSIAN), "moves to an Empirical measure; got Gaussian. Use MinibatchFlow"),
    "no plan": (lambda: WassersteinFlow(1, REAL, "exact"), r"object with `coupling`; got 'exact'. Use ExactPlans\(\)"),
    "a plan's class": (lambda: WassersteinFlow(1, REAL, ExactPlans), "object with `coupling`; got <class"),
    "another dimension": (lambda: WassersteinFlow(1, REAL)(ZERO, points(4, 3, 1)), "one space; got dimensions 3 and 2"),
    "gradients": (lambda: WassersteinFlow(2, REAL)(ZERO, X.clone().requires_grad_()), "freezes its plan.*x.detach"),
    "NaN": (lambda: WassersteinFlow(2, REAL)(ZERO, X * float("nan")), "are finite"),
    "meta": (lambda: WassersteinFlow(2, REAL)(ZERO, X.to("meta")), "a plan is computed from values; got .* meta device"),
    "three parts": (lambda: WassersteinFlow(2, REAL)(ZERO, (X, X, X)), r"x, or \(x, weights\); got a tuple of 3"),
    "weights of another size": (lambda: WassersteinFlow(2, REAL)(ZERO, (X, masses(3, 1))), r"shape \(4,\)"),
    "negative weights": (lambda: WassersteinFlow(2, REAL)(ZERO, (X, -masses(4, 1))), "nonnegative"),
    "the plane, sorted": (lambda: WassersteinFlow(1, REAL, SortedPlans())(ZERO, X), "points of the line"),
    "size 0": (lambda: WassersteinFlow(1, REAL).minibatches(0), "the size of a minibatch is an integer ≥ 1; got 0"),
    "size True": (lambda: WassersteinFlow(1, REAL).minibatches(True), "an integer ≥ 1; got True"),
    "seed -1": (
        lambda: WassersteinFlow(1, REAL).minibatches(2, -1),
        "seed of a MinibatchFlow is an integer ≥ 0 and < 2⁶³; got -1",
    ),
    "seed True": (lambda: MinibatchFlow(1, REAL, 2, seed=True), "an integer ≥ 0 and < 2⁶³; got True"),
    "minibatches of no law": (lambda: MinibatchFlow(1, X, 2), "samples a Measure; got Tensor"),
    "minibatches of order 0": (lambda: MinibatchFlow(0, REAL, 2), "got 0"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_wrong_inputs_are_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()


def test_gradients_that_nobody_wants_are_no_reason_to_refuse():
    with torch.no_grad():
        v = WassersteinFlow(2, REAL)(ZERO, X.clone().requires_grad_())
    assert torch.equal(v, WassersteinFlow(2, REAL)(ZERO, X))
