"""One line of Unicode for every formula that a user sees; nothing in it can be read in two ways."""

import pytest
import sympy as sp

from gantheory.objectives import (
    LEAST_SQUARES,
    LOGISTIC,
    PEARSON,
    WASSERSTEIN,
    Box,
    Dual,
    GradientPenalty,
    Loss,
    Objective,
    Space,
    Torus,
    dissipation,
)
from gantheory.symbolic import coordinates, dirichlet_solution, fundamental_solution, line, p, power_solution, q, r, y

x = coordinates(2)
D = sp.Function("D", real=True)(*x)
F = sp.Function("F", real=True)(x[0])
lam, T, kappa = sp.symbols("lambda T kappa", positive=True)
m, n = sp.symbols("m n", integer=True, positive=True)
a, s = sp.symbols("a s", real=True)
LINES = {
    D.diff(x[0]) ** 2: "(∂D/∂x₁)²",
    lam * D.diff(x[0], 2, x[1]): "λ*∂³D/∂x₁²∂x₂",
    sp.sqrt(D.diff(x[0]) ** 2): "√((∂D/∂x₁)²)",
    sp.Integral(F**2, (x[0], -sp.oo, sp.oo)) / (4 * lam): "(∫ F² dx₁)/(4*λ)",
    sp.Integral(F, (x[0], 0, T)): "∫_0^T F dx₁",
    sp.sqrt(sp.Integral(F / p, x[0])): "√(∫ (F/p) dx₁)",
    sp.Max(0, 1 - y) ** 2: "(1 - y)₊²",
    sp.Max(x[0], x[1], 1): "max(1, x₁, x₂)",
    sp.Min(0, y): "min(0, y)",
    sp.exp(-kappa * r) / (4 * sp.pi * r): "exp(-κ*r)/(4*π*r)",
    sp.Piecewise((a, a <= s), (s, True)): "{a for a ≤ s; s otherwise}",
    sp.Ne(sp.Mod(n, 2), 0): "n mod 2 ≠ 0",
    sp.LambertW(a): "W(a)",
    sp.factorial(m) / 2: "m!/2",
    sp.factorial(m - 1): "(m - 1)!",
    sp.hyper((a, 2), (sp.Rational(3, 2),), -(s**2)): "₂F₁(2, a; 3/2; -s²)",
    (x[0] + 1) ** -2: "1/(x₁ + 1)²",
    2 ** (-s): "2^(-s)",
    sp.besselk(sp.Rational(1, 3), r): "K_(1/3)(r)",
    sp.And(a < s, a > 0): "a < s and a > 0",
}


@pytest.mark.parametrize("expression", LINES, ids=str)
def test_a_line_reads_one_way(expression):
    assert line(expression) == LINES[expression]


def everything():
    """What the objects of a derivation say of themselves."""
    box = Box((0, 0), (1, 2))
    for penalty in (
        GradientPenalty(1, over=p, centre=1),
        GradientPenalty(2, over=q),
        GradientPenalty(1, centre=1, one_sided=True),
    ):
        objective = Objective(WASSERSTEIN, lam * penalty)
        equation = objective.euler_lagrange()
        yield from map(str, equation.boundary_conditions(box))
        yield from (str(equation), str(equation.degeneracy(2)), str(objective), str(dissipation(objective)))
    for domain in (Space(1), Box((0,), (2,)), Torus((1,))):
        yield str(Dual(Objective(WASSERSTEIN, lam * GradientPenalty(1, over=(p + q) / 2)), domain))
    for loss in (LOGISTIC, LEAST_SQUARES, Loss(sp.Max(0, 1 - y) ** 2, sp.Abs(y))):
        yield from (str(loss), str(dissipation(Objective(loss, GradientPenalty(1)))))
    yield from (
        str(PEARSON),
        line(fundamental_solution(m, n)),
        line(power_solution(m, n)),
        line(dirichlet_solution(2, (0, 1), a, s)),
    )


LIBRARY = ("**", "Derivative", "Integral", "Piecewise", "Max(", "Abs(", "sqrt(", "lambda", "x1", "D(", "Heaviside", "True")


def test_no_object_shows_the_notation_of_the_library():
    for text in everything():
        assert not [word for word in LIBRARY if word in text], text


def test_a_rate_that_is_a_sum_stands_in_parentheses():
    found = str(dissipation(Objective(Loss(y**2, y**2 + y), GradientPenalty(1))))
    assert "E_q[−(2*D + 1) |∇D|²]" in found or "E_q[(-2*D - 1) |∇D|²]" in found or "E_q[-(2*D + 1) |∇D|²]" in found
