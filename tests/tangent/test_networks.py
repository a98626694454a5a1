"""Laws of networks of finite width: their Jacobians, their own kernels, and what both tend to."""

from functools import partial

import numpy as np
import pytest
import sympy as sp
import torch
from torch import nn

from gantheory._errors import Refusal
from gantheory.kernels import (
    ERF,
    RELU,
    SIGMOID_LIKE,
    Antisymmetric,
    Architecture,
    EmpiricalTangentKernel,
    Kernel,
    Perceptron,
    gaussian_activation,
    nngp_kernel,
    rbf_activation,
    sine_activation,
    tangent_blocks,
    tangent_kernel,
)
from gantheory.kernels.tangent import u
from gantheory.kernels.zonal import Pair
from tests.tangent.reference import points

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
SMOOTH = {
    "erf": ERF,
    "sigmoid": SIGMOID_LIKE,
    "sine": sine_activation(0.8, 1.3, 0.4),
    "rbf": rbf_activation(0.7),
    "gaussian": gaussian_activation(1.3, -0.3),
}


def module(outputs=1, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, outputs)).double()


def by_backward(net, x):
    """(n, k, p): one backward pass for each output of each point."""
    rows = []
    for point in x:
        outputs = net(point[None])[0]
        each = [torch.autograd.grad(out, list(net.parameters()), retain_graph=True) for out in outputs]
        rows.append(torch.stack([torch.cat([g.flatten() for g in parts]) for parts in each]))
    return torch.stack(rows)


def expectation(f, g, a, b, c):
    """E f(U) g(V) for the covariance (a, c; c, b), on 60 × 60 Gauss–Hermite nodes."""
    U, W = np.meshgrid(NODES, NODES, indexing="ij")
    values = f(np.sqrt(a) * U) * g(c / np.sqrt(a) * U + np.sqrt(b - c * c / a) * W)
    return float(WEIGHTS @ values @ WEIGHTS / (2 * np.pi))


@pytest.mark.parametrize("name", SMOOTH)
def test_duals_are_gaussian_expectations(name):
    activation, (a, b, c) = SMOOTH[name], (0.8, 1.1, 0.37)
    features = Pair(*(torch.tensor([[v]], dtype=torch.float64) for v in (a, b, c, a + b - 2 * c, a * b - c * c)), dim=1)
    made, slope = activation(features)
    f, df = (sp.lambdify(u, e, ["scipy", "numpy"]) for e in (activation.function, activation.function.diff(u)))
    for found, args in ((made.k12, (f, f, a, b, c)), (made.k11, (f, f, a, a, a * (1 - 1e-15))), (slope, (df, df, a, b, c))):
        assert found.item() == pytest.approx(expectation(*args), rel=1e-7)
    assert made.gap.item() == pytest.approx((made.k11 + made.k22 - 2 * made.k12).item(), rel=1e-12)
    assert made.area.item() == pytest.approx((made.k11 * made.k22 - made.k12**2).item(), rel=1e-12)


def test_empirical_kernels_are_products_of_jacobians():
    net, x, y = module(), points(7, 2, 1), points(5, 2, 2)
    kernel = EmpiricalTangentKernel(net)
    gram = by_backward(net, x)[:, 0] @ by_backward(net, y)[:, 0].mT
    assert isinstance(kernel, Kernel)
    assert torch.allclose(kernel(x, y), gram, rtol=1e-12)
    z = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad((kernel(z, y) @ torch.arange(5.0).double()).sum(), z)
    assert torch.allclose((kernel.gradient(x, y) * torch.arange(5.0)[:, None]).sum(1), slope, rtol=1e-12)


def test_blocks_are_products_of_jacobians():
    net, x, y = module(outputs=3), points(4, 2, 3), points(5, 2, 4)
    left, right = by_backward(net, x), by_backward(net, y)
    assert torch.allclose(tangent_blocks(net, x, y), torch.einsum("nap,mbp->nmab", left, right), rtol=1e-12)


def test_tiles_do_not_change_the_numbers(monkeypatch):
    net, x, y = module(), points(7, 2, 5), points(5, 2, 6)
    kernel = EmpiricalTangentKernel(net)
    whole = kernel(x, y), kernel.gradient(x, y), tangent_blocks(net, x, y)
    monkeypatch.setattr("gantheory.kernels.tangent.empirical.NUMBERS", 60)
    for found, expected in zip((kernel(x, y), kernel.gradient(x, y), tangent_blocks(net, x, y)), whole, strict=True):
        assert torch.allclose(found, expected, rtol=1e-13)


def test_a_kernel_keeps_the_parameters_it_was_made_with():
    net, x = module(), points(4, 2, 7)
    kernel = EmpiricalTangentKernel(net)
    before = kernel(x, x)
    with torch.no_grad():
        net[0].weight.mul_(3)
    assert torch.equal(kernel(x, x), before)
    assert not torch.allclose(EmpiricalTangentKernel(net)(x, x), before)


@pytest.mark.parametrize("activation", [RELU, ERF, sine_activation(1.0, 0.8, 0.3)], ids=["relu", "erf", "sine"])
def test_wide_perceptrons_tend_to_the_recursion(activation):
    """The mean over 24 networks of width 256 within 4 standard errors, plus the bias 1/width of the mean."""
    x, generator = points(3, 2, 8), torch.Generator().manual_seed(3)
    shape = Architecture(2, activation, 1.2, 0.5, 0.3)
    nets = [Perceptron(shape, 2, 256, generator) for _ in range(24)]
    found = torch.stack([EmpiricalTangentKernel(net)(x, x) for net in nets])
    exact = tangent_kernel(2, activation, 1.2, 0.5, output_bias=0.3)(x, x)
    error = found.std(0) / 24**0.5
    assert bool(((found.mean(0) - exact).abs() <= 4 * error + 2 * exact.abs() / 256).all())
    outputs = torch.stack([net(x)[:, 0] for net in nets])
    assert outputs.detach().square().mean() == pytest.approx(
        nngp_kernel(2, activation, 1.2, 0.5, output_bias=0.3)(x, x).diagonal().mean().item(), rel=0.6
    )


def test_a_perceptron_has_a_bias_where_its_layers_have_one():
    generator = torch.Generator().manual_seed(0)
    shapes = lambda *biases: [tuple(p.shape) for p in Perceptron(Architecture(2, RELU, 1.0, *biases), 3, 5, generator).biases]  # noqa: E731
    assert shapes(0.0) == []
    assert shapes(0.4) == [(5,), (5,), (1,)]
    assert shapes(0.4, 0.0) == [(5,), (5,)]
    assert shapes(0.0, 0.4) == [(1,)]


def test_the_antisymmetric_network_begins_at_0_with_the_same_kernel():
    net, x = Perceptron(Architecture(1, RELU, 1.0, 1.0), 2, 16, torch.Generator().manual_seed(1)), points(5, 2, 9)
    both = Antisymmetric(net)
    assert torch.equal(both(x), torch.zeros(5, 1, dtype=torch.float64))
    assert torch.allclose(EmpiricalTangentKernel(both)(x, x), EmpiricalTangentKernel(net)(x, x), rtol=1e-12)
    (weights,) = {p.data_ptr() for p in net.parameters()} & {p.data_ptr() for p in both.parameters()} or (None,)
    assert weights is None


REFUSED = {
    "batch normalisation": (
        lambda: EmpiricalTangentKernel(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))),
        "each sample by",
    ),
    "no parameters": (lambda: EmpiricalTangentKernel(nn.ReLU()), "has parameters"),
    "no module": (lambda: tangent_blocks(lambda x: x, points(2, 2, 1), points(2, 2, 1)), "torch.nn.Module"),
    "two outputs": (
        lambda: EmpiricalTangentKernel(module(2))(points(2, 2, 1), points(2, 2, 1)),
        "one output; got 2 outputs. Use tangent_blocks",
    ),
    "width 0": (partial(Perceptron, Architecture(1, RELU), 2, 0, torch.Generator()), "width of a Perceptron is an integer ≥ 1"),
    "dimension 0": (partial(Perceptron, Architecture(1, RELU), 0, 2, torch.Generator()), "input dimension of a Perceptron"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    build, words = REFUSED[name]
    with pytest.raises(Refusal, match=words):
        build()
