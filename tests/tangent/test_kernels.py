"""Laws of analytic tangent kernels: values and gradients to their last digits, self-pairs, kinks, and what is refused."""

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.kernels import (
    ERF,
    RELU,
    SIGMOID_LIKE,
    Dual,
    Kernel,
    KernelExpansion,
    erf_activation,
    gaussian_activation,
    nngp_kernel,
    rbf_activation,
    sine_activation,
    tangent_kernel,
)
from gantheory.kernels.tangent import area, gap, k11, k12, k22, u
from tests.tangent.reference import erf_dual, gaussian_dual, points, recursion, relu_dual, sine_dual

DUALS = {
    "relu": (RELU, relu_dual),
    "erf": (ERF, erf_dual),
    "gaussian": (gaussian_activation(), gaussian_dual),
    "sine": (sine_activation(), sine_dual),
}
NETWORKS = [(1, 1.0, 0.0, 0.0), (2, 1.3, 0.7, 0.7), (4, 1.2, 0.5, 0.0), (3, 0.9, 0.0, 0.4)]
DISTANCES = (1.0, 0.2, 0.1, 1e-3, 1e-7, 1e-12, 0.0)


def kernels(activation, network):
    depth, weight, bias, output_bias = network
    return [make(depth, activation, weight, bias, output_bias=output_bias) for make in (nngp_kernel, tangent_kernel)]


@pytest.mark.parametrize(
    ("make", "numbers"),
    [
        (erf_activation, (0.7, 1.2, 0.1)),
        (sine_activation, (0.8, 1.3, 0.4)),
        (gaussian_activation, (1.2, -0.4)),
        (rbf_activation, (0.6,)),
    ],
    ids=["erf", "sine", "gaussian", "rbf"],
)
def test_a_dual_belongs_to_its_function(make, numbers):
    """E φ(U) φ(V) over (U, V) ~ N(0, k) by Gauss–Hermite."""
    activation = make(*numbers)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    (s, t), w = np.meshgrid(nodes, nodes), np.outer(weights, weights) / (2 * np.pi)
    phi = sp.lambdify(u, activation.function, ["scipy", "numpy"])
    a, b, c = 0.9, 0.7, 0.35
    mean = (w * phi(np.sqrt(a) * s) * phi(c / np.sqrt(a) * s + np.sqrt(b - c**2 / a) * t)).sum()
    values = {k11: a, k22: b, k12: c, gap: a + b - 2 * c, area: a * b - c**2}
    assert abs(mean - float(activation.covariance.subs(values))) <= 1e-10


@pytest.mark.parametrize("name", DUALS)
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_values_have_all_digits_at_any_distance(name, network):
    activation, dual = DUALS[name]
    rng = np.random.default_rng(7)
    with mp.workdps(50):
        for d in (1, 2, 3):
            for h in DISTANCES:
                x = rng.normal(size=d) + 0.3
                y = x + h * rng.normal(size=d)
                for kernel, exact in zip(kernels(activation, network), recursion(dual, *network, x, y), strict=True):
                    found = kernel(torch.tensor(x[None]), torch.tensor(y[None])).item()
                    assert abs(found - exact) <= 1e-14 * (1 + abs(exact))


@pytest.mark.parametrize("name", DUALS)
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_gradients_lose_only_what_the_direction_between_the_points_loses(name, network):
    """eps/h at distance h for a rectified network, whose gradient jumps at h = 0; eps for a smooth one."""
    activation, dual = DUALS[name]
    rng = np.random.default_rng(8)
    for h in (1.0, 1e-3, 1e-6):
        x = rng.normal(size=3)
        y = x + h * rng.normal(size=3)
        with mp.workdps(60):
            step = mp.mpf(10) ** -20 * mp.mpf(h)
            for which, kernel in enumerate(kernels(activation, network)):
                sides = [[[*x[:k], x[k] + s * step, *x[k + 1 :]] for s in (1, -1)] for k in range(3)]
                ends = [[recursion(dual, *network, z, y)[which] for z in pair] for pair in sides]
                exact = np.array([float((a - b) / (2 * step)) for a, b in ends])
                found = kernel.gradient(torch.tensor(x[None]), torch.tensor(y[None]))[0, 0].numpy()
                bound = 1e-13 if name != "relu" else max(1e-13, 1e-14 / h)
                assert np.abs(found - exact).max() <= bound * (1 + np.abs(exact).max())


@pytest.mark.parametrize("activation", [RELU, ERF, sine_activation(0.8, 1.3, 0.4)], ids=["relu", "erf", "sine"])
@pytest.mark.parametrize("bias", [0.0, 0.8])
def test_self_pairs_have_half_the_gradient_of_the_diagonal(activation, bias):
    x = points(20, 3, 1)
    for kernel in (tangent_kernel(3, activation, 1.1, bias), nngp_kernel(2, activation, 1.1, bias)):
        own = kernel.gradient(x, x)[range(20), range(20)]
        z = x.clone().requires_grad_()
        diagonal = torch.stack([kernel(row[None], row[None])[0, 0] for row in z])
        (slope,) = torch.autograd.grad(diagonal.sum(), z)
        assert own.isfinite().all()
        assert torch.allclose(own, slope / 2, rtol=1e-12, atol=1e-14)


def test_the_rectified_self_gradient_is_a_multiple_of_x():
    """Θ(x, x) = (L+1)|x|²/(d 2^L) without bias, and its x-dependent part with any: L = 3, d = 2 gives x/4."""
    x = points(90, 2, 2)
    for bias in (0.0, 0.5, 1.0, 4.0):
        own = tangent_kernel(3, RELU, bias=bias).gradient(x, x)[range(90), range(90)]
        assert torch.allclose(own, x / 4, rtol=1e-13, atol=1e-13)
    for depth in (1, 2, 5):
        diagonal = tangent_kernel(depth, RELU)(x, x).diagonal()
        assert torch.allclose(diagonal, (depth + 1) * x.square().sum(1) / (2 * 2**depth), rtol=1e-13)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("make", [tangent_kernel, nngp_kernel])
@pytest.mark.parametrize("activation", [RELU, ERF, gaussian_activation(1.2, -0.4)], ids=["relu", "erf", "gaussian"])
def test_gradient_is_the_derivative_of_the_value(make, activation, d):
    kernel, x, y = make(2, activation, 1.1, 0.6), points(2, d, 3).requires_grad_(), points(4, d, 4)
    (slope,) = torch.autograd.grad((kernel(x, y) * torch.arange(4.0)).sum(), x)
    weighted = (kernel.gradient(x.detach(), y) * torch.arange(4.0)[:, None]).sum(1)
    assert torch.allclose(slope, weighted, rtol=1e-12)
    assert torch.autograd.gradcheck(lambda z: kernel.gradient(z, y[:1]), (x[:1],), atol=1e-6)
    assert torch.autograd.gradcheck(lambda z: kernel.gradient(x[:1].detach(), z), (y[:1].requires_grad_(),), atol=1e-6)


@pytest.mark.parametrize("activation", [ERF, RELU, SIGMOID_LIKE, sine_activation(1.1, 0.7, 0.3)])
def test_kernels_are_symmetric_and_positive_definite(activation):
    x = points(40, 2, 5)
    for kernel in (tangent_kernel(2, activation, 1.2, 0.5), nngp_kernel(3, activation, 1.2, 0.5)):
        assert isinstance(kernel, Kernel)
        gram = kernel(x, x)
        assert torch.allclose(gram, gram.mT, rtol=1e-14)
        assert torch.linalg.eigvalsh(gram)[0] > -1e-12


def test_a_tangent_kernel_is_larger_than_its_covariance():
    x = points(30, 2, 6)
    difference = tangent_kernel(3, RELU, 1.2, 0.3)(x, x) - nngp_kernel(3, RELU, 1.2, 0.3)(x, x)
    assert torch.linalg.eigvalsh(difference)[0] > -1e-13


def test_zero_without_bias_has_values_and_no_derivative_of_a_rectified_network():
    x, zero = points(6, 2, 7), torch.zeros(1, 2, dtype=torch.float64)
    for kernel in (tangent_kernel(3, RELU), nngp_kernel(2, RELU)):
        assert torch.equal(kernel(x, zero), torch.zeros(6, 1, dtype=torch.float64))
        assert torch.equal(kernel.gradient(zero, x), torch.zeros(1, 6, 2, dtype=torch.float64))
        assert torch.equal(kernel.gradient(x, zero), torch.zeros(6, 1, 2, dtype=torch.float64))
    smooth = tangent_kernel(1, ERF)
    step = 1e-5 * torch.eye(2, dtype=torch.float64)
    difference = (smooth(step, x) - smooth(-step, x)) / 2e-5
    assert torch.allclose(smooth.gradient(zero, x)[0], difference.mT, rtol=1e-8)


@pytest.mark.parametrize("activation", [RELU, ERF, SIGMOID_LIKE, gaussian_activation(), sine_activation(0.123456789, 2.2)])
def test_single_precision_and_shapes_alone(activation):
    kernel, x, y = tangent_kernel(2, activation, 1.1, 0.3), points(7, 3, 8), points(5, 3, 9)
    for f in (kernel, kernel.gradient):
        single = f(x.float(), y.float())
        assert single.dtype == torch.float32
        assert torch.allclose(single.double(), f(x, y), rtol=1e-4, atol=1e-6)
        shaped = f(x.to("meta"), y.to("meta"))
        assert shaped.is_meta
        assert shaped.shape == single.shape


def test_tiles_do_not_change_the_numbers(monkeypatch):
    kernel, x, y = tangent_kernel(2, RELU, 1.0, 1.0), points(23, 2, 10), points(9, 2, 11)
    whole = kernel(x, y), kernel.gradient(x, y)
    monkeypatch.setattr("gantheory.kernels.zonal.PAIRS", 20)
    assert torch.allclose(kernel(x, y), whole[0], rtol=1e-15)
    assert torch.allclose(kernel.gradient(x, y), whole[1], rtol=1e-14)
    assert kernel(x[:0], y).shape == (0, 9)


def test_expansions_sum_tangent_kernels():
    kernel, x, y, w = tangent_kernel(2, RELU, 1.0, 1.0), points(6, 2, 12), points(8, 2, 13), points(8, 1, 14)[:, 0]
    D = KernelExpansion(kernel, y, w)
    assert torch.allclose(D(x), kernel(x, y) @ w, rtol=1e-13)
    assert torch.allclose(gradient(D, x), torch.einsum("nmd,m->nd", kernel.gradient(x, y), w), rtol=1e-12)


def test_the_rbf_network_is_a_gaussian_kernel():
    """γ = ½, one hidden layer, no bias: exp(−|x−y|²/2d)."""
    x, y = points(9, 5, 15), points(7, 5, 16)
    found = nngp_kernel(1, rbf_activation(0.5))(x, y)
    expected = torch.exp(-torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").square() / 10)
    assert torch.allclose(found, expected, rtol=1e-14, atol=0)


def test_a_dual_of_ones_own():
    """φ(u) = u², of dual k11 k22 + 2 k12², in two lines."""
    square = Dual(u**2, k11 * k22 + 2 * k12**2)
    assert sp.simplify(square.slope - 4 * k12) == 0
    assert square.diagonal == 3 * k11**2
    x, y = points(4, 2, 17), points(3, 2, 18)
    half = x @ y.mT / 2
    sizes = x.square().sum(1)[:, None] * y.square().sum(1) / 4
    assert torch.allclose(nngp_kernel(1, square)(x, y), sizes + 2 * half**2, rtol=1e-13)
    assert torch.allclose(tangent_kernel(1, square)(x, y), sizes + 6 * half**2, rtol=1e-13)


GENERIC = {
    "sine": sine_activation(0.7, 1.3, 0.4),
    "erf": erf_activation(1.1, 0.8, 0.2),
    "gaussian": gaussian_activation(0.9, -0.6),
}


@pytest.mark.parametrize("made", GENERIC.values(), ids=GENERIC)
def test_a_dual_is_the_mean_of_the_product_of_its_activation(made):
    """E φ(u)φ(v) by Gauss and Hermite, for correlated u and v of different sizes."""
    z, w = np.polynomial.hermite_e.hermegauss(60)
    at, weights = np.meshgrid(z, z, indexing="ij"), np.outer(w, w) / (2 * np.pi)
    function = sp.lambdify(u, made.function, ["scipy", "numpy"])
    product = function(0.8 * at[0]) * function(-0.3 * at[0] + 0.9 * at[1])
    covariance = {k11: 0.64, k22: 0.9, k12: -0.24, gap: 0.64 + 0.9 + 0.48, area: 0.64 * 0.9 - 0.24**2}
    assert abs((weights * product).sum() - float(made.covariance.subs(covariance))) <= 1e-10


@pytest.mark.parametrize("made", GENERIC.values(), ids=GENERIC)
def test_a_slope_that_is_derived_is_the_one_by_hand(made):
    """Price's theorem, through gap and area too."""
    derived = Dual(made.function, made.covariance).slope
    norms = {k11: sp.Rational(7, 5), k22: sp.Rational(11, 13), k12: sp.Rational(-3, 7)}
    inside = {gap: norms[k11] + norms[k22] - 2 * norms[k12], area: norms[k11] * norms[k22] - norms[k12] ** 2}
    left, right = (sp.N(e.subs(norms | inside), 30) for e in (derived, made.slope))
    assert abs(left - right) <= 1e-25 * abs(right)


# (Σ, Θ) by stax.serial of neural-tangents 0.6.5, to its 7 digits, at x = (0.3, −1.2, 0.5), y = (1.1, 0.4, −0.7)
BY_NEURAL_TANGENTS = [
    ("relu", 1, 1.0, 0.0, 0.0585320185, 0.0242494251),
    ("relu", 1, 1.3, 0.7, 0.98939855, 1.08514906),
    ("relu", 2, 1.0, 0.0, 0.0638001701, 0.0706121338),
    ("relu", 2, 1.3, 0.7, 1.46069471, 2.09226476),
    ("relu", 3, 1.0, 0.0, 0.0422522817, 0.06478593),
    ("relu", 3, 1.3, 0.7, 1.79373088, 3.14280053),
    ("relu", 4, 1.0, 0.0, 0.0245570343, 0.0468487573),
    ("relu", 4, 1.3, 0.7, 2.04550512, 4.19695787),
    ("erf", 1, 1.0, 0.0, -0.0962496917, -0.19323951),
    ("erf", 1, 1.3, 0.7, 0.601428661, 0.713257453),
    ("erf", 2, 1.0, 0.0, -0.070630555, -0.213019494),
    ("erf", 2, 1.3, 0.7, 0.835494523, 1.25992022),
    ("erf", 3, 1.0, 0.0, -0.0577759721, -0.232506432),
    ("erf", 3, 1.3, 0.7, 0.984770327, 1.78834287),
    ("erf", 4, 1.0, 0.0, -0.0502058934, -0.252668149),
    ("erf", 4, 1.3, 0.7, 1.08409295, 2.28787685),
]


@pytest.mark.parametrize(("name", "depth", "weight", "bias", "covariance", "tangent"), BY_NEURAL_TANGENTS)
def test_the_numbers_of_neural_tangents(name, depth, weight, bias, covariance, tangent):
    x, y = (torch.tensor([row], dtype=torch.float64) for row in ((0.3, -1.2, 0.5), (1.1, 0.4, -0.7)))
    for make, value in ((nngp_kernel, covariance), (tangent_kernel, tangent)):
        assert make(depth, DUALS[name][0], weight, bias)(x, y).item() == pytest.approx(value, rel=2e-6, abs=1e-7)


REFUSED = {
    "depth 0": (lambda: tangent_kernel(0, RELU), r"hidden layers, an integer ≥ 1; got 0\..*D is affine"),
    "depth 1.5": (lambda: nngp_kernel(1.5, RELU), "an integer ≥ 1; got 1.5"),
    "depth True": (lambda: nngp_kernel(True, RELU), "an integer ≥ 1; got True"),
    "an activation by name": (lambda: tangent_kernel(2, "relu"), "an activation is RELU.*got 'relu'"),
    "an activation's class": (lambda: tangent_kernel(2, Dual), "an activation is RELU"),
    "weight 0": (lambda: tangent_kernel(2, RELU, 0.0), "weight ω of a network is a finite number > 0.*; got 0.0"),
    "bias −1": (lambda: tangent_kernel(2, RELU, 1.0, -1.0), "bias β of a network is a finite number ≥ 0.*; got -1.0"),
    "bias NaN": (lambda: tangent_kernel(2, RELU, 1.0, float("nan")), "finite number ≥ 0.*; got nan"),
    "output bias ∞": (lambda: tangent_kernel(2, RELU, output_bias=float("inf")), "output bias β.*got inf"),
    "rate 0": (lambda: erf_activation(1, 0), "the rate of an activation is not 0; got 0"),
    "rate NaN": (lambda: sine_activation(1, float("nan")), "rate of an activation is a finite number; got nan"),
    "rate as text": (lambda: erf_activation(1, "2"), "a finite number; got '2'"),
    "a growing Gaussian": (lambda: gaussian_activation(1, 0.5), "rate of a Gaussian activation is < 0; got 0.5.*infinite"),
    "a negative RBF rate": (lambda: rbf_activation(-1), "RBF activation is > 0; got -1"),
    "a dual in x": (lambda: Dual(u, sp.Symbol("x")), "Dual.covariance is a SymPy expression in area, gap, k11"),
    "a function in k11": (lambda: Dual(k11, k12), "Dual.function is a SymPy expression in u"),
    "a constant dual": (lambda: Dual(u, sp.Integer(1)), "depends on the covariance; got 1"),
    "a dual that torch lacks": (lambda: Dual(u, sp.zeta(k22)), "lower knows"),
    "two dtypes": (
        lambda: tangent_kernel(1, RELU)(points(2, 2, 1), points(2, 2, 1).float()),
        "both float32 or both float64.*got float64 on cpu and float32 on cpu",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    build, words = REFUSED[name]
    with pytest.raises(Refusal, match=words):
        build()
