"""Laws of kernels, of their sums, and of the discriminators made of them."""

import math
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from scipy.special import roots_jacobi

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.kernels import (
    Direct,
    KernelExpansion,
    Polynomial,
    Radial,
    gaussian,
    monomials,
    polyharmonic,
    riesz,
    screened,
    squared_distances,
)
from gantheory.kernels.sums import compiled
from gantheory.lowering import limit_at_zero
from gantheory.symbolic import r, sphere_area
from tests.cases import KERNELS, RATE, product

EPS = torch.finfo(torch.float64).eps
CUBIC, LOGARITHM, THIN_PLATE = polyharmonic(2, 1), polyharmonic(1, 2), polyharmonic(2, 2)
IMQ = Radial(1 / sp.sqrt(1 + r**2))
SECOND = {"cubic": CUBIC, "gaussian": gaussian(0.8), "inverse multiquadric": IMQ, "screened 3": screened(3, 2, RATE)}
NO_SECOND = {
    "logarithm": LOGARITHM,
    "thin plate": THIN_PLATE,
    "1/r": polyharmonic(1, 3),
    "r": polyharmonic(1, 1),
    "K0": screened(1, 2, 1),
}
SUMMED = SECOND | NO_SECOND
SIZES = [(1, 2, 3), (2, 3, 2), (3, 5, 1), (24, 41, 12), (40, 24, 2), (5, 5, 3)]  # points, centres, dimension

each_kernel = pytest.mark.parametrize("name", KERNELS)
each_summed = pytest.mark.parametrize("kernel", SUMMED.values(), ids=SUMMED)


def cloud(count, dim, seed=0, spread=1.0, dtype=torch.float64):
    """Generic points: no symmetry, no coincidence."""
    return spread * torch.randn(count, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


def pair(name, seed=0):
    """A kernel of the table, with 5 points and 4 centres in its dimension."""
    kernel, dim = KERNELS[name]
    return kernel, cloud(5, dim, seed), cloud(4, dim, seed + 1)


def close(found, expected, scale=None, times=100):
    """Equal to roundoff of the scale, by default the largest of the expected values."""
    scale = expected.abs().max() if scale is None else scale
    return bool((found - expected).abs().max() <= times * EPS * scale)


def expansion(kernel, centres, dim, seed=3, **options):
    """Generic weights; equal ones where a U-statistic asks for them."""
    weights = cloud(centres, 1, seed + 1)[:, 0]
    if not options.get("sums", Direct()).self_pairs:
        weights = torch.full_like(weights, 0.3)
    return KernelExpansion(kernel, cloud(centres, dim, seed), weights, **options)


def differences(f, x, step=1e-5):
    """Central differences of f: (n, d) → (n, …), along each coordinate, as the last axis."""
    columns = []
    for k in range(x.shape[1]):
        shift = torch.zeros_like(x)
        shift[:, k] = step
        columns.append((f(x + shift) - f(x - shift)) / (2 * step))
    return torch.stack(columns, -1)


def hessians(f, x):
    """∇∇f_i at x_i by autograd twice, of a map from rows to values."""
    x = x.detach().requires_grad_()
    (slope,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    rows = [torch.autograd.grad(slope[:, k].sum(), x, retain_graph=True)[0] for k in range(x.shape[1])]
    return torch.stack(rows, 1)


def projected(gram, points, degree):
    """The Gram matrix on the weights whose moments of degree < ℓ vanish."""
    if not degree:
        return gram
    basis = torch.linalg.svd(monomials(points, degree)).U[:, math.comb(points.shape[1] + degree - 1, degree - 1) :]
    return basis.T @ gram @ basis


@cache
def sphere(dim, nodes):
    """Quadrature on the unit sphere of R^n, exact to degree 2·nodes − 1: Gauss–Jacobi in each polar angle."""
    if dim == 1:
        return np.array([[1.0], [-1.0]]), np.ones(2)
    below, weights = sphere(dim - 1, nodes)
    t, w = roots_jacobi(nodes, (dim - 3) / 2, (dim - 3) / 2)
    parts = [np.column_stack([np.full(len(below), ti), np.sqrt(1 - ti * ti) * below]) for ti in t]
    return np.concatenate(parts), np.outer(w, weights).ravel()


def flux(field, dim, nodes=24):
    """∮ field·n over a sphere that holds the origin off its centre."""
    directions, weights = (torch.as_tensor(v) for v in sphere(dim, nodes))
    centre = torch.linspace(0.1, 0.25, dim, dtype=torch.float64)
    return float((weights * (field(centre + 0.9 * directions) * directions).sum(1)).sum() * 0.9 ** (dim - 1))


# Kernels


@each_kernel
def test_the_gram_matrix_is_the_profile(name):
    kernel, x, y = pair(name)
    profile = sp.lambdify(r, kernel.profile, "mpmath")
    found = kernel(x, y)
    with mpmath.workdps(30):
        for i, j in ((0, 0), (1, 3), (2, 1), (4, 2)):
            parts = [mpmath.mpf(a) - mpmath.mpf(b) for a, b in zip(x[i].tolist(), y[j].tolist(), strict=True)]
            radius = mpmath.sqrt(sum(d * d for d in parts) + mpmath.mpf(str(kernel.softening)) ** 2)
            f, slope = profile(radius), mpmath.diff(profile, radius, h=mpmath.mpf(10) ** -15)
            assert abs(found[i, j].item() - f) <= 30 * EPS * (abs(f) + abs(radius * slope))


@each_kernel
def test_exchange_of_arguments(name):
    kernel, x, y = pair(name)
    assert torch.equal(kernel(x, y), kernel(y, x).T)
    assert torch.equal(kernel.gradient(x, y), -kernel.gradient(y, x).transpose(0, 1))
    assert torch.equal(kernel.laplacian(x, y), kernel.laplacian(y, x).T)


@given(name=st.sampled_from(sorted(KERNELS)), seed=st.integers(0, 10**6), offset=st.floats(-50, 50))
def test_invariance_under_motions(name, seed, offset):
    kernel, x, y = pair(name, seed)
    rotation = torch.linalg.qr(cloud(x.shape[1], x.shape[1], seed + 2)).Q
    shift = offset * cloud(1, x.shape[1], seed + 3)
    close_by = squared_distances(x, y).min().sqrt()
    gram, slope, bend = kernel(x, y), kernel.gradient(x, y), kernel.laplacian(x, y)
    moved = x @ rotation + shift, y @ rotation + shift
    size = 1 + moved[0].abs().max() + moved[1].abs().max()
    assert close(kernel(*moved), gram, gram.abs().max() + size * slope.abs().max())
    reach = slope.abs().max() + size * (bend.abs().max() + 3 * slope.abs().max() / close_by)
    assert close(kernel.gradient(*moved), slope @ rotation, reach)


@each_kernel
def test_the_gradient_is_that_of_autograd_and_of_differences(name):
    kernel, x, y = pair(name)
    found = kernel.gradient(x, y)
    by_autograd = torch.stack([gradient(lambda z, c=c: kernel(z, c[None])[:, 0], x) for c in y], 1)
    assert close(found, by_autograd)
    assert torch.allclose(found, differences(lambda z: kernel(z, y), x), rtol=1e-6, atol=1e-7 * float(found.abs().max()))


@each_kernel
def test_the_laplacian_is_the_trace_of_the_hessian(name):
    kernel, x, y = pair(name)
    found = kernel.laplacian(x, y)
    traces, slopes = [], []
    for c in y:
        second = hessians(lambda z, c=c: kernel(z, c[None])[:, 0], x)
        assert close(second, second.transpose(1, 2))
        traces.append(second.diagonal(dim1=1, dim2=2).sum(1))
        slopes.append(differences(lambda z, c=c: kernel.gradient(z, c[None])[:, 0], x))
        assert torch.allclose(second, slopes[-1], rtol=1e-5, atol=1e-7 * float(second.abs().max()) + 1e-9)
    scale = x.shape[1] * kernel.gradient(x, y).norm(dim=2) / squared_distances(x, y).sqrt()
    assert close(found, torch.stack(traces, 1), found.abs().max() + scale.max())


@pytest.mark.parametrize(("order", "dim"), product((2, 3), (1, 2, 3, 4)))
def test_the_laplacian_lowers_polyharmonic_by_one_order(order, dim):
    above, below = polyharmonic(order, dim), polyharmonic(order - 1, dim)
    x, y = cloud(7, dim), cloud(5, dim, 1)
    gap, power = -above.laplacian(x, y) - below(x, y), 2 * (order - 1) - dim
    if dim % 2 or power < 0:
        assert close(gap, 0 * gap, above.laplacian(x, y).abs().max())
    else:  # the logarithm leaves a polynomial r^{2j}
        ratio = gap / squared_distances(x, y) ** (power / 2)
        assert ratio.abs().min() > 1e-4
        assert ratio.std() <= 1e-9 * ratio.abs().mean()


@pytest.mark.parametrize(("order", "dim"), product((2, 3), (1, 2, 3, 4)))
def test_the_screened_operator_lowers_the_order_by_one(order, dim):
    above, below, rate = screened(order, dim, 1.3), screened(order - 1, dim, 1.3), 1.3
    x, y = cloud(7, dim), cloud(5, dim, 1)
    assert close(rate**2 * above(x, y) - above.laplacian(x, y), below(x, y))


@pytest.mark.parametrize("dim", [1, 2, 3, 4])
def test_one_unit_flows_out_of_the_source(dim):
    source = torch.zeros(1, dim, dtype=torch.float64)
    first, second = polyharmonic(1, dim), polyharmonic(2, dim)
    assert flux(lambda z: first.gradient(z, source)[:, 0], dim) == pytest.approx(-1, abs=1e-12)
    assert flux(lambda z: gradient(lambda u: -second.laplacian(u, source)[:, 0], z), dim) == pytest.approx(-1, abs=1e-11)


def symbol_of(name, omega):
    """The Fourier transform that the family is defined by."""
    family, *size = name.split()
    if family == "gaussian":
        return (2 * math.pi * 0.8**2) ** 1.5 * np.exp(-0.32 * omega**2)
    order = float(sp.Rational(size[0]))
    return (omega**2 + (float(RATE) ** 2 if family == "screened" else 0)) ** -order


@pytest.mark.parametrize("name", [k for k in KERNELS if k.split()[0] in ("polyharmonic", "riesz", "screened", "gaussian")])
def test_the_spectrum_is_positive_and_has_the_right_constant(name):
    """Σᵢ (−1)ⁱ C(ℓ,i) ∫ G N(0, 1+i) = (2π)^{−n} ∫ Ĝ e^{−ω²/2} (1 − e^{−ω²/2})^ℓ dω: moments of degree < 2ℓ vanish."""
    kernel, dim = KERNELS[name]
    u = np.arange(-45, 4.2, 0.01)
    radius, area, times = np.exp(u), float(sphere_area(dim)), kernel.positivity
    variances = [(1 + i, (-1) ** i * math.comb(times, i)) for i in range(times + 1)]
    density = sum(c * np.exp(-(radius**2) / (2 * v)) / (2 * math.pi * v) ** (dim / 2) for v, c in variances)
    values = kernel.value(torch.as_tensor(radius**2)).numpy()
    parts = values * density * area * radius**dim * 0.01
    damped = np.exp(-(radius**2) / 2) * (-np.expm1(-(radius**2) / 2)) ** times
    expected = (symbol_of(name, radius) * damped * area * radius**dim * 0.01).sum() / (2 * math.pi) ** dim
    assert abs(parts.sum() - expected) <= 1e-12 * (abs(expected) + np.abs(parts).sum())
    assert expected > 0


def positive_everywhere(kernel):
    """The kernel itself where it has a value at 0, else softened, which keeps its order of positivity."""
    bounded = limit_at_zero(kernel.profile, r) is not None
    return kernel if bounded or kernel.softening else kernel.softened(0.05)


@each_kernel
def test_conditional_positive_definiteness(name):
    kernel, dim = KERNELS[name]
    points = cloud(40, dim, spread=2.0)
    gram = positive_everywhere(kernel)(points, points)
    eigenvalues = torch.linalg.eigvalsh(projected(gram, points, kernel.positivity))
    assert eigenvalues.min() >= -1e-9 * gram.abs().max()
    assert eigenvalues.max() > 0
    if kernel.positivity:
        weaker = torch.linalg.eigvalsh(projected(gram, points, kernel.positivity - 1))
        assert weaker.min() <= -1e-6 * gram.abs().max()


@each_kernel
def test_softening_is_exact_and_of_second_order(name):
    kernel, x, y = pair(name)
    if kernel.softening:
        kernel = kernel.softened(0)
    moved = torch.cat([x, torch.zeros_like(x[:, :1])], 1)  # the length ε as one more coordinate
    far = torch.cat([y, torch.full_like(y[:, :1], 0.25)], 1)
    soft = kernel.softened(0.25)
    assert close(soft(x, y), kernel(moved, far))
    assert close(soft.gradient(x, y), kernel.gradient(moved, far)[..., :-1])
    assert soft.valid == sp.Interval(0, sp.oo)
    assert torch.isfinite(soft.laplacian(x, x)).all()
    if name == "wendland":  # smooth but for its kink
        return
    steps = [0.02 * 2.0**-k for k in range(3)]
    near = squared_distances(x, y) > 0.1
    errors = [float((kernel.softened(step)(x, y) - kernel(x, y))[near].abs().max()) for step in steps]
    slopes = [math.log2(a / b) for a, b in pairwise(errors)]
    assert slopes[-2:] == pytest.approx([2, 2], abs=0.1)
    assert errors[-1] <= 1e-4 * float(kernel(x, y).abs().max() + kernel.gradient(x, y).abs().max())


@pytest.mark.parametrize("length", [-0.1, math.nan, math.inf])
def test_a_softening_that_is_no_length_is_refused(length):
    with pytest.raises(Refusal, match="softening is a length ≥ 0; got"):
        LOGARITHM.softened(length)


@pytest.mark.parametrize(("order", "dim"), [(1, 784), (392, 784), (391, 784), (2, 785), (393, 784)])
def test_a_constant_outside_the_float_range_keeps_its_logarithm_and_sign(order, dim):
    kernel = polyharmonic(order, dim)
    x, y = cloud(3, dim, spread=0.7 / 28), cloud(2, dim, 1, spread=0.7 / 28)
    gram = kernel(x, y)
    with mpmath.workdps(40):
        half, m = mpmath.mpf(dim) / 2, mpmath.mpf(order)
        for i, j in product(range(3), range(2)):
            radius = mpmath.sqrt(sum(mpmath.mpf(d) ** 2 for d in (x[i] - y[j]).tolist()))
            if dim % 2 or 2 * order < dim:
                exact = mpmath.gamma(half - m) / (4**m * mpmath.pi**half * mpmath.gamma(m)) * radius ** (2 * m - dim)
            else:
                k = m - half
                constant = (-1) ** (k + 1) / (2 ** (2 * m - 1) * mpmath.pi**half * mpmath.gamma(m) * mpmath.factorial(k))
                exact = constant * radius ** (2 * k) * mpmath.log(radius)
            found = mpmath.exp(kernel.log_scale) * gram[i, j].item()
            assert abs(found / exact - 1) <= EPS * (10 + abs(kernel.log_scale) + 10 * abs(2 * order - dim))
    assert torch.isfinite(kernel.gradient(x, y)).all()
    assert abs(kernel.log_scale) > 600
    D = KernelExpansion(kernel, y, torch.ones(2, dtype=torch.float64))
    assert D.log_scale == kernel.log_scale == kernel.softened(0.1).log_scale


@pytest.mark.parametrize("order", [1, 2])
def test_where_the_constant_fits_it_is_kept(order):
    assert polyharmonic(order, 12).log_scale == 0
    assert riesz(order, 12).profile == polyharmonic(order, 12).profile


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Radial(sp.Symbol("r") ** 2), "r"),
        (lambda: Radial(r * sp.Symbol("c")), "expression in r alone"),
        (lambda: Radial(sp.besselj(0, r)), "besselj"),
        (lambda: Radial(sp.Piecewise((r, r < 1), (1, True))), "Piecewise"),
        (lambda: gaussian(0.0), "width σ"),
        (lambda: gaussian(math.nan), "width σ"),
        (lambda: screened(1, 2, -1), "positive"),
        (lambda: screened(1, 2, math.inf), "positive number; got inf"),
        (lambda: screened(1, 2, math.nan), "positive number; got nan"),
        (lambda: screened(1, 2, sp.Symbol("k", positive=True)), "positive number; got k"),
        (lambda: polyharmonic(0, 2), "positive"),
    ],
)
def test_what_is_no_kernel_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()


@each_kernel
def test_validity_at_distance_zero(name):
    """Value and gradient at a coincident pair: the limits where they exist, else 0."""
    kernel, x, _ = pair(name)
    values, slopes = kernel(x, x).diagonal(), kernel.gradient(x, x).diagonal()
    limit = limit_at_zero(kernel.profile.subs(r, sp.sqrt(r**2 + sp.Rational(str(kernel.softening)) ** 2)), r)
    assert torch.equal(slopes, torch.zeros_like(slopes))
    assert torch.allclose(values, torch.full_like(values, limit or 0.0), rtol=1e-14)
    near = kernel.gradient(
        torch.full((1, x.shape[1]), 1e-12, dtype=torch.float64), torch.zeros(1, x.shape[1], dtype=torch.float64)
    )
    continuous = limit is not None and bool(near.abs().max() < 1e-9)
    assert kernel.valid == (sp.Interval(0, sp.oo) if continuous else sp.Interval.open(0, sp.oo))
    if not kernel.second_at_zero:
        with pytest.raises(Refusal, match="derivative"):
            kernel.laplacian(x, x)
    else:
        tiny = x + 1e-7 * torch.ones_like(x)
        at, beside = (kernel.laplacian(z, x).diagonal() for z in (x, tiny))
        assert torch.allclose(at, beside, rtol=1e-4, atol=1e-5)


def test_profiles_of_matern_keep_their_digits_near_the_centre():
    kernel = Radial((1 + r + r**2 / 3) * sp.exp(-r))
    near = torch.tensor([[1e-3], [1e-7], [1e-11], [1e-30]], dtype=torch.float64)
    origin = torch.zeros(1, 1, dtype=torch.float64)
    exact = (-(1 + near) / 3 * torch.exp(-near)).flatten()
    assert close(kernel.gradient(near, origin)[:, 0, 0] / near[:, 0], exact, times=10)
    assert close(kernel.laplacian(near, origin)[:, 0], exact + near[:, 0] ** 2 / 3 * torch.exp(-near[:, 0]), times=10)


# Sums and expansions


@each_summed
@pytest.mark.parametrize(("points", "centres", "dim"), SIZES)
def test_an_expansion_is_the_dense_sum(kernel, points, centres, dim):
    D, x, v = expansion(kernel, centres, dim), cloud(points, dim), cloud(points, dim, 9)
    gram, slopes = kernel(x, D.centres), kernel.gradient(x, D.centres)
    value, slope = D.value_and_gradient(x)
    scale = (gram.abs() @ D.weights.abs()).max(), torch.einsum("nmd,m->nd", slopes.abs(), D.weights.abs()).max()
    assert close(value, gram @ D.weights, scale[0], 10)
    assert close(slope, torch.einsum("nmd,m->nd", slopes, D.weights), scale[1], 10)
    assert torch.equal(D(x), value)
    assert torch.equal(D.gradient(x), slope)
    z = x.clone().requires_grad_()
    (by_value,) = torch.autograd.grad(D(z).sum(), z, create_graph=True)
    assert torch.equal(by_value, slope)
    dense = hessians(lambda u: kernel(u, D.centres) @ D.weights, x)
    expected = torch.einsum("nij,nj->ni", dense, v)
    for source in (by_value, D.gradient(z)):
        (product_,) = torch.autograd.grad((source * v).sum(), z, retain_graph=True)
        assert close(product_, expected, 100 * (1 + expected.abs().max() + dense.abs().max()))


@pytest.mark.parametrize(("points", "centres"), [(128, 1024), (129, 1025), (130, 1030), (257, 1023), (3, 2050)])
def test_tiles_have_no_borders(points, centres):
    D, x = expansion(IMQ, centres, 2), cloud(points, 2)
    value, slope = D.value_and_gradient(x)
    absolute = D.weights.abs().sum()
    assert close(value, IMQ(x, D.centres) @ D.weights, absolute, 5)
    assert close(slope, torch.einsum("nmd,m->nd", IMQ.gradient(x, D.centres), D.weights), absolute, 5)
    z, v = x.clone().requires_grad_(), cloud(points, 2, 8)
    (found,) = torch.autograd.grad((D.gradient(z) * v).sum(), z)
    dense = hessians(lambda u: IMQ(u, D.centres) @ D.weights, x)
    assert close(found, torch.einsum("nij,nj->ni", dense, v), 3 * absolute, 5)


@each_summed
@pytest.mark.parametrize("points", [1, 2, 3, 24, 40])
def test_derivatives_are_those_of_central_differences(kernel, points):
    D, x = expansion(kernel, 5, 2), cloud(points, 2)
    x = x + 0.2 * (squared_distances(x, D.centres).min(1).values < 0.05)[:, None]
    z = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(D(z).sum(), z, create_graph=True)
    assert torch.allclose(slope, differences(D, x), rtol=1e-6, atol=1e-7)
    assert torch.allclose(hessians(D, x), differences(D.gradient, x), rtol=1e-5, atol=1e-6)


@each_summed
def test_autograd_checks_itself_twice(kernel):
    D, x = expansion(kernel, 3, 2, polynomial=Polynomial(cloud(6, 1)[:, 0], 3, cloud(1, 2)[0], 1.7)), cloud(2, 2)
    x.requires_grad_()
    assert torch.autograd.gradcheck(D, (x,))
    assert torch.autograd.gradgradcheck(D, (x,))
    assert torch.autograd.gradcheck(D.gradient, (x,))


def test_the_polynomial_part_is_added():
    P = Polynomial(cloud(6, 1)[:, 0], 3, cloud(1, 2)[0], 1.7)
    D, alone, x = expansion(IMQ, 3, 2, polynomial=P), expansion(IMQ, 3, 2), cloud(4, 2)
    for found in (D(x), D.value_and_gradient(x)[0]):
        assert torch.equal(found, alone(x) + P(x))
    for found in (D.gradient(x), D.value_and_gradient(x)[1]):
        assert torch.equal(found, alone.gradient(x) + P.gradient(x))


def test_a_third_derivative_is_refused_by_name():
    D, x = expansion(IMQ, 3, 2), cloud(4, 2).requires_grad_()
    (first,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), x, create_graph=True)
    with pytest.raises(Refusal, match=r"first and second derivatives; got a third derivative"):
        torch.autograd.grad(second.sum(), x)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weights": torch.ones(3, dtype=torch.float64, requires_grad=True)}, "differentiable in x alone.*detach"),
        ({"centres": torch.ones(3, 2, dtype=torch.float64, requires_grad=True)}, "differentiable in x alone.*detach"),
        ({"weights": torch.ones(3)}, "both float32 or both float64.*float64 on cpu and torch.float32"),
        ({"weights": torch.ones(3, dtype=torch.float16), "centres": torch.ones(3, 2, dtype=torch.float16)}, "both float32"),
        ({"weights": torch.ones(3, dtype=torch.float64, device="meta")}, "one device"),
        ({"centres": torch.ones(0, 2, dtype=torch.float64), "weights": torch.ones(0, dtype=torch.float64)}, "m ≥ 1"),
        ({"sums": Direct(self_pairs=False)}, "self_pairs=False needs"),
        ({"own": (0, 4)}, "range .* of the 3 centres"),
        ({"own": (-1, 2)}, "range .* of the 3 centres"),
        ({"own": (2, 2)}, "range .* of the 3 centres"),
    ],
)
def test_an_expansion_that_cannot_be_is_refused(changes, words):
    parts = {"centres": torch.ones(3, 2, dtype=torch.float64), "weights": torch.ones(3, dtype=torch.float64)} | changes
    with pytest.raises(Refusal, match=words):
        KernelExpansion(LOGARITHM, **parts)


def test_sizes_that_disagree_are_refused():
    for wrong in (
        lambda: KernelExpansion(LOGARITHM, torch.ones(3, 2), torch.ones(4)),
        lambda: KernelExpansion(LOGARITHM, torch.ones(3), torch.ones(3)),
        lambda: LOGARITHM(cloud(2, 2), cloud(2, 3)),
    ):
        with pytest.raises((Refusal, TypeCheckError)):
            wrong()


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (torch.ones(4, 3, dtype=torch.float64), r"points have shape \(n, 2\); got \(4, 3\)"),
        (torch.ones(4, 2), "points are torch.float64 on cpu, as the centres are; got torch.float32"),
        (torch.ones(4, 2, dtype=torch.float64, device="meta"), "got torch.float64 on meta"),
    ],
)
def test_points_unlike_the_centres_are_refused(x, words):
    D = expansion(LOGARITHM, 3, 2)
    for call in (D, D.gradient, D.value_and_gradient):
        with pytest.raises(Refusal, match=words):
            call(x)


def test_no_points_give_no_values():
    D = expansion(LOGARITHM, 3, 2)
    assert D(cloud(0, 2)).shape == (0,)
    assert D.gradient(cloud(0, 2)).shape == (0, 2)


@each_summed
def test_a_point_that_is_a_centre_contributes_its_limit_or_nothing(kernel):
    D = expansion(kernel, 6, 2)
    x = D.centres[1:4].clone()
    apart = torch.ones(3, 6, dtype=torch.float64)
    apart[range(3), range(1, 4)] = 0
    limit = limit_at_zero(kernel.profile, r) or 0.0
    gram = torch.where(apart == 0, limit, kernel(x, D.centres + 0))
    slopes = kernel.gradient(x, D.centres) * apart[..., None]
    value, slope = D.value_and_gradient(x)
    assert close(value, gram @ D.weights, gram.abs().max() * 10)
    assert close(slope, torch.einsum("nmd,m->nd", slopes, D.weights), slopes.abs().max() * 10)
    assert torch.isfinite(slope).all()


@pytest.mark.parametrize("kernel", SECOND.values(), ids=SECOND)
def test_a_second_derivative_at_a_centre_is_that_of_differences(kernel):
    D = expansion(kernel, 4, 2)
    found = hessians(D, D.centres)
    assert torch.allclose(found, differences(D.gradient, D.centres, 1e-6), atol=2e-4 * float(found.abs().max()))


@pytest.mark.parametrize("kernel", SECOND.values(), ids=SECOND)
def test_the_hessian_of_a_gram_matrix_at_a_centre_is_its_slope_in_all_directions(kernel):
    point = torch.tensor([[0.3, -1.1]], dtype=torch.float64)
    found = torch.autograd.functional.hessian(lambda x: kernel(x[None], point)[0, 0], point[0])
    slope = kernel.slope(torch.zeros(1, dtype=torch.float64))
    assert torch.allclose(found, slope * torch.eye(2, dtype=torch.float64), rtol=1e-12, atol=0)


@pytest.mark.parametrize("kernel", NO_SECOND.values(), ids=NO_SECOND)
def test_a_second_derivative_at_a_centre_without_one_is_refused_by_name(kernel):
    D = expansion(kernel, 4, 2)
    with pytest.raises(Refusal, match=r"second derivative of the kernel .* away from its centres.*softening"):
        hessians(D, D.centres)
    assert torch.isfinite(hessians(D, D.centres + 0.1)).all()
    soft = expansion(kernel.softened(0.1), 4, 2)
    assert torch.isfinite(hessians(soft, soft.centres)).all()


def test_a_second_derivative_that_leaves_the_float_range_is_refused_too():
    origin = torch.zeros(1, 2, dtype=torch.float64)
    D = KernelExpansion(LOGARITHM, origin, torch.ones(1, dtype=torch.float64))
    with pytest.raises(Refusal, match=r"second derivative of the kernel"):
        hessians(D, origin + 1e-100)  # distance⁻⁴ = 10⁴⁰⁰
    assert torch.isfinite(hessians(D, origin + 1e-70)).all()


# U-statistics, laws of sums


@each_summed
def test_without_self_pairs_the_sum_is_the_double_loop(kernel):
    """Centres: 3 others, then the 5 points themselves with weight 1/5, then 2 others."""
    centres, others = cloud(10, 2), cloud(10, 1, 4)[:, 0]
    weights = torch.cat([others[:3], torch.full((5,), -0.2, dtype=torch.float64), others[8:]])
    D = KernelExpansion(kernel, centres, weights, sums=Direct(self_pairs=False), own=(3, 8))
    x = centres[3:8].clone()
    z = x.clone().requires_grad_()
    (by_value,) = torch.autograd.grad(D(z).sum(), z, create_graph=True)
    second = torch.stack([torch.autograd.grad(by_value[:, k].sum(), z, retain_graph=True)[0] for k in (0, 1)], 1)
    value, slope = D.value_and_gradient(x)
    for i in range(5):
        total, pull = torch.zeros(()).double(), torch.zeros(2).double()
        for j in range(10):
            if j != 3 + i:
                w = -1 / 4 if 3 <= j < 8 else weights[j]
                total = total + w * kernel(x[i, None], centres[j, None])[0, 0]
                pull = pull + w * kernel.gradient(x[i, None], centres[j, None])[0, 0]
        assert torch.allclose(value[i], total, rtol=1e-12, atol=1e-13)
        assert torch.allclose(slope[i], pull, rtol=1e-12, atol=1e-13)
    assert torch.equal(by_value, slope)
    rest = [j for j in range(10) if not 3 <= j < 8]
    for i in range(5):
        keep = [*rest, *(j for j in range(3, 8) if j != 3 + i)]
        scaled = torch.where(torch.tensor([3 <= j < 8 for j in keep]), -0.25, weights[keep])
        dense = hessians(KernelExpansion(kernel, centres[keep], scaled), x[i, None])[0]
        assert torch.allclose(second[i], dense, rtol=1e-10, atol=1e-11)


def test_without_self_pairs_only_the_points_themselves_are_taken():
    D = expansion(LOGARITHM, 7, 2, sums=Direct(self_pairs=False), own=(2, 6))
    for x in (cloud(3, 2), cloud(5, 2), cloud(1, 2)):
        with pytest.raises(Refusal, match="evaluate at the 4 points themselves"):
            D(x)
    single = expansion(LOGARITHM, 7, 2, sums=Direct(self_pairs=False), own=(2, 3))
    with pytest.raises(Refusal, match="at least 2"):
        single(cloud(1, 2))


def test_self_pairs_across_tiles_are_left_out():
    count = 1500
    points, weights = cloud(count, 1), torch.full((count,), 1 / count, dtype=torch.float64)
    one = Radial(sp.exp(-r))
    D = KernelExpansion(one, points, weights, sums=Direct(self_pairs=False), own=(0, count))
    full = KernelExpansion(one, points, weights)
    assert close(D(points), (full(points) * count - 1) / (count - 1))


def test_the_u_statistic_is_unbiased_and_the_v_statistic_is_not():
    """E ½|X − X'| = 1/√π for standard normals, from 5 points; tolerance: 4 standard errors."""
    kernel, draws, count = Radial(-r / 2, 1), 800, 5
    truth, results = -1 / math.sqrt(math.pi), {True: [], False: []}
    samples = cloud(draws * count, 1, 17).reshape(draws, count, 1)
    weights = torch.full((count,), 1 / count, dtype=torch.float64)
    for x in samples:
        for self_pairs, means in results.items():
            D = KernelExpansion(kernel, x, weights, sums=Direct(self_pairs=self_pairs), own=(0, count))
            means.append(float(D(x).mean()))
    for self_pairs, means in results.items():
        error = np.std(means, ddof=1) / math.sqrt(draws)
        assert (abs(np.mean(means) - truth) <= 4 * error) is not self_pairs


@each_summed
def test_far_from_the_origin_nothing_is_lost(kernel):
    D, x = expansion(kernel, 7, 2), cloud(4, 2)
    grid = 2.0**-20  # coordinates that 10⁶ + x represents exactly
    centres, x = (D.centres / grid).round() * grid, (x / grid).round() * grid
    near, far = (KernelExpansion(kernel, centres + shift, D.weights) for shift in (0, 1e6))
    for found, expected in zip(far.value_and_gradient(x + 1e6), near.value_and_gradient(x), strict=True):
        assert torch.equal(found, expected)


@given(
    kernel=st.sampled_from(list(SUMMED.values())),
    seed=st.integers(0, 10**6),
    centres=st.integers(1, 30),
    dim=st.integers(1, 5),
    factor=st.floats(-10, 10),
)
def test_permuted_centres_and_linear_weights(kernel, seed, centres, dim, factor):
    D, x = expansion(kernel, centres, dim, seed), cloud(3, dim, seed + 9)
    order = torch.randperm(centres, generator=torch.Generator().manual_seed(seed))
    permuted = KernelExpansion(kernel, D.centres[order], D.weights[order])
    other = cloud(centres, 1, seed + 5)[:, 0]
    mixed = KernelExpansion(kernel, D.centres, D.weights + factor * other)
    second = KernelExpansion(kernel, D.centres, other)
    scales = kernel(x, D.centres).abs().max(), kernel.gradient(x, D.centres).abs().max()
    size = (D.weights.abs() + abs(factor) * other.abs()).sum()
    for k, scale in enumerate(scales):
        first = D.value_and_gradient(x)[k]
        assert close(permuted.value_and_gradient(x)[k], first, size * scale)
        assert close(mixed.value_and_gradient(x)[k], first + factor * second.value_and_gradient(x)[k], size * scale)


SINGLE = [(name, torch.float32, "cpu") for name in sorted(KERNELS)[::4]]


@pytest.mark.parametrize(("name", "dtype", "device"), [*SINGLE, *((name, torch.float64, "meta") for name in KERNELS)])
def test_dtype_and_device_follow_the_points(name, dtype, device):
    kernel, dim = KERNELS[name]
    x, y = (cloud(n, dim, n, dtype=dtype).to(device) for n in (3, 4))
    polynomial = Polynomial(torch.ones(dim + 1, dtype=dtype, device=device), 2, y[0], 2.0)
    D = KernelExpansion(kernel, y, y[:, 0].clone(), polynomial)
    z = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(D(z).sum(), z, create_graph=True)
    (second,) = torch.autograd.grad(slope.sum(), z)
    own = KernelExpansion(kernel, y, torch.full_like(y[:, 0], 0.3), sums=Direct(self_pairs=False), own=(1, 4))
    shapes = {(3, 4): [kernel(x, y), kernel.laplacian(x, y)], (3, 4, dim): [kernel.gradient(x, y)], (3,): [D(x), own(x)]}
    shapes[3, dim] = [D.gradient(x), D.value_and_gradient(x)[1], slope, second, own.gradient(x), polynomial.gradient(x)]
    for shape, results in shapes.items():
        for found in results:
            assert (found.dtype, found.device.type, tuple(found.shape)) == (dtype, device, shape)


def test_single_precision_loses_digits_only():
    D = expansion(LOGARITHM, 50, 2)
    single = KernelExpansion(LOGARITHM, D.centres.float(), D.weights.float())
    for found, expected in zip(single.value_and_gradient(cloud(9, 2).float()), D.value_and_gradient(cloud(9, 2)), strict=True):
        assert (found - expected).abs().max() <= 1e-4 * expected.abs().max()


@each_summed
def test_sums_repeat_bit_for_bit(kernel):
    D, x = expansion(kernel, 1030, 2), cloud(130, 2)
    first, again = D.value_and_gradient(x), D.value_and_gradient(x)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


MEMORY = """
import resource, torch
torch.set_num_threads(1)
from gantheory.kernels import KernelExpansion, polyharmonic
D = KernelExpansion(polyharmonic(1, 2), torch.randn(20000, 2), torch.randn(20000))
x = torch.randn(20000, 2)
D.value_and_gradient(x[:300])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
from gantheory.kernels import Direct
KernelExpansion(D.kernel, D.centres, D.weights, sums=Direct(compiled=False)).value_and_gradient(x)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.full
def test_memory_of_a_large_sum_is_linear():
    run = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert float(run.stdout) <= 200  # megabytes; the Gram matrix alone would have 1600


COMPILED = """
import torch
torch.set_num_threads(1)
from gantheory.kernels import Direct, KernelExpansion, Radial, polyharmonic
draw = torch.Generator().manual_seed(0)
c, w = torch.randn(900, 2, dtype=torch.float64, generator=draw), torch.randn(900, dtype=torch.float64, generator=draw)
x = torch.cat([torch.randn(600, 2, dtype=torch.float64, generator=draw), c[:40]])
fused, tiled = (KernelExpansion(polyharmonic(1, 2), c, w, sums=Direct(compiled=choice)) for choice in (True, False))
assert fused.stats["sums"] == "compiled", fused.stats
for a, b in zip(fused.value_and_gradient(x), tiled.value_and_gradient(x), strict=True):
    assert a.shape == b.shape and a.dtype == b.dtype
    print(float((a - b).abs().max() / b.abs().max()))
z = x[:600].requires_grad_()
for f in (fused, tiled):
    (slope,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    (second,) = torch.autograd.grad(slope.sum(), z)
    print(float(second.abs().sum()))
"""


@pytest.mark.compiler
@pytest.mark.skipif(not compiled.available(), reason="no C++ compiler or no Python.h")
def test_the_compiled_path_agrees_with_tiles():
    """In a process of its own: shapes in signatures are not checked while torch traces."""
    run = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    value, slope, *second = (float(v) for v in run.stdout.split())
    assert value <= 100 * EPS
    assert slope <= 100 * EPS
    assert second[0] == second[1] > 0


@pytest.mark.parametrize(
    ("kernel", "dim", "sums", "why"),
    [
        (LOGARITHM, 2, Direct(compiled=False), r"tiled \(asked for\)"),
        (LOGARITHM, 2, Direct(), r"tiled \((too few pairs|no C\+\+)"),
        (screened(1, 2, 1), 2, Direct(), r"tiled \((Bessel|no C\+\+)"),
        (LOGARITHM, 9, Direct(), r"tiled \((more than 8 dimensions|no C\+\+)"),
        (LOGARITHM, 2, Direct(self_pairs=False), r"tiled \((equal indices|no C\+\+)"),
    ],
)
def test_stats_say_which_path_and_why(kernel, dim, sums, why):
    D = expansion(kernel.softened(0.5), 4, dim, sums=sums, own=(0, 4), facts={"solver": "green"})
    assert (D.stats["centres"], D.stats["softening"], D.stats["solver"]) == (4, 0.5, "green")
    assert re.match(why, D.stats["sums"])


@pytest.mark.parametrize("kernel", [screened(1, 2, 1), LOGARITHM])
def test_a_compiled_path_that_cannot_be_is_refused(kernel):
    sums = Direct(compiled=True, self_pairs=kernel is not LOGARITHM)
    with pytest.raises(Refusal, match=r"needs the fused reduction.*Use Direct\(\)"):
        expansion(kernel, 4, 2, sums=sums, own=(0, 4))(cloud(4, 2))


@pytest.mark.parametrize(("degree", "dim"), product((1, 2, 3, 4), (1, 2, 3)))
def test_a_polynomial_has_its_terms_and_its_gradient(degree, dim):
    terms = math.comb(dim + degree - 1, dim)
    P = Polynomial(cloud(terms, 1, 6)[:, 0], degree, cloud(1, dim, 7)[0], 1.7)
    x = cloud(5, dim)
    assert P.basis(x).shape == (5, terms)
    assert torch.linalg.matrix_rank(P.basis(cloud(3 * terms, dim))) == terms
    (by_autograd,) = torch.autograd.grad((P(z := x.clone().requires_grad_()) + 0 * z[:, 0]).sum(), z)
    assert close(P.gradient(x), by_autograd, 1 + by_autograd.abs().max())
    assert torch.allclose(P.gradient(x), differences(P, x), rtol=1e-7, atol=1e-8)
    line = torch.linspace(-1, 2, degree + 1, dtype=torch.float64)[:, None] * cloud(1, dim, 8)
    binomial = torch.tensor([(-1.0) ** k * math.comb(degree, k) for k in range(degree + 1)], dtype=torch.float64)
    assert abs(float(binomial @ P(line))) <= 1e-12  # the degree-th difference of a lower degree


def test_transforms_of_torch_func_work_at_single_points():
    D, x = expansion(LOGARITHM, 5, 2, polynomial=Polynomial(cloud(3, 1)[:, 0], 2, cloud(1, 2)[0])), cloud(4, 2)

    def at(point):
        return D(point[None])[0]

    assert torch.allclose(torch.func.vmap(at)(x), D(x), rtol=1e-13)
    assert torch.allclose(torch.func.vmap(torch.func.grad(at))(x), D.gradient(x), rtol=1e-13)
    assert torch.allclose(torch.func.jacrev(torch.func.jacrev(at))(x[0]), hessians(D, x)[0], rtol=1e-12)
    assert torch.allclose(torch.func.vmap(lambda p: D.gradient(p[None])[0])(x), D.gradient(x), rtol=1e-13)


# The gradient of any field


def test_gradient_takes_the_closed_form_and_else_autograd():
    D, x = expansion(IMQ, 5, 2), cloud(4, 2)
    assert torch.equal(gradient(D, x), D.gradient(x))
    assert torch.equal(gradient(lambda z: D(z), x), D.gradient(x))
    with torch.no_grad():
        assert torch.equal(gradient(lambda z: D(z), x), D.gradient(x))
    z = x.clone().requires_grad_()
    (once_more,) = torch.autograd.grad(gradient(lambda u: D(u), z).sum(), z)
    assert close(once_more, hessians(D, x).sum(1))
    assert not gradient(lambda u: D(u), x).requires_grad
    weight = torch.ones(1, dtype=torch.float64, requires_grad=True)
    for blind in (lambda u: torch.ones(len(u), dtype=u.dtype), lambda u: weight * torch.ones(len(u), dtype=u.dtype)):
        with pytest.raises(Refusal, match="differentiable in x"):
            gradient(blind, x)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda c, w: KernelExpansion(Radial(sp.exp(-r)), c.fill_(float("nan")), w), "finite"),
        (lambda c, w: KernelExpansion(Radial(sp.exp(-r)), c, w, sums=Direct(self_pairs=False), own=(0, 3)), "equal weight"),
        (lambda c, w: Radial(r, positivity=-1), "≥ 0"),
    ],
)
def test_what_would_pass_a_silent_wrong_on_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make(torch.randn(3, 2, dtype=torch.float64), torch.tensor([0.7, 0.1, 0.2], dtype=torch.float64))


@pytest.mark.parametrize("width", [0.6718742, 1 / 3, 123.456789012345])
def test_a_gaussian_of_any_width_is_there_at_once(width):
    """A width with many digits is a ratio of large integers, which once was taken for the degree of a polynomial."""
    k, x, y = gaussian(width), torch.randn(3, 2, dtype=torch.float64), torch.randn(4, 2, dtype=torch.float64)
    difference = x[:, None] - y[None]
    expected = torch.exp(-difference.square().sum(2) / (2 * width**2))
    torch.testing.assert_close(k(x, y), expected)
    torch.testing.assert_close(k.gradient(x, y), -difference / width**2 * expected[..., None])
    torch.testing.assert_close(k.laplacian(x, y), (difference.square().sum(2) / width**2 - 2) / width**2 * expected)
