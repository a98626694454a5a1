"""What `Derivation` prints as closed forms, held against equations, series and quadrature of this file's own."""

import re

import pytest
import sympy as sp

from gantheory.objectives import (
    LOGISTIC,
    WASSERSTEIN,
    Boundary,
    Box,
    Derivation,
    GradientPenalty,
    Loss,
    Objective,
    Space,
    Torus,
    screened_terms,
)
from gantheory.objectives import solution as closed
from gantheory.objectives.checks_green import circle, interval
from gantheory.objectives.variational import _conditions
from gantheory.symbolic import circle_solution, coordinates, dirichlet_solution, p, q, r, screened_circle_solution, y

lam, kappa = sp.symbols("lambda kappa", positive=True)
x, s = closed.POINT, closed.SOURCE
TURN = 2 * sp.pi


def rows(objective, domain):
    return {d.heading: d for d in Derivation(objective, domain).lines()}


def front(text):
    """The number before the integral, λ = 3."""
    number = re.match(r"D\(x\) = (.*) · ∫", text).group(1)
    return float(sp.Rational(sp.sympify(number.replace("λ", "3"))))


@pytest.mark.parametrize("slope", [1, 2, -3, sp.Rational(1, 2)])
@pytest.mark.parametrize("rate", [0, 2])
def test_the_printed_discriminator_solves_the_equation(slope, rate):
    """p − q = cos x on the circle: D = front ∫ G cos(y) dy, by integration, against the structured equation at λ = 3."""
    terms = screened_terms(1, rate, 3) if rate else (3 * GradientPenalty(1),)
    objective = Objective(Loss(-slope * y, slope * y + 1), *terms)
    text = rows(objective, Torus((float(TURN),)))["discriminator"].text
    (z,) = coordinates(1)
    G = screened_circle_solution(1, TURN, rate) if rate else circle_solution(1, TURN)
    wave = sp.integrate(sp.expand(G).rewrite(sp.exp) * sp.cos(r), (r, 0, TURN))  # ∫ G(|x−y|) cos y dy = this · cos x
    D = sp.nsimplify(front(text)) * wave * sp.cos(z)
    left, right = objective.euler_lagrange().at(D, 1 + sp.cos(z), sp.Integer(1), (z,))
    assert "(p - q)(y)" in text
    assert abs(sp.N((left - right).subs(z, 0.7), 20)) < 1e-15


def test_unbalanced_losses_have_a_closed_form_only_where_something_is_held():
    unbalanced = Loss(-2 * y, y)
    for domain in (Space(1), Space(3), Torus((1.0,)), Box((0,), (1,))):
        assert "discriminator" not in rows(Objective(unbalanced, GradientPenalty(1)), domain)
        screened = rows(Objective(unbalanced, *screened_terms(1, 1)), domain)["discriminator"].text
        assert "(2*p - q)" in screened
    held = rows(Objective(unbalanced, GradientPenalty(1)), Box((0,), (1,), Boundary.DIRICHLET))["discriminator"].text
    assert held.endswith("+ h(x), h without a source and with the given values")


@pytest.mark.parametrize("boundary", Boundary)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_intervals_have_the_greens_function_of_their_ends(boundary, order):
    domain = Box((-0.5,), (1.25,), boundary)
    found = rows(Objective(WASSERSTEIN, lam * GradientPenalty(order)), domain)
    assert found["Green's function"].checked
    below = found["Green's function"].text.removeprefix("G(x, s) = ").split(" for x ≤ s")[0]
    if boundary is Boundary.DIRICHLET:
        known = dirichlet_solution(order, (sp.Rational(-1, 2), sp.Rational(5, 4)), x, s).args[0][0]
        number = sp.Rational(1, 7), sp.Rational(2, 3)
        ascii_text = below.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
        ascii_text = re.sub(r"(?<=[xs)])(\d+)", r"**\1", ascii_text)
        gap = sp.sympify(ascii_text, locals={"x": x, "s": s}) - known
        assert abs(sp.N(gap.subs({x: number[0], s: number[1]}), 20)) < 1e-18
    screened = rows(Objective(WASSERSTEIN, *screened_terms(order, kappa, lam)), domain)
    assert ("Green's function" in screened) is (order == 1 or boundary is Boundary.SIMPLY_SUPPORTED)


def test_wrong_greens_functions_are_caught_by_their_checks():
    ends = (sp.Integer(0), sp.Integer(2))
    G = circle_solution(2, 3)
    assert circle(G, 2, sp.Integer(3), sp.S.Zero)
    for wrong in (-G, 2 * G, G + 1, G.subs(r, 2 * r), circle_solution(1, 3)):
        with pytest.raises(ArithmeticError, match="no Green's function of the circle"):
            circle(wrong, 2, sp.Integer(3), sp.S.Zero)
    for boundary in Boundary:
        G = closed._interval(2, sp.S.Zero, boundary, ends)
        assert interval(G, 2, sp.S.Zero, boundary, ends)
        for other in Boundary:
            if other is not boundary:
                with pytest.raises(ArithmeticError, match="no Green's function of"):
                    interval(G, 2, sp.S.Zero, other, ends)
        halves = [sp.Piecewise((-G.args[0][0], x <= s), (G.args[1][0], True)), 2 * G, -G]
        for wrong in (half.func(*half.args) if half.is_Piecewise else sp.piecewise_fold(half) for half in halves):
            with pytest.raises(ArithmeticError, match="no Green's function of"):
                interval(wrong, 2, sp.S.Zero, boundary, ends)


def test_a_circle_has_a_closed_form_in_both_notations():
    found = rows(Objective(WASSERSTEIN, lam * GradientPenalty(1)), Torus((1.0,)))["Green's function"]
    assert found.text.startswith("G(r) = r²/2 - r/2 + 1/12 for 0 ≤ r ≤ 1")
    assert r"G(r) = \frac{r^{2}}{2} - \frac{r}{2} + \frac{1}{12}" in found.latex


def test_a_length_is_the_decimal_that_was_written_unless_it_is_a_part_of_a_turn():
    assert [closed.exact(length) for length in (0.7, 1.3, 2.5, 3.1)] == [sp.Rational(k, 10) for k in (7, 13, 25, 31)]
    assert [closed.exact(float(k * sp.pi)) for k in (2, sp.Rational(2, 3))] == [2 * sp.pi, 2 * sp.pi / 3]
    assert closed.exact(float(2 * sp.pi / 13)).is_Rational


def test_a_verdict_that_is_refused_keeps_its_name():
    a = sp.Symbol("a", positive=True)
    found = rows(Objective(Loss(sp.exp(-a * y), sp.exp(a * y)), GradientPenalty(1)), Space(1))["verdict"]
    assert found.text.startswith("on R^1: none; well_posedness of a curved loss needs numbers")


def test_tori_of_more_dimensions_have_a_series():
    four = rows(Objective(WASSERSTEIN, GradientPenalty(1)), Torus((1.0, 2.0, 3.0, 4.0)))["Green's function"]
    assert "Z^4" in four.text
    assert four.checked
    found = rows(Objective(WASSERSTEIN, lam * GradientPenalty(2)), Torus((1.0, float(TURN))))["Green's function"]
    assert found.text == "G(x) = Σ e^(iω·x)/(2*π·|ω|^4) over k ∈ Z^2∖0, ω_i = 2π k_i/T_i"
    assert found.checked
    screened = rows(Objective(WASSERSTEIN, *screened_terms(2, kappa, lam)), Torus((1.0, 2.0)))["Green's function"]
    assert screened.text == "G(x) = Σ e^(iω·x)/(2·(κ² + |ω|²)^2) over k ∈ Z^2, ω_i = 2π k_i/T_i"


@pytest.mark.parametrize("boundary", Boundary)
def test_conditions_are_counted_without_being_written(boundary):
    for n, m in ((1, 1), (1, 4), (2, 1), (2, 2), (2, 3), (2, 4), (3, 2), (3, 3)):
        domain = Box((0,) * n, (1,) * n, boundary)
        found = Objective(WASSERSTEIN, GradientPenalty(m, over=p)).euler_lagrange().boundary_conditions(domain)
        assert len(found) == _conditions(domain, m)


def test_polynomials_are_counted_without_being_listed():
    for objective in (Objective(WASSERSTEIN, GradientPenalty(3)), Objective(LOGISTIC, GradientPenalty(3))):
        equation = objective.euler_lagrange()
        for domain in (Space(2), Torus((1.0, 2.0)), Box((0, 0), (1, 1)), Box((0, 0), (1, 1), Boundary.SIMPLY_SUPPORTED)):
            assert equation.nullity(domain) == len(equation.null_space(domain))
    many = rows(Objective(Loss(-2 * y, 2 * y), GradientPenalty(20)), Space(1000))
    assert many["null space"].text == f"the {sp.binomial(1019, 19)} monomials of degree < 20"
    assert many["compatibility"].text == "∫ x^α (2*(p - q)) dx = 0 for |α| < 20"


def test_no_dissipation_is_stated_where_nothing_is_finite():
    assert "dissipation" not in rows(Objective(WASSERSTEIN, GradientPenalty(3)), Space(1))
    assert "dissipation" in rows(Objective(WASSERSTEIN, GradientPenalty(1)), Space(1))


def test_given_values_stand_beside_the_least_value():
    for boundary in (Boundary.DIRICHLET, Boundary.SIMPLY_SUPPORTED):
        least = rows(Objective(WASSERSTEIN, GradientPenalty(2)), Box((0,), (1,), boundary))["least value"].text
        assert least.endswith("; the values given at the faces are 0")
    assert "∬" not in rows(Objective(WASSERSTEIN, GradientPenalty(1)), Space(1))["least value"].text
    weighted = rows(Objective(WASSERSTEIN, GradientPenalty(1, over=(p + q) / 2)), Space(1))["least value"].text
    assert "(∫ (" in weighted
