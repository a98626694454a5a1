"""Sliced W2, mean-gap and direction flows, and SAN between two points."""

from itertools import pairwise
from math import exp, pi, sqrt, tan

import numpy as np
import pytest
import torch

from gantheory._errors import Refusal
from gantheory.directions import orthonormal, sphere
from gantheory.flows import (
    DiracSAN,
    DirectionFlow,
    GaussianSlicedFlow,
    MeanGapFlow,
    ResampledSlicedFlow,
    SlicedWassersteinFlow,
)
from gantheory.integration import dopri5, euler, heun, integrate, rk4
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import mean_divergence, mmd, sliced_wasserstein

from .samples import F64, cloud, even, seeded
from .test_alignment import features

over_dimensions = pytest.mark.parametrize("d", [1, 2, 3])


def half_square(real, x, theta):
    return sliced_wasserstein(real, Empirical(x), 2, directions=theta).value ** 2 / 2


@over_dimensions
@pytest.mark.parametrize("weighted", [True, False])
def test_the_velocity_is_minus_n_times_the_gradient_of_half_the_square(d, weighted):
    real = cloud(11, d, 2, 0.7) if weighted else even(cloud(7, d, 2, 0.7))
    theta = sphere(6, d, seeded(1))
    x = torch.randn(7, d, generator=seeded(3), dtype=F64)
    v = SlicedWassersteinFlow(real, theta)(torch.zeros(()), x)
    h, slope = 1e-6, torch.zeros_like(x)
    for i in range(7):
        for k in range(d):
            e = torch.zeros_like(x)
            e[i, k] = h
            slope[i, k] = (half_square(real, x + e, theta) - half_square(real, x - e, theta)) / (2 * h)
    torch.testing.assert_close(v, -7 * slope, rtol=1e-6, atol=1e-7)


@over_dimensions
def test_the_flow_descends_and_rests_at_its_data(d):
    real, theta = even(cloud(9, d, 1)), orthonormal(6, d, seeded(0))
    flow = SlicedWassersteinFlow(real, theta)
    assert flow(torch.zeros(()), real.points).abs().max() < 1e-14
    x = torch.randn(9, d, generator=seeded(1), dtype=F64) + 1
    seen = []
    integrate(flow, x, [0.0, 0.5, 1, 2, 4], method=heun(0.1), observe=lambda t, z: seen.append(half_square(real, z, theta)))
    assert all(b < a for a, b in pairwise(seen))


@over_dimensions
def test_the_mean_moves_exactly_where_directions_resolve_the_identity(d):
    real, x = cloud(11, d, 2, 0.7), torch.randn(8, d, generator=seeded(1), dtype=F64)
    gap = x.mean(0) - real.mean
    h, steps = 0.3, 5
    for flow in (SlicedWassersteinFlow(real, orthonormal(4 * d, d, seeded(2))), ResampledSlicedFlow(real, 2 * d)):
        moved = integrate(flow, x, [0.0, h * steps], method=euler(h)).final
        torch.testing.assert_close(moved.mean(0) - real.mean, gap * (1 - h / d) ** steps, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("blocks", [True, False])
def test_fresh_directions_repeat_resume_and_differ_by_seed(blocks):
    real, x = cloud(11, 3, 2), torch.randn(8, 3, generator=seeded(1), dtype=F64)
    flow = ResampledSlicedFlow(real, 4, blocks=blocks)
    whole = integrate(flow, x, [0.0, 0.3, 0.6], method=euler(0.1))
    first = integrate(flow, x, [0.0, 0.3], method=euler(0.1))
    second = integrate(flow, first.final, [0.3, 0.6], method=euler(0.1), memory=first.memory)
    assert torch.equal(second.final, whole.final)
    assert not torch.equal(
        integrate(ResampledSlicedFlow(real, 4, 1, blocks), x, [0.0, 0.3], method=euler(0.1)).final, first.final
    )
    by_hand, generator = x, seeded(0)
    for _ in range(3):
        theta = (orthonormal if blocks else sphere)(4, 3, generator)
        by_hand = by_hand + 0.1 * SlicedWassersteinFlow(real, theta)(torch.zeros(()), by_hand)
    torch.testing.assert_close(first.final, by_hand, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("n", [400, 1600])
def test_normal_particles_follow_the_flow_of_normal_laws(n):
    """The moments of n particles against the ODE of (m, S): 4 standard errors of a covariance, and its bias."""
    d, g = 2, seeded(6)
    S = torch.tensor([[1.0, 0.4], [0.4, 0.5]], dtype=F64)
    goal = Gaussian(torch.tensor([0.5, -1.0], dtype=F64), torch.tensor([[0.6, -0.3], [-0.3, 2.0]], dtype=F64))
    theta = orthonormal(40, d, g)
    start = Gaussian(torch.zeros(d, dtype=F64), S)
    particles = integrate(
        SlicedWassersteinFlow(Empirical(goal.sample(n, g)), theta), start.sample(n, g), [0.0, 1.5], method=heun(0.1)
    )
    m, C = integrate(GaussianSlicedFlow(goal, theta), (start.mean, S), [0.0, 1.5], method=rk4(0.1)).final
    cloud_ = Empirical(particles.final)
    assert (cloud_.mean - m).abs().max() < 4 * sqrt(2.0 / n)
    assert (cloud_.covariance - C).abs().max() < 4 * sqrt(2 * 4.0 / n)


def test_normal_laws_descend_to_their_goal():
    goal = Gaussian(torch.tensor([0.5, -1.0], dtype=F64), torch.tensor([[0.6, -0.3], [-0.3, 2.0]], dtype=F64))
    start = (torch.zeros(2, dtype=F64), torch.tensor([[1.0, 0.4], [0.4, 0.5]], dtype=F64))
    m, S = integrate(GaussianSlicedFlow(goal, orthonormal(40, 2, seeded(0))), start, [0.0, 60.0], method=dopri5()).final
    torch.testing.assert_close(m, goal.mean, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(S, goal.covariance, rtol=1e-5, atol=1e-6)


@over_dimensions
def test_isotropic_laws_decay_at_the_rate_of_one_over_d(d):
    """F = F₀ e^{−2t/d}, means and deviations alike."""
    eye = torch.eye(d, dtype=F64)
    goal = Gaussian(torch.ones(d, dtype=F64), 0.25 * eye)
    flow = GaussianSlicedFlow(goal, orthonormal(10 * d, d, seeded(0)))
    path = integrate(flow, (torch.zeros(d, dtype=F64), 4.0 * eye), [0.0, 1.0, 3.0], method=rk4(0.02))
    for t, m, S in zip(path.t.tolist(), *path.x, strict=True):
        torch.testing.assert_close(m - goal.mean, -goal.mean * exp(-t / d), rtol=1e-8, atol=0)
        torch.testing.assert_close(S, (0.5 + 1.5 * exp(-t / d)) ** 2 * eye, rtol=1e-7, atol=1e-10)


# Mean gaps


@over_dimensions
def test_the_mean_gap_falls_at_the_rate_of_its_own_slope(d):
    """dFM*/dt = −E|∇⟨ω*, h⟩|² by central differences."""
    real, x = cloud(9, d, 2, 0.7), torch.randn(6, d, generator=seeded(1), dtype=F64)
    flow = MeanGapFlow(real, features)
    v = flow(torch.zeros(()), x)
    h = 1e-5
    ahead, behind = (mean_divergence(features, real, Empirical(x + s * h * v)).value for s in (1, -1))
    assert (ahead - behind) / (2 * h) == pytest.approx(-v.square().sum(1).mean().item(), rel=1e-6)


def test_the_mean_gap_flow_follows_the_witness_over_the_mmd():
    real, x = cloud(9, 2, 2, 0.7), torch.randn(6, 2, generator=seeded(1), dtype=F64)
    z = torch.randn(5, 2, generator=seeded(2), dtype=F64)
    D = MeanGapFlow(real, features).discriminator(x)
    witness = features(z) @ (features(real.points).mT @ real.weights) - features(z) @ features(x).mean(0)
    distance = mmd(real, Empirical(x), lambda a, b: features(a) @ features(b).mT)
    torch.testing.assert_close(D(z), witness / distance, rtol=1e-9, atol=1e-10)


@over_dimensions
def test_identity_features_transport_the_mean_at_unit_speed_and_stop(d):
    real, x = cloud(9, d, 2, 0.7), torch.randn(6, d, generator=seeded(1), dtype=F64)
    flow = MeanGapFlow(real, lambda z: z)
    gap = real.mean - x.mean(0)
    T = gap.norm().item()
    path = integrate(flow, x, [0.0, T / 2, T, 1.5 * T], method=euler(T / 40))
    torch.testing.assert_close(path.x[1], x + gap / 2, rtol=1e-12, atol=1e-12)
    for late in (path.x[2], path.x[3]):
        assert (late.mean(0) - real.mean).norm() <= T / 40 * (1 + 1e-9)
    torch.testing.assert_close(
        flow(torch.zeros(()), real.points.repeat(1, 1)[:1] * 0 + real.mean), torch.zeros(1, d, dtype=F64)
    )


@pytest.mark.parametrize("D", [2, 3, 10])
def test_the_angle_to_the_gap_follows_its_formula(D):
    gap = torch.randn(D, generator=seeded(D), dtype=F64)
    omega = sphere(1, D, seeded(9))[0]
    t = [0.0, 0.4, 1.0]
    path = integrate(DirectionFlow(gap, 0.7), omega, t, method=rk4(0.01))
    angle = torch.acos(path.x @ gap / gap.norm()).tolist()
    for time, a in zip(t, angle, strict=True):
        assert tan(a / 2) == pytest.approx(tan(angle[0] / 2) * exp(-0.7 * gap.norm().item() * time), rel=1e-6)
    torch.testing.assert_close(path.x.norm(dim=1), torch.ones(3, dtype=F64), rtol=1e-8, atol=0)


# SAN between two points


@pytest.mark.parametrize("d", [2, 3, 5])
def test_dirac_san_keeps_its_invariant(d):
    flow = DiracSAN(torch.randn(d, generator=seeded(1), dtype=F64), 0.6)
    start = (torch.zeros(d, dtype=F64), sphere(1, d, seeded(2))[0])
    path = integrate(flow, start, torch.linspace(0, 10, 9), method=rk4(0.05))
    values = flow.invariant(path.x)
    assert values.shape == (9,)
    torch.testing.assert_close(values, values[:1].expand(9), rtol=1e-5, atol=0)
    assert torch.equal(flow.invariant(start), values[0])
    torch.testing.assert_close(path.x[1].norm(dim=1), torch.ones(9, dtype=F64), rtol=1e-5, atol=0)


def test_dirac_san_circles_and_never_arrives():
    flow = DiracSAN(torch.zeros(2, dtype=F64), 2.0)
    start = (torch.tensor([flow.radius, 0.0], dtype=F64), torch.tensor([0.0, 1.0], dtype=F64))
    m, _ = integrate(flow, start, [0.0, 5.0], method=rk4(0.02)).x
    torch.testing.assert_close(m.norm(dim=1), torch.full((2,), 1 / sqrt(2), dtype=F64), rtol=1e-7, atol=0)
    assert flow.period == pytest.approx(pi)


X = even(cloud(5, 2, 1))
THETA = sphere(4, 2, seeded(0))
REFUSED = {
    "directions elsewhere": (lambda: SlicedWassersteinFlow(X, sphere(4, 3, seeded(0))), r"in R\^2; got shape \(4, 3\)"),
    "mixed dtypes": (lambda: SlicedWassersteinFlow(X, THETA.float()), "dtype of the data; got torch.float32 for torch.float64"),
    "particles elsewhere": (
        lambda: SlicedWassersteinFlow(X, THETA)(torch.zeros(()), torch.zeros(2, 3, dtype=F64)),
        r"one space; got shapes \(2, 3\) and \(5, 2\)",
    ),
    "no fresh direction": (lambda: ResampledSlicedFlow(X, 0), "directions in each step is an integer ≥ 1; got 0"),
    "seed": (lambda: ResampledSlicedFlow(X, 3, -1), "seed is an integer ≥ 0 and < 2⁶³; got -1"),
    "adaptive": (
        lambda: integrate(ResampledSlicedFlow(X, 3), X.points, [0.0, 1.0], method=dopri5()),
        "a flow with memory.*fixed step",
    ),
    "graph": (lambda: MeanGapFlow(X, features)(torch.zeros(()), X.points.clone().requires_grad_()), "freezes ω.: .*detach"),
    "no gap": (lambda: MeanGapFlow(X, lambda z: z).discriminator(X.points), "features whose means differ"),
    "rate": (lambda: DirectionFlow(torch.ones(2), 0.0), "rate η of a DirectionFlow is a finite number > 0; got 0.0"),
    "a gap without numbers": (lambda: DirectionFlow(torch.tensor([1.0, float("nan")])), "gap of a DirectionFlow is finite"),
    "one feature": (lambda: DirectionFlow(torch.ones(1)), r"tangents for D ≥ 2; got a gap of shape \(1,\)"),
    "Dirac rate": (lambda: DiracSAN(torch.ones(2), -1.0), "rate η of a DiracSAN is a finite number > 0; got -1.0"),
    "Dirac line": (lambda: DiracSAN(torch.ones(1)), r"d ≥ 2.*got a target of shape \(1,\)"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_flow_is_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()


def test_dtype_and_device_follow_the_particles():
    real = Empirical(X.points.float())
    flow = SlicedWassersteinFlow(real, THETA.float())
    assert flow(torch.zeros(()), X.points.float()).dtype == torch.float32
    assert ResampledSlicedFlow(real, 3).freeze(torch.zeros(()), real.points, ())[0].directions.dtype == torch.float32
    assert MeanGapFlow(real, lambda z: z)(torch.zeros(()), X.points.float() + 1).dtype == torch.float32
    far = SlicedWassersteinFlow(Empirical(X.points.to("meta"), X.weights.to("meta")), THETA.to("meta"))
    assert far(torch.zeros((), device="meta"), torch.zeros(7, 2, dtype=F64, device="meta")).shape == (7, 2)
    state = (torch.zeros(2, device="meta"), torch.ones(2, device="meta"))
    assert DiracSAN(torch.zeros(2, device="meta"))(torch.zeros(()), state)[1].device.type == "meta"
    np.testing.assert_allclose(flow(torch.zeros(()), real.points).abs().max(), 0, atol=1e-6)
