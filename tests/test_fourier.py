"""Laws of Fourier series on tori: half lattices, sums over scattered points, grids, and derivatives of every order."""

import sys

import numpy as np
import pytest
import torch

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.fourier import DirectSum, FourierField, Lattice, NonuniformTransform, chosen, from_grid, nodes, on_grid
from gantheory.fourier.sums import MANY

PERIODS, MODES = (2.0, 3.1, 1.7), (9, 6, 4)
LATTICES = {n: Lattice(PERIODS[:n], MODES[:n]) for n in (1, 2, 3)} | {4: Lattice((2.0, 3.1, 1.7, 0.9), (2, 1, 3, 2))}


def points(n, d, seed, dtype=torch.float64):
    """Points in and far outside the first cell."""
    return 7 * torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype) - 3


def random_coefficients(lattice, seed=0, dtype=torch.complex128):
    """Generic coefficients, outside the half lattice too, where they must not matter."""
    return torch.randn(lattice.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.complex128).to(dtype)


def listed(lattice):
    """(K, n): every k of the box with k ≠ 0 whose first nonzero entry is positive, by enumeration."""
    box = np.stack(np.meshgrid(*(np.arange(-m, m + 1) for m in lattice.modes), indexing="ij"), -1).reshape(-1, lattice.dim)
    return np.array([k for k in box if next((v for v in k if v != 0), 0) > 0])


def written_out(lattice, coefficients, mean, x):
    """c₀ + Σ_{k ≠ 0} c_k e^{iω·x}, both halves written out, and its gradient."""
    k = listed(lattice)
    c = coefficients.numpy()[tuple((k + np.array([0, *lattice.modes[1:]])).T)]
    omega = 2 * np.pi * k / np.array(lattice.periods)
    whole, both = np.concatenate([omega, -omega]), np.concatenate([c, c.conj()])
    waves = both * np.exp(1j * x.numpy() @ whole.T)
    return mean + waves.sum(1).real, np.stack([(1j * w * waves).sum(1).real for w in whole.T], 1)


@pytest.mark.parametrize("n", LATTICES)
def test_a_half_lattice_and_its_mirror_image_are_all_wave_numbers_but_zero(n):
    lattice = LATTICES[n]
    place = np.argwhere(lattice.half) - np.array([0, *lattice.modes[1:]])
    assert {tuple(k) for k in place} == {tuple(k) for k in listed(lattice)}
    assert lattice.size == len(place) == (np.prod([2 * m + 1 for m in lattice.modes]) - 1) // 2
    assert not {tuple(k) for k in place} & {tuple(-k) for k in place}
    square = ((2 * np.pi * place / np.array(lattice.periods)) ** 2).sum(1)
    np.testing.assert_allclose(lattice.square[lattice.half], square, rtol=1e-15)


@pytest.mark.parametrize("n", LATTICES)
def test_a_field_is_its_series_written_out(n):
    lattice, x = LATTICES[n], points(23, n, 1)
    c = random_coefficients(lattice)
    D = FourierField(lattice, c, 0.3)
    value, slope = written_out(lattice, c, 0.3, x)
    assert np.abs(D(x).numpy() - value).max() <= 1e-12 * np.abs(value).max()
    assert np.abs(D.gradient(x).numpy() - slope).max() <= 1e-12 * np.abs(slope).max()
    assert D(x[:0]).shape == (0,)
    assert D.gradient(x[:0]).shape == (0, n)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_fast_and_direct_sums_agree(n):
    lattice, x = LATTICES[n], points(211, n, 2)
    w = torch.rand(211, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    c = torch.stack([random_coefficients(lattice, 4), random_coefficients(lattice, 5)])
    half = torch.from_numpy(lattice.half)
    direct, fast = (s.coefficients(x, w, lattice)[half] for s in (DirectSum(), NonuniformTransform()))
    assert (direct - fast).abs().max() <= 1e-12 * w.sum()
    c = torch.where(half, c, 0)
    direct, fast = (s.values(x, c, lattice) for s in (DirectSum(), NonuniformTransform()))
    assert (direct - fast).abs().max() <= 1e-11 * direct.abs().max()


@pytest.mark.parametrize(
    ("n", "dtype", "roundoff"), [(1, torch.float64, 1e-13), (3, torch.float64, 1e-13), (2, torch.float32, 1e-4)]
)
def test_sums_of_points_and_values_at_points_are_adjoint(n, dtype, roundoff):
    """⟨w, D(x)⟩ = 2 Re ⟨c, conj(sums)⟩: no coefficient is conjugated or mirrored in one of the two alone."""
    lattice, x = LATTICES[n], points(37, n, 2, dtype)
    w = torch.rand(37, generator=torch.Generator().manual_seed(3), dtype=dtype)
    c = torch.where(torch.from_numpy(lattice.half), random_coefficients(lattice, 1), 0).to(dtype.to_complex())
    for way in (DirectSum(), NonuniformTransform()):
        left = w @ way.values(x, c[None], lattice)[0]
        right = 2 * (c * way.coefficients(x, w, lattice).conj()).sum().real
        assert left.dtype == dtype
        assert abs(left - right) <= roundoff * c.abs().sum()


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("sums", [DirectSum(), NonuniformTransform()], ids=str)
def test_every_derivative_is_that_of_the_series(n, sums):
    """Autograd's first, second and third derivatives along a direction, against 2 Re Σ (iω·v)^j c_k e^{iω·x}."""
    lattice = LATTICES[n]
    D = FourierField(lattice, random_coefficients(lattice), 0.3, sums)
    x, v = points(5, n, 3).requires_grad_(), points(1, n, 4)[0]
    k = listed(lattice)
    rate = 1j * (2 * np.pi * k / np.array(lattice.periods)) @ v.numpy()
    c = D.coefficients.numpy()[tuple((k + np.array([0, *lattice.modes[1:]])).T)]
    waves = np.exp(1j * x.detach().numpy() @ (2 * np.pi * k / np.array(lattice.periods)).T) * c
    value = D(x)
    for order in (1, 2, 3):
        (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        value = slope @ v
        expected = 2 * (rate**order * waves).sum(1).real
        assert np.abs(value.detach().numpy() - expected).max() <= 1e-11 * np.abs(rate**order * waves).sum(1).max()
    (of_gradient,) = torch.autograd.grad((D.gradient(x) @ v).sum(), x)
    (of_value,) = torch.autograd.grad((gradient(lambda z: D(z), x) @ v).sum(), x)
    assert (of_gradient - of_value).abs().max() <= 1e-9 * of_value.abs().max()


def test_a_field_works_under_torch_func():
    D = FourierField(LATTICES[2], random_coefficients(LATTICES[2]))
    x = points(3, 2, 1)
    hessian = torch.func.vmap(torch.func.jacrev(torch.func.jacrev(lambda z: D(z[None])[0])))(x)
    one = torch.autograd.functional.hessian(lambda z: D(z[None])[0], x[1])
    assert hessian.shape == (3, 2, 2)
    assert (hessian[1] - one).abs().max() <= 1e-11 * one.abs().max()


@pytest.mark.parametrize("n", LATTICES)
@pytest.mark.parametrize("more", [1, 2, 5])
def test_grids_and_series_are_inverse_to_each_other(n, more):
    """N = 2M + 1 (odd), 2M + 2 (even) and more, another number on each axis."""
    lattice = LATTICES[n]
    c = random_coefficients(lattice).numpy()
    size = tuple(2 * m + more + (i if more > 2 else 0) for i, m in enumerate(lattice.modes))
    values = on_grid(0.3, np.where(lattice.half, c, 0), lattice, size)
    at, _ = written_out(lattice, torch.from_numpy(c), 0.3, torch.from_numpy(nodes(lattice.periods, size)))
    assert np.abs(values.ravel() - at).max() <= 1e-12 * np.abs(at).max()
    mean, found = from_grid(values, lattice)
    assert abs(mean - 0.3) <= 1e-13
    assert np.abs(found - np.where(lattice.half, c, 0)).max() <= 1e-13


@pytest.mark.parametrize("order", [0, 1, 2, 1.3])
def test_parseval(order):
    """∫ |(−Δ)^{s/2} D|² against the trapezoid rule, which is exact here, for the operator applied wave by wave."""
    lattice = LATTICES[2]
    c = random_coefficients(lattice)
    powered = torch.from_numpy(np.where(lattice.half, lattice.square, 1.0) ** (order / 2)) * c
    size = (4 * lattice.modes[0] + 3, 4 * lattice.modes[1] + 2)
    mean = 0.3 if order == 0 else 0.0
    values, _ = written_out(lattice, powered, mean, torch.from_numpy(nodes(lattice.periods, size)))
    expected = 2.0 * 3.1 * (values**2).mean()
    assert abs(FourierField(lattice, c, 0.3).energy(order) - expected) <= 1e-12 * expected


def test_the_choice_of_a_sum_follows_the_work():
    lattice = LATTICES[2]
    few, many = MANY // np.prod(lattice.shape), MANY // np.prod(lattice.shape) + 1
    assert isinstance(chosen(torch.zeros(int(few), 2), lattice), DirectSum)
    assert isinstance(chosen(torch.zeros(int(many), 2), lattice), NonuniformTransform)
    assert isinstance(chosen(torch.zeros(int(many), 2, device="meta"), lattice), DirectSum)
    assert isinstance(chosen(torch.zeros(10**6, 4), LATTICES[4]), DirectSum)


def test_many_points_are_summed_block_by_block():
    lattice, x = Lattice((1.0, 2.0), (40, 300)), points(4001, 2, 3)
    c = random_coefficients(lattice)
    direct, fast = (FourierField(lattice, c, 0.0, s)(x) for s in (DirectSum(), NonuniformTransform()))
    assert (direct - fast).abs().max() <= 1e-11 * direct.abs().max()
    w = torch.ones(4001, dtype=torch.float64)
    half = torch.from_numpy(lattice.half)
    direct, fast = (s.coefficients(x, w, lattice)[half] for s in (DirectSum(), NonuniformTransform()))
    assert (direct - fast).abs().max() <= 1e-12 * 4001


def test_a_field_keeps_its_dtype_and_its_points_apart():
    lattice = LATTICES[1]
    D = FourierField(lattice, random_coefficients(lattice, dtype=torch.complex64))
    x = points(4, 1, 1, torch.float32)
    assert D(x).dtype == D.gradient(x).dtype == torch.float32
    for wrong, words in (
        (x.double(), r"takes points of torch\.float32 on cpu; got torch\.float64"),
        (points(4, 2, 1, torch.float32), r"shape \(n, 1\); got \(4, 2\)"),
        (x[:, 0], r"shape \(n, 1\)"),
        (x * float("nan"), "are finite; got nan"),
    ):
        with pytest.raises(Refusal, match=words):
            D(wrong)
        with pytest.raises(Refusal, match=words):
            D.gradient(wrong)


REFUSED = {
    "period": (lambda: Lattice((1.0, -2.0), (3, 3)), "periods of a torus are finite and positive"),
    "modes": (lambda: Lattice((1.0, 2.0), (3,)), "one largest wave number for each period; got 1 modes for 2 periods"),
    "zero": (lambda: Lattice((1.0,), (0,)), "largest wave number M is an integer ≥ 1"),
    "float": (lambda: Lattice((1.0,), (2.0,)), "largest wave number M is an integer ≥ 1; got 2.0"),
    "huge": (lambda: Lattice((1.0,) * 3, (500,) * 3), "at most .* wave numbers.*Use fewer modes"),
    "coarse": (lambda: from_grid(np.zeros(18), LATTICES[1]), "more than twice as many nodes.*got a grid of \\(18,\\)"),
    "real": (lambda: FourierField(LATTICES[1], torch.zeros(10)), "are complex, of shape \\(10,\\); got torch.float32"),
    "shape": (lambda: FourierField(LATTICES[1], torch.zeros(9) * 1j), "of shape \\(10,\\)"),
    "list": (lambda: FourierField(LATTICES[1], [1j] * 10), "got list"),
    "nan": (lambda: FourierField(LATTICES[1], torch.full((10,), np.nan) * 1j), "coefficients of a FourierField are finite"),
    "tolerance": (lambda: NonuniformTransform(0.0), "tolerance of a NonuniformTransform is between"),
    "4-D": (
        lambda: NonuniformTransform().values(points(3, 4, 1), random_coefficients(LATTICES[4])[None], LATTICES[4]),
        "works on the CPU in 1-D, 2-D and 3-D; got 4-D points on cpu. Use DirectSum",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_series_is_refused(case):
    build, words = REFUSED[case]
    with pytest.raises(Refusal, match=words):
        build()


def test_an_absent_library_is_named_with_its_extra_and_the_way_round(monkeypatch):
    monkeypatch.setitem(sys.modules, "finufft", None)
    with pytest.raises(Refusal, match=r"needs finufft.*pip install 'gantheory\[fast\]'.*Or pass sums=DirectSum\(\)"):
        FourierField(LATTICES[1], random_coefficients(LATTICES[1]), 0.0, NonuniformTransform())(points(3, 1, 1))
