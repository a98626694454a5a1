"""Measures, kernels and transport between symmetrised measures, against orbits that are written out."""

import numpy as np
import ot
import pytest
import torch

from gantheory._errors import Refusal
from gantheory.groups import Group, cyclic, dihedral, permutations, reflections, sign, trivial
from gantheory.kernels import Kernel, KernelExpansion, Radial, SymmetrisedKernel, gaussian, polyharmonic
from gantheory.measures import Empirical, Gaussian, Mixture, is_invariant_measure, symmetrised_measure
from gantheory.metrics import (
    entropic_quotient_cost,
    mmd,
    mmd_squared,
    orbit_cost,
    quotient_wasserstein,
    soft_orbit_cost,
    wasserstein,
)
from gantheory.transport import entropic_cost, entropic_plan, plan

GROUPS = [sign(1), cyclic(3), cyclic(4), dihedral(4), permutations(3), reflections(3)]
STRETCH = Group(torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 2.0], [0.5, 0.0]]], dtype=torch.float64), isometric=False)


def cloud(n, d, seed, shift=0.4):
    rng = np.random.default_rng(seed)
    return Empirical(torch.from_numpy(rng.normal(shift, 1.0, (n, d))), torch.from_numpy(0.2 + rng.random(n)))


def test_the_orbit_cloud_holds_the_images_with_shares_of_the_weight():
    x, group = cloud(5, 2, 0), cyclic(4)
    S = symmetrised_measure(x, group)
    assert len(S) == 20
    for s, T in enumerate(group.elements):
        for i in range(5):
            assert torch.allclose(S.points[5 * s + i], T @ x.points[i])
            assert float(S.weights[5 * s + i]) == pytest.approx(float(x.weights[i]) / 4, rel=1e-14)
    assert is_invariant_measure(S, group)
    assert not is_invariant_measure(x, group)
    assert is_invariant_measure(symmetrised_measure(x, dihedral(4)), cyclic(4))
    assert not is_invariant_measure(Empirical(S.points, 1 + torch.arange(20.0, dtype=torch.float64)), group)
    assert is_invariant_measure(x, trivial(2))


@pytest.mark.parametrize("group", [cyclic(3), dihedral(2)], ids=str)
def test_densities_average_over_the_group(group):
    C = torch.tensor([[0.5, 0.2], [0.2, 0.9]], dtype=torch.float64)
    law = Gaussian(torch.tensor([1.0, 0.3], dtype=torch.float64), C)
    mixture = Mixture(torch.tensor([1.0, 3.0]), (law, Gaussian(torch.zeros(2, dtype=torch.float64), 2 * C)))
    x = torch.randn(9, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for measure in (law, mixture):
        S = symmetrised_measure(measure, group)
        by_hand = torch.stack([measure.density(x @ T.T) for T in group.elements]).mean(0)
        assert torch.allclose(S.density(x), by_hand, rtol=1e-13)
        assert torch.allclose(S.density(x @ group.elements[1].T), by_hand, rtol=1e-13)


@pytest.mark.parametrize("group", GROUPS, ids=str)
@pytest.mark.parametrize("kernel", [gaussian(0.8), polyharmonic(2, 3), Radial(-polyharmonic(1, 1).profile * -1)])
def test_symmetrised_kernels_average_images(group, kernel):
    x, z = cloud(4, group.dim, 1).points, cloud(6, group.dim, 2).points
    K = SymmetrisedKernel(kernel, group)
    assert isinstance(K, Kernel)
    by_hand = torch.stack([kernel(x, z @ T.T) for T in group.elements]).mean(0)
    assert torch.allclose(K(x, z), by_hand, rtol=1e-13, atol=1e-14)
    assert torch.allclose(K(x, z), K(z, x).T, rtol=1e-12, atol=1e-13)
    for T in group.elements:
        assert torch.allclose(K(x @ T.T, z), K(x, z), rtol=1e-12, atol=1e-13)
        assert torch.allclose(K(x, z @ T.T), K(x, z), rtol=1e-12, atol=1e-13)
    rows = x.clone().requires_grad_()
    (autograd,) = torch.autograd.grad(K(rows, z).sum(), rows)
    assert torch.allclose(K.gradient(x, z).sum(1), autograd, rtol=1e-12, atol=1e-13)
    weights = torch.linspace(-1, 1.3, 6, dtype=torch.float64)
    D = KernelExpansion(K, z, weights)
    assert torch.allclose(D(x), K(x, z) @ weights, rtol=1e-12, atol=1e-13)
    assert torch.allclose(D.gradient(x), (K.gradient(x, z) * weights[:, None]).sum(1), rtol=1e-12, atol=1e-13)


class Product:
    """k(x, y) = Σ_k a_k x_k y_k: linear."""

    def __init__(self, weights):
        self.weights = torch.tensor(weights, dtype=torch.float64)

    def __call__(self, x, y):
        return x * self.weights @ y.T

    def gradient(self, x, y):
        return (self.weights * y)[None].expand(len(x), -1, -1)


def test_other_kernels_are_tried_for_invariance():
    K = SymmetrisedKernel(Product([2.0, 2.0]), cyclic(4))
    assert float(K(torch.ones(2, 2, dtype=torch.float64), torch.rand(3, 2, dtype=torch.float64)).abs().max()) <= 1e-15
    for kernel, group, words in (
        (Product([1.0, 2.0]), cyclic(4), "a Product that C4 changes by"),
        (gaussian(1.0), STRETCH, "not isometric"),
        (lambda x, y: x @ y.T, cyclic(4), "averages a Kernel; got function"),
        (gaussian(1.0), "C4", "over a Group; got str"),
    ):
        with pytest.raises(Refusal) as caught:
            SymmetrisedKernel(kernel, group)
        assert words in str(caught.value)
    assert SymmetrisedKernel(Product([1.0, 2.0]), reflections(2)) is not None


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_mmd_with_the_averaged_kernel_is_that_of_orbits(group):
    x, z = cloud(5, group.dim, 3), cloud(8, group.dim, 4, -0.5)
    orbits = [symmetrised_measure(m, group) for m in (x, z)]
    assert mmd(x, z, SymmetrisedKernel(gaussian(1.1), group)) == pytest.approx(mmd(*orbits, gaussian(1.1)), rel=1e-12)
    assert mmd_squared(x, orbits[0], SymmetrisedKernel(gaussian(1.1), group)) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("group", GROUPS, ids=str)
@pytest.mark.parametrize("order", [1, 2])
def test_quotient_transport_is_transport_of_orbits(group, order):
    x, z = cloud(5, group.dim, 5), cloud(7, group.dim, 6, -0.3)
    orbits = [symmetrised_measure(m, group) for m in (x, z)]
    assert quotient_wasserstein(x, z, group, order) == pytest.approx(wasserstein(*orbits, order), rel=1e-9)
    assert quotient_wasserstein(x, symmetrised_measure(x, group), group, order) == pytest.approx(0, abs=1e-7)
    least = torch.stack([torch.cdist(x.points, z.points @ T.T) for T in group.elements]).min(0)[0] ** order
    assert np.allclose(orbit_cost(x, z, group, order), least.numpy(), rtol=1e-12)


@pytest.mark.parametrize("group", [sign(1), cyclic(4), permutations(3)], ids=str)
@pytest.mark.parametrize("order", [1, 2])
def test_entropic_transport_of_orbits_sees_the_soft_minimum(group, order):
    x, z = cloud(4, group.dim, 7), cloud(6, group.dim, 8)
    orbits = [symmetrised_measure(m, group) for m in (x, z)]
    a, b = (m.weights.numpy() for m in orbits)
    cost = torch.cdist(*(m.points for m in orbits)).numpy() ** order
    for epsilon in (0.3, 2.0):
        assert entropic_quotient_cost(x, z, group, order, epsilon) == pytest.approx(
            entropic_cost(cost, a, b, epsilon), rel=1e-9
        )
    soft, hard = soft_orbit_cost(x, z, group, order, 0.4), orbit_cost(x, z, group, order)
    assert (soft >= hard - 1e-14).all()
    assert (soft <= hard + 0.4 * np.log(group.order) + 1e-14).all()
    assert np.allclose(soft_orbit_cost(x, z, group, order, 1e-4), hard, atol=1e-3)
    assert np.allclose(soft_orbit_cost(x, z, trivial(group.dim), order, 0.4), orbit_cost(x, z, trivial(group.dim), order))


def test_entropic_plans_solve_their_problem():
    rng = np.random.default_rng(0)
    c, a, b = rng.random((5, 8)) * 3, rng.random(5) + 0.1, rng.random(8) + 0.1
    a, b = a / a.sum(), b / b.sum()
    for epsilon in (0.05, 0.5, 5.0):
        P, u, v, cost, value = entropic_plan(c, a, b, epsilon)
        assert np.abs(P.sum(1) - a).max() <= 1e-11
        assert np.abs(P.sum(0) - b).max() <= 1e-11
        assert np.allclose(P, a[:, None] * b * np.exp((u[:, None] + v - c) / epsilon), rtol=1e-9)
        divergence = float((P * np.log(P / np.outer(a, b))).sum())
        assert cost == pytest.approx((P * c).sum(), rel=1e-12)
        assert value == pytest.approx(cost + epsilon * divergence, rel=1e-11)
        assert value == pytest.approx(a @ u + b @ v, rel=1e-10)
        kernel, s = np.exp(-c / epsilon), np.ones(8)
        for _ in range(5000):
            r = a / (kernel @ s)
            s = b / (kernel.T @ r)
        assert np.allclose(P, r[:, None] * kernel * s, atol=1e-10)
    exact = plan(c, a, b).value
    assert exact < entropic_cost(c, a, b, 0.01) < exact + 0.01 * np.log(40)
    assert entropic_cost(c, a, b, 1e4) == pytest.approx(a @ c @ b, rel=1e-3)
    assert entropic_plan(np.zeros((2, 2)), np.full(2, 0.5), np.full(2, 0.5), 1.0).value == pytest.approx(0, abs=1e-12)


def test_splitting_a_point_changes_no_entropic_value():
    c, a = np.array([[0.3, 1.0, 0.7], [0.9, 0.2, 0.4]]), np.array([0.4, 0.6])
    b = np.array([0.5, 0.2, 0.3])
    split = entropic_cost(c[[0, 0, 1]], np.array([0.1, 0.3, 0.6]), b, 0.3)
    assert split == pytest.approx(entropic_cost(c, a, b, 0.3), rel=1e-11)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: entropic_plan(np.ones((2, 2)), np.full(2, 0.5), np.full(2, 0.5), 0.0),
            "ε is a finite number > 0; got 0.0. Use plan",
        ),
        (lambda: entropic_plan(np.ones((2, 2)), np.full(2, 0.5), np.full(2, 0.5), float("nan")), "got nan"),
        (lambda: entropic_plan(np.ones((2, 2)), np.array([0.0, 1.0]), np.full(2, 0.5), 1.0), "positive; got a mass of 0"),
        (lambda: entropic_plan(np.ones((2, 2)), np.full(2, 1.0), np.full(2, 1.0), 1.0), "sum to 1; got 2"),
        (lambda: entropic_plan(np.ones((2, 2)), np.full(2, 0.5), np.full(2, 0.4), 1.0), "same mass"),
        (lambda: entropic_plan(np.full((2, 2), np.inf), np.full(2, 0.5), np.full(2, 0.5), 1.0), "costs are finite"),
        (lambda: quotient_wasserstein(cloud(3, 2, 0), cloud(3, 2, 1), STRETCH), "not isometric"),
        (lambda: quotient_wasserstein(cloud(3, 2, 0), cloud(3, 3, 1), cyclic(4)), "one space"),
        (lambda: quotient_wasserstein(cloud(3, 3, 0), cloud(3, 3, 1), cyclic(4)), "quotient of R^3 needs a Group"),
        (lambda: quotient_wasserstein(cloud(3, 2, 0), cloud(3, 2, 1), cyclic(4), 3), "order 1 or 2; got order 3"),
        (lambda: soft_orbit_cost(cloud(3, 2, 0), cloud(3, 2, 1), cyclic(4), 2, 0.0), "Use orbit_cost for ε = 0"),
        (lambda: symmetrised_measure(cloud(3, 3, 0), cyclic(4)), "C4 acts on R^2; got a measure on R^3"),
        (lambda: is_invariant_measure(cloud(3, 3, 0), cyclic(4)), "measure on R^3"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(Refusal) as caught:
        make()
    assert words in str(caught.value)


def test_an_unconverged_iteration_is_refused(monkeypatch):
    import gantheory.transport.entropic as module

    monkeypatch.setattr(module, "ITERATIONS", 20)
    rng = np.random.default_rng(1)
    with pytest.raises(Refusal, match="after 20 sweeps"):
        entropic_plan(rng.random((6, 6)), np.full(6, 1 / 6), np.full(6, 1 / 6), 1e-3)
    assert ot.__version__


def test_other_measures_are_refused():
    class Strange:
        dim = 2

        def sample(self, n, generator):
            return torch.zeros(n, 2)

    with pytest.raises(Refusal, match="an Empirical, a Gaussian or a Mixture; got Strange"):
        symmetrised_measure(Strange(), cyclic(4))


def test_dtype_follows():
    x = Empirical(cloud(4, 2, 0).points.float())
    S = symmetrised_measure(x, dihedral(3))
    assert S.points.dtype == S.weights.dtype == torch.float32
    assert is_invariant_measure(S, dihedral(3))
    assert SymmetrisedKernel(gaussian(1.0), cyclic(3))(x.points, x.points).dtype == torch.float32
    meta = torch.ones(3, 2, device="meta")
    assert SymmetrisedKernel(gaussian(1.0), cyclic(3)).gradient(meta, meta).shape == (3, 3, 2)
    assert len(symmetrised_measure(Empirical(meta), cyclic(3))) == 9
