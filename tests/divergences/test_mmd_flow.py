"""MMD flows: the gradient of ½MMD² by autograd, its dissipation, noise injection, embeddings, refusals."""

from dataclasses import dataclass

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory._types import Field
from gantheory.flows import MMDFlow, gaussian_embedding
from gantheory.integration import Remembering, dopri5, euler, heun, integrate, rk4
from gantheory.kernels import Direct, Radial, gaussian
from gantheory.measures import Empirical, Gaussian, ring
from gantheory.metrics import mmd_squared
from gantheory.symbolic import r

T = torch.tensor(0.0, dtype=torch.float64)


@dataclass(frozen=True)
class Cubic:
    """(c + x·y)³: no function of the distance."""

    c: float = 1.3

    def __call__(self, x, y):
        return (self.c + x @ y.mT) ** 3

    def gradient(self, x, y):
        return (3 * (self.c + x @ y.mT) ** 2)[..., None] * y[None]


def distance(x, y):
    """|x − y| with gradient 0 where they meet."""
    square = (x[:, None] - y[None]).square().sum(-1)
    return torch.where(square > 0, square, 1.0).sqrt() * (square > 0)


KERNELS = {
    "gaussian": (gaussian(0.7), lambda x, y: torch.exp(-(distance(x, y) ** 2) / (2 * 0.49))),
    "energy": (Radial(-r, 1), lambda x, y: -distance(x, y)),
    "inverse multiquadric": (Radial(1 / sp.sqrt(1 + r**2)), lambda x, y: (1 + distance(x, y) ** 2) ** -0.5),
    "cubic": (Cubic(), lambda x, y: (1.3 + x @ y.mT) ** 3),
}


def clouds(dim, n=7, m=11):
    """Particles and their weights, weighted data."""
    rng = np.random.default_rng(dim)
    x, w = rng.normal(0.3, 1.1, (n, dim)), rng.random(n)
    data = Empirical(torch.from_numpy(rng.normal(-0.2, 0.8, (m, dim))), torch.from_numpy(rng.random(m)))
    return torch.from_numpy(x), torch.from_numpy(w / w.sum()), data


def half_square(k, x, w, data):
    """½MMD² as it is written."""
    y, v = data.points, data.weights
    return 0.5 * (w @ k(x, x) @ w - 2 * w @ k(x, y) @ v + v @ k(y, y) @ v)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("name", KERNELS)
def test_velocity_is_the_gradient_of_half_mmd_squared(name, dim):
    """−(1/w_i) ∂F/∂x_i by autograd; weights rest; equal weights without a tuple."""
    kernel, k = KERNELS[name]
    x, w, data = clouds(dim)
    for weights in (w, torch.full_like(w, 1 / 7)):
        leaf = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(half_square(k, leaf, weights, data), leaf)
        v, rest = MMDFlow(kernel, data)(T, (x, weights))
        torch.testing.assert_close(v, -slope / weights[:, None], rtol=1e-11, atol=1e-12)
        assert torch.equal(rest, torch.zeros_like(w))
    torch.testing.assert_close(MMDFlow(kernel, data)(T, x), v, rtol=1e-13, atol=1e-14)


def test_the_witness_is_positive_where_particles_are_too_many():
    x, w, data = clouds(2)
    f = MMDFlow(gaussian(0.7), data).witness(x, w)
    k = KERNELS["gaussian"][1]
    torch.testing.assert_close(f(x), k(x, x) @ w - k(x, data.points) @ data.weights, rtol=1e-12, atol=1e-14)


def test_the_energy_falls_as_the_dissipation_says():
    """Central differences of ½MMD² along the flow against −Σ w|∇f|²."""
    x, w, data = clouds(2)
    kernel = gaussian(0.7)
    flow, h = MMDFlow(kernel, data), 1e-3
    middle = integrate(flow, (x, w), [0, 0.5], method=rk4(0.05)).final
    ends = [integrate(flow, middle, [0, s * h], method=rk4(h)).final for s in (1, -1)]
    values = [0.5 * mmd_squared(Empirical(*state), data, kernel) for state in ends]
    v = flow(T, middle)[0]
    assert (values[0] - values[1]) / (2 * h) == pytest.approx(-float(w @ v.square().sum(1)), rel=1e-5)


def test_without_self_pairs_a_radial_kernel_only_changes_the_mean():
    """∇k(x, x) = 0: the U-statistic divides the particles' sum by n − 1 instead of n."""
    x, _, data = clouds(2)
    whole, own = (MMDFlow(gaussian(0.7), data, sums)(T, x) for sums in (Direct(), Direct(self_pairs=False)))
    drawn = -Radial(gaussian(0.7).profile).gradient(x, x).sum(1)
    torch.testing.assert_close(own - whole, drawn / 6 - drawn / 7, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_gaussian_embedding_is_the_mean_over_the_law(dim):
    """Against Gauss–Hermite quadrature, values and gradients."""
    rng = np.random.default_rng(dim)
    L = np.eye(dim) + 0.3 * rng.normal(size=(dim, dim))
    law = Gaussian(torch.from_numpy(rng.normal(size=dim)), torch.from_numpy(L @ L.T))
    z, w = np.polynomial.hermite_e.hermegauss(30)
    nodes = np.stack(np.meshgrid(*[z] * dim, indexing="ij"), -1).reshape(-1, dim)
    weights = np.prod(np.stack(np.meshgrid(*[w / w.sum()] * dim, indexing="ij"), -1).reshape(-1, dim), 1)
    y, x = torch.from_numpy(law.mean.numpy() + nodes @ L.T), torch.from_numpy(rng.normal(size=(5, dim)))
    e, kernel = gaussian_embedding(2.3, law), gaussian(2.3)
    assert isinstance(e, Field)
    torch.testing.assert_close(e(x), kernel(x, y) @ torch.from_numpy(weights), rtol=1e-9, atol=0)
    torch.testing.assert_close(e.gradient(x), torch.einsum("nmd,m->nd", kernel.gradient(x, y), torch.from_numpy(weights)))
    flow, sampled = MMDFlow(kernel, embedding=e), MMDFlow(kernel, Empirical(y, torch.from_numpy(weights)))
    torch.testing.assert_close(flow(T, x), sampled(T, x), rtol=1e-8, atol=1e-9)
    torch.testing.assert_close(flow.witness(x)(x), sampled.witness(x)(x), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("level", [0.4, lambda t: 0.4 / (1 + 3 * t)], ids=["constant", "falling"])
def test_noise_moves_the_point_of_evaluation_and_not_the_particle(level):
    """x⁺ = x − h ∇f(x + b U), by hand."""
    x, _, data = clouds(2)
    kernel, h = gaussian(0.7), 0.2
    path = integrate(MMDFlow(kernel, data).noisy(level, seed=3), x, [0, 3 * h], method=euler(h))
    generator = torch.Generator().manual_seed(3)
    for n in range(3):
        b = level(n * h) if callable(level) else level
        at = x + b * torch.randn(x.shape, generator=generator, dtype=x.dtype)
        pull = torch.einsum("nmd,m->nd", kernel.gradient(at, data.points), data.weights) - kernel.gradient(at, x).mean(1)
        x = x + h * pull
    torch.testing.assert_close(path.final, x, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("method", [euler(0.1), heun(0.1)], ids=lambda m: m.name)
def test_noise_resumes_bit_for_bit(method):
    x, w, data = clouds(2)
    flow = MMDFlow(gaussian(0.7), data).noisy(0.3)
    whole = integrate(flow, (x, w), [0, 0.5, 1.0], method=method)
    first = integrate(flow, (x, w), [0, 0.5], method=method)
    rest = integrate(flow, first.final, [0.5, 1.0], method=method, memory=first.memory)
    assert torch.equal(rest.final[0], whole.final[0])
    other = integrate(MMDFlow(gaussian(0.7), data).noisy(0.3, seed=1), (x, w), [0, 0.5, 1.0], method=method)
    assert not torch.equal(other.final[0], whole.final[0])


def test_noise_of_level_zero_is_none():
    x, _, data = clouds(3)
    flow = MMDFlow(gaussian(0.7), data)
    with_noise, without = (integrate(f, x, [0, 0.4], method=heun(0.1)).final for f in (flow.noisy(0.0), flow))
    assert torch.equal(with_noise, without)
    assert not isinstance(flow, Remembering)
    assert isinstance(flow.noisy(0.1), Remembering)


def test_dtype_and_device_follow_the_particles():
    x, _, data = clouds(2)
    single = Empirical(data.points.float(), data.weights.float())
    v = MMDFlow(gaussian(0.7), single)(T.float(), x.float())
    assert v.dtype == torch.float32
    torch.testing.assert_close(v.double(), MMDFlow(gaussian(0.7), data)(T, x), rtol=1e-4, atol=1e-5)
    here = Empirical(torch.empty(4, 2, device="meta"))
    assert MMDFlow(gaussian(0.7), here)(T.float(), torch.empty(3, 2, device="meta")).device.type == "meta"


X, W, DATA = clouds(2)
FLOW = MMDFlow(gaussian(0.7), DATA)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MMDFlow("gaussian", DATA), r"MMDFlow takes a Kernel.*got str.*gaussian\(width\)"),
        (lambda: MMDFlow(gaussian(1.0)), r"real=, a sample, or embedding=.*got neither"),
        (lambda: MMDFlow(gaussian(1.0), DATA, embedding=lambda x: x[:, 0]), r"got both"),
        (lambda: MMDFlow(gaussian(1.0), ring()), r"an Empirical; got Mixture. Sample it"),
        (lambda: MMDFlow(gaussian(1.0), embedding=3.0), r"embedding of MMDFlow is a Field.*got float"),
        (lambda: FLOW(T, X[:, :1]), r"share dimension, dtype and device with the data.*got a float64 tensor of dimension 1"),
        (lambda: FLOW(T, X.float()), r"share dimension, dtype and device.*float32"),
        (lambda: FLOW(T, X.clone().requires_grad_()), r"freezes its witness.*Use x.detach"),
        (lambda: FLOW(T, (X, -W)), r"nonnegative"),
        (lambda: FLOW(T, (X, W[:2])), r"have shape \(7,\)"),
        (lambda: MMDFlow(gaussian(1.0), DATA, Direct(self_pairs=False))(T, (X, W)), r"points of equal weight"),
        (lambda: FLOW.noisy(-0.1), r"noise injection is a finite number ≥ 0"),
        (lambda: FLOW.noisy(float("nan")), r"noise injection is a finite number ≥ 0"),
        (lambda: FLOW.noisy(True), r"noise injection is a finite number ≥ 0"),
        (lambda: FLOW.noisy(0.1, seed=0.5), r"seed of noise injection is an integer ≥ 0 and < 2⁶³; got 0.5"),
        (lambda: FLOW.noisy(lambda t: -1.0).freeze(T, X, ()), r"noise injection is a finite number ≥ 0"),
        (lambda: integrate(FLOW.noisy(0.1), X, [0, 1], method=dopri5()), r"a flow with memory"),
        (lambda: gaussian_embedding(0.0, Gaussian(X[0], torch.eye(2).double())), r"width σ of a Gaussian kernel is a length"),
        (lambda: gaussian_embedding(1.0, ring()), r"gaussian_embedding is of a Gaussian; got Mixture"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(Refusal, match=words):
        make()
