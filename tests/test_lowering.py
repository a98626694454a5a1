"""Laws of lowering: SymPy's numbers, torch's dtype and device, limits at 0, and no text that is run."""

from functools import cache
from pathlib import Path

import mpmath
import pytest
import sympy as sp
import torch
from jaxtyping import TypeCheckError

from gantheory._errors import Refusal
from gantheory.lowering import limit_at_zero, lower
from gantheory.symbolic import r, y
from tests.cases import product

a, b = sp.symbols("a b", real=True)
MATERN_32 = (1 + r) * sp.exp(-r)
MATERN_52 = (1 + r + r**2 / 3) * sp.exp(-r)
SMOOTH = [
    *(sp.exp(-r), sp.log(1 + r), sp.erf(r), sp.erfc(r), sp.sin(r), sp.cos(r), sp.tan(r), sp.sinh(r), sp.cosh(r), sp.tanh(r)),
    *(sp.asin(r / 4), sp.acos(r / 4), sp.atan(r), sp.loggamma(r + 1), sp.Abs(r - 1) ** 3, sp.sign(r - 1) * r**2),
    *(sp.Heaviside(r - 1) * r**3, sp.Max(0, 1 - r) ** 4 * (4 * r + 1), sp.Min(r, 2) ** 3, sp.Max(r, 1, r**2 / 2)),
    *(sp.besselk(0, r), sp.besselk(1, 2 * r), sp.besselk(3, r), sp.besselk(sp.Rational(5, 2), r)),
    *(r, r**3, r**-1, r ** sp.Rational(7, 3), r**sp.pi, r**-2.5, sp.sqrt(r), 1 / sp.sqrt(1 + r**2), 2**r, r**r),
    *(r**4 * sp.log(r), MATERN_32, MATERN_52, sp.exp(-(r**2) / 2), sp.pi * r / 3 + sp.sqrt(2) * sp.EulerGamma),
    *(sp.exp(sp.sin(3 * r)) / (1 + r**2), sp.gamma(sp.Rational(1, 3)) * r**2 * sp.log(r) / sp.zeta(3)),
]
STEP = {"Heaviside": lambda z, half=0.5: 0 if z < 0 else 1}
LIMITS = {  # value, first and second derivative at 0
    r**3: (0, 0, 0),
    r**4 * sp.log(r): (0, 0, 0),
    sp.exp(-(r**2) / 2): (1, 0, -1),
    MATERN_32: (1, 0, -1),
    MATERN_52: (1, 0, -1 / 3),
    sp.exp(-r): (1, -1, 1),
    r**2 * sp.besselk(2, r): (2, 0, -1),
    sp.Max(0, 1 - r) ** 4 * (4 * r + 1): (1, 0, -20),
    sp.Abs(r - 2) * sp.Heaviside(1 - r) + sp.Min(r, 2): (2, 0, 0),
    sp.sin(r) / r: (1, 0, -1 / 3),
}
NO_LIMIT = [sp.log(r), 1 / r, r**-2, sp.besselk(0, r), sp.besselk(1, r), sp.sqrt(r)]  # of the value or of its derivative
NO_SECOND = {r**2 * sp.log(r): 0, r * sp.besselk(1, r): 1, r ** sp.Rational(3, 2): 0}  # with their values


def points(*values, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, requires_grad=True)


def derivatives(f, x, count):
    """f, f′, f″, … at x, by autograd."""
    values = [f(x)]
    for _ in range(count):
        (slope,) = torch.autograd.grad(values[-1].sum(), x, create_graph=True)
        values.append(slope)
    return values


@cache
def exact_derivatives(expr, at):
    """f, f′, f″, f‴ at a number, to 30 digits."""
    with mpmath.workdps(30):
        return list(mpmath.diffs(sp.lambdify(r, expr, [STEP, "mpmath"]), mpmath.mpf(at), 3))


@pytest.mark.parametrize(("expr", "dtype"), product(SMOOTH, (torch.float64, torch.float32)), ids=str)
def test_value_and_two_derivatives_are_those_of_mpmath(expr, dtype):
    x = points(0.3125, 0.6875, 2.875, dtype=dtype)
    found = derivatives(lower(expr, r), x, 2)
    for i, at in enumerate(x.tolist()):
        f = exact_derivatives(expr, at)
        for k in range(3):
            scale = abs(f[k]) + at * abs(f[k + 1]) + abs(at ** (1 - k) * f[1])  # eps (1 + κ) |f|, and that of f′
            assert found[k].dtype == dtype
            assert abs(found[k][i].item() - f[k]) <= 50 * torch.finfo(dtype).eps * scale


@pytest.mark.parametrize(
    "expr", [sp.Max(a, b) * sp.exp(a * b), (a - b) ** 3, sp.log(1 + sp.exp(-a)) + b, sp.Max(2, a, b, 3) / 7]
)
def test_several_symbols_keep_their_order(expr):
    x, z = points(-0.4, 1.3), points(0.9, -0.2)
    f = lower(expr, a, b)(x, z)
    slopes = torch.autograd.grad(f.sum(), (x, z), allow_unused=True, materialize_grads=True)
    for symbol, found in (*zip((a, b), slopes, strict=True), (None, f)):
        for i in range(2):
            exact = expr.diff(symbol) if symbol else expr
            expected = float(sp.N(exact.subs({a: x[i].item(), b: z[i].item()}), 30))
            assert abs(found[i].item() - expected) <= 1e-15 * (1 + abs(expected)) * 5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (1, 2, 1)])
@pytest.mark.parametrize(
    "expr", [sp.pi * r**0, sp.Integer(2), r, sp.log(r), MATERN_52, r * sp.besselk(1, r), sp.Max(r, 1), r**-2]
)
def test_dtype_device_and_shape_follow_the_argument(expr, dtype, device, shape):
    x = torch.ones(shape, dtype=dtype, device=device, requires_grad=True)
    for value in derivatives(lower(expr, r), x, 2):
        assert (value.dtype, value.device.type, value.shape) == (dtype, device, torch.Size(shape))


def test_constants_are_folded_to_seventeen_digits():
    f = lower(sp.pi**2 / sp.gamma(sp.Rational(1, 4)), r)
    assert torch.equal(f(points(0.0, 5.0)), torch.full((2,), float(sp.N(f.expr, 17)), dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.int64, torch.float16, torch.bfloat16, torch.complex64, torch.bool])
def test_other_dtypes_are_refused_by_name(dtype):
    for f in (lower(r**2, r), lower(a * b, a, b)):
        with pytest.raises(Refusal, match=f"float32 or float64 tensors; got {dtype}"):
            f(*(torch.ones(2, dtype=dtype) for _ in f.symbols))


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        (a * r, "every free symbol"),
        (sp.Symbol("r") ** 2, "every free symbol"),  # a foreign symbol of the same name
        (sp.besselj(0, r), "besselj"),
        (sp.Function("f")(r), "elementary functions; got f"),
        (sp.Piecewise((r, r < 1), (1, True)), "Piecewise"),
        (sp.besselk(sp.I, r), "real orders that are numbers; got K_I"),
        (sp.I * r, "real and finite"),
        (sp.oo, "real and finite"),
        (sp.Mul(sp.Integer(10) ** 400, r), "real and finite"),
        (sp.Integral(sp.exp(-(a**2)) * r, (a, 0, 1)), "Integral"),
    ],
)
def test_what_cannot_be_lowered_is_refused_at_once(expr, words):
    with pytest.raises(Refusal, match=words):
        lower(expr, r)


@pytest.mark.parametrize("expr", LIMITS, ids=str)
def test_at_zero_value_and_derivatives_are_the_limits(expr):
    f = lower(expr, r)
    assert f.valid == sp.Interval(0, sp.oo)
    for found, limit in zip(derivatives(f, points(0.0, 2.5), 2), LIMITS[expr], strict=True):
        assert found[0].item() == pytest.approx(limit, abs=1e-15)


@pytest.mark.parametrize("expr", NO_LIMIT, ids=str)
def test_without_a_limit_value_and_gradient_contribute_nothing(expr):
    f = lower(expr, r)
    assert f.valid == sp.Interval.open(0, sp.oo)
    value, slope = derivatives(f, points(0.0, 1.0), 1)
    missing = [limit_at_zero(expr.diff(r, k), r) is None for k in (0, 1)]
    assert any(missing)
    assert [value[0].item(), slope[0].item()] == [0, 0]
    assert bool((slope[1] != 0).all())


@pytest.mark.parametrize("expr", NO_SECOND, ids=str)
def test_a_function_with_one_derivative_at_zero_has_value_and_gradient_there(expr):
    f = lower(expr, r)
    assert f.valid == sp.Interval(0, sp.oo)
    value, slope = derivatives(f, points(0.0), 1)
    assert (value.item(), slope.item()) == (NO_SECOND[expr], 0)


@pytest.mark.parametrize("expr", [*NO_LIMIT, *NO_SECOND], ids=str)
def test_a_second_derivative_without_a_limit_is_refused_by_name_at_zero_only(expr):
    f = lower(expr, r)
    assert torch.isfinite(derivatives(f, points(0.1, 2.0), 2)[2]).all()
    with pytest.raises(Refusal, match=r"derivative 2 of .* away from 0.*distance 0.*softening"):
        derivatives(f, points(2.0, 0.0), 2)


@pytest.mark.parametrize(("expr", "dtype"), product([*LIMITS, *NO_LIMIT, *NO_SECOND], (torch.float64, torch.float32)), ids=str)
def test_tiny_arguments_give_neither_nan_nor_infinity(expr, dtype):
    tiny = [0.0, 5e-324, 1e-310, 1e-300, 1e-160, 1e-45, 1e-40, 1e-38, 1e-20, 1e-10]
    x = points(*tiny, dtype=dtype)
    for values in derivatives(lower(expr, r), x, 1):
        assert torch.isfinite(values).all()
    if expr in LIMITS:
        second = derivatives(lower(expr, r), x, 2)[2]
        assert (second - LIMITS[expr][2]).abs().max() <= (2e-6 if dtype == torch.float32 else 3e-8)


@pytest.mark.parametrize("expr", [MATERN_32, MATERN_52], ids=str)
def test_close_to_zero_derivatives_keep_their_digits(expr):
    x = points(1e-5, 1e-9, 1e-13, 1e-200)
    slope = derivatives(lower(expr, r), x, 1)[1].detach()
    curvature = LIMITS[expr][2]
    assert (slope / x.detach() / curvature - 1).abs().max() <= 3e-5  # the next term is x itself


def test_at_zero_overrides_what_the_limits_give():
    f = lower(sp.log(r), r, at_zero=(3.0, 7.0))
    assert [v.item() for v in derivatives(f, points(0.0), 1)] == [3, 7]
    with pytest.raises(Refusal, match="derivative 1"):
        derivatives(lower(sp.log(r), r, at_zero=(3.0, None)), points(0.0), 1)


def test_an_overflow_at_ordinary_arguments_is_not_hidden():
    f = lower(r**-782, r)
    assert f(points(0.0, 0.1, 1.0, 2.0)).tolist() == [0, float("inf"), 1, 2.0**-782]


@pytest.mark.parametrize("expr", [e for e in SMOOTH if not e.has(sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside)], ids=str)
def test_autograd_agrees_with_differences_twice(expr):
    x = points(0.4, 1.2, 2.3)
    assert torch.autograd.gradcheck(lower(expr, r), (x,), atol=1e-7)
    assert torch.autograd.gradgradcheck(lower(expr, r), (x,), atol=1e-6)


@pytest.mark.parametrize("expr", [sp.log(r), MATERN_52, r**3, 1 / r, r * sp.besselk(1, r), sp.exp(-(r**2)), sp.pi * r**0])
def test_transforms_of_torch_func_give_what_autograd_gives(expr):
    f, x = lower(expr, r), points(0.2, 1.0, 1.7)
    value, slope, *_ = derivatives(f, x, 1)
    assert torch.allclose(torch.func.vmap(f)(x), value, rtol=1e-15)
    assert torch.allclose(torch.func.vmap(torch.func.grad(f))(x), slope, rtol=1e-14)
    second = torch.stack([torch.func.grad(torch.func.grad(f))(t) for t in x.detach()])
    assert torch.allclose(second, derivatives(f, x, 2)[2], rtol=1e-14)
    assert torch.allclose(torch.func.jacrev(f)(x), torch.diag(slope), rtol=1e-14)


def test_a_hostile_name_is_a_name(tmp_path):
    """SymPy's own lambdify, sympify and parse_expr ran such names."""
    mark = tmp_path / "pwned"
    name = f'__import__("os").system("touch {mark}")'
    for symbol in (sp.Symbol(name), sp.Symbol(name, positive=True)):
        assert derivatives(lower(symbol**2 + sp.log(symbol), symbol), points(2.0), 2)[1].item() == 4.5
    for hostile in (sp.Function(name)(r), sp.Symbol(name) * r):
        with pytest.raises(Refusal):
            lower(hostile, r)
    with pytest.raises((sp.SympifyError, TypeCheckError)):
        lower(name, r)
    assert not Path(mark).exists()


@pytest.mark.parametrize(
    "expression",
    [
        sp.log(1 + sp.exp(y)),
        sp.log(1 + sp.exp(-y)),
        1 / (1 + sp.exp(-y)),
        sp.exp(y) / (1 + sp.exp(y)),
        sp.exp(2 * y) / (1 + sp.exp(y)) ** 2,
        y / (1 + sp.exp(3 * y)) ** 2,
        sp.exp(y) / (1 + sp.exp(y)) ** 3,
        *(sp.diff(sp.log(1 + sp.exp(y)), y, k) for k in (1, 2, 3)),
        sp.diff(sp.log(1 + sp.exp(-2 * y)), y, 2),
        sp.exp(y + 5) / (1 + sp.exp(y + 5)),
        sp.log(1 + sp.exp(5)) * sp.exp(y) / (1 + sp.exp(y)),
    ],
    ids=str,
)
def test_logistic_expressions_are_those_of_mpmath_and_finite_far_out(expression):
    near = torch.tensor([-3.0, -0.4, 0.0, 1.7, 5.0, 21.0], dtype=torch.float64)  # torch's softplus is z beyond 20
    exact = [float(sp.N(expression.subs(y, sp.Rational(v)), 30)) for v in near.tolist()]
    torch.testing.assert_close(lower(expression, y)(near), torch.tensor(exact, dtype=torch.float64), rtol=1e-13, atol=1e-15)
    assert lower(expression, y)(torch.tensor([-900.0, 900.0], dtype=torch.float64)).isfinite().all()
