"""Laws of floor 1: variations, operators, fundamental solutions."""

import numpy as np
import pytest
import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic import (
    bessel_elementary,
    conditional_order,
    coordinates,
    first_variation,
    flux,
    fundamental_solution,
    gradient_norm_squared,
    laplacian,
    natural_conditions,
    negative_laplacian,
    partial,
    polynomials,
    power_laplacian,
    r,
    radial_laplacian,
    riesz_solution,
    screened_solution,
    second_variation,
    weighted_divergence,
)
from tests.cases import generic_polynomial, product


@pytest.mark.parametrize(("dim", "order"), [*product((1, 2, 3), (0, 1, 2, 3)), (1, 4), (2, 4)])
def test_variation_of_a_gradient_penalty_is_twice_the_negative_laplacian(unknowns, dim, order):
    x, D, *_ = unknowns(dim)
    by_force = first_variation(gradient_norm_squared(D, x, order), D, x)
    assert sp.expand(by_force - 2 * negative_laplacian(D, x, order)) == 0


def test_without_multinomial_weights_the_variation_is_another(unknowns):
    (x1, x2), D, *_ = unknowns(2)
    unweighted = sum(partial(D, (x1, x2), a) ** 2 for a in ((2, 0), (1, 1), (0, 2)))
    gap = first_variation(unweighted, D, (x1, x2)) - 2 * negative_laplacian(D, (x1, x2), 2)
    assert sp.expand(gap + 2 * D.diff(x1, 2, x2, 2)) == 0


@pytest.mark.parametrize(("dim", "order"), [(1, 2), (2, 1), (2, 2), (3, 1)])
def test_weighted_divergence_is_half_the_variation(unknowns, dim, order):
    x, D, w, *_ = unknowns(dim)
    by_force = first_variation(w * gradient_norm_squared(D, x, order), D, x)
    assert sp.expand((by_force - 2 * weighted_divergence(D, x, order, w)).doit()) == 0


def test_a_null_lagrangian_has_variation_zero(unknowns):
    (x,), D, *_ = unknowns(1)
    assert sp.simplify(first_variation(sp.diff(D**3 * x, x), D, (x,))) == 0


def test_an_integral_is_refused_where_sympy_answers_wrongly(unknowns):
    (x,), D, *_ = unknowns(1)
    with pytest.raises(Refusal, match="without integrals"):
        first_variation(sp.Integral(D**2, (x, 0, 1)), D, (x,))
    with pytest.raises(Refusal, match="stands elsewhere"):
        first_variation(D * D.func(x + 1), D, (x,))
    with pytest.raises(Refusal, match="unknown function"):
        first_variation(x**2, x, (x,))


def test_second_variation_is_the_second_derivative_along_a_direction(unknowns):
    x, D, w, h, _ = unknowns(2)
    lagrangian = w * sp.exp(D) + gradient_norm_squared(D, x, 2) * sp.cos(D)
    step = sp.Symbol("step")
    chosen = {D: generic_polynomial(x, 1), h: generic_polynomial(x, 9), w: 1 + x[0] ** 2}
    point = {x[0]: sp.Rational(1, 3), x[1]: sp.Rational(-2, 5)}
    moved = lagrangian.subs({D: chosen[D] + step * chosen[h], w: chosen[w]}).doit()
    expected = sp.diff(moved, step, 2).subs(step, 0).subs(point)
    found = second_variation(lagrangian, D, x, h).subs(chosen).doit().subs(point)
    assert abs(sp.N(found - expected, 30)) < 1e-20 * abs(sp.N(expected))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_natural_conditions_are_the_boundary_terms_of_integration_by_parts(unknowns, order):
    (x,), D, w, h, _ = unknowns(1)
    lagrangian = w * D.diff(x, order) ** 2
    first = 2 * w * D.diff(x, order) * h.diff(x, order)
    interior = first_variation(lagrangian, D, (x,)) * h
    boundary = sum(c * h.diff(x, j) for j, c in enumerate(natural_conditions(lagrangian, D, x)))
    assert sp.simplify((first - interior - sp.diff(boundary, x)).doit()) == 0


@pytest.mark.parametrize(("dim", "order"), product(range(1, 9), range(1, 7)))
def test_polyharmonic_is_fundamental(dim, order):
    G = fundamental_solution(order, dim)
    last = (-1) ** (order - 1) * radial_laplacian(G, dim, order - 1)
    assert sp.simplify(flux(last, dim)) == 1
    assert sp.simplify(radial_laplacian(G, dim, order)) == 0


def test_symbolic_order_and_dimension_hold_all_three_cases():
    m, n = sp.symbols("m n", integer=True, positive=True)
    G = fundamental_solution(m, n)
    for order, dim in product((1, 2, 3), range(1, 7)):
        assert sp.simplify(G.subs({m: order, n: dim}) - fundamental_solution(order, dim)) == 0
    odd = 2 * sp.Symbol("k", integer=True, nonnegative=True) + 1
    assert not fundamental_solution(m, odd).has(sp.Piecewise, sp.log)


@pytest.mark.parametrize(("dim", "order"), product(range(1, 5), range(1, 4)))
def test_riesz_agrees_with_polyharmonic_at_integers(dim, order):
    assert sp.simplify(riesz_solution(order, dim) - fundamental_solution(order, dim)) == 0


@pytest.mark.parametrize(("dim", "order"), [(2, sp.Rational(5, 2)), (1, sp.Rational(5, 2)), (3, sp.Rational(7, 2)), (2, 2.7)])
def test_the_laplacian_lowers_the_order_of_riesz_by_one(dim, order):
    s = sp.nsimplify(order, rational=True)
    gap = -radial_laplacian(riesz_solution(order, dim), dim) - riesz_solution(s - 1, dim)
    ratio = sp.expand(gap / r ** (2 * s - 2 - dim))
    logarithmic = (s - sp.Rational(dim, 2)).is_integer  # then G is fixed up to a polynomial r^{2j}
    assert sp.simplify(sp.diff(ratio, r)) == 0
    assert logarithmic or abs(sp.N(ratio, 40)) < 1e-35


@pytest.mark.parametrize(("dim", "order"), product(range(1, 6), range(2, 5)))
def test_screened_operator_lowers_the_order_by_one(dim, order):
    rate = sp.Rational(3, 7)
    G = screened_solution(order, dim, rate)
    below = screened_solution(order - 1, dim, rate)
    assert sp.simplify(bessel_elementary(sp.expand(rate**2 * G - radial_laplacian(G, dim) - below))) == 0


@pytest.mark.parametrize("dim", range(1, 5))
def test_screened_of_order_one_has_flux_one_at_the_origin(dim):
    assert sp.limit(flux(screened_solution(1, dim, sp.Rational(3, 7)), dim), r, 0, "+") == 1


def test_power_rule_is_the_iterated_laplacian():
    a, n = sp.symbols("a n", positive=True)
    f = r**a
    for _ in range(3):
        f = sp.simplify(sp.diff(f, r, 2) + (n - 1) / r * sp.diff(f, r))
    assert sp.simplify(power_laplacian(a, n, 3) - f) == 0
    assert sp.simplify(radial_laplacian(r**a, n, 3) - f) == 0


def test_radial_laplacian_is_the_cartesian_one():
    x = coordinates(3)
    radius = sp.sqrt(sum(xi**2 for xi in x))
    f = r**3 * sp.log(r)
    gap = laplacian(f.subs(r, radius), x) - radial_laplacian(f, 3).subs(r, radius)
    assert abs(sp.N(gap.subs(dict(zip(x, (0.3, -1.1, 0.7), strict=True))))) < 1e-12


@pytest.mark.parametrize(
    ("order", "dim", "expected"),
    [(1, 3, 0), (1, 2, 1), (2, 2, 2), (1, 1, 1), (2, 1, 2), (3, 1, 3), (2, 3, 1), (3, 3, 2), (sp.Rational(3, 2), 2, 1)],
)
def test_conditional_order(order, dim, expected):
    assert conditional_order(order, dim) == expected


def test_polynomials_are_the_kernel_of_the_penalty():
    x = coordinates(2)
    for degree in (1, 2, 3):
        basis = polynomials(degree, x)
        assert len(basis) == sp.binomial(2 + degree - 1, 2)
        assert all(gradient_norm_squared(f, x, degree) == 0 for f in basis)


def test_real_orders_may_be_numpy_floats():
    assert riesz_solution(np.float64(1.5), 2) == riesz_solution(sp.Rational(3, 2), 2)
    for wrong in (float("inf"), float("nan"), np.float64("nan")):
        with pytest.raises(Refusal, match="positive"):
            riesz_solution(wrong, 2)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, "2"])
def test_wrong_orders_are_refused(wrong):
    with pytest.raises(Refusal):
        fundamental_solution(wrong, 2)
