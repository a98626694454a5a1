"""Laws of Green's functions: the equation, the flux, the ends, symmetry, the spectrum; and of radial calculus."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic import (
    ball_solution,
    bessel_elementary,
    circle_solution,
    coordinates,
    dirichlet_solution,
    finite_force_variance,
    flux,
    fundamental_solution,
    gradient_profile,
    hankel,
    laplacian,
    neumann_solution,
    omega,
    periodic_solution,
    power_laplacian,
    power_solution,
    r,
    radial_laplacian,
    reflecting_solution,
    riesz_solution,
    screened_circle_solution,
    screened_solution,
    spectrum,
    supported_solution,
    tail_index,
    torus_coefficient,
)
from tests.cases import product

x, s = sp.symbols("x s", real=True)
m, n = sp.symbols("m n", integer=True, positive=True)
ENDS = (sp.Rational(-1, 3), sp.Rational(5, 2))
INTERVALS = {"dirichlet": dirichlet_solution, "neumann": neumann_solution, "periodic": periodic_solution}
THIRD = sp.Rational(1, 3)


def test_every_fundamental_solution_to_dimension_12_and_order_8_has_flux_one_and_no_other_source():
    for dim, order in product(range(1, 13), range(1, 9)):
        G = fundamental_solution(order, dim)
        assert flux((-1) ** (order - 1) * radial_laplacian(G, dim, order - 1), dim) == 1
        assert radial_laplacian(G, dim, order) == 0


def test_the_power_for_symbols_has_flux_one_and_refuses_even_dimensions_up_to_twice_the_order():
    odd = 2 * sp.Symbol("k", integer=True, nonnegative=True) + 1
    for dim in (odd, 2 * m + 2, 2 * m + 1):
        assert power_solution(m, dim) == fundamental_solution(m, dim)
    for order, dim in product(range(1, 4), range(1, 9)):
        allowed = dim % 2 == 1 or 2 * order < dim
        for call in (lambda: power_solution(order, dim), lambda: power_solution(m, n).subs({m: order, n: dim})):  # noqa: B023
            if allowed:
                assert sp.simplify(call() - fundamental_solution(order, dim)) == 0
            else:
                with pytest.raises(Refusal, match=r"where n is odd or 2m < n; got .*Use fundamental_solution, which takes"):
                    call()
    with pytest.raises(Refusal, match="even n ≤ 2m"):
        power_solution(m, n).subs(n, 2 * m)
    slope = sp.diff(power_solution(m, n), r).subs({m: 1, n: 3})
    assert slope == -1 / (4 * sp.pi * r**2)
    assert "\\text{for }" in sp.latex(power_solution(m, n))


def test_riesz_states_its_case_for_symbols():
    """Numbers put in later give what numbers give at once; a case that assumptions decide is no Piecewise."""
    order = sp.Symbol("s", positive=True)
    orders = [sp.Rational(k, 4) for k in range(1, 15)]
    for dim in (1, 2, 3, 4):
        for general in (riesz_solution(order, dim), riesz_solution(order, n).subs(n, dim)):
            assert isinstance(general, sp.Piecewise)
            for value in orders:
                expected = riesz_solution(value, dim)
                assert sp.simplify(general.subs(order, value) - expected) == 0
                assert expected.has(sp.log) is bool((value - sp.Rational(dim, 2)).is_integer and value >= sp.Rational(dim, 2))
    assert sp.simplify(riesz_solution(m, 2 * m - 2) - fundamental_solution(m, 2 * m - 2)) == 0
    for decided in (riesz_solution(sp.Rational(1, 3), n), riesz_solution(m, 2 * m + 1), riesz_solution(m, 2 * m)):
        assert not decided.has(sp.Piecewise)
    gap = -radial_laplacian(riesz_solution(order, n).args[0][0], n) - riesz_solution(order - 1, n).args[0][0]
    assert abs(sp.N(gap.subs({order: sp.Rational(9, 5), n: 3, r: THIRD}), 30)) < 1e-25


def test_the_power_rule_holds_for_symbolic_exponents_and_logarithms():
    a, dim = sp.symbols("a n", positive=True)
    for f in (r**a, r**a * sp.log(r), r**a * sp.log(r) ** 2 + 3 * r, sp.S.One, sp.log(r) ** 3 / r):
        step = f
        for times in (1, 2):
            step = sp.diff(step, r, 2) + (dim - 1) / r * sp.diff(step, r)
            gap = (radial_laplacian(f, dim, times) - step).subs({a: THIRD, dim: sp.Rational(7, 2), r: sp.Rational(5, 4)})
            assert abs(sp.N(gap, 30)) < 1e-25
    assert sp.simplify(radial_laplacian(r**a, dim, 3) - power_laplacian(a, dim, 3)) == 0
    assert sp.simplify(radial_laplacian(sp.exp(-(r**2)), 2) - (4 * r**2 - 4) * sp.exp(-(r**2))) == 0


def test_gradient_profile_is_the_cartesian_gradient():
    z = coordinates(3)
    radius, point = sp.sqrt(sum(v**2 for v in z)), dict(zip(z, (0.3, -1.1, 0.7), strict=True))
    for f in (r**3 * sp.log(r), sp.exp(-(r**2)), 1 / r):
        gaps = [sp.diff(f.subs(r, radius), v) - gradient_profile(f).subs(r, radius) * v for v in z]
        assert max(abs(sp.N(g.subs(point))) for g in gaps) < 1e-13


def test_tail_index_and_variance_of_the_sampled_force():
    assert [tail_index(1, d) for d in (1, 2, 3, 5)] == [sp.oo, 2, sp.Rational(3, 2), sp.Rational(5, 4)]
    for order, dim in product(range(1, 6), range(1, 12)):
        finite = tail_index(order, dim) > 2
        assert bool(finite_force_variance(order, dim)) == bool(finite) == (4 * order > dim + 2)
        assert tail_index(m, n).subs({m: order, n: dim}) == tail_index(order, dim)
    rng, power = np.random.default_rng(0), 1.5  # n = 3, m = 1: a sample's force is |y|^{−2}
    force = np.linalg.norm(rng.normal(size=(400_000, 3)), axis=1) ** -2.0
    top = np.sort(force)[-1000:]
    assert 1 / np.mean(np.log(top / top[0])) == pytest.approx(power, abs=4 * power / np.sqrt(1000))


def integral(f, a, b):
    """∫ₐᵇ f dx of a polynomial."""
    primitive = sp.Poly(f, x).integrate(x).as_expr()
    return primitive.subs(x, b) - primitive.subs(x, a)


@pytest.mark.parametrize(("kind", "order"), product(INTERVALS, (1, 2, 3)))
def test_green_on_an_interval_has_its_equation_jump_ends_and_symmetry(kind, order):
    a, b = ENDS
    left, right = (part[0] for part in INTERVALS[kind](order, ENDS, x, s).args)
    L = b - a
    basis = [sp.sqrt((2 * j + 1) / L) * sp.legendre(j, 2 * (x - a) / L - 1) for j in range(order)]
    kernel = {"dirichlet": [], "neumann": basis, "periodic": [1 / sp.sqrt(L)]}[kind]
    source = -sum(e * e.subs(x, s) if e != 1 / sp.sqrt(L) else 1 / L for e in kernel)
    for half in (left, right):
        assert sp.expand((-1) ** order * sp.diff(half, x, 2 * order) - source) == 0
    jumps = [sp.expand((-1) ** order * sp.diff(right - left, x, k).subs(x, s)) for k in range(2 * order)]
    assert jumps == [0] * (2 * order - 1) + [1]
    at_a, at_b = ([sp.expand(sp.diff(f, x, k).subs(x, e)) for k in range(2 * order)] for f, e in ((left, a), (right, b)))
    if kind == "periodic":
        assert at_a == at_b
    else:
        held = slice(0, order) if kind == "dirichlet" else slice(order, 2 * order)
        assert at_a[held] == at_b[held] == [0] * order
    assert sp.expand(left.subs({x: s, s: x}, simultaneous=True) - right) == 0
    for e in kernel:
        assert sp.expand(integral(left * e, a, s) + integral(right * e, s, b)) == 0


def test_green_on_an_interval_takes_symbolic_ends_and_solves_a_boundary_problem():
    a = sp.Symbol("a", real=True)
    G = dirichlet_solution(1, (a, a + 2), x, s)
    assert sp.simplify(G.args[0][0] - (x - a) * (a + 2 - s) / 2) == 0
    left, right = (part[0] for part in dirichlet_solution(2, (0, 1), x, s).args)
    f = 360 * s**2  # u'''' = 360 x² under Dirichlet ends
    u = sp.expand(sp.integrate(sp.expand(right * f), (s, 0, x)) + sp.integrate(sp.expand(left * f), (s, x, 1)))
    assert u == x**6 - 4 * x**3 + 3 * x**2


KAPPA, PERIOD = sp.Rational(5, 4), sp.Rational(7, 3)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_the_screened_circle_has_the_coefficients_of_the_torus(order):
    """To 30 digits: 2/T ∫₀^{T/2} G cos(2πkr/T) dr by Gauss's rule, and the values as a sum over images of the line."""
    G = screened_circle_solution(order, PERIOD, KAPPA)
    with mpmath.workdps(40):
        profile = sp.lambdify(r, G, "mpmath")
        T = mpmath.mpf(7) / 3
        for k in (0, 1, 3):
            wave = 2 * mpmath.pi * k / T
            half = mpmath.quad(lambda z, w=wave: profile(z) * mpmath.cos(w * z), [0, T / 4, T / 2], method="gauss-legendre")
            exact = mpmath.mpmathify(sp.N(torus_coefficient(order, (k,), (PERIOD,), rate=KAPPA), 40))
            assert abs(2 * half / T - exact) <= 1e-30 * exact
        line_ = sp.lambdify(r, screened_solution(order, 1, KAPPA), "mpmath")
        for at in (mpmath.mpf(2) / 7, mpmath.mpf(11) / 6):
            images = mpmath.fsum(line_(abs(at + k * T)) for k in range(-40, 41))
            assert abs(profile(at) - images) <= 1e-30 * images


def test_the_screened_circle_is_the_printed_cosh_and_falls_with_the_rate():
    """(κ²+ω²)^{−m−1} = −(1/2mκ) d/dκ (κ²+ω²)^{−m}; no rate is too large, and κ → 0 leaves the circle of mean 0."""
    T, kappa = sp.symbols("T kappa", positive=True)
    printed = sp.cosh(kappa * (T / 2 - r)) / (2 * kappa * sp.sinh(kappa * T / 2))
    numbers = {T: PERIOD, kappa: KAPPA, r: THIRD}
    assert abs(sp.N((screened_circle_solution(1, T, kappa) - printed).subs(numbers), 40)) < 1e-38
    for order in (1, 2, 3):
        lower, upper = (screened_circle_solution(k, T, kappa) for k in (order, order + 1))
        gap = upper + sp.diff(lower, kappa) / (2 * order * kappa)
        assert abs(sp.N(gap.subs(numbers), 40)) < 1e-38
        steep = screened_circle_solution(order, 1, 10**4)
        assert 0 < float(sp.lambdify(r, steep, "math")(1e-3)) < 1
        small = sp.Rational(1, 10**9)
        flat = screened_circle_solution(order, PERIOD, small) - 1 / (PERIOD * small ** (2 * order))
        assert abs(sp.N((flat - circle_solution(order, PERIOD)).subs(r, THIRD), 60)) < 1e-15


@pytest.mark.parametrize(
    ("order", "kappa"), [(1, KAPPA), (2, KAPPA), pytest.param(3, KAPPA, marks=pytest.mark.full), (1, 0), (2, 0), (3, 0)]
)
def test_green_by_reflection_has_its_equation_jump_and_ends(order, kappa):
    """Even derivatives vanish at simply supported ends, odd ones at reflecting ends; all to 30 digits, on [−1/3, 5/2]."""
    source, digits = sp.Rational(4, 3), 40
    makers = {0: supported_solution} | ({1: reflecting_solution} if kappa else {})
    for parity, solution in makers.items():
        whole = [part[0] for part in solution(order, ENDS, x, s, rate=kappa).args]
        left, right = (half.subs(s, source) for half in whole)
        for half, at in ((left, sp.S.Zero), (right, sp.Integer(2))):
            for _ in range(order):
                half = kappa**2 * half - sp.diff(half, x, 2)
            assert abs(sp.N(half.subs(x, at), digits)) < 1e-30
        jumps = [(-1) ** order * sp.diff(right - left, x, k).subs(x, source) for k in range(2 * order)]
        assert max(abs(sp.N(jump - int(k == 2 * order - 1), digits)) for k, jump in enumerate(jumps)) < 1e-30
        for half, end in ((left, ENDS[0]), (right, ENDS[1])):
            for k in range(2 * order):
                slope = sp.N(sp.diff(half, x, k).subs(x, end), digits)
                assert bool(abs(slope) < 1e-30) is (k % 2 == parity)
        swapped = whole[0].subs({x: s, s: x}, simultaneous=True) - whole[1]
        assert abs(sp.N(swapped.subs({x: 2, s: source}), digits)) < 1e-30


def test_green_by_reflection_has_its_known_forms():
    """sinh κ(x−a) sinh κ(b−s)/(κ sinh κL) and cosh κ(x−a) cosh κ(b−s)/(κ sinh κL); Dirichlet's for m = 1, κ = 0."""
    (a, b), numbers = ENDS, {x: THIRD, s: sp.Rational(4, 3)}
    for solution, f in ((supported_solution, sp.sinh), (reflecting_solution, sp.cosh)):
        known = f(KAPPA * (x - a)) * f(KAPPA * (b - s)) / (KAPPA * sp.sinh(KAPPA * (b - a)))
        assert abs(sp.N((solution(1, ENDS, x, s, rate=KAPPA).args[0][0] - known).subs(numbers), 40)) < 1e-38
    flat = supported_solution(1, ENDS, x, s).args[0][0] - dirichlet_solution(1, ENDS, x, s).args[0][0]
    assert sp.expand(flat) == 0


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_circle_has_the_coefficients_of_the_torus(order):
    T = sp.Rational(7, 3)
    G = circle_solution(order, T)
    for k in (0, 2):
        coefficient = sp.integrate(sp.expand(G) * sp.cos(2 * sp.pi * k * r / T), (r, 0, T)) / T
        assert sp.simplify(coefficient - torus_coefficient(order, (k,), (T,))) == 0


def test_torus_coefficients_invert_the_operator_mode_by_mode():
    T, kappa = sp.symbols("T kappa", positive=True)
    z = coordinates(2)
    wave = sp.exp(2 * sp.pi * sp.I * (3 * z[0] / T - z[1]))
    c = torus_coefficient(2, (3, -1), (T, 1), rate=kappa)
    operator = wave
    for _ in range(2):
        operator = sp.expand(kappa**2 * operator - laplacian(operator, z))
    assert sp.simplify(c * operator / wave - 1 / T) == 0
    assert torus_coefficient(1, (0, 0), (T, 1)) == 0
    assert torus_coefficient(2, (0, 0), (T, 1), rate=kappa) == 1 / (T * kappa**4)
    k = sp.Symbol("k", integer=True)
    general = torus_coefficient(sp.Rational(3, 2), (k, 0), (T, 1))
    for value in (0, 2):
        assert sp.simplify(general.subs(k, value) - torus_coefficient(sp.Rational(3, 2), (value, 0), (T, 1))) == 0


@pytest.mark.parametrize("dim", [1, 2, 3, 4])
def test_green_in_a_ball_is_harmonic_zero_on_the_sphere_and_symmetric(dim):
    z, c, R = coordinates(dim), sp.symbols(f"c1:{dim + 1}", real=True), sp.Rational(3, 2)
    G = ball_solution(R, z, c)
    inside = dict(zip(z, (sp.Rational(2, 5), sp.Rational(-3, 7), sp.Rational(1, 3), sp.Rational(1, 9)), strict=False))
    source = dict(zip(c, (sp.Rational(-1, 4), sp.Rational(5, 8), sp.Rational(2, 3), sp.Rational(1, 5)), strict=False))
    if dim > 1:
        assert abs(sp.N(laplacian(G, z).subs(source).subs(inside), 30)) < 1e-25
    length = sp.sqrt(sum(v**2 for v in inside.values()))
    rim = {k: R * v / length for k, v in inside.items()}
    assert abs(sp.N(G.subs(source).subs(rim), 30)) < 1e-25
    mirrored = G.subs(dict(zip((*z, *c), (*c, *z), strict=True)), simultaneous=True)
    assert abs(sp.N((G - mirrored).subs(source).subs(inside), 30)) < 1e-25
    assert sp.N(G.subs(source).subs(inside)) > 0
    free = fundamental_solution(1, dim)
    centre = G.subs(dict.fromkeys(c, 0)).subs(inside)
    assert abs(sp.N(centre - free.subs(r, length) + free.subs(r, R), 30)) < 1e-25


@pytest.mark.parametrize("dim", range(1, 7))
def test_hankel_of_a_fundamental_solution_is_its_spectrum(dim):
    for order in (1, 2, 3, 4):
        assert sp.simplify(hankel(fundamental_solution(order, dim), dim) / spectrum(order)) == 1
    for order in (1, 2, 3):
        gap = hankel(screened_solution(order, dim, THIRD), dim) - spectrum(order, THIRD)
        assert abs(sp.N(gap.subs(omega, sp.Rational(7, 5)), 20)) < 1e-15
    assert sp.simplify(hankel(riesz_solution(sp.Rational(3, 4), dim), dim) / spectrum(sp.Rational(3, 4))) == 1


NUMBERED = [  # (profile, dimension) whose transform converges absolutely
    ((1 + r) * sp.exp(-r), 2),
    (r**2 * sp.exp(-(r**2) / 2), 3),
    (sp.sqrt(r) * sp.exp(-2 * r), 3),
    (sp.sqrt(r) * sp.exp(-(r**2)), 1),
    (r * sp.besselk(THIRD, r), 2),
    (sp.exp(-2 * r) / r, 3),
    (3 * (4 + 2 * r**2) ** -3, 2),
    ((1 + r + r**2 / 3) * sp.exp(-r), 5),
]


@pytest.mark.parametrize(("f", "dim"), NUMBERED, ids=str)
def test_hankel_is_the_integral_where_that_converges(f, dim):
    found = sp.N(hankel(f, dim).subs(omega, sp.Rational(7, 5)), 20)
    profile, half = sp.lambdify(r, f, "mpmath"), mpmath.mpf(dim) / 2

    def integrand(t):
        return t ** (dim - 1) * profile(t) * mpmath.hyp0f1(half, -((1.4 * t) ** 2) / 4)

    area = 2 * mpmath.pi**half / mpmath.gamma(half)
    total = area * mpmath.quad(integrand, [0, 0.1, 1, 2, 4, 8, 16, 32, 64] + ([256, 1024] if f.is_Pow or f.is_Mul else []))
    assert float(found) == pytest.approx(float(total), rel=1e-7)


def test_hankel_in_a_symbolic_dimension_and_of_logarithms():
    dim, b = sp.symbols("n b", positive=True)
    assert sp.simplify(hankel(sp.exp(-b * r**2), dim) - (sp.pi / b) ** (dim / 2) * sp.exp(-(omega**2) / (4 * b))) == 0
    matern = hankel(r**b * sp.besselk(b, r), dim)
    assert (
        sp.simplify(matern - 2 ** (b + dim - 1) * sp.pi ** (dim / 2) * sp.gamma(b + dim / 2) * (1 + omega**2) ** (-b - dim / 2))
        == 0
    )
    step = sp.Rational(1, 10**12)  # log r = d/da r^a, log(c² + r²) = d/dβ (c² + r²)^β
    for f, power in ((r**3 * sp.log(r), r ** (3 + step)), (r**-THIRD * sp.log(r), r ** (step - THIRD))):
        below = r ** (power.exp - 2 * step)
        quotient = (hankel(power, 2) - hankel(below, 2)) / (2 * step)
        assert abs(sp.N((quotient / hankel(f, 2) - 1).subs(omega, sp.Rational(7, 5)), 30)) < 1e-20
    quotient = (hankel((4 + r**2) ** step, 3) - hankel((4 + r**2) ** -step, 3)) / (2 * step)
    assert abs(sp.N((quotient / hankel(sp.log(4 + r**2), 3) - 1).subs(omega, sp.Rational(7, 5)), 40)) < 1e-20


@pytest.mark.parametrize(
    "f", [sp.sin(r), sp.exp(r), sp.exp(-(r**3)), r * sp.sqrt(1 + r**2), sp.besselk(3, r), r**-2, sp.exp(-r) / r**3]
)
def test_hankel_refuses_what_its_table_lacks(f):
    with pytest.raises(Refusal, match="hankel knows"):
        hankel(f, 2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: dirichlet_solution(0, (0, 1), x, s), "integer ≥ 1"),
        (lambda: neumann_solution(2, (1, 1), x, s), "a < b"),
        (lambda: circle_solution(1, -1), "period is a length"),
        (lambda: screened_circle_solution(1, 0, 1), "a period is positive"),
        (lambda: screened_circle_solution(1, 1, 0), "rate κ is positive"),
        (lambda: screened_circle_solution(sp.Symbol("m"), 1, 1), "integer ≥ 1"),
        (lambda: supported_solution(1, (1, 1), x, s), "a < b"),
        (lambda: reflecting_solution(1, (0, 1), x, s, rate=0), "rate κ is positive"),
        (lambda: torus_coefficient(1, (1, 2), (1,)), "one wave number for each period"),
        (lambda: torus_coefficient(1, (sp.Rational(1, 2),), (1,)), "wave number is an integer"),
        (lambda: torus_coefficient(1, (1,), (0,)), "length > 0"),
        (lambda: ball_solution(0, (x,), (s,)), "radius is a length"),
        (lambda: ball_solution(1, (x, s), (s,)), "same dimension"),
        (lambda: tail_index(-1, 2), "positive"),
        (lambda: spectrum(0), "positive"),
        (lambda: power_solution(2.5, 3), "integer"),
    ],
)
def test_wrong_arguments_are_refused_by_name(call, words):
    with pytest.raises(Refusal, match=words):
        call()


def test_bessel_of_a_real_order_reduces_to_two_small_orders():
    for order in (sp.Rational(7, 3), 2.3):
        reduced = bessel_elementary(sp.besselk(order, r))
        assert all(0 < k.args[0] < 1 for k in reduced.atoms(sp.besselk))
        assert abs(sp.N((reduced - sp.besselk(sp.Rational(str(order)), r)).subs(r, 1.3), 30)) < 1e-13


def test_a_torus_mode_is_never_lost_to_its_rate():
    with pytest.raises(Refusal, match="screening rate κ is ≥ 0"):
        torus_coefficient(1, [1], [1], rate=-4 * sp.pi**2)
    assert torus_coefficient(1, [0], [1]) == 0
    assert torus_coefficient(1, [0], [1], rate=2) == sp.Rational(1, 4)
