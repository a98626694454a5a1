"""Laws of lowering: 8 eps (1 + κ(r)) of mpmath at 50 digits, and Bessel K of every real order."""

from functools import cache
from math import isfinite

import mpmath
import pytest
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory.kernels import Radial
from gantheory.kernels.radial import s
from gantheory.kernels.sums.compiled import WORTH, available, reason_against
from gantheory.lowering import exact, limit_at_zero, lower, plain, tidy
from gantheory.lowering import walk as walked
from gantheory.lowering.bessel import bessel_k, refuse_other_devices
from gantheory.lowering.forms import Expm1
from gantheory.lowering.logistic import Sigmoid, Softplus
from gantheory.symbolic import r
from tests.cases import KERNELS, product
from tests.test_lowering import MATERN_32, MATERN_52, SMOOTH, derivatives, points
from tests.typechecker import CALLS

STEP = {"Heaviside": lambda z, half=0.5: 0 if z < 0 else 1, "DiracDelta": lambda *z: 0}
EXACT = [STEP | {"besselk": cache(mpmath.besselk)}, "mpmath"]
AT = (1.7e-4, 0.0143, 0.9375, 1.99, 5.3, 31.7)  # asin and acos end before
EVERYWHERE = (
    1e-12,
    3.3e-10,
    1.7e-8,
    4e-6,
    2.3e-5,
    *AT[:2],
    0.11,
    0.2,
    0.3,
    0.52,
    0.75,
    *AT[2:4],
    1.3,
    3.1,
    4.2,
    5.3,
    7.7,
    12.1,
)
EVERYWHERE = tuple(torch.tensor((*EVERYWHERE, 17.3, 24.0, 31.7, 40.3, 50.0)).tolist())  # of float32, and so of float64
small = sp.exp(-r)
THIRD = sp.Rational(1, 3)
CANCELLING = [
    *(
        (small - 1) / r,
        1 - sp.exp(-(r**2)),
        sp.sin(r) / r,
        sp.log(1 + r) / r - 1,
        (1 - sp.cos(r)) / r**2,
        (small - 1 + r) / r**2,
    ),
    *(
        sp.sqrt(1 + r**2) - 1,
        sp.sqrt(1 + r**2) - r,
        sp.loggamma(1 + r),
        r - sp.log(1 + sp.exp(r)),
        1 - sp.erf(r),
        1 - sp.tanh(r),
    ),
    *((r - sp.sin(r)) / r**3, (sp.tanh(r) - r) / r**3, 1 / sp.tanh(r) - 1 / r, r / (sp.exp(r) - 1), sp.erf(r) - sp.tanh(r)),
    *(sp.besselk(1, r) - 1 / r, sp.besselk(0, r) + sp.log(r / 2) + sp.EulerGamma, 1 - r * sp.besselk(1, r)),
    *(sp.exp(-sp.sqrt(r)) - 1 + sp.sqrt(r), MATERN_32 - 1, MATERN_52 - 1, 1 - 1 / (1 + r**2), 1 - 1 / sp.sqrt(1 + r**2)),
    *(
        sp.atan(r) - sp.pi / 2,
        sp.atan(r) - r,
        sp.log(1 + r) - sp.log(r),
        sp.exp(r) * sp.erfc(sp.sqrt(r)),
        sp.exp(r**2) * sp.erfc(r),
    ),
    *(
        sp.cosh(r) - 1,
        sp.cosh(r) - sp.sinh(r),
        sp.sinh(r) / r - 1,
        sp.log(sp.cosh(r)),
        sp.log(60 * sp.sin(r / 60) / r),
        r**r - 1,
    ),
    *(small - small**2, r**2 * sp.log(r) / 2 - r**2 + 1 - sp.cos(sp.sqrt(2) * r), (1 + r) ** THIRD - 1, 1 - small * sp.cos(r)),
    *(
        sp.besselk(THIRD, r) - sp.gamma(THIRD) / 2 * (r / 2) ** -THIRD,
        sp.erf(r) / r,
        (sp.sqrt(sp.pi) * sp.erf(r) / 2 - r) / r**3,
    ),
    *(
        sp.log(1 + r**2) - r**2,
        2 * (sp.sqrt(1 + r) - 1) - r,
        sp.asin(r / 60) - r / 60,
        r - sp.log(1 + r),
        sp.tan(r / 40) - r / 40,
    ),
    *(sp.loggamma(1 + r) + sp.EulerGamma * r, sp.polygamma(0, 1 + r) + sp.EulerGamma, sp.log(r) * (sp.log(1 + r) - r)),
    *(
        (sp.exp(-(r**2) / 2) - 1 + r**2 / 2) / r**4,
        sp.loggamma(1 + r) - (r + sp.S.Half) * sp.log(r) + r - sp.log(2 * sp.pi) / 2,
    ),
]
REAL_ORDERS = [sp.Rational(1, 3), sp.Rational(7, 3), 2.3, sp.Rational(12, 5), 0.05, sp.Rational(19, 20)]
a, b = sp.symbols("a b", real=True)


def expressions(kernel):
    """What is lowered for a kernel, with its symbol: the profile and its derivative, value, slope and curvature in s."""
    profile = lower(kernel.profile, r)
    slope = sp.diff(kernel.profile, r)
    yield profile, kernel.profile, r
    yield profile.derivative, slope, r
    for lowered in (kernel.value, kernel.slope, kernel.curvature):
        yield lowered, lowered.expr, s


@cache
def values_and_scales(expr, symbol, at, digits):
    """φ and |φ| + |r φ′| at numbers."""
    with mpmath.workdps(digits):
        value, slope = (sp.lambdify(symbol, e, EXACT) for e in (expr, sp.diff(expr, symbol)))
        exact = [(x, value(x)) for x in map(mpmath.mpf, at)]
        return [(v, abs(v) + abs(x * slope(x))) for x, v in exact]


def worst_error(lowered, expr, symbol, dtype, at=AT, digits=50):
    """max |found − exact| / eps (|φ| + |r φ′|), at points of the dtype, the exact side beyond what cancels."""
    x = torch.tensor(at, dtype=dtype)
    limits, worst = torch.finfo(dtype), 0.0
    exact = values_and_scales(expr, symbol, tuple(x.tolist()), digits)
    for found, (value, scale) in zip(lowered(x).tolist(), exact, strict=True):
        if 2**24 * limits.tiny < abs(value) <= limits.max:
            assert isfinite(found)
            worst = max(worst, float(abs(found - value) / (limits.eps * scale)))
        elif abs(value) <= limits.max:  # a number has fewer digits there
            assert abs(found - value) <= abs(value) + limits.tiny
    return worst


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_and_its_gradients_keep_their_digits(name):
    kernel, _ = KERNELS[name]
    for lowered, expr, symbol in expressions(kernel):
        assert worst_error(lowered, expr, symbol, torch.float64) <= 8, expr
        assert symbol == s or worst_error(lowered, expr, symbol, torch.float32) <= 8, expr


@pytest.mark.parametrize("expr", SMOOTH, ids=str)
def test_elementary_expressions_and_their_slopes_keep_their_digits(expr):
    f, at = lower(expr, r), AT[:3] if expr.has(sp.asin, sp.acos) else AT
    assert worst_error(f, expr, r, torch.float64, at) <= 8
    assert worst_error(f.derivative, sp.diff(expr, r), r, torch.float64, at) <= 8


SLOW = [e for e in CANCELLING if e.has(sp.besselk(THIRD, r))]
SLOW += [sp.besselk(1, r) - 1 / r, (sp.tanh(r) - r) / r**3, CANCELLING[-1]]  # seconds each


@pytest.mark.parametrize(
    ("expr", "dtype"),
    [
        pytest.param(e, dtype, marks=pytest.mark.full if e in SLOW or (dtype == torch.float32 and k % 2) else ())
        for (k, e), dtype in product(enumerate(CANCELLING), (torch.float64, torch.float32))
    ],
    ids=str,
)
def test_where_terms_cancel_value_slope_and_curvature_keep_their_digits(expr, dtype):
    f, at, digits = lower(expr, r), EVERYWHERE, 400  # 1 − erf(24) begins at the 252nd
    if expr.has(sp.besselk):
        at, digits = EVERYWHERE[::3], 60
    for k in range(3):
        assert worst_error(f, sp.diff(expr, r, k), r, dtype, at, digits) <= 8
        assert not f.lost
        f = f.derivative


@pytest.mark.parametrize(
    "expr",
    [
        r**r - 1 - r * sp.log(r),
        pytest.param(sp.log(1 + r * sp.log(r) ** 2) - r * sp.log(r) ** 2, marks=pytest.mark.full),
    ],
    ids=str,
)
def test_where_nothing_keeps_the_digits_valid_ends_and_arguments_are_refused_by_name(expr):
    """Powers of r log r cancel: no power series in r and log r takes over."""
    f, kernel = lower(expr, r), Radial(expr)
    (ends,) = f.formula.lost
    assert ends[0] == 0 < ends[1] < 0.1
    assert f.valid.intersect(sp.Interval.open(*ends)).is_empty
    assert all(x in f.valid and x in kernel.valid for x in (0, 1, 50))
    assert worst_error(f, expr, r, torch.float64, (1.01 * ends[1], 2 * ends[1], 0.1, 1.0), 100) <= 8
    for at in (1e-12, 0.7 * ends[1]):
        with pytest.raises(Refusal, match=r"keeps its digits outside \(0, .*; got the argument .*nothing cancels"):
            f(torch.tensor([1.0, at], dtype=torch.float64))
        with pytest.raises(Refusal, match="nothing cancels"):
            kernel(torch.tensor([[1e-12]]), torch.zeros(1, 1))
    assert f(torch.ones(2, device="meta")).shape == (2,)
    assert f(torch.zeros(1, dtype=torch.float64)).item() == 0
    if available():
        assert reason_against(kernel, torch.zeros(1, 1), WORTH, None) == "the profile loses digits at some distances"


@pytest.mark.parametrize("expr", [sp.sqrt(1 + r**2) - r, sp.log(1 + r) - sp.log(r), r * sp.atan(1 / r) - 1], ids=str)
def test_far_out_and_close_to_0_beyond_all_arguments_that_are_tried_the_digits_are_kept(expr):
    for form in (expr, expr.subs(r, 1 / r)):
        f = lower(form, r)
        at = (3e5, 1e8, 7e11) if form == expr else (3e-13, 1e-9, 7e-6)
        assert worst_error(f, form, r, torch.float64, at, 100) <= 8
        assert worst_error(f.derivative, sp.diff(form, r), r, torch.float64, at, 100) <= 8


MENDED = [  # by a form, by a polynomial, with a logarithm, with a root, far out, by a form far out
    *(1 - sp.exp(-(r**2)), sp.loggamma(1 + r), 1 - r * sp.besselk(1, r), sp.exp(-sp.sqrt(r)) - 1 + sp.sqrt(r)),
    *(sp.sqrt(1 + r**2) - r, sp.log(sp.cosh(r))),
]


@pytest.mark.parametrize("expr", MENDED, ids=str)
def test_a_mended_formula_is_differentiated_mapped_traced_and_without_data_like_any_other(expr):
    torch.compiler.reset()  # eight formulas are its limit
    f, x = lower(expr, r), points(3e-3, 0.04, 0.9, 3.7)
    assert f.formula.pieces or f.formula.formula is not f._evaluation
    assert torch.autograd.gradcheck(f, (x,), atol=1e-7)
    assert torch.autograd.gradgradcheck(f, (x,), atol=1e-6)
    value, slope = (v.detach() for v in derivatives(f, x, 1))
    assert torch.equal(torch.func.vmap(f)(x), value)
    assert torch.allclose(torch.func.vmap(torch.func.grad(f))(x.detach()), slope, rtol=1e-14)
    for dtype in (torch.float32, torch.float64):
        own, z = plain(f, dtype), x.detach().to(dtype)
        for _ in range(CALLS + 1):  # the checker of types has stepped aside: it cannot be traced
            expected = own(z)
        assert torch.equal(torch.compile(own, backend="eager", fullgraph=True, dynamic=True)(z), expected)
        found = f(torch.ones(2, 3, dtype=dtype, device="meta"))
        assert (found.shape, found.dtype, found.device.type) == (torch.Size((2, 3)), dtype, "meta")
    assert f(points(0.0)).item() == limit_at_zero(expr, r)


@pytest.mark.full
@pytest.mark.parametrize("expr", [e for e in CANCELLING if not e.has(sp.besselk)], ids=str)
def test_at_100_arguments_that_nobody_chose_the_digits_are_kept(expr):
    chosen = torch.Generator().manual_seed(len(str(expr)))
    at = tuple((10 ** (-12 + 13.3 * torch.rand(100, generator=chosen))).tolist())
    f = lower(expr, r)
    for k in range(3):
        for dtype in (torch.float64, torch.float32):
            assert worst_error(f, sp.diff(expr, r, k), r, dtype, at, 300) <= 8
        f = f.derivative


def test_every_function_that_is_lowered_is_known_to_many_digits():
    assert {*walked.UNARY, sp.log} - {Sigmoid, Softplus, Expm1} == {*exact.UNARY, sp.log}


def test_slopes_of_tanh_keep_their_digits_where_one_minus_its_square_has_none():
    f = lower(sp.tanh(2 * r) * r, r).derivative.derivative
    z = torch.tensor([0.3, 20.0, 400.0], dtype=torch.float64)
    with mpmath.workdps(50):
        exact = [mpmath.diff(lambda t: t * mpmath.tanh(2 * t), at, 2) for at in (0.3, 20)]
        exact = [float(v) for v in exact]
    assert f(z)[:2].tolist() == pytest.approx(exact, rel=1e-13)
    assert f(z)[2].item() == 0


@pytest.mark.parametrize(("order", "power"), product(REAL_ORDERS, (0, 1)))
def test_bessel_of_a_real_order_keeps_its_digits(order, power):
    expr = (r**order) ** power * sp.besselk(order, r)
    f = lower(expr, r)
    assert worst_error(f, expr, r, torch.float64) <= 8
    assert worst_error(f.derivative, sp.diff(expr, r), r, torch.float64) <= 8


@pytest.mark.parametrize("order", [0, 1, 2, 5, 0.3, 1.7])
def test_bessel_has_its_own_backward_twice(order):
    z = points(0.3, 1.1, 4.2)
    assert torch.autograd.gradcheck(lambda t: bessel_k(order, t), (z,))
    assert torch.autograd.gradgradcheck(lambda t: bessel_k(order, t), (z,))
    batch = z.detach().expand(2, 3)
    assert torch.equal(torch.func.vmap(lambda t: bessel_k(order, t))(batch), bessel_k(order, batch))
    slope = torch.func.vmap(torch.func.grad(lambda t: bessel_k(order, t)))(z.detach())
    assert torch.allclose(slope, torch.autograd.grad(bessel_k(order, z).sum(), z)[0], rtol=1e-14)


def test_bessel_of_several_symbols_is_differentiable():
    f = lower(sp.besselk(sp.Rational(1, 3), a) * b + sp.besselk(1, a * b), a, b)
    assert torch.autograd.gradcheck(f, (points(0.4, 1.3), points(0.9, 0.2)))
    assert torch.autograd.gradgradcheck(f, (points(0.4, 1.3), points(0.9, 0.2)))


@pytest.mark.parametrize("order", [sp.Rational(1, 2), sp.Rational(5, 2), 1.5])
def test_half_integer_orders_are_elementary(order):
    assert not tidy(sp.besselk(order, r)).has(sp.besselk)


def test_a_real_order_is_refused_away_from_the_cpu_by_name():
    with pytest.raises(Refusal, match=r"ν = 0\.3 is evaluated by SciPy, on the CPU; got a tensor on cuda:0. Move it with"):
        refuse_other_devices(0.3, torch.device("cuda:0"))
    for dtype in (torch.float32, torch.float64):
        found = lower(sp.besselk(sp.Rational(1, 3), r), r)(torch.ones(2, 3, dtype=dtype, device="meta"))
        assert (found.shape, found.dtype, found.device.type) == (torch.Size((2, 3)), dtype, "meta")
    with pytest.raises(Refusal, match="real orders that are numbers"):
        lower(sp.besselk(a, r), r, a)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_cuda_device_real_orders_are_refused_and_integer_orders_agree():
    z = torch.tensor(AT, dtype=torch.float64)
    with pytest.raises(Refusal, match="evaluated by SciPy, on the CPU; got a tensor on cuda"):
        lower(sp.besselk(sp.Rational(1, 3), r), r)(z.cuda())
    for order in (0, 1, 3, sp.Rational(5, 2)):
        f = lower(sp.besselk(order, r), r)
        assert torch.allclose(f(z.cuda()).cpu(), f(z), rtol=1e-13)


def test_a_kernel_of_a_real_bessel_order_has_limits_and_gradients():
    order = sp.Rational(7, 3)
    kernel = Radial(r**order * sp.besselk(order, r))
    assert kernel.valid == sp.Interval(0, sp.oo)
    x = torch.tensor([[0.0, 0.0], [0.4, -1.1]], dtype=torch.float64)
    with mpmath.workdps(30):
        limit = float(2 ** (mpmath.mpf(7) / 3 - 1) * mpmath.gamma(mpmath.mpf(7) / 3))
    assert kernel(x, x)[0, 0].item() == pytest.approx(limit, rel=1e-15)
    moved = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(kernel(moved, x[:1]).sum(), moved, create_graph=True)
    assert torch.allclose(slope, kernel.gradient(x, x[:1])[:, 0], rtol=1e-14)
    assert torch.isfinite(torch.autograd.grad(slope.sum(), moved)[0]).all()


@pytest.mark.parametrize(("order", "there"), [(sp.Rational(1, 3), True), (sp.Rational(7, 3), False)])
def test_bessel_outside_its_range_is_not_evaluated(order, there):
    """K_ν itself has no limit at 0: a pair at distance 0 contributes nothing, and a second derivative is refused."""
    f = lower(sp.besselk(order, r), r)
    assert f.valid == sp.Interval.open(0, sp.oo)
    value, slope = derivatives(f, points(0.0, 1.0), 1)
    assert [value[0].item(), slope[0].item()] == [0, 0]
    with pytest.raises(Refusal, match="derivative 2"):
        derivatives(f, points(0.0, 1.0), 2)


@pytest.mark.parametrize(
    ("expr", "gathered"),
    [
        (sp.diff(sp.Max(0, 1 - r / 2) ** 4 * (2 * r + 1), r), -5 * r * sp.Max(0, 1 - r / 2) ** 3),
        (sp.Heaviside(1 - r) * (r + r**2) - sp.Heaviside(1 - r) * r**2, r * sp.Heaviside(1 - r)),
    ],
)
def test_terms_behind_one_gate_cancel_in_sympy(expr, gathered):
    assert tidy(expr) == gathered


@pytest.mark.parametrize("expr", [sp.Max(0, 1 - r) + r, sp.Heaviside(1 - r) * sp.Max(0, 2 - r), sp.Heaviside(r - 1) + r])
def test_what_is_not_behind_one_gate_is_left_as_it_is(expr):
    x = points(0.3, 0.7, 1.4, 2.6)
    assert torch.allclose(lower(tidy(expr), r)(x), lower(expr, r)(x), rtol=1e-15)
