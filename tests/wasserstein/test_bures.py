"""Laws of the W2 flow of normal laws: its map, its closed form, its steps, its order, its refusals."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from gantheory._errors import Refusal
from gantheory.flows import BuresFlow, transport_matrix
from gantheory.integration import euler, heun, integrate, rk4
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import gaussian_wasserstein

ZERO = torch.zeros((), dtype=torch.float64)


def law(d, seed, ridge=0.3):
    random = np.random.default_rng(seed)
    root = random.normal(size=(d, d))
    return Gaussian(torch.from_numpy(random.normal(size=d)), torch.from_numpy(root @ root.T + ridge * np.eye(d)))


def scipys(start, end):
    """A by SciPy's Schur method: S₁ (S₁ S₀)^{−1/2} … here S₀⁻¹ (S₀ S₁)^{1/2}."""
    S, T = start.covariance.numpy(), end.covariance.numpy()
    return np.real(np.linalg.solve(S, sqrtm(S @ T)))


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_the_matrix_is_the_optimal_map(d):
    start, end = law(d, 1), law(d, 2)
    A = transport_matrix(start, end)
    np.testing.assert_allclose(A, scipys(start, end), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(A @ start.covariance @ A, end.covariance, rtol=1e-11, atol=1e-11)
    assert torch.equal(A, A.mT)
    assert float(torch.linalg.eigvalsh(A)[0]) > 0


@pytest.mark.parametrize("d", [1, 2, 4])
def test_the_map_moves_by_the_distance(d):
    start, end = law(d, 3), law(d, 4)
    shift = transport_matrix(start, end) - torch.eye(d)
    squared = (start.mean - end.mean).square().sum() + (shift @ start.covariance @ shift).trace()
    assert math.sqrt(squared) == pytest.approx(gaussian_wasserstein(start, end), rel=1e-10)


def test_the_way_back_is_the_inverse():
    start, end = law(3, 5), law(3, 6)
    product = transport_matrix(start, end) @ transport_matrix(end, start)
    torch.testing.assert_close(product, torch.eye(3).double(), rtol=0, atol=1e-11)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_w2_falls_by_the_exponential(d):
    start, flow = law(d, 1), BuresFlow(law(d, 2))
    for t in (0.0, 0.3, 2.0, 9.0):
        here = flow.solution(start, t)
        assert gaussian_wasserstein(here, flow.real) == pytest.approx(
            math.exp(-t) * gaussian_wasserstein(start, flow.real), rel=1e-9
        )


@pytest.mark.parametrize(("method", "order"), [(euler, 1), (heun, 2), (rk4, 4)])
def test_methods_converge_to_the_solution_at_their_order(method, order):
    start, flow = law(3, 7), BuresFlow(law(3, 8, 0.8))
    exact, errors = flow.solution(start, 1.0), []
    steps = [1 / 16, 1 / 32, 1 / 64, 1 / 128]
    for h in steps:
        mean, covariance = integrate(flow, (start.mean, start.covariance), [0, 1], method=method(h)).final
        errors.append(max(float((mean - exact.mean).abs().max()), float((covariance - exact.covariance).abs().max())))
    slopes = np.diff(np.log(errors)) / np.diff(np.log(steps))
    assert (abs(slopes[-2:] - order) <= 0.1).all(), slopes
    assert errors[-1] < 0.05 * steps[-1] ** order * 40


def test_steps_of_particles_follow_the_geodesic():
    """n steps h are the solution at e^{−t} = (1 − h)^n; the last step of 1 arrives."""
    start, flow = law(2, 1), BuresFlow(law(2, 2))
    here = start
    for _ in range(5):
        here = flow.pushed(here, 0.2)
    exact = flow.solution(start, -5 * math.log(0.8))
    torch.testing.assert_close(here.mean, exact.mean, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(here.covariance, exact.covariance, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(flow.pushed(here, 1).covariance, flow.real.covariance, rtol=1e-12, atol=1e-13)
    assert torch.equal(flow.pushed(here, 0).covariance, here.covariance)


def test_a_step_of_particles_differs_from_one_of_moments_by_its_square():
    start, flow, h = law(2, 1), BuresFlow(law(2, 2)), 0.25
    pull = transport_matrix(start, flow.real) - torch.eye(2)
    _, rate = flow(ZERO, (start.mean, start.covariance))
    square = flow.pushed(start, h).covariance - (start.covariance + h * rate)
    torch.testing.assert_close(square, h**2 * pull @ start.covariance @ pull, rtol=1e-11, atol=1e-13)


def test_on_the_line_standard_deviations_are_affine_in_the_exponential():
    start, flow = law(1, 1), BuresFlow(law(1, 2))
    s0, s1 = (float(z.covariance.sqrt()) for z in (start, flow.real))
    found = float(flow.solution(start, 0.7).covariance.sqrt())
    assert found == pytest.approx(s1 + math.exp(-0.7) * (s0 - s1), rel=1e-13)


def test_the_velocity_is_symmetric_and_rests_at_the_target():
    flow = BuresFlow(law(3, 1))
    _, rate = flow(ZERO, (law(3, 2).mean, law(3, 2).covariance))
    assert torch.equal(rate, rate.mT)
    for part in flow(ZERO, (flow.real.mean, flow.real.covariance)):
        assert float(part.abs().max()) < 1e-13


def test_dtype_and_device_follow_the_state():
    start, real = law(2, 1), law(2, 2)
    single = Gaussian(start.mean.float(), start.covariance.float())
    exact = BuresFlow(real)(ZERO, (start.mean, start.covariance))
    for real_dtype in (real, Gaussian(real.mean.float(), real.covariance.float())):
        found = BuresFlow(real_dtype)(ZERO.float(), (single.mean, single.covariance))
        for part, expected in zip(found, exact, strict=True):
            assert part.dtype == torch.float32
            torch.testing.assert_close(part.double(), expected, rtol=1e-5, atol=1e-5)
    assert BuresFlow(real).solution(single, 1.0).covariance.dtype == torch.float32


def test_the_right_hand_side_stays_on_its_device():
    empty = lambda *shape: torch.empty(*shape, dtype=torch.float64, device="meta")  # noqa: E731
    velocity = BuresFlow(Gaussian(empty(3), empty(3, 3)))(ZERO, (empty(3), empty(3, 3)))
    assert [part.device.type for part in velocity] == ["meta", "meta"]


REAL, START = law(2, 1), law(2, 2)
FLOW = BuresFlow(REAL)
SINGULAR = Gaussian(torch.zeros(2).double(), torch.diag(torch.tensor([1.0, 1e-17]).double()))
REFUSED = {
    "an Empirical": (
        lambda: BuresFlow(Empirical(torch.ones(3, 2))),
        r"moves to a Gaussian; got Empirical. Use moment_gaussian",
    ),
    "another dimension": (lambda: FLOW.solution(law(3, 1), 1.0), "one space; got dimensions 3 and 2"),
    "a state of another dimension": (lambda: FLOW(ZERO, (law(3, 1).mean, law(3, 1).covariance)), "dimensions 3 and 2"),
    "negative time": (lambda: FLOW.solution(START, -0.1), "times t ≥ 0 from its start; got -0.1"),
    "time NaN": (lambda: FLOW.solution(START, float("nan")), "got nan"),
    "a step beyond the data": (lambda: FLOW.pushed(START, 1.1), "between 0 and 1; got 1.1"),
    "a step NaN": (lambda: FLOW.pushed(START, float("nan")), "between 0 and 1; got nan"),
    "no covariance": (lambda: FLOW(ZERO, (START.mean, -START.covariance)), "positive definite"),
    "singular": (lambda: transport_matrix(SINGULAR, REAL), "regular covariance; got eigenvalues from 1e-17 to 1. Add ε·I"),
    "gradients": (lambda: FLOW(ZERO, (START.mean.clone().requires_grad_(), START.covariance)), "no derivative in its state"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_wrong_inputs_are_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()
